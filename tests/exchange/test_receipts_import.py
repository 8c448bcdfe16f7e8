"""A table of receipts from any hand: which line a row means, what it may say, what is refused, what corrects what."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils.translation import override

from tests import make
from tests.exchange.receipt_store import FIRST, WAYBILL, Store, Values, counts, fill, gloves, masks, told
from tests.refusals import events, last_audit
from tests.support.box import DAY, Boxes, count
from unmet.access.may import NotAllowed
from unmet.books import doctor
from unmet.exchange import needs_import, receipts_import, workbook
from unmet.exchange.answers import Answers
from unmet.exchange.import_report import marked_cells
from unmet.exchange.marked import mark
from unmet.exchange.receipts_form import RECEIPTS_FORM
from unmet.exchange.receipts_import import ReceiptsChanged
from unmet.needs.models import Need
from unmet.support import acceptance
from unmet.support.consignments import Packed
from unmet.support.models import Consignment, Receipt, ReceiptLine

pytestmark = pytest.mark.django_db


WORLD = Boxes


@pytest.fixture
def store(tmp_path: Path, fresh: Boxes) -> Store:
    return Store(tmp_path, fresh)


@pytest.fixture
def sent(store: Store) -> Store:
    """The masks and the gloves are on their way."""
    store.boxes.sent()
    return store


# ── any table ────────────────────────────────────────────────────────────────
TITLES = {
    "en": ("Air waybill", "Item", "Batch", "Quantity received", "Shortage", "Reason for shortage", "Date received"),
    "fr": ("Connaissement", "Désignation", "N° de lot", "Reçu", "Manquant", "Raison du manque", "Date de réception"),
    "es": ("Guía aérea", "Artículo", "Lote", "Recibido", "Faltante", "Razón del faltante", "Fecha de llegada"),
    "ar": ("بوليصة الشحن", "الصنف", "رقم التشغيلة", "الكمية المقبولة", "الناقص", "سبب النقص", "تاريخ الاستلام"),
}


def test_a_table_of_their_own_with_headers_in_any_language(sent: Store) -> None:
    names = ("waybill", "item", "lot", "accepted", "missing", "missing_why", "received_on")
    item = make.item("MASK-IIR")
    for language, titles in TITLES.items():
        with override(language):
            name, why_missing = item.name, str(dict(_missing())["lost"])
        rows = [
            masks("٢٩٠" if language == "ar" else "290", waybill="15712345675", item=name, lot="l1", missing="10",
                  missing_why=why_missing, received_on="1 February 2021"),
            gloves(),
        ]  # fmt: skip
        typed = [{name: row.get(name, "") for name in names} for row in rows]
        examined = sent.examine(sent.typed(*typed, titles=dict(zip(names, titles, strict=True))))
        assert told(examined) == [] and counts(examined.report) == (2, 2, 0, 0, 0), language
    assert sent.write(examined).written and sent.boxes.stages() == {"received": 290, "missing": 10}


def _missing() -> list[tuple[str, Any]]:
    return [(one.value, one.label) for one in receipts_import.receipts_sheet.WHYS["missing_why"]]


def test_columns_that_nobody_knows_are_asked_about(sent: Store) -> None:
    examined = sent.examine(sent.typed({"waybill": WAYBILL, "item": "MASK-IIR", "how many came": "300"}))
    assert examined.parsed.unmapped is not None and examined.parsed.unmapped.missing == ("accepted",)
    read = Answers(mapping={"waybill": 0, "item": 1, "accepted": 2})
    assert told(sent.examine(sent.typed({"waybill": WAYBILL, "item": "MASK-IIR", "n": "299"}), read)) == [
        ("C2", "not_adding_up")
    ]


def test_the_list_of_consignments_as_a_file_is_read_too(sent: Store) -> None:
    """Our other export: keys for headers, noughts for what is none, and no reasons."""
    sent.boxes.receive(sent.boxes.go(Consignment.objects.get(), "hold"))
    row = masks("300", state="received", shipped="300", rejected="0", missing="0", surplus="0", received_on="")
    examined = sent.examine(sent.typed(row, titles={name: name for name in row}))
    assert told(examined) == [] and counts(examined.report) == (1, 0, 0, 1, 0)


def test_counted_in_packs(sent: Store) -> None:
    report = sent.send(masks("5", unit="box of 50", rejected="1", rejected_why="damaged"), gloves())
    assert why(report) == [] and sent.boxes.stages() == {"received": 250, "rejected": 50}


def test_a_substitute_is_counted_as_what_it_is(store: Store) -> None:
    boxes = store.boxes
    made = make.offered(9, of="WHO", to="ZMB", item_code="COVERALL")
    need, by = Need.objects.get(item__code="MASK-IIR"), boxes.people["approver"]
    with make.as_(by):
        said = acceptance.Accepted(3000, need=need, counts_as=100_000)
        line = acceptance.accept(made.lines.get(), said, member=boxes.zambia, by=by, at=make.AT).line
    boxes.sent(Packed(line, 100_000, "L-1"))
    coveralls = masks("2", item="COVERALL", missing="1", missing_why="lost")
    assert told(store.examine(store.typed(masks(100)))) == [("B2", "item_not_in_consignment")]
    assert counts(store.send(coveralls)) == (1, 1, 0, 0, 0)
    row = ReceiptLine.objects.get()
    assert (row.accepted, row.missing) == (66_666, 33_334) and doctor.differences() == []
    assert counts(store.examine(store.typed(coveralls)).report) == (1, 0, 0, 1, 0), "the same again"
    assert told(store.examine(store.download())) == [], "our own workbook names it too"


def why(report: Any) -> list[str]:
    return [fault.reason for fault in report.faults]


# ── a row ────────────────────────────────────────────────────────────────────
WRONG: list[tuple[Values, str, str]] = [
        (masks(waybill=""), "A2", "waybill_blank"), (masks(waybill="999"), "A2", "waybill_unknown"),
        (masks(item=""), "B2", "item_blank_support"), (masks(item="Tents, large"), "B2", "item_unknown_support"),
        (masks(item="GOWN-ISO"), "B2", "item_not_in_consignment"), (masks(lot="L-2"), "C2", "lot_unknown"),
        (masks(""), "D2", "accepted_blank"), (masks("a few"), "D2", "number_words"),
        (masks("-3"), "D2", "number_negative"), (masks("299.5"), "D2", "number_not_whole"),
        (masks(299), "D2", "not_adding_up"), (masks(300, rejected=1, rejected_why="damaged"), "D2", "not_adding_up"),
        (masks(299, rejected=1), "", "rejected_why_blank"), (masks(299, missing=1, missing_why=""), "G2",
                                                              "missing_why_blank"),
        (masks(299, rejected=1, rejected_why="lost"), "G2", "why_unknown"),
        (masks(299, missing=1, missing_why="it rained"), "G2", "why_unknown"),
        (masks(300, rejected_why="damaged"), "F2", "why_without_quantity"),
        (masks(299, missing=1, missing_why="another reason"), "", "why_in_words"),
        (masks(received_on=make.AT.date() + timedelta(days=3650)), "E2", "date_in_future"),
        (masks(received_on="31 January 2021"), "E2", "received_before_sent"),
        (masks(received_on="1 February 1999"), "E2", "received_outside"),
        (masks(received_on=""), "E2", "date_blank"), (masks(shipped=310), "F2", "shipped_other"),
        (masks(remark="x" * 501), "F2", "text_too_long"), (masks(correction="perhaps"), "F2", "correction_unclear"),
]  # fmt: skip


def test_what_is_wrong_is_said_in_its_cell(store: Store) -> None:
    store.boxes.sent(Packed(store.boxes.masks, 300_000, "L-1"))
    for row, cell, reason in WRONG:
        examined = store.examine(store.typed(row))
        assert told(examined) == [(cell, reason)] and counts(examined.report) == (1, 0, 0, 0, 1), row
        [fault] = examined.faults
        assert "%(" not in fault.sentence + fault.remedy
        assert not store.write(examined, good_rows=True).written
    assert not Receipt.objects.exists()


def test_a_date_of_another_calendar_is_asked_about_without_a_word_of_rounds(sent: Store) -> None:
    examined = sent.examine(sent.typed(masks(received_on="18/06/1442"), gloves(received_on="")))
    [question] = examined.parsed.questions
    assert question.reason == "received_calendar" and "round" not in question.sentence
    assert question.control == "calendars.received_on"
    read = sent.examine(examined_path(sent), Answers.from_controls({question.control: "hijri"}))
    assert told(read) == [] and {line.received_on for line in read.lines} == {date(2021, 2, 1)}


def examined_path(store: Store) -> Path:
    return max(store.folder.glob("own-*.csv"))


def test_a_blank_is_not_zero_and_says_nothing(sent: Store) -> None:
    examined = sent.examine(sent.typed({**masks(""), "received_on": "", "shipped": 300}))
    assert told(examined) == [] and counts(examined.report) == (1, 0, 0, 1, 0)
    assert sent.write(examined).written and not Receipt.objects.exists()
    assert why(sent.send(masks("", missing=300, missing_why="lost"), gloves())) == [
        "accepted_blank", "receipt_in_part"
    ]  # fmt: skip
    assert sent.send(masks(0, missing=300, missing_why="lost"), gloves()).written
    assert sent.boxes.stages() == {"missing": 300}


# ── which line is meant ──────────────────────────────────────────────────────
def test_lots_that_look_the_same_are_told_apart_by_the_hidden_line_only(store: Store) -> None:
    boxes = store.boxes
    boxes.sent(Packed(boxes.masks, 300_000), Packed(boxes.accepted("M-2", 50), 50_000))
    lines = Consignment.objects.get().lines.order_by("pk")
    rows = [masks(300, lot=""), masks(50, lot="")]
    assert why(store.send(*rows)) == ["line_ambiguous"] * 2
    known = [{**row, "line": str(line.uuid)} for row, line in zip(rows, lines, strict=True)]
    assert store.send(*known).written and boxes.stages() == {"received": 350}


def test_what_a_person_reads_counts_not_the_hidden_line(sent: Store) -> None:
    """Sorted without its hidden column, a sheet would else be received upside down."""
    one, two = (str(line.uuid) for line in Consignment.objects.get().lines.order_by("pk"))
    assert sent.send({**masks(), "line": two}, {**gloves(), "line": one}).written
    assert sent.boxes.stages() == {"received": 300}


def test_the_same_line_twice_is_refused_and_the_first_named(sent: Store) -> None:
    report = sent.send(masks(), gloves(), masks(290, missing=10, missing_why="lost"))
    assert why(report) == ["line_twice"] and "Row 2" in report.faults[0].sentence and not report.written


def test_a_consignment_of_another_member_does_not_exist(sent: Store) -> None:
    sent.who, sent.of = "other member", "CUB"
    assert why(sent.send(masks(received_on=""))) == ["waybill_unknown"]


# ── a consignment whole or not ───────────────────────────────────────────────
def test_a_consignment_in_part_is_refused_with_the_lines_that_lack(sent: Store) -> None:
    for rows in ([masks()], [masks(), gloves(accepted="", received_on="")], [masks(), gloves(199)]):
        report = sent.send(*rows, good_rows=True)
        refused = next(fault for fault in report.faults if fault.reason == "receipt_in_part")
        assert make.item("GLOVE-EXAM").name in refused.sentence and "page of the consignment" in refused.remedy
        assert not report.written and not Receipt.objects.exists()


def test_what_was_received_in_part_on_the_page_is_finished_by_a_table(sent: Store) -> None:
    box = Consignment.objects.get()
    sent.boxes.receive(box, sent.boxes.counted(box)[:1])
    assert sent.send(gloves()).written
    box.refresh_from_db()
    assert box.state == "received" and Receipt.objects.count() == 2


def test_one_day_is_enough_for_a_consignment_and_two_are_too_many(sent: Store) -> None:
    earlier = DAY - timedelta(days=3)
    Consignment.objects.update(dispatched_on=earlier)
    assert why(sent.send(masks(), gloves(received_on=earlier))) == ["receipt_in_part", "received_two_days"]
    assert sent.send(masks(received_on=earlier), gloves(received_on="")).written
    assert Receipt.objects.get().received_on == earlier


def test_all_or_nothing_unless_the_good_rows_are_asked_for(sent: Store) -> None:
    boxes = sent.boxes
    boxes.sent(Packed(boxes.accepted("M-2", 10), 10_000), waybill="2")
    rows = (masks(), gloves(), masks(9, waybill="2", lot=""))
    report = sent.send(*rows)
    assert counts(report) == (3, 2, 0, 0, 1) and not report.written and not Receipt.objects.exists()
    audit = last_audit()
    report = sent.send(*rows, good_rows=True)
    assert report.written and events(audit) == ["support.consignment_received"]
    assert boxes.stages() == {"in_transit": 10, "received": 300} and doctor.differences() == []


@pytest.mark.parametrize(("verb", "written"), [("lose", True), ("return", False), ("destroy", False)])
def test_what_ended_on_the_way_is_refused_and_what_was_lost_may_come_after_all(
    sent: Store, verb: str, written: bool
) -> None:
    box = sent.boxes.go(Consignment.objects.get(), verb)
    report = sent.send(masks(), gloves())
    assert report.written is written
    assert why(report) == ([] if written else ["consignment_over"] * 2)
    if not written:
        assert str(box.get_state_display()) in report.faults[0].sentence


# ── corrections ──────────────────────────────────────────────────────────────
def test_received_already_the_same_changes_nothing_and_another_is_refused(sent: Store) -> None:
    sent.boxes.receive(Consignment.objects.get())
    assert counts(sent.send(masks(), gloves(correction="yes"))) == (2, 0, 0, 2, 0)
    report = sent.send(masks(299, missing=1, missing_why="lost"), gloves())
    assert counts(report) == (2, 0, 0, 1, 1) and not report.written
    assert why(report) == ["received_other"] and "300 piece accepted" in report.faults[0].sentence
    assert Receipt.objects.count() == 1


def test_a_correction_is_a_new_receipt_that_says_the_other_lines_as_they_stand(sent: Store) -> None:
    box, boxes = Consignment.objects.get(), sent.boxes
    boxes.receive(box, boxes.counted(box, GLOVE_EXAM=(190, 10, 0, 4)))
    row, audit = masks(299, missing=1, missing_why="lost"), last_audit()
    for yes in ("yes", "Oui", "sí", "نعم", "X", "1", "TRUE"):
        assert counts(sent.examine(sent.typed({**row, "correction": yes})).report) == (1, 0, 1, 0, 0), yes
    report = sent.send({**row, "correction": "yes"})
    assert counts(report) == (1, 0, 1, 0, 0) and report.written
    first, second = Receipt.objects.order_by("number")
    assert second.supersedes == first and events(audit) == ["support.receipt_corrected"]
    assert boxes.stages() == {"received": 299, "missing": 1}
    assert boxes.stages("GLOVE-EXAM") == {"received": 194, "rejected": 10}
    kept = second.lines.get(surplus__gt=0)
    assert (kept.rejected_why, kept.accepted) == ("damaged", 190_000) and doctor.differences() == []


def test_a_correction_of_one_line_waits_for_the_other_one_to_be_clear(sent: Store) -> None:
    sent.boxes.receive(Consignment.objects.get())
    rows = (masks(299, missing=1, missing_why="lost", correction="yes"), gloves(199, correction="yes"))
    report = sent.send(*rows, good_rows=True)
    assert why(report) == ["receipt_in_part", "not_adding_up"] and not report.written


def test_a_blank_beside_what_stands_is_as_it_stands(sent: Store) -> None:
    box, boxes = Consignment.objects.get(), sent.boxes
    masks_line, gloves_line = boxes.counted(box)
    other = count(masks_line.line, 290, 10, surplus=3, rejected_why="other", text="Wet")
    boxes.receive(box, [other, gloves_line])
    bare = {"waybill": WAYBILL, "item": "MASK-IIR", "accepted": 290, "rejected": 10, "missing": ""}
    assert counts(sent.send(bare)) == (1, 0, 0, 1, 0)


def test_a_receipt_between_check_and_writing_writes_nothing(sent: Store) -> None:
    examined = sent.examine(sent.typed(masks(), gloves()))
    sent.boxes.receive(Consignment.objects.get(), who="approver")
    with pytest.raises(ReceiptsChanged):
        sent.write(examined)
    assert Receipt.objects.count() == 1


def test_only_the_members_own_people_post_it(sent: Store) -> None:
    examined = sent.examine(sent.typed(masks(), gloves()))
    for who in ("giver", "other member", "coordination"):
        sent.who = who
        with pytest.raises(NotAllowed):
            sent.write(examined)


# ── a workbook that is not what it should be ─────────────────────────────────
def stamped(**said: str) -> Any:
    """Change what the hidden sheet says."""

    def work(book: Any) -> None:
        for row in book[workbook.STAMP].iter_rows():
            if row[0].value in said:
                row[1].value = said[row[0].value]

    return work


def test_a_workbook_of_another_member_or_version_is_explained(sent: Store) -> None:
    foreign = sent.examine(sent.download(work=stamped(member="CUB")))
    assert told(foreign) == [("", "form_other_member")] and make.party("CUB").name in foreign.faults[0].sentence
    assert counts(foreign.report) == (2, 0, 0, 0, 2) and not sent.write(foreign, good_rows=True).written
    old = sent.download(work=stamped(version="0", columns="waybill item accepted cold_chain"))
    examined = sent.examine(old)
    [question] = examined.parsed.questions
    assert question.reason == "form_columns_both" and "cold chain" in question.sentence
    answers = Answers.from_controls({question.control: "as_it_is"})
    assert counts(sent.examine(old, answers).report) == (2, 0, 0, 2, 0)


def test_workbooks_of_needs_and_of_receipts_are_not_taken_for_each_other(sent: Store) -> None:
    of_needs = sent.examine(sent.download(work=stamped(**{"unmet-form": "needs"})))
    assert told(of_needs) == [("", "form_of_needs")]
    path = sent.download()
    with make.as_(sent.boxes.people["focal point"]):
        examined = needs_import.examine(path, path.name, member=sent.boxes.zambia, round_=sent.boxes.round)
    assert [fault.reason for fault in examined.faults] == ["form_of_receipts"] and not examined.lines


def test_the_marked_workbook_shows_the_cells_to_correct(sent: Store) -> None:
    def work(book: Any) -> None:
        fill(book.worksheets[0], FIRST, accepted=299, received_on=DAY)
        fill(book.worksheets[0], FIRST + 1, accepted=200)

    path = sent.download("ar", work)
    with override("ar"):
        examined = sent.examine(path)
        marked = mark(path, kind=examined.table.kind, faults=marked_cells(examined.faults), title="receipts")
    out = sent.folder / "marked.xlsx"
    out.write_bytes(marked)
    sheet = openpyxl.load_workbook(out).worksheets[1]
    accepted = openpyxl.utils.get_column_letter(RECEIPTS_FORM.names.index("accepted") + 1)
    assert sheet[f"{accepted}{FIRST}"].comment and sheet.sheet_view.rightToLeft
    assert told(examined) == [(f"{accepted}{FIRST}", "not_adding_up"), (f"C{FIRST + 1}", "receipt_in_part")]


# ── one box of several givers ────────────────────────────────────────────────
def test_a_waybill_finds_the_lots_of_every_giver_in_the_box(store: Store) -> None:
    """Each row is of one lot; where two gave the same item and lot, the giver decides. Each giver gets its receipt."""
    boxes = store.boxes
    theirs = boxes.accepted("U-1", 100, giver="UNDP")
    box = boxes.plan(Packed(boxes.masks, 300_000, "L-1"), Packed(theirs, 100_000, "L-1"), who="channel")
    boxes.dispatch(box, who="channel")
    path = store.download()
    rows = list(openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=FIRST, values_only=True))
    assert [(row[0], row[1]) for row in rows] == [
        (WAYBILL, "World Health Organization"), (WAYBILL, "United Nations Development Programme")
    ]  # fmt: skip
    both = (masks(), masks(100))
    assert told(store.examine(store.typed(*both)))[0][1] == "line_ambiguous"
    named = [row | {"giver": giver} for row, giver in zip(both, (row[1] for row in rows), strict=True)]
    [whole, undp] = named
    assert counts(store.send(undp)) == (1, 1, 0, 0, 0), "a part is whole by itself"
    assert boxes.stages() == {"in_transit": 300, "received": 100}
    assert counts(store.send(whole, undp)) == (2, 1, 0, 1, 0)
    assert boxes.stages() == {"received": 400} and doctor.differences() == []
    assert {receipt.consignment.giver.code for receipt in Receipt.objects.all()} == {"WHO", "UNDP"}
