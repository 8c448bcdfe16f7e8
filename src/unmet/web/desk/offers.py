"""One offer with its conditions in full, and what the person may do with each of its lines."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.parties.models import Party
from unmet.support import acceptance, arrival, offer_gaps, signs
from unmet.support import offer_queries as queries
from unmet.support.history import of_offer
from unmet.support.models import Acceptance, AcceptanceProposal, Offer, OfferLine, OfferTechnology
from unmet.support.offer_rules import OfferRefused
from unmet.support.progress import months_after
from unmet.support.progress_lots import shelf_lives
from unmet.support.request_queries import Sign
from unmet.web import formats, set_words
from unmet.web.desk import giver_names, history, open_signs, quantities
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.offers_words import sentence, standing
from unmet.web.requests import PersonRequest

SUBSTITUTES = 40  # needs of other items that the page proposes


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed to accept a line, and why it was refused."""

    line: uuid.UUID | None = None
    sent: Any = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of an offer, what was accepted of it, and for which needs it may be accepted."""

    line: OfferLine
    acceptances: Sequence[Acceptance]
    needs: Sequence[Account]
    others: Sequence[Account]
    stopped: Sequence[Sign]
    typed: Typed
    sent: Any = None  # what the form is filled with: what was typed, or what a focal point proposed
    waiting: AcceptanceProposal | None = None
    back: AcceptanceProposal | None = None  # what the approver sent back last
    proposed: str = ""  # the quantity that is filled in: what is left, at most what is not covered
    stages: Sequence[tuple[str, str]] = ()
    beyond: int | None = None  # of a draft that offers more than is not covered: how much that is
    arrives: str = ""  # the day that is filled in, of goods


def found(pk: uuid.UUID) -> Offer:
    """An offer of one's own parties, or one made to one's members; any other does not exist."""
    one_found = queries.find(pk)
    if one_found is None:
        raise Http404
    return one_found


def given(pk: uuid.UUID) -> Offer:
    """An offer of one's own parties; any other does not exist."""
    one_found = queries.given().filter(uuid=pk).first()
    if one_found is None:
        raise Http404
    return one_found


