"""One box of several givers: a part for each of them, said once by who sees all of it; a giver sees its own only."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.box import DAY, Hub, count

from unmet.access.may import NotAllowed
from unmet.books import doctor
from unmet.catalogue.models import Item
from unmet.notices.models import Notice
from unmet.support import attestations, box_receipts, consignments, receipts
from unmet.support import consignment_queries as queries
from unmet.support.attestations import Seen, Unlisted
from unmet.support.consignment_history import of_consignment
from unmet.support.consignments import ConsignmentRefused, Packed
from unmet.support.models import Attestation, Consignment, ConsignmentLine, Line, Receipt

pytestmark = pytest.mark.django_db
WAYBILL = "157-1234 5675"
SEE_ALL = ("channel", "carrier", "focal point", "approver")


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Hub]:
    """One world for this file, taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Hub()
        transaction.set_rollback(True)


@pytest.fixture
def hub(db: None, built: Hub) -> Hub:
    """See `Hub`; lines of support as they stand."""
    for name in ("masks", "gloves", "theirs", "own"):
        setattr(built, name, Line.objects.get(pk=getattr(built, name).pk))
    return built


# ── planning ─────────────────────────────────────────────────────────────────
def test_each_giver_has_a_part_of_the_same_box(hub: Hub) -> None:
    audit = last_audit()
    box = hub.both()
    who, undp = box["WHO"], box["UNDP"]
    assert (who.box, who.version) == (undp.box, undp.version) and events(audit) == ["support.consignment_planned"] * 2
    for name in ("channel", "member", "carrier", "waybill", "mode", "to_place", "from_place", "expected_on"):
        assert getattr(who, name) == getattr(undp, name), name
    assert [(one.line.reference, one.consignment_id) for one in hub.lines(box)] == [("M-1", who.pk), ("U-1", undp.pk)]
    more = refused(ConsignmentRefused, lambda: hub.plan(Packed(hub.theirs, 1000), who="channel", waybill="2"))
    assert (more.reason, more.standing) == ("more_than_committed", 0)
    assert hub.stages("GLOVE-EXAM") == {"committed": 300}, "a plan moves nothing"


def test_what_the_hub_gives_itself_goes_with_the_rest(hub: Hub) -> None:
    box = hub.parts(hub.plan(Packed(hub.own, 50_000), Packed(hub.masks, 1000), who="channel"))
    assert {giver: part.channel.code for giver, part in box.items()} == {"UNICEF": "UNICEF", "WHO": "UNICEF"}
    hub.dispatch(box["WHO"], who="channel")
    hub.go(box["WHO"], "arrive", who="channel")
    assert set(hub.states(box).values()) == {"at_port"}


def test_only_the_channel_of_all_packs_what_several_give(hub: Hub) -> None:
    other = hub.accepted("U-2", 10, item="GLOVE-EXAM", giver="UNDP", channel=None)
    both = (Packed(hub.masks, 1000), Packed(hub.theirs, 1000))
    assert hub.why(lambda: hub.plan(*both, who="giver")) == "givers"
    assert hub.why(lambda: hub.plan(*both[::-1], who="other giver")) == "givers"
    assert hub.why(lambda: hub.plan(both[0], Packed(other, 1000), who="channel")) == "givers", "UNDP sends that itself"
    for who in ("carrier", "focal point", "other member", "coordination"):
        refused(NotAllowed, lambda who=who: hub.plan(*both, who=who))
    assert not Consignment.objects.exists()


def test_a_plan_is_changed_with_all_its_givers(hub: Hub) -> None:
    box = hub.both()
    change = lambda *packed, **more: hub.plan(*packed, who="channel", draft=box["WHO"], **more)  # noqa: E731
    more = change(Packed(hub.masks, 1000), Packed(hub.theirs, 2000), Packed(hub.own, 3000), version=1, mode="sea")
    assert more == box["WHO"] and hub.why(lambda: change(Packed(hub.masks, 1000), version=1)) == "changed"
    now = hub.parts(more)
    assert {giver: (part.mode, part.version) for giver, part in now.items()} == dict.fromkeys(
        ("WHO", "UNDP", "UNICEF"), ("sea", 2)
    )
    kept = hub.plan(Packed(hub.theirs, 2000), who="channel", draft=now["WHO"], version=2)
    assert kept == box["UNDP"] and set(hub.parts(kept)) == {"UNDP"}, "WHO has nothing in it any more"


