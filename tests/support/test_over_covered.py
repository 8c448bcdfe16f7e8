"""A need of which less is approved than is on its way: both sides are asked, once, and nothing is cancelled."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests import make

from unmet.access.models import Role
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account
from unmet.needs import rounds, standing
from unmet.needs.models import Need
from unmet.notices.models import Notice
from unmet.support import queries, stating
from unmet.support.models import Line

pytestmark = pytest.mark.django_db

ASKED, GIVEN = "support.over_covered", "support.over_covered_given"


class World:
    """Zambia needs 1,000 masks; WHO has 80 on their way and UNDP 100, of which 20 have arrived; UNICEF only pledged."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved([make.line()], of="ZMB", round_=self.round)
        make.released("ZMB")
        self.givers = {code: make.person(Role.RESPONDER, code) for code in ("WHO", "UNDP", "UNICEF")}
        self.member = make.approver("ZMB")
        self.say("WHO", "pledged", 80)
        self.say("WHO", "committed", 80)
        self.say("UNDP", "pledged", 100)
        self.say("UNDP", "committed", 100)
        self.say("UNDP", "received", 20)
        self.say("UNICEF", "pledged", 500)
        Notice.objects.all().delete()

    def say(self, giver: str, stage: str, quantity: int) -> None:
        """One stage of a giver's one line."""
        by = self.member if stage in ("committed", "received") else self.givers[giver]
        line = replace(make.support_line(giver, "ZMB", stage, quantity), reference=giver)
        with make.as_(by):
            stating.state([line], round_=self.round, by=by, at=make.AT)

    def need_less(self, quantity: int) -> None:
        """The member states the need anew; somebody else of it approves."""
        make.approved([make.line(quantity=quantity)], of="ZMB", round_=self.round)


WORLD = World


@pytest.fixture
def world(fresh: World) -> World:
    """See `World`."""
    return fresh


def told() -> dict[str, set[str]]:
    """Which parties' people were told, by kind; nobody twice."""
    rows = Notice.objects.filter(kind__in=(ASKED, GIVEN)).select_related("party")
    assert len({(row.kind, row.person_id) for row in rows}) == len(rows)
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.kind, set()).add(row.party.code)
    return found


BOTH = {ASKED: {"ZMB"}, GIVEN: {"WHO", "UNDP"}}


@pytest.mark.parametrize(("quantity", "asked"), [(180, {}), (179, BOTH), (0, BOTH)])
def test_less_than_is_on_its_way_asks_the_member_and_those_who_send(world, quantity, asked):
    world.need_less(quantity)
    assert told() == asked
    account = Account.objects.get()
    assert (account.committed, account.received, account.pledged) == (160_000, 20_000, 500_000)
    assert doctor.differences() == []


def test_they_are_asked_again_only_when_it_grows(world):
    world.need_less(150)
    Notice.objects.all().delete()
    world.need_less(170)
    assert told() == {}
    world.need_less(100)
    assert told() == BOTH


def test_who_accepts_more_than_is_needed_is_not_asked(world):
    world.say("UNICEF", "committed", 500)
    world.need_less(700)
    Notice.objects.all().delete()
    line = replace(make.support_line("UNICEF", "ZMB", "pledged", 50), reference="more")
    make.stated([line], by=world.givers["UNICEF"], round_=world.round)
    make.stated([replace(line, stage="committed", meant=True)], by=world.member, round_=world.round)
    assert told() == {}


def test_what_lapsed_or_waits_is_not_over_covered_and_what_the_member_covers_itself_is(world):
    need = Need.objects.get()
    with make.as_(world.member):
        standing.pause(need, reason="The store burnt down", by=world.member, at=make.AT)
        assert told() == {}
        standing.resume(need, by=world.member, at=make.AT)
        standing.end(need, covered_nationally=True, reason="Made at home", by=world.member, at=make.AT)
    assert told() == BOTH


def test_a_lapse_asks_nobody(world):
    books.settle(at=make.AT + timedelta(days=402))
    assert Account.objects.get().last_stated and told() == {}


def test_a_later_round_that_needs_less_than_is_under_way_asks_too(world):
    coordination = make.person(Role.COORDINATION)
    with make.as_(coordination):
        rounds.close_round(world.round, by=coordination, at=make.AT)
    second = make.round_("r2", period=(date(2021, 7, 1), date(2021, 12, 31)))
    make.approved([make.line(quantity=159)], of="ZMB", round_=second)
    assert told() == BOTH and Line.objects.count() == 3


def shown(world: World) -> set[str]:
    """The givers of the lines of which the pages say that more is under way than is needed."""
    with make.as_(make.focal_point("ZMB")):
        rows = queries.for_reading(Line.objects.all(), today=make.AT.date())
        return {line.giver.code for line in rows if line.over_covered}


def test_each_line_under_way_says_so_as_long_as_it_is_so(world):
    assert shown(world) == set()
    world.need_less(179)
    assert shown(world) == {"WHO", "UNDP"}, "a pledge covers nothing"
    world.need_less(180)
    assert shown(world) == set()
    world.need_less(0)
    assert shown(world) == {"WHO", "UNDP"}


def test_a_later_round_says_so_and_a_need_that_is_paused_does_not(world):
    coordination = make.person(Role.COORDINATION)
    with make.as_(coordination):
        rounds.close_round(world.round, by=coordination, at=make.AT)
    second = make.round_("r2", period=(date(2021, 7, 1), date(2021, 12, 31)))
    make.approved([make.line(quantity=159)], of="ZMB", round_=second)
    assert shown(world) == {"WHO", "UNDP"}
    with make.as_(world.member):
        standing.pause(Need.objects.get(), reason="The store burnt down", by=world.member, at=make.AT)
    assert shown(world) == set()
