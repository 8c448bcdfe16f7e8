"""Timelines in words: one sentence for everything that may appear in one, and the part of a page that shows it.

Whatever a service writes into the audit has a sentence here, or is named in `NOT_SHOWN`; a test looks for both. To show
the timeline of something else: its rows by `support.history.rows_of`, as far as the reader may know them, then `part`,
and `{% include "web/desk/_history.html" %}`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from unmet.access.models import Release, Role
from unmet.catalogue.models import Item
from unmet.parties.models import Party
from unmet.support.history import Count, Happened
from unmet.support.models import Attestation, Consignment, OfferTechnology, RequestAnswer, RequestLine, Stage
from unmet.web import formats
from unmet.web.desk.doors import pages_of
from unmet.web.public.pages import Pages
from unmet.web.requests import PersonRequest
from unmet.web.templatetags.desk import amount_of, unit_of

PER_PAGE: Final = 20
MOST_COUNTS: Final = 12  # lots of one line of a timeline; the page or the certificate has them all

# What happened → its sentence. Placeholders: party, giver (names), quantity, before, unit, from and to (stages),
# answer, audience, item (of a line of a request); of a consignment day, why, as (in which role), number and corrected
# (of receipts).
WORDS: Final[dict[str, Any]] = {
    # ── returns and needs ────────────────────────────────────────────────────
    "needs.submitted": _("%(party)s sent a return in which it stands to the approver."),
    "needs.sent_back": _("%(party)s sent the return back to be corrected."),
    "needs.approved": _("%(party)s approved the return."),
    "needs.withdrawn": _("%(party)s took the return back before it was approved."),
    "needs.attached": _("A file was attached to the return."),
    "needs.attachment_taken_back": _("A file was taken back from the return."),
    "needs.printed": _("The return was printed to be signed."),
    "needs.signed_print_attached": _("The scan of the signed print was attached."),
    "needs.commented": _("%(party)s said something beside it."),
    "needs.comment_answered": _("%(party)s answered what was said beside it."),
    "needs.comment_withdrawn": _("%(party)s took back what it had said beside it."),
    "needs.paused": _("%(party)s lets it wait."),
    "needs.resumed": _("%(party)s lets it stand again."),
    "needs.confirmed": _("%(party)s confirmed it as it stood."),
    "needs.covered_nationally": _("%(party)s covers it itself."),
    "needs.duplicate": _("%(party)s ended it: it is the same as another of its needs."),
    # ── who may see it ───────────────────────────────────────────────────────
    "access.released": _("%(party)s released it to: %(audience)s."),
    "access.release_withdrawn": _("%(party)s withdrew a release of it."),
    "access.held_back": _("%(party)s holds it back from everybody else."),
    "access.hold_back_lifted": _("%(party)s holds it back no more."),
    # ── requests for assistance ──────────────────────────────────────────────
    "support.request_saved": _("The draft was saved."),
    "support.request_sent": _("%(party)s sent the request."),
    "support.request_answered": _("%(party)s answered the line for %(item)s: %(answer)s."),
    "support.request_stopped": _("%(party)s asked everyone to stop sending."),
    "support.request_lifted": _("%(party)s lets sending go on."),
    "support.need_stopped": _("%(party)s asked everyone to stop sending."),
    "support.need_lifted": _("%(party)s lets sending go on."),
    "support.request_line_withdrawn": _("%(party)s withdrew the line for %(item)s."),
    "support.request_withdrawn": _("%(party)s withdrew the request."),
    "support.request_closed": _("%(party)s closed the request."),
    # ── offers ───────────────────────────────────────────────────────────────
    "support.offer_saved": _("The draft was saved."),
    "support.offered": _("%(party)s made the offer."),
    "support.offer_accepted": _("%(party)s accepted some of it."),
    "support.acceptance_proposed": _("It was proposed to the approver of %(party)s to accept some of it."),
    "support.decline_proposed": _("It was proposed to the approver of %(party)s to decline what is left of it."),
    "support.proposal_sent_back": _("The approver of %(party)s sent back what was proposed."),
    "support.proposal_taken_back": _("What was proposed to the approver of %(party)s was taken back."),
    "support.offer_declined": _("%(party)s declined what was left of it."),
    "support.offer_withdrawn": _("%(party)s withdrew what was left of it."),
    "support.offer_expired": _("It expired: what was left of it is held no more."),
    "support.commitment_taken_back": _("%(party)s took back some of what was accepted."),
    "support.technology_moved": _("%(party)s says how far the transfer of the technology has come: %(stage)s."),
    # ── consignments ─────────────────────────────────────────────────────────
    "support.consignment_planned": _("%(party)s planned the consignment."),
    "support.consignment_replanned": _("%(party)s changed the plan."),
    "support.consignment_sent": _("%(party)s sent it on %(day)s."),
    "support.consignment_at_port": _("%(party)s says that it came to the port of entry on %(day)s."),
    "support.consignment_held": _("%(party)s says that it is held since %(day)s: %(why)s."),
    "support.consignment_cleared": _("%(party)s says that it was cleared on %(day)s."),
    "support.consignment_goes_on": _("%(party)s says that it is held no more since %(day)s and goes on."),
    "support.consignment_expected": _("%(party)s expects it on %(now)s; before, the day was: %(was)s."),
    "support.consignment_waybill": _("%(party)s corrected the waybill: %(was)s, now %(now)s."),
    "support.consignment_lost": _("%(party)s says that it was lost on %(day)s."),
    "support.consignment_destroyed": _("%(party)s says that it was destroyed on %(day)s."),
    "support.consignment_returned": _("%(party)s says that it went back to the giver on %(day)s."),
    "support.consignment_diverted": _("%(party)s says that it went elsewhere on %(day)s."),
    "support.consignment_attested": _("%(party)s (%(as)s) attests what it saw on %(day)s."),
    "support.consignment_received": _("%(party)s states what arrived on %(day)s: receipt %(number)s."),
    "support.receipt_corrected": _(
        "%(party)s corrected receipt %(corrected)s: receipt %(number)s of %(day)s stands in its place."
    ),
    # ── the books ────────────────────────────────────────────────────────────
    "books.shown": _("Shown to you since then, with %(quantity)s %(unit)s approved by %(party)s."),
    "books.stated": _("%(party)s states that it needs %(quantity)s %(unit)s."),
    "books.revised": _("%(party)s revised the quantity: %(before)s, now %(quantity)s %(unit)s."),
    "books.ended": _("%(party)s needs none of it any more; it was %(before)s %(unit)s."),
    "books.lapsed": _("It was not confirmed in time: %(quantity)s %(unit)s stand beside the totals as last stated."),
    "books.paused": _("%(party)s lets it wait: %(quantity)s %(unit)s stand beside the totals as last stated."),
    "books.resumed": _("%(party)s lets it stand again: %(quantity)s %(unit)s."),
    "books.covered_nationally": _("%(party)s covers it itself; nothing more is needed."),
    "books.duplicate": _("%(party)s ended it: it is the same as another of its needs."),
    "books.carried": _("What was under way for it went over to a later round."),
    "books.superseded": _("A later round took it on."),
    "books.pledged": _("%(giver)s pledged %(quantity)s %(unit)s."),
    "books.allocated": _("%(giver)s allocated %(quantity)s %(unit)s."),
    "books.committed": _("%(party)s accepted %(quantity)s %(unit)s of %(giver)s."),
    "books.dispatched": _("%(giver)s sent %(quantity)s %(unit)s."),
    "books.received": _("%(party)s received %(quantity)s %(unit)s of %(giver)s."),
    "books.rejected": _("%(party)s rejected %(quantity)s %(unit)s of %(giver)s on arrival."),
    "books.missing": _("Of what %(giver)s sent, %(quantity)s %(unit)s are missing."),
    "books.pledged_unnamed": _("%(quantity)s %(unit)s were pledged."),
    "books.allocated_unnamed": _("%(quantity)s %(unit)s were allocated."),
    "books.committed_unnamed": _("%(party)s accepted %(quantity)s %(unit)s."),
    "books.dispatched_unnamed": _("%(quantity)s %(unit)s were sent."),
    "books.received_unnamed": _("%(party)s states that %(quantity)s %(unit)s arrived."),
    "books.rejected_unnamed": _("%(party)s states that it rejected %(quantity)s %(unit)s on arrival."),
    "books.missing_unnamed": _("%(party)s states that %(quantity)s %(unit)s are missing."),
    "books.lost": _("%(quantity)s %(unit)s were lost on the way."),
    "books.surplus": _("%(party)s states a surplus of %(quantity)s %(unit)s."),
    "books.receipt_corrected": _(
        "%(party)s corrected a receipt: %(quantity)s %(unit)s from “%(from)s” to “%(to)s”."
    ),
    "books.surplus_lowered": _("%(party)s corrected a receipt: a surplus was %(quantity)s %(unit)s less."),
    "books.returned": _("%(quantity)s %(unit)s went back to the giver."),
    "books.assigned": _("Support for %(quantity)s %(unit)s was assigned anew."),
    "books.withdrawn_support": _("Support for %(quantity)s %(unit)s was taken back."),
}  # fmt: skip

# Written into the audit, and in no timeline: who did it, and the books or another page, say what came of it.
NOT_SHOWN: Final = frozenset(
    {
        # The lines of the books say it, with the quantity.
        "support.stated", "support.accepted", "support.assigned", "support.withdrawn",
        # The giver never knew that it was proposed; the page of the line says it.
        "support.declined", "support.commitment_proposal_taken_back",
        # Nothing is left of a draft that was discarded.
        "support.request_discarded", "support.offer_discarded",
        # Nothing is left of a plan that was discarded.
        "support.consignment_discarded",
        # The page of the extract says what it held and who had it.
        "support.extract_made",
        # The page of money says how it stands.
        "support.money_confirmed", "support.money_hidden", "support.money_made_public", "support.money_named",
        "support.money_not_named", "support.money_of_offer", "support.money_stated", "support.money_taken_back",
        # The page of the giver's name says how it stands; a member reads no timeline of it.
        "support.giver_name",
        # The page of the profile says who confirmed it, and when.
        "support.profile_saved", "support.profile_confirmed", "support.profile_discarded", "support.contact_purged",
        # About people, rounds, the catalogue and the house: no timeline of a need or a request.
        "access.appointed", "access.appointment_confirmed", "access.appointment_ended", "access.appointment_proposed",
        "access.second_factor_reset", "access.token_ended", "access.token_made", "needs.letter_office_named",
        "needs.letter_office_revoked", "needs.item_proposed", "needs.item_confirmed", "needs.item_declined",
        # A letter has a page of its own; what it stated comes in a return.
        "needs.letter_taken_in", "needs.proposed", "needs.proposal_adopted", "needs.proposal_ignored",
        "needs.proposal_waits_again", "needs.proposal_withdrawn",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline: what happened, in a sentence; in what role, for the party's own people; the reason.

    `counts` say it of each lot; `place` and `remark` are words of the party; `certificate` is the code of a receipt.
    """

    at: datetime
    says: str
    role: str = ""
    reason: str = ""
    counts: Sequence[str] = ()
    more: int = 0  # lots that are not told
    place: str = ""
    remark: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a page that shows a timeline, newest first."""

    lines: Sequence[Line]
    pages: Pages


def part(request: PersonRequest, found: Sequence[Happened], *, item: Item | None = None) -> Part:
    """A page of what happened, in words. `item` is that of the quantities."""
    told = [one for one in found if one.event in WORDS]
    pages = pages_of(request, len(told), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    shown = told[start : start + PER_PAGE]
    codes = {one.party for one in shown} | {one.values.get("giver", "") for one in shown}
    parties = {party.code: party for party in Party.objects.filter(code__in=codes)}
    names = {code: party.name for code, party in parties.items()} | _items({one.values.get("line") for one in shown})
    return Part([_line(request, one, parties.get(one.party), names, item) for one in shown], pages)


def _items(lines: Collection[str | None]) -> dict[str, str]:
    """Line of a request, by its uuid -> the name of its item."""
    found = RequestLine.objects.filter(uuid__in=[line for line in lines if line]).select_related("need__item")
    return {str(line.uuid): line.need.item.name for line in found if line.need.item is not None}


def _line(
    request: PersonRequest, one: Happened, party: Party | None, names: Mapping[str, str], item: Item | None
) -> Line:
    own = party is not None and party.pk in request.actor.all_parties
    return Line(
        one.at, says(one, names, item),
        str(Role(one.role).label) if own and one.role in Role.values else "", one.reason,
        counts=[_count(count) for count in one.counts[:MOST_COUNTS]], more=max(len(one.counts) - MOST_COUNTS, 0),
        **{name: one.values.get(name, "") for name in ("place", "remark", "certificate")},
    )  # fmt: skip


def says(one: Happened, names: Mapping[str, str], item: Item | None) -> str:
    """What happened, in one sentence of the active language. `names` of parties by code, of items by line."""
    kinds, audiences = dict(RequestAnswer.Kind.choices), dict(Release.Audience.choices)
    stages = dict(Stage.choices)
    said = {
        "party": names.get(one.party, one.party),
        "giver": names.get(one.values.get("giver", ""), ""),
        "item": names.get(one.values.get("line", ""), ""),
        "unit": unit_of(item),
        "quantity": amount_of(one.quantities.get("quantity"), item),
        "before": amount_of(one.quantities.get("before"), item),
        "from": stages.get(one.values.get("from", ""), ""),
        "to": stages.get(one.values.get("to", ""), ""),
        "answer": kinds.get(one.values.get("kind", ""), ""),
        "stage": dict(OfferTechnology.Stage.choices).get(one.values.get("stage", ""), ""),
        "audience": audiences.get(one.values.get("audience", ""), ""),
        "day": formats.day(one.values.get("day")),
        **{name: _written(one.values.get(name)) for name in ("was", "now")},
        "why": dict(Consignment.Held.choices).get(one.values.get("why", ""), ""),
        "as": dict(Attestation.Role.choices).get(one.values.get("as", ""), ""),
        "number": formats.number(one.values.get("number", 0)),
        "corrected": formats.number(one.values.get("corrected", 0)),
    }
    ends = [gettext("Nothing of it is open any more.")] if one.values.get("ends_it") else []
    return " ".join([str(WORDS[one.event] % said), *ends])


def _written(value: object) -> str:
    """What was corrected: a day, or words of their own direction."""
    return formats.apart(value) if isinstance(value, str) else formats.day(value if isinstance(value, date) else None)


def _count(count: Count) -> str:
    """What was packed, seen or received of one lot."""
    item, of = count.item, count.quantities
    words = {name: amount_of(quantity, item) for name, quantity in of.items()} | {"unit": unit_of(item)}
    named = {"item": item.name, "lot": formats.apart(count.lot)}
    what = gettext("%(item)s, lot %(lot)s") % named if count.lot else item.name
    if "accepted" in of:
        return gettext("%(what)s: %(counts)s") % {"what": what, "counts": formats.listed(_received(count, words))}
    if count.unlisted:
        return gettext("%(what)s, not in the packing list: %(quantity)s %(unit)s") % {"what": what, **words}
    if of.get("before"):
        return gettext("%(what)s: %(before)s, now %(quantity)s %(unit)s") % {"what": what, **words}
    return gettext("%(what)s: %(quantity)s %(unit)s") % {"what": what, **words}


def _received(count: Count, words: Mapping[str, str]) -> list[str]:
    of, why = count.quantities, count.reasons
    told = [gettext("%(quantity)s accepted") % {"quantity": words["accepted"]}]
    if of["rejected"]:
        told.append(gettext("%(quantity)s rejected: %(why)s") % {"quantity": words["rejected"], "why": why["rejected"]})
    if of["missing"]:
        told.append(gettext("%(quantity)s missing: %(why)s") % {"quantity": words["missing"], "why": why["missing"]})
    if of["surplus"]:
        told.append(gettext("%(quantity)s more than was sent") % {"quantity": words["surplus"]})
    return told
