"""A table of needs from the file to the list page: counts, answers, good rows, the same file again."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.utils import timezone

from tests import make
from unmet.exchange import needs_import
from unmet.exchange.answers import Answers
from unmet.exchange.import_report import CountsDiffer, Report
from unmet.exchange.table import FileRefused
from unmet.methods import quantify
from unmet.needs import queries
from unmet.needs import services as needs
from unmet.needs.models import Calculation, HeaderMapping, Return, Statement

pytestmark = pytest.mark.django_db
HEADERS = ["Item", "Quantity", "Needed by", "Place"]
GOOD = [["MASK-IIR", 1000, None, None], ["GOWN-ISO", "2 500", None, None]]


@pytest.fixture
def round_():
    return make.round_()


@pytest.fixture
def focal():
    return make.focal_point("ZMB")


def workbook(tmp_path: Path, rows: list[list[Any]], headers: list[str] = HEADERS, name: str = "needs.xlsx") -> Path:
    path = tmp_path / name
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("Needs")
        for number, row in enumerate([headers, *rows]):
            sheet.write_row(number, 0, row)
    return path


def examine(path: Path, round_, answers: Answers | None = None) -> needs_import.ExaminedNeeds:
    return needs_import.examine(path, path.name, member=make.party("ZMB"), round_=round_, answers=answers)


def write(examined, round_, by, *, good_rows: bool = False) -> Report:
    return needs_import.write(examined, member=make.party("ZMB"), round_=round_, by=by, at=make.AT, good_rows=good_rows)


def counts(report: Report) -> tuple[int, ...]:
    return report.read, report.created, report.updated, report.unchanged, report.refused


def test_examining_writes_nothing_and_writing_sends_it_to_the_approver(tmp_path, round_, focal):
    with make.as_(focal):
        examined = examine(workbook(tmp_path, GOOD), round_)
        assert counts(examined.report) == (2, 2, 0, 0, 0) and not examined.report.written
        assert not Statement.objects.exists()
        report = write(examined, round_, focal)
        listed = queries.listed(member=make.party("ZMB"), round_=round_)
        assert sorted(listed.values_list("requested", flat=True)) == [1_000_000, 2_500_000]
    assert counts(report) == (2, 2, 0, 0, 0) and report.written
    assert Return.objects.get().state == Return.State.SUBMITTED


def test_the_same_file_again_changes_nothing(tmp_path, round_, focal):
    path = workbook(tmp_path, [*GOOD, ["A tent of our own", 3, None, "Port of our own"]])
    answers = Answers.from_controls({"own_words": "1", "place.port of our own": "new_place"})
    with make.as_(focal):
        write(examine(path, round_, answers), round_, focal)
        report = write(examine(path, round_), round_, focal)  # what was confirmed once is not asked about again
    assert counts(report) == (3, 0, 0, 3, 0) and report.written
    assert Return.objects.get().revision == 1 and Statement.objects.count() == 3


def test_a_changed_quantity_is_updated(tmp_path, round_, focal):
    with make.as_(focal):
        write(examine(workbook(tmp_path, GOOD), round_), round_, focal)
        report = write(examine(workbook(tmp_path, [["MASK-IIR", 7, None, None]]), round_), round_, focal)
    assert counts(report) == (1, 0, 1, 0, 0)


def test_all_or_nothing_unless_the_good_rows_are_asked_for(tmp_path, round_, focal):
    path = workbook(tmp_path, [*GOOD, ["MASK-IIR", "about 300", None, "Lusaka"]])
    with make.as_(focal):
        refused = write(examine(path, round_), round_, focal)
        assert counts(refused) == (3, 2, 0, 0, 1) and not refused.written
        assert not Statement.objects.exists()
        report = write(examine(path, round_), round_, focal, good_rows=True)
    assert counts(report) == (3, 2, 0, 0, 1) and report.written
    assert Statement.objects.count() == 2


def test_a_question_is_answered_once_for_the_column(tmp_path, round_, focal):
    path = workbook(tmp_path, [["MASK-IIR", "1,250", None, None], ["GOWN-ISO", "2,500", None, None]])
    with make.as_(focal):
        examined = examine(path, round_)
        [question] = examined.parsed.questions
        assert question.cell_names == ("B2", "B3") and examined.report.refused == 2
        report = write(examine(path, round_, Answers.from_controls({question.control: "."})), round_, focal)
    assert counts(report) == (2, 2, 0, 0, 0)
    assert sorted(Statement.objects.values_list("requested", flat=True)) == [1_250_000, 2_500_000]


def test_the_report_for_programs_names_cell_value_reason_and_remedy(tmp_path, round_, focal):
    path = workbook(tmp_path, [["MASK-IIR", None, None, None]])
    with make.as_(focal):
        told = examine(path, round_).report.to_json()
    assert list(told) == ["read", "created", "updated", "unchanged", "refused", "written", "faults"]
    [fault] = told["faults"]
    assert {name: fault[name] for name in ("sheet", "cell", "row", "column", "value", "reason")} == {
        "sheet": "Needs", "cell": "B2", "row": 2, "column": "Quantity", "value": "", "reason": "number_blank",
    }  # fmt: skip
    assert "A blank is not zero" in fault["sentence"] and fault["remedy"]


def test_headers_named_once_are_remembered_for_the_member_only(tmp_path, round_, focal):
    path = workbook(tmp_path, [["MASK-IIR", 5]], ["Ding", "Anzahl"])
    mapping = Answers.from_controls({"map.item": "0", "map.quantity": "1", "sheet": "Needs"})
    with make.as_(focal):
        unmapped = examine(path, round_).parsed.unmapped
        assert unmapped is not None and unmapped.titles == ("Ding", "Anzahl")
        assert examine(path, round_, mapping).report.created == 1
        needs_import.remember(unmapped.titles, dict(mapping.mapping), member=make.party("ZMB"), by=focal, at=make.AT)
        assert examine(path, round_).report.created == 1
    other = make.focal_point("CUB")
    with make.as_(other):
        theirs = needs_import.examine(path, path.name, member=make.party("CUB"), round_=round_)
    assert theirs.parsed.unmapped is not None and HeaderMapping.objects.count() == 1


def test_what_the_list_page_would_not_show_is_not_written(tmp_path, round_, focal, monkeypatch):
    with make.as_(focal):
        examined = examine(workbook(tmp_path, GOOD), round_)
        # The list page loses a row: the counts would lie, so everything is taken back.
        whole = queries.listed
        monkeypatch.setattr(queries, "listed", lambda **which: whole(**which).exclude(need__item__code="GOWN-ISO"))
        with pytest.raises(CountsDiffer):
            write(examined, round_, focal)
    assert not Statement.objects.exists() and not Return.objects.exists()


def test_a_closed_round_is_refused_even_when_nothing_would_be_written(tmp_path, round_, focal):
    late = make.AT + timedelta(days=3000)
    with make.as_(focal):
        examined = examine(workbook(tmp_path, [["MASK-IIR", "x", None, None]]), round_)
        with pytest.raises(needs.RoundNotOpen):
            needs_import.write(examined, member=make.party("ZMB"), round_=round_, by=focal, at=late)


def test_a_file_that_is_no_table_is_refused_with_a_sentence(tmp_path, round_, focal):
    path = tmp_path / "needs.xlsx"
    path.write_bytes(b"%PDF-1.7 not a table")
    with make.as_(focal), pytest.raises(FileRefused) as refused:
        examine(path, round_)
    assert "needs.xlsx" in refused.value.sentence


def test_counts_that_do_not_add_up_cannot_be_reported():
    with pytest.raises(CountsDiffer):
        Report(read=3, created=1, updated=0, unchanged=0, refused=1, written=True, faults=())


def test_ten_thousand_rows_are_written_and_read_back(tmp_path, round_, focal):
    places = [["MASK-IIR", number + 1, None, f"District {number}"] for number in range(10_000)]
    path = workbook(tmp_path, places)
    begun = timezone.now()
    with make.as_(focal):
        report = write(examine(path, round_, Answers(new_places=True)), round_, focal)
    assert counts(report) == (10_000, 10_000, 0, 0, 0)
    assert timezone.now() - begun < timedelta(seconds=60)
    assert date(2021, 6, 30) == Statement.objects.first().needed_by_on


# ── gross quantity and method ────────────────────────────────────────────────
WORKED = [
    "Item",
    "Quantity",
    "Unit or pack",
    "Usable stock deducted",
    "On its way, deducted",
    "Gross quantity",
    "Method",
]
APRONS = ["APRON", 6, "pack of 100", 1, 2, 9, "from consumption"]


def test_gross_and_method_become_the_calculation_behind_the_line(tmp_path, round_, focal):
    path = workbook(tmp_path, [["GOWN-ISO", 5], APRONS], WORKED)
    with make.as_(focal):
        report = write(examine(path, round_), round_, focal)
        assert counts(report) == (2, 2, 0, 0, 0)
        assert counts(write(examine(path, round_), round_, focal)) == (2, 0, 0, 2, 0), "the same again changes nothing"
    stated = Statement.objects.get(need__item__code="APRON")
    assert (stated.requested, stated.calculated) == (600_000, 600_000)
    behind = stated.calculation
    assert (behind.method, behind.version, behind.made_at) == ("net_need", "1.0", make.AT)
    assert behind.inputs == {
        "gross": 900_000, "stock": 100_000, "pipeline": 200_000, "stated_method": "from consumption",
    }  # fmt: skip
    assert quantify.net_need(**{name: behind.inputs[name] for name in ("gross", "stock", "pipeline")}) == 600_000
    assert Statement.objects.get(need__item__code="GOWN-ISO").calculation is None
    assert Calculation.objects.count() == 1


def test_another_gross_or_method_is_a_change_and_a_blank_is_none(tmp_path, round_, focal):
    with make.as_(focal):
        write(examine(workbook(tmp_path, [APRONS], WORKED), round_), round_, focal)
        for cells, wanted in (
            ([*APRONS[:5], None, None], (0, 1)),
            ([*APRONS[:5], None, "from consumption"], (0, 1)),
            ([*APRONS[:5], 9, None], (0, 1)),
            ([*APRONS[:5], 10, None], (1, 0)),
            ([*APRONS[:5], None, "from cases"], (1, 0)),
        ):
            report = write(examine(workbook(tmp_path, [cells], WORKED), round_), round_, focal)
            assert (report.updated, report.unchanged) == wanted, cells
    newest = Statement.objects.get(newest=True)
    assert (newest.calculation.inputs["gross"], newest.calculation.inputs["stated_method"]) == (1_000_000, "from cases")
    assert newest.calculated == 700_000


def test_a_method_without_a_gross_quantity_is_refused_where_none_stands(tmp_path, round_, focal):
    with make.as_(focal):
        examined = examine(workbook(tmp_path, [[*APRONS[:5], None, "from cases"]], WORKED), round_)
    [fault] = examined.faults
    assert (fault.reason, fault.cell, fault.value) == ("gross_blank", "G2", "from cases")


def test_the_approver_reads_the_calculated_quantity_beside_the_requested_one(tmp_path, round_, focal):
    """Overstock is no negative need, and what is asked for may differ from what was calculated."""
    with make.as_(focal):
        write(examine(workbook(tmp_path, [["APRON", 50, None, 500, None, 300, None]], WORKED), round_), round_, focal)
    stated = Statement.objects.get()
    assert (stated.calculated, stated.requested) == (0, 50_000)


def odd_workbook(path: Path, day: date) -> Path:
    """Days since 1904, a merged title, the header in row 5 and merged over two columns, hidden rows and columns."""
    with xlsxwriter.Workbook(path, {"date_1904": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.add_worksheet("Notes").hide()
        sheet = book.add_worksheet("Needs")
        sheet.merge_range("B2:G2", "Needs of the hospital")
        sheet.merge_range("B5:C5", "Item")
        sheet.write_row("D5", ["Quantity", "Needed by", "Place"])
        sheet.write_row("B6", ["MASK-IIR", None, 1000])
        sheet.write_datetime("E6", day)
        sheet.write_row("B8", ["GOWN-ISO", None, 2500])
        sheet.write_formula("D9", "=D6*7", None, 7000)
        sheet.write("B9", "GLOVE-EXAM")
        sheet.set_row(7, None, None, {"hidden": True})
        sheet.set_column("C:C", None, None, {"hidden": True})
    return path


def test_an_odd_workbook_is_read_as_a_person_sees_it(tmp_path, round_, focal):
    day = date(2020, 12, 1)
    with make.as_(focal):
        report = write(examine(odd_workbook(tmp_path / "odd.xlsx", day), round_), round_, focal)
        stated = set(Statement.objects.values_list("need__item__code", "requested", "needed_by_on"))
    assert counts(report) == (3, 3, 0, 0, 0)
    assert ("MASK-IIR", 1_000_000, day) in stated
    assert {(item, quantity) for item, quantity, _ in stated} == {
        ("MASK-IIR", 1_000_000), ("GOWN-ISO", 2_500_000), ("GLOVE-EXAM", 7_000_000)
    }  # fmt: skip
