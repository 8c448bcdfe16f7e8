"""Money: who may state it, each refusal, what moves with each step, who sees it, who is told; one audit row a deed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make
from tests.refusals import events, last_audit, refused
from tests.together import at_once

from unmet.access.may import ROLES, Deed, NotAllowed
from unmet.access.models import Role
from unmet.books.models import Account, Entry
from unmet.catalogue import rates
from unmet.figures import money as figures
from unmet.needs.models import Need
from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support import flow_deeds, flow_queries, flows
from unmet.support.flow_rules import Amount, FlowRefused, Rate
from unmet.support.models import Flow, FlowConfirmation, FlowStep

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")
TODAY = make.AT.date()
EURO = Rate("1.0824", "usd_per_unit", date(2020, 5, 11), "ECB")


class Desk:
    """Cuba gives Zambia money through WHO; UNICEF has nothing to do with it."""

    def __init__(self) -> None:
        make.reference()
        self.giving = make.focal_point("CUB")
        self.giving_approver = make.approver("CUB")
        self.giving_responder = make.person(Role.RESPONDER, "CUB")
        self.getting = make.focal_point("ZMB")
        self.getting_approver = make.approver("ZMB")
        self.getting_responder = make.person(Role.RESPONDER, "ZMB")
        self.channel = make.person(Role.RESPONDER, "WHO")
        self.others = [
            make.person(Role.RESPONDER, "UNICEF"), make.focal_point("BOL"), make.person(Role.COORDINATION),
            make.person(Role.OPERATOR), make.person(), make.person(Role.APPROVER, "CUB", until=date(2021, 1, 1)),
        ]  # fmt: skip

    def flow(self, minor: int = 500_000, stage: str = "pledge", **more: Any) -> Flow:
        """US$ 5,000 from Cuba to Zambia through WHO."""
        return make.money(
            minor, of="CUB", by=self.giving, stage=stage,
            **{"to": ("ZMB",), "via": "who", "channel": make.party("WHO")} | more,
        )  # fmt: skip

    def add(self, flow: Flow, stage: str, minor: int, by: Person | None = None, **more: Any) -> FlowStep:
        """More at a stage."""
        return self._step(flows.add, flow, stage, minor, by, **more)

    def on(self, flow: Flow, stage: str, minor: int, by: Person | None = None, **more: Any) -> FlowStep:
        """Commit, or pay."""
        return self._step(flows.move_on, flow, stage, minor, by, **more)

    def _step(
        self, service: Any, flow: Flow, stage: str, minor: int, by: Person | None, *, version: int | None = None,
        rate: Rate | None = None, on: date = TODAY,
    ) -> Any:  # fmt: skip
        by = by or self.giving
        flow.refresh_from_db()
        with make.as_(by):
            return service(
                flow, stage, Amount(minor, on, rate), version=flow.version if version is None else version, by=by,
                at=make.AT,
            )  # fmt: skip

    def back(self, flow: Flow, stage: str, minor: int, by: Person | None = None, **more: Any) -> FlowStep:
        """Take back."""
        by = by or self.giving
        flow.refresh_from_db()
        said = {"dated_on": TODAY, "reason": "Typed wrongly", "version": flow.version} | more
        with make.as_(by):
            return flows.take_back(flow, stage, minor, by=by, at=make.AT, **said)

    def do(self, service: Any, thing: Any, by: Person, **more: Any) -> Any:
        """Confirm, publish, hide, agree to be named."""
        with make.as_(by):
            return service(thing, by=by, at=make.AT, **more)

    def why(self, act: Any) -> str:
        """The reason of a refusal."""
        return refused(FlowRefused, act).reason


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`."""
    return fresh


def stands(flow: Flow) -> tuple[int, int, int]:
    """What stands as pledged, committed, paid, in the smallest units."""
    flow.refresh_from_db()
    return flow.pledged, flow.committed, flow.paid


def cents(flow: Flow) -> tuple[int, int, int]:
    """The same in US cents: by the columns, which are the sums over the steps."""
    flow.refresh_from_db()
    by_steps = figures.cents_by_stage(Flow.objects.filter(pk=flow.pk))
    found = flow.pledged_cents, flow.committed_cents, flow.paid_cents
    assert found == tuple(by_steps.get((flow.pk, stage), 0) for stage in ("pledge", "commitment", "paid"))
    return found


