"""Every figure we publish: its name, what it means, its formula, its unit and the version of its definition."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from unmet.figures.totals import Totals

Unit = Literal["count", "base_unit", "usd_cents", "usd", "share"]
# usd_cents are whole cents of value; usd is a quantity of money: thousandths of a US cent, as the books keep it.
Text = str | Promise
Value = int | Fraction | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure.

    `inputs` are the measures its formula reads; `value` computes it from totals and nothing else, so that a stranger
    recomputes it from the downloaded rows. `per_item` figures are quantities and exist for one item only; `finance`
    figures are about money only; `per_round` figures exist for one round only; `today_only` ones cannot be asked for a
    past day.
    """

    code: str
    title: Text
    meaning: Text
    formula: Text
    unit: Unit
    inputs: tuple[str, ...]
    value: Callable[[Totals], Value]
    per_item: bool = False
    finance: bool = False
    per_round: bool = False
    today_only: bool = False
    version: str = "1.0"


def _sum_of(measure: str) -> Callable[[Totals], Value]:
    return lambda totals: totals[measure]


FIGURES: dict[str, Figure] = {
    figure.code: figure
    for figure in (
        Figure(
            "needs_open",
            _("Needs open"),
            _(
                "Public needs of which not everything has been received. "
                "One need is a member, an item, a place and a group."
            ),
            _("Number of needs with approved above zero and received below approved"),
            "count",
            ("needs_open",),
            _sum_of("needs_open"),
        ),
        Figure(
            "needs_met",
            _("Needs met"),
            _("Public needs of which everything approved has been received, as the members themselves state."),
            _("Number of needs with received at or above approved, and approved above zero"),
            "count",
            ("needs_met",),
            _sum_of("needs_met"),
        ),
        Figure(
            "needs_unpriced",
            _("Needs unpriced"),
            _("Public needs for items without a cited reference price. They are left out of every value, and said so."),
            _("Number of needs with approved above zero whose item had no cited price when the round opened"),
            "count",
            ("needs_unpriced",),
            _sum_of("needs_unpriced"),
        ),
        Figure(
            "coverage_by_value",
            _("Covered, by value"),
            _(
                "The share of the approved value that has been received, is in transit or is committed. "
                "Across items only value is added, never quantities."
            ),
            _("1 − value not covered ÷ value approved"),
            "share",
            ("value_not_covered", "value_approved"),
            lambda totals: totals.coverage_by_value,
        ),
        Figure(
            "value_approved",
            _("Value approved"),
            _("Approved quantities at the dated reference price of their item, frozen when the round opened."),
            _("Sum over needs of approved × reference price, in whole US cents"),
            "usd_cents",
            ("value_approved",),
            _sum_of("value_approved"),
        ),
        Figure(
            "value_not_covered",
            _("Value not covered"),
            _("What is neither received nor in transit nor committed, at the dated reference price of its item."),
            _("Sum over needs of not covered × reference price, in whole US cents"),
            "usd_cents",
            ("value_not_covered",),
            _sum_of("value_not_covered"),
        ),
        Figure(
            "value_not_in_country",
            _("Value not yet in the country"),
            _("What has been approved and not received, at the dated reference price of its item."),
            _("Sum over needs of not yet in the country × reference price, in whole US cents"),
            "usd_cents",
            ("value_not_in_country",),
            _sum_of("value_not_in_country"),
        ),
        Figure(
            "finance_not_covered",
            _("Finance not covered"),
            _(
                "Grants and loans asked for that are neither paid nor committed. "
                "It stands beside the value of goods, never inside it."
            ),
            _("approved − received − in transit − committed, of items of finance, never below zero for any need"),
            "usd",
            ("approved", "received", "in_transit", "committed", "not_covered"),
            _sum_of("not_covered"),
            finance=True,
        ),
        Figure(
            "members_public",
            _("Members with public figures"),
            _(
                "Members of which anything stands in the public book. "
                "Why others have nothing there does not appear here."
            ),
            _("Number of members of that day with a balance in the public book"),
            "count",
            ("members_public", "members_of_date"),
            _sum_of("members_public"),
        ),
        Figure(
            "members_reported",
            _("Members that answered"),
            _(
                "How many members answered a round, after its window has closed. “Nothing to report” is an answer. "
                "Which members answered is not public."
            ),
            _("Number of members of the last day of the window with an approved return"),
            "count",
            ("members_reported", "members_of_date"),
            _sum_of("members_reported"),
            per_round=True,
        ),
        Figure(
            "not_covered",
            _("Not covered"),
            _("What is needed and neither received nor in transit nor committed. A pledge does not lower it."),
            _("approved − received − in transit − committed, never below zero for any need"),
            "base_unit",
            ("approved", "received", "in_transit", "committed", "not_covered"),
            _sum_of("not_covered"),
            per_item=True,
        ),
        Figure(
            "not_in_country",
            _("Not yet in the country"),
            _("What is needed and has not been received by the member."),
            _("approved − received, never below zero for any need"),
            "base_unit",
            ("approved", "received", "not_in_country"),
            _sum_of("not_in_country"),
            per_item=True,
        ),
        Figure(
            "coverage",
            _("Covered"),
            _("The share of the approved quantity of one item that has been received, is in transit or is committed."),
            _("1 − not covered ÷ approved"),
            "share",
            ("not_covered", "approved"),
            lambda totals: totals.coverage,
            per_item=True,
        ),
        *(
            Figure(code, title, meaning, formula, "base_unit", (code,), _sum_of(code), per_item=True)
            for code, title, meaning, formula in (
                (
                    "approved",
                    _("Approved"),
                    _("What the members’ approvers stand for, for the whole period of the round, net of usable stock."),
                    _("Approved statement + pipeline the member deducted, so that a box on its way counts once"),
                ),
                (
                    "received",
                    _("Received"),
                    _("What the members’ own people state as received and accepted."),
                    _("Sum of receipts"),
                ),
                (
                    "in_transit",
                    _("In transit"),
                    _("What givers state as sent, out of what the member accepted."),
                    _("Sent − received − rejected − missing"),
                ),
                (
                    "committed",
                    _("Committed"),
                    _("What the member has accepted and the giver has not yet sent."),
                    _("Accepted − sent"),
                ),
                (
                    "rejected",
                    _("Rejected"),
                    _("What arrived and the member’s own people did not accept. It covers nothing."),
                    _("Sum of what was rejected on receipt"),
                ),
                (
                    "missing",
                    _("Missing"),
                    _("What was sent and did not arrive, as the member’s own people state. It covers nothing."),
                    _("Sum of what was missing on receipt"),
                ),
                (
                    "allocated",
                    _("Allocated"),
                    _("A share reserved for a member that it has not yet accepted. It lowers no gap."),
                    _("Allocated − accepted"),
                ),
                (
                    "pledged",
                    _("Pledged"),
                    _(
                        "What givers promise and the member has not yet accepted. "
                        "A pledge is not help: it lowers no gap."
                    ),
                    _("Pledged − accepted"),
                ),
                (
                    "last_stated",
                    _("Last stated"),
                    _(
                        "Approved quantities that the member has paused, or that were not confirmed within the "
                        "freshness limit of their round."
                    ),
                    _("Quantities that were paused or lapsed and do not stand again"),
                ),
            )
        ),
        Figure(
            "at_risk",
            _("At risk"),
            _("The part of what is committed whose expected arrival has passed. It still counts as committed."),
            _("Sum of committed quantities that were expected before today"),
            "base_unit",
            ("at_risk", "committed"),
            _sum_of("at_risk"),
            per_item=True,
            today_only=True,
        ),
    )
}
