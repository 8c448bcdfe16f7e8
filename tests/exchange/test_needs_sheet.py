"""From typed rows to need lines: every rule of what is typed, and that counts always add up."""

import time
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.lookups import (
    CHILDREN,
    EVERYONE,
    FOOD,
    GLOVE_L,
    GLOVE_S,
    GRANT,
    HANDRUB,
    IPC,
    KASSALA,
    MASK,
    OXYGEN,
    RICE,
    WHOLE,
    sheet,
    standing,
    words,
)
from unmet.catalogue.lookup import Standing, Vocabulary
from unmet.exchange._plain_needs import PlainNeeds
from unmet.exchange.cells import form_rows
from unmet.exchange.form import NEEDS
from unmet.exchange.needs_sheet import Answers, _NeedReader, parse
from unmet.exchange.table import Row
from unmet.methods.fold import fold


def need(**cells):
    """A row of a sheet whose headers are the field names."""
    return {"item": "MASK-IIR", "quantity": 300, **cells}


def read(*rows, lookup=None, **answers):
    return parse(sheet(*rows), lookup or words(), answers=Answers(**answers))


def one(*rows, **options):
    """The only line of the rows."""
    parsed = read(*rows, **options)
    assert parsed.problems() == (), [fault.sentence for fault in parsed.problems()]
    (line,) = parsed.lines
    return line


def reasons(*rows, **options):
    """(cell, reason) of everything refused."""
    parsed = read(*rows, **options)
    assert parsed.read == len(rows) == len(parsed.lines) + parsed.refused
    return [(fault.cell, fault.reason) for fault in parsed.problems()]


# ── good lines ───────────────────────────────────────────────────────────────
def test_a_full_line():
    line = one(
        need(
            item="كمامة طبية، النوع IIR",
            quantity="184 000",
            unit="boxes of 50",
            needed_by="30 June 2021",
            rank="١",
            stock=10,
            pipeline="2",
            place="kassala",
            group="Children under five",
            remark=" for the clinics ",
        )
    )
    assert (line.item_id, line.words) == (MASK.id, "")
    assert (line.quantity, line.stock, line.pipeline) == (9_200_000_000, 500_000, 100_000)
    assert line.approved == 9_200_100_000, "what was deducted as on its way is added back"
    assert (line.unit_name, line.pack_factor, line.quantity_typed) == ("boxes of 50", 50_000, "184 000")
    assert (line.needed_by, line.rank) == (date(2021, 6, 30), 1)
    assert (line.place_id, line.place_name, line.group_id) == (KASSALA.id, "", CHILDREN.id)
    assert (line.remark, line.outcome, line.sheet, line.row) == ("for the clinics", "created", "Needs", 2)


def test_what_is_left_blank_has_a_plain_meaning():
    line = one(need())
    assert (line.quantity, line.unit_name, line.pack_factor) == (300_000, "piece", 1000)
    assert line.needed_by == date(2021, 12, 31), "the end of the period"
    assert (line.rank, line.stock, line.pipeline, line.remark) == (None, None, 0, "")
    assert (line.place_id, line.group_id) == (WHOLE.id, EVERYONE.id)


@pytest.mark.parametrize(
    "text", ["Whole country", "nationwide", "tout le pays", "Todo el país", "كل البلد", "WHOLE", ""]
)
def test_the_whole_country_in_every_language(text):
    assert one(need(place=text)).place_id == WHOLE.id


@pytest.mark.parametrize("text", ["Everyone", "ALL", "tout le monde", "Población general", "الجميع", "EVERYONE", None])
def test_everyone_in_every_language(text):
    assert one(need(group=text)).group_id == EVERYONE.id


@pytest.mark.parametrize("unit", ["box of 50", "Boxes of 50", "box (50)", "boxes 50", "BOX OF ٥٠"])
def test_a_pack_in_plural_and_without_link_words(unit):
    assert one(need(unit=unit, quantity=2)).quantity == 100_000


def test_parts_of_a_pack_may_make_whole_pieces():
    assert one(need(unit="box of 50", quantity=Decimal("0.5"))).quantity == 25_000
    assert one(need(item="RUB", unit="bottle of 500 mL", quantity=3)).quantity == 1_500
    assert one(need(item="RUB", quantity="2,5")).quantity == 2_500


