"""Timelines: what happened to a need and a request, to each reader as far as he or she may know it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from django.utils.translation import override
from tests import make
from tests.support.box import Boxes, count

from unmet.access.models import Release, Role
from unmet.books import services as books
from unmet.needs import comments
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Person
from unmet.support import history, offers, requests
from unmet.support.consignments import Packed
from unmet.support.history import Happened
from unmet.support.models import Offer
from unmet.support.offer_rules import LineDraft, OfferDraft
from unmet.web.desk import history as web_history

pytestmark = pytest.mark.django_db


def after(hours: int) -> datetime:
    """So many hours later."""
    return make.AT + timedelta(hours=hours)


def events(found: Sequence[Happened]) -> list[str]:
    """What happened, the oldest first."""
    return [one.event for one in reversed(found)]


class World:
    """Zambia stated masks, revised them, and showed them to everyone; UNDP gave some; WHO was asked."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved([make.line()], of="ZMB", round_=self.round)
        make.approved([make.line(quantity=900)], of="ZMB", round_=self.round, at=after(1))
        self.need = Need.objects.get()
        self.own, self.approver = make.focal_point("ZMB"), make.approver("ZMB")
        self.who, self.undp = make.person(Role.RESPONDER, "WHO"), make.person(Role.RESPONDER, "UNDP")
        make.released("ZMB", at=after(2))
        make.approved([make.line(quantity=800)], of="ZMB", round_=self.round, at=after(3))
        for hour, stage, by in (
            (4, "pledged", self.undp), (5, "committed", self.approver), (6, "in_transit", self.undp),
            (7, "received", self.approver),
        ):  # fmt: skip
            line = make.support_line("UNDP", "ZMB", stage, 300, reference="one")
            make.stated([line], by=by, round_=self.round, at=after(hour))

    def read(self, who: Person, *, at: datetime | None = None) -> list[Happened]:
        """The timeline of the need as somebody reads it."""
        with make.as_(who, at=at or after(20)):
            return history.of_need(self.need)


WORLD = World


@pytest.fixture
def world(fresh: World) -> World:
    """See `World`."""
    return fresh


def test_its_own_people_read_all_of_it(world: World) -> None:
    found = world.read(world.own)
    assert events(found) == [
        "needs.submitted", "needs.approved", "books.stated", "needs.submitted", "needs.approved", "books.revised",
        "access.released", "needs.submitted", "needs.approved", "books.revised", "books.pledged", "books.committed",
        "books.dispatched", "books.received",
    ]  # fmt: skip
    revised = next(one for one in found if one.event == "books.revised")
    assert dict(revised.quantities) == {"before": 900_000, "quantity": 800_000}
    assert found[0].quantities["quantity"] == 300_000 and found[0].values["giver"] == "UNDP"
    assert {one.at for one in found} >= {after(hour) for hour in range(8)}


def test_others_read_what_happened_since_it_is_shown_and_no_day_of_a_promise(world: World) -> None:
    found = world.read(world.who)
    assert events(found) == ["books.shown", "books.revised", "books.received_unnamed"]
    first = found[-1]
    assert (first.at, dict(first.quantities), first.party) == (after(2), {"quantity": 900_000}, "ZMB")
    assert "giver" not in found[0].values
    assert dict(found[1].quantities) == {"before": 900_000, "quantity": 800_000}, "what the public page shows too"


def test_a_giver_reads_the_days_of_what_it_gave(world: World) -> None:
    assert events(world.read(world.undp))[2:] == [
        "books.pledged", "books.committed", "books.dispatched", "books.received",
    ]  # fmt: skip


def test_whoever_is_not_shown_it_reads_nothing(world: World) -> None:
    by = world.approver
    with make.as_(by, at=after(8)):
        needs.withdraw_release(Release.objects.get(), by=by, at=after(8))
    assert world.read(world.who) == []
    make.released("ZMB", at=after(9))
    assert events(world.read(world.who)) == ["books.shown"], "what was before is not shown by a later release"
    with make.as_(by, at=after(10)):
        needs.hold_back(world.need, by=by, at=after(10))
    make.approved([make.line(quantity=700)], of="ZMB", round_=world.round, at=after(11))
    with make.as_(by, at=after(12)):
        needs.lift_hold_back(world.need, by=by, at=after(12))
    [shown] = world.read(world.who)
    assert (shown.event, shown.at) == ("books.shown", after(12)), "nor what happened while it was held back"
    assert dict(shown.quantities) == {"quantity": 700_000}
    assert events(world.read(world.own))[-5:] == [
        "access.held_back", "needs.submitted", "needs.approved", "books.revised", "access.hold_back_lifted",
    ]  # fmt: skip


