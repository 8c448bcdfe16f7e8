"""Plan, open and close rounds: works, refuses for each reason, only coordination may, one audit row."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import make
from tests.refusals import events, last_audit, refused

from unmet.access.models import Role
from unmet.books import doctor
from unmet.books.models import Account
from unmet.catalogue.models import Price, Round, RoundPrice, RoundSector, Sector
from unmet.needs import rounds

pytestmark = pytest.mark.django_db


def plan(by: Any, **changes: Any) -> Round:
    """A round as coordination plans it."""
    fields: dict[str, Any] = {
        "code": "r9", "names": dict.fromkeys(("en", "ar", "es", "fr"), "Round nine"), "emergency": make.emergency(),
        "window": (date(2021, 1, 1), date(2021, 3, 1)), "period": (date(2021, 1, 1), date(2021, 6, 30)),
        "sectors": list(Sector.objects.filter(code__in=["IPC", "SOC"])), "freshness_days": 30, "by": by, "at": make.AT,
    }  # fmt: skip
    return rounds.plan(**fields | changes)


@pytest.fixture
def by() -> Any:
    """Somebody of coordination."""
    make.reference()
    return make.person(Role.COORDINATION)


def strangers() -> list[Any]:
    """People who do not open rounds."""
    roles = [(Role.FOCAL_POINT, "ZMB"), (Role.APPROVER, "ZMB"), (Role.RESPONDER, "WHO"), (Role.OPERATOR, "COORD")]
    return [*(make.person(role, of) for role, of in roles), make.person(Role.COORDINATION, until=date(2021, 1, 1))]


def test_a_round_is_planned_opened_and_closed_each_with_one_audit_row(by: Any) -> None:
    before = last_audit()
    with make.as_(by):
        round_ = plan(by)
        assert (round_.state, round_.prices.count()) == ("planned", 0)
        rounds.open_round(round_, by=by, at=make.AT)
        assert round_.state == "open" and set(round_.asked.values_list("open", flat=True)) == {True}
        rounds.close_round(round_, by=by, at=make.AT)
        assert round_.state == "closed" and set(round_.asked.values_list("open", flat=True)) == {False}
    assert events(before) == ["round.planned", "round.opened", "round.closed"]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("sectors", {"sectors": []}),
        ("code", {"code": "taken"}),
        ("dates", {"window": (date(2021, 3, 1), date(2021, 1, 1))}),
        ("dates", {"period": (date(2021, 3, 1), date(2021, 1, 1))}),
        ("dates", {"freshness_days": 0}),
    ],
)
def test_a_plan_is_refused_for_each_reason(by: Any, reason: str, changes: dict[str, Any]) -> None:
    with make.as_(by):
        plan(by, code="taken")
        assert refused(rounds.RoundRefused, lambda: plan(by, **changes)).reason == reason
    assert Round.objects.count() == 1


def test_two_open_rounds_of_one_emergency_share_no_sector(by: Any) -> None:
    with make.as_(by):
        first, second, elsewhere = plan(by), plan(by, code="r10"), plan(by, code="r11", emergency=make.emergency("b"))
        rounds.open_round(first, by=by, at=make.AT)
        assert refused(rounds.RoundRefused, lambda: rounds.open_round(second, by=by, at=make.AT)).reason == "overlap"
        assert Round.objects.get(pk=second.pk).state == "planned" and not second.prices.exists()
        rounds.open_round(elsewhere, by=by, at=make.AT)
        rounds.close_round(first, by=by, at=make.AT)
        rounds.open_round(second, by=by, at=make.AT)


def test_a_round_opens_once_and_closes_once(by: Any) -> None:
    with make.as_(by):
        round_ = plan(by)
        assert refused(rounds.RoundRefused, lambda: rounds.close_round(round_, by=by, at=make.AT)).reason == "state"
        rounds.open_round(round_, by=by, at=make.AT)
        assert refused(rounds.RoundRefused, lambda: rounds.open_round(round_, by=by, at=make.AT)).reason == "state"
        rounds.close_round(round_, by=by, at=make.AT)
        assert refused(rounds.RoundRefused, lambda: rounds.close_round(round_, by=by, at=make.AT)).reason == "state"


def test_prices_are_frozen_when_it_opens_and_a_new_one_counts_from_the_next(by: Any) -> None:
    first = make.round_("first", sectors=["IPC"])
    item = make.item("MASK-IIR")
    for millionths, on in ((50_000, date(2021, 2, 1)), (90_000, date(2021, 2, 2))):
        Price.objects.create(item=item, usd_millionths=millionths, dated_on=on, source="a test")
    with make.as_(by):
        rounds.close_round(first, by=by, at=make.AT)
    second = make.round_("second", sectors=["IPC"])
    assert RoundPrice.objects.get(round=first, item=item).usd_millionths == 30_000
    # What is dated after the day of opening does not count yet.
    assert RoundPrice.objects.get(round=second, item=item).usd_millionths == 50_000
    make.approved([make.line(quantity=100)], of="ZMB", round_=second)
    assert Account.objects.get().value_approved == 500 and doctor.differences() == []


def test_support_without_a_need_stays_when_its_round_closes(by: Any) -> None:
    first = make.round_("first", sectors=["IPC"])
    giver = make.person(Role.RESPONDER, "WHO")
    make.stated([make.support_line("WHO", "ZMB", "pledged", 7)], by=giver, round_=first)
    with make.as_(by):
        rounds.close_round(first, by=by, at=make.AT)
    second = make.round_("second", sectors=["IPC"], period=(date(2021, 7, 1), date(2021, 12, 31)))
    make.approved([make.line(quantity=100)], of="ZMB", round_=second)
    assert dict(Account.objects.values_list("round__code", "pledged")) == {"first": 7000, "second": 0}
    assert doctor.differences() == []


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Round, {"window_until_on": date(2000, 1, 1)}),
        (Round, {"period_until_on": date(2000, 1, 1)}),
        (Round, {"freshness_days": 0}),
        (RoundSector, {"open": True}),
    ],
    ids=str,
)
def test_the_database_refuses_what_must_never_be(by: Any, model: Any, values: dict[str, Any]) -> None:
    with make.as_(by):
        plan(by)
        plan(by, code="r10")
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(rounds.TAKEN_CODES))
def test_a_round_cannot_take_the_address_of_another_page(code):
    with pytest.raises(rounds.RoundRefused, match="code"):
        make.round_(code)