@pytest.mark.parametrize(
    ("quantity", "unit", "cents"),
    [("1,234.50", None, 123_450), (20, "US$", 2_000), (20, "USD", 2_000), (20, "$", 2_000), ("3", "دولار أمريكي", 300),
     (Decimal("1.5"), "million US$", 150_000_000), (500, "US cent", 500), (10**12, None, 10**14)],
)  # fmt: skip
def test_money_is_typed_in_us_dollars(quantity, unit, cents):
    assert one(need(item="GRANT-PLAN", quantity=quantity, unit=unit)).quantity == cents * 1000


def test_text_that_our_exports_made_harmless_is_taken_back():
    assert one(need(remark="'=1+1")).remark == "=1+1"
    assert one(need(remark="'as they say'")).remark == "'as they say'"
    assert one(need(remark="a\x00b\ud800c")).remark == "abc"


# ── faults ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"item": None, "remark": "x"}, ("A2", "item_blank")),
        ({"item": "Medcal mask typ IIR"}, ("A2", "item_unknown")),
        ({"item": "Glove"}, ("A2", "item_ambiguous")),
        ({"item": "!!!"}, ("A2", "item_only_signs")),
        ({"item": "—"}, ("A2", "item_blank")),
        ({"item": "Rice"}, ("A2", "item_other_sector")),
        ({"item": "x" * 201}, ("A2", "text_too_long")),
        ({"quantity": None, "remark": "x"}, ("B2", "number_blank")),
        ({"quantity": "about 300"}, ("B2", "number_estimate")),
        ({"quantity": "300 boxes"}, ("B2", "number_words")),
        ({"quantity": "-3"}, ("B2", "number_negative")),
        ({"quantity": True}, ("B2", "number_words")),
        ({"quantity": date(2021, 1, 1)}, ("B2", "number_is_date")),
        ({"quantity": "1,250"}, ("B2", "number_ambiguous")),
        ({"quantity": Decimal("2.5")}, ("B2", "number_not_whole")),
        ({"quantity": Decimal("2.12345")}, ("B2", "number_decimals")),
        ({"quantity": "10000000000000"}, ("B2", "number_too_large")),
        ({"quantity": 10**12, "unit": "box of 50"}, ("B2", "number_too_large")),
        ({"item": "RUB", "quantity": "0.001", "unit": "bottle of 500 mL"}, ("B2", "number_too_fine")),
        ({"item": "GRANT-PLAN", "quantity": Decimal("1.001"), "unit": None}, ("B2", "number_not_whole")),
        ({"item": "GRANT-PLAN", "unit": "EUR"}, ("C2", "unit_not_money")),
        ({"item": "GRANT-PLAN", "unit": "€"}, ("C2", "unit_not_money")),
        ({"place": "?"}, ("C2", "place_unknown")),
        ({"group": "?"}, ("C2", "group_unknown")),
        ({"unit": "?"}, ("C2", "unit_unknown")),
        ({"quantity": "–"}, ("B2", "number_blank")),
        ({"unit": "carton"}, ("C2", "unit_unknown")),
        ({"needed_by": "01/06/2021"}, ("C2", "date_ambiguous")),
        ({"needed_by": "14/09/1442"}, ("C2", "date_calendar")),
        ({"needed_by": "30/06/21"}, ("C2", "date_two_digit_year")),
        ({"needed_by": 44377}, ("C2", "date_is_number")),
        ({"needed_by": "soon"}, ("C2", "date_unclear")),
        ({"rank": 0}, ("C2", "rank_unclear")),
        ({"rank": "first"}, ("C2", "rank_unclear")),
        ({"rank": "1.5"}, ("C2", "rank_unclear")),
        ({"stock": "few"}, ("C2", "number_words")),
        ({"pipeline": "1.250"}, ("C2", "number_ambiguous")),
        ({"place": "Kasala"}, ("C2", "place_unknown")),
        ({"place": "Newtown"}, ("C2", "place_ambiguous")),
        ({"group": "the brave"}, ("C2", "group_unknown")),
        ({"remark": "x" * 1001}, ("C2", "text_too_long")),
    ],
)
def test_a_faulty_cell_refuses_its_row(cells, fault):
    assert reasons(need(**cells)) == [fault]


def test_every_fault_of_a_row_is_named():
    row = need(item="Nothing of ours", quantity="many", needed_by="soon", place="nowhere", group="nobody", rank="top")
    assert [reason for _, reason in reasons(row)] == [
        "item_unknown", "number_words", "date_unclear", "place_unknown", "group_unknown", "rank_unclear",
    ]  # fmt: skip


