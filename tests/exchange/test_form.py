"""The form of needs is defined once: page, workbook, import and API have the same columns in the same order."""

import pytest
from django.utils.translation import override

from unmet.api import return_schemas as said
from unmet.exchange import workbook
from unmet.exchange.form import NEEDS_FORM
from unmet.exchange.headers import Headers, find_headers
from unmet.exchange.table import Row
from unmet.web.desk import grid

# Version -> its columns. A column that comes, goes or means something else asks for the next version, and a line here.
VERSIONS = {
    1: "item quantity unit needed_by rank stock remark place group gross pipeline method",
}


def test_a_change_of_the_columns_is_a_new_version():
    assert VERSIONS[NEEDS_FORM.version].split() == list(NEEDS_FORM.names)
    assert NEEDS_FORM.version == max(VERSIONS)


def test_the_page_shows_every_column_with_its_title_and_help():
    [row] = grid.rows_of([], blank=1)
    cells = {cell.name: cell for cell in (*row.first, *row.rest)}
    assert set(cells) == set(NEEDS_FORM.names)
    for column in NEEDS_FORM.columns:
        assert (cells[column.name].label, cells[column.name].hint) == (column.title, column.help)


def test_the_api_takes_every_column_and_no_other():
    assert set(said.NeedLine.model_fields) == set(NEEDS_FORM.names)
    required = {name for name, field in said.NeedLine.model_fields.items() if field.is_required()}
    assert required <= {column.name for column in NEEDS_FORM.columns if column.required}


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_titles_and_help_fit_the_cells_of_a_workbook(language):
    with override(language):
        titles = [str(column.title) for column in NEEDS_FORM.columns]
        assert len(set(titles)) == len(titles)
        for column in NEEDS_FORM.columns:
            assert 0 < len(str(column.title)) <= 60 and len(str(column.help)) <= workbook.MESSAGE


def test_further_columns_come_last_so_that_both_sheets_begin_alike():
    further = [column.further for column in NEEDS_FORM.columns]
    assert further == sorted(further)
    assert NEEDS_FORM.columns[: len(NEEDS_FORM.short)] == NEEDS_FORM.short
    assert all(not column.further for column in NEEDS_FORM.columns if column.required)


def test_no_other_word_for_a_column_is_a_word_for_another_one():
    for column in NEEDS_FORM.columns:
        for word in column.words.split(","):
            found = find_headers([Row("Needs", 1, (word.strip(),))], (column,), optional=frozenset(NEEDS_FORM.names))
            assert isinstance(found, Headers) and found.columns == {column.name: 0}
            everywhere = find_headers(
                [Row("Needs", 1, (word.strip(),))], NEEDS_FORM.columns, optional=frozenset(NEEDS_FORM.names)
            )
            assert isinstance(everywhere, Headers) and list(everywhere.columns) == [column.name], word
