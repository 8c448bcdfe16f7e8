"""Part of a commitment is taken back: by giver or member, with a reason; and a second press accepts nothing again."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.offers_desk import UNTIL, Desk, left, state
from tests.together import at_once

from unmet.access.may import NotAllowed
from unmet.audit.models import AuditRow
from unmet.books import doctor
from unmet.books.models import Account, Entry, Movement
from unmet.catalogue.windows import end_of_day
from unmet.notices.models import Notice
from unmet.parties.models import Place
from unmet.support import commitments, consignments, history, substitutes
from unmet.support.consignments import Packed, Plan
from unmet.support.lines import SupportRefused
from unmet.support.models import Line, Offer

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")


class Back(Desk):
    """The desk of offers, and who takes back."""

    def back(self, line: Line, quantity: int, *, by: Any = None, party: Any = None, **more: Any) -> None:
        """Take back base units of a line, as its giver unless somebody else is named."""
        by, at = by or self.giver, more.pop("at", make.AT)
        said = {"party": party or self.who, "reason": "Not to be had"} | more
        with make.as_(by, at=at):
            commitments.take_back(line, quantity * 1000, by=by, at=at, **said)

    def member_back(self, line: Line, quantity: int, **more: Any) -> None:
        """The same, as the member's approver."""
        self.back(line, quantity, **{"by": self.approver, "party": self.zambia} | more)

    def refusal(self, act: Any) -> Any:
        """The refusal of a deed."""
        return refused(SupportRefused, act)


WORLD = Back


@pytest.fixture
def desk(fresh: Back) -> Back:
    """See `Back`."""
    return fresh


# ── a second press ───────────────────────────────────────────────────────────
def test_a_second_press_of_the_same_form_accepts_nothing_again(desk: Back) -> None:
    made = desk.offered()
    desk.accept(made, 10, read=0)
    assert desk.why(lambda: desk.accept(made, 10, read=0)) == "changed"
    assert desk.books()["committed"] == 10
    desk.accept(made, 10, read=10_000)
    assert desk.books()["committed"] == 20


@COMMITTED_DB
def test_two_windows_that_accept_or_take_back_at_once_do_it_once() -> None:
    desk = Back()
    made = desk.offered()
    done = at_once([lambda: desk.accept(made, 10, read=0)] * 2)
    assert sorted(getattr(one, "reason", "") for one in done) == ["", "changed"]
    line = Line.objects.get()
    done = at_once([lambda: desk.back(line, 4, read=10_000), lambda: desk.member_back(line, 4, read=10_000)])
    assert sorted(getattr(one, "reason", "") for one in done) == ["", "changed"]
    assert desk.books() == {"pledged": 394, "committed": 6, "not_covered": 994} and doctor.differences() == []


# ── taking back ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("who", ["giver", "member"])
def test_part_of_a_commitment_is_taken_back_and_on_offer_again(desk: Back, who: str) -> None:
    made = desk.offered()
    line = desk.accept(made, 150).line
    audit, told = last_audit(), Notice.objects.count()
    {"giver": desk.back, "member": desk.member_back}[who](line, 50)
    assert desk.books() == {"pledged": 300, "committed": 100, "not_covered": 900}
    assert left(made) == 300 and state(made) == "offered" and doctor.differences() == []
    assert events(audit) == ["support.commitment_taken_back"]
    row = AuditRow.objects.latest("pk")
    assert (row.party, row.reason) == ("WHO" if who == "giver" else "ZMB", "Not to be had")
    entry = Entry.objects.filter(movement=Movement.WITHDRAWN_SUPPORT).latest("pk")
    assert entry.committed == -50_000
    kinds = set(Notice.objects.order_by("pk")[told:].values_list("kind", "person__appointments__party__code"))
    assert kinds == {(f"support.taken_back_by_{who}", "ZMB" if who == "giver" else "WHO")}
    desk.accept(made, 300)
    assert state(made) == "closed" and desk.books()["committed"] == 400


def test_of_an_offer_that_has_ended_nothing_is_on_offer_again(desk: Back) -> None:
    made = desk.offered()
    line = desk.accept(made, 400).line
    desk.member_back(line, 100)
    assert state(made) == "closed" and left(made) == 0
    other = desk.offered()
    line = desk.accept(other, 10).line
    desk.back(line, 10, at=end_of_day(UNTIL))
    assert left(other) == 390 and doctor.differences() == []
    assert desk.books()["committed"] == 300, "the expiry itself is not posted yet"


