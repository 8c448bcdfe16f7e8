"""The lists of progress as files: their columns, and one row of each."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from unmet.exchange.download import Column, Value
from unmet.parties.models import Party
from unmet.support.progress_held import HeldRow
from unmet.support.progress_lines import LineRow, SumRow
from unmet.support.progress_lots import LotRow
from unmet.support.progress_offers import OfferRow
from unmet.support.progress_requests import RequestRow
from unmet.web.public.lines import exact
from unmet.web.templatetags.desk import unit_of


def _code(party: Party | None) -> str:
    return party.code if party is not None else ""


def offer_columns() -> list[Column]:
    """One offer a row."""
    return [
        Column("offer", pgettext("one offer", "Offer"), "text"), Column("giver", _("Giver, code"), "text"),
        Column("member", _("Member, code"), "text"), Column("aim", _("To whom it is offered"), "text"),
        Column("kind", _("Kind of offer"), "text"), Column("state", _("State"), "text"),
        Column("since", _("Since"), "date"), Column("days", _("Days in this state"), "integer"),
        Column("held_until", _("Held until"), "date"), Column("lines", _("Lines"), "integer"),
        Column("items", _("Items, codes"), "text"), Column("identity", _("Identity"), "text"),
    ]  # fmt: skip


def offer(row: OfferRow) -> Sequence[Value]:
    """See `offer_columns`."""
    made = row.offer
    return [
        made.code, made.giver.code, _code(made.member), made.aim, made.kind, row.tab, row.since, row.days,
        made.held_until_on, len(row.lines), " ".join(line.item.code for line in row.lines), str(made.uuid),
    ]  # fmt: skip


def line_columns() -> list[Column]:
    """One line of support a row."""
    return [
        Column("reference", _("Reference"), "text"), Column("giver", _("Giver, code"), "text"),
        Column("channel", _("Channel, code"), "text"), Column("member", _("Member, code"), "text"),
        Column("item", _("Item, code"), "text"), Column("item_name", _("Item"), "text"),
        Column("unit", _("Unit"), "text"), Column("quantity", _("Quantity"), "quantity"),
        Column("since", _("Since"), "date"), Column("days", _("Days"), "integer"),
        Column("expected", _("Expected arrival"), "date"), Column("days_late", _("Days past it"), "integer"),
        Column("identity", _("Identity"), "text"),
    ]  # fmt: skip


def line(row: LineRow) -> Sequence[Value]:
    """See `line_columns`."""
    one, item = row.line, row.line.item
    return [
        one.reference, one.giver.code, _code(one.channel), one.member.code, item.code, item.name, unit_of(item),
        exact(row.quantity, item), row.since, row.days, row.expected_on, row.late_days, str(one.uuid),
    ]  # fmt: skip


def sum_columns() -> list[Column]:
    """One sum a row."""
    return [
        Column("member", _("Member, code"), "text"), Column("member_name", _("Member"), "text"),
        Column("item", _("Item, code"), "text"), Column("item_name", _("Item"), "text"),
        Column("unit", _("Unit"), "text"), Column("at_risk", _("At risk, of what is committed"), "quantity"),
    ]  # fmt: skip


def sum_(row: SumRow) -> Sequence[Value]:
    """See `sum_columns`."""
    item = row.item
    return [row.member.code, row.member.name, item.code, item.name, unit_of(item), exact(row.quantity, item)]


def held_columns() -> list[Column]:
    """One consignment a row."""
    return [
        Column("waybill", _("Waybill"), "text"), Column("giver", _("Giver, code"), "text"),
        Column("channel", _("Channel, code"), "text"), Column("carrier", _("Carrier"), "text"),
        Column("member", _("Member, code"), "text"), Column("to", _("To"), "text"),
        Column("why", _("Why it is held"), "text"), Column("words", _("In words"), "text"),
        Column("since", _("Held since"), "date"), Column("days", _("Days"), "integer"),
        Column("seen_at", _("Last seen at"), "text"), Column("seen_on", _("Last seen on"), "date"),
        Column("identity", _("Identity"), "text"),
    ]  # fmt: skip


def held(row: HeldRow) -> Sequence[Value]:
    """See `held_columns`."""
    box, givers = row.box, " ".join(giver.code for giver in row.givers)
    return [
        box.waybill, givers, _code(box.channel), _code(box.carrier) or box.carrier_name, box.member.code,
        box.to_place.name, box.held_why, box.held_text, row.since, row.days, row.place, row.seen_on, str(box.uuid),
    ]  # fmt: skip


def lot_columns() -> list[Column]:
    """One lot a row."""
    return [
        Column("of", _("Of an offer or of a consignment"), "text"), Column("identity", _("Identity"), "text"),
        Column("giver", _("Giver, code"), "text"), Column("member", _("Member, code"), "text"),
        Column("item", _("Item, code"), "text"), Column("item_name", _("Item"), "text"),
        Column("unit", _("Unit"), "text"), Column("quantity", _("Quantity"), "quantity"),
        Column("lot", _("Lot"), "text"), Column("expires", _("Expiry date"), "date"),
        Column("days_left", _("Days until it expires"), "integer"), Column("arrives", _("Expected arrival"), "date"),
        Column("months_wanted", _("Shortest shelf life on arrival, in months"), "quantity"),
        Column("too_short", _("Too short for the member"), "text"),
    ]  # fmt: skip


def lot(row: LotRow) -> Sequence[Value]:
    """See `lot_columns`."""
    of = "offer" if row.offer is not None else "consignment"
    thing = row.offer if row.offer is not None else row.box
    assert thing is not None  # a lot is of the one or of the other
    short = "" if row.months is None else "yes" if row.short else "no"
    return [
        of, str(thing.uuid), row.giver.code, _code(row.member), row.item.code, row.item.name, unit_of(row.item),
        exact(row.quantity, row.item), row.lot, row.expires_on, row.days, row.arrives_on, row.months, short,
    ]  # fmt: skip


def request_columns() -> list[Column]:
    """One request a row."""
    return [
        Column("request", _("Request"), "text"), Column("member", _("Member, code"), "text"),
        Column("sent", _("Sent"), "date"), Column("days", _("Days since it was sent"), "integer"),
        Column("answered", _("Last answer on"), "date"), Column("days_answered", _("Days since then"), "integer"),
        Column("stopped", _("Stop sending since"), "date"), Column("lines", _("Lines"), "integer"),
        Column("lines_answered", _("Lines with an answer"), "integer"), Column("text", _("What it is for"), "text"),
    ]  # fmt: skip


def request(row: RequestRow) -> Sequence[Value]:
    """See `request_columns`."""
    asked = row.request
    return [
        str(asked.uuid), asked.member.code, asked.sent_at, row.days, row.answered_at, row.answered_days,
        asked.stopped_at, row.summary.lines, row.summary.answered, asked.text,
    ]  # fmt: skip