def test_one_bad_row_does_not_hide_another():
    assert reasons(need(quantity="many"), need(item="OXY-CONC-10"), need(item="RUB", quantity="few")) == [
        ("B2", "number_words"),
        ("B4", "number_words"),
    ]


def test_the_same_need_twice_is_never_summed():
    parsed = read(need(), need(item="Masque médical, type IIR", quantity=5, place="whole country"))
    assert [line.row for line in parsed.lines] == [2]
    (fault,) = parsed.faults
    assert (fault.row, fault.reason) == (3, "same_twice")
    assert "row 2" in fault.sentence
    assert reasons(need(quantity="many"), need()) == [("B2", "number_words"), ("A3", "same_twice")]
    assert read(need(place="Kassala"), need(place="SD-T1")).refused == 0


# ── spelling, own words, choices ─────────────────────────────────────────────
def test_a_misspelt_item_is_offered_the_right_one():
    (fault,) = read(need(item="Oxigen consentrator 10L")).faults
    assert fault.options[0].answer == str(OXYGEN.id)
    assert "Oxygen concentrator, 10 L/min" in fault.remedy
    assert (
        one(need(item="Oxigen consentrator 10L"), items={fold("oxigen consentrator 10L"): OXYGEN.id}).item_id
        == OXYGEN.id
    )


def test_a_name_of_several_items_offers_their_codes():
    (fault,) = read(need(item="glove")).faults
    assert {option.answer for option in fault.options} == {str(GLOVE_L.id), str(GLOVE_S.id)}
    assert "GLOVE-L" in fault.remedy


def test_own_words_are_kept_when_the_person_says_so():
    line = one(need(item="Portable tents, large", quantity="40", unit="sets"), own_words=True)
    assert (line.item_id, line.words, line.unit_name, line.quantity) == (None, "Portable tents, large", "sets", 40_000)
    assert line.outcome == "created"
    assert one(need(item="Tents"), own_words=frozenset({"tents"})).words == "Tents"
    assert reasons(need(item="Tents"), own_words=frozenset({"other"})) == [("A2", "item_unknown")]
    assert reasons(need(item="Glove"), own_words=True) == [("A2", "item_ambiguous")], "the words have a meaning, or two"


def test_no_sign_turns_what_the_approver_reads():
    line = one(need(item="Tents \u202e12\u202c", quantity="40\u202e", remark="send \u202eabc"), own_words=True)
    assert (line.words, line.quantity, line.remark) == ("Tents 12", 40_000, "send abc")


def test_own_words_that_stand_already_are_unchanged():
    before = Standing(None, WHOLE.id, EVERYONE.id, 40_000, "sets", date(2021, 12, 31))
    lookup = words(standing_words={("tents", WHOLE.id, EVERYONE.id): before})
    assert one(need(item="TENTS", quantity=40), lookup=lookup, own_words=True).outcome == "unchanged"
    assert reasons(need(item="Tents"), need(item="tents!"), own_words=True) == [("A3", "same_twice")]


def test_a_new_place_is_made_only_when_confirmed():
    (fault,) = read(need(place="Port Sudan")).faults
    assert fault.options[0].answer == "new_place"
    line = one(need(place="Port Sudan"), new_places=frozenset({"port sudan"}))
    assert (line.place_id, line.place_name, line.outcome) == (None, "Port Sudan", "created")
    assert one(need(place="Port Sudan"), new_places=True).place_name == "Port Sudan"
    assert reasons(need(place="Port Sudan"), new_places=frozenset({"other"})) == [("C2", "place_unknown")]


def test_a_pack_that_the_person_explained():
    assert one(need(unit="Carton", quantity=2), packs={(MASK.id, "carton"): 2_000_000}).quantity == 4_000_000


# ── questions ────────────────────────────────────────────────────────────────
def test_an_ambiguous_number_is_asked_once_for_its_column():
    rows = [need(quantity="1,250"), need(item="OXY-CONC-10", quantity="2,500"), need(item="GLOVE-L", stock="3,000")]
    parsed = read(*rows)
    quantity, stock = parsed.questions
    assert quantity.cell_names == ("B2", "B3")
    assert [option.label for option in quantity.options] == ["1250", "1.25"]
    assert stock.cell_names == ("C4",)
    assert [fault.value for fault in parsed.problems()] == ["1,250", "2,500", "3,000"]
    assert "2500" in parsed.problems()[1].sentence, "each cell is asked about with its own readings"
    assert (parsed.read, parsed.refused, parsed.faults) == (3, 3, ())
    answered = read(*rows, decimal={"quantity": "."})
    assert [line.quantity for line in answered.lines] == [1_250_000, 2_500_000]
    assert [line.quantity for line in read(*rows, decimal={"*": "."}).lines] == [1_250_000, 2_500_000, 300_000]


