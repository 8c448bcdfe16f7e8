"""What offers say to the lines of requests: together, of the asked item, and no longer than they stand."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests import make, once
from tests.support.offers_desk import UNTIL, Desk

from unmet.access.actors import Actor, acting
from unmet.catalogue.windows import end_of_day
from unmet.notices.models import Notice
from unmet.support import answers, commitments, offer_ending, requests
from unmet.support.answers import Said
from unmet.support.models import Offer, RequestAnswer, RequestLine

pytestmark = pytest.mark.django_db
AFTER = end_of_day(UNTIL)


class Asking(Desk):
    """The desk of offers; Zambia asks WHO for 500 masks."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = make.asked(500, of="ZMB", to=("WHO",))

    @property
    def asks(self) -> RequestLine:
        """The line that asks."""
        return self.asked.lines.get()

    def give(self, *quantities: int, item: str = "MASK-IIR") -> Offer:
        """An offer to the request, of a line for each quantity."""
        lines = [self.line(quantity, item, need=self.masks, request_line=self.asks) for quantity in quantities]
        return self.offered(self.wanted(*lines))

    def end(self, made: Offer, how: str) -> None:
        """End it."""
        if how == "expire":
            with acting(Actor.for_system(at=AFTER)):
                assert offer_ending.expire(made.pk, at=AFTER)
        else:
            getattr(self, how)(made)

    @staticmethod
    def said() -> tuple[str, int | None]:
        """The answer that stands, in base units."""
        last = RequestAnswer.objects.latest("pk")
        assert last.party.code == "WHO"
        return last.kind, None if last.quantity is None else last.quantity // 1000


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asking]:
    """See `Asking`."""
    yield from once.a_file(django_db_blocker, Asking)


def test_the_member_is_told_once_of_the_answers_of_one_moment(desk: Asking) -> None:
    """An offer that answers two lines of one request, and its end."""
    by = make.approver("ZMB")
    wanted = requests.Wanted([(desk.masks, 5_000), (desk.gloves, 5_000)], addressees=[make.party("WHO")])
    with make.as_(by):
        draft = requests.save(wanted, member=desk.zambia, by=by, at=make.AT)
        requests.send(draft, version=1, until_on=None, by=by, at=make.AT)
    lines = list(draft.lines.select_related("need__item").order_by("pk"))
    offered = [desk.line(5, one.need.item.code, need=one.need, request_line=one) for one in lines]

    def told() -> list[int]:
        rows = Notice.objects.filter(kind="support.request_answered", person=by).order_by("pk")
        return [row.data["lines"] for row in rows]

    made = desk.offered(desk.wanted(*offered))
    assert told() == [2]
    desk.end(made, "expire")
    assert told() == [2, 2]


def test_lots_of_one_offer_and_several_offers_are_one_answer(desk: Asking) -> None:
    desk.give(200, 100)
    assert desk.said() == ("part", 300) and RequestAnswer.objects.count() == 1
    other = desk.give(200)
    assert desk.said() == ("full", 500)
    desk.withdraw(other)
    assert desk.said() == ("part", 300)


def test_another_item_is_looked_at_and_answers_nothing_in_full(desk: Asking) -> None:
    desk.give(1, item="GLOVE-EXAM")
    assert desk.said() == ("review", None)
    desk.give(100)
    desk.give(1, item="GLOVE-EXAM")
    assert desk.said() == ("part", 100), "what was given already is not forgotten"


def test_who_says_in_words_that_it_looks_at_it_can_offer_another_item(desk: Asking) -> None:
    with make.as_(desk.giver):
        said = Said("review", reason="Gloves may do")
        answers.answer(desk.asks, said, party=desk.who, by=desk.giver, at=make.AT)
    made = desk.give(1, item="GLOVE-EXAM")
    assert made.state == "offered" and RequestAnswer.objects.get().reason == "Gloves may do"


@pytest.mark.parametrize("how", ["withdraw", "decline", "expire"])
@pytest.mark.parametrize("item", ["MASK-IIR", "GLOVE-EXAM"])
def test_what_ends_answers_nothing_any_more(desk: Asking, how: str, item: str) -> None:
    made = desk.give(500, item=item)
    told = Notice.objects.filter(kind="support.request_answered").count()
    desk.end(made, how)
    assert desk.said() == ("acknowledged", None)
    assert Notice.objects.filter(kind="support.request_answered").count() > told, "the member is told"
    assert RequestAnswer.objects.latest("pk").by == desk.giver


@pytest.mark.parametrize("how", ["withdraw", "decline", "expire"])
def test_what_was_accepted_of_it_stays_an_answer(desk: Asking, how: str) -> None:
    made = desk.give(500)
    desk.accept(made, 150)
    desk.end(made, how)
    assert desk.said() == ("part", 150)


@pytest.mark.parametrize("item", ["MASK-IIR", "GLOVE-EXAM"])
def test_what_is_taken_back_of_it_later_is_no_answer_any_more(desk: Asking, item: str) -> None:
    made = desk.give(500, item=item)
    line = desk.accept(made, 500, counts_as=500_000 if item != "MASK-IIR" else None).line

    def back(quantity: int) -> None:
        with make.as_(desk.giver):
            commitments.take_back(line, quantity * 1000, party=desk.who, reason="Sold out", by=desk.giver, at=make.AT)

    back(200)
    assert desk.said() == (("part", 300) if item == "MASK-IIR" else ("review", None))
    back(300)
    assert desk.said() == ("acknowledged", None)


def test_what_was_typed_since_and_what_asks_no_more_is_left_alone(desk: Asking) -> None:
    made, second = desk.give(400), None
    with make.as_(desk.giver):
        answers.answer(desk.asks, Said("unable", reason="Sold out"), party=desk.who, by=desk.giver, at=make.AT)
    desk.withdraw(made)
    assert desk.said() == ("unable", None)
    second = desk.give(400)
    count = RequestAnswer.objects.count()
    with make.as_(desk.approver):
        requests.close(desk.asked, by=desk.approver, at=make.AT)
    desk.withdraw(second)
    assert RequestAnswer.objects.count() == count


def test_each_giver_answers_for_itself(desk: Asking) -> None:
    desk.give(500)
    other: Any = make.person("responder", "UNICEF")
    everyone = make.asked(50, of="ZMB", to=("WHO", "UNICEF"))
    line = everyone.lines.get()
    made = desk.offered(desk.wanted(desk.line(50, need=desk.masks, request_line=line)))
    with make.as_(other):
        answers.answer(line, Said("part", 10_000), party=make.party("UNICEF"), by=other, at=make.AT)
    desk.withdraw(made)
    standing = {one.party.code: one.kind for one in RequestAnswer.objects.filter(line=line).order_by("pk")}
    assert standing == {"WHO": "acknowledged", "UNICEF": "part"}
