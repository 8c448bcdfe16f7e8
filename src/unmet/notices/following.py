"""Follow something, and be told what becomes of it, as far as one may see it at that moment.

To follow gives no right. Rooms above say what can be followed and who sees it (`seen_by`); a room that knows of a
change calls `tell_followers` in the transaction of the change, and a job then asks the gates of the notice for every
follower: whoever would not be let through to the page is not told, and finds nothing in the inbox. `followers_of` says
who follows something, whatever they may see.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db.models import Q, QuerySet

from unmet.jobs import services as jobs
from unmet.notices import gates
from unmet.notices import services as notices
from unmet.notices.gates import still_so
from unmet.notices.kinds import KINDS
from unmet.notices.models import Follow, Group, Notice
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Person

JOB: Final = "notices.tell_followers"
BOOKS_JOB: Final = "needs.tell_followers"
MOST: Final = 500  # things that one person follows
Reason = Literal["unseen", "too_many"]


class FollowRefused(Exception):
    """Nothing was written; `reason`: `unseen` (one follows what one may see) or `too_many` (more than `MOST`)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be followed: the uuid of a need or a request, the code of an item or a member."""

    kind: Follow.Kind
    key: str

    @classmethod
    def need(cls, pk: uuid.UUID) -> "Subject":
        """One need."""
        return cls(Follow.Kind.NEED, str(pk))

    @classmethod
    def request(cls, pk: uuid.UUID) -> "Subject":
        """One request for assistance."""
        return cls(Follow.Kind.REQUEST, str(pk))

    @classmethod
    def item(cls, code: str) -> "Subject":
        """Every need of an item that the follower may see."""
        return cls(Follow.Kind.ITEM, code)

    @classmethod
    def member(cls, code: str) -> "Subject":
        """Every request of a member that the follower may see."""
        return cls(Follow.Kind.MEMBER, code)


@dataclass(frozen=True, slots=True)
class Named:
    """What is followed, in the words of the active language, and the page on which it is seen."""

    words: str
    link: Link


# ── what the rooms above know ────────────────────────────────────────────────
Finder = Callable[[Sequence[str]], Mapping[str, Named]]
_FINDERS: dict[str, Finder] = {}
_CAPACITIES: list[Callable[[Iterable[int], datetime], Mapping[int, Recipient]]] = []


def seen_by(kind: Follow.Kind) -> Callable[[Finder], Finder]:
    """Register who may follow a kind: from some keys to those that the acting person sees, with their names."""

    def register(function: Finder) -> Finder:
        _FINDERS[kind] = function
        return function

    return register


def capacity(
    function: Callable[[Iterable[int], datetime], Mapping[int, Recipient]],
) -> Callable[[Iterable[int], datetime], Mapping[int, Recipient]]:
    """Register how to learn in what capacity people (by id) are told; whoever is missing is not told at all."""
    _CAPACITIES.append(function)
    return function


def find(subject: Subject) -> Named | None:
    """What the acting person may see under this name; None: it does not exist for him or her."""
    return _FINDERS[subject.kind]([subject.key]).get(subject.key)


# ── following ────────────────────────────────────────────────────────────────
def follow(subject: Subject, *, by: Person, at: datetime) -> bool:
    """Follow something; False when one did already. The acting person is `by`.

    It is a person's own choice, like how one wants to be told: no party's row changes, and no audit row is written.

    Raises:
        FollowRefused: see there.
    """
    if find(subject) is None:
        raise FollowRefused("unseen")
    if Follow.objects.filter(person=by).count() >= MOST:
        raise FollowRefused("too_many")
    _, made = Follow.objects.get_or_create(person=by, kind=subject.kind, subject=subject.key, defaults={"since": at})
    return made


def unfollow(subject: Subject, *, by: Person) -> bool:
    """Follow something no more, whether or not one still sees it; False when one did not."""
    return bool(Follow.objects.filter(person=by, kind=subject.kind, subject=subject.key).delete()[0])


def follows(subject: Subject, *, by: Person) -> bool:
    """Whether somebody follows something."""
    return Follow.objects.filter(person=by, kind=subject.kind, subject=subject.key).exists()


def followed(*, by: Person) -> QuerySet[Follow]:
    """What somebody follows, the newest first."""
    return Follow.objects.filter(person=by).order_by("-pk")


def named(found: Sequence[Follow]) -> list[tuple[Follow, Named | None]]:
    """Each with its name, None where the acting person may not see it any more."""
    seen = {
        kind: finder([one.subject for one in found if one.kind == kind]) for kind, finder in _FINDERS.items()
    }  # fmt: skip
    return [(one, seen.get(one.kind, {}).get(one.subject)) for one in found]


# ── telling ──────────────────────────────────────────────────────────────────
def followers_of(*subjects: Subject, by_then: datetime | None = None) -> set[int]:
    """The ids of the people who follow one of these things, whatever they may see; who did by a moment, if given."""
    found = Follow.objects.filter(_any(subjects))
    if by_then is not None:
        found = found.filter(since__lte=by_then)
    return set(found.values_list("person_id", flat=True))


def _any(subjects: Iterable[Subject]) -> Q:
    wanted = Q(pk__in=[])  # nothing asked for is nobody, not everybody
    for kind in Follow.Kind:
        keys = [one.key for one in subjects if one.kind == kind]
        if keys:
            wanted |= Q(kind=kind, subject__in=keys)
    return wanted


def tell_followers(
    kind: str, subjects: Sequence[Subject], *, link: Link, data: Mapping[str, Any], by: Person | None, at: datetime
) -> bool:
    """Tell those who follow one of `subjects` and may see it: the hook for every service whose change they wait for.

    Called in the transaction of the change, after its owners were told: whoever is told of the same page at the same
    moment anyway is not told twice, and `by` is not told what he or she did. False when nobody follows any of them.
    """
    if not Follow.objects.filter(_any(subjects)).exists():
        return False
    jobs.ask(
        handler=JOB, key=str(uuid.uuid4()), due_at=at,
        payload={
            "kind": kind, "subjects": [[one.kind.value, one.key] for one in subjects], "link": link.name,
            "arguments": [str(one) for one in link.arguments], "data": dict(data), "by": by.pk if by else None,
            "at": at.isoformat(),
        },
    )  # fmt: skip
    return True


@jobs.handles(JOB)
def _tell(payload: dict[str, Any], at: datetime) -> None:
    subjects = [Subject(Follow.Kind(kind), key) for kind, key in payload["subjects"]]
    link, happened_at = Link(payload["link"], payload["arguments"]), datetime.fromisoformat(payload["at"])
    told = Notice.objects.filter(at=happened_at, link_name=link.name, link_arguments=payload["arguments"])
    others = told.exclude(kind__in=[name for name, kind in KINDS.items() if kind.group == Group.FOLLOWED])
    already = {payload["by"], *others.values_list("person_id", flat=True)}
    people = followers_of(*subjects, by_then=happened_at) - already
    found = recipients(payload["kind"], people, link=link, data=payload["data"], at=at)
    notices.tell(kind=payload["kind"], people=found, at=happened_at, link=link, data=payload["data"])


def recipients(
    kind: str, people: Iterable[int], *, link: Link, data: Mapping[str, Any], at: datetime
) -> list[Recipient]:
    """Those of some followers (ids) whom every gate lets through at a moment, each in the capacity he or she has."""
    return [one for one in _recipients(people, at=at) if _sees(one, kind, link, data, at=at)]


def _recipients(people: Iterable[int], *, at: datetime) -> list[Recipient]:
    ids = sorted(people)
    return [one for known in _CAPACITIES for one in known(ids, at).values()] if ids else []


def _sees(who: Recipient, kind: str, link: Link, data: Mapping[str, Any], *, at: datetime) -> bool:
    """Whether the notice would be shown to a person: the gates of its kind are asked as before every letter."""
    notice = Notice(
        person_id=who.person, party_id=who.party, roles=" ".join(sorted(who.roles)), kind=kind, at=at,
        link_name=link.name, link_arguments=[str(one) for one in link.arguments], data=dict(data),
    )  # fmt: skip
    return gates.may_be_told(notice, at=at)


def still_follows(kinds: Sequence[str], of: Callable[[Notice], Sequence[Subject]]) -> None:
    """Register what somebody must still follow for a letter of these kinds to be written."""

    def rule(notice: Notice, _at: datetime) -> bool:
        return Follow.objects.filter(_any(of(notice)), person=notice.person_id).exists()

    still_so(*kinds)(rule)
