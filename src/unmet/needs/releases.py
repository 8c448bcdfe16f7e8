"""What a member lets others see, takes back, and keeps from everybody; called as `needs.services`."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from unmet.access import services as access
from unmet.access.models import Release
from unmet.books import services as books
from unmet.needs.models import Need
from unmet.parties.models import Party, Person


def release(
    *,
    member: Party,
    subjects: Sequence[tuple[str, uuid.UUID]],
    level: str,
    audience: str,
    until_on: date | None,
    by: Person,
    at: datetime,
    named: Sequence[Party] = (),
) -> list[Release]:
    """Let others see needs or sectors of a member: a standing permission that covers later versions too.

    `subjects` are (kind, uuid) pairs. What is released to everyone is in the public book in the same transaction.

    Raises:
        NotAllowed: `by` is no approver of the member.
        access.ReleaseRefused: see there.
    """
    if not subjects:
        raise access.ReleaseRefused("nothing")
    with books.open(at=at) as book:
        granted = [
            access.grant(
                member=member, subject_kind=kind, subject=subject, level=level, audience=audience, named=named,
                until_on=until_on, by=by, at=book.at,
            )
            for kind, subject in subjects
        ]  # fmt: skip
        if audience == Release.Audience.EVERYONE:
            book.publish([member.pk])
    return granted


def withdraw_release(release_: Release, *, by: Person, at: datetime) -> None:
    """Take a release back; what it alone made public leaves the public book in the same transaction.

    Raises:
        NotAllowed: `by` is no approver of the member.
        access.ReleaseRefused: it was withdrawn already.
    """
    with books.open(at=at) as book:
        access.withdraw(release_, by=by, at=book.at)
        book.publish([release_.member_id])


def hold_back(need: Need, *, by: Person, at: datetime) -> None:
    """Keep one need from everybody else at once, whatever is released.

    Raises:
        NotAllowed: `by` is no approver of the member.
    """
    with books.open(at=at) as book:
        access.hold_back(member=need.member, need=need.uuid, by=by, at=book.at)
        book.publish([need.member_id])


def lift_hold_back(need: Need, *, by: Person, at: datetime) -> None:
    """Let the standing releases cover a need again.

    Raises:
        NotAllowed: `by` is no approver of the member.
    """
    with books.open(at=at) as book:
        access.lift_hold_back(member=need.member, need=need.uuid, by=by, at=book.at)
        book.publish([need.member_id])
