"""Every fault names what was typed, why it is not clear, and what to do, in the reader's language."""

import pickle
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.translation import override

from unmet.exchange import _fault_sentences, faults
from unmet.exchange._fault_sentences import REASONS, WITHOUT_CELLS, as_markdown
from unmet.exchange.faults import ON_A_PAGE, Fault, Known, Option, StageName, shown
from unmet.web import formats

ROOT = Path(__file__).resolve().parents[2]
FACTS = {
    "likely": ("one", "two"),
    "first": Decimal(1),
    "second": Decimal(2),
    "last": date(2031, 12, 31),
    "example": date(2021, 6, 30),
    "amount": Decimal("2.5"),
    "unit": "piece",
    "item": "Mask",
    "days": 30,
    "calendar": "hijri",
    "sector": "IPC",
    "limit": 200,
    "before": Decimal(3),
    "received": Decimal(1),
    "missing": ("Item",),
    "theirs": "Zambia",
    "ours": "Cuba",
    "new": ("Rank",),
    "gone": ("Cold chain",),
    "sheet": "Needs",
}


def fault(reason="number_words", **changes):
    plain = {
        "sheet": "Needs",
        "row": 21,
        "column": 2,
        "column_title": "Quantity",
        "field": "quantity",
        "value": "about 300",
    }
    return Fault(reason=reason, **{**plain, **changes})


@pytest.mark.parametrize("reason", sorted(REASONS))
@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_every_reason_makes_whole_sentences(reason, language):
    with override(language):
        for facts in (FACTS, {**FACTS, "likely": None}):
            told = fault(reason, facts=facts)
            assert "%(" not in told.sentence + told.remedy
            assert told.sentence.strip()
            assert told.remedy.strip()


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_the_words_are_plain_and_end_like_sentences(reason):
    told = REASONS[reason]
    for sentence in (told.sentence, told.remedy, told.remedy_likely):
        assert sentence == "" or sentence.endswith(".")
        assert "!" not in sentence
        assert not re.search(r"\b(please|sorry|invalid|error|failed|oops)\b", sentence, re.IGNORECASE)


def test_every_reason_that_the_code_gives_has_words_and_every_word_is_given():
    """Reasons are named in the source as the first text of a problem or a refusal."""
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(faults.__file__).parent.glob("*.py")
        if path.name != Path(_fault_sentences.__file__).name
    )
    words = set(re.findall(r'"([a-z_]+)"', source))
    computed = {f"{kind}_{why}" for kind in ("place", "group", "party") for why in ("unknown", "ambiguous")}
    assert set(REASONS) <= words | computed
    given = set(re.findall(r'(?:Problem|NotANumber|NotADate)\(\s*(?:reason=)?"([a-z_]+)"', source))
    assert given <= set(REASONS)
    assert len(given) > 30


def test_every_reason_is_documented():
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "write docs/faults.md anew: see as_markdown"


def test_a_fault_for_programs():
    told = fault(facts={"likely": Decimal(300)})
    assert told.to_json() == {
        "sheet": "Needs",
        "cell": "C21",
        "row": 21,
        "column": "Quantity",
        "value": "about 300",
        "reason": "number_words",
        "sentence": "“about 300” is not a number.",
        "remedy": "Write 300 in this cell and the other words under “Unit or pack” or “Remark”.",
    }


def test_a_question_stands_for_all_its_cells():
    cells = tuple(fault("number_ambiguous", row=row, facts=FACTS, kind="question") for row in (7, 12, 19))
    question = fault("number_ambiguous", row=7, facts=FACTS, kind="question", cells=cells)
    assert question.cell_names == ("C7", "C12", "C19")
    assert question.spread() == cells
    assert fault().spread() == (fault(),)
    assert fault().cell_names == ("C21",)
    assert fault(column=None).cell == ""


@pytest.mark.parametrize(
    ("reason", "value", "control"),
    [
        ("number_ambiguous", "1,250", "decimal.quantity"),
        ("date_ambiguous", "01/06/2021", "dates.quantity"),
        ("date_calendar", "14/09/1442", "calendars.quantity"),
        ("equal_less_receipts", "200", "receipts.quantity"),
        ("both_levels", "Mask", "levels"),
        ("item_unknown", "Tents, LARGE", "item.tents large"),
        ("item_ambiguous", "Glove", "item.glove"),
        ("place_unknown", "Port Sudan", "place.port sudan"),
        ("unit_unknown", "Carton", "pack.7.carton"),
        ("number_words", "about 300", ""),
    ],
)
def test_a_question_names_the_answer_that_it_waits_for(reason, value, control):
    assert fault(reason, value=value, facts={"item_id": 7}).control == control


def test_what_came_from_a_page_is_not_told_of_cells_and_rows():
    """Every sentence that has another form for pages is one of the list; the lines of a page meet these most."""
    said = {text for reason in REASONS.values() for text in (reason.sentence, reason.remedy, reason.remedy_likely)}
    assert set(WITHOUT_CELLS) <= said
    assert not [text for text in WITHOUT_CELLS.values() if re.search(r"\b(cell|row)s?\b", text)]
    for sheet, words in ((ON_A_PAGE, "Write one number here"), ("Needs", "Write one number in this cell")):
        fault = Fault(sheet=sheet, row=2, column=1, column_title="", field="quantity", value="x", reason="number_words")
        assert words in fault.remedy


def test_the_likely_answer_changes_the_remedy():
    assert fault(facts={"likely": None}).remedy == "Write one number in this cell, in figures."
    assert fault(facts={"likely": Decimal(0)}).remedy.startswith("Write 0 in this cell")


def test_a_fault_travels_between_processes_and_speaks_the_readers_language_there():
    told = pickle.loads(pickle.dumps(fault("date_no_such_day", facts={"likely": date(2021, 6, 30), "days": 30})))
    with override("fr"):
        assert "30 juin 2021" in told.remedy
    with override("ar"):
        assert "30 حزيران/يونيه 2021" in told.remedy


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "30 June 2021"), ("fr", "30 juin 2021"), ("es", "30 de junio de 2021"), ("ar", "30 حزيران/يونيه 2021")],
)
def test_dates_are_written_with_the_month_in_letters(language, words):
    with override(language):
        assert shown(date(2021, 6, 30)) == words


def test_facts_are_shown_as_they_are_meant():
    assert shown(Decimal("1E+3")) == "1000"
    assert shown(("a", "b")) == "“a” or “b”"
    assert shown(("a", "b", "c")) == "“a”, “b”, or “c”"
    assert shown(StageName("in_transit")) == "in transit"
    assert Option("total", None).label == "It is the total for the whole period"
    assert Option(".", Decimal("1.25")).label == "1.25"


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_a_quantity_that_we_know_is_grouped_as_on_the_pages_and_one_that_was_typed_is_not(language: str) -> None:
    with override(language):
        for quantity in ("40000", "1250000.5", "7"):
            assert shown(Known(Decimal(quantity))) == formats.number(Decimal(quantity))
        assert shown(Decimal("40000")) == "40000"
