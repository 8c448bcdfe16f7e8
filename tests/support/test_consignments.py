"""Consignments: planned, sent, held, cleared, lost, returned; what the books say of each, and each refusal."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.box import DAY, Boxes
from tests.together import at_once

from unmet.access.actors import NoActor
from unmet.access.may import NotAllowed
from unmet.books import doctor
from unmet.books.models import Entry, Movement
from unmet.catalogue.models import Item
from unmet.notices.models import Notice
from unmet.support import attestations, consignments, line_receipts, stating
from unmet.support import consignment_queries as queries
from unmet.support.consignments import ConsignmentRefused, Packed
from unmet.support.line_receipts import Arrived
from unmet.support.lines import SupportRefused
from unmet.support.models import Attestation, Consignment, ConsignmentStep, Line

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")
State = Consignment.State
SIDES = {"giver", "channel", "carrier", "focal point", "approver"}


WORLD = Boxes


@pytest.fixture
def boxes(fresh: Boxes) -> Boxes:
    """See `Boxes`."""
    return fresh


# ── planning ─────────────────────────────────────────────────────────────────
def test_a_plan_moves_nothing_and_holds_what_is_packed(boxes: Boxes) -> None:
    audit, entries = last_audit(), Entry.objects.count()
    box = boxes.plan()
    assert (box.state, box.giver.code, box.channel.code, box.member.code) == ("planned", "WHO", "UNICEF", "ZMB")
    assert events(audit) == ["support.consignment_planned"] and Entry.objects.count() == entries
    assert boxes.stages() == {"committed": 300}
    assert boxes.why(lambda: boxes.plan(Packed(boxes.masks, 1000), waybill="other")) == "more_than_committed"
    with make.as_(boxes.people["giver"]):
        assert queries.packable() == []
        assert {one.line.reference: one.quantity for one in queries.packable(but=box)} == {
            "M-1": 300_000,
            "G-1": 200_000,
        }


def test_part_of_a_line_in_several_consignments(boxes: Boxes) -> None:
    boxes.plan(Packed(boxes.masks, 100_000, "L-1"), Packed(boxes.masks, 50_000, "L-2"))
    with make.as_(boxes.people["giver"]):
        assert {one.line.reference: one.quantity for one in queries.packable()} == {"M-1": 150_000, "G-1": 200_000}
    second = boxes.sent(Packed(boxes.masks, 150_000), waybill="second")
    assert boxes.stages() == {"committed": 150, "in_transit": 150}
    more = refused(ConsignmentRefused, lambda: boxes.plan(Packed(boxes.masks, 1000), waybill="third"))
    assert (more.reason, more.standing, more.line) == ("more_than_committed", 0, boxes.masks.uuid)
    assert second.lines.get().quantity == 150_000 and doctor.differences() == []


def test_a_plan_is_changed_by_whoever_read_its_version(boxes: Boxes) -> None:
    box = boxes.plan()
    again = boxes.plan(Packed(boxes.masks, 300_000), draft=box, version=1, mode="sea", who="channel", waybill="")
    assert (again.pk, again.version, again.mode, again.lines.count(), again.waybill) == (box.pk, 2, "sea", 1, "")
    assert boxes.why(lambda: boxes.plan(draft=box, version=1)) == "changed"
    assert boxes.why(lambda: boxes.dispatch(box, version=1)) == "changed"
    boxes.dispatch(again, waybill="1575")
    assert boxes.why(lambda: boxes.plan(draft=again, version=2)) == "changed"


def test_a_plan_is_thrown_away_and_what_was_sent_is_not(boxes: Boxes) -> None:
    box, audit, giver = boxes.plan(), last_audit(), boxes.people["giver"]
    with make.as_(giver):
        consignments.discard(box, by=giver, at=make.AT)
        assert len(queries.packable()) == 2
    assert events(audit) == ["support.consignment_discarded"] and not Consignment.objects.exists()
    sent = boxes.sent()
    with make.as_(giver):
        assert boxes.why(lambda: consignments.discard(sent, by=giver, at=make.AT)) == "changed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mode": "camel"}, "mode"), ({"from_place": "x" * 201}, "too_long"), ({"waybill": "9" * 81}, "too_long"),
        ({"carrier_name": "x" * 121}, "too_long"), ({"quantity": 0}, "quantity"), ({"quantity": -1}, "quantity"),
        ({"quantity": 300_001}, "more_than_committed"), ({"lot": "x" * 81}, "too_long"), ({"twice": True}, "twice"),
        ({"expires": DAY - timedelta(days=1)}, "expired"),
    ],
)  # fmt: skip
def test_what_a_plan_may_not_say(boxes: Boxes, changes: dict[str, Any], reason: str) -> None:
    one = Packed(
        boxes.masks, changes.pop("quantity", 1000), changes.pop("lot", "L"), expires_on=changes.pop("expires", None)
    )
    packed = [one, one] if changes.pop("twice", False) else [one]
    assert boxes.why(lambda: boxes.plan(*packed, **changes)) == reason
    assert not Consignment.objects.exists()


def test_lines_of_one_giver_to_one_place_of_one_member(boxes: Boxes) -> None:
    other = boxes.accepted("U-1", 10, giver="UNDP")
    both = (Packed(boxes.masks, 1000), Packed(other, 1000))
    assert boxes.why(lambda: boxes.plan(*both)) == "givers"
    assert boxes.why(lambda: boxes.plan(packed=())) == "nothing"
    make.approved([make.line("COVERALL", 70)], of="CUB", round_=boxes.round)
    to_cuba = make.support_line("WHO", "CUB", "committed", 5, reference="C-1", item_id=make.item("COVERALL").pk)
    make.stated([to_cuba], by=boxes.people["other member"], round_=boxes.round)
    cuban = Line.objects.get(reference="C-1")
    assert boxes.why(lambda: boxes.plan(Packed(boxes.masks, 1000), Packed(cuban, 1000))) == "members"
    assert boxes.why(lambda: boxes.plan(Packed(cuban, 1000))) == "place"


def test_who_may_not_plan_one(boxes: Boxes) -> None:
    for name in set(boxes.people) - {"giver", "channel"}:
        refused(NotAllowed, lambda name=name: boxes.plan(Packed(boxes.gloves, 1000), who=name))
    refused(NoActor, lambda: consignments.plan(boxes.wanted(), by=boxes.people["giver"], at=make.AT))


# ── one box ──────────────────────────────────────────────────────────────────
def test_the_same_waybill_leads_to_the_consignment_that_stands(boxes: Boxes) -> None:
    box = boxes.plan(Packed(boxes.masks, 1000))
    for who, waybill in (("giver", "157 12345675"), ("channel", "157–1234–5675"), ("giver", "١٥٧١٢٣٤٥٦٧٥")):
        act = lambda who=who, waybill=waybill: boxes.plan(Packed(boxes.gloves, 1000), who=who, waybill=waybill)  # noqa: E731
        known = refused(ConsignmentRefused, act)
        assert (known.reason, known.known) == ("waybill_known", box)
    boxes.accepted("U-1", 10, giver="UNDP", channel=None)
    theirs = Packed(Line.objects.get(reference="U-1"), 1000)
    plan = boxes.plan(theirs, who="other giver", carrier=None)
    assert plan.waybill_folded == box.waybill_folded, "a plan of others keeps the waybill from nobody"
    boxes.dispatch(box)
    assert boxes.why(lambda: boxes.dispatch(plan, who="other giver")) == "waybill_taken"
    taken = refused(ConsignmentRefused, lambda: boxes.plan(theirs, who="other giver"))
    assert (taken.reason, taken.known) == ("waybill_taken", None), "nobody learns of a box that is not its own"
    with pytest.raises(IntegrityError), transaction.atomic():
        Consignment.objects.filter(pk=boxes.plan(Packed(boxes.gloves, 1), waybill="9").pk).update(
            waybill_folded=box.waybill_folded, state="dispatched", dispatched_on=DAY
        )


def test_a_waybill_named_at_dispatch_is_looked_for_too(boxes: Boxes) -> None:
    boxes.sent(Packed(boxes.masks, 1000))
    box = boxes.plan(Packed(boxes.gloves, 1000), waybill="")
    assert boxes.why(lambda: boxes.dispatch(box)) == "waybill"
    assert boxes.why(lambda: boxes.dispatch(box, waybill="--")) == "waybill"
    assert boxes.why(lambda: boxes.dispatch(box, waybill="15712345675")) == "waybill_known"
    assert boxes.why(lambda: boxes.dispatch(box, waybill="x" * 81)) == "too_long"
    boxes.dispatch(box, waybill="158")
    assert boxes.stages("GLOVE-EXAM") == {"committed": 199, "in_transit": 1}


# ── sending ──────────────────────────────────────────────────────────────────
def test_dispatch_moves_all_that_is_packed(boxes: Boxes) -> None:
    audit, day = last_audit(), DAY + timedelta(days=20)
    box = boxes.dispatch(boxes.plan(), expected_on=day)
    assert (box.state, box.dispatched_on, box.expected_on) == ("dispatched", DAY, day)
    assert boxes.stages() == {"in_transit": 300} and boxes.stages("GLOVE-EXAM") == {"in_transit": 200}
    assert events(audit) == ["support.consignment_planned", "support.consignment_sent"]
    assert ConsignmentStep.objects.get().by_party.code == "WHO"
    assert {line.expected_on for line in Line.objects.all()} == {day}
    told = {notice.person for notice in Notice.objects.filter(kind="support.consignment_sent")}
    assert {name for name, one in boxes.people.items() if one in told} == SIDES - {"giver"}
    assert boxes.why(lambda: boxes.dispatch(box)) == "changed", "pressed twice"
    assert doctor.differences() == []


def test_it_is_not_sent_tomorrow(boxes: Boxes) -> None:
    box = boxes.plan()
    assert boxes.why(lambda: boxes.dispatch(box, on=DAY + timedelta(days=1))) == "future"


def test_the_quick_way_takes_nothing_that_a_consignment_holds(boxes: Boxes) -> None:
    """One box counts once: what is packed is sent by its consignment, what travels is received by its receipt."""
    quick = make.support_line("WHO", "ZMB", "in_transit", 300, reference="M-1")
    planned = boxes.plan(Packed(boxes.masks, 100_000))

    def state(line: Any, who: str) -> Any:
        by = boxes.people[who]
        with make.as_(by):
            return stating.state([line], round_=boxes.round, by=by, at=make.AT)

    held = refused(SupportRefused, lambda: state(quick, "giver"))
    assert (held.reason, held.standing) == ("in_consignment", 100_000)
    boxes.dispatch(planned)
    for stage in ("received", "missing", "rejected"):
        arrived = make.support_line("WHO", "ZMB", stage, 300, reference="M-1", reason="x")
        assert refused(SupportRefused, lambda one=arrived: state(one, "focal point")).reason == "in_consignment"
    free = make.support_line("WHO", "ZMB", "received", 200, reference="M-1")
    assert state(free, "focal point")[0].outcome == "updated"
    assert boxes.stages() == {"in_transit": 100, "received": 200}
    boxes.receive(planned)
    assert boxes.stages() == {"received": 300} and doctor.differences() == []


def test_a_lot_that_expired_since_it_was_planned_is_not_sent(boxes: Boxes) -> None:
    box = boxes.plan(Packed(boxes.masks, 1000, "L", expires_on=DAY), Packed(boxes.gloves, 1000))
    box.lines.filter(lot="L").update(expires_on=DAY - timedelta(days=1))
    late = refused(ConsignmentRefused, lambda: boxes.dispatch(box))
    assert (late.reason, late.line) == ("expired", boxes.masks.uuid) and boxes.stages() == {"committed": 300}
    box.lines.filter(lot="L").update(expires_on=DAY)
    assert boxes.dispatch(box).state == "dispatched", "good on its last day"


@pytest.mark.parametrize(
    ("flags", "reason", "said"),
    [
        ("CC2-8", "cold_chain", {"cold_chain": "2 to 8 °C"}), ("CC-70 ICG", "cold_chain", {"cold_chain": "Dry ice"}),
        ("CTRL", "permit", {"permit": "INCB 7"}), ("REG", "permit", {"permit": "Waiver"}),
    ],
)  # fmt: skip
def test_a_cold_chain_and_a_licence_are_asked_for_once(boxes: Boxes, flags: str, reason: str, said: Any) -> None:
    Item.objects.filter(pk=boxes.masks.item_id).update(flags=flags)
    line = Line.objects.get(pk=boxes.masks.pk)
    asked = refused(ConsignmentRefused, lambda: boxes.plan(Packed(line, 1000)))
    assert (asked.reason, asked.line) == (reason, line.uuid)
    boxes.plan(Packed(line, 1000), **said)
    boxes.plan(Packed(line, 1000), checked=True, waybill="2")


# ── what the books say of what did not arrive ────────────────────────────────
@pytest.mark.parametrize(("verb", "state"), [("lose", "lost"), ("destroy", "destroyed")])
def test_what_is_lost_is_missing(boxes: Boxes, verb: str, state: str) -> None:
    box, audit = boxes.sent(), last_audit()
    boxes.go(box, verb)
    assert box.state == state and boxes.stages() == {"missing": 300}
    assert events(audit) == [f"support.consignment_{state}"]
    assert set(Entry.objects.order_by("-pk")[:2].values_list("movement", flat=True)) == {Movement.LOST}
    assert doctor.differences() == []


@pytest.mark.parametrize(("verb", "state"), [("return", "returned"), ("divert", "diverted")])
def test_what_went_back_is_no_help(boxes: Boxes, verb: str, state: str) -> None:
    """It leaves the books; the giver may promise it again, and the member accept it again, under the same reference."""
    box = boxes.sent(Packed(boxes.masks, 100_000))
    boxes.go(box, verb)
    line = Line.objects.get(reference="M-1")
    assert box.state == state and boxes.stages() == {"committed": 200} and line.in_transit == 0
    assert Entry.objects.filter(movement=Movement.RETURNED).exists() and doctor.differences() == []
    again = make.support_line("WHO", "ZMB", "committed", 200, reference="M-1")
    assert make.stated([again], by=boxes.people["approver"], round_=boxes.round)[0].outcome == "unchanged"
    whole = boxes.sent(Packed(boxes.gloves, 200_000), waybill="2")
    boxes.go(whole, verb)
    assert boxes.stages("GLOVE-EXAM") == {}
    more = make.support_line(
        "WHO", "ZMB", "committed", 150, reference="G-1", item_id=make.item("GLOVE-EXAM").pk
    )  # fmt: skip
    assert make.stated([more], by=boxes.people["approver"], round_=boxes.round)[0].outcome == "updated"
    assert boxes.stages("GLOVE-EXAM") == {"committed": 150} and doctor.differences() == []


def test_a_hold_has_its_reason_and_its_first_day(boxes: Boxes) -> None:
    box = boxes.sent(Packed(boxes.masks, 1000))
    assert boxes.why(lambda: boxes.go(box, "hold", why="")) == "why"
    assert boxes.why(lambda: boxes.go(box, "hold", why="bored")) == "why"
    assert boxes.why(lambda: boxes.go(box, "hold", why="other")) == "why"
    assert boxes.why(lambda: boxes.go(box, "hold", why="other", text="x" * 501)) == "too_long"
    assert boxes.why(lambda: boxes.go(box, "lose", text=" ")) == "why"
    assert boxes.why(lambda: boxes.go(box, "arrive", on=DAY + timedelta(days=1))) == "future"
    assert boxes.why(lambda: boxes.go(box, "arrive", on=DAY - timedelta(days=1))) == "before_dispatch"
    boxes.go(box, "hold", why="permit", who="carrier")
    assert (box.held_why, box.held_on) == ("permit", DAY)
    assert boxes.why(lambda: boxes.go(box, "hold", why="permit")) == "state", "said already"
    boxes.go(box, "hold", why="other", text="The crane is broken", who="focal point")
    assert (box.held_why, box.held_text, box.held_on) == ("other", "The crane is broken", DAY)
    boxes.go(box, "clear", who="approver")
    assert (box.state, box.held_why, box.held_text, box.held_on) == ("cleared", "", "", None)
    assert list(box.steps.values_list("state", flat=True)) == ["dispatched", "held", "held", "cleared"]


@pytest.mark.parametrize("before", [(), ("arrive",), ("arrive", "clear")])
def test_after_a_hold_it_goes_on_from_where_it_was(boxes: Boxes, before: tuple[str, ...]) -> None:
    box = boxes.sent(Packed(boxes.masks, 1000))
    for verb in before:
        boxes.go(box, verb)
    came = box.state
    boxes.go(boxes.go(box, "hold"), "hold", why="permit")
    boxes.expected(box, DAY + timedelta(days=9))
    audit = last_audit()
    boxes.go(box, "resume", who="carrier")
    assert (box.state, box.held_why, box.held_on) == (came, "", None)
    assert events(audit) == ["support.consignment_goes_on"]
    last = box.steps.last()
    assert last is not None and (last.state, last.what) == (came, "goes_on")
    assert Notice.objects.filter(kind="support.consignment_goes_on", person=boxes.people["giver"]).exists()


def test_a_permit_found_at_origin_leaves_the_port_open(boxes: Boxes) -> None:
    box = boxes.go(boxes.go(boxes.sent(Packed(boxes.masks, 1000)), "hold"), "arrive")
    assert (box.state, box.held_on) == ("at_port", None)
    assert boxes.go(boxes.go(box, "clear"), "hold").state == "held", "customs may stop it after all"


# ── what was said wrongly ────────────────────────────────────────────────────
def test_another_expected_day_is_that_of_its_lines_too(boxes: Boxes) -> None:
    first, second = DAY + timedelta(days=9), DAY + timedelta(days=30)
    box = boxes.dispatch(boxes.plan(), expected_on=first)
    audit = last_audit()
    assert boxes.why(lambda: boxes.expected(box, first)) == "same"
    assert boxes.why(lambda: boxes.expected(box, DAY - timedelta(days=1))) == "past"
    assert boxes.why(lambda: boxes.expected(box, second, why=" ")) == "why"
    assert boxes.why(lambda: boxes.expected(box, second, why="x" * 501)) == "too_long"
    boxes.expected(box, second, who="channel")
    assert box.expected_on == second and {line.expected_on for line in Line.objects.all()} == {second}
    last = box.steps.last()
    assert last is not None and (last.what, last.was, last.now) == ("expected", str(first), str(second))
    assert (last.text, last.by_party.code) == ("The ship was late", "UNICEF")
    assert events(audit) == ["support.consignment_expected"]
    assert Notice.objects.filter(kind="support.consignment_expected", person=boxes.people["focal point"]).exists()


def test_what_waits_still_keeps_the_day_that_was_promised(boxes: Boxes) -> None:
    day = DAY + timedelta(days=9)
    promised = boxes.accepted("P-1", 50, expected_on=day)
    boxes.dispatch(boxes.plan(Packed(promised, 20_000)), expected_on=day + timedelta(days=5))
    boxes.dispatch(boxes.plan(Packed(boxes.masks, 20_000), waybill="2"), expected_on=day)
    promised.refresh_from_db()
    boxes.masks.refresh_from_db()
    assert promised.expected_on == day, "not the day of the box: the rest is late before"
    assert boxes.masks.expected_on == day, "where no day was promised it is late some day"


def test_another_waybill_is_looked_for_and_the_old_one_kept(boxes: Boxes) -> None:
    box = boxes.sent(Packed(boxes.masks, 1000))
    other = boxes.sent(Packed(boxes.gloves, 1000), waybill="2")
    assert boxes.why(lambda: boxes.waybill(box, "2")) == "waybill_known"
    assert boxes.why(lambda: boxes.waybill(box, "--")) == "waybill"
    assert boxes.why(lambda: boxes.waybill(box, "x" * 81)) == "too_long"
    assert boxes.why(lambda: boxes.waybill(box, box.waybill)) == "same"
    assert boxes.why(lambda: boxes.waybill(box, "3", why="")) == "why"
    audit = last_audit()
    boxes.waybill(box, "157-1234 5676")
    assert (box.waybill, box.waybill_folded) == ("157-1234 5676", "15712345676")
    last = box.steps.last()
    assert last is not None and (last.what, last.was, last.now) == ("waybill", "157-1234 5675", "157-1234 5676")
    assert events(audit) == ["support.consignment_waybill"]
    boxes.waybill(other, "157-1234 5675")
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsignmentStep.objects.update(was="")


# ── who sees it ──────────────────────────────────────────────────────────────
def test_who_sees_a_consignment(boxes: Boxes) -> None:
    box = boxes.sent()
    for name, by in boxes.people.items():
        with make.as_(by):
            found = queries.find(box.uuid, today=DAY)
        assert (found == box) == (name in SIDES), name
    with make.as_(None):
        assert queries.find(box.uuid, today=DAY) is None


def test_lists_and_what_is_late(boxes: Boxes) -> None:
    late = boxes.dispatch(boxes.plan(Packed(boxes.masks, 1000), waybill="1"), expected_on=DAY - timedelta(days=1))
    held = boxes.go(boxes.sent(Packed(boxes.masks, 1000), waybill="2"), "hold")
    planned = boxes.plan(Packed(boxes.masks, 1000), waybill="3", expected_on=DAY - timedelta(days=9))
    with make.as_(boxes.people["giver"]):
        found = queries.for_actor()
        assert queries.counts(found) == {"planned": 1, "under_way": 1, "held": 1, "received": 0, "ended": 0}
        rows = list(queries.for_reading(found, today=DAY))
    assert [(row.pk, row.late, row.count) for row in rows] == [
        (held.pk, False, 1), (late.pk, True, 1), (planned.pk, False, 1)
    ]  # fmt: skip


def test_a_consignment_is_found_by_its_waybill(boxes: Boxes) -> None:
    box = boxes.sent(Packed(boxes.masks, 1000))
    boxes.plan(Packed(boxes.masks, 1000), waybill="")
    boxes.waybill(box, "999-12")

    def found(who: str, waybill: str) -> list[Consignment]:
        with make.as_(boxes.people[who]):
            return list(queries.by_waybill(queries.for_actor(), waybill))

    for who in ("giver", "channel", "carrier", "approver"):
        assert found(who, "9 9912") == found(who, "٩٩٩") == found(who, "157 12345675") == [box]
    assert (
        found("giver", "-")
        == found("giver", "158")
        == found("other giver", "99912")
        == found("coordination", "9")
        == []
    )
    line, by = boxes.accepted("M-2", 7), boxes.people["focal point"]
    with make.as_(by):
        unpacked = line_receipts.receive(line, Arrived(7000), on=DAY, by=by, at=make.AT).consignment
    assert not any(unpacked in found("giver", sign) for sign in "0123456789abcdef"), "it has no waybill"


# ── attestations ─────────────────────────────────────────────────────────────
def test_counts_that_differ_stand_side_by_side_and_move_nothing(boxes: Boxes) -> None:
    box = boxes.sent()
    audit, entries = last_audit(), Entry.objects.count()
    boxes.attest(box, 300, 200, who="giver")
    boxes.attest(box, 298, who="carrier", note="One carton is open")
    boxes.attest(box, 297, who="focal point")
    assert boxes.attest(box, 298, who="carrier") == [], "said already"
    assert events(audit) == ["support.consignment_attested"] * 3 and Entry.objects.count() == entries
    with make.as_(boxes.people["channel"]):
        masks = queries.lines(box)[0]
        assert [(one.role, one.quantity // 1000) for one in masks.attestations.all()] == [
            ("member", 297), ("carrier", 298), ("giver", 300)
        ]  # fmt: skip


def test_a_note_that_is_new_is_kept_beside_the_same_count(boxes: Boxes) -> None:
    box = boxes.sent()
    boxes.attest(box, 298)
    assert len(boxes.attest(box, 298, note="One carton is open")) == 1
    assert boxes.attest(box, 298, note="One carton is open") == [] and boxes.attest(box, 298) == []


def test_a_lot_that_is_not_in_the_packing_list(boxes: Boxes) -> None:
    box, entries = boxes.sent(), Entry.objects.count()
    coverall, masks = make.item("COVERALL"), make.item("MASK-IIR")

    def saw(*lots: attestations.Unlisted, **more: Any) -> Any:
        return boxes.attest(box, unlisted=lots, **more)

    lot = attestations.Unlisted(coverall, 7000, "Z-9")
    assert len(saw(lot, attestations.Unlisted(masks, 1000, "L-9"))) == 2 and saw(lot) == []
    assert boxes.why(lambda: saw(attestations.Unlisted(masks, 1000, "L-1"))) == "listed"
    assert boxes.why(lambda: saw(attestations.Unlisted(coverall, 0))) == "quantity"
    assert boxes.why(lambda: saw(attestations.Unlisted(coverall, 1, "x" * 81))) == "too_long"
    assert boxes.why(lambda: saw(lot, lot)) == "twice"
    with make.as_(boxes.people["focal point"]):
        found = [(one.of_item.code, one.of_lot, one.quantity) for one in queries.unlisted(box)]
    assert found == [("COVERALL", "Z-9", 7000), ("MASK-IIR", "L-9", 1000)] and Entry.objects.count() == entries
    with pytest.raises(IntegrityError), transaction.atomic():
        Attestation.objects.create(
            role="giver", party=box.giver, quantity=1, place="x", seen_on=DAY, by=boxes.people["giver"], at=make.AT
        )


@pytest.mark.parametrize(
    ("quantities", "more", "reason"),
    [
        ((), {}, "nothing"), ((-1,), {}, "below_zero"), ((1,), {"place": " "}, "place"),
        ((1,), {"place": "x" * 201}, "too_long"), ((1,), {"note": "x" * 501}, "too_long"),
        ((1,), {"on": DAY + timedelta(days=1)}, "future"),
    ],
)  # fmt: skip
def test_what_an_attestation_may_not_say(boxes: Boxes, quantities: Any, more: dict[str, Any], reason: str) -> None:
    box = boxes.sent()
    assert boxes.why(lambda: boxes.attest(box, *quantities, **more)) == reason
    assert not Attestation.objects.exists()


def test_lines_of_another_consignment_are_not_attested(boxes: Boxes) -> None:
    box, other = boxes.sent(Packed(boxes.masks, 1000)), boxes.sent(Packed(boxes.gloves, 1000), waybill="2")
    by, line = boxes.people["carrier"], other.lines.get()

    def attest(*seen: Any, **more: Any) -> Any:
        with make.as_(by):
            return attestations.attest(box, seen, place="Here", on=DAY, by=by, at=make.AT, **more)

    assert boxes.why(lambda: attest(attestations.Seen(line, 1))) == "not_in_it"
    mine = attestations.Seen(box.lines.get(), 1)
    assert boxes.why(lambda: attest(mine, mine)) == "twice"
    refused(NotAllowed, lambda: attest(mine, role="giver"))


def test_an_attestation_is_never_changed_or_deleted(boxes: Boxes) -> None:
    boxes.attest(boxes.sent(), 300)
    for act in (lambda: Attestation.objects.update(quantity=1), lambda: Attestation.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


# ── together ─────────────────────────────────────────────────────────────────
@COMMITTED_DB
def test_two_who_send_at_once_send_it_once() -> None:
    make.reference()
    boxes = Boxes()
    box = boxes.plan()
    results = at_once([lambda who=who: boxes.dispatch(box, who=who) for who in ("giver", "channel")])
    assert [getattr(one, "reason", "") for one in results].count("changed") == 1
    assert boxes.stages() == {"in_transit": 300} and doctor.differences() == []


@COMMITTED_DB
def test_two_who_pack_the_same_at_once_pack_it_once() -> None:
    make.reference()
    boxes = Boxes()
    packed = Packed(boxes.masks, 200_000)
    results = at_once([lambda n=n: boxes.plan(packed, waybill=f"w{n}") for n in range(2)])
    assert sorted(getattr(one, "reason", "") for one in results) == ["", "more_than_committed"]
