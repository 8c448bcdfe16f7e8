"""What a person answers beside a fault or a question is understood, and settles it."""

from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.lookups import MASK, OXYGEN, sheet, standing, words
from unmet.exchange.answers import Answers
from unmet.exchange.needs_sheet import parse


def test_every_answer_has_a_control():
    answers = Answers.from_controls(
        {
            "decimal.quantity": ".",
            "dates.*": "dmy",
            "calendars.needed_by": "hijri",
            "receipts.quantity": "remaining",
            "map.item": "0",
            "map.quantity": "3",
            "sheet": "Needs",
            "item.tents": "own_words",
            "item.oxigen": "2",
            "pack.1.carton": "2 000",
            "place.port sudan": "new_place",
            "levels": "add_up",
        }
    )
    assert answers == Answers(
        decimal={"quantity": "."},
        dates={"*": "dmy"},
        calendars={"needed_by": "hijri"},
        equal_less_receipts={"quantity": "remaining"},
        mapping={"item": 0, "quantity": 3},
        sheet="Needs",
        own_words=frozenset({"tents"}),
        items={"oxigen": 2},
        packs={(1, "carton"): 2_000_000},
        new_places=frozenset({"port sudan"}),
        both_levels=True,
    )
    assert Answers.from_controls({"own_words": "1"}).own_words is True


def test_what_is_no_answer_leaves_the_question_open():
    nonsense = {"decimal.quantity": ";", "dates.*": "ymd", "calendars.x": "maya", "receipts.x": "?", "map.item": "-1",
                "item.x": "²", "pack.1.carton": "0", "pack.carton": "2", "pack.1.box": "1,250", "levels": "no",
                "csrf": "abc", "place.x": ""}  # fmt: skip
    assert Answers.from_controls(nonsense) == Answers(own_words=frozenset())


def test_places_are_confirmed_one_by_one_or_all():
    one = Answers().with_new_place("port sudan")
    assert one.makes_place("port sudan")
    assert not one.makes_place("other")
    assert one.with_new_place("other").makes_place("port sudan")
    assert Answers(new_places=False).with_new_place("x").makes_place("x")
    assert Answers(new_places=True).with_new_place("x").makes_place("anything")


@given(st.dictionaries(st.text() | st.sampled_from(["decimal.x", "pack.1.x", "item.x", "map.x"]), st.text()))
def test_any_form_gives_answers(controls):
    Answers.from_controls(controls)


def test_answering_what_each_question_offers_first_settles_the_table():
    rows = [
        {"item": "MASK-IIR", "quantity": "1,250", "needed_by": "01/06/2021"},
        {"item": "OXY-CONC-10", "quantity": "200", "needed_by": "14/09/1442"},
        {"item": "Glove", "quantity": "3", "needed_by": None},
        {"item": "Tents", "quantity": "3", "needed_by": None},
        {"item": "RUB", "quantity": "3", "needed_by": None, "place": "Port Sudan"},
        {"item": "RUB", "quantity": "5", "needed_by": None},
    ]
    lookup = words(standing(OXYGEN, 300, received=100_000))
    controls: dict[str, str] = {}
    for _ in range(3):  # an answer may bring the next question: the calendar, the two levels
        parsed = parse(sheet(*rows), lookup, answers=Answers.from_controls(controls))
        assert parsed.read == len(rows) == len(parsed.lines) + parsed.refused
        for fault in [*parsed.faults, *parsed.questions]:
            controls[fault.control] = fault.options[0].answer
    done = parse(sheet(*rows), lookup, answers=Answers.from_controls(controls))
    assert done.problems() == ()
    assert len(done.lines) == len(rows)
    assert done.lines[0].item_id == MASK.id
    assert done.lines[0].quantity == 1_250_000
