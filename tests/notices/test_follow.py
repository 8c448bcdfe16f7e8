"""Whoever follows something is told what becomes of it, and nothing that the page itself would not show."""

import ast
import inspect
import uuid
from datetime import datetime, timedelta

import pytest
from django.utils.translation import override

from tests import make
from tests.notices.letters_world import work
from tests.support.box import Boxes
from unmet.access.models import Release, Role
from unmet.needs import comments, followed
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.notices import following, gates, kinds
from unmet.notices import services as notices
from unmet.notices.following import FollowRefused, Subject
from unmet.notices.models import Follow, FollowedUntil, Group, How, Notice
from unmet.parties.models import Person
from unmet.support import request_lines, request_telling, requests
from unmet.support.consignments import Packed
from unmet.support.models import AssistanceRequest

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(hours=1)
SOON = LATER + timedelta(minutes=1)


class World:
    """Zambia needs masks and gloves, and shows the masks to all in detail, the gloves to WHO as figures."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved([make.line(), make.line("VENT-ICU", 50)], of="ZMB", round_=self.round)
        make.released("ZMB")
        self.masks = Need.objects.get(item__code="MASK-IIR")
        self.ventilators = Need.objects.get(item__code="VENT-ICU")
        self.who = make.person(Role.RESPONDER, "WHO")
        self.cuba = make.focal_point("CUB")
        Notice.objects.all().delete()

    def follow(self, who: Person, subject: Subject, *, at: datetime = make.AT) -> bool:
        """Somebody follows something."""
        with make.as_(who, at=at):
            return followed.follow(subject, by=who, at=at)

    def restated(self, quantity: int, code: str = "MASK-IIR", *, at: datetime = LATER) -> None:
        """Zambia says another number, and approves it."""
        make.approved([make.line(code, quantity)], of="ZMB", round_=self.round, at=at)

    @property
    def release(self) -> Release:
        """The one release."""
        return Release.objects.get()


WORLD = World


@pytest.fixture
def world(fresh: World) -> World:
    """See `World`."""
    return fresh


def told(who: Person | None = None, *, at: datetime = SOON) -> list[str]:
    """The worker does what it does; then the kinds of what is told to followers, oldest first."""
    followed.ask(at=at)
    work(at)
    found = Notice.objects.filter(kind__startswith="follow.").order_by("pk")
    return [notice.kind for notice in (found.filter(person=who) if who else found)]


# ── following ────────────────────────────────────────────────────────────────
def test_twice_is_once_and_stopping_needs_no_right(world: World) -> None:
    subject = Subject.need(world.masks.uuid)
    assert [world.follow(world.who, subject) for _ in range(2)] == [True, False]
    with make.as_(None):
        assert [following.unfollow(subject, by=world.who) for _ in range(2)] == [True, False]
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    "subject",
    [Subject.need(uuid.uuid4()), Subject.request(uuid.uuid4()), Subject.item("NOTHING"), Subject.member("WHO")],
)
def test_what_is_not_there_cannot_be_followed(world: World, subject: Subject) -> None:
    with pytest.raises(FollowRefused) as refused:
        world.follow(world.who, subject)
    assert refused.value.reason == "unseen" and not Follow.objects.exists()


def test_what_one_does_not_see_is_not_there(world: World) -> None:
    subject = Subject.need(world.ventilators.uuid)
    for who in (world.who, world.cuba, make.person()):
        with pytest.raises(FollowRefused):
            world.follow(who, subject)
    assert world.follow(make.focal_point("ZMB"), subject)
    with pytest.raises(FollowRefused):
        world.follow(make.person(), Subject.item("MASK-IIR"))


def test_released_as_figures_is_no_thread_to_follow(world: World) -> None:
    make.released("ZMB", level="figures", sectors=["CASE"])
    with pytest.raises(FollowRefused):
        world.follow(world.who, Subject.need(world.ventilators.uuid))


def test_there_is_a_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST", 1)
    world.follow(world.who, Subject.item("MASK-IIR"))
    with pytest.raises(FollowRefused) as refused:
        world.follow(world.who, Subject.item("VENT-ICU"))
    assert refused.value.reason == "too_many"


# ── what the books say ───────────────────────────────────────────────────────
def test_revised_ended_and_stated_again(world: World) -> None:
    world.follow(world.who, Subject.need(world.masks.uuid))
    assert told() == []
    world.restated(800)
    assert told(world.who) == ["follow.need_revised"]
    notice = Notice.objects.get(kind="follow.need_revised")
    assert (notice.link_name, notice.link_arguments) == ("detail_line", [str(world.masks.uuid)])
    assert "800" not in str(notice.data)
    with override("en"):
        says = kinds.says(notice.kind, notice.data, kinds.Names.of([notice.data]))
        assert says == f"Zambia revised how much it needs: {make.item('MASK-IIR').name}."
    assert told() == ["follow.need_revised"], "once"
    world.restated(0, at=LATER + timedelta(hours=1))
    world.restated(5, at=LATER + timedelta(hours=2))
    assert told()[1:] == ["follow.need_revised"], "what came and went between is one change"
    world.restated(0, at=LATER + timedelta(hours=3))
    assert told()[2:] == ["follow.need_ended"]
    world.restated(7, at=LATER + timedelta(hours=4))
    assert told()[3:] == ["follow.need_stated"]


def test_covered_received_met_and_never_pledged_or_sent(world: World) -> None:
    world.follow(world.who, Subject.need(world.masks.uuid))
    giver, approver = make.person(Role.RESPONDER, "UNDP"), make.approver("ZMB")

    def state(by: Person, stage: str, **quantities: int) -> list[str]:
        before = Notice.objects.filter(kind__startswith="follow.").count()
        lines = [make.support_line("UNDP", "ZMB", stage, n, reference=name) for name, n in quantities.items()]
        make.stated(lines, by=by, round_=world.round, at=LATER)
        return told(world.who)[before:]

    assert state(giver, "pledged", one=400, two=600) == []
    assert state(approver, "committed", one=400, two=600) == ["follow.need_covered"]
    assert state(giver, "in_transit", one=400, two=600) == [], "the day it leaves is nobody's business"
    assert state(approver, "received", one=400) == ["follow.need_received"]
    assert state(approver, "received", two=600) == ["follow.need_met"]


def test_what_was_short_corrected_or_lost_covers_less() -> None:
    boxes = Boxes()
    who = boxes.person("other giver")
    with make.as_(who):
        followed.follow(Subject.need(Need.objects.get(item__code="MASK-IIR").uuid), by=who, at=make.AT)
    box = boxes.sent(Packed(boxes.masks, 200_000))
    assert told(who) == []
    receipt = boxes.receive(box, boxes.counted(box, MASK_IIR=(150, 0, 50)))
    assert told(who) == ["follow.need_received", "follow.need_less_covered"]
    boxes.receive(box, boxes.counted(box, MASK_IIR=(100, 0, 100)), supersedes=receipt)
    assert told(who)[2:] == ["follow.need_less_covered"]
    boxes.go(boxes.sent(Packed(boxes.masks, 100_000), waybill="157-2"), "lose")
    assert told(who)[3:] == ["follow.need_less_covered"]
    boxes.accepted("M-2", 30)
    assert told(who)[4:] == ["follow.need_covered"]


def test_lapsed(world: World) -> None:
    world.follow(world.who, Subject.need(world.masks.uuid))
    late = make.AT + timedelta(days=500)
    for person in (world.who, make.person(Role.RESPONDER, "UNDP")):
        assert person.appointments.get().until_on > late.date()
    followed.books.settle(at=late)
    assert told(world.who, at=late + timedelta(minutes=1)) == ["follow.need_lapsed"]


def test_an_item_is_told_once_a_member_to_whom_it_is_shown(world: World) -> None:
    for who in (world.who, world.cuba):
        world.follow(who, Subject.item("VENT-ICU"))
        world.follow(who, Subject.item("MASK-IIR"))
    make.released("ZMB", sectors=["CASE"], level="figures", audience="named", named=[make.party("WHO")])
    world.restated(60, "VENT-ICU")
    other = make.line("VENT-ICU", 70, place_name="Lusaka")
    make.approved([other], of="ZMB", round_=world.round, at=LATER)
    assert sorted(told(world.who)) == ["follow.item_changed", "follow.item_stated"]
    assert told(world.cuba) == []
    notice = Notice.objects.filter(person=world.who)[0]
    assert (notice.link_name, notice.link_arguments) == ("changes", [])


def test_ones_own_needs_are_no_news_of_an_item(world: World) -> None:
    own = make.focal_point("ZMB")
    world.follow(own, Subject.item("MASK-IIR"))
    world.restated(800)
    assert told(own) == []


def test_what_happened_before_one_followed_is_not_told(world: World) -> None:
    world.follow(world.cuba, Subject.need(world.masks.uuid))
    world.restated(800)
    world.follow(world.who, Subject.need(world.masks.uuid), at=LATER + timedelta(seconds=1))
    assert (told(world.cuba), told(world.who)) == (["follow.need_revised"], [])


def test_while_nobody_follows_nothing_is_kept_for_later(world: World) -> None:
    subject = Subject.need(world.masks.uuid)
    assert not followed.ask(at=LATER)
    world.follow(world.who, subject)
    following.unfollow(subject, by=world.who)
    world.restated(800)
    assert not followed.ask(at=SOON)
    assert FollowedUntil.objects.get().sequence == followed.books.last_sequence()


def test_two_workers_tell_once(world: World) -> None:
    world.follow(world.who, Subject.need(world.masks.uuid))
    world.restated(800)
    followed.ask(at=SOON)
    world.restated(900)
    followed.ask(at=SOON)
    work(SOON)
    assert told() == ["follow.need_revised"] * 2


# ── who is not told ──────────────────────────────────────────────────────────
def end_release(world: World) -> None:
    """The member withdraws the release."""
    by = make.approver("ZMB")
    with make.as_(by, at=LATER):
        needs.withdraw_release(world.release, by=by, at=LATER)


def hold_back(world: World) -> None:
    """The member keeps the need back."""
    by = make.approver("ZMB")
    with make.as_(by, at=LATER):
        needs.hold_back(world.masks, by=by, at=LATER)


def end_appointment(world: World) -> None:
    """The person speaks for nobody any more."""
    world.who.appointments.update(ended_at=LATER)


@pytest.mark.parametrize("end", [end_release, hold_back, end_appointment])
def test_whoever_sees_it_no_more_hears_nothing_and_no_letter_goes(world: World, end) -> None:
    subject = Subject.need(world.masks.uuid)
    world.follow(world.who, subject)
    world.restated(800)
    assert told(world.who) == ["follow.need_revised"]
    notice = Notice.objects.get(person=world.who)
    assert gates.may_be_told(notice, at=SOON) and gates.is_still_so(notice, at=SOON)
    end(world)
    assert not gates.may_be_told(notice, at=SOON)
    world.restated(700)
    by = make.approver("ZMB")
    with make.as_(by, at=LATER):
        needs.hold_back(world.masks, by=by, at=LATER)
    assert told(world.who) == ["follow.need_revised"], "and nothing new"
    with make.as_(world.who, at=SOON):
        assert following.named(list(following.followed(by=world.who)))[0][1] is None


def test_no_letter_is_written_about_what_one_follows_no_more(world: World) -> None:
    subject = Subject.need(world.masks.uuid)
    world.follow(world.who, subject)
    world.restated(800)
    told()
    notice = Notice.objects.get(person=world.who)
    following.unfollow(subject, by=world.who)
    assert gates.may_be_told(notice, at=SOON) and not gates.is_still_so(notice, at=SOON)


# ── comments and requests ────────────────────────────────────────────────────
def test_a_comment(world: World) -> None:
    own, by = make.focal_point("ZMB"), make.person(Role.RESPONDER, "UNDP")
    for who in (world.who, own, by):
        world.follow(who, Subject.need(world.masks.uuid))
    with make.as_(by, at=LATER):
        comments.write(world.masks, "A secret word", party=make.party("UNDP"), by=by, at=LATER)
    assert told() == ["follow.commented"], "the owner is told as the owner, and nobody of what he or she did"
    assert Notice.objects.get(kind="follow.commented").person == world.who
    assert "secret" not in str(Notice.objects.get(kind="follow.commented").data)


def test_requests_of_a_member_reach_those_they_ask_and_never_twice(world: World) -> None:
    coordination = make.person(Role.COORDINATION)
    for who in (world.who, world.cuba, coordination):
        world.follow(who, Subject.member("ZMB"))
        world.follow(who, Subject.need(world.masks.uuid))
    request = make.asked(100, of="ZMB", to=["WHO", "COORD"], at=LATER)
    assert told() == ["follow.request_sent"]
    assert Notice.objects.get(kind="follow.request_sent").person == coordination
    assert Notice.objects.filter(person=world.who).count() == 1, "it is asked, and told so once"
    assert not Notice.objects.filter(person=world.cuba).exists()
    with pytest.raises(FollowRefused):
        world.follow(world.cuba, Subject.request(request.uuid))


@pytest.mark.parametrize("what", ["stopped", "lifted", "withdrawn", "closed"])
def test_what_becomes_of_a_request(world: World, what: str) -> None:
    chair, by = make.person(Role.COORDINATION), make.approver("ZMB")
    request = make.asked(100, of="ZMB", to=["COORD"])
    world.follow(chair, Subject.request(request.uuid))
    with make.as_(by, at=LATER):
        if what in ("stopped", "lifted"):
            requests.stop(request, reason="secret", by=by, at=LATER)
        if what == "lifted":
            requests.lift(request, by=by, at=LATER)
        if what == "withdrawn":
            requests.withdraw(request, reason="secret", by=by, at=LATER)
        if what == "closed":
            requests.close(request, by=by, at=LATER)
    kinds_told = told(chair)
    assert kinds_told[-1] == f"follow.request_{what}" and len(kinds_told) == (2 if what == "lifted" else 1)
    notice = Notice.objects.filter(person=chair).order_by("-pk")[0]
    assert notice.link_arguments == [str(request.uuid)] and "secret" not in str(notice.data)
    assert gates.is_still_so(notice, at=SOON)
    AssistanceRequest.objects.get().addressees.clear()
    assert not gates.may_be_told(notice, at=SOON)


def test_a_line_that_is_withdrawn_of_a_request(world: World) -> None:
    chair, by = make.person(Role.COORDINATION), make.approver("ZMB")
    make.approved([make.line(), make.line("GLOVE-EXAM", 50)], of="ZMB", round_=world.round)
    both = [(need, 1000) for need in Need.objects.filter(item__code__in=("MASK-IIR", "GLOVE-EXAM"))]
    with make.as_(by):
        wanted = requests.Wanted(lines=both, addressees=[make.party("COORD")], to_everyone=False, text="")
        request = requests.save(wanted, member=make.party("ZMB"), by=by, at=make.AT)
        requests.send(request, version=1, until_on=None, by=by, at=make.AT)
    world.follow(chair, Subject.request(request.uuid))
    with make.as_(by, at=LATER):
        line = request.lines.get(need__item__code="GLOVE-EXAM")
        assert request_lines.withdraw(line, reason="secret", by=by, at=LATER) is False
    assert told(chair) == ["follow.request_line_withdrawn"]
    assert Notice.objects.get(person=chair, kind="follow.request_line_withdrawn").data == {
        "member": "ZMB", "item": "GLOVE-EXAM"
    }  # fmt: skip


# ── how ──────────────────────────────────────────────────────────────────────
def test_it_comes_once_a_day_unless_chosen_otherwise(world: World) -> None:
    world.follow(world.who, Subject.need(world.masks.uuid))
    world.follow(world.cuba, Subject.need(world.masks.uuid))
    notices.choose(world.cuba, {Group.FOLLOWED: How.AT_ONCE})
    world.restated(800)
    told()
    said = Notice.objects.filter(kind="follow.need_revised")
    assert dict(said.values_list("person", "how")) == {world.who.pk: "daily", world.cuba.pk: "at_once"}


def test_every_kind_has_its_gate_and_its_group() -> None:
    said = {name for name in kinds.KINDS if name.startswith("follow.")}
    known = {*followed.NEED_KINDS, *followed.ITEM_KINDS, *request_telling.FOLLOWED, "follow.commented"}
    assert said == known
    assert {kinds.KINDS[name].group for name in said} == {Group.FOLLOWED}
    assert all(gates._OF_KIND.get(name) and gates._STILL_SO.get(name) for name in said)
    assert {*following._FINDERS} == set(Follow.Kind.values)
    tree = ast.parse(inspect.getsource(followed.happened))
    named = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and str(node.value)[:7] == "follow."
    }
    assert named == set(followed.NEED_KINDS)
