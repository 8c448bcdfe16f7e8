"""The sections of the page of progress: what each is called, who sees its rows, its tabs, its table and its file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.exchange.download import Column, Value
from unmet.support.models import Consignment
from unmet.support.progress import Listing
from unmet.support.progress_held import Held
from unmet.support.progress_lines import AtRisk, NotReceived, NotSent
from unmet.support.progress_lots import Lots
from unmet.support.progress_offers import Offers
from unmet.support.progress_requests import Requests
from unmet.web.desk import progress_cells as cells

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the page. `rows` is the template of its table; `line` makes a row of its file."""

    code: str
    listing: type[Listing[Any]]
    title: Words
    meaning: Words
    audience: Words
    empty: Words
    tabs: Mapping[str, Words]
    rows: str
    columns: Callable[[], list[Column]]
    line: Callable[[Any], Sequence[Value]]
    coordination: bool = False  # whether coordination alone reads it


_DAYS: Final = {
    "late": _("At risk: past the expected arrival"), "to_30": _("Up to 30 days"), "to_90": _("31 to 90 days"),
    "more": _("More than 90 days"),
}  # fmt: skip
_SIDES: Final = _("Seen by the giver and the member")
_BOXES: Final = _("Seen by giver, channel, carrier and member")

SECTIONS: Final[Mapping[str, Section]] = {
    section.code: section
    for section in (
        Section(
            "offers", Offers, _("Where each offer stands"),
            _("Offers made by your parties or to your members: in which state, for how long, and until when held."),
            _("Seen by the giver and those it offers to"),
            _("What your parties offer, and what is offered to your members, stands here until it ends."),
            {
                "offered": pgettext_lazy("offers", "Offered"),
                "in_part": pgettext_lazy("offers", "Accepted in part"),
                "accepted": pgettext_lazy("offers", "Accepted, not sent"),
                "under_way": pgettext_lazy("offers", "Under way"),
                "received": pgettext_lazy("offers", "Received"),
                "expired": pgettext_lazy("offers", "Expired"),
                "withdrawn": pgettext_lazy("offers", "Withdrawn"),
                "declined": pgettext_lazy("offers", "Declined"),
            },
            "web/desk/_progress_offers.html", cells.offer_columns, cells.offer,
        ),
        Section(
            "not-sent", NotSent, _("Accepted and not sent"),
            _("Days since a member last accepted some of it. Past its expected arrival it is at risk."), _SIDES,
            _("Nothing that your parties give, or that comes to your members, waits to be sent."), _DAYS,
            "web/desk/_progress_lines.html", cells.line_columns, cells.line,
        ),
        Section(
            "not-received", NotReceived, _("Sent and not received"),
            _("Days since some of it was last sent. The member states what arrives; until then it is in transit."),
            _SIDES, _("Nothing that your parties give, or that comes to your members, is on its way."), _DAYS,
            "web/desk/_progress_lines.html", cells.line_columns, cells.line,
        ),
        Section(
            "at-risk", AtRisk, _("At risk, in sums"),
            _(
                "Committed to a member and past its expected arrival, of what you may see as figures. Givers, dates "
                "and consignments are not in it."
            ),
            _("Sums of what members have released to you"),
            _("Nothing that you may see is past its expected arrival."), {},
            "web/desk/_progress_at_risk.html", cells.sum_columns, cells.sum_, coordination=True,
        ),
        Section(
            "held", Held, _("Consignments that are held"), _("Why each cannot go on, since when, and where it is."),
            _BOXES, _("No consignment that your parties give, pass on, carry or await is held."),
            dict(Consignment.Held.choices),
            "web/desk/_progress_held.html", cells.held_columns, cells.held,
        ),
        Section(
            "lots", Lots, _("Lots that expire soon"),
            _(
                "Lots of offers that stand, and of consignments not yet received, that expire within nine months. "
                "Where the member states a shortest shelf life on arrival, each is held against it."
            ),
            _("Seen by those who see the offer or the consignment"),
            _("No lot that you may see expires within nine months."),
            {
                "expired": pgettext_lazy("lots", "Expired"), "soon": _("Within 3 months"),
                "later": _("In 3 to 9 months"),
            },
            "web/desk/_progress_lots.html", cells.lot_columns, cells.lot,
        ),
        Section(
            "requests", Requests, _("Open requests by age"),
            _("Days since a request was sent, and since the last answer that you may read."),
            _("Seen by the member and those it asks"),
            _("No request of your members is open, and none asks your parties."),
            {"never": _("Without an answer"), "answered": _("With an answer")},
            "web/desk/_progress_requests.html", cells.request_columns, cells.request,
        ),
    )
}  # fmt: skip
