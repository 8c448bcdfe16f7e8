"""A support sheet from the file to the list page."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests import make
from unmet.access.models import Role
from unmet.books.models import Account
from unmet.exchange import support_import
from unmet.support.models import Line, Proposal

pytestmark = pytest.mark.django_db
HEADERS = ["Giver", "Member", "Item", "Quantity", "Stage", "Date", "Reference", "Reason", "Need", "Meant all the same"]


@pytest.fixture
def round_():
    return make.round_()


def row(
    stage: str, quantity: Any = 400, *, giver: str = "WHO", member: str = "ZMB", reference: str = "R-1", **more: Any
):
    return [giver, member, "MASK-IIR", quantity, stage, "2021-02-01", reference, more.get("reason"), more.get("need")]


def sheet(tmp_path: Path, *rows: list[Any]) -> Path:
    path = tmp_path / "support.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("Support")
        for number, values in enumerate([HEADERS, *rows]):
            page.write_row(number, 0, values)
    return path


def run(path: Path, round_, by, *, good_rows: bool = False):
    with make.as_(by):
        examined = support_import.examine(path, path.name, round_=round_)
        report = support_import.write(examined, round_=round_, by=by, at=make.AT, good_rows=good_rows)
    return report


def told(report) -> tuple[Any, ...]:
    return report.read, report.created, report.updated, report.unchanged, report.refused, report.written


def test_a_givers_line_is_a_pledge_and_the_same_sheet_again_changes_nothing(tmp_path, round_):
    responder = make.person(Role.RESPONDER, "WHO")
    path = sheet(tmp_path, row("pledged"))
    assert told(run(path, round_, responder)) == (1, 1, 0, 0, 0, True)
    assert told(run(path, round_, responder)) == (1, 0, 0, 1, 0, True)
    assert Line.objects.get().pledged == 400_000


def test_more_than_is_not_covered_is_a_fault_unless_the_row_says_that_it_is_meant(tmp_path, round_):
    make.approved([make.line(quantity=300)], of="ZMB", round_=round_)
    approver = make.approver("ZMB")
    path = sheet(tmp_path, row("committed"))
    with make.as_(approver):
        [fault] = support_import.examine(path, path.name, round_=round_).parsed.problems()
    assert (fault.reason, fault.field, fault.cell) == ("step_more_than_needed", "quantity", "D2")
    assert "which is 300" in fault.sentence and "Meant all the same" in fault.remedy
    unclear = sheet(tmp_path, [*row("committed"), "perhaps"])
    with make.as_(approver):
        [fault] = support_import.examine(unclear, unclear.name, round_=round_).parsed.problems()
    assert (fault.reason, fault.cell) == ("meant_unclear", "J2")
    assert told(run(sheet(tmp_path, [*row("committed"), "oui"]), round_, approver)) == (1, 1, 0, 0, 0, True)
    assert Line.objects.get().committed == 400_000


def test_a_focal_point_proposes_an_approver_commits_and_the_member_receives(tmp_path, round_):
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")  # a giver hits only a need that it can see
    run(sheet(tmp_path, row("pledged")), round_, make.person(Role.RESPONDER, "WHO"))
    proposed = run(sheet(tmp_path, row("accepted", 300)), round_, make.focal_point("ZMB"))
    assert told(proposed) == (1, 0, 1, 0, 0, True) and Proposal.objects.get().quantity == 300_000
    assert Line.objects.get().committed == 0
    assert told(run(sheet(tmp_path, row("accepted", 300)), round_, make.approver("ZMB")))[2] == 1
    assert Proposal.objects.get().state == Proposal.State.ACCEPTED
    arrived = sheet(tmp_path, row("received", 290), row("missing", 10, reason="Two cartons short"))
    assert told(run(arrived, round_, make.focal_point("ZMB"))) == (2, 0, 2, 0, 0, True)
    line = Line.objects.get()
    assert (line.pledged, line.committed, line.received, line.missing) == (100_000, 0, 290_000, 10_000)
    assert Account.objects.get(kind=Account.Kind.NEED).not_covered == 710_000


def test_a_stage_that_is_not_the_typists_is_a_fault_and_never_a_silent_pledge(tmp_path, round_):
    report = run(sheet(tmp_path, row("received")), round_, make.person(Role.RESPONDER, "WHO"))
    assert told(report)[4:] == (1, False) and not Line.objects.exists()
    assert [fault["reason"] for fault in report.to_json()["faults"]] == ["stage_not_yours"]


def test_what_is_not_accepted_cannot_be_on_its_way(tmp_path, round_):
    responder = make.person(Role.RESPONDER, "WHO")
    run(sheet(tmp_path, row("pledged")), round_, responder)
    report = run(sheet(tmp_path, row("in transit")), round_, responder)
    [fault] = report.to_json()["faults"]
    assert (fault["reason"], fault["cell"], fault["column"]) == ("step_not_accepted", "E2", "Stage")
    assert Line.objects.get().in_transit == 0


def test_a_reference_of_another_member_is_refused_and_the_good_rows_go_in(tmp_path, round_):
    responder = make.person(Role.RESPONDER, "WHO")
    run(sheet(tmp_path, row("pledged")), round_, responder)
    path = sheet(tmp_path, row("pledged", member="CUB"), row("pledged", reference="R-2"))
    assert told(run(path, round_, responder)) == (2, 1, 0, 0, 1, False)
    assert told(run(path, round_, responder, good_rows=True)) == (2, 1, 0, 0, 1, True)
    assert set(Line.objects.values_list("reference", "member__code")) == {("R-1", "ZMB"), ("R-2", "ZMB")}


def test_a_need_is_named_only_by_who_may_see_it(tmp_path, round_):
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    code = str(Account.objects.get().subject)
    responder = make.person(Role.RESPONDER, "WHO")
    hidden = run(sheet(tmp_path, row("pledged", need=code)), round_, responder)
    assert [fault["reason"] for fault in hidden.to_json()["faults"]] == ["need_unknown"]
    make.released("ZMB")
    assert told(run(sheet(tmp_path, row("pledged", need=code)), round_, responder)) == (1, 1, 0, 0, 0, True)
    assert Line.objects.get().account.kind == Account.Kind.NEED
