"""An offer to a set of members: who is in it that day sees it, is told, accepts; a changed set is read again."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import make
from tests.support.offers_desk import Desk

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.notices.models import Notice
from unmet.parties.models import Party, PartySetMember
from unmet.support import acceptance
from unmet.support import offer_queries as queries
from unmet.support.models import Offer

pytestmark = pytest.mark.django_db


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`: Cuba is a small island developing State, Zambia is not."""
    return fresh


def to_islands(desk: Desk, **more: object) -> Offer:
    return desk.save(desk.wanted(desk.line(), aim="members", to_set="SIDS", **more))


def named(made: Offer) -> set[str]:
    return set(made.addressees.values_list("code", flat=True))


def test_it_is_made_to_the_members_of_the_coalition_in_the_set(desk: Desk) -> None:
    draft = to_islands(desk)
    assert (draft.to_set, draft.earmarking) == ("SIDS", 2)
    in_set = set(Party.objects.filter(in_sets__party_set__code="SIDS").members(on=make.AT.date()))
    assert {"CUB", "BHR", "HTI"} <= named(draft) == {party.code for party in in_set}
    made = desk.send(draft)
    seen = []
    for person in (desk.cuban, make.focal_point("HTI"), desk.approver, make.person(Role.COORDINATION)):
        with make.as_(person):
            seen.append(queries.find(made.uuid) is not None)
    assert seen == [True, True, False, False]
    told = Notice.objects.filter(kind="support.offered")
    assert {notice.person_id for notice in told} >= {desk.cuban.pk}
    assert desk.approver.pk not in {notice.person_id for notice in told}
    assert acceptance.is_for(made, desk.cuba, at=make.AT)
    assert not acceptance.is_for(made, desk.zambia, at=make.AT)
    desk.accept(made, 100, by=desk.cuban, member=desk.cuba)
    with pytest.raises(NotAllowed):
        desk.accept(made, 100)


def test_members_by_name_stand_beside_the_set_and_the_giver_is_left_out(desk: Desk) -> None:
    assert "ZMB" in named(to_islands(desk, members=[desk.zambia]))
    cuban = make.person(Role.RESPONDER, "CUB")
    own = desk.save(desk.wanted(desk.line(), aim="members", to_set="SIDS"), giver=desk.cuba, by=cuban)
    assert "CUB" not in named(own)
    assert "HTI" in named(own)


def test_a_regional_group_is_a_set_too(desk: Desk) -> None:
    made = desk.offered(desk.wanted(desk.line(), aim="members", to_set="Africa"))
    assert "ZMB" in named(made)
    assert "CUB" not in named(made)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"aim": "members", "to_set": "NOBODY"}, "set"),
        ({"aim": "any", "to_set": "SIDS"}, "aim"),
        ({"to_set": "SIDS"}, "aim"),
    ],
)
def test_what_a_set_may_not_be(desk: Desk, more: dict[str, str], reason: str) -> None:
    assert desk.why(lambda: desk.save(desk.wanted(desk.line(), **more))) == reason
    assert not Offer.objects.exists()


def test_an_empty_set_is_nobody(desk: Desk) -> None:
    PartySetMember.objects.filter(party_set__code="SIDS").delete()
    assert desk.why(lambda: to_islands(desk)) == "nobody"


def test_a_set_that_changed_since_the_draft_was_kept_is_read_again(desk: Desk) -> None:
    draft = to_islands(desk)
    spell = PartySetMember.objects.filter(party_set__code="SIDS", party__code="CUB")
    spell.update(until_on=date(2021, 2, 10))
    later = make.AT.replace(year=2021, month=2, day=11)
    assert make.AT.date() < date(2021, 2, 10)
    assert desk.why(lambda: desk.send(draft, at=later)) == "set_changed"
    draft.refresh_from_db()
    assert (draft.state, Notice.objects.filter(kind="support.offered").count()) == ("draft", 0)
    # Those it was made to keep it.
    made = desk.send(draft)
    desk.accept(made, 100, by=desk.cuban, member=desk.cuba, at=later)


def test_only_an_offer_to_several_has_a_set(desk: Desk) -> None:
    draft = desk.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(pk=draft.pk).update(to_set="SIDS")