# ── the ladder ───────────────────────────────────────────────────────────────
def test_a_pledge_is_committed_and_paid_and_nothing_stands_twice(desk: Desk) -> None:
    audit = last_audit()
    flow = desk.flow(500_000)
    assert stands(flow) == (500_000, 0, 0) and flow.boundary == "internal"
    desk.on(flow, "commitment", 300_000)
    assert stands(flow) == cents(flow) == (200_000, 300_000, 0)
    desk.on(flow, "paid", 300_000)
    assert stands(flow) == cents(flow) == (200_000, 0, 300_000)
    desk.back(flow, "pledge", 200_000)
    assert stands(flow) == cents(flow) == (0, 0, 300_000)
    assert events(audit) == ["support.money_stated"] * 3 + ["support.money_taken_back"]
    assert not Entry.objects.exists(), "money moves nothing in the books"


def test_paid_at_once_takes_from_nothing(desk: Desk) -> None:
    flow = desk.flow(70_000, "paid")
    desk.add(flow, "paid", 5_000)
    assert stands(flow) == cents(flow) == (0, 0, 75_000)
    assert {step.from_stage for step in flow.steps.all()} == {""}


def test_each_step_counts_at_its_own_rate_and_leaves_no_cent_behind(desk: Desk) -> None:
    flow = desk.flow(100_00, currency="EUR", rate=EURO)
    desk.add(flow, "pledge", 50_00, rate=Rate("1.2271", "usd_per_unit", date(2020, 12, 31), "ECB"))
    assert cents(flow) == (10_824 + 6_136, 0, 0)  # 50 euros at 1.2271 are 61.355 dollars
    step = desk.on(flow, "commitment", 100_00, rate=Rate("1.1", "usd_per_unit", TODAY, "ECB"))
    assert (step.us_cents, step.us_cents_out) == (11_000, 11_307)
    desk.on(flow, "commitment", 50_00, rate=EURO)
    assert cents(flow) == (0, 11_000 + 5_412, 0) and stands(flow) == (0, 150_00, 0)


def test_the_rate_of_the_catalogue_is_kept_with_its_day_and_source(desk: Desk) -> None:
    flow = desk.flow(3_750_00, currency="SAR")
    [step] = flow.steps.all()
    assert (step.us_cents, step.rate, step.quoted) == (1_000_00, "3.75", "units_per_usd")
    assert step.rate_on == date(1986, 6, 1) and "SAMA" in step.rate_source
    near = desk.flow(100_00, currency="EUR", on=date(2021, 1, 31))
    assert near.steps.get().rate == "1.2271" and near.steps.get().rate_on == date(2020, 12, 31)
    assert desk.why(lambda: desk.flow(100_00, currency="EUR", on=TODAY)) == "rate", "a month and a day later"
    assert desk.why(lambda: desk.flow(100, currency="JPY")) == "rate"
    yen = desk.flow(100_000, currency="JPY", rate=Rate("104.5", "units_per_usd", TODAY, "Bank of Japan"))
    assert cents(yen) == (95_694, 0, 0), "a yen has no decimals"
    assert rates.digits("KWD") == 3 and "USD" in rates.currencies() and "DEM" not in rates.currencies()


def test_nothing_more_than_stands_moves_on(desk: Desk) -> None:
    flow = desk.flow(1000)
    assert desk.why(lambda: desk.on(flow, "commitment", 1001)) == "more_than_stands"
    assert desk.why(lambda: desk.on(flow, "pledge", 1)) == "stage", "nothing comes before a pledge"
    assert desk.why(lambda: desk.on(flow, "received", 1)) == "stage"
    desk.on(flow, "commitment", 1000)
    assert desk.why(lambda: desk.on(flow, "paid", 1001)) == "more_than_stands"
    assert desk.why(lambda: desk.back(flow, "commitment", 1, reason=" ")) == "why"
    assert desk.why(lambda: desk.back(flow, "commitment", 1, reason="x" * 501)) == "too_long"
    assert desk.why(lambda: desk.back(flow, "commitment", 0)) == "amount"
    assert desk.why(lambda: desk.back(flow, "commitment", 1, dated_on=TODAY + timedelta(2))) == "future"
    assert desk.why(lambda: desk.back(flow, "sent", 1)) == "stage"