def test_the_order_of_day_and_month_is_asked_once():
    rows = [need(needed_by="01/06/2021"), need(item="OXY-CONC-10", needed_by="02/06/2021")]
    (question,) = read(*rows).questions
    assert question.cell_names == ("C2", "C3")
    assert [(option.answer, option.label) for option in question.options] == [
        ("dmy", "1 June 2021"),
        ("mdy", "6 January 2021"),
    ]
    assert [line.needed_by for line in read(*rows, dates={"needed_by": "dmy"}).lines] == [
        date(2021, 6, 1),
        date(2021, 6, 2),
    ]


def test_another_calendar_is_confirmed_once():
    rows = [need(needed_by="14/09/1442"), need(item="OXY-CONC-10", needed_by="30/06/2021")]
    (question,) = read(*rows).questions
    assert question.options[0].answer == "hijri"
    assert "Hijri" in question.sentence
    assert "26 April 2021" in question.sentence
    assert [line.needed_by for line in read(*rows, calendars={"needed_by": "hijri"}).lines] == [
        date(2021, 4, 26),
        date(2021, 6, 30),
    ]


def test_whole_country_beside_a_part_is_asked_about_once():
    rows = [need(), need(place="Kassala"), need(item="RUB")]
    parsed = read(*rows)
    (question,) = parsed.questions
    assert question.reason == "both_levels"
    assert question.cell_names == ("A2", "A3")
    assert [line.item_id for line in parsed.lines] == [HANDRUB.id]
    assert (parsed.read, parsed.refused) == (3, 2)
    assert len(read(*rows, both_levels=True).lines) == 3
    assert reasons(need(place="Kassala"), need(place="SD-T1")) == []
    assert reasons(need(), need(group="U5")) == [("A2", "both_levels"), ("A3", "both_levels")]


def test_levels_are_asked_about_against_what_stands():
    stands = words(standing(MASK, 300))
    assert reasons(need(place="Kassala"), lookup=stands) == [("A2", "both_levels")]
    assert reasons(need(place="Kassala"), need(quantity=0), lookup=stands) == [], "the whole country ends here"
    both = words(standing(MASK, 300), standing(MASK, 5, place=KASSALA))
    assert reasons(need(place="SD-T1"), lookup=both) == [], "it was asked about when it came to stand so"


# ── against what stands ──────────────────────────────────────────────────────
def test_the_same_again_is_unchanged_even_in_another_unit():
    lookup = words(standing(MASK, 300, rank=2, stock=5_000, remark="for clinics"))
    assert one(need(), lookup=lookup).outcome == "unchanged"
    assert one(need(quantity=6, unit="box of 50"), lookup=lookup).outcome == "unchanged"
    line = one(need(rank=3), lookup=lookup)
    assert (line.outcome, line.rank, line.stock, line.remark) == ("updated", 3, 5_000, "for clinics")
    assert one(need(quantity=301), lookup=lookup).outcome == "updated"
    assert one(need(needed_by="2021-06-30"), lookup=lookup).outcome == "updated"


def test_a_blank_quantity_keeps_what_stands():
    lookup = words(standing(MASK, 300, unit_name="box of 50", pack_factor=50_000, quantity_typed="6", pipeline=7_000))
    line = one(need(quantity=None, remark=None), lookup=lookup)
    assert (line.quantity, line.pipeline, line.outcome) == (300_000, 7_000, "unchanged")
    assert (line.unit_name, line.pack_factor, line.quantity_typed) == ("box of 50", 50_000, "6")
    assert one(need(quantity="\u200b", rank=1), lookup=lookup).outcome == "updated"
    assert reasons(need(quantity="\u200b")) == [("B2", "number_blank")], "invisible is blank, and blank is not zero"


