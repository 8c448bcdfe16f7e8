"""One need from a line to a public figure, and what a second round does to it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests import make

from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account, Cube, Entry
from unmet.needs import services as needs

pytestmark = pytest.mark.django_db


def test_an_approved_line_is_in_the_own_book_only():
    make.approved([make.line(quantity=1000)], of="ZMB", round_=make.round_())
    account = Account.objects.get()
    assert (account.approved, account.not_covered, account.not_in_country) == (1_000_000, 1_000_000, 1_000_000)
    assert not account.public and not Cube.objects.exists()
    assert doctor.differences() == []


def test_a_release_to_everyone_puts_it_into_the_public_cube_and_withdrawal_takes_it_out():
    make.approved([make.line(quantity=1000)], of="ZMB", round_=make.round_())
    [release] = make.released("ZMB")
    assert Cube.objects.get().not_covered == 1_000_000 and Cube.objects.get().accounts == 1
    by = make.approver("ZMB")
    with make.as_(by):
        needs.withdraw_release(release, by=by, at=make.AT)
    assert Cube.objects.get().not_covered == 0
    assert doctor.differences() == []


def test_a_line_under_a_standing_release_is_public_when_it_is_approved():
    make.released("ZMB")
    make.approved([make.line(quantity=7)], of="ZMB", round_=make.round_())
    assert Cube.objects.get().approved == 7000
    assert doctor.differences() == []


def test_a_correction_posts_the_old_quantity_out_and_the_new_one_in():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=1450)], of="ZMB", round_=round_)
    lines = list(Entry.objects.values_list("approved", "supersedes"))
    assert lines == [(1_000_000, None), (-1_000_000, 1), (1_450_000, None)]
    assert doctor.differences() == []


def test_a_typed_zero_ends_the_need():
    round_ = make.round_()
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=0)], of="ZMB", round_=round_)
    assert Account.objects.get().approved == 0 and Account.objects.get().needs_open == 0


def test_support_lowers_the_gap_stage_by_stage_and_a_pledge_does_not():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")
    giver, member = make.person(Role.RESPONDER, "WHO"), make.approver("ZMB")

    def gap() -> tuple[int, int]:
        account = Account.objects.get()
        return account.not_covered // 1000, account.not_in_country // 1000

    line = {"reference": "A-1"}
    make.stated([make.support_line("WHO", "ZMB", "pledged", 400, **line)], by=giver, round_=round_)
    assert gap() == (1000, 1000)
    make.stated([make.support_line("WHO", "ZMB", "committed", 400, **line)], by=member, round_=round_)
    assert gap() == (600, 1000)
    make.stated([make.support_line("WHO", "ZMB", "in_transit", 400, **line)], by=giver, round_=round_)
    assert gap() == (600, 1000)
    make.stated([make.support_line("WHO", "ZMB", "received", 390, **line)], by=member, round_=round_)
    make.stated([make.support_line("WHO", "ZMB", "missing", 10, **line)], by=member, round_=round_)
    assert gap() == (610, 610)
    again = make.stated([make.support_line("WHO", "ZMB", "received", 390, **line)], by=member, round_=round_)
    assert [planned.outcome for planned in again] == ["unchanged"]
    assert doctor.differences() == []


def test_a_later_round_carries_what_is_under_way_and_leaves_receipts_behind():
    first = make.round_("r1", sectors=["IPC"])
    make.approved([make.line(quantity=1000)], of="ZMB", round_=first)
    make.released("ZMB")
    giver, member = make.person(Role.RESPONDER, "WHO"), make.approver("ZMB")
    for by, stage, quantity in ((giver, "pledged", 500), (member, "committed", 500), (member, "received", 200)):
        make.stated([make.support_line("WHO", "ZMB", stage, quantity, reference="A")], by=by, round_=first)
    coordination = make.person(Role.COORDINATION)
    later = make.AT + timedelta(days=200)
    with make.as_(coordination, at=later):
        from unmet.needs import rounds

        rounds.close_round(first, by=coordination, at=later)
    second = make.round_("r2", sectors=["IPC"], period=(date(2021, 7, 1), date(2021, 12, 31)), at=later)
    make.approved([make.line(quantity=700, needed_by=date(2021, 12, 31))], of="ZMB", round_=second, at=later)
    old, new = Account.objects.get(round=first), Account.objects.get(round=second)
    assert (old.closed, old.approved, old.received, old.superseded) == (True, 200_000, 200_000, 800_000)
    assert (new.approved, new.committed, new.received, new.not_covered) == (700_000, 300_000, 0, 400_000)
    make.stated([make.support_line("WHO", "ZMB", "rejected", 300, reference="A")], by=member, round_=second, at=later)
    assert Account.objects.get(round=second).rejected == 300_000
    assert doctor.differences() == []
    with pytest.raises(needs.RoundNotOpen):
        make.submitted([make.line(quantity=9)], of="ZMB", round_=first, at=later)


def test_a_statement_lapses_at_its_freshness_limit_and_a_late_reader_posts_it():
    round_ = make.round_(freshness_days=30)
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")
    books.settle(at=make.AT + timedelta(days=32))
    account = Account.objects.get()
    assert (account.approved, account.last_stated, account.needs_open) == (0, 1_000_000, 0)
    assert Cube.objects.get().last_stated == 1_000_000
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_, at=make.AT + timedelta(days=33))
    account.refresh_from_db()
    assert (account.approved, account.last_stated) == (1_000_000, 0)
    assert doctor.differences() == []


def test_a_release_expires_by_itself():
    make.approved([make.line(quantity=1000)], of="ZMB", round_=make.round_())
    make.released("ZMB", until=date(2021, 2, 10))
    books.settle(at=datetime(2021, 2, 11, 11, 59, tzinfo=UTC))
    assert Account.objects.get().public
    books.settle(at=datetime(2021, 2, 11, 12, 0, tzinfo=UTC))
    assert not Account.objects.get().public and Cube.objects.get().approved == 0
    assert doctor.differences() == []


@pytest.mark.parametrize("statement", ["UPDATE {} SET id_or = 1", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["books_entry", "audit_auditrow", "support_step"])
def test_triggers_refuse_to_change_what_only_grows(table, statement):
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.stated([make.support_line("WHO", "ZMB", "pledged", 400)], by=make.person(Role.RESPONDER, "WHO"), round_=round_)
    column = "sequence = sequence" if table == "books_entry" else "id = id"
    with pytest.raises(Exception, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table).replace("id_or = 1", column))


def test_the_database_itself_refuses_a_wrong_not_covered():
    make.approved([make.line(quantity=1000)], of="ZMB", round_=make.round_())
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.update(not_covered=1)


def test_each_act_writes_its_audit_row():
    make.approved([make.line(quantity=1000)], of="ZMB", round_=make.round_())
    make.released("ZMB")
    events = list(AuditRow.objects.values_list("event", flat=True))
    assert events == ["round.planned", "round.opened", "needs.submitted", "needs.approved", "access.released"]