def test_whoever_read_an_older_state_changes_nothing(desk: Desk) -> None:
    flow = desk.flow(1000)
    desk.on(flow, "commitment", 10)
    for act in (
        lambda: desk.on(flow, "commitment", 10, version=1), lambda: desk.add(flow, "pledge", 10, version=1),
        lambda: desk.back(flow, "pledge", 10, version=1),
    ):  # fmt: skip
        assert desk.why(act) == "changed"
    assert stands(flow) == (990, 10, 0)


@COMMITTED_DB
@pytest.mark.django_db(transaction=True)
def test_two_who_pay_at_the_same_moment_pay_once() -> None:
    desk = Desk()
    flow = desk.flow(1000, "commitment")

    def pay() -> Any:
        with make.as_(desk.giving):
            return flows.move_on(flow, "paid", Amount(700, TODAY), version=flow.version, by=desk.giving, at=make.AT)

    results = at_once([pay, pay])
    assert sorted(type(one).__name__ for one in results) == ["FlowRefused", "FlowStep"]
    assert stands(flow) == (0, 300, 700)


@COMMITTED_DB
@pytest.mark.django_db(transaction=True)
def test_a_report_sent_twice_at_the_same_moment_counts_once() -> None:
    desk = Desk()
    make.emergency()
    results = at_once([lambda: desk.flow(1000, reference="A-1")] * 2)
    assert [one.pk for one in results] == [Flow.objects.get().pk] * 2 and FlowStep.objects.count() == 1


# ── what is stated ───────────────────────────────────────────────────────────
def test_the_same_report_twice_counts_once(desk: Desk) -> None:
    flow, audit = desk.flow(1000, reference="A-1"), last_audit()
    assert desk.flow(1000, reference=" A-1 ") == flow and last_audit() == audit
    desk.on(flow, "commitment", 1000)
    assert desk.flow(1000, reference="A-1") == flow, "also after it moved on"
    assert desk.why(lambda: desk.flow(1001, reference="A-1")) == "known"
    assert desk.why(lambda: desk.flow(1000, "commitment", reference="A-1")) == "known"
    assert desk.why(lambda: desk.flow(1000, reference="A-1", to=("ZMB", "BOL"))) == "known"
    for changes in (
        {"item": make.item("MASK-IIR")}, {"sector": make.item("MASK-IIR").sector}, {"text": "For Kitwe"},
        {"fact_source": "Letter 7"}, {"instrument": "loan"}, {"channel": make.party("UNICEF"), "via": "other"},
    ):  # fmt: skip
        assert desk.why(lambda c=changes: desk.flow(1000, reference="A-1", **c)) == "known", changes
    other = make.money(1000, of="BOL", reference="A-1", to=("ZMB",))
    assert other != flow, "a reference belongs to its source"


