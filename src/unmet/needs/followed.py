"""Those who follow a need or an item learn what changed of it in the books, as far as they may see it.

The books know nothing of followers: a job reads the lines that were posted since it last told them. So every service
that posts is covered, whatever room it is in. Like the public page, it never tells when something was pledged or sent:
only what is needed, how much of that is covered, and what arrived.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from unmet.access import visible
from unmet.access.actors import Actor, acting, current
from unmet.books import changes
from unmet.books import services as books
from unmet.books.changes import Change
from unmet.books.models import Account
from unmet.catalogue.models import Item
from unmet.jobs import services as jobs
from unmet.jobs.tasks import Task
from unmet.needs import comments
from unmet.needs.telling import FOLLOWED_COMMENT
from unmet.notices import following
from unmet.notices import services as notices
from unmet.notices.following import Named, Subject
from unmet.notices.gates import gate
from unmet.notices.models import Follow, FollowedUntil, Notice
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person

JOB: Final = following.BOOKS_JOB
NEED_KINDS: Final = tuple(
    f"follow.need_{what}"
    for what in ("stated", "revised", "ended", "lapsed", "set_aside", "covered", "received", "met", "less_covered")
)  # fmt: skip
ITEM_KINDS: Final = ("follow.item_stated", "follow.item_changed")


# ── what can be followed ─────────────────────────────────────────────────────
@following.seen_by(Follow.Kind.NEED)
def _needs(keys: Sequence[str]) -> dict[str, Named]:
    """Needs that the acting person sees in detail: no others have an address of their own."""
    pks = [uuid.UUID(key) for key in keys]
    return {
        str(need.uuid): Named(
            _("%(item)s, %(member)s") % {"item": need.item.name, "member": need.member.name},
            Link("detail_line", [str(need.uuid)]),
        )
        for need in comments.needs(pks)
        if need.item is not None
    }


@following.seen_by(Follow.Kind.ITEM)
def _items(keys: Sequence[str]) -> dict[str, Named]:
    """Items of the catalogue, which everybody sees."""
    found = Item.objects.filter(code__in=keys) if current().roles else Item.objects.none()
    return {item.code: Named(item.name, Link("item", [item.code])) for item in found}


@following.seen_by(Follow.Kind.MEMBER)
def _members(keys: Sequence[str]) -> dict[str, Named]:
    """Members of today. Their requests are seen by those whom they ask."""
    actor = current()
    found = Party.objects.filter(code__in=keys).members(on=actor.at.date()) if actor.roles else Party.objects.none()
    return {
        party.code: Named(_("Requests of %(member)s") % {"member": party.name}, Link("member", [party.code]))
        for party in found
    }


def follow(subject: Subject, *, by: Person, at: datetime) -> bool:
    """Follow something; False when one did already. From now on: what the books hold by now is told to nobody.

    Raises:
        FollowRefused: see `following.follow`.
    """
    made = following.follow(subject, by=by, at=at)
    FollowedUntil.objects.get_or_create(one=True, defaults={"sequence": books.last_sequence()})
    return made


# ── the books ────────────────────────────────────────────────────────────────
def ask(*, at: datetime) -> bool:
    """Ask for the job where the books hold lines of which followers were not told. The worker asks now and then."""
    told, last = FollowedUntil.objects.first(), books.last_sequence()
    if told is None or told.sequence >= last:
        return False
    if not Follow.objects.exists():
        # Nobody waits for them: whoever follows something tomorrow is not told of today.
        FollowedUntil.objects.filter(sequence=told.sequence).update(sequence=last)
        return False
    jobs.ask(handler=JOB, key=str(last), due_at=at, payload={"until": last})
    return True


@dataclass(frozen=True, slots=True)
class _Telling:
    """One kind of notice about one page to some people."""

    kind: str
    link: Link
    data: Mapping[str, str]
    at: datetime
    people: list[Recipient]


@jobs.handles_long(JOB)
def tell(task: Task) -> None:
    """Tell followers what the books hold since they were last told. Reads first, then writes all notices at once."""
    told, until = FollowedUntil.objects.first(), int(task.payload["until"])
    if told is None or told.sequence >= until:
        return
    found = _tellings(after=told.sequence, until=until, at=task.at)
    with task.finishing():
        # Another worker may have told them up to another line meanwhile.
        if FollowedUntil.objects.filter(sequence=told.sequence).update(sequence=until):
            for one in found:
                notices.tell(kind=one.kind, people=one.people, at=one.at, link=one.link, data=one.data)


def _tellings(*, after: int, until: int, at: datetime) -> list[_Telling]:
    needs = set(Follow.objects.filter(kind=Follow.Kind.NEED).values_list("subject", flat=True))
    items = dict(Item.objects.values_list("pk", "code"))
    wanted = set(Follow.objects.filter(kind=Follow.Kind.ITEM).values_list("subject", flat=True))
    found = [
        change
        for change in changes.between(after=after, until=until)
        if str(change.subject) in needs or items[change.item] in wanted
    ]
    standing = _standing(found)
    members = dict(Party.objects.values_list("pk", "code"))
    tellings: list[_Telling] = []
    by_item: defaultdict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in found:
        data = {"member": members[change.member], "item": items[change.item]}
        if items[change.item] in wanted and happened(change, standing):
            by_item[data["member"], data["item"]].append(change)
        if str(change.subject) in needs:
            link = Link("detail_line", [str(change.subject)])
            people = following.followers_of(Subject.need(change.subject), by_then=change.at)
            for kind in happened(change, standing):
                told = following.recipients(kind, people, link=link, data=data, at=at)
                tellings.append(_Telling(kind, link, data, change.at, told))
    return tellings + _of_items(by_item, standing, at=at)


def _of_items(
    by_item: Mapping[tuple[str, str], list[Change]], standing: Mapping[uuid.UUID, int], *, at: datetime
) -> list[_Telling]:
    """One notice for each member and item, to those who see a need among them that changed; never to its own people."""
    tellings = []
    for (member, item), found in by_item.items():
        data, link = {"member": member, "item": item}, Link("changes")
        new, other = ITEM_KINDS
        kinds = defaultdict(list)
        for one in found:
            kinds[new if "follow.need_stated" in happened(one, standing) else other].append(one.subject)
        for kind, subjects in kinds.items():
            last = max(one.at for one in found)
            people = following.followers_of(Subject.item(item), by_then=last)
            seeing = following.recipients(kind, people, link=link, data=data, at=at)
            told = [one for one in seeing if _sees_one(one, subjects, at=at)]
            tellings.append(_Telling(kind, link, data, last, told))
    return tellings


def _standing(found: Iterable[Change]) -> dict[uuid.UUID, int]:
    """Need -> the approved quantity of its open account now."""
    subjects = [change.subject for change in found]
    standing: dict[uuid.UUID, int] = {}
    for start in range(0, len(subjects), 5000):
        accounts = Account.objects.filter(
            subject__in=subjects[start : start + 5000], kind=Account.Kind.NEED, closed=False
        )
        standing.update(accounts.values_list("subject", "approved"))
    return standing


def happened(change: Change, standing: Mapping[uuid.UUID, int]) -> list[str]:
    """Which kinds of notices a change of one need comes to: at most one of what is needed, one of what covers it.

    Where less arrived than was under way, both are said: that something arrived, and that less is covered.
    """
    kinds = []
    now = standing.get(change.subject, 0)
    if change["last_stated"] > 0:
        kinds.append("follow.need_lapsed" if change.lapsed else "follow.need_set_aside")
    elif change["approved"] and not now:
        kinds.append("follow.need_ended")
    elif change["approved"]:
        kinds.append("follow.need_stated" if now == change["approved"] else "follow.need_revised")
    if change.received > 0:
        kinds.append("follow.need_met" if change["needs_met"] > 0 else "follow.need_received")
    elif change["committed"] + change["in_transit"] > 0 and change["not_covered"] < 0:
        kinds.append("follow.need_covered")
    if change["committed"] + change["in_transit"] + change["received"] < 0 < change["not_covered"]:
        kinds.append("follow.need_less_covered")
    return kinds


# ── who may still be told ────────────────────────────────────────────────────
@gate(*NEED_KINDS, FOLLOWED_COMMENT)
def _sees_the_need(notice: Notice, at: datetime) -> bool:
    """Whether the person sees the need in detail still."""
    with acting(Actor.of(notice.person, at=at, via="job")):
        return comments.need(uuid.UUID(notice.link_arguments[0])) is not None


@gate(*ITEM_KINDS)
def _sees_needs_of_the_item(notice: Notice, at: datetime) -> bool:
    """Whether the person sees any need of that member and item, and is not of the member's own people."""
    with acting(Actor.of(notice.person, at=at, via="job")) as actor:
        return _shown(actor).filter(member__code=notice.data["member"], item__code=notice.data["item"]).exists()


def _shown(actor: Actor) -> QuerySet[Account]:
    others = Account.objects.filter(kind=Account.Kind.NEED).exclude(member__in=actor.own_parties)
    return visible.rows(others)


def _sees_one(who: Recipient, subjects: Sequence[uuid.UUID], *, at: datetime) -> bool:
    with acting(Actor.of(Person.objects.get(pk=who.person), at=at, via="job")) as actor:
        return _shown(actor).filter(subject__in=list(subjects)).exists()


following.still_follows(
    (*NEED_KINDS, FOLLOWED_COMMENT), lambda notice: [Subject.need(uuid.UUID(notice.link_arguments[0]))]
)
following.still_follows(ITEM_KINDS, lambda notice: [Subject.item(notice.data["item"])])
