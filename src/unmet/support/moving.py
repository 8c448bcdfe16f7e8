"""Moving a quantity of a line of support from one stage to the next: the step, the line and the books together."""

from datetime import date
from typing import Final

from unmet.books import services as books
from unmet.books.models import Account, Movement
from unmet.books.standing import Standing
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import profile_contacts
from unmet.support.models import Line, Stage, Step

_MOVEMENTS: Final = {
    Stage.PLEDGED: Movement.PLEDGED,
    Stage.ALLOCATED: Movement.ALLOCATED,
    Stage.COMMITTED: Movement.COMMITTED,
    Stage.IN_TRANSIT: Movement.DISPATCHED,
    Stage.RECEIVED: Movement.RECEIVED,
    Stage.REJECTED: Movement.REJECTED,
    Stage.MISSING: Movement.MISSING,
}


def move(
    book: books.Writer, line: Line, source: str, target: str, quantity: int, *,
    by: Person, party: Party, dated_on: date, reason: str = "", movement: Movement | None = None,
    account: int | None = None,
) -> int:  # fmt: skip
    """Move a quantity of a line between stages: the step, the line and the books together.

    It is booked on `account`, or where the line stands now. Returns the account's id.
    """
    step = Step.objects.create(
        line=line, from_stage=source, to_stage=target, quantity=quantity, dated_on=dated_on, by=by, by_party=party,
        at=book.at, reason=plain(reason)[:500],
    )  # fmt: skip
    changes = {}
    if source:
        changes[source] = -quantity
    if target:
        changes[target] = quantity
    for stage, change in changes.items():
        setattr(line, stage, getattr(line, stage) + change)
    line.save(update_fields=list(changes))
    booked_on = book.account(account) if account else live_account(book, line)
    book.move(booked_on, movement or _MOVEMENTS[Stage(target)], changes, source=step.pk)
    profile_contacts.follow(line, source, target, at=book.at)
    return booked_on.id


def live_account(book: books.Writer, line: Line) -> Standing:
    """The account on which a line stands now: after a later round took the need on, that round's."""
    account = book.account(line.account_id)
    if account.closed:
        open_one = Account.objects.filter(subject=account.subject, kind=Account.Kind.NEED, closed=False).get()
        Line.objects.filter(pk=line.pk).update(account=open_one)
        line.account_id = open_one.pk
        account = book.account(open_one.pk)
    return account
