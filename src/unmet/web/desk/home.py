"""The desk: what waits for the person, per party; what is open; what ends soon."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.models import Release, Role
from unmet.access.visible import standing_releases
from unmet.catalogue.models import Sector
from unmet.catalogue.windows import day_still_running
from unmet.needs import comments, flash, letters, picking
from unmet.needs.models import FlashCall, Need, Proposal, Return, TechnicalComment
from unmet.parties.models import Party
from unmet.support import consignment_queries as consignments
from unmet.support import offer_queries, profile_queries, request_queries
from unmet.support import queries as support
from unmet.support.models import AcceptanceProposal
from unmet.web.desk import large
from unmet.web.desk.doors import desk_page, own_members, own_parties
from unmet.web.desk.returns import answers
from unmet.web.requests import PersonRequest

ENDING = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Ending:
    """A release that ends soon."""

    release: Release
    name: str
    days_left: int


@dataclass(frozen=True, slots=True)
class Called:
    """A flash call that runs, at the desk of one member."""

    party: Party
    call: FlashCall
    hours_left: int
    answered: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at one party."""

    party: Party
    returns: list[Return]
    proposals: int
    unassigned: int
    late: int
    accepting: list[AcceptanceProposal]  # what is proposed about offers
    arriving: int  # consignments at the port of entry, held or cleared
    ending: list[Ending]
    letters: list[Proposal]
    comments: list[TechnicalComment]
    items: int
    profile: str  # asked | draft | ""
    approves: bool  # whether the person may approve for this party

    @property
    def nothing(self) -> bool:
        """Whether nothing waits."""
        counted = (self.proposals, self.unassigned, self.late, self.arriving, self.items)
        return not (
            any(counted) or self.returns or self.ending or self.letters or self.comments or self.profile
            or self.accepting
        )  # fmt: skip


@desk_page
@require_GET
def desk(request: PersonRequest) -> HttpResponse:
    """What waits for you. People of coordination and responders begin at their own pages."""
    actor = request.actor
    if not actor.own_parties and actor.is_(Role.RESPONDER):
        return redirect("respond")
    if not actor.own_parties and actor.is_coordination:
        return redirect("rounds")
    parties = own_parties(request)
    context = {
        "waiting": [_waiting(request, party) for party in parties],
        "answers": answers(request, open_only=True),
        "called": _called(request),
        "tables": large.listed(request),
        "asked": request_queries.waiting().count(),
        "offered": offer_queries.waiting(at=request.at).count(),
        "responds": actor.is_(Role.RESPONDER),
    }
    return render(request, "web/desk/desk.html", context)


def _called(request: PersonRequest) -> list[Called]:
    """Flash calls that run, for each member whose people the person is one of; the first to end first."""
    members = own_members(request)
    return [
        Called(party, call, flash.hours_left(call, at=request.at), flash.answered(call, member=party))
        for call in flash.running(at=request.at)
        for party in members
    ]


def _waiting(request: PersonRequest, party: Party) -> Waiting:
    pending = Return.objects.pending().filter(member=party).select_related("round").order_by("submitted_at")
    lines = support.to_members().filter(member=party)
    return Waiting(
        party=party,
        returns=list(pending),
        proposals=support.proposals(members=[party.pk]).count(),
        unassigned=support.unassigned(lines).count(),
        late=support.late(lines, today=request.at.date()).count(),
        accepting=list(offer_queries.proposals(at=request.at).filter(member=party)[:20]),
        arriving=consignments.once(consignments.arriving(party)).count(),
        ending=_ending(request, party),
        letters=list(letters.waiting(members=[party.pk])),
        comments=list(comments.unanswered(member=party)[:20]),
        items=picking.proposed_to(party),
        profile=_profile(party),
        approves=may.may(request.actor, Deed.APPROVE_NEEDS, party),
    )


def _profile(party: Party) -> str:
    """Whether a draft of the delivery profile waits to be confirmed, or one is asked for."""
    if profile_queries.draft(party) is not None:
        return "draft"
    return "asked" if profile_queries.asks_for([party]) else ""


def _ending(request: PersonRequest, party: Party) -> list[Ending]:
    """Releases of a member that end within thirty days."""
    soon = standing_releases(at=request.at).filter(member=party, ends_at__lte=request.at + ENDING).order_by("ends_at")
    releases = list(soon)
    subjects = [release.subject for release in releases]
    names = {sector.uuid: sector.name for sector in Sector.objects.filter(uuid__in=subjects)}
    for need in Need.objects.filter(uuid__in=subjects).select_related("item"):
        names[need.uuid] = need.item.name if need.item else need.words
    today = day_still_running(request.at)
    return [
        Ending(release, names.get(release.subject, ""), (release.until_on - today).days + 1)
        for release in releases
        if release.until_on
    ]