def test_the_same_report_with_another_need_rate_or_money_passed_on_is_other_money(desk: Desk) -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_())
    make.released("ZMB")
    need = Need.objects.get()
    flow = desk.flow(1000, reference="A-1", item=need.item)
    assert desk.why(lambda: desk.flow(1000, reference="A-1", need=need)) == "known"
    euros = desk.flow(1000, reference="A-2", currency="EUR", rate=EURO)
    assert desk.flow(1000, reference="A-2", currency="EUR", rate=EURO) == euros
    other = Rate("1.09", "usd_per_unit", EURO.dated_on, "ECB")
    assert desk.why(lambda: desk.flow(1000, reference="A-2", currency="EUR", rate=other)) == "known"
    passed = {"of": "WHO", "to": ("ZMB",), "reference": "A-3"}
    make.money(400, **passed)
    assert desk.why(lambda: make.money(400, passes_on=flow, **passed)) == "known"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": " "}, "reference"), ({"reference": "x" * 81}, "reference"), ({"to": ()}, "nobody"),
        ({"to": ("CUB",)}, "itself"), ({"to": ("ZMB", "UNICEF")}, "mixed"), ({"channel": None}, "channel"),
        ({"via": "bilateral"}, "channel"), ({"via": "pigeon"}, "channel"), ({"to": ("WHO",)}, "channel"),
        ({"via": "who", "channel": "UNICEF"}, "channel_kind"), ({"via": "fund", "channel": "UNICEF"}, "channel_kind"),
        ({"via": "fund", "channel": "BOL"}, "channel_kind"),
        ({"text": "x" * 2001}, "too_long"), ({"fact_source": "x" * 501}, "too_long"), ({"stage": "received"}, "stage"),
        ({"instrument": "in kind"}, "stage"), ({"currency": "XXX"}, "currency"), ({"minor": 0}, "amount"),
        ({"minor": -1}, "amount"), ({"minor": 10**17 + 1}, "too_large"), ({"minor": 10**16}, "too_large"),
        ({"on": TODAY + timedelta(days=2)}, "future"),
        ({"currency": "EUR", "rate": Rate("0", "usd_per_unit", TODAY, "ECB")}, "rate_wrong"),
        ({"currency": "EUR", "rate": Rate("one", "usd_per_unit", TODAY, "ECB")}, "rate_wrong"),
        ({"currency": "EUR", "rate": Rate("1e99999", "usd_per_unit", TODAY, "ECB")}, "rate_wrong"),
        ({"currency": "EUR", "rate": Rate("NaN", "usd_per_unit", TODAY, "ECB")}, "rate_wrong"),
        ({"currency": "EUR", "rate": Rate("1.1", "turned", TODAY, "ECB")}, "rate_wrong"),
        ({"currency": "EUR", "rate": Rate("1.1", "usd_per_unit", TODAY, " ")}, "rate_source"),
        ({"currency": "EUR", "rate": Rate("1.1", "usd_per_unit", TODAY, "x" * 301)}, "too_long"),
    ],
)  # fmt: skip
def test_what_cannot_be_stated(desk: Desk, changes: dict[str, Any], reason: str) -> None:
    make.emergency()
    if changes.get("channel"):
        changes = changes | {"channel": make.party(changes["channel"])}
    assert desk.why(lambda: desk.flow(**changes)) == reason
    assert not Flow.objects.exists()


def test_a_fund_or_a_bank_is_a_fund_and_any_party_another(desk: Desk) -> None:
    for via, channel in (("fund", "GAVI"), ("fund", "WB"), ("other", "UNICEF"), ("who", "WHO")):
        assert desk.flow(via=via, channel=make.party(channel)).via == via


def test_nothing_moves_on_or_back_before_the_day_it_stands_there(desk: Desk) -> None:
    flow = desk.flow(1000, on=TODAY - timedelta(days=5))
    before = TODAY - timedelta(days=6)
    assert desk.why(lambda: desk.on(flow, "commitment", 10, on=before)) == "before"
    assert desk.why(lambda: desk.back(flow, "pledge", 10, dated_on=before)) == "before"
    desk.add(flow, "pledge", 500, on=before)
    desk.on(flow, "commitment", 10, on=before)
    assert desk.why(lambda: desk.on(flow, "paid", 10, on=before - timedelta(days=1))) == "before"
    assert stands(flow) == (1490, 10, 0)


def test_the_boundary_follows_from_who_is_a_member(desk: Desk) -> None:
    assert desk.flow().boundary == "internal"
    assert make.money(1, of="CUB", to=("WHO",)).boundary == "outgoing"
    assert make.money(1, of="WHO", to=("CUB", "ZMB")).boundary == "incoming"
    assert desk.why(lambda: make.money(1, of="WHO", to=("UNICEF",))) == "outside"


def test_money_for_a_need_takes_its_item_and_lowers_nothing(desk: Desk) -> None:
    round_ = make.round_()
    make.approved([make.line()], of="ZMB", round_=round_)
    need = Need.objects.get()
    assert desk.why(lambda: desk.flow(need=need)) == "need", "Cuba does not see it"
    make.released("ZMB")
    assert desk.why(lambda: desk.flow(need=need, to=("BOL",))) == "need", "the need of another"
    before = list(Account.objects.values_list("not_covered", "not_in_country")), Entry.objects.count()
    flow = desk.flow(900_00, "paid", need=need)
    assert (flow.item, flow.sector, flow.emergency) == (need.item, need.item.sector, need.emergency)
    assert (list(Account.objects.values_list("not_covered", "not_in_country")), Entry.objects.count()) == before
    assert figures.funded(Flow.objects.filter(need=need)) == {"grant": 900_00, "loan": 0}


