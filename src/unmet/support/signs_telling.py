"""Who is told that a member says *stop sending*, or lets a need wait: everyone who could ship for it, each once."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from django.db.models import Q

from unmet.access import telling
from unmet.access.actors import Actor, acting
from unmet.access.telling import GIVING
from unmet.needs import standing
from unmet.needs.models import Need
from unmet.notices import gates
from unmet.notices.models import Notice
from unmet.notices.services import Link
from unmet.parties.models import Party, Person
from unmet.support import request_queries
from unmet.support.models import AssistanceRequest, Consignment, ConsignmentLine, Line, RequestAnswer

STOPPED, LIFTED = "support.sending_stopped", "support.sending_lifted"
PAUSED, RESUMED = "support.need_paused", "support.need_resumed"
_TRAVELS: Final = (Consignment.State.PLANNED, *Consignment.UNDER_WAY)


def of_need(need: Need, kind: str, *, by: Person, at: datetime) -> None:
    """Those whom a request asks for this need now, and everyone who gives, passes on or carries something for it."""
    asked = AssistanceRequest.objects.filter(
        state=AssistanceRequest.State.SENT, lines__need=need, lines__withdrawn_at=None
    )
    told: set[int] = set()
    for request in asked.order_by("pk"):
        parties = concerned(request) - told
        told |= parties
        _tell(kind, parties, need.member, Link("assistance_one", [str(request.uuid)]), by=by, at=at)
    to_senders(kind, [need.uuid], member=need.member, told=told, by=by, at=at)


def concerned(request: AssistanceRequest) -> set[int]:
    """Parties that are asked by name, or that have said something where everyone is asked."""
    if not request.to_everyone:
        return set(request.addressees.values_list("pk", flat=True))
    return set(RequestAnswer.objects.filter(line__request=request).values_list("party", flat=True))


def to_senders(
    kind: str, subjects: Iterable[uuid.UUID], *, member: Party, told: Collection[int], by: Person, at: datetime
) -> None:  # fmt: skip
    """Whoever gives, passes on or carries something for these needs, but those who were told already.

    Givers are led to their lines of support; channels and carriers, who see no lines, to the consignments.
    """
    under_way = Q(pledged__gt=0) | Q(allocated__gt=0) | Q(committed__gt=0) | Q(in_transit__gt=0)
    lines = Line.objects.filter(under_way, account__subject__in=list(subjects))
    packed = ConsignmentLine.objects.filter(
        line__account__subject__in=list(subjects), consignment__state__in=_TRAVELS, standing=None
    )
    givers = set(lines.values_list("giver", flat=True)) - set(told)
    _tell(kind, givers, member, Link("support"), by=by, at=at)
    others = set(lines.exclude(channel=None).values_list("channel", flat=True))
    others |= set(packed.exclude(consignment__carrier=None).values_list("consignment__carrier", flat=True))
    _tell(kind, others - givers - set(told), member, Link("consignments"), by=by, at=at)


def _tell(kind: str, parties: Iterable[int], member: Party, link: Link, *, by: Person, at: datetime) -> None:
    people = telling.people_of([party for party in parties if party != member.pk], GIVING, at=at)
    telling.tell(kind, people, by=by, at=at, link=link, data={"member": member.code})


@standing.watches
def _waits(need: Need, kind: str, by: Person, at: datetime) -> None:
    """A need was paused, or stands again: whoever could ship for it learns it in that transaction."""
    if kind in ("paused", "resumed"):
        of_need(need, PAUSED if kind == "paused" else RESUMED, by=by, at=at)


@gates.gate(STOPPED, LIFTED, PAUSED, RESUMED)
def _still_asked(notice: Notice, at: datetime) -> bool:
    """Whoever was led to a request sees it still; whoever ships is told all the same."""
    if notice.link_name != "assistance_one":
        return True
    with acting(Actor.of(notice.person, at=at, via="job")):
        return request_queries.find(uuid.UUID(notice.link_arguments[0])) is not None
