"""Which column is which: in four languages, wherever the table begins, or as a person says."""

import pytest
from django.conf import settings
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from unmet.exchange.form import NEEDS, SUPPORT
from unmet.exchange.headers import Headers, Unmapped, find_headers
from unmet.exchange.table import Row


def rows(*cells, first=1, sheet="Needs"):
    return [Row(sheet, number, tuple(row)) for number, row in enumerate(cells, first)]


@pytest.mark.parametrize(
    "titles",
    [
        ["Item", "Quantity", "Unit or pack", "Needed by", "Rank", "Place", "Remark"],
        ["ITEM ", "Qty*", "UoM", "Required by", "Priority", "Province", "Comments"],
        ["Désignation", "Quantité", "Unité", "Nécessaire avant", "Priorité", "Région", "Remarques"],
        ["Artículo", "Cantidad", "Unidad", "Fecha límite", "Prioridad", "Provincia", "Observaciones"],
        ["الصنف", "الكمية", "الوحدة", "مطلوب قبل", "الأولوية", "المكان", "ملاحظات"],
        ["Item / الصنف", "Quantity\nالكمية", "Unit (base or pack)", "Needed by (date)", "Rank", "Place", "Remark"],
    ],
)
def test_headers_in_any_of_the_languages(titles):
    found = find_headers(rows(titles), NEEDS)
    assert isinstance(found, Headers)
    assert found.columns == {"item": 0, "quantity": 1, "unit": 2, "needed_by": 3, "rank": 4, "place": 5, "remark": 6}
    assert found.unknown == ()


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@pytest.mark.parametrize("wanted", [NEEDS, SUPPORT], ids=["needs", "support"])
def test_the_titles_of_our_own_workbooks_are_understood_whatever_language_is_active(wanted, language):
    with override(language):
        titles = [str(column.title) for column in wanted]
    found = find_headers(rows(titles), wanted)
    assert isinstance(found, Headers)
    assert found.columns == {column.name: index for index, column in enumerate(wanted)}


def test_field_names_are_headers_too():
    for wanted in (NEEDS, SUPPORT):
        found = find_headers(rows([column.name for column in wanted]), wanted)
        assert isinstance(found, Headers)
        assert list(found.columns.values()) == list(range(len(wanted)))


def test_the_header_may_stand_below_a_letterhead():
    found = find_headers(
        rows(["Ministry of Health"], ["Needs for 2021", None, "Place: Khartoum"], ["No.", "Item", "Quantity"], first=3),
        NEEDS,
    )
    assert isinstance(found, Headers)
    assert (found.row, found.columns) == (5, {"item": 1, "quantity": 2})
    assert found.unknown == ((0, "No."),), "reported, not lost"


def test_beyond_the_first_rows_no_header_is_looked_for():
    table = rows(*[["words"]] * 30, ["Item", "Quantity"])
    assert isinstance(find_headers(table, NEEDS), Unmapped)
    assert isinstance(find_headers(table[1:], NEEDS), Headers)


def test_our_own_title_goes_before_another_word_for_the_column():
    found = find_headers(rows(["Item code", "Item", "Description", "Quantity", "Total"]), NEEDS)
    assert isinstance(found, Headers)
    assert found.columns == {"item": 1, "quantity": 3}
    assert found.unknown == ((0, "Item code"), (2, "Description"), (4, "Total"))


def test_two_columns_with_equal_claims_are_asked_about():
    found = find_headers(rows(["Product", "Description", "Quantity"]), NEEDS)
    assert isinstance(found, Unmapped)
    assert (found.missing, found.twice) == ((), ("item",))
    (fault,) = found.faults()
    assert fault.reason == "columns_twice"
    assert "Item" in fault.sentence


def test_columns_that_nobody_knows_are_handed_back_with_their_headers():
    found = find_headers(rows(["Report"], ["Was brauchen Sie", "Wie viel", None, "Bis wann"]), NEEDS)
    assert isinstance(found, Unmapped)
    assert found.row == 2
    assert found.titles == ("Was brauchen Sie", "Wie viel", "", "Bis wann")
    assert found.missing == ("item", "quantity")
    (fault,) = found.faults()
    assert (fault.reason, fault.row, fault.cell) == ("columns_missing", 2, "")
    assert "Item" in fault.sentence
    assert "Quantity" in fault.sentence


def test_a_mapping_made_by_a_person_is_taken_as_it_is():
    table = rows(["Was brauchen Sie", "Item", "Wie viel"], ["masks", "x", 3])
    found = find_headers(table, NEEDS, mapping={"item": 0, "quantity": 2})
    assert isinstance(found, Headers)
    assert found.columns == {"item": 0, "quantity": 2}
    assert found.unknown == ((1, "Item"),)
    assert isinstance(find_headers(table, NEEDS, mapping={"item": 0}), Unmapped)


def test_a_sheet_of_support_may_lack_the_party_that_is_known_anyway():
    titles = ["Member", "Item", "Quantity", "Stage", "Date", "Reference"]
    assert isinstance(find_headers(rows(titles), SUPPORT), Unmapped)
    assert isinstance(find_headers(rows(titles), SUPPORT, optional=frozenset({"giver"})), Headers)


@given(st.lists(st.lists(st.none() | st.text() | st.integers(), max_size=8), max_size=6))
def test_any_sheet_gets_an_answer(cells):
    found = find_headers(rows(*cells), NEEDS)
    if isinstance(found, Headers):
        assert {"item", "quantity"} <= set(found.columns)
    else:
        assert found.missing or found.twice


@given(st.permutations(["Item", "Quantity", "Unit", "Place", "Colour"]))
def test_the_order_of_columns_does_not_matter(titles):
    found = find_headers(rows(titles), NEEDS)
    assert isinstance(found, Headers)
    assert {field: titles[index] for field, index in found.columns.items()} == {
        "item": "Item", "quantity": "Quantity", "unit": "Unit", "place": "Place",
    }  # fmt: skip
    assert [title for _, title in found.unknown] == ["Colour"]
