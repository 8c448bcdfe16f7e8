"""The workbook of a member: what is filled in, how it is laid out, and that it comes back as it went out."""

import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils.translation import override

from tests import make, programs
from tests.conftest import by_turns
from unmet.access.may import NotAllowed
from unmet.access.models import Installation, Role
from unmet.catalogue.models import Pack, Round
from unmet.exchange import needs_import, needs_workbook, stamp, table, workbook
from unmet.exchange.answers import Answers
from unmet.exchange.form import NEEDS_FORM
from unmet.exchange.import_report import Report
from unmet.exchange.needs_import import ExaminedNeeds
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.models import Return, Statement
from unmet.parties.models import Person, Place

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "ar", "es", "fr")
MEMBER, OTHER = "ZMB", "CUB"
LISTS, FORM = "⚑ lists", "⚑ form"
FIRST_LINE = workbook.HEADER + 2  # as a person counts rows

Work = Callable[[Any], None]


@dataclass(frozen=True)
class Desk:
    """A focal point who downloads workbooks and sends them back."""

    folder: Path
    person: Person
    of: str = MEMBER

    def download(self, round_: Round, language: str = "en", work: Work | None = None) -> Path:
        """The workbook as a file, after somebody worked in it."""
        path = self.folder / f"{self.of}-{round_.code}-{language}-{time.monotonic_ns()}.xlsx"
        with make.as_(self.person):
            needs_workbook.write(
                path, member=make.party(self.of), round_=round_, language=language, by=self.person, at=make.AT
            )
        if work is not None:
            book = openpyxl.load_workbook(path)
            work(book)
            book.save(path)
        return path

    def examine(self, path: Path, round_: Round, answers: Answers | None = None) -> ExaminedNeeds:
        with make.as_(self.person):
            return needs_import.examine(path, path.name, member=make.party(self.of), round_=round_, answers=answers)

    def write(self, examined: ExaminedNeeds, round_: Round, *, good_rows: bool = False) -> Report:
        with make.as_(self.person):
            return needs_import.write(
                examined, member=make.party(self.of), round_=round_, by=self.person, at=make.AT, good_rows=good_rows
            )


@pytest.fixture
def round_() -> Round:
    return make.round_()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, make.focal_point(MEMBER))


def place(name: str, code: str, of: str = MEMBER) -> Place:
    return Place.objects.create(party=make.party(of), code=code, kind=Place.Kind.AREA, own_name=name)


def exactly(line: NeedLine, quantity: int, **changes: Any) -> NeedLine:
    """The line with a quantity in thousandths of the base unit."""
    return replace(line, quantity=quantity, **changes)


def next_round(before: Round, **changes: Any) -> Round:
    """The round after one that is closed now."""
    by = make.person(Role.COORDINATION)
    with make.as_(by):
        rounds.close_round(before, by=by, at=make.AT)
    return make.round_("r2", period=(date(2021, 7, 1), date(2021, 12, 31)), **changes)


def odd_lines() -> list[Any]:
    """Lines that say everything a line can say, each in a way that a spreadsheet might spoil."""
    lusaka, formula = place("Lusaka", "ZM-09"), place("=Port", "007")
    place("Newtown", "N1")
    twin = place("Newtown", "N2")
    box = Pack.objects.get(item=make.item("MASK-IIR"), name_en="box of 50")
    return [
        make.line("MASK-IIR", 1000, needed_by=date(2021, 3, 31), rank=2),
        make.line("MASK-IIR", 350, place_id=lusaka.pk, unit_name=box.name_fr, pack_factor=box.factor,
                  quantity_typed="7", pipeline=box.factor * 3, stock=box.factor * 2),
        make.line("GOWN-ISO", 2500, rank=3, stock=0, remark="=1+1 is no formula", needed_by=date(2021, 2, 28)),
        make.line("RESP-N95", 999_999_999_999, place_id=formula.pk, remark="two\nlines and « signs » <b>&amp;"),
        exactly(make.line("HAND-RUB"), 1_250_125, place_id=twin.pk, group_id=make.group("UNDER5").pk, remark="@ sign"),
        make.line("GOGGLES", 0, pipeline=12_000),
        make.line("APRON", 700, stock=100_000, gross=800_000, method="-20 % of last year's use"),
        exactly(make.line("GRANT-PLAN"), 123_456_789_012 * 1000, unit_name="US$", pack_factor=100_000),
        make.line(item_id=None, words="A tent of our own, −5 °C", quantity=3),
        make.line(item_id=None, words="+263 line", quantity=4, unit_name="our sack", remark="007"),
    ]  # fmt: skip


