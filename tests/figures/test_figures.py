"""Named figures: their values, where they do not exist, who answered, what is at risk."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from tests import make
from tests.figures import world

from unmet.books.models import Account
from unmet.catalogue.models import Round
from unmet.figures import reporting, risk, totals
from unmet.figures.definitions import FIGURES
from unmet.figures.order import by_name
from unmet.figures.published import NotOverItems, NotOverRounds, TodayOnly, left_over, publish
from unmet.figures.totals import Scope, Totals
from unmet.needs import services as needs
from unmet.parties.models import Party

pytestmark = pytest.mark.django_db


def value(code: str, scope: Scope | None = None):
    return publish(FIGURES[code], scope or Scope(), at=world.LATEST).value


def test_counts_hold_goods_and_money_and_values_hold_goods_only():
    make.approved([make.line("RESP-N95", 1000), make.line("LOAN-CONC", 5_000_00)], of="ZMB", round_=make.round_())
    make.released("ZMB", sectors=["IPC", "COORD"])
    assert value("needs_open") == 2
    priced = Account.objects.get(item__code="RESP-N95")
    assert value("value_approved") == priced.value_approved > 0
    assert value("finance_not_covered") == 5_000_00 * 1000


def test_quantities_are_never_added_over_items():
    with pytest.raises(NotOverItems):
        value("not_covered")
    with pytest.raises(NotOverRounds):
        value("members_reported")
    with pytest.raises(TodayOnly):
        value("at_risk", Scope(item=make.item("MASK-IIR").pk, on=date(2021, 2, 1)))


def test_coverage_of_one_item():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")
    world.support("committed", 250, reference="A", round_=round_)
    assert value("coverage", Scope(item=make.item("MASK-IIR").pk)) == Fraction(1, 4)
    assert value("coverage", Scope(item=make.item("RESP-N95").pk)) is None


def test_the_formula_says_what_covers_one_need_more_than_whole():
    areas = world.places("ZMB", "Lusaka", "Copperbelt")
    round_ = make.round_()
    make.approved([make.line(quantity=100, place_id=area.pk) for area in areas], of="ZMB", round_=round_)
    make.released("ZMB")
    code = str(Account.objects.order_by("pk").first().subject)
    world.support("committed", 130, reference="A", round_=round_, need_code=code, meant=True)
    scope = Scope(item=make.item("MASK-IIR").pk)
    sums = totals.total(scope)
    assert value("not_covered", scope) == 100_000
    assert left_over(sums, FIGURES["not_covered"]) == 30_000
    assert left_over(sums, FIGURES["not_in_country"]) == 0


def test_members_with_public_figures_are_members_of_that_day_with_something_that_stands():
    round_ = make.round_()
    make.released("ZMB")
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)
    assert value("members_public") == 1
    make.approved([make.line(quantity=0)], of="ZMB", round_=round_, at=world.LATER)
    assert value("members_public") == 0
    assert value("members_public", Scope(on=make.AT.date())) == 1


# ── who answered ─────────────────────────────────────────────────────────────
CLOSED = datetime(2021, 3, 2, 12, tzinfo=UTC)  # 24:00 UTC−12 of 1 March


def _short_round() -> Round:
    return make.round_(window=(date(2021, 1, 1), date(2021, 3, 1)))


def test_how_many_answered_is_a_number_after_the_window_only():
    round_ = _short_round()
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=6)], of="ZMB", round_=round_)  # a correction is no second answer
    make.submitted([make.line(quantity=5)], of="AFG", round_=round_)
    assert reporting.answered(round_, at=CLOSED - timedelta(seconds=1)) is None
    answer = reporting.answered(round_, at=CLOSED)
    assert answer is not None and (answer.answered, answer.members) == (1, 120)
    assert list(reporting.closed_rounds(at=CLOSED)) == [round_]
    assert list(reporting.closed_rounds(at=CLOSED - timedelta(seconds=1))) == []


def test_nothing_to_report_is_an_answer():
    round_ = _short_round()
    focal, approver = make.focal_point("ZMB"), make.approver("ZMB")
    with make.as_(focal):
        done = needs.submit([], member=make.party("ZMB"), round_=round_, by=focal, at=make.AT, nothing_to_report=True)
    assert done.return_ is not None
    with make.as_(approver):
        needs.approve(done.return_, by=approver, at=make.AT, revision=done.return_.revision)
    answer = reporting.answered(round_, at=CLOSED)
    assert answer is not None and answer.answered == 1


def test_an_answer_counts_from_the_day_it_was_approved():
    round_ = _short_round()
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)
    assert reporting.answered(round_, at=world.LATEST, on=date(2021, 3, 1)) is None
    known = reporting.answered(round_, at=world.LATEST, on=date(2021, 3, 2))
    assert known is not None and known.answered == 1


# ── what is at risk ──────────────────────────────────────────────────────────
def test_committed_and_late_is_at_risk_and_only_what_still_stands():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")
    world.support("committed", 400, reference="A", round_=round_, expected_on=date(2021, 2, 20))
    world.support("committed", 100, reference="B", round_=round_, expected_on=date(2021, 8, 1))
    assert risk.late(Scope(), on=date(2021, 2, 20)) == []
    [late] = risk.late(Scope(), on=date(2021, 2, 21))
    assert late.quantity == 400_000 and late.detail
    assert value("at_risk", Scope(item=make.item("MASK-IIR").pk)) == 400_000
    world.support("in_transit", 150, reference="A", round_=round_, at=world.LATER)
    assert [one.quantity for one in risk.late(Scope(), on=date(2021, 3, 2))] == [250_000]


def test_what_is_not_public_is_at_no_risk_in_public():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    world.support("committed", 400, reference="A", round_=round_, expected_on=date(2021, 2, 20))
    assert risk.late(Scope(), on=world.LATEST.date()) == []


# ── order ────────────────────────────────────────────────────────────────────
def test_a_to_z_is_that_of_the_readers_language():
    from django.utils.translation import override

    make.reference()
    with override("fr"):
        names = [party.name for party in by_name(Party.objects.filter(code__in=["ARE", "EGY", "ECU", "ZMB"]))]
    assert names == ["Égypte", "Émirats arabes unis", "Équateur", "Zambie"]


def test_nothing_is_nothing():
    assert not Totals().anything and Totals().coverage_by_value is None
