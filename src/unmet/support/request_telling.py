"""Who is told of what happens to a request for assistance. Called by the services, in their transactions."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from unmet.access import telling
from unmet.access.actors import Actor, acting
from unmet.access.telling import GIVING, OWN
from unmet.notices import following, gates
from unmet.notices.following import Named, Subject
from unmet.notices.models import Follow, Notice
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person
from unmet.support import request_queries as queries
from unmet.support import signs_telling
from unmet.support.models import AssistanceRequest, RequestLine

SENT: Final = "support.request_sent"
ANSWERED: Final = "support.request_answered"
STOPPED, LIFTED = "support.request_stopped", "support.request_lifted"
WITHDRAWN, CLOSED = "support.request_withdrawn", "support.request_closed"
LINE_WITHDRAWN: Final = "support.request_line_withdrawn"
_WAYS: Final = ("sent", "stopped", "lifted", "line_withdrawn", "withdrawn", "closed")
FOLLOWED: Final = tuple(f"follow.request_{what}" for what in _WAYS)


def sent(request: AssistanceRequest, *, lines: int, by: Person, at: datetime) -> None:
    """Those asked: a request waits for their answer."""
    asked = Party.objects.all() if request.to_everyone else request.addressees.all()
    _tell(SENT, request, _people(request, asked, at=at), by=by, at=at, lines=lines)
    _tell_followers("follow.request_sent", request, by=by, at=at)


def answered(request: AssistanceRequest, *, party: Party, lines: int, by: Person, at: datetime) -> None:
    """The member's people: a party said something to so many lines."""
    people = telling.people_of([request.member_id], OWN, at=at)
    _tell(ANSWERED, request, people, by=by, at=at, party=party.code, lines=lines)


def stopped(request: AssistanceRequest, *, lifted: bool, by: Person, at: datetime) -> None:
    """Whoever could ship: those asked, and who gives, passes on or carries something for these needs.

    Those whom a request asked learn no more of it after its end.
    """
    asks = AssistanceRequest.objects.filter(pk=request.pk, state=AssistanceRequest.State.SENT).exists()
    asked = signs_telling.concerned(request) if asks else set()
    people = _people(request, Party.objects.filter(pk__in=asked), at=at)
    _tell(LIFTED if lifted else STOPPED, request, people, by=by, at=at)
    # A line that was withdrawn says nothing of what is stopped later; what is lifted, it may have said.
    lines = request.lines.all() if lifted else request.lines.filter(withdrawn_at=None)
    signs_telling.to_senders(
        signs_telling.LIFTED if lifted else signs_telling.STOPPED, lines.values_list("need__uuid", flat=True),
        member=request.member, told=asked, by=by, at=at,
    )  # fmt: skip
    if asks:
        _tell_followers("follow.request_lifted" if lifted else "follow.request_stopped", request, by=by, at=at)


def ended(request: AssistanceRequest, *, withdrawn: bool, by: Person, at: datetime) -> None:
    """Those asked: nothing is asked of them any more."""
    people = _people(request, Party.objects.filter(pk__in=signs_telling.concerned(request)), at=at)
    _tell(WITHDRAWN if withdrawn else CLOSED, request, people, by=by, at=at)
    _tell_followers("follow.request_withdrawn" if withdrawn else "follow.request_closed", request, by=by, at=at)


def line_withdrawn(request: AssistanceRequest, line: RequestLine, *, by: Person, at: datetime) -> None:
    """Those asked, and whoever follows it: one line asks nobody any more, the others do."""
    assert line.need.item is not None  # one asks for needs that have an item
    item = line.need.item.code
    people = _people(request, Party.objects.filter(pk__in=signs_telling.concerned(request)), at=at)
    _tell(LINE_WITHDRAWN, request, people, by=by, at=at, item=item)
    _tell_followers("follow.request_line_withdrawn", request, by=by, at=at, item=item)


def _people(request: AssistanceRequest, parties: Iterable[Party], *, at: datetime) -> list[Recipient]:
    """The people of these parties who may answer; never the member's own."""
    return telling.people_of([party for party in parties if party.pk != request.member_id], GIVING, at=at)


def _tell(
    kind: str, request: AssistanceRequest, people: list[Recipient], *, by: Person, at: datetime, **data: str | int
) -> None:
    telling.tell(
        kind, people, by=by, at=at, link=Link("assistance_one", [str(request.uuid)]),
        data={"member": request.member.code, **data},
    )  # fmt: skip


def _tell_followers(kind: str, request: AssistanceRequest, *, by: Person, at: datetime, **data: str) -> None:
    """Those who follow the request, its member or one of its needs, and see the request."""
    following.tell_followers(
        kind, _subjects(request), link=Link("assistance_one", [str(request.uuid)]), by=by, at=at,
        data={"member": request.member.code, **data},
    )  # fmt: skip


def _subjects(request: AssistanceRequest) -> list[Subject]:
    needs = request.lines.values_list("need__uuid", flat=True)
    return [Subject.request(request.uuid), Subject.member(request.member.code), *map(Subject.need, needs)]


@following.seen_by(Follow.Kind.REQUEST)
def _requests(keys: Sequence[str]) -> dict[str, Named]:
    """Requests of one's own members, and those that ask one's parties."""
    return {
        str(request.uuid): Named(
            _("Request for assistance of %(member)s") % {"member": request.member.name},
            Link("assistance_one", [str(request.uuid)]),
        )
        for request in queries.among(map(uuid.UUID, keys))
    }


def _of_notice(notice: Notice) -> list[Subject]:
    request = AssistanceRequest.objects.filter(uuid=notice.link_arguments[0]).select_related("member").first()
    return _subjects(request) if request is not None else []


following.still_follows(FOLLOWED, _of_notice)


@gates.gate(SENT, ANSWERED, STOPPED, LIFTED, WITHDRAWN, LINE_WITHDRAWN, CLOSED, *FOLLOWED)
def _still_seen(notice: Notice, at: datetime) -> bool:
    """Whether the person sees the request still: a release may have ended meanwhile."""
    with acting(Actor.of(notice.person, at=at, via="job")):
        return queries.find(uuid.UUID(notice.link_arguments[0])) is not None