def test_of_a_substitute_as_much_is_on_offer_again_as_was_counted(desk: Back) -> None:
    made = desk.offered(desk.wanted(desk.line(10, "GOWN-ISO", need=desk.masks)))
    old, new = (desk.accept(made, quantity, counts_as=counts).line for quantity, counts in ((1, 60_000), (4, 40_000)))
    for line, quantity, stands in ((new, 15, 6), (new, 15, 7), (new, 10, 9), (old, 20, 9), (old, 40, 10)):
        desk.back(line, quantity)
        assert left(made) == stands, (quantity, stands)
        assert Account.objects.get(kind=Account.Kind.UNASSIGNED).pledged == stands * 1000
    assert desk.books() == {"pledged": 0, "committed": 0, "not_covered": 1000} and doctor.differences() == []


def test_a_substitute_that_counts_otherwise_later_leaves_what_was_packed_as_it_is(desk: Back) -> None:
    made = desk.offered(desk.wanted(desk.line(10, "GOWN-ISO", need=desk.masks)))
    first, again, other = (
        desk.accept(made, quantity, counts_as=counts).line
        for quantity, counts in ((1, 60_000), (2, 120_000), (4, 40_000))
    )
    assert first == again != other and desk.books()["committed"] == 220
    stands = substitutes.of([first.pk, other.pk])
    assert [stands[line.pk].real(60_000) for line in (first, other)] == [1000, 6000]


def test_a_commitment_without_an_offer_is_taken_back_too_and_may_be_stated_again(desk: Back) -> None:
    for _turn in range(2):
        said = make.support_line("WHO", "ZMB", "committed", 70, reference="A-1")
        make.stated([said], by=desk.approver, round_=desk.round)
        line = Line.objects.get()
        assert desk.books()["committed"] == 70
        desk.member_back(line, 70)
        assert desk.books()["committed"] == 0
    assert doctor.differences() == []


def test_what_is_packed_or_has_left_is_not_taken_back(desk: Back) -> None:
    line = desk.accept(desk.offered(), 150).line
    plan = Plan(
        packed=[Packed(line, 100_000)], to_place=Place.objects.whole_country(desk.zambia), mode="sea", waybill="W-1"
    )
    with make.as_(desk.giver):
        box = consignments.plan(plan, by=desk.giver, at=make.AT)
    error = desk.refusal(lambda: desk.back(line, 51))
    assert (error.reason, error.standing) == ("in_consignment", 100_000)
    with make.as_(desk.giver):
        consignments.dispatch(box, on=date(2021, 2, 1), by=desk.giver, at=make.AT, version=box.version)
    error = desk.refusal(lambda: desk.back(line, 51))
    assert (error.reason, error.standing) == ("more_than_stands", 50_000)
    desk.back(line, 50)
    assert desk.refusal(lambda: desk.back(line, 1)).reason == "more_than_stands" and doctor.differences() == []


@pytest.mark.parametrize(
    ("quantity", "said", "reason"),
    [(0, {}, "quantity"), (-1, {}, "quantity"), (1, {"reason": " "}, "why"), (1, {"reason": "x" * 501}, "too_long"),
     (151, {}, "more_than_stands"), (1, {"read": 149_000}, "changed")],
)  # fmt: skip
def test_what_is_refused(desk: Back, quantity: int, said: dict[str, Any], reason: str) -> None:
    line, audit = desk.accept(desk.offered(), 150).line, last_audit()
    for act in (desk.back, desk.member_back):
        assert desk.refusal(partial(act, line, quantity, **said)).reason == reason
    assert desk.books()["committed"] == 150 and events(audit) == []


# ── in whose name ────────────────────────────────────────────────────────────
def test_nobody_takes_back_in_the_name_of_another_side(desk: Back) -> None:
    line = desk.accept(desk.offered(), 150).line
    pairs = [(desk.approver, desk.who), (desk.giver, desk.zambia), (desk.focal, desk.zambia), (desk.cuban, desk.cuba)]
    for by, party in pairs:
        refused(NotAllowed, partial(desk.back, line, 1, by=by, party=party))


# ── told ─────────────────────────────────────────────────────────────────────
def test_both_sides_read_how_much_and_why_in_the_timeline_of_the_offer(desk: Back) -> None:
    made = desk.offered(desk.wanted(desk.line(), aim="members", members=[desk.zambia, desk.cuba]))
    line = desk.accept(made, 150).line
    desk.back(line, 50)
    cuban = desk.accept(made, 7, by=desk.cuban, member=desk.cuba).line
    desk.back(cuban, 7, by=desk.cuban, party=desk.cuba)
    read = {}
    for name, person in (("giver", desk.giver), ("member", desk.focal)):
        with make.as_(person):
            found = [one for one in history.of_offer(Offer.objects.get()) if one.counts]
            read[name] = [(one.event, one.party, one.counts[0].quantities["quantity"], one.reason) for one in found]
    back, taken = "support.commitment_taken_back", "support.offer_accepted"
    assert set(read["member"]) == {(back, "WHO", 50_000, "Not to be had"), (taken, "ZMB", 150_000, "")}
    assert len(read["giver"]) == 4 and (back, "CUB", 7_000, "Not to be had") in read["giver"]