def test_words_about_the_goods_of_one_giver_are_not_read_by_another(hub: Hub) -> None:
    Item.objects.filter(pk=hub.masks.item_id).update(flags="CC2-8 CTRL")
    hub.masks = Line.objects.select_related("item", "giver", "channel", "member").get(pk=hub.masks.pk)
    assert hub.why(lambda: hub.both()) == "cold_chain"
    box = hub.both(cold_chain="2 to 8 °C", permit="INCB 7")
    assert (box["WHO"].cold_chain, box["WHO"].permit) == ("2 to 8 °C", "INCB 7")
    assert (box["UNDP"].cold_chain, box["UNDP"].permit) == ("", "")


def test_a_giver_takes_its_part_out_and_says_nothing_of_the_rest(hub: Hub) -> None:
    box, by = hub.both(), hub.people["other giver"]
    mine = hub.seen("other giver", box)
    assert mine == {"UNDP"}
    acts = {
        "plan": lambda: hub.plan(Packed(hub.theirs, 1), who="other giver", draft=box["UNDP"], version=1),
        "dispatch": lambda: hub.dispatch(box["UNDP"], who="other giver"),
    }
    assert {name: hub.why(act) for name, act in acts.items()} == dict.fromkeys(acts, "with_others")
    refused(NotAllowed, lambda: hub.dispatch(box["WHO"], who="other giver"))
    with make.as_(by):
        consignments.discard(box["UNDP"], by=by, at=make.AT)
    assert hub.why(lambda: hub.dispatch(box["WHO"], who="channel", version=1)) == "changed", "it is another box now"
    assert set(hub.parts(box["WHO"])) == {"WHO"}
    assert hub.dispatch(box["WHO"], who="giver", version=2).state == "dispatched", "WHO is alone in it"


def test_the_channel_throws_all_of_it_away(hub: Hub) -> None:
    box, by, audit = hub.both(), hub.people["channel"], last_audit()
    with make.as_(by):
        consignments.discard(box["UNDP"], by=by, at=make.AT)
        assert {one.line.reference for one in queries.packable()} == {"M-1", "G-1", "U-1", "C-1"}
    assert events(audit) == ["support.consignment_discarded"] * 2 and not Consignment.objects.exists()