def counts(report: Report) -> tuple[int, ...]:
    return report.read, report.created, report.updated, report.unchanged, report.refused


def told(examined: ExaminedNeeds) -> list[tuple[str, str]]:
    """What is refused or asked about: sheet and reason."""
    return [(fault.sheet, fault.reason) for fault in examined.faults]


# ── what is filled in ────────────────────────────────────────────────────────
@pytest.mark.parametrize("language", LANGUAGES)
def test_sent_back_as_it_is_nothing_changes_and_no_column_is_asked_about(desk, round_, language):
    lines = odd_lines()
    make.submitted(lines, of=MEMBER, round_=round_, by=desk.person)
    path = desk.download(round_, language)
    for active in {"en", language}:
        with override(active):
            examined = desk.examine(path, round_)
            assert [fault.to_json() for fault in examined.faults] == []
            assert counts(examined.report) == (len(lines), 0, 0, len(lines), 0)
            assert not examined.parsed.skipped
            assert all(not headers.unknown for _sheet, headers in examined.parsed.sheets)
    assert counts(desk.write(examined, round_)) == (len(lines), 0, 0, len(lines), 0)
    assert Statement.objects.count() == len(lines) and Return.objects.count() == 1, "nothing was written"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_rounds_lines_are_confirmed_by_sending_it_back(desk, round_, language):
    """Also where an item stands for the whole country and for a place: that was asked about when it was stated."""
    lusaka = place("Lusaka", "ZM-09")
    make.approved(
        [make.line("MASK-IIR", 1000), make.line("MASK-IIR", 70, place_id=lusaka.pk, pipeline=5000, rank=1)],
        of=MEMBER, round_=round_,
    )  # fmt: skip
    later = next_round(round_)
    examined = desk.examine(desk.download(later, language), later)
    assert told(examined) == []
    assert counts(examined.report) == (2, 2, 0, 0, 0)
    assert desk.write(examined, later).written
    confirmed = Statement.objects.filter(round=later).order_by("requested")
    assert [(one.requested, one.pipeline, one.rank, one.needed_by_on) for one in confirmed] == [
        (70_000, 5000, 1, date(2021, 12, 31)), (1_000_000, 0, None, date(2021, 12, 31)),
    ]  # fmt: skip


def test_needs_that_were_ended_and_sectors_that_are_not_asked_about_are_left_out(desk, round_):
    make.approved([make.line("MASK-IIR", 5), exactly(make.line("GRANT-PLAN"), 100_000)], of=MEMBER, round_=round_)
    make.approved([make.line("MASK-IIR", 0), make.line("GOWN-ISO", 8)], of=MEMBER, round_=round_)
    listed = desk.examine(desk.download(round_), round_).lines
    assert sorted(line.quantity for line in listed) == [8000, 100_000]
    health = next_round(round_, sectors=["IPC"])
    assert [line.quantity for line in desk.examine(desk.download(health), health).lines] == [8000]


def test_gross_and_method_are_filled_in_again_and_travel_to_the_next_round(desk, round_):
    line = make.line("APRON", 700, stock=100_000, gross=800_000, method="from consumption")
    make.approved([line], of=MEMBER, round_=round_)
    later = next_round(round_)
    [read] = desk.examine(desk.download(later, "fr"), later).lines
    assert (read.quantity, read.stock, read.gross, read.method) == (700_000, 100_000, 800_000, "from consumption")


def test_a_pack_that_holds_something_else_today_is_said_in_base_units(desk, round_):
    box = Pack.objects.get(item=make.item("MASK-IIR"), name_en="box of 50")
    lines = [make.line("MASK-IIR", 350, unit_name=box.name_en, pack_factor=box.factor, quantity_typed="7")]
    make.submitted(lines, of=MEMBER, round_=round_, by=desk.person)
    Pack.objects.filter(pk=box.pk).update(factor=60_000)
    path = desk.download(round_)
    [line] = desk.examine(path, round_).lines
    assert (line.quantity, line.outcome) == (350_000, "unchanged")
    sheet = openpyxl.load_workbook(path)["Needs"]
    assert [cell.value for cell in sheet[FIRST_LINE]][:3] == ["Medical mask, type IIR", 350, "piece"]


