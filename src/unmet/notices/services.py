"""Tell people what happened, in the transaction in which it happens; let them read it and choose how to be told."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from unmet.notices import sending
from unmet.notices.kinds import KINDS
from unmet.notices.models import Group, How, Notice, Preference
from unmet.parties.models import Person

# What somebody wants who has not chosen.
UNLESS_CHOSEN: Final[Mapping[str, How]] = {
    Group.WAITING: How.AT_ONCE,
    Group.OUTCOME: How.AT_ONCE,
    Group.SUPPORT: How.DAILY,
    Group.COMMENTS: How.DAILY,
    Group.FOLLOWED: How.DAILY,
}
# Codes of parties, rounds, items; uuids. No blank, so no sentence that somebody typed.
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
_ROWS: Final = 500


class NotACode(ValueError):
    """A notice keeps codes and numbers only, and exactly those that its kind names."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told, by id, and in what capacity: one of these roles for this party (its id)."""

    person: int
    party: int
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The page on which it is seen: the name of its address, and the codes in it."""

    name: str
    arguments: Sequence[str] = ()


def tell(
    *, kind: str, people: Iterable[Recipient], at: datetime, link: Link, data: Mapping[str, Any],
    rest: timedelta = timedelta(),
) -> int:  # fmt: skip
    """Put a notice into the inbox of each person and ask for the letters, in the caller's transaction.

    Letters at once go out after `rest`: whoever has read it by then needs none. Returns how many people are told.

    Raises:
        NotACode: see there.
    """
    _check(kind, link, data)
    told = list(dict.fromkeys(people))
    if not told:
        return 0
    wanted = wishes({one.person for one in told}, KINDS[kind].group)
    made = Notice.objects.bulk_create(
        [
            Notice(
                person_id=one.person, party_id=one.party, roles=" ".join(sorted(one.roles)), kind=kind, at=at,
                link_name=link.name, link_arguments=[str(argument) for argument in link.arguments], data=dict(data),
                how=wanted[one.person],
            )
            for one in told
        ],
        batch_size=_ROWS,
    )  # fmt: skip
    sending.ask(made, at=at, rest=rest)
    return len(made)


def _check(kind: str, link: Link, data: Mapping[str, Any]) -> None:
    if set(data) != KINDS[kind].needs:
        raise NotACode(f"{kind} tells {sorted(KINDS[kind].needs)}, not {sorted(data)}")
    for value in [*data.values(), *map(str, link.arguments)]:
        if not isinstance(value, int) and not (isinstance(value, str) and _CODE.fullmatch(value)):
            raise NotACode(f"{kind}: {value!r}")


# ── choosing ─────────────────────────────────────────────────────────────────
def wishes(people: Iterable[int], group: str) -> dict[int, How]:
    """How each person wants to be told of a group of kinds."""
    people = list(people)
    chosen = Preference.objects.filter(person__in=people, group=group).values_list("person_id", "how")
    return dict.fromkeys(people, UNLESS_CHOSEN[group]) | {person: How(how) for person, how in chosen}


def choices(person: Person) -> dict[str, How]:
    """How somebody wants to be told, by group."""
    chosen = {group: How(how) for group, how in Preference.objects.filter(person=person).values_list("group", "how")}
    return {group: chosen.get(group, UNLESS_CHOSEN[group]) for group in Group.values}


def choose(person: Person, wanted: Mapping[str, str]) -> None:
    """Keep how somebody wants to be told, by group; groups that are not named stay as they are."""
    for group, how in wanted.items():
        Preference.objects.update_or_create(person=person, group=Group(group).value, defaults={"how": How(how).value})


# ── reading ──────────────────────────────────────────────────────────────────
def inbox(person: Person, *, parties: Iterable[int]) -> QuerySet[Notice]:
    """Somebody's notices about parties he or she still speaks for, the newest first."""
    return Notice.objects.filter(person=person, party__in=list(parties)).order_by("-at", "-pk")


def unread(person: Person, *, parties: Iterable[int]) -> int:
    """How many of them are unread."""
    return inbox(person, parties=parties).filter(read_at=None).count()


def find(person: Person, pk: uuid.UUID) -> Notice | None:
    """A notice of this person; nobody else's exists."""
    return Notice.objects.filter(person=person, uuid=pk).first()


def mark_read(
    person: Person, *, at: datetime, only: Notice | None = None, until: int | None = None, about: Link | None = None
) -> int:
    """Note that somebody has read one notice, all up to one (its id), or those about a page; how many were unread."""
    mine = Notice.objects.filter(person=person, read_at=None)
    if only is not None:
        mine = mine.filter(pk=only.pk)
    if until is not None:
        mine = mine.filter(pk__lte=until)
    if about is not None:
        mine = mine.filter(link_name=about.name, link_arguments=list(about.arguments))
    return mine.update(read_at=at)