def test_what_a_channel_passes_on_is_in_no_total_again(desk: Desk) -> None:
    given_on = desk.flow(1000)
    passed = make.money(400, of="WHO", to=("ZMB",), stage="paid", passes_on=given_on)
    assert figures.totals(Flow.objects.all())["incoming", "grant", "paid"].cents == 0
    for changes in (
        {"of": "UNICEF", "passes_on": given_on}, {"of": "WHO", "passes_on": passed},
        {"of": "WHO", "passes_on": given_on, "to": ("BOL",)},
    ):  # fmt: skip
        assert desk.why(lambda c=changes: make.money(1, **{"to": ("ZMB",)} | c)) == "passes_on"


# ── around it ────────────────────────────────────────────────────────────────
def test_a_destination_confirms_a_payment_and_no_amount_moves(desk: Desk) -> None:
    flow = desk.flow(1000, "commitment")
    step = desk.on(flow, "paid", 1000)
    audit, before = last_audit(), stands(flow)
    refused(NotAllowed, lambda: desk.do(flow_deeds.confirm, step, desk.others[1], party=make.party("BOL")))
    made = desk.do(flow_deeds.confirm, step, desk.getting, party=make.party("ZMB"))
    assert desk.do(flow_deeds.confirm, step, desk.getting_approver, party=make.party("ZMB")) == made
    assert events(audit) == ["support.money_confirmed"] and stands(flow) == before
    first = flow.steps.order_by("pk")[0]
    assert desk.why(lambda: desk.do(flow_deeds.confirm, first, desk.getting, party=make.party("ZMB"))) == "not_paid"
    desk.back(flow, "paid", 1000)
    assert desk.why(lambda: desk.do(flow_deeds.confirm, step, desk.getting, party=make.party("ZMB"))) == "not_paid"


def test_a_payment_that_was_taken_back_is_not_confirmed_while_another_stands(desk: Desk) -> None:
    flow = desk.flow(1000, "paid")
    first = flow.steps.get()
    desk.back(flow, "paid", 1000)
    second = desk.add(flow, "paid", 400)
    zambia = {"party": make.party("ZMB")}
    assert desk.why(lambda: desk.do(flow_deeds.confirm, first, desk.getting, **zambia)) == "not_paid"
    assert desk.do(flow_deeds.confirm, second, desk.getting, **zambia).step == second
    third, fourth = desk.add(flow, "paid", 300), desk.add(flow, "paid", 200)
    desk.back(flow, "paid", 300)
    assert flow_queries.left_of_payments(flow) == {first.pk: 0, second.pk: 400, third.pk: 0, fourth.pk: 200}
    desk.back(flow, "paid", 250)  # the fourth, and then what somebody said had arrived
    assert flow_queries.left_of_payments(flow) == {first.pk: 0, second.pk: 350, third.pk: 0, fourth.pk: 0}


def test_an_organisation_confirms_through_its_responder(desk: Desk) -> None:
    flow = make.money(1000, of="CUB", to=("WHO",), stage="paid")
    desk.do(flow_deeds.confirm, flow.steps.get(), desk.channel, party=make.party("WHO"))
    assert FlowConfirmation.objects.get().party.code == "WHO"


def test_the_source_makes_it_public_and_hides_it(desk: Desk) -> None:
    flow, audit = desk.flow(), last_audit()
    assert not flow_queries.public().exists()
    desk.do(flow_deeds.publish, flow, desk.giving_responder)
    assert list(flow_queries.public()) == [flow]
    desk.do(flow_deeds.hide, flow, desk.giving_approver)
    assert not flow_queries.public().exists()
    assert events(audit) == ["support.money_made_public", "support.money_hidden"]


def test_a_member_is_named_in_public_only_when_its_approver_agrees(desk: Desk) -> None:
    flow = desk.flow(to=("ZMB", "BOL"))
    names = lambda: flow_queries.names_in_public([flow])[flow.pk]  # noqa: E731
    assert names() == ([], 2)
    agree = {"party": make.party("ZMB"), "named": True}
    before = flow_queries.edition()
    desk.do(flow_deeds.agree_to_be_named, flow, desk.getting_approver, **agree)
    assert names() == ([make.party("ZMB")], 1)
    assert flow_queries.edition() == before, "nothing of it is public yet"
    desk.do(flow_deeds.agree_to_be_named, flow, desk.getting_approver, **agree | {"named": False})
    assert names() == ([], 2)
    who = make.money(1, of="CUB", to=("WHO",))
    assert flow_queries.names_in_public([who])[who.pk] == ([make.party("WHO")], 0)