def test_each_line_stands_on_the_one_sheet_that_has_its_columns(desk, round_):
    make.submitted(odd_lines(), of=MEMBER, round_=round_, by=desk.person)
    book = openpyxl.load_workbook(desk.download(round_))
    assert book.sheetnames == ["Needs", "Needs in detail", "⚑ Help", LISTS, FORM]
    assert [book[name].sheet_state for name in book.sheetnames] == ["visible", "visible", "visible", "hidden", "hidden"]
    first, second = book["Needs"], book["Needs in detail"]
    titles = [str(column.title) for column in NEEDS_FORM.columns]
    assert [cell.value for cell in second[workbook.HEADER + 1]] == titles
    assert [cell.value for cell in first[workbook.HEADER + 1]][: len(NEEDS_FORM.short)] == titles[:7]
    assert [first.max_row - FIRST_LINE + 1, second.max_row - FIRST_LINE + 1] == [5, 5]


def test_text_like_a_formula_is_text_and_codes_keep_their_zeros(desk, round_):
    make.submitted(odd_lines(), of=MEMBER, round_=round_, by=desk.person)
    path = desk.download(round_, "ar")
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if "worksheets" in name and b"<f>" in parts.read(name)]
    book = openpyxl.load_workbook(path)
    texts = {cell.value for sheet in book for row in sheet for cell in row if cell.data_type in "fs"}
    assert {"'=Port", "'=1+1 is no formula", "'+263 line", "007", "'-20 % of last year's use"} <= texts
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    help_ = ("text", "item", "unit", "place", "group")
    short = openpyxl.utils.get_column_letter
    for sheet in book.worksheets[:2]:
        columns = NEEDS_FORM.columns if sheet.max_column > 7 else NEEDS_FORM.short
        for number, column in enumerate(columns, 1):
            style = sheet.column_dimensions[short(number)].number_format
            assert (style == "@") == (column.kind in help_), column.name


# ── how it is laid out ───────────────────────────────────────────────────────
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_direction_is_that_of_the_language(desk, round_, language):
    book = openpyxl.load_workbook(desk.download(round_, language))
    assert {bool(sheet.sheet_view.rightToLeft) for sheet in book} == {language == "ar"}
    with override(language):
        assert [cell.value for cell in book.worksheets[0][workbook.HEADER + 1]][:2] == [
            str(NEEDS_FORM.columns[0].title), str(NEEDS_FORM.columns[1].title),
        ]  # fmt: skip
        names = {row[0].value for row in book[LISTS].iter_rows(min_row=2)}
        assert make.item("MASK-IIR").name in names


def test_item_unit_place_and_group_are_chosen_from_hidden_lists(desk, round_):
    place("Lusaka", "ZM-09")
    book = openpyxl.load_workbook(desk.download(round_))
    lists = {
        cell.value: [one.value for one in column[1:] if one.value]
        for column in book[LISTS].columns
        for cell in column[:1]
        if cell.value
    }
    assert "Lusaka" in lists["place"] and "Whole country" in lists["place"]
    assert "Everyone" in lists["group"] and "Medical mask, type IIR" in lists["item"]
    for sheet in book.worksheets[:2]:
        offered = {str(one.sqref).partition(":")[0][0]: one for one in sheet.data_validations.dataValidation}
        kinds = {chr(65 + number): column.kind for number, column in enumerate(NEEDS_FORM.columns)}
        chosen = {kinds[letter] for letter, one in offered.items() if one.type == "list"}
        assert chosen == {"item", "unit"} | ({"place", "group"} if sheet.title != "Needs" else set())
        assert all(LISTS in one.formula1 and not one.showErrorMessage for one in offered.values() if one.type == "list")
        assert offered["B"].prompt == str(NEEDS_FORM.columns[1].help)


def test_the_units_of_an_item_stand_where_its_row_of_the_list_says(desk, round_):
    sheet = openpyxl.load_workbook(desk.download(round_))[LISTS]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True) if row[0]}
    _name, code, first, count, *_rest = rows["Medical mask, type IIR"]
    units = [sheet.cell(1 + first + number, 5).value for number in range(count)]
    assert code == "MASK-IIR" and units[0] == "piece" and "box of 50" in units
    _name, _code, first, count, *_rest = rows["Grant for the national response plan"]
    assert [sheet.cell(1 + first + number, 5).value for number in range(count)] == ["US$"]


def test_a_demonstration_says_so_on_every_sheet_that_is_read_or_printed(desk, round_):
    def marked() -> list[bool]:
        book = openpyxl.load_workbook(desk.download(round_))
        cells = [[cell.value for row in sheet.iter_rows(max_row=4) for cell in row] for sheet in book.worksheets[:3]]
        return [any("DEMONSTRATION" in str(value) for value in said) for said in cells]

    assert marked() == [False] * 3
    Installation.objects.update_or_create(one=True, defaults={"demonstration": True, "set_up_at": make.AT})
    assert marked() == [True] * 3
    examined = desk.examine(desk.download(round_), round_)
    assert (counts(examined.report), examined.parsed.unmapped) == ((0, 0, 0, 0, 0), None), "the notice is no row"


