"""Asked, answered, closed: counted by hand, and never by fewer than three members."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import make

from unmet.access.models import Role
from unmet.figures import asking
from unmet.figures.asking import Asked, Taken
from unmet.needs import releases
from unmet.needs.models import Need
from unmet.support import answers, offers, request_lines, requests
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest, Offer
from unmet.support.offer_rules import LineDraft, OfferDraft

MEMBERS = ("ZMB", "CUB", "ETH")


# ── counting, without a database ─────────────────────────────────────────────
def one(member: int, *, key: asking.Key = (1, 2021, 1), said: str = "", closed: bool = False, **days: int) -> Asked:
    return Asked(key, member, said == "full", said == "part", closed, days)


def test_counts_and_medians_by_hand() -> None:
    lines = [
        one(1, said="full", answer=2, offer=10), one(2, said="part", closed=True, answer=4), one(3, answer=9),
        one(3, closed=True),
    ]  # fmt: skip
    taken = [Taken((1, 2021, 1), member, "receipt", days) for member, days in ((1, 7), (2, 8), (3, 21), (3, 22))]
    found = asking.report(lines, taken, least=3)
    assert (found.asked, found.in_full, found.in_part, found.answered, found.closed) == (4, 1, 1, 2, 2)
    assert found.medians == {
        "answer": Decimal(4), "offer": None, "acceptance": None, "receipt": Decimal("14.5")
    }  # fmt: skip
    [cell] = found.cells
    assert (cell.name, cell.asked, cell.medians) == ("2021-Q1", 4, found.medians)


def test_two_members_are_hidden_and_in_no_sum() -> None:
    lines = [one(member) for member in (1, 2, 3)] + [one(member, key=(2, 2021, 1), answer=1) for member in (1, 2, 2)]
    found = asking.report(lines, [], least=3)
    assert (found.asked, found.medians["answer"]) == (3, None)
    assert [(cell.sector, cell.asked) for cell in found.cells] == [(1, 3)], "what is hidden is not told of either"
    assert asking.report(lines, [], least=1).asked == 6


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            one, st.integers(1, 5), key=st.tuples(st.integers(1, 3), st.just(2021), st.integers(1, 2)),
            said=st.sampled_from(["", "part", "full"]), closed=st.booleans(), answer=st.integers(0, 30),
        ),
        max_size=25,
    )
)  # fmt: skip
def test_no_number_stands_on_fewer_than_three_members_and_sums_are_those_of_the_rows(lines: list[Asked]) -> None:
    found = asking.report(lines, [], least=3)
    for cell in found.cells:
        members = {line.member for line in lines if line.key == (cell.sector, cell.year, cell.quarter)}
        assert cell.asked is not None and cell.medians["answer"] is not None and len(members) >= 3
    behind: dict[asking.Key, set[int]] = {}
    for line in lines:
        behind.setdefault(line.key, set()).add(line.member)
    assert len(found.cells) == sum(len(members) >= 3 for members in behind.values())
    for name in ("asked", "in_full", "in_part", "closed"):
        assert getattr(found, name) == sum(getattr(cell, name) for cell in found.cells)


def test_what_others_published_has_its_source() -> None:
    [ercc] = asking.comparisons()
    assert (ercc.body, ercc.asked, ercc.answered, ercc.closed) == ("ERCC", 60, 52, 10)
    assert (ercc.from_on, ercc.until_on) == (date(2021, 1, 1), date(2021, 10, 14))
    assert ercc.address.startswith("https://reliefweb.int/") and "DG ECHO Daily Map" in ercc.title


# ── reading ──────────────────────────────────────────────────────────────────
@pytest.fixture
def asked_by() -> Callable[..., dict[str, AssistanceRequest]]:
    """Three members that need masks; whoever is named asks everyone on the first day."""
    round_ = make.round_()
    for code in MEMBERS:
        make.approved([make.line()], of=code, round_=round_)

    def ask(*codes: str, **more: Any) -> dict[str, AssistanceRequest]:
        return {code: make.asked(100, of=code, **more) for code in codes}

    ask.round = round_  # type: ignore[attr-defined]
    return ask


def answered(request: AssistanceRequest, kind: str, *, days: int, quantity: int | None = None, of: str = "WHO") -> None:
    by, at = make.person(Role.RESPONDER, of), make.AT + timedelta(days=days)
    with make.as_(by, at=at):
        said = Said(kind, quantity, reason="None left" if kind == "unable" else "")
        answers.answer(request.lines.get(), said, party=make.party(of), by=by, at=at)


@pytest.mark.django_db
def test_three_who_ask_everyone_are_counted_with_their_answers(asked_by: Any) -> None:
    asked = asked_by(*MEMBERS)
    answered(asked["ZMB"], "acknowledged", days=1)
    answered(asked["ZMB"], "unable", days=3)
    answered(asked["ZMB"], "part", days=4, quantity=5_000, of="UNICEF")
    answered(asked["CUB"], "full", days=5)
    answered(asked["ETH"], "review", days=6)
    by = make.focal_point("ETH")
    with make.as_(by):
        requests.close(asked["ETH"], by=by, at=make.AT)
    found = asking.published()
    assert (found.asked, found.in_full, found.in_part, found.closed) == (3, 1, 1, 1)
    assert found.medians["answer"] is None, "two members' answers are no median"
    [cell] = found.cells
    assert cell.name == "2021-Q1"


@pytest.mark.django_db
def test_two_or_named_or_withdrawn_or_held_back_are_not_counted(asked_by: Any) -> None:
    asked_by("ZMB", "CUB")
    assert (asking.published().asked, asking.published().cells) == (0, [])
    named = asked_by("ETH", to=("WHO",))["ETH"]
    assert (asking.published().asked, asking.published().cells) == (0, [])
    third = asked_by("ETH")["ETH"]
    assert asking.published().asked == 3, "what is asked of parties by name is not in it"
    by = make.approver("ETH")
    with make.as_(by, at=make.AT):
        releases.hold_back(third.lines.get().need, by=by, at=make.AT)
    assert asking.published().asked == 0
    with make.as_(by, at=make.AT):
        releases.lift_hold_back(third.lines.get().need, by=by, at=make.AT)
        request_lines.withdraw(third.lines.get(), reason="Met", by=by, at=make.AT)
    assert asking.published().asked == 0
    with make.as_(by, at=make.AT):
        assert asking.of_member(make.party("ETH").pk).asked == 1
        requests.withdraw(named, reason="Met", by=by, at=make.AT)
        assert asking.of_member(make.party("ETH").pk).asked == 0


@pytest.mark.django_db
def test_the_days_of_support_are_medians_of_its_steps(asked_by: Any) -> None:
    asked_by(*MEMBERS)
    first = make.AT.date()
    who = make.person(Role.RESPONDER, "WHO")
    for code, offer, accepted, came in (("ZMB", 2, 5, 12), ("CUB", 4, 4, 30), ("ETH", 9, 19, 20)):
        by = make.approver(code)
        need = str(Need.objects.get(member__code=code).uuid)
        for stage, day, person in (("pledged", offer, who), ("committed", accepted, by), ("received", came, by)):
            line = make.support_line(
                "WHO", code, stage, 10, reference=f"R-{code}", dated_on=first + timedelta(days=day), need_code=need
            )
            at = datetime(2021, 4, 1, tzinfo=UTC)
            make.stated([line], by=person, round_=asked_by.round, at=at)
    found = asking.published()
    assert found.medians == {
        "answer": None, "offer": Decimal(4), "acceptance": Decimal(3), "receipt": Decimal(7)
    }  # fmt: skip
    with make.as_(make.focal_point("CUB")):
        own = asking.of_member(make.party("CUB").pk)
    assert (own.medians["offer"], own.medians["receipt"]) == (Decimal(4), Decimal(26))


@pytest.mark.django_db
def test_an_offer_to_several_is_dated_by_its_offer_not_by_its_acceptance(asked_by: Any) -> None:
    asked_by(*MEMBERS)
    who, offered_at = make.person(Role.RESPONDER, "WHO"), make.AT + timedelta(days=9)
    lines = [LineDraft(make.item("MASK-IIR"), 150_000)]
    several = [make.party(code) for code in MEMBERS]
    wanted = OfferDraft("supplies", Offer.Aim.MEMBERS, date(2021, 12, 31), lines, members=several)
    with make.as_(who, at=offered_at):
        draft = offers.save(wanted, giver=make.party("WHO"), by=who, at=offered_at)
        made = offers.offer(draft, version=1, by=who, at=offered_at)
    for code in MEMBERS:
        make.accepted(made, 50, of=code, at=make.AT + timedelta(days=200))
    found = asking.published().medians
    assert (found["offer"], found["acceptance"]) == (Decimal(9), Decimal(191)), "both from the same day"
    with make.as_(make.focal_point("CUB")):
        asked, taken = asking.rows_of_member(make.party("CUB").pk)
    assert [one.days for one in asked] == [{"offer": 9}]
    assert [(one.step, one.days) for one in taken] == [("acceptance", 191)]


@pytest.mark.django_db
def test_of_another_member_nobody_reads_anything(asked_by: Any) -> None:
    asked_by(*MEMBERS)
    with make.as_(make.approver("CUB")):
        assert asking.of_member(make.party("ZMB").pk).cells == []