def test_a_typed_zero_ends_the_need():
    line = one(need(quantity=0), lookup=words(standing(MASK, 300, pipeline=7_000)))
    assert (line.quantity, line.pipeline, line.approved, line.outcome) == (0, 0, 0, "updated")
    assert one(need(quantity="٠")).outcome == "created", "a stated zero is kept"
    assert one(need(quantity=0), lookup=words(standing(MASK, 0))).outcome == "unchanged"


def test_a_number_that_equals_the_old_one_less_receipts_is_asked_about():
    lookup = words(standing(MASK, 300, received=100_000))
    (question,) = read(need(quantity=200), lookup=lookup).questions
    assert (question.reason, question.cell) == ("equal_less_receipts", "B2")
    assert "300" in question.sentence
    assert "100" in question.sentence
    assert [option.answer for option in question.options] == ["total", "remaining"]
    total = one(need(quantity=200), lookup=lookup, equal_less_receipts={"quantity": "total"})
    assert (total.quantity, total.outcome) == (200_000, "updated")
    remaining = one(need(quantity=200), lookup=lookup, equal_less_receipts={"quantity": "remaining"})
    assert (remaining.quantity, remaining.outcome) == (300_000, "unchanged")
    assert one(need(quantity=199), lookup=lookup).quantity == 199_000


def test_receipts_of_what_was_deducted_as_on_its_way_are_asked_about_too():
    lookup = words(standing(MASK, 300, pipeline=20_000, received=20_000))
    assert reasons(need(quantity=300, pipeline=0), lookup=lookup) == [("B2", "equal_less_receipts")]
    assert one(need(quantity=300), lookup=lookup).outcome == "unchanged", "a blank pipeline is the old one"


def test_reading_ones_own_lines_again_changes_nothing():
    """The same file after it came to stand: every line is unchanged."""
    rows = [need(rank=1), need(item="RUB", quantity="2.5"), need(item="GRANT-PLAN", quantity="10.5"),
            need(item="OXY-CONC-10", place="Kassala", stock=3, pipeline=1, remark="x")]  # fmt: skip
    first = read(*rows)
    stands = [
        Standing(line.item_id, line.place_id, line.group_id, line.quantity, line.unit_name, line.needed_by, line.rank,
                 line.stock, line.pipeline, 0, line.remark)
        for line in first.lines
    ]  # fmt: skip
    again = read(*rows, lookup=words(*stands))
    assert again.count("unchanged") == again.read == 4


# ── sheets ───────────────────────────────────────────────────────────────────
def test_blank_rows_and_rows_above_the_header_are_not_counted():
    rows = [
        Row("Needs", 1, ("Ministry of Health",)),
        Row("Needs", 3, ("Item", "Quantity")),
        Row("Needs", 4, (None, "  ")),
        Row("Needs", 7, ("MASK-IIR", 5)),
    ]
    parsed = parse(rows, words())
    assert (parsed.read, parsed.lines[0].row) == (1, 7)


def test_a_sheet_without_known_columns_is_reported_beside_a_good_one():
    rows = [*sheet(need()), *sheet({"Hello": "there"}, {"Hello": "you"}, name="Read me")]
    parsed = parse(rows, words())
    assert (parsed.read, parsed.unmapped) == (1, None)
    assert [(skipped.sheet, skipped.rows) for skipped in parsed.skipped] == [("Read me", 3)]


def test_two_sheets_of_needs_are_read_and_told_apart():
    rows = [*sheet(need(), name="A"), *sheet(need(item="RUB"), need(), name="B")]
    parsed = parse(rows, words())
    assert [(line.sheet, line.row) for line in parsed.lines] == [("A", 2), ("B", 2)]
    assert [(fault.sheet, fault.row, fault.reason) for fault in parsed.faults] == [("B", 3, "same_twice_on_sheets")]
    assert parse(rows, words(), answers=Answers(sheet="B")).read == 2


def test_unknown_columns_are_handed_back_and_a_mapping_reads_them():
    rows = sheet({"Was": "MASK-IIR", "Wie viel": 5})
    parsed = parse(rows, words())
    assert (parsed.read, parsed.lines) == (0, ())
    assert parsed.unmapped is not None
    assert parsed.unmapped.titles == ("Was", "Wie viel")
    assert [fault.reason for fault in parsed.problems()] == ["columns_missing"]
    mapped = parse(rows, words(), answers=Answers(mapping={"item": 0, "quantity": 1}))
    assert mapped.lines[0].quantity == 5_000


def test_an_empty_table_says_so():
    parsed = parse([], words())
    assert parsed.read == 0
    assert parsed.unmapped is not None