def test_four_hundred_lines_are_written_in_a_second(desk, round_):
    items = make.item("MASK-IIR").__class__.objects.filter(retired_on=None)[:100]
    places = [place(f"District {number}", f"D{number}") for number in range(4)]
    lines = [make.line(item.code, 10, place_id=one.pk, remark="for the district") for item in items for one in places]
    make.submitted(lines, of=MEMBER, round_=round_, by=desk.person)
    began = time.process_time()  # not the clock on the wall: the machine may be busy with other tests
    path = desk.download(round_, "ar")
    assert time.process_time() - began < 1
    assert counts(desk.examine(path, round_).report) == (400, 0, 0, 400, 0)


# ── who may have it ──────────────────────────────────────────────────────────
def test_only_the_members_own_people_have_it_and_only_while_the_round_takes_returns(desk, round_):
    stranger = Desk(desk.folder, make.focal_point(OTHER))
    with pytest.raises(NotAllowed):
        stranger.download(round_)
    planned = make.round_("r9", opened=False)
    with pytest.raises(needs.RoundNotOpen):
        desk.download(planned)


# ── what comes back ──────────────────────────────────────────────────────────
def test_lines_added_on_both_sheets_are_read_together(desk, round_):
    def work(book: Any) -> None:
        book["Needs"].append(["GOWN-ISO", 12, None, None, 1, None, "for the ward"])
        book["Needs"].append([])
        second = book["Needs in detail"]
        second.append(["GOWN-ISO", "1 250", None, None, None, None, None, None, "UNDER5"])

    examined = desk.examine(desk.download(round_, work=work), round_, Answers(both_levels=True))
    assert told(examined) == []
    assert [(line.sheet, line.quantity, line.rank) for line in examined.lines] == [
        ("Needs", 12_000, 1), ("Needs in detail", 1_250_000, None),
    ]  # fmt: skip


def test_the_same_line_on_both_sheets_is_refused_and_the_sheet_named(desk, round_):
    def work(book: Any) -> None:
        book["Needs"].append(["GOWN-ISO", 12])
        book["Needs in detail"].append(["GOWN-ISO", 12])

    examined = desk.examine(desk.download(round_, work=work), round_)
    [fault] = examined.faults
    assert fault.reason == "same_twice_on_sheets" and fault.sheet == "Needs in detail"
    assert f"row {FIRST_LINE} of the sheet “Needs”" in fault.sentence
    assert counts(examined.report) == (2, 1, 0, 0, 1)


def stamped(**said: str) -> Work:
    """Change what the hidden sheet says."""

    def work(book: Any) -> None:
        for row in book[FORM].iter_rows():
            if row[0].value in said:
                row[1].value = said[row[0].value]

    return work


def test_the_hidden_sheet_says_for_whom_and_when_it_was_made(desk, round_):
    path = desk.download(round_, "fr")
    assert stamp.read(table.read(path, filename=path.name)) == stamp.Stamp(
        form="needs", version=NEEDS_FORM.version, member=MEMBER, round="r1", language="fr", day="2021-02-01",
        columns=NEEDS_FORM.names,
    )  # fmt: skip


@pytest.mark.parametrize("good_rows", [False, True])
def test_a_workbook_of_another_member_is_refused_and_explained(desk, round_, good_rows):
    make.submitted([make.line("MASK-IIR", 5)], of=MEMBER, round_=round_, by=desk.person)
    path = desk.download(round_)
    stranger = Desk(desk.folder, make.focal_point(OTHER), OTHER)
    examined = stranger.examine(path, round_)
    [fault] = examined.faults
    assert (fault.reason, fault.sheet, fault.row) == ("form_other_member", "Needs", workbook.HEADER + 1)
    assert fault.value == MEMBER
    assert make.party(MEMBER).name in fault.sentence and make.party(OTHER).name in fault.sentence
    assert "download the workbook" in fault.remedy.lower()
    report = stranger.write(examined, round_, good_rows=good_rows)
    assert counts(report) == (1, 0, 0, 0, 1) and not report.written


def test_a_workbook_of_another_round_is_refused_and_explained(desk, round_):
    make.submitted([make.line("MASK-IIR", 5)], of=MEMBER, round_=round_, by=desk.person)
    path = desk.download(round_)
    later = next_round(round_)
    examined = desk.examine(path, later)
    [fault] = examined.faults
    assert fault.reason == "form_other_round" and "r1" in fault.sentence and "r2" in fault.remedy
    assert not examined.lines and examined.report.refused == 1