def test_who_sees_it(desk: Desk) -> None:
    flow = desk.flow()
    desk.do(flow_deeds.publish, flow, desk.giving_approver)

    def sees(by: Person) -> bool:
        with make.as_(by):
            return flow_queries.find(flow.uuid) is not None

    for by in (
        desk.giving, desk.giving_approver, desk.giving_responder, desk.getting, desk.getting_approver, desk.channel,
    ):  # fmt: skip
        assert sees(by)
    for by in (desk.getting_responder, *desk.others):
        assert not sees(by), "also what is public is on the public page, not on the desk of others"


def test_who_is_told(desk: Desk) -> None:
    flow = desk.flow(1000)
    step = None
    for stage in ("commitment", "paid"):
        step = desk.on(flow, stage, 1000)
    desk.do(flow_deeds.confirm, step, desk.getting, party=make.party("ZMB"))
    desk.do(flow_deeds.publish, flow, desk.giving_approver)
    desk.back(flow, "paid", 1000)

    def told(kind: str) -> set[Person]:
        return {notice.person for notice in Notice.objects.filter(kind=f"support.money_{kind}")}

    for kind in ("pledged", "committed", "paid", "public", "taken_back"):
        assert told(kind) == {desk.getting, desk.getting_approver, desk.channel}, kind
    assert told("confirmed") == {desk.giving, desk.giving_approver, desk.giving_responder}


# ── what always holds ────────────────────────────────────────────────────────
VERBS = [
    "more pledged", "more committed", "paid at once", "commit", "pay", "take back pledge", "take back commitment",
    "take back payment",
]  # fmt: skip
MOVES = st.lists(
    st.tuples(
        st.sampled_from(VERBS), st.integers(1, 400), st.sampled_from(["1.0824", "0.0071", "104.5", "3.14159"]),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES)
def test_the_cents_of_the_steps_add_up_to_the_totals(desk: Desk, moves: list[tuple[str, int, str]]) -> None:
    with transaction.atomic():
        flow = desk.flow(1000, currency="EUR", rate=EURO)
        model = {"": 0, "pledge": 1000, "commitment": 0, "paid": 0}
        for verb, minor, text in moves:
            rate = Rate(text, "usd_per_unit", TODAY, "ECB")
            stage = {"more pledged": "pledge", "more committed": "commitment", "paid at once": "paid"}.get(verb)
            try:
                if stage:
                    step = desk.add(flow, stage, minor, rate=rate)
                elif verb in ("commit", "pay"):
                    step = desk.on(flow, {"commit": "commitment", "pay": "paid"}[verb], minor, rate=rate)
                else:
                    step = desk.back(
                        flow,
                        {"pledge": "pledge", "commitment": "commitment", "payment": "paid"}[verb.split()[-1]],
                        minor,
                    )
            except FlowRefused:
                continue
            model[step.from_stage] -= minor
            model[step.to_stage] += minor
        assert stands(flow) == (model["pledge"], model["commitment"], model["paid"])
        left = flow_queries.left_of_payments(flow).values()
        assert sum(left) == model["paid"] and min(left, default=0) >= 0
        shown = figures.totals(Flow.objects.filter(pk=flow.pk))
        assert cents(flow) == tuple(shown["internal", "grant", stage].cents for stage in figures.STAGES)
        for amount, value in zip(stands(flow), cents(flow), strict=True):
            assert amount or not value, "nothing is left in dollars where no amount stands"
        transaction.set_rollback(True)


def test_the_database_refuses_what_must_never_be(desk: Desk) -> None:
    flow = desk.flow(1000, "paid")
    desk.do(flow_deeds.confirm, flow.steps.get(), desk.getting, party=make.party("ZMB"))
    for change in ({"pledged": -1}, {"paid_cents": -1}, {"public_at": make.AT}, {"channel": None}, {"reference": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Flow.objects.filter(pk=flow.pk).update(**change)
    for act in (
        lambda: FlowStep.objects.update(amount=1), lambda: FlowStep.objects.all().delete(),
        lambda: FlowConfirmation.objects.update(party=make.party("CUB")), FlowConfirmation.objects.all().delete,
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_deeds_of_money_have_their_roles() -> None:
    assert ROLES[Deed.PUBLISH_FLOW] == {Role.APPROVER, Role.RESPONDER} and ROLES[Deed.NAME_IN_FLOW] == {Role.APPROVER}
