"""An item for a need in own words: proposed, confirmed by two people of the member, declined; nothing counts twice."""

from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, refused

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.catalogue.lookup import Found, ItemWord, UnitWord
from unmet.catalogue.models import Item
from unmet.needs import picking
from unmet.needs import services as needs
from unmet.needs.lookup import lookup
from unmet.needs.models import ItemProposal, Need, Return, Statement
from unmet.needs.picking import Picked, PickRefused
from unmet.parties.models import Party

pytestmark = pytest.mark.django_db
AT = make.AT


def words_line(words: str = "Face covers for nurses", quantity: int = 40, **changes: Any) -> Any:
    return make.line(quantity=quantity, item_id=None, words=words, **changes)


class World:
    """A member with one approved need in its own words, let seen by coordination."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved([words_line()], of="ZMB", round_=self.round)
        self.need = Need.objects.get(item=None)
        self.focal, self.approver, self.chair = (
            make.focal_point("ZMB"), make.approver("ZMB"), make.person(Role.COORDINATION)
        )  # fmt: skip
        self.member = make.party("ZMB")

    def release(self, audience: str = "coordination") -> None:
        with make.as_(self.approver):
            needs.release(
                member=self.member, subjects=[("need", self.need.uuid)], level="detail", audience=audience,
                until_on=None, by=self.approver, at=AT,
            )  # fmt: skip

    def propose(self, code: str = "MASK-IIR") -> ItemProposal:
        with make.as_(self.chair):
            return picking.propose(self.need, make.item(code), note="As in the letter", by=self.chair, at=AT)

    def statement(self) -> Statement:
        with make.as_(self.focal):
            [statement] = picking.of_member(self.member)
        return statement

    def word(self, code: str = "MASK-IIR") -> ItemWord:
        return lookup(member=self.member, round_=self.round).by_code[code.lower().replace("-", " ")]

    def confirm(self, quantity: int = 2000, code: str = "MASK-IIR", **more: Any) -> needs.Submitted:
        statement = more.pop("statement", None) or self.statement()
        by = more.pop("by", self.focal)
        with make.as_(by):
            return picking.confirm(
                statement, self.word(code), Picked(quantity * 1000, UnitWord("box of 50", 50_000), "40"), by=by, at=AT
            )

    def approve(self, return_: Return) -> None:
        with make.as_(self.approver):
            needs.approve(return_, by=self.approver, at=AT, revision=return_.revision)


WORLD = World


@pytest.fixture
def world(fresh: World) -> World:
    return fresh


def newest() -> list[tuple[str, int]]:
    rows = Statement.objects.filter(newest=True).order_by("pk").values_list("need__item__code", "requested")
    return [(code or "words", requested // 1000) for code, requested in rows]


def test_coordination_proposes_only_for_what_the_member_lets_it_see(world: World) -> None:
    with make.as_(world.chair):
        assert picking.of_others() == []
    assert refused(PickRefused, world.propose).reason == "ended"
    world.release("members")
    before = last_audit()
    with make.as_(world.chair):
        assert [statement.words for statement in picking.of_others()] == ["Face covers for nurses"]
    first, second = world.propose("RESP-N95"), world.propose()
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "proposed")
    assert events(before) == ["needs.item_proposed"] * 2
    with make.as_(make.focal_point("CUB")):
        assert [statement.need for statement in picking.of_others()] == [world.need]  # a member sees it, and no more
    with make.as_(make.person(Role.RESPONDER, "WHO")):
        assert picking.of_others() == []


def test_confirmed_the_need_counts_once_under_the_item_after_two_people(world: World) -> None:
    world.release()
    proposal = world.propose()
    before = last_audit()
    done = world.confirm()
    assert done.return_ is not None and (done.created, done.updated) == (1, 0)
    assert not Account.objects.filter(approved__gt=0).exists(), "not before the approver"
    assert newest() == [("MASK-IIR", 2000), ("words", 0)]
    act = lambda: world.confirm(statement=Statement.objects.get(requested=40_000))  # noqa: E731
    assert refused(PickRefused, act).reason == "ended"
    world.approve(done.return_)
    assert [(account.item.code, account.approved) for account in Account.objects.all()] == [("MASK-IIR", 2_000_000)]
    proposal.refresh_from_db()
    assert proposal.state == "confirmed" and proposal.decided_by == world.focal
    assert events(before) == ["needs.submitted", "needs.item_confirmed", "needs.approved"]
    rows = Statement.objects.filter(need=world.need).order_by("pk").values_list("words", "requested", "approved")
    first, last = rows
    assert first == ("Face covers for nurses", 40_000, 40_000) and last[1:] == (0, 0)
    assert Statement.objects.get(need__item__code="MASK-IIR").words == "Face covers for nurses"
    with make.as_(world.focal):
        assert picking.of_member(world.member) == []


def test_the_same_words_mean_the_item_from_then_on_for_this_member_alone(world: World) -> None:
    done = world.confirm()
    assert done.return_ is not None
    world.approve(done.return_)
    mine = lookup(member=world.member, round_=world.round).find_item("FACE COVERS, for nurses")
    assert isinstance(mine, Found) and mine.word.code == "MASK-IIR" and "face covers for nurses" in mine.word.former
    theirs = lookup(member=make.party("CUB"), round_=world.round).find_item("Face covers for nurses")
    assert not isinstance(theirs, Found)


def test_words_at_another_place_end_when_the_item_is_stated_there(world: World) -> None:
    done = world.confirm()
    assert done.return_ is not None
    world.approve(done.return_)
    # Another door, which knows nothing of the pick, states the words once more; then the item is stated again.
    make.approved([words_line(quantity=41)], of="ZMB", round_=world.round)
    assert newest() == [("MASK-IIR", 2000), ("words", 41)]
    make.approved([make.line("MASK-IIR", 2100)], of="ZMB", round_=world.round)
    assert newest() == [("MASK-IIR", 2100), ("words", 0)]


def test_a_return_sent_back_and_withdrawn_leaves_the_need_in_its_own_words(world: World) -> None:
    done = world.confirm()
    assert done.return_ is not None
    with make.as_(world.focal):
        needs.withdraw(done.return_, by=world.focal, at=AT)
    assert newest() == [("words", 40)]
    assert world.statement().words == "Face covers for nurses"
    again = world.confirm(quantity=1900)
    assert again.return_ is not None
    world.approve(again.return_)
    assert newest() == [("MASK-IIR", 1900), ("words", 0)]


def test_declined_nothing_changes_and_it_is_remembered(world: World) -> None:
    world.release()
    proposal = world.propose()
    with make.as_(world.focal):
        picking.decline(proposal, reason="We mean cloth", by=world.focal, at=AT)
        act = lambda: picking.decline(proposal, reason="", by=world.focal, at=AT)  # noqa: E731
        assert refused(PickRefused, act).reason == "decided"
    assert newest() == [("words", 40)]
    assert picking.waiting([world.need.pk]) == {}
    [remembered] = picking.declined([world.need.pk])[world.need.pk]
    assert remembered.reason == "We mean cloth"
    assert world.propose("APRON").state == "proposed"


def test_another_item_than_the_proposed_one_may_be_picked(world: World) -> None:
    world.release()
    proposal = world.propose("APRON")
    world.confirm()
    proposal.refresh_from_db()
    assert proposal.state == "replaced"
    assert ItemProposal.objects.get(state="confirmed").item.code == "MASK-IIR"


def test_refusals(world: World) -> None:
    world.release()
    assert refused(PickRefused, lambda: world.confirm(quantity=0)).reason == "quantity"
    statement, word = world.statement(), world.word()
    with make.as_(world.focal):
        act = lambda: picking.confirm(  # noqa: E731
            statement, word, Picked(1500, UnitWord("piece", 1000), "1.5"), by=world.focal, at=AT
        )
        assert refused(PickRefused, act).reason == "quantity"
    Item.objects.filter(code="MASK-IIR").update(retired_on=AT.date())
    assert refused(PickRefused, world.propose).reason == "retired"
    assert refused(PickRefused, lambda: picked(world, word)).reason == "retired"
    Item.objects.filter(code="MASK-IIR").update(retired_on=None)
    world.round.asked.exclude(sector__code="SHEL").delete()
    assert refused(PickRefused, lambda: picked(world, word)).reason == "round"


def picked(world: World, word: ItemWord) -> Any:
    statement = world.statement()
    with make.as_(world.focal):
        return picking.confirm(statement, word, Picked(2000, UnitWord("piece", 1000), "2"), by=world.focal, at=AT)


def test_the_search_offers_items_for_words() -> None:
    make.reference()
    assert [item.code for item in picking.offered("medical masks")][:1] == ["MASK-IIR"]
    assert [item.code for item in picking.offered("ventilators for the new hospital")][:1] == ["VENT-ICU"]
    assert picking.offered("zqxj") == [] and Party.objects.exists()
