"""On which account of the books a line of support stands: its need's, or the one for support without a need."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.books.measures import INDEX
from unmet.books.models import Account
from unmet.books.standing import Standing
from unmet.catalogue.models import Item, Round
from unmet.catalogue.successors import lasting
from unmet.parties.models import Group, Party, Person, Place
from unmet.support import request_queries
from unmet.support.lines import SupportLine, SupportRefused
from unmet.support.models import ConsignmentLine, Line, Stage
from unmet.support.moving import live_account


def of_need(line: SupportLine, member: Party, round_: Round) -> Account | None:
    """The account of the need a line names, or the only open one of member × item; None means unassigned.

    Raises:
        SupportRefused: `unknown_need` when the line names one that is not there, or not for this actor to see.
    """
    open_ones = Account.objects.filter(
        member=member, emergency=round_.emergency_id, item__in=lasting(line.item_id), kind=Account.Kind.NEED,
        closed=False,
    ).exclude(item__retired_on__isnull=False, item__successor__isnull=False, approved=0, last_stated=0)  # fmt: skip
    # A giver may hit only what it can see: else a sheet of guesses would tell which needs exist.
    open_ones = visible.rows(open_ones)
    if not line.need_code:
        found = list(open_ones[:2])
        return found[0] if len(found) == 1 else None
    try:
        named = open_ones.filter(subject=uuid.UUID(line.need_code)).first()
    except ValueError:
        named = None
    if named is None:
        raise SupportRefused("unknown_need", line)
    return named


def unassigned(book: books.Writer, member: Party, item: Item, round_: Round) -> Standing:
    """The account on which the member keeps support of that item that is for no need yet."""
    everyone = Group.objects.get(code=Group.EVERYONE)
    return book.unassigned(
        member=member.pk, item=item, round_=round_, place=Place.objects.whole_country(member).pk, group=everyone.pk
    )


def assign(line: Line, account: Account, *, by: Person, at: datetime, over: bool = False) -> None:
    """The member's people say which need a line of unassigned support is for; it moves there by a named movement.

    What is committed there is asked about as when it is accepted; `over` says that more than is not covered is meant.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        SupportRefused: `unknown_need` when the account is no open need of that member and item, or the line has one;
            `stopped`: a request for it says stop sending; `more_than_needed`, with how much is not covered.
    """
    may.require(Deed.ASSIGN_SUPPORT, by=by, party=line.member)
    with books.open(at=at) as book:
        line = Line.objects.select_related("member").get(pk=line.pk)
        source, target = live_account(book, line), book.account(account.pk)
        # Only what has no need yet: part of a line that stood on a need may have stayed with an earlier round.
        free = source.kind == Account.Kind.UNASSIGNED
        same = target.member == line.member_id and target.emergency == source.emergency
        same = same and target.item in lasting(line.item_id)
        if not free or not same or target.closed or target.kind != Account.Kind.NEED:
            raise SupportRefused("unknown_need")
        not_covered = target.m[INDEX["not_covered"]]
        if line.committed and request_queries.stopped([account.subject]):
            raise SupportRefused("stopped")
        if line.committed > not_covered and not over:
            raise SupportRefused("more_than_needed", None, not_covered)
        standing = {stage: getattr(line, stage) for stage in Stage.values if getattr(line, stage)}
        book.assign(source, target, standing)
        Line.objects.filter(pk=line.pk).update(account=target.id)
        ConsignmentLine.objects.filter(line=line, account=source.id).update(account=target.id)
        access.record(
            event="support.assigned", at=book.at, party=line.member,
            role=may.role_for(current(), Deed.ASSIGN_SUPPORT, line.member), subject_kind="support", subject=line.uuid,
        )  # fmt: skip


@books.follows
def _go_on(taken_on: Sequence[books.TakenOn]) -> None:
    """Lines whose support went to the need of a successor of their item stand on that account from now on."""
    for one in taken_on:
        lines = Line.objects.filter(account__kind=Account.Kind.NEED, account__subject=one.subject)
        lines.update(account=one.account)
        # What has ended goes too, unless it stays with an earlier round.
        ended = ConsignmentLine.objects.filter(account__subject=one.subject, account__closed=False)
        ended.update(account=one.account)
