"""Each deed around an offer, and exactly who is told of it; nobody is told of what he or she may not see."""

from datetime import timedelta

import pytest
from tests import make
from tests.support.offers_desk import Desk
from tests.support.test_offers import AFTER

from unmet.access.actors import Actor, acting
from unmet.access.models import Appointment, Role
from unmet.notices import gates
from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support import offer_ending, offers
from unmet.support.offer_rules import Technology

pytestmark = pytest.mark.django_db


class World(Desk):
    """The same, with a colleague of the giver and strangers, and nobody told of anything yet."""

    def __init__(self) -> None:
        super().__init__()
        self.colleague = make.person(Role.RESPONDER, "WHO")
        self.strangers = {make.person(Role.RESPONDER, "UNICEF"), make.person(Role.COORDINATION)}
        Notice.objects.all().delete()

    @staticmethod
    def of(code: str) -> set[Person]:
        """Everybody of a party whose appointment stands."""
        return set(Person.objects.filter(appointments__party__code=code, appointments__until_on__gt=make.AT.date()))


@pytest.fixture
def world() -> World:
    """See `World`."""
    return World()


def told(kind: str) -> set[Person]:
    """Who was told of a kind; nobody twice."""
    people = [notice.person for notice in Notice.objects.filter(kind=kind).select_related("person")]
    assert len(people) == len(set(people))
    return set(people)


def test_made_accepted_declined(world: World) -> None:
    made = world.offered()
    assert told("support.offered") == world.of("ZMB") and not told("support.pledged")
    world.accept(made)
    assert told("support.offer_accepted") == world.of("WHO")
    world.decline(made)
    assert told("support.offer_declined") == world.of("WHO")
    assert not world.strangers & {notice.person for notice in Notice.objects.all()}


def test_to_several_and_to_any(world: World) -> None:
    world.offered(world.wanted(world.line(), aim="members", members=[world.zambia, world.cuba]))
    assert told("support.offered") == world.of("ZMB") | world.of("CUB")
    Notice.objects.all().delete()
    anybody = world.offered(world.wanted(world.line(), aim="any"))
    assert told("support.offered") == world.of("ZMB") | world.of("CUB"), "nobody is appointed for the other members"
    world.accept(anybody)
    world.withdraw(anybody)
    assert told("support.offer_withdrawn") == world.of("ZMB"), "of those it was offered to only who took some"


def test_withdrawn_and_expired(world: World) -> None:
    world.withdraw(world.offered())
    assert told("support.offer_withdrawn") == world.of("ZMB")
    made = world.offered()
    with acting(Actor.for_system(at=AFTER)):
        assert offer_ending.expire(made.pk, at=AFTER)
    assert told("support.offer_expired") == world.of("ZMB") and told("support.own_offer_expired") == world.of("WHO")


def test_a_transfer_that_came_further(world: World) -> None:
    technology = Technology("A vaccine", "A pool")
    made = world.offered(world.wanted(world.line(1, "LICENCE-NE", technology=technology), kind="technology"))
    for stage in ("negotiating", "signed", "transferred", "first_batch"):
        with make.as_(world.giver):
            offers.advance(made.lines.get(), stage=stage, by=world.giver, at=make.AT)
        assert told(f"support.technology_{stage}") == world.of("ZMB")
        if stage == "negotiating":
            world.accept(made, 1, need=None)


def test_no_letter_says_that_something_waits_that_waits_no_longer_or_goes_to_who_left(world: World) -> None:
    made = world.offered()
    notice = Notice.objects.get(kind="support.offered", person=world.approver)
    assert gates.is_still_so(notice, at=make.AT) and gates.may_be_told(notice, at=make.AT)
    assert not gates.is_still_so(notice, at=AFTER)
    world.withdraw(made)
    assert not gates.is_still_so(notice, at=make.AT)
    Appointment.objects.filter(person=world.approver).update(ended_at=make.AT)
    assert not gates.may_be_told(notice, at=make.AT + timedelta(hours=1))
