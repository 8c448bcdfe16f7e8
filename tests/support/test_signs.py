"""Stop sending, and a need that waits: who reads it, who is told, who may say it; and what it asks at dispatch."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests import make, once
from tests.refusals import refused
from tests.support.box import Boxes

from unmet.access.models import Release
from unmet.audit.models import AuditRow
from unmet.books.models import Entry
from unmet.needs import services as needs
from unmet.needs import standing
from unmet.needs.models import Need
from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support import answers, commitments, request_lines, requests, signs
from unmet.support.models import AssistanceRequest, NeedStop
from unmet.support.requests import RequestRefused

pytestmark = pytest.mark.django_db


class World(Boxes):
    """The boxes of Zambia, whose needs nobody else sees any more, and its verbs."""

    def __init__(self) -> None:
        super().__init__()
        self.need = Need.objects.select_related("member", "item").get(item__code="MASK-IIR")
        for release in Release.objects.filter(withdrawn_at=None):
            self.by("approver", needs.withdraw_release, release)

    def by(self, who: str, deed: Any, *said: Any, **more: Any) -> Any:
        """Do something as somebody."""
        by = self.people[who]
        with make.as_(by):
            return deed(*said, by=by, at=make.AT, **more)

    def stop(self, who: str = "focal point", **more: Any) -> NeedStop:
        """Stop sending for masks, beside the need."""
        made: NeedStop = self.by(who, signs.stop, self.need, **{"reason": "The store is full", **more})
        return made

    def reads(self, who: str) -> list[str]:
        """What somebody reads of the need."""
        with make.as_(self.people[who]):
            return [sign.kind for sign in signs.shown([self.need.uuid])]

    def told(self, kind: str) -> dict[str, str]:
        """Who was told of a kind, each once, and to which page it leads."""
        names = {person.pk: name for name, person in self.people.items()}
        found = [(names.get(one.person_id, "?"), one.link_name) for one in Notice.objects.filter(kind=kind)]
        assert len(dict(found)) == len(found)
        return dict(found)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """See `World`."""
    yield from once.a_file(django_db_blocker, World)


SHIPS = {"giver": "support", "channel": "consignments", "carrier": "consignments"}


# ── who reads and hears it ───────────────────────────────────────────────────
def test_stopped_beside_the_need_without_any_request(world: World) -> None:
    box, entries = world.plan(), Entry.objects.count()
    world.stop()
    row = AuditRow.objects.latest("pk")
    assert (row.event, row.reason, row.subject) == ("support.need_stopped", "The store is full", str(world.need.uuid))
    assert world.told("support.sending_stopped") == SHIPS
    for who in ("giver", "channel", "carrier", "focal point", "approver"):
        assert world.reads(who) == ["stopped"], who
    for who in ("other giver", "other member", "coordination", "operator"):
        assert world.reads(who) == [], who
    world.by("approver", signs.lift, world.need)
    assert world.told("support.sending_lifted") == SHIPS and world.reads("giver") == []
    assert world.dispatch(box).state == "dispatched"
    assert Entry.objects.count() > entries, "only dispatch moves anything"


def test_whoever_sees_the_need_in_detail_reads_it(world: World) -> None:
    world.stop()
    make.released("ZMB", audience="named", named=[make.party("UNDP")])
    assert (world.reads("other giver"), world.reads("other member")) == (["stopped"], [])


def test_a_request_that_stops_is_told_to_channel_and_carrier_too(world: World) -> None:
    world.plan()
    asked = make.asked(400, of="ZMB", to=["UNDP"])
    world.by("focal point", requests.stop, asked, reason="Full")
    assert world.told("support.request_stopped") == {"other giver": "assistance_one"}
    assert world.told("support.sending_stopped") == SHIPS


def test_stopped_beside_the_need_is_told_to_those_asked_for_it(world: World) -> None:
    make.asked(400, of="ZMB", to=["UNDP", "WHO"])
    world.stop()
    assert world.told("support.sending_stopped") == {
        "giver": "assistance_one", "other giver": "assistance_one", "channel": "consignments"
    }  # fmt: skip


def test_paused_is_told_and_read_like_it_without_its_reason(world: World) -> None:
    world.plan()
    world.by("approver", standing.pause, world.need, reason="A secret of ours")
    assert world.told("support.need_paused") == SHIPS
    assert "secret" not in str([one.data for one in Notice.objects.all()])
    with make.as_(world.people["giver"]):
        [sign] = signs.shown([world.need.uuid])
    assert (sign.kind, sign.since, sign.reason) == ("paused", make.AT, "")
    assert world.reads("other giver") == []
    world.by("approver", standing.resume, world.need)
    assert world.told("support.need_resumed") == SHIPS and world.reads("giver") == []


# ── dispatch asks ────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", ["stopped", "paused"])
def test_dispatch_asks_whether_the_sender_knows(world: World, kind: str) -> None:
    box = world.plan()
    if kind == "stopped":
        world.stop()
    else:
        world.by("approver", standing.pause, world.need, reason="It waits")
    assert world.why(lambda: world.dispatch(box)) == kind
    assert world.dispatch(box, knowing=True).state == "dispatched"
    assert AuditRow.objects.get(event="support.consignment_sent").detail["knowing"] == [kind]


@pytest.mark.parametrize("end", ["close", "withdraw"])
def test_a_request_that_ended_while_stopped_says_so_as_long_as_something_is_committed(world: World, end: str) -> None:
    box, asked = world.plan(), make.asked(400, of="ZMB", to=["UNDP"])
    world.by("approver", requests.stop, asked, reason="Full")
    world.by("approver", getattr(requests, end), asked, **({"reason": "Met"} if end == "withdraw" else {}))
    assert world.reads("giver") == ["stopped"]
    assert world.why(lambda: world.dispatch(box)) == "stopped"
    Notice.objects.all().delete()
    world.by("focal point", requests.lift, asked)
    assert world.told("support.request_lifted") == {} and world.told("support.sending_lifted") == SHIPS
    asked.refresh_from_db()
    assert asked.stopped_at is None and asked.reason == ("Met" if end == "withdraw" else "Full")
    assert world.dispatch(box).state == "dispatched"


def test_with_nothing_committed_what_ended_says_nothing(world: World) -> None:
    asked = make.asked(400, of="ZMB", to=["UNDP"])
    world.by("approver", requests.stop, asked, reason="Full")
    world.dispatch(world.plan(), knowing=True)
    assert world.reads("giver") == ["stopped"]
    world.by("approver", requests.close, asked)
    assert world.reads("giver") == []


def test_a_line_withdrawn_after_the_stop_still_says_so_one_withdrawn_before_never_did(world: World) -> None:
    gloves = Need.objects.get(item__code="GLOVE-EXAM")
    wanted = requests.Wanted(lines=[(world.need, 1000), (gloves, 1000)], addressees=[make.party("UNDP")])
    asked = world.by("approver", requests.save, wanted, member=world.zambia)
    world.by("approver", requests.send, asked, version=1, until_on=None)
    world.by("approver", requests.stop, asked, reason="Full")
    for line, at in zip(asked.lines.order_by("pk"), (make.AT, make.AT.replace(year=2020)), strict=True):
        asked.lines.filter(pk=line.pk).update(withdrawn_at=at, withdrawn_why="Ours")
    with make.as_(world.people["giver"]):
        [sign] = signs.shown([world.need.uuid, gloves.uuid])
    assert sign.needs == {world.need.uuid}


def test_who_gives_for_a_line_that_was_withdrawn_before_is_not_told(world: World) -> None:
    gloves = Need.objects.get(item__code="GLOVE-EXAM")
    wanted = requests.Wanted(lines=[(world.need, 1000), (gloves, 1000)], addressees=[make.party("UNDP")])
    asked = world.by("approver", requests.save, wanted, member=world.zambia)
    world.by("approver", requests.send, asked, version=1, until_on=None)
    world.by("approver", request_lines.withdraw, asked.lines.get(need=world.need), reason="Ours")
    asked.lines.filter(need=world.need).update(withdrawn_at=make.AT.replace(year=2020))
    world.by("approver", commitments.take_back, world.gloves, 200_000, party=world.zambia, reason="Ours")
    world.by("approver", requests.stop, asked, reason="Full")
    assert world.told("support.sending_stopped") == {} and world.reads("giver") == []


# ── saying it ────────────────────────────────────────────────────────────────
def test_it_says_why_and_is_said_again_after_it_was_lifted(world: World) -> None:
    assert refused(RequestRefused, lambda: world.stop(reason=" ")).reason == "why"
    assert refused(RequestRefused, lambda: world.stop(reason="x" * 501)).reason == "too_long"
    world.stop("approver")
    world.by("focal point", signs.lift, world.need)
    assert world.stop().need == world.need and NeedStop.objects.count() == 2


def test_nothing_can_be_given_for_it_while_it_is_stopped(world: World) -> None:
    asked = make.asked(400, of="ZMB", to=["UNDP"])
    world.stop()
    why = refused(RequestRefused, lambda: _give(asked, world.people["other giver"]))
    assert why.reason == "stopped"


def _give(asked: AssistanceRequest, by: Person) -> None:
    with make.as_(by):
        said = answers.Said("part", quantity=1000)
        answers.answer(asked.lines.get(), said, party=make.party("UNDP"), by=by, at=make.AT)
