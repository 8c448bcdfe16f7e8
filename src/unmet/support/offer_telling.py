"""Who is told of what happens to an offer. Called by the services, in their transactions."""

import uuid
from datetime import datetime
from typing import Final

from unmet.access import telling
from unmet.access.actors import Actor, acting
from unmet.access.models import Role
from unmet.access.telling import GIVING, OWN
from unmet.notices import gates
from unmet.notices.models import Notice
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person
from unmet.support import offer_queries as queries
from unmet.support.models import Offer, OfferTechnology

OFFERED: Final = "support.offered"
ACCEPTED, DECLINED = "support.offer_accepted", "support.offer_declined"
WITHDRAWN, EXPIRED, OWN_EXPIRED = "support.offer_withdrawn", "support.offer_expired", "support.own_offer_expired"
PROPOSED, DECLINE_PROPOSED = "support.acceptance_proposed", "support.decline_proposed"
TAKEN_BACK: Final = "support.acceptance_proposal_taken_back"
DECIDED, SENT_BACK = "support.acceptance_proposal_decided", "support.acceptance_proposal_sent_back"
# By the stage to which it came; the first was told of before stages were named.
_STAGES: Final = OfferTechnology.Stage.values[1:]
ADVANCED: Final = ("support.technology_moved", *(f"support.technology_{stage}" for stage in _STAGES))


def offered(made: Offer, *, by: Person, at: datetime) -> None:
    """The people of those it is made to; what is offered to any member, those of every member."""
    people = telling.people_of(_members(made, at=at), OWN, at=at)
    _tell(OFFERED, made, people, by=by, at=at, lines=made.lines.count())


def accepted(made: Offer, *, member: Party, by: Person, at: datetime) -> None:
    """The giver's people."""
    people = telling.people_of([made.giver], GIVING, at=at)
    _tell(ACCEPTED, made, people, by=by, at=at, member=member.code)


def declined(made: Offer, *, member: Party, by: Person, at: datetime) -> None:
    """The giver's people."""
    people = telling.people_of([made.giver], GIVING, at=at)
    _tell(DECLINED, made, people, by=by, at=at, member=member.code)


def withdrawn(made: Offer, *, by: Person, at: datetime) -> None:
    """Those it was made to by name; and whoever has accepted some of what was offered to any."""
    _tell(WITHDRAWN, made, telling.people_of(_named(made), OWN, at=at), by=by, at=at)


def expired(made: Offer, *, at: datetime) -> None:
    """The giver's people, and those it was made to by name."""
    _tell(OWN_EXPIRED, made, telling.people_of([made.giver], GIVING, at=at), by=None, at=at)
    _tell(EXPIRED, made, telling.people_of(_named(made), OWN, at=at), by=None, at=at)


def advanced(made: Offer, *, stage: str, by: Person, at: datetime) -> None:
    """Those who have accepted some of it, and those it was made to by name."""
    _tell(f"support.technology_{stage}", made, telling.people_of(_named(made), OWN, at=at), by=by, at=at)


# ── proposals: the business of the member's own people ───────────────────────
def proposed(made: Offer, *, member: Party, declines: bool, by: Person, at: datetime) -> None:
    """The member's approvers, and nobody of the giver."""
    people = telling.people_of([member], [Role.APPROVER], at=at)
    _tell(DECLINE_PROPOSED if declines else PROPOSED, made, people, by=by, at=at, member=member.code)


def decided(made: Offer, *, member: Party, proposed_by: Person, by: Person, at: datetime) -> None:
    """Whoever proposed it."""
    _tell(DECIDED, made, telling.person(proposed_by, member, OWN, at=at), by=by, at=at, member=member.code)


def sent_back(made: Offer, *, member: Party, proposed_by: Person, by: Person, at: datetime) -> None:
    """Whoever proposed it."""
    _tell(SENT_BACK, made, telling.person(proposed_by, member, OWN, at=at), by=by, at=at, member=member.code)


def proposal_taken_back(made: Offer, *, member: Party, by: Person, at: datetime) -> None:
    """The member's approvers, who were told that it waits for them."""
    people = telling.people_of([member], [Role.APPROVER], at=at)
    _tell(TAKEN_BACK, made, people, by=by, at=at, member=member.code)


def _members(made: Offer, *, at: datetime) -> list[Party]:
    if made.aim == Offer.Aim.ANY:
        return list(Party.objects.exclude(pk=made.giver_id).members(on=at.date()))
    return [made.member] if made.member is not None else list(made.addressees.all())


def _named(made: Offer) -> list[Party]:
    if made.aim != Offer.Aim.ANY:
        return [made.member] if made.member is not None else list(made.addressees.all())
    return list(Party.objects.filter(pk__in=made.lines.values("acceptances__member")))


def _tell(
    kind: str, made: Offer, people: list[Recipient], *, by: Person | None, at: datetime, **data: str | int
) -> None:
    telling.tell(
        kind, people, by=by, at=at, link=Link("offer", [str(made.uuid)]), data={"party": made.giver.code, **data}
    )


@gates.gate(
    OFFERED, ACCEPTED, DECLINED, WITHDRAWN, EXPIRED, OWN_EXPIRED, *ADVANCED, PROPOSED, DECLINE_PROPOSED, DECIDED,
    SENT_BACK, TAKEN_BACK,
)  # fmt: skip
def _still_seen(notice: Notice, at: datetime) -> bool:
    """Whether the person sees the offer still."""
    with acting(Actor.of(notice.person, at=at, via="job")):
        return queries.find(uuid.UUID(notice.link_arguments[0])) is not None


@gates.still_so(OFFERED)
def _still_offered(notice: Notice, at: datetime) -> bool:
    """Whether it can be accepted still."""
    found = Offer.objects.filter(uuid=notice.link_arguments[0])
    return queries.standing(found, at=at).exists()


@gates.still_so(PROPOSED, DECLINE_PROPOSED)
def _still_proposed(notice: Notice, at: datetime) -> bool:
    """Whether a proposal of this kind waits still for the approvers of the member."""
    waiting = queries.proposals_waiting(at=at).filter(offer__uuid=notice.link_arguments[0], member=notice.party_id)
    return waiting.filter(offer_line__isnull=notice.kind == DECLINE_PROPOSED).exists()