def test_a_correction_says_from_which_stage_to_which() -> None:
    boxes = Boxes()
    box = boxes.sent(Packed(boxes.masks, 300_000))
    line = box.lines.get()
    first = boxes.receive(box, [count(line, 250, 0, 50, 9)])
    boxes.receive(box, [count(line, 280, 0, 20, 2)], supersedes=first)
    with make.as_(boxes.person("other giver"), at=after(1)):
        found = history.of_need(Need.objects.get(item__code="MASK-IIR"))
    told = [(one.event, dict(one.quantities), dict(one.values)) for one in reversed(found)][-2:]
    assert told == [
        ("books.receipt_corrected", {"quantity": 30_000}, {"from": "missing", "to": "received"}),
        ("books.surplus_lowered", {"quantity": 7_000}, {}),
    ]
    with override("en"):
        says = web_history.says(found[1], {"ZMB": "Zambia"}, make.item("MASK-IIR"))
    assert says == "Zambia corrected a receipt: 30 piece from “missing” to “received”."


def test_comments_are_read_by_whoever_sees_it(world: World) -> None:
    with make.as_(world.undp, at=after(9)):
        said = comments.write(world.need, "Which?", party=make.party("UNDP"), by=world.undp, at=after(9))
    with make.as_(world.own, at=after(10)):
        comments.answer(said, "These", by=world.own, at=after(10))
    for who in (world.own, world.who):
        assert events(world.read(who))[-2:] == ["needs.commented", "needs.comment_answered"]
    assert world.read(world.who)[1].party == "UNDP"


def test_lapsed_ended_and_stated_again(world: World) -> None:
    late = make.AT + timedelta(days=410)
    books.settle(at=late)
    assert events(world.read(world.who, at=late))[-1] == "books.lapsed"
    assert world.read(world.who, at=late)[0].party == "", "time did it"
    make.approved([make.line(quantity=5)], of="ZMB", round_=world.round, at=late)
    make.approved([make.line(quantity=0)], of="ZMB", round_=world.round, at=late + timedelta(hours=1))
    assert events(world.read(world.who, at=late + timedelta(hours=2)))[-3:] == [
        "books.lapsed", "books.stated", "books.ended",
    ]  # fmt: skip


def test_a_later_round_takes_it_on(world: World) -> None:
    make.stated(
        [make.support_line("UNDP", "ZMB", "pledged", 10, reference="two")], by=world.undp, round_=world.round,
        at=after(8),
    )  # fmt: skip
    later = make.round_("r2", of="other", at=after(9), period=(date(2021, 7, 1), date(2021, 12, 31)))
    assert later
    assert events(world.read(world.own))[-1] == "books.pledged"


# ── requests ─────────────────────────────────────────────────────────────────
def test_a_request_to_its_two_sides(world: World) -> None:
    request = make.asked(100, of="ZMB", to=["WHO", "UNICEF"], at=after(8))
    make.answered(request, of="WHO", at=after(9))
    make.answered(request, of="UNICEF", reason="secret of UNICEF", at=after(10))
    by = world.approver
    with make.as_(by, at=after(11)):
        requests.stop(request, reason="The store is full", by=by, at=after(11))
        requests.lift(request, by=by, at=after(12))
        requests.close(request, by=by, at=after(13))

    def read(who: Person) -> list[Happened]:
        with make.as_(who, at=after(20)):
            return history.of_request(request)

    sent = ["support.request_sent"]
    ended = ["support.request_stopped", "support.request_lifted", "support.request_closed"]
    assert events(read(world.own)) == ["support.request_saved", *sent, *["support.request_answered"] * 2, *ended]
    assert events(read(world.who)) == [*sent, "support.request_answered", *ended]
    assert "UNICEF" not in str(read(world.who))
    assert read(world.who)[2].reason == "The store is full"
    asked = [one for one in events(world.read(world.own)) if one.startswith("support.request")]
    assert asked == events(read(world.own)), "the need tells it too"
    assert not [one for one in events(world.read(world.undp)) if one.startswith("support.request")]


# ── offers ───────────────────────────────────────────────────────────────────
def test_an_offer_to_its_two_sides_and_nobody_elses_answer() -> None:
    round_ = make.round_()
    for code in ("ZMB", "CUB"):
        make.approved([make.line()], of=code, round_=round_)
    giver = make.person(Role.RESPONDER, "WHO")
    wanted = OfferDraft(
        "supplies", Offer.Aim.MEMBERS, date(2021, 3, 1), [LineDraft(make.item("MASK-IIR"), 5_000)],
        members=[make.party("ZMB"), make.party("CUB")],
    )  # fmt: skip
    with make.as_(giver):
        draft = offers.save(wanted, giver=make.party("WHO"), by=giver, at=make.AT)
        made = offers.offer(draft, version=1, by=giver, at=after(1))
    make.declined(made, of="CUB", at=after(2))

    def read(who: Person) -> list[Happened]:
        with make.as_(who, at=after(9)):
            return history.of_offer(made)

    assert events(read(giver)) == ["support.offer_saved", "support.offered", "support.offer_declined"]
    assert events(read(make.focal_point("CUB"))) == ["support.offered", "support.offer_declined"]
    assert events(read(make.focal_point("ZMB"))) == ["support.offered"]
    assert "No store" not in str(read(make.focal_point("ZMB")))