def test_a_foreign_workbook_without_lines_is_refused_too(desk, round_):
    path = desk.download(round_, work=stamped(member="nobody"))
    examined = desk.examine(path, round_)
    assert told(examined) == [("Needs", "form_other_member")] and "nobody" in examined.faults[0].sentence


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        ({"version": "0"}, "form_other_version", ["version 0", f"version {NEEDS_FORM.version}"]),
        ({"version": "9"}, "form_other_version", ["version 9"]),
        ({"version": "much older"}, "form_other_version", ["version 0"]),
        ({"version": "0", "columns": "item quantity unit"}, "form_columns_new", ["Needed by", "Place"]),
        ({"version": "0", "columns": " ".join((*NEEDS_FORM.names, "cold_chain"))}, "form_columns_gone", ["cold chain"]),
        ({"version": "0", "columns": "item quantity cold_chain"}, "form_columns_both", ["cold chain", "Rank"]),
    ],
)  # fmt: skip
def test_another_version_is_explained_and_asked_about_once(desk, round_, said, reason, words):
    def work(book: Any) -> None:
        stamped(**said)(book)
        book["Needs"].append(["GOWN-ISO", 12])
        book["Needs"].append(["MASK-IIR", "about ten"])

    path = desk.download(round_, work=work)
    examined = desk.examine(path, round_)
    assert examined.parsed.questions[0].reason == reason
    assert [word for word in words if word not in examined.parsed.questions[0].sentence] == []
    assert counts(examined.report) == (2, 0, 0, 0, 2), "no row is good before the question is answered"
    assert ("Needs", "number_words") in told(examined), "what else is wrong is said at once"
    answers = Answers.from_controls({examined.parsed.questions[0].control: "as_it_is"})
    assert counts(desk.examine(path, round_, answers).report) == (2, 1, 0, 0, 1)


@pytest.mark.parametrize(
    "work",
    [
        lambda book: book.remove(book[FORM]),
        lambda book: [row[0].__setattr__("value", None) for row in book[FORM].iter_rows()],
        stamped(**{"unmet-form": "another form"}),
    ],
    ids=["gone", "emptied", "another form"],
)
def test_without_its_hidden_sheet_it_is_a_table_as_any_other(desk, round_, work):
    def worked(book: Any) -> None:
        work(book)
        book["Needs"].append(["GOWN-ISO", 12])

    assert counts(desk.examine(desk.download(round_, work=worked), round_).report) == (1, 1, 0, 0, 0)


# ── LibreOffice ──────────────────────────────────────────────────────────────
@pytest.mark.needs("libreoffice")
@pytest.mark.parametrize("language", by_turns(["en", "ar"]))
def test_libreoffice_saves_it_as_ods_and_as_xlsx_without_a_changed_value(desk, round_, language):
    """Opened by the real program, saved as .ods, that saved as .xlsx again: the same cells, lists and direction."""
    office = programs.find("libreoffice")
    assert office
    lines = odd_lines()
    make.submitted(lines, of=MEMBER, round_=round_, by=desk.person)
    source = desk.download(round_, language)
    path, wanted = source, cells(source)
    for kind in ("ods", "xlsx", "ods"):
        folder = desk.folder / f"{path.parent.name}-{kind}"
        command = [
            str(office), f"-env:UserInstallation=file://{desk.folder}/profile", "--headless", "--convert-to", kind,
            "--outdir", str(folder), str(path),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        path = folder / f"{source.stem}.{kind}"
        assert cells(path) == wanted
        examined = desk.examine(path, round_)
        assert told(examined) == [] and counts(examined.report) == (len(lines), 0, 0, len(lines), 0)
        if kind == "xlsx":
            book = openpyxl.load_workbook(path)
            assert {bool(sheet.sheet_view.rightToLeft) for sheet in book} == {language == "ar"}
            lists = [one for one in book.worksheets[1].data_validations.dataValidation if one.type == "list"]
            assert len(lists) == 4 and all("lists" in one.formula1 for one in lists)


def cells(path: Path) -> dict[str, list[Any]]:
    """Every row of every sheet."""
    read = table.read(path, filename=path.name)
    return {sheet: [(row.number, trimmed(row.cells)) for row in read.rows(sheet)] for sheet in read.sheets}


def trimmed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row without the blank cells at its end."""
    while row and row[-1] is None:
        row = row[:-1]
    return row
