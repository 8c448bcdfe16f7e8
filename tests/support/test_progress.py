"""Where things stand: each list, what each person reads of it, and that no list asks more the longer it is."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import make
from tests.support.box import Boxes
from tests.support.offers_desk import UNTIL, Desk

from unmet.access.models import Role
from unmet.parties.models import Person, Place
from unmet.support import commitments, consignments, profiles, queries
from unmet.support.consignments import Packed, Plan
from unmet.support.models import Line, Offer
from unmet.support.progress import Listing
from unmet.support.progress_held import Held
from unmet.support.progress_lines import AtRisk, NotReceived, NotSent
from unmet.support.progress_lots import Lots
from unmet.support.progress_offers import Offers
from unmet.support.progress_requests import Requests

pytestmark = pytest.mark.django_db
EVERY: Sequence[type[Listing[Any]]] = (Offers, NotSent, NotReceived, AtRisk, Held, Lots, Requests)


def after(days: int) -> Any:
    """So many days after everything in these worlds."""
    return make.AT + timedelta(days=days)


def rows(kind: type[Listing[Any]], who: Person, *, days: int = 0, **asked: Any) -> list[Any]:
    """The rows that somebody reads."""
    with make.as_(who, at=after(days)):
        return kind(at=after(days)).rows(0, 50, **asked)


def counts(kind: type[Listing[Any]], who: Person, *, days: int = 0, **asked: Any) -> dict[str, int]:
    """How many stand under each tab, without the empty ones."""
    with make.as_(who, at=after(days)):
        return {tab: n for tab, n in kind(at=after(days)).counts(**asked).items() if n}


# ── offers ───────────────────────────────────────────────────────────────────
def stands(desk: Desk, who: Person | None = None, *, days: int = 0) -> Any:
    """Under which tab the one offer stands, and since when."""
    [row] = rows(Offers, who or desk.giver, days=days)
    return row.tab, row.since


def stated(desk: Desk, stage: str, quantity: int, *, by: Person) -> None:
    """A later stage of the support that came of the one offer."""
    line = Line.objects.exclude(committed=0, in_transit=0).get()
    said = make.support_line("WHO", "ZMB", stage, quantity, reference=line.reference)
    make.stated([said], by=by, round_=desk.round)


def test_an_offer_goes_from_tab_to_tab_and_says_since_when() -> None:
    desk, today = Desk(), make.AT.date()
    desk.save()
    assert rows(Offers, desk.giver) == [], "a draft waits for nobody"
    Offer.objects.all().delete()
    made = desk.offered()
    assert stands(desk) == stands(desk, desk.approver) == ("offered", today)
    assert rows(Offers, desk.giver, days=9)[0].days == 9
    assert stands(desk, days=90) == ("expired", UNTIL)
    desk.accept(made, 100)
    assert stands(desk) == stands(desk, desk.focal) == ("in_part", today)
    assert stands(desk, days=90) == ("accepted", today)
    desk.withdraw(made)
    assert stands(desk) == ("accepted", today) and rows(Offers, desk.giver)[0].lines[0].left == 300_000
    stated(desk, "in_transit", 60, by=desk.giver)
    assert stands(desk, desk.approver) == ("under_way", today)
    stated(desk, "received", 60, by=desk.focal)
    assert stands(desk) == ("accepted", today), "the rest waits to be sent"
    for stranger in (desk.cuban, make.person(Role.RESPONDER, "UNDP"), make.person(Role.COORDINATION)):
        assert rows(Offers, stranger) == [] and counts(Offers, stranger) == {}


def test_an_offer_of_which_some_is_still_offered_is_not_done() -> None:
    desk, today = Desk(), make.AT.date()
    made = desk.offered()
    desk.accept(made, 100)
    stated(desk, "in_transit", 100, by=desk.giver)
    stated(desk, "received", 100, by=desk.focal)
    assert stands(desk) == stands(desk, desk.focal) == ("in_part", today), "300 are still offered"
    desk.withdraw(made)
    assert stands(desk) == ("received", today)


def test_what_was_accepted_and_wholly_taken_back_is_withdrawn_for_those_who_know() -> None:
    desk = Desk()
    made = desk.offered(desk.wanted(desk.line(), aim="any"))
    desk.accept(made, 100)
    desk.withdraw(made)
    for days, quantity, tab in ((3, 60_000, "accepted"), (4, 40_000, "withdrawn")):
        with make.as_(desk.giver, at=after(days)):
            commitments.take_back(
                Line.objects.get(), quantity, party=desk.who, reason="Flooded", by=desk.giver, at=after(days)
            )
        assert stands(desk, days=5)[0] == stands(desk, desk.focal, days=5)[0] == tab
    assert stands(desk, days=5) == ("withdrawn", after(4).date()), "since the last of it was taken back"
    assert stands(desk, make.person(Role.COORDINATION), days=5)[0] == "accepted", "others do not learn of it"


def test_what_waits_comes_first_and_what_ended_says_how() -> None:
    desk = Desk()
    desk.withdraw(desk.offered(), reason="Sold")
    desk.decline(desk.offered())
    made = desk.offered(desk.wanted(desk.line(), aim="any"))
    assert [row.tab for row in rows(Offers, desk.giver)] == ["offered", "withdrawn", "declined"]
    assert counts(Offers, desk.giver) == {"offered": 1, "withdrawn": 1, "declined": 1}
    assert counts(Offers, desk.giver, party=desk.zambia.pk) == {"withdrawn": 1, "declined": 1}
    assert [row.offer for row in rows(Offers, desk.giver, tab="declined")] != [made]
    # What is offered to any member is read by coordination too, and what another one accepted of it stays accepted.
    chair = make.person(Role.COORDINATION)
    assert [row.offer for row in rows(Offers, chair)] == [made]
    desk.accept(made, 400)
    stated(desk, "in_transit", 400, by=desk.giver)
    assert stands_first(desk.giver) == "under_way" == stands_first(desk.approver)
    [row] = rows(Offers, chair)
    assert (row.tab, row.since) == ("accepted", None), "when another member accepted it is not told"
    stated(desk, "received", 400, by=desk.focal)
    assert counts(Offers, desk.giver) == {"received": 1, "withdrawn": 1, "declined": 1}


def stands_first(who: Person) -> str:
    """The tab of the first offer."""
    return str(rows(Offers, who)[0].tab)


# ── support and consignments ─────────────────────────────────────────────────
WORLD = Boxes


@pytest.fixture
def boxes(fresh: Boxes) -> Boxes:
    """See `Boxes`."""
    return fresh


def test_what_waits_is_told_by_days_and_what_is_late_comes_first(boxes: Boxes) -> None:
    who, focal = boxes.person("giver"), boxes.person("focal point")
    late = boxes.accepted("LATE", 10, expected_on=make.AT.date() + timedelta(days=1))
    assert counts(NotSent, who) == counts(NotSent, focal) == {"to_30": 3}, "accepted on 5 January, asked on 1 February"
    assert counts(NotSent, who, days=30) == {"to_90": 3, "late": 1} and counts(NotSent, who, days=90)["more"] == 3
    first, *_others = found = rows(NotSent, who, days=30)
    assert (first.line, first.late, first.late_days, first.days, first.quantity) == (late, True, 29, 57, 10_000)
    assert [row.late for row in found] == [True, False, False]
    assert [row.line for row in rows(NotSent, who, days=30, tab="late")] == [late]
    assert counts(NotReceived, who) == {}
    boxes.sent()
    assert [(row.line.reference, row.days) for row in rows(NotReceived, focal, days=3)] == [("M-1", 3), ("G-1", 3)]
    assert counts(NotSent, who) == {"to_30": 1}
    boxes.receive(boxes.masks.consigned.get().consignment)
    assert counts(NotReceived, focal) == {}


def test_what_was_sent_is_expected_when_its_consignment_is(boxes: Boxes) -> None:
    who, today = boxes.person("giver"), make.AT.date()
    soon, later = today + timedelta(days=1), today + timedelta(days=50)
    part = boxes.accepted("PART", 10, expected_on=soon)
    boxes.sent(Packed(part, 4_000), waybill="W-2", expected_on=later)
    [row] = rows(NotReceived, who, days=30)
    assert (row.line, row.late, row.late_days, row.expected_on) == (part, False, None, later)
    waits = next(row for row in rows(NotSent, who, days=30) if row.line == part)
    assert (waits.late, waits.late_days, waits.expected_on) == (True, 29, soon), "the rest is late"
    [row] = rows(NotReceived, who, days=60)
    assert (row.late, row.late_days) == (True, 10)
    boxes.sent(Packed(part, 6_000), waybill="W-3")
    with make.as_(who):
        shown = queries.for_reading(queries.given().filter(pk=part.pk), today=today + timedelta(days=30)).get()
        assert not shown.late and shown.arrives_on == later
        assert not queries.late(queries.given(), today=today + timedelta(days=30)).exists()
        assert queries.late(queries.given(), today=today + timedelta(days=60)).count() == 1


def test_a_held_consignment_says_why_since_when_and_where(boxes: Boxes) -> None:
    box = boxes.sent()
    assert rows(Held, boxes.person("giver")) == []
    boxes.go(box, "hold", why="permit")
    for name in ("giver", "channel", "carrier", "focal point", "approver"):
        [row] = rows(Held, boxes.person(name), days=5)
        assert (row.box, row.tab, row.days, row.place) == (box, "permit", 5, "")
    boxes.attest(box, 300, place="Dar es Salaam")
    assert [row.place for row in rows(Held, boxes.person("channel"))] == ["Dar es Salaam"]
    assert (
        counts(Held, boxes.person("giver")) == {"permit": 1} and rows(Held, boxes.person("giver"), tab="customs") == []
    )
    boxes.go(box, "clear")
    assert rows(Held, boxes.person("giver")) == []


def test_lots_are_held_against_what_the_member_accepts(boxes: Boxes) -> None:
    who, today, by = boxes.person("giver"), make.AT.date(), boxes.person("approver")
    expiry = today + timedelta(days=200)
    boxes.sent(
        Packed(boxes.masks, 100_000, "L-1", expiry), Packed(boxes.masks, 100_000, "L-2", today + timedelta(days=400)),
        Packed(boxes.gloves, 50_000, "L-3", today + timedelta(days=60)),
    )  # fmt: skip
    assert counts(Lots, who) == {"soon": 1, "later": 1} and counts(Lots, who, days=61)["expired"] == 1
    assert [(row.lot, row.tab, row.months, row.short) for row in rows(Lots, who)] == [
        ("L-3", "soon", None, False), ("L-1", "later", None, False),
    ]  # fmt: skip
    with make.as_(by):
        draft = profiles.save({"shelf_life": "6", "consignee": "Ministry"}, member=boxes.zambia, by=by, at=make.AT)
        profiles.confirm(draft, edits=1, by=by, at=make.AT)
    assert [(row.lot, row.months, row.short) for row in rows(Lots, who)] == [("L-3", 6, True), ("L-1", 6, False)]
    assert [row.months for row in rows(Lots, boxes.person("carrier"))] == [None, None], "it may not read the profile"
    assert [row.lot for row in rows(Lots, who, tab="soon")] == ["L-3"]
    boxes.receive(boxes.masks.consigned.first().consignment)  # type: ignore[union-attr]
    assert rows(Lots, who) == [] == rows(Lots, by)


def test_lots_of_offers_stand_until_the_offer_ends() -> None:
    desk = Desk()
    soon = make.AT.date() + timedelta(days=30)
    made = desk.offered(desk.wanted(desk.line(need=desk.masks, lot="L-9", expires_on=soon)))
    for reader in (desk.giver, desk.focal):
        [row] = rows(Lots, reader)
        assert (row.lot, row.offer, row.quantity, row.days, row.giver.code) == ("L-9", made, 400_000, 30, "WHO")
    desk.accept(made, 150)
    assert [row.quantity for row in rows(Lots, desk.giver)] == [250_000] and rows(Lots, desk.cuban) == []
    assert rows(Lots, desk.giver, days=90) == [], "the offer has expired"


def test_a_substitute_expires_as_what_it_is() -> None:
    desk, soon = Desk(), make.AT.date() + timedelta(days=30)
    made = desk.offered(desk.wanted(desk.line(10, "GOWN-ISO", need=desk.masks)))
    line = desk.accept(made, 2, counts_as=120_000).line
    plan = Plan(
        packed=[Packed(line, 60_000, "L-7", soon)], to_place=Place.objects.whole_country(desk.zambia), mode="sea"
    )
    with make.as_(desk.giver):
        consignments.plan(plan, by=desk.giver, at=make.AT)
    assert [(row.item.code, row.quantity, row.lot) for row in rows(Lots, desk.focal)] == [("GOWN-ISO", 1000, "L-7")]


# ── requests and sums ────────────────────────────────────────────────────────
def test_requests_that_nobody_answered_come_first() -> None:
    desk = Desk()
    old = make.asked(100, of="ZMB", to=("WHO", "UNDP"))
    new = make.asked(100, of="CUB", at=after(5))
    make.answered(old, of="WHO", at=after(1))
    assert [(row.request, row.days, row.answered_days) for row in rows(Requests, desk.giver, days=7)] == [
        (new, 2, None), (old, 7, 6),
    ]  # fmt: skip
    undp = make.person(Role.RESPONDER, "UNDP")
    assert [(row.request, row.tab) for row in rows(Requests, undp, days=7)] == [(old, "never"), (new, "never")]
    assert [(row.request, row.tab) for row in rows(Requests, desk.focal, days=7)] == [(new, "never"), (old, "answered")]
    assert counts(Requests, desk.giver, days=7) == {"never": 1, "answered": 1}
    assert [row.request for row in rows(Requests, make.person(Role.COORDINATION), days=7)] == [new], "asks everyone"


def test_coordination_reads_what_is_at_risk_in_sums_only_as_far_as_it_is_released() -> None:
    round_, chair = make.round_(), make.person(Role.COORDINATION)
    make.approved([make.line(quantity=1000), make.line("VENT-ICU", 20)], of="ZMB", round_=round_)
    make.released("ZMB", audience="coordination", level="figures")
    late = {"expected_on": make.AT.date() + timedelta(days=1), "dated_on": date(2021, 1, 5)}
    lines = [make.support_line(giver, "ZMB", "committed", 30, **late) for giver in ("WHO", "UNDP")]
    lines.append(make.support_line("WHO", "ZMB", "committed", 5, item_id=make.item("VENT-ICU").pk, **late))
    make.stated(lines, by=make.approver("ZMB"), round_=round_)
    assert rows(AtRisk, chair) == []
    assert [(row.member.code, row.item.code, row.quantity) for row in rows(AtRisk, chair, days=9)] == [
        ("ZMB", "MASK-IIR", 60_000)
    ]
    assert counts(AtRisk, chair, days=9) == {"": 1}
    assert all(rows(kind, chair, days=9) == [] for kind in EVERY if kind is not AtRisk)
    assert rows(AtRisk, make.person(Role.RESPONDER, "UNICEF"), days=9) == []


# ── one rule for all of them ─────────────────────────────────────────────────
def fill(boxes: Boxes, number: int) -> None:
    """One more row on every list."""
    line = boxes.accepted(f"X-{number}", 10, expected_on=make.AT.date() + timedelta(days=1))
    boxes.accepted(f"Y-{number}", 10, expected_on=make.AT.date() + timedelta(days=1))
    packed = Packed(line, 10_000, "L", make.AT.date() + timedelta(days=40))
    boxes.go(boxes.sent(packed, waybill=f"W-{number}"), "hold", why="customs")
    make.offered(20, of="WHO", to="ZMB")


def test_nobody_else_reads_a_row_and_no_list_asks_more_the_longer_it_is(boxes: Boxes) -> None:
    def asked() -> dict[str, int]:
        found = {}
        with make.as_(who, at=after(9)):
            for kind in EVERY:
                listing = kind(at=after(9))
                with CaptureQueriesContext(connection) as queries:
                    listing.counts()
                    listing.rows(0, 50)
                    listing.parties()
                found[kind.__name__] = len(queries)
        return found

    who = boxes.person("giver")
    make.asked(5, of="ZMB", to=("WHO",))
    fill(boxes, 1)
    before = asked()
    assert all(rows(kind, who, days=9) for kind in EVERY), "every list has a row"
    for number in (2, 3):
        fill(boxes, number)
    make.asked(6, of="ZMB", to=("WHO",))
    assert asked() == before and sum(before.values()) < 70
    assert len(rows(Offers, who)) == 3 == len(rows(Held, who))
    for name in ("other giver", "other member"):
        stranger = boxes.person(name)
        assert {kind.__name__ for kind in EVERY if rows(kind, stranger, days=9)} <= {"AtRisk"}
    with make.as_(who, at=after(9)):
        assert all({boxes.zambia.pk} <= kind(at=after(9)).parties() for kind in EVERY), (
            "each can be narrowed to a party"
        )
    assert rows(Held, who, party=make.party("CUB").pk) == [] and len(rows(Held, who, party=boxes.zambia.pk)) == 3