def test_the_lines_of_a_form_are_read_by_the_same_rules():
    form = [
        {"item": "MASK-IIR", "quantity": "300", "place": "Kassala"},
        {"item": "", "quantity": ""},
        {"item": "RUB", "quantity": ""},
    ]
    parsed = parse(form_rows(form, NEEDS), words())
    assert [(line.sheet, line.row, line.quantity) for line in parsed.lines] == [("form", 1, 300_000)]
    (fault,) = parsed.faults
    assert (fault.sheet, fault.row, fault.field, fault.reason) == ("form", 3, "quantity", "number_blank")


# ── laws ─────────────────────────────────────────────────────────────────────
CELLS = st.none() | st.text(max_size=12) | st.integers(-5, 10**14) | st.decimals() | st.dates() | st.booleans()
LIKELY_CELLS = {
    "item": st.sampled_from(["MASK-IIR", "RUB", "GRANT-PLAN", "Glove", "Rice", "tents", None]) | CELLS,
    "quantity": st.sampled_from(["1,250", "0", "12", "about 3", None]) | CELLS,
    "unit": st.sampled_from(["box of 50", "piece", "carton", None]) | CELLS,
    "needed_by": st.sampled_from(["01/06/2021", "30 June 2021", "14/09/1442", None]) | CELLS,
    "rank": CELLS,
    "stock": CELLS,
    "pipeline": CELLS,
    "place": st.sampled_from(["Kassala", "whole country", "Newtown", None]) | CELLS,
    "group": st.sampled_from(["U5", "everyone", None]) | CELLS,
    "remark": CELLS,
}
ANSWERS = st.builds(
    Answers,
    decimal=st.sampled_from([{}, {"*": "."}, {"quantity": ","}]),
    dates=st.sampled_from([{}, {"*": "dmy"}]),
    calendars=st.sampled_from([{}, {"needed_by": "hijri"}]),
    equal_less_receipts=st.sampled_from([{}, {"quantity": "total"}, {"quantity": "remaining"}]),
    own_words=st.booleans(),
    both_levels=st.booleans(),
)
WHOLE_DECIMALS = (Decimal("1E+3"), Decimal("5.0"))
AMOUNTS = ("quantity", "stock", "pipeline", "rank", "remark")
STANDING = words(standing(MASK, 12, received=12_000), standing(HANDRUB, 3), standing(GRANT, 12, pipeline=3_000))


@given(st.lists(st.fixed_dictionaries(LIKELY_CELLS), max_size=8), ANSWERS)
def test_any_table_is_read_and_the_counts_add_up(rows, answers):
    parsed = parse(sheet(dict.fromkeys(LIKELY_CELLS, "x"), *rows), STANDING, answers=answers)
    outcomes = Counter(line.outcome for line in parsed.lines)
    assert set(outcomes) <= {"created", "updated", "unchanged"}
    assert parsed.read == sum(outcomes.values()) + parsed.refused
    blank = sum(
        all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row.values()) for row in rows
    )
    assert parsed.read == 1 + len(rows) - blank
    assert parsed.refused == len({fault.row for fault in parsed.problems()})
    assert not {fault.row for fault in parsed.problems()} & {line.row for line in parsed.lines}
    for line in parsed.lines:
        assert line.quantity >= 0
        assert line.pipeline >= 0
        assert line.approved < 2**62
    for fault in parsed.problems():
        assert fault.sentence
        assert fault.remedy
        assert fault.to_json()["reason"] == fault.reason


