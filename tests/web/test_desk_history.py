"""Timelines in words: a sentence for everything that is written into the audit, and the pages that show them."""

import ast
from pathlib import Path

import pytest
from django.utils.translation import override
from tests import make
from tests.web import desk_world as world
from tests.web.test_desk_inbox import text

import unmet
from unmet.books.models import Movement
from unmet.figures import ledger
from unmet.needs.models import Need, StandingChange
from unmet.support import consignment_ways
from unmet.support import history as read
from unmet.support.history import Happened
from unmet.web.desk import history

SOURCE = Path(unmet.__file__).parent
# Of these rooms; what other rooms write into the audit is about people, rounds, the catalogue and the house.
ROOMS = ("access", "needs", "support")
OTHERS = frozenset({"first", "flash", "round", "catalogue", "parties", "config", "notices"})


def written() -> set[str]:
    """The events that services of these rooms write: the words given to `record`, or to a helper that calls it."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (SOURCE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name not in ("record", "_record"):
                    continue
                given = [word.value for word in node.keywords if word.arg == "event"] + list(node.args[:1])
                either = [side for word in given if isinstance(word, ast.IfExp) for side in (word.body, word.orelse)]
                found |= {word.value for word in (*given, *either) if isinstance(word, ast.Constant)}
    ways = {f"support.consignment_{way.state or 'goes_on'}" for way in consignment_ways.WAYS.values()}
    return found | ways | {f"needs.{kind}" for kind in StandingChange.Kind.values}


def test_every_event_has_a_sentence_or_is_said_not_to_be_shown() -> None:
    events = {event for event in written() if event.partition(".")[0] not in OTHERS}
    assert len(events) > 40
    assert {"needs.approved", "support.request_sent", "needs.paused", "access.released"} <= events
    without = events - set(history.WORDS) - history.NOT_SHOWN
    assert not without, f"say in web/desk/history.py what happened, or that it is in no timeline: {sorted(without)}"
    assert not history.NOT_SHOWN & set(history.WORDS)
    assert {word for word in history.NOT_SHOWN | set(history.WORDS) if not word.startswith("books.")} <= events


def test_every_movement_of_the_own_book_has_a_sentence() -> None:
    for movement in set(Movement) - {Movement.RELEASED, Movement.WITHDRAWN}:
        name = f"books.{movement.name.lower()}"
        assert name in history.WORDS
        assert movement not in read._STAGE_OF or f"{name}_unnamed" in history.WORDS
    assert not read._DATED & ledger.UNDER_WAY, "what the public ledger gives no day, a timeline gives none to others"


@pytest.mark.django_db
@pytest.mark.parametrize("event", sorted(history.WORDS))
def test_every_sentence_is_whole(event: str) -> None:
    one = Happened(
        make.AT, event, "ZMB", quantities={"quantity": 1_250_000, "before": 2_000_000},
        values={
            "giver": "WHO", "kind": "unable", "audience": "members", "line": "x", "day": make.AT.date(),
            "as": "carrier", "why": "permit", "number": 2, "corrected": 1,
        },
    )  # fmt: skip
    with override("en"):
        says = history.says(
            one, {"ZMB": "Zambia", "WHO": "World Health Organization", "x": "Masks"}, make.item("MASK-IIR")
        )
    assert says.endswith(".") and "%" not in says and "  " not in says
    assert ("1,250" in says) == ("%(quantity)s" in str(history.WORDS[event]))


@pytest.mark.django_db
class TestPages:
    """The line of a need, and a request."""

    @pytest.fixture
    def need(self):
        """A need of Zambia that everyone sees in detail."""
        round_ = world.open_round()
        world.approved(make.line(), round_=round_)
        make.released(world.MEMBER, at=world.now())
        world.approved(make.line(quantity=800), round_=round_)
        return Need.objects.get()

    def test_the_line_of_a_need_tells_each_side_its_part(self, need):
        _, browser = world.responder()
        page = text(browser.get(f"/en/respond/lines/{need.uuid}"))
        assert "Zambia revised the quantity: 1,000, now 800" in page
        assert "sent a return" not in page and "released it" not in page
        _, own = world.focal_point()
        page = text(own.get(f"/en/respond/lines/{need.uuid}"))
        assert "Zambia approved the return. approver" in page and "Zambia released it to: everyone." in page
        assert page.index("now 800") < page.index("Zambia states that it needs 1,000")
        assert f"/en/respond/lines/{need.uuid}" in own.get("/en/desk/ZMB/needs").content.decode()

    def test_a_request_and_its_pages(self, need):
        request = make.asked(100, of=world.MEMBER, to=["WHO"], at=world.now())
        _, browser = world.responder()
        address = f"/en/desk/requests/{request.uuid}"
        assert "Zambia sent the request." in text(browser.get(address))
        for number in range(21):
            kind = "unable" if number % 2 else "review"
            make.answered(request, of="WHO", kind=kind, reason=f"Because {number}", at=world.now())
        page = text(browser.get(address))
        assert f"answered the line for {need.item.name}: under technical review. Reason: Because 20" in page
        assert "Zambia sent the request." not in page
        assert "Zambia sent the request." in text(browser.get(f"{address}?page=2"))
        assert browser.get(f"{address}?page=3").status_code == 404

    def test_in_the_language_of_the_reader(self, need):
        _, browser = world.responder()
        assert "زامبيا" in text(browser.get(f"/ar/respond/lines/{need.uuid}"))
        assert "Zambia" in text(browser.get(f"/en/respond/lines/{need.uuid}"))
