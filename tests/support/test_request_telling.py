"""Each deed around a request for assistance, and exactly who is told of it."""

from datetime import timedelta

import pytest
from tests import make

from unmet.access.models import Release, Role
from unmet.needs import services as needs
from unmet.notices import gates, kinds
from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support import answers, requests
from unmet.support.models import AssistanceRequest

pytestmark = pytest.mark.django_db


class World:
    """Zambia asks WHO for masks; UNDP has pledged some; Cuba and UNICEF have nothing to do with it."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved([make.line()], of="ZMB", round_=self.round)
        make.released("ZMB", audience="named", named=[make.party("UNDP")])
        self.own = {make.focal_point("ZMB")} | self.of("ZMB")
        self.who = {make.person(Role.RESPONDER, "WHO"), make.person(Role.RESPONDER, "WHO")}
        self.giver = make.person(Role.RESPONDER, "UNDP")
        self.strangers = {make.focal_point("CUB"), make.person(Role.RESPONDER, "UNICEF")}
        make.person(Role.RESPONDER, "WHO", until=make.AT.replace(year=2020).date())
        line = make.support_line("UNDP", "ZMB", "pledged", 5)
        make.stated([line], by=self.giver, round_=self.round)
        Notice.objects.all().delete()

    @staticmethod
    def of(code: str) -> set[Person]:
        """Everybody of a party whose appointment stands."""
        return set(Person.objects.filter(appointments__party__code=code, appointments__until_on__gt=make.AT.date()))

    def asked(self, *to: str) -> AssistanceRequest:
        """A request, and nobody told of anything before it."""
        found = make.asked(400, of="ZMB", to=to)
        self.own = self.of("ZMB")
        return found


WORLD = World


@pytest.fixture
def world(fresh: World) -> World:
    """See `World`."""
    return fresh


def told(kind: str) -> set[Person]:
    """Who was told of a kind; nobody twice."""
    people = [notice.person for notice in Notice.objects.filter(kind=kind).select_related("person")]
    assert len(people) == len(set(people))
    return set(people)


def says(kind: str) -> str:
    """What those who are told of a kind read."""
    notice = Notice.objects.filter(kind=kind)[0]
    return kinds.says(notice.kind, notice.data, kinds.Names.of([notice.data]))


def test_sent_to_named_parties(world: World) -> None:
    request = world.asked("WHO")
    assert told("support.request_sent") == world.who
    assert says("support.request_sent") == "Zambia asks you for assistance: 1 line waits for your answer."
    assert Notice.objects.all()[0].link_arguments == [str(request.uuid)]


def test_sent_to_everyone_and_never_to_oneself(world: World) -> None:
    world.asked()
    assert told("support.request_sent") == world.who | world.strangers | {world.giver}


def test_answered(world: World) -> None:
    request, by = world.asked("WHO"), sorted(world.who, key=lambda one: one.pk)[0]
    with make.as_(by):
        answers.acknowledge(request, party=make.party("WHO"), by=by, at=make.AT)
        answers.acknowledge(request, party=make.party("WHO"), by=by, at=make.AT)
    assert told("support.request_answered") == world.own
    assert says("support.request_answered") == "World Health Organization answered 1 line of the request of Zambia."
    Notice.objects.all().delete()
    for _ in range(2):
        with make.as_(by):
            line, said = request.lines.get(), answers.Said("unable", reason="secret")
            answers.answer(line, said, party=make.party("WHO"), by=by, at=make.AT)
    assert told("support.request_answered") == world.own, "the same again tells nobody"
    assert "secret" not in str(Notice.objects.all()[0].data)


def test_stop_sending_reaches_whoever_could_ship(world: World) -> None:
    request, by = world.asked("WHO"), make.focal_point("ZMB")
    with make.as_(by):
        requests.stop(request, reason="secret", by=by, at=make.AT)
        assert (told("support.request_stopped"), told("support.sending_stopped")) == (world.who, {world.giver})
        requests.lift(request, by=by, at=make.AT)
    assert (told("support.request_lifted"), told("support.sending_lifted")) == (world.who, {world.giver})


@pytest.mark.parametrize("kind", ["withdrawn", "closed"])
def test_ended(world: World, kind: str) -> None:
    request, by = world.asked("WHO"), make.approver("ZMB")
    with make.as_(by):
        if kind == "withdrawn":
            requests.withdraw(request, reason="Met", by=by, at=make.AT)
        else:
            requests.close(request, by=by, at=make.AT)
    assert told(f"support.request_{kind}") == world.who


def test_of_a_request_to_everyone_only_who_answered_hears_that_it_ended(world: World) -> None:
    request, by = world.asked(), make.approver("ZMB")
    make.answered(request, of="UNICEF")
    with make.as_(by):
        requests.close(request, by=by, at=make.AT)
    assert told("support.request_closed") == world.of("UNICEF")


def test_nobody_reads_of_a_request_that_is_not_shown_any_more(world: World) -> None:
    world.asked("WHO")
    notice = Notice.objects.filter(kind="support.request_sent")[0]
    assert gates.may_be_told(notice, at=make.AT)
    by, later = make.approver("ZMB"), make.AT + timedelta(hours=1)
    with make.as_(by, at=later):
        for release in Release.objects.filter(named=make.party("WHO")):
            needs.withdraw_release(release, by=by, at=later)
    assert not gates.may_be_told(notice, at=later)