def in_full(rows, answers, lookup):
    """As `parse`, with every row read under all the rules, as if nothing had been met before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainNeeds, "line", lambda self, row: None)
        return parse(rows, lookup, answers=answers)


@given(
    st.lists(st.fixed_dictionaries(LIKELY_CELLS), max_size=4),
    st.lists(st.sampled_from(["Kassala", "SD-T1", "whole country", None]), max_size=3),
    st.lists(
        st.fixed_dictionaries(
            {name: st.sampled_from(["0", "12", 7, True, None, "-", *WHOLE_DECIMALS]) | CELLS for name in AMOUNTS}
        ),
        max_size=3,
    ),
    ANSWERS,
)
def test_what_was_met_before_is_read_as_in_full(rows, places, amounts, answers):
    """The same items, units, groups and days again, at other places and with other numbers."""
    again = [row | {"place": place} | other for row in rows for place in places for other in [{}, *amounts]]
    table = sheet(dict.fromkeys(LIKELY_CELLS, "x"), *rows, *again)
    assert repr(parse(table, STANDING, answers=answers)) == repr(in_full(table, answers, STANDING))


def test_rows_of_known_cells_take_the_short_way(monkeypatch):
    """The speed of large tables rests on it."""
    full = []
    whole = _NeedReader.read
    monkeypatch.setattr(_NeedReader, "read", lambda self, row: full.append(row.number) or whole(self, row))
    first = need(unit="box of 50", needed_by="30 June 2021", place="Kassala", group="U5", rank=1, remark="a")
    rows = [
        first,
        first | {"item": "OXY-CONC-10", "unit": None, "place": "SD-T1", "group": None, "needed_by": None},
        first | {"place": "SD-T1", "quantity": "1 250", "stock": 4, "pipeline": "3", "remark": "  -b "},
        first | {"place": "SD-T1", "group": None, "quantity": 12, "rank": "-", "stock": "٣", "remark": None},
        first | {"place": None, "quantity": 12},  # a place that no row had before
        first | {"place": "SD-T1"},  # the same again
        first | {"item": "OXY-CONC-10", "unit": None, "quantity": Decimal("1.5")},
        first | {"item": "OXY-CONC-10", "unit": None, "group": None, "quantity": Decimal("1E+3")},
    ]
    parsed = parse(sheet(*rows), words(), answers=Answers(both_levels=True))
    assert full == [2, 3, 6, 7, 8]
    assert [(line.row, line.quantity, line.quantity_typed, line.stock, line.pipeline, line.rank, line.remark)
            for line in parsed.lines[2:4]] == [
        (4, 62_500_000, "1 250", 200_000, 150_000, 1, "-b"),
        (5, 600_000, "12", 150_000, 0, None, ""),
    ]  # fmt: skip
    assert (parsed.lines[-1].row, parsed.lines[-1].quantity_typed) == (9, "1000")
    assert [(fault.row, fault.reason) for fault in parsed.problems()] == [(7, "same_twice"), (8, "number_not_whole")]
    monkeypatch.undo()
    assert parsed == in_full(sheet(*rows), Answers(both_levels=True), words())


PLAIN = [
    need(item=item, quantity=quantity, place=place)
    for item, quantity in (("MASK-IIR", 5), ("RUB", "1,5"), ("OXY-CONC-10", "many"), ("GLOVE-L", "1,250"))
    for place in ("Kassala", "SD-T1")
]


@given(st.permutations(PLAIN))
def test_the_order_of_rows_does_not_matter(rows):
    """Without rows about the same need, each row is read for itself."""

    def said(table):
        parsed = parse(sheet(*table), words())
        lines = {(line.item_id, line.place_id, line.quantity, line.outcome) for line in parsed.lines}
        return lines, Counter((fault.reason, fault.value) for fault in parsed.problems())

    assert said(rows) == said(PLAIN)


def test_a_hundred_thousand_rows_take_seconds():
    """Measured on a twentieth: distinct needs, each with texts that must be looked at."""
    places = [f"District {number}" for number in range(1000)]
    plain = words()
    lookup = words(
        places=Vocabulary.of(
            [
                (WHOLE, ["WHOLE"]),
                *((type(WHOLE)(number, f"D{number}", name), [name]) for number, name in enumerate(places, 10)),
            ]
        ),
        items=Vocabulary.of([(item, [item.name]) for item in plain.items_by_id.values()]),
    )
    items = [MASK, OXYGEN, HANDRUB, GLOVE_L, GLOVE_S]

    def rows():
        yield Row("Needs", 1, ("Item", "Quantity", "Needed by", "Place", "Remark"))
        for number in range(5000):
            item = items[number % 5].name.upper()
            place = places[number // 5]
            yield Row("Needs", number + 2, (item, f"{number + 10_000}", "30 June 2021", place, f"note {number}"))

    began = time.process_time()
    parsed = parse(rows(), lookup)
    spent = time.process_time() - began
    assert (parsed.read, parsed.refused) == (5000, 0)
    assert spent * 20 < 6, "100,000 rows within six seconds"


def test_what_a_round_does_not_ask_about_is_refused_by_sector():
    assert one(need(item="Arroz"), lookup=words(sectors=frozenset({IPC, FOOD}))).item_id == RICE.id
