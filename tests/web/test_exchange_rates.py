"""Exchange rates kept by coordination: entered with day and source, taken for new money, never changing old money."""

import html
from datetime import date
from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, refused
from tests.web import desk_world as world
from tests.web.signing_in import demonstration

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.catalogue import rates
from unmet.catalogue.models import ExchangeRate
from unmet.support import exchange_rates
from unmet.support.flow_rules import FlowRefused, Rate

pytestmark = pytest.mark.django_db
PAGE = "/en/coordination/catalogue/rates"
DAY = date(2021, 1, 20)


@pytest.fixture
def chair() -> Any:
    """Somebody of coordination at the browser."""
    demonstration()
    make.reference()
    return world.at_the_browser(make.person(Role.COORDINATION))


def typed(**changes: str) -> dict[str, str]:
    """What the form sends."""
    return {
        "currency": "JPY", "rate": "103.5", "quoted": "units_per_usd", "dated_on": "20 January 2021",
        "source": "Bank of Japan", **changes,
    }  # fmt: skip


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode())


def test_a_rate_is_entered_and_taken_for_money_stated_from_then_on(chair: Any) -> None:
    audit = last_audit()
    assert chair.post(PAGE, typed()).status_code == 302
    assert events(audit) == ["catalogue.rate_added"]
    assert "Bank of Japan" in text(chair.get(PAGE))
    flow = make.money(103_500, of="CUB", currency="JPY")
    assert flow.pledged_cents == 100_000
    made = ExchangeRate.objects.get(currency="JPY")
    assert chair.post(f"{PAGE}/{made.pk}/drop").status_code == 302
    assert rates.rate_for("JPY", on=DAY) is None and flow.steps.get().rate == "103.5", "old money keeps its copy"
    assert events(audit)[-1] == "catalogue.rate_dropped"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rate": "103,500"}, "can be read in two ways"), ({"rate": "0"}, "Write a rate above zero"),
        ({"source": ""}, "This field is required"), ({"dated_on": "1 January 2099"}, "outside the days"),
        ({"dated_on": "1 January 2030"}, "This day is still to come"),
        ({"currency": "USD"}, "not one of the available"),
    ],
)  # fmt: skip
def test_what_is_refused_keeps_what_was_typed(chair: Any, changes: dict[str, str], said: str) -> None:
    answer = chair.post(PAGE, typed(**changes))
    assert answer.status_code == 422 and said in text(answer)
    assert not ExchangeRate.objects.filter(currency="JPY").exists()


def test_one_source_has_one_rate_a_day_and_shipped_ones_stay(chair: Any) -> None:
    chair.post(PAGE, typed())
    assert "has a rate of that day already" in text(chair.post(PAGE, typed(rate="104.5")))
    shipped = ExchangeRate.objects.get(currency="SAR")
    chair.post(f"{PAGE}/{shipped.pk}/drop")
    assert ExchangeRate.objects.filter(pk=shipped.pk).exists()
    assert "came with the product" in text(chair.get(PAGE))


def test_of_two_rates_for_one_day_the_last_one_is_taken_and_a_day_rate_holds_a_month(chair: Any) -> None:
    chair.post(PAGE, typed())
    chair.post(PAGE, typed(rate="104.5", source="Another list"))
    found = rates.rate_for("JPY", on=date(2021, 2, 20))
    assert found is not None and found.rate == "104.5"
    assert rates.rate_for("JPY", on=date(2021, 2, 21)) is None and rates.rate_for("JPY", on=date(2021, 1, 19)) is None
    chair.post(PAGE, typed(rate="110", source="A peg", fixed="on"))
    fixed = rates.rate_for("JPY", on=date(2024, 1, 1))
    assert fixed is not None and fixed.fixed


def test_only_coordination_enters_rates() -> None:
    make.reference()
    said = Rate("103.5", "units_per_usd", DAY, "Bank of Japan")
    for by in (make.approver("CUB"), make.person(Role.RESPONDER, "WHO"), make.person()):
        with make.as_(by):
            refused(NotAllowed, lambda by=by: exchange_rates.add("JPY", said, fixed=False, by=by, at=make.AT))
            rate = ExchangeRate.objects.first()
            refused(NotAllowed, lambda by=by, rate=rate: exchange_rates.drop(rate, by=by, at=make.AT))
    by = make.person(Role.COORDINATION)
    with make.as_(by):
        why = refused(FlowRefused, lambda: exchange_rates.add("USD", said, fixed=False, by=by, at=make.AT))
    assert why.reason == "currency"
