"""Rows handed from the child to its parent: whole columns at once, exactly as cell by cell."""

import json
import tempfile
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unmet.exchange import _limits
from unmet.exchange._child_rows import Refuse, RowFile, plain, rows_in

pytestmark = pytest.mark.pure

TEXTS = st.sampled_from(
    ["", " ", "\u00a0", "a", "1", "'", "'=1", "'a", " a", "a\0'b", "\x1f", "«", "a" * 30]
) | st.text(st.characters(exclude_categories=("Cs",)), max_size=3)
FLOATS = st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.0**53, -(2.0**53), 1e300, float("inf"), float("nan")]) | st.floats()
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
MOMENT = datetime.fromisoformat("2020-02-29T13:05:00")
OTHERS = st.sampled_from([True, False, MOMENT, time(1, 2), timedelta(hours=30), date(2020, 1, 2)])
ANY = TEXTS | FLOATS | DAYS | OTHERS
COLUMNS = st.sampled_from([TEXTS, FLOATS, DAYS, ANY, st.just("a"), st.just(""), st.just(1.0), st.booleans()])


@st.composite
def tables(draw):
    """Rows of equal length, whose columns mostly hold one kind of cell, as calamine gives them."""
    width = draw(st.integers(0, 4))
    kinds = [draw(COLUMNS) for _ in range(width)]
    return [[draw(kind) for kind in kinds] for _ in range(draw(st.integers(0, 9)))]


def written(write):
    """The rows as the parent gets them, or the refusal; and that nothing stays of a sheet that was refused."""
    with tempfile.TemporaryFile() as file:
        rows_file = RowFile(file.fileno())
        try:
            told = write(rows_file)
        except Refuse as refusal:
            rows_file.close()
            return refusal.code, refusal.details, file.seek(0, 2)
        rows_file.close()
        file.seek(0)
        rows = [row for line in file.read().splitlines() for row in rows_in(json.loads(line))]
        assert len(rows) == told["rows"]
        assert told["end"] - told["start"] == file.tell()
        return [(number, [(type(cell), cell) for cell in cells]) for number, cells in rows]


@given(tables(), st.integers(0, 2), st.sampled_from([2, 100]), st.sampled_from([20, 32_767]))
def test_columns_are_written_as_cells_are(table, before, most_rows, longest):
    with patch.object(_limits, "NON_BLANK_ROWS", most_rows), patch.object(_limits, "CELL_CHARACTERS", longest):
        at_once = written(lambda rows_file: rows_file.write_columns("Needs", iter(table), before))
        by_cell = written(
            lambda rows_file: rows_file.write_sheet(
                "Needs", ((number, plain(row, before)) for number, row in enumerate(table, 1))
            )
        )
    both_faults = most_rows == 2 and any(isinstance(cell, str) and ("\0" in cell or len(cell) > longest)
                                         for row in table for cell in row)  # fmt: skip
    if not both_faults:  # of two reasons to refuse a file either may be told
        assert repr(at_once) == repr(by_cell)


def test_what_is_the_same_in_all_rows_is_written_once_but_true_is_not_one():
    rows = [["a", 1.0, True, date(2020, 2, 29)], ["a", True, True, date(2020, 2, 29)]] * 100
    with tempfile.TemporaryFile() as file:
        rows_file = RowFile(file.fileno())
        rows_file.write_columns("Needs", iter(rows), 1)
        rows_file.close()
        file.seek(0)
        last = json.loads(file.read().splitlines()[-1])
    assert [set(column) == {"same"} for column in last["columns"]] == [True, True, False, True, True]
    assert last["columns"][2][:2] == [True, 1] or last["columns"][2][:2] == [1, True]
    assert {type(cell) for cell in last["columns"][2]} == {bool, int}
