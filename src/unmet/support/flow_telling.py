"""Who is told of what happens to money. Called by the services, in their transactions."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from unmet.access import telling
from unmet.access.actors import Actor, acting
from unmet.access.telling import GIVING, OWN
from unmet.notices import gates
from unmet.notices.models import Notice
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person
from unmet.support import flow_queries as queries
from unmet.support.models import Flow, MoneyStage

PLEDGED, COMMITTED, PAID = "support.money_pledged", "support.money_committed", "support.money_paid"
TAKEN_BACK: Final = "support.money_taken_back"
CONFIRMED: Final = "support.money_confirmed"
PUBLIC: Final = "support.money_public"
_STEPPED: Final = {
    MoneyStage.PLEDGE: PLEDGED, MoneyStage.COMMITMENT: COMMITTED, MoneyStage.PAID: PAID, "": TAKEN_BACK,
}  # fmt: skip


def stepped(flow: Flow, stage: str, *, by: Person, at: datetime) -> None:
    """The people of its channel and of its destinations: money came so far, or was taken back (no stage)."""
    _tell(_STEPPED[stage], flow, _other_side(flow, at=at), flow.source, by=by, at=at)


def made_public(flow: Flow, *, by: Person, at: datetime) -> None:
    """The people of its channel and of its destinations: everyone sees it now."""
    _tell(PUBLIC, flow, _other_side(flow, at=at), flow.source, by=by, at=at)


def confirmed(flow: Flow, *, party: Party, by: Person, at: datetime) -> None:
    """The source's people: a destination says that a payment arrived."""
    _tell(CONFIRMED, flow, telling.people_of([flow.source], GIVING, at=at), party, by=by, at=at)


def _other_side(flow: Flow, *, at: datetime) -> list[Recipient]:
    """Of a member its own people; of an organisation or a fund also those who respond in its name."""
    ends = list(flow.destinations.all())
    members = set(
        Party.objects.filter(pk__in=[party.pk for party in ends]).members(on=at.date()).values_list("pk", flat=True)
    )
    others = [party for party in ends if party.pk not in members]
    if flow.channel is not None:
        others.append(flow.channel)
    return telling.people_of(members, OWN, at=at) + telling.people_of(others, GIVING, at=at)


def _tell(kind: str, flow: Flow, people: Iterable[Recipient], party: Party, *, by: Person, at: datetime) -> None:
    telling.tell(kind, people, by=by, at=at, link=Link("money_one", [str(flow.uuid)]), data={"party": party.code})


@gates.gate(PLEDGED, COMMITTED, PAID, TAKEN_BACK, CONFIRMED, PUBLIC)
def _still_seen(notice: Notice, at: datetime) -> bool:
    """Whether the person still speaks for a party that sees it."""
    with acting(Actor.of(notice.person, at=at, via="job")):
        return queries.find(uuid.UUID(notice.link_arguments[0])) is not None