@desk_page
@require_GET
def one(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of one offer; `?member=` chooses which of one's members reads it."""
    return page(request, found(pk))


def page(
    request: PersonRequest, made: Offer, *, typed: Typed | None = None, refused: str = "",
    why: tuple[str, str, str] = ("", "", ""),
) -> HttpResponse:  # fmt: skip
    """The page; `why` is (which deed, the reason as typed, what is wrong with it) when a deed was refused."""
    typed = typed or Typed()
    own = made.giver_id in request.actor.all_parties
    stands = standing(made, queries.accepted_of([made])[made.pk], at=request.at)
    receiving = queries.receiving(made)
    code = (request.POST if request.method == "POST" else request.GET).get("member", "")
    member = next((party for party in receiving if party.code == code), receiving[0] if receiving else None)
    decides = member if stands.open else None
    may_accept = decides is not None and may.may(request.actor, Deed.ACCEPT_SUPPORT, decides)
    may_propose = decides is not None and may.may(request.actor, Deed.PROPOSE_COMMITMENT, decides) and not may_accept
    said = _proposals(request, made, decides)
    if said.decline is not None and may_accept and not why[0]:
        why = ("decline", said.decline.reason, "")
    problems = [("", refused)] * bool(refused)
    problems += [(f"quantity-{typed.line}", typed.why)] * bool(typed.why)
    problems += [(f"{why[0]}-reason", why[2])] * bool(why[2])
    gives = own and may.may(request.actor, Deed.STATE_SUPPORT, made.giver)
    rows = _line_rows(
        made, decides if may_accept or may_propose else None, typed, said, gives=gives, today=request.at.date()
    )
    context = {
        "offer": made,
        "own": own,
        "gives": gives,
        "draft": made.state == Offer.State.DRAFT,
        "shared_out": acceptance.is_shared_out(made),
        "standing": stands,
        "to_set": set_words.of(made.to_set),
        "addressees": list(made.addressees.in_reading_order()) if own else [],
        "receiving": receiving,
        "member": member,
        "may_accept": may_accept,
        "may_propose": may_propose,
        "me": request.user,
        "decline_proposal": said.decline,
        "decline_back": said.decline_back,
        "rows": rows,
        "watch": _watched(request, made, rows),
        "declines": queries.declines(made),
        "shelf_life": _shelf_life(decides or made.member, today=request.at.date()),
        "giver_name": giver_names.of_offer(request, made),
        "history": history.part(request, of_offer(made)),
        "deed": why[0],
        "deed_reason": why[1],
        "deed_why": why[2],
        "problems": problems,
    }
    return render(request, "web/desk/offer.html", context, status=REFUSED_STATUS if problems else 200)


def not_done(
    request: PersonRequest, made: Offer, refused: OfferRefused, *, deed: str, words: str, back: HttpResponse
) -> HttpResponse:  # fmt: skip
    """Why a deed was refused: beside its words where they are wrong, on the page again; else above the page."""
    made.refresh_from_db()
    if refused.reason in ("word", "too_long"):
        return page(request, made, why=(deed, words, sentence(refused)))
    messages.error(request, sentence(refused))
    return back


@dataclass(frozen=True, slots=True)
class ShelfLife:
    """For how many months a member wants goods to be good on arrival: today, not those that expire before `until`."""

    member: Party
    months: Decimal
    until: date


def _shelf_life(member: Party | None, *, today: date) -> ShelfLife | None:
    """Of whom an offer is for, where the person may read it."""
    months = shelf_lives([member.pk]).get(member.pk) if member is not None else None
    return ShelfLife(member, months, months_after(today, months)) if member is not None and months else None


@dataclass(frozen=True, slots=True)
class Proposals:
    """What waits of one member about an offer, and what was sent back: by line, and to decline."""

    waiting: Mapping[int | None, AcceptanceProposal]
    back: Mapping[int | None, AcceptanceProposal]

    @property
    def decline(self) -> AcceptanceProposal | None:
        """To decline what is left."""
        return self.waiting.get(None)

    @property
    def decline_back(self) -> AcceptanceProposal | None:
        """The same, sent back."""
        return self.back.get(None)


def _proposals(request: PersonRequest, made: Offer, member: Party | None) -> Proposals:
    if member is None:
        return Proposals({}, {})
    waiting = queries.proposals(at=request.at, of=made).filter(member=member)
    back = queries.sent_back(made, member=member)
    return Proposals({one.offer_line_id: one for one in waiting}, {one.offer_line_id: one for one in back})


def _filled(proposal: AcceptanceProposal, needs: Sequence[Account]) -> dict[str, str]:
    """The form as a proposal fills it in. A need that is not open any more is chosen anew."""
    item = proposal.offer_line.item if proposal.offer_line else None
    need = "none" if proposal.need is None else str(proposal.need.uuid)
    open_ones = {"none", *(str(account.subject) for account in needs)}
    filled = {
        "quantity": quantities.written(proposal.quantity or 0, item),
        "need": need if need in open_ones else "closed",
        "expected": formats.day(proposal.expected_on) if proposal.expected_on else "",
    }
    if proposal.counts_as is not None and proposal.need is not None:
        filled["counts_as"] = quantities.written(proposal.counts_as, proposal.need.item)
    return filled | ({"over": "on"} if proposal.over else {})


def _line_rows(
    made: Offer, member: Party | None, typed: Typed, said: Proposals, *, gives: bool, today: date
) -> list[LineRow]:  # fmt: skip
    taken: dict[int, list[Acceptance]] = {}
    for acceptance_ in queries.acceptances(made):
        taken.setdefault(acceptance_.offer_line_id, []).append(acceptance_)
    gaps = offer_gaps.exceeded(made) if gives and made.state == Offer.State.DRAFT else {}
    lines = list(queries.lines(made))
    left = [line for line in lines if member and line.left]
    needs = queries.needs_for(left, member=member) if member else {}
    others = queries.other_needs(left, member=member, most=SUBSTITUTES) if member else {}
    concern = {line.pk: _concern(line, needs.get(line.pk, [])) for line in lines}
    signs_said = signs.by_need({subject for subjects in concern.values() for subject in subjects})
    rows = []
    for line in lines:
        its, waiting, substitutes = needs.get(line.pk, []), said.waiting.get(line.pk), others.get(line.pk, [])
        if waiting is not None and waiting.need is not None:
            substitutes = queries.with_need(substitutes, waiting.need, its)
        own = typed if typed.line == line.uuid else Typed()
        filled = _filled(waiting, [*its, *substitutes]) if waiting is not None else None
        stopped = dict.fromkeys(sign for subject in concern[line.pk] for sign in signs_said.get(subject, []))
        rows.append(
            LineRow(
                line, taken.get(line.pk, []), its, substitutes, list(stopped), own, own.sent or filled, waiting,
                said.back.get(line.pk), _proposed(line, its), _later(line) if gives else (), gaps.get(line.pk),
                _arrives(line, its, today),
            )
        )  # fmt: skip
    return rows


def _concern(line: OfferLine, needs: Sequence[Account]) -> list[uuid.UUID]:
    """The needs of which the page says whether their member lets anything be sent: the one meant, and the first."""
    return [account.subject for account in needs[:1]] + ([line.need.uuid] if line.need else [])


def _watched(request: PersonRequest, made: Offer, rows: Sequence[LineRow]) -> open_signs.Watched | None:
    needs = {need for row in rows for need in _concern(row.line, row.needs)}
    said, here = [sign for row in rows for sign in row.stopped], reverse("offer", args=[made.uuid])
    return open_signs.watch(request, "needs", needs, said, again=here)


def _proposed(line: OfferLine, needs: Sequence[Account]) -> str:
    """What is left, at most what is not covered of the need that comes first; nothing where that is another item.

    Of what is to be shared out a member without a need of it takes nothing.
    """
    if not needs:
        return "" if acceptance.is_shared_out(line.offer) else quantities.written(line.left, line.item)
    first = needs[0]
    if first.item_id != line.item_id or not first.not_covered:
        return ""
    return quantities.written(min(line.left, first.not_covered), line.item)


def _arrives(line: OfferLine, needs: Sequence[Account], today: date) -> str:
    day = arrival.proposed(line.item, needs[0].needed_by_on if needs else None, today=today)
    return formats.day(day) if day else ""


def _later(line: OfferLine) -> Sequence[tuple[str, str]]:
    """How far a transfer of technology may be said to have come next."""
    technology = getattr(line, "technology", None)
    if technology is None or line.offer.state == Offer.State.DRAFT:
        return ()
    stages = OfferTechnology.Stage.choices
    at = [value for value, _label in stages].index(technology.stage)
    return [(value, str(label)) for value, label in stages[at + 1 :]]