# ── one waybill, one box ─────────────────────────────────────────────────────
def test_a_waybill_is_that_of_one_box_with_one_part_of_a_giver(hub: Hub) -> None:
    box = hub.sent_both()
    assert [(box[giver].part, box[giver].state) for giver in ("WHO", "UNDP")] == [(1, "dispatched"), (2, "dispatched")]
    again = refused(ConsignmentRefused, lambda: hub.plan(Packed(hub.gloves, 1000), who="giver"))
    assert (again.reason, again.known) == ("waybill_known", box["WHO"]), "a giver is led to its own part"
    hub.accepted("I-1", 10, giver="IFRC", channel=None)
    other = Packed(Line.objects.get(reference="I-1"), 1000)
    taken = refused(ConsignmentRefused, lambda: hub.plan(other, who="third giver", carrier=None))
    assert (taken.reason, taken.known) == ("waybill_taken", None)
    stranger = hub.dispatch(hub.plan(other, who="third giver", waybill="9", carrier=None), who="third giver")
    folded = box["WHO"].waybill_folded
    for values in ({"waybill_folded": folded}, {"waybill_folded": folded, "part": 2}, {"part": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Consignment.objects.filter(pk=stranger.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consignment.objects.filter(pk=box["UNDP"].pk).update(giver=box["WHO"].giver)


def test_what_the_same_channel_sends_later_with_the_same_waybill_joins_the_box(hub: Hub) -> None:
    first = hub.dispatch(hub.plan(Packed(hub.masks, 1000), who="channel"), who="channel")
    later = hub.plan(Packed(hub.theirs, 2000), who="channel")
    assert later.box != first.box, "while it is planned it may yet get another waybill"
    hub.dispatch(later, who="channel", waybill="157 1234 5675")
    box = hub.parts(first)
    assert box["UNDP"].waybill == WAYBILL, "as it is written on the box"
    assert {giver: part.part for giver, part in box.items()} == {"WHO": 1, "UNDP": 2}
    more = refused(ConsignmentRefused, lambda: hub.plan(Packed(hub.gloves, 1000), who="channel"))
    assert (more.reason, more.known) == ("waybill_known", first), "WHO has its part already"
    hub.receive(box["WHO"])
    hub.receive(box["UNDP"])
    over = hub.plan(Packed(hub.own, 1000), who="channel", waybill="")
    assert hub.why(lambda: hub.dispatch(over, who="channel", waybill=WAYBILL)) == "waybill_known", "it has arrived"


# ── said once, of every part ─────────────────────────────────────────────────
def test_dispatch_moves_what_every_giver_packed_and_tells_each_of_its_own(hub: Hub) -> None:
    audit = last_audit()
    box = hub.sent_both()
    assert events(audit).count("support.consignment_sent") == 2
    assert hub.stages() == {"committed": 50, "in_transit": 300}
    assert hub.stages("GLOVE-EXAM") == {"committed": 200, "in_transit": 100} and doctor.differences() == []
    told = {name: Notice.objects.filter(person=by, kind="support.consignment_sent") for name, by in hub.people.items()}
    assert {name: found.count() for name, found in told.items() if found} == {
        "giver": 1, "other giver": 1, "carrier": 1, "focal point": 1, "approver": 1
    }  # fmt: skip
    links = {
        name: (told[name].get().link_arguments, told[name].get().data["lines"]) for name in ("giver", "other giver")
    }
    assert links == {"giver": ([str(box["WHO"].uuid)], 1), "other giver": ([str(box["UNDP"].uuid)], 1)}
    assert told["approver"].get().data["lines"] == 2


@pytest.mark.parametrize("who", ["channel", "carrier", "approver"])
def test_who_sees_all_of_it_says_it_once(hub: Hub, who: str) -> None:
    box = hub.sent_both()
    for verb, state in (("arrive", "at_port"), ("hold", "held"), ("resume", "at_port"), ("clear", "cleared")):
        audit = last_audit()
        hub.go(box["UNDP"], verb, who=who)
        assert set(hub.states(box).values()) == {state} and len(events(audit)) == 2
    assert hub.why(lambda: hub.go(box["WHO"], "clear", who=who)) == "state", "said already"


def test_a_giver_speaks_of_its_own_part_and_others_of_what_is_left(hub: Hub) -> None:
    box = hub.sent_both()
    hub.go(box["UNDP"], "arrive", who="other giver")
    assert hub.states(box) == {"WHO": "dispatched", "UNDP": "at_port"}
    hub.go(box["UNDP"], "arrive", who="carrier")
    assert hub.states(box) == {"WHO": "at_port", "UNDP": "at_port"}
    hub.go(box["UNDP"], "hold", who="other giver")
    hub.go(box["WHO"], "clear", who="channel")
    assert set(hub.states(box).values()) == {"cleared"}
    hub.expected(box["UNDP"], DAY + timedelta(days=3), who="other giver")
    assert hub.why(lambda: hub.waybill(box["UNDP"], "158", who="other giver")) == "with_others"
    hub.go(box["WHO"], "return", who="giver")
    assert hub.states(box) == {"WHO": "returned", "UNDP": "cleared"}
    hub.go(box["WHO"], "lose", who="channel")
    assert hub.states(box) == {"WHO": "returned", "UNDP": "lost"}
    assert hub.stages() == {"committed": 50} and hub.stages("GLOVE-EXAM") == {"committed": 200, "missing": 100}
    assert hub.why(lambda: hub.go(box["UNDP"], "arrive", who="channel")) == "state" and doctor.differences() == []


@pytest.mark.parametrize(("verb", "missing"), [("lose", 300), ("destroy", 300), ("return", 0), ("divert", 0)])
def test_what_ends_it_ends_every_part(hub: Hub, verb: str, missing: int) -> None:
    box = hub.sent_both()
    hub.go(box["UNDP"], verb, who="channel")
    assert len(set(hub.states(box).values())) == 1
    assert hub.stages() == {"committed": 50} | ({"missing": missing} if missing else {})
    assert doctor.differences() == []


def test_all_or_none(hub: Hub) -> None:
    """What is refused of one part leaves the others as they were."""
    box = hub.both()
    ConsignmentLine.objects.filter(consignment=box["UNDP"]).update(expires_on=DAY - timedelta(days=1))
    late = refused(ConsignmentRefused, lambda: hub.dispatch(box["WHO"], who="channel"))
    assert (late.reason, late.line) == ("expired", hub.theirs.uuid)
    assert set(hub.states(box).values()) == {"planned"} and hub.stages() == {"committed": 350}
    ConsignmentLine.objects.filter(consignment=box["UNDP"]).update(expires_on=None)
    hub.dispatch(box["WHO"], who="channel")
    Consignment.objects.filter(pk=box["UNDP"].pk).update(dispatched_on=DAY + timedelta(days=1))
    assert hub.why(lambda: hub.go(box["WHO"], "arrive", who="carrier")) == "before_dispatch"
    assert set(hub.states(box).values()) == {"dispatched"}


def test_another_day_and_another_waybill_are_those_of_the_whole_box(hub: Hub) -> None:
    box, day = hub.sent_both(), DAY + timedelta(days=9)
    hub.expected(box["WHO"], day, who="channel")
    assert {part.expected_on for part in hub.parts(box["WHO"]).values()} == {day}
    assert hub.why(lambda: hub.expected(box["UNDP"], day, who="channel")) == "same"
    hub.receive(box["WHO"])
    hub.waybill(box["UNDP"], "999-12", who="channel")
    assert {part.waybill for part in hub.parts(box["WHO"]).values()} == {"999-12"}, "what was received too"
    with make.as_(hub.people["approver"]):
        for waybill in ("99912", WAYBILL):
            found = queries.by_waybill(queries.for_actor(), waybill)
            assert len(found) == 2 and list(queries.once(found)) == [box["WHO"]]
        said = [one.event for one in of_consignment(*queries.whole(box["WHO"], today=DAY))]
    assert said.count("support.consignment_waybill") == said.count("support.consignment_sent") == 1


# ── who sees what ────────────────────────────────────────────────────────────
def test_a_giver_never_sees_the_part_of_another(hub: Hub) -> None:
    box = hub.sent_both()
    hub.attest(box["WHO"], 300, who="focal point")
    assert {name: hub.seen(name, box) for name in hub.people} == {
        **{name: {"WHO", "UNDP"} for name in SEE_ALL}, "giver": {"WHO"}, "other giver": {"UNDP"},
        **{name: set() for name in ("other member", "coordination", "operator", "third giver")},
    }  # fmt: skip
    by = hub.people["other giver"]
    with make.as_(by):
        mine = queries.whole(box["UNDP"], today=DAY)
        assert mine == [box["UNDP"]] and queries.find(box["WHO"].uuid, today=DAY) is None
        assert [one.lot for one in queries.lines(*mine)] == ["U-9"] and not queries.attestations(*mine)
        told = str(of_consignment(*mine))
    assert "WHO" not in told and "L-1" not in told and "300" not in told


def test_lists_count_a_box_once(hub: Hub) -> None:
    box = hub.sent_both()
    hub.plan(Packed(hub.gloves, 1000), waybill="2")
    with make.as_(hub.people["approver"]):
        found = queries.for_actor()
        assert queries.counts(found) == {"planned": 1, "under_way": 1, "held": 0, "received": 0, "ended": 0}
        shown = queries.once(found.filter(state="dispatched"))
        assert list(shown) == [box["WHO"]]
        assert {part.giver.code for part in queries.parts(shown, found)[box["WHO"].box]} == {"WHO", "UNDP"}


# ── what was seen ────────────────────────────────────────────────────────────
def test_a_count_is_matched_by_waybill_and_lot_whoever_gave_it(hub: Hub) -> None:
    box = hub.sent_both()
    masks, gloves = hub.lines(box)

    def attest(*seen: Seen, who: str = "carrier", **more: Any) -> list[Attestation]:
        with make.as_(hub.people[who]):
            return attestations.attest(box["WHO"], seen, place="Lusaka", on=DAY, by=hub.people[who], at=make.AT, **more)

    audit = last_audit()
    assert len(attest(Seen(masks, 298_000), Seen(gloves, 100_000))) == 2
    assert attest(Seen(masks, 298_000), Seen(gloves, 100_000)) == [] and len(events(audit)) == 2
    assert hub.why(lambda: attest(Seen(gloves, 1), who="giver")) == "not_in_it"
    gloves_item = make.item("GLOVE-EXAM")
    assert hub.why(lambda: attest(unlisted=[Unlisted(gloves_item, 1000, "U-9")])) == "listed", "in another part"
    attest(unlisted=[Unlisted(gloves_item, 7000, "Z-1")])
    attest(unlisted=[Unlisted(gloves_item, 7000, "U-9")], who="giver")  # what UNDP packed, WHO does not know
    for who, lots in (("approver", {"Z-1", "U-9"}), ("giver", {"U-9"}), ("other giver", set())):
        with make.as_(hub.people[who]):
            assert {one.lot for one in queries.unlisted(*queries.whole(box["WHO"], today=DAY))} == lots


# ── receipts ─────────────────────────────────────────────────────────────────
def test_a_receipt_for_each_giver_adds_up_and_counts_once(hub: Hub) -> None:
    box, by = hub.sent_both(), hub.people["focal point"]
    masks, gloves = hub.lines(box)
    counted = [count(masks, 280, 15, 5), count(gloves, 90, 0, 10, 3)]
    with make.as_(by):
        made = box_receipts.receive(counted, on=DAY, by=by, at=make.AT, note="Rain")
    assert [(one.consignment.giver.code, one.number, one.note) for one in made] == [
        ("WHO", 1, "Rain"), ("UNDP", 1, "Rain")
    ]  # fmt: skip
    assert hub.states(box) == {"WHO": "received", "UNDP": "received"}
    assert hub.stages() == {"committed": 50, "received": 280, "rejected": 15, "missing": 5}
    assert hub.stages("GLOVE-EXAM") == {"committed": 200, "received": 93, "missing": 10} and doctor.differences() == []
    reads = {name: set() for name in hub.people}
    for name, person in hub.people.items():
        with make.as_(person):
            reads[name] = {one.consignment.giver.code for one in made if receipts.find(one.code)}
    assert {name: givers for name, givers in reads.items() if givers} == {
        "giver": {"WHO"}, "other giver": {"UNDP"}, "channel": {"WHO", "UNDP"}, "focal point": {"WHO", "UNDP"},
        "approver": {"WHO", "UNDP"},
    }  # fmt: skip
    hub.receive(box["WHO"], [count(masks, 300)], supersedes=made[0])
    assert hub.stages() == {"committed": 50, "received": 300}, "a correction is of one part"


def test_receipts_of_a_box_are_all_or_none(hub: Hub) -> None:
    box, by = hub.sent_both(), hub.people["focal point"]
    masks, gloves = hub.lines(box)
    cases = {
        "adds_up": [count(masks, 300), count(gloves, 99)],
        "received_already": [count(masks, 300), count(gloves, 100)],
        "nothing": [],
    }

    def receive(counted: Any, who: Any = by) -> Any:
        with make.as_(who):
            return box_receipts.receive(counted, on=DAY, by=who, at=make.AT)

    assert hub.why(lambda: receive(cases["adds_up"])) == "adds_up"
    refused(NotAllowed, lambda: receive(cases["received_already"], hub.people["channel"]))
    assert not Receipt.objects.exists() and hub.stages() == {"committed": 50, "in_transit": 300}
    hub.receive(box["UNDP"])
    assert hub.states(box) == {"WHO": "dispatched", "UNDP": "received"}
    for reason in ("received_already", "nothing"):
        assert hub.why(lambda reason=reason: receive(cases[reason])) == reason
    hub.go(box["UNDP"], "lose", who="focal point")
    assert hub.states(box) == {"WHO": "lost", "UNDP": "received"}
    assert len(receive([count(masks, 299, 0, 1)])) == 1, "it turned up"
