"""Where a giver can help: sums from the cube of the own book say what the visible needs say one by one."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make
from tests.conftest import prove_scale

from unmet.access import visible
from unmet.access.models import Role
from unmet.books.models import Account
from unmet.catalogue.models import Round
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.support import coverage_by_severity, queries

pytestmark = pytest.mark.django_db

MEMBERS, ITEMS = ("ZMB", "CUB"), ("MASK-IIR", "GLOVE-EXAM", "COVERALL")
AUDIENCES = ("coordination", "members", "named", "everyone")
WHO_ASKS = ((Role.RESPONDER, "WHO"), (Role.RESPONDER, "UNICEF"), (Role.APPROVER, "CUB"), (Role.COORDINATION, "COORD"))

SECTOR = st.tuples(st.just("sector"), st.sampled_from(MEMBERS), st.sampled_from(AUDIENCES))
NEED = st.tuples(st.just("need"), st.integers(0, 5), st.sampled_from(AUDIENCES))
HOLD = st.tuples(st.just("hold"), st.integers(0, 5), st.just(""))
GIVE = st.tuples(st.just("give"), st.integers(0, 5), st.sampled_from(("pledged", "allocated")))


def one_by_one(*, but_of: frozenset[int]) -> dict[tuple[int, int], list[int]]:
    """(item, member) -> not covered, not in the country, pledged and value, from the visible accounts themselves."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for account in visible.rows(Account.objects.filter(closed=False)).exclude(member__in=but_of):
        row = sums[account.item_id, account.member_id]
        measures = (account.not_covered, account.not_in_country, account.pledged, account.value_not_covered)
        for position, value in enumerate(measures):
            row[position] += value
    return {key: row for key, row in sums.items() if row[0]}


def world() -> tuple[Round, list[Need]]:
    """Two members that need three items each."""
    round_ = make.round_()
    for number, code in enumerate(MEMBERS):
        lines = [make.line(item, quantity=100 * (number + 1) + place) for place, item in enumerate(ITEMS)]
        make.approved(lines, of=code, round_=round_)
    return round_, list(Need.objects.select_related("member", "item").order_by("pk"))


def do(act: tuple[str, int | str, str], round_: Round, stated: list[Need], at_most: int) -> None:
    """One thing that changes who sees what, or how much of it is covered."""
    kind, which, how = act
    named = [make.party("WHO")] if how == "named" else []
    if kind == "sector":
        make.released(str(which), audience=how, level="figures", named=named)
        return
    need = stated[int(which)]
    by = make.approver(need.member.code)
    if kind == "need":
        with make.as_(by):
            needs.release(
                member=need.member, subjects=[("need", need.uuid)], level="figures", audience=how, until_on=None,
                by=by, at=make.AT, named=named,
            )  # fmt: skip
    elif kind == "hold":
        with make.as_(by):
            needs.hold_back(need, by=by, at=make.AT)
    else:
        giver = make.person(Role.RESPONDER, "UNICEF")
        line = make.support_line(
            "UNICEF", need.member.code, how, 7, item_id=need.item_id, reference=f"{which}-{how}-{at_most}"
        )
        make.stated([line], by=giver, round_=round_)


@settings(
    max_examples=max(8, int(80 * prove_scale())),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(acts=st.lists(st.one_of(SECTOR, NEED, HOLD, GIVE), max_size=8, unique=True))
def test_sums_from_cells_are_those_of_the_visible_needs(acts):
    with transaction.atomic():
        round_, stated = world()
        for number, act in enumerate(acts):
            do(act, round_, stated, number)
        for role, code in WHO_ASKS:
            with make.as_(make.person(role, code), at=make.AT + timedelta(seconds=1)):
                agree(but_of=frozenset({make.party(code).pk}))
        transaction.set_rollback(True)


def agree(*, but_of: frozenset[int]) -> None:
    """What the queries say is what the visible accounts add up to, by item and by member."""
    by_severity(but_of=but_of)
    wanted = one_by_one(but_of=but_of)
    found = {gap.item: gap for gap in queries.gaps_by_item(but_of=but_of)}
    assert set(found) == {item for item, _ in wanted}
    for code in ITEMS:
        item = make.item(code)
        rows = {member: row for (of, member), row in wanted.items() if of == item.pk}
        if gap := found.get(item.pk):
            sums = [sum(column) for column in zip(*rows.values(), strict=True)]
            assert [gap.not_covered, gap.not_in_country, gap.pledged, gap.value] == sums
            assert gap.members == len(rows)
        members = {one.member: one for one in queries.gaps_of(item, but_of=but_of)}
        told = {pk: [one.not_covered, one.not_in_country, one.pledged] for pk, one in members.items()}
        assert told == {pk: row[:3] for pk, row in rows.items()}


def by_severity(*, but_of: frozenset[int]) -> None:
    """Each category says what the visible needs add up to: Zambia stands at 2.9, of Cuba nothing is said."""
    found = coverage_by_severity.table(on=date(2022, 6, 1), but_of=but_of)
    told = {row.severity: row for row in found.categories}
    for code, level in (("ZMB", 3), ("CUB", None)):
        accounts = [
            one for one in visible.rows(Account.objects.filter(closed=False, member__code=code))
            if one.member_id not in but_of
        ]  # fmt: skip
        sums = [sum(getattr(one, name) for one in accounts) for name in ("needs_open", "value_not_covered")]
        approved = sum(one.value_approved for one in accounts)
        row = told.get(level)
        assert [row.open, row.value] == sums if row else sums[0] == 0
        if row and row.members:
            assert (row.members, row.not_covered) == (1, Fraction(sums[1], approved) if approved else None)
            assert (found.first, len(found.sources)) == (date(2022, 5, 1), 1) or level is None
    assert [row.open for row in found.categories if row.severity not in (3, None)] == [0] * 4


def test_the_largest_value_comes_first_then_the_largest_quantity():
    world()
    for code in MEMBERS:
        make.released(code, audience="named", level="figures", named=[make.party("WHO")])
    with make.as_(make.person(Role.RESPONDER, "WHO"), at=make.AT + timedelta(seconds=1)):
        gaps = queries.gaps_by_item(but_of=())
    assert len(gaps) == len(ITEMS) and all(gap.members == 2 for gap in gaps)
    assert [(gap.value, gap.not_covered) for gap in gaps] == sorted(
        ((gap.value, gap.not_covered) for gap in gaps), reverse=True
    )
