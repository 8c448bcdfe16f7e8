"""What only grows: each table of the list has its triggers after all migrations, and both statements are refused."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from tests import make
from tests.support.box import Boxes

from unmet.audit import append_only
from unmet.audit.models import AuditRow
from unmet.needs import standing
from unmet.needs.models import Need

pytestmark = pytest.mark.django_db


def test_no_trigger_is_missing_after_all_migrations_and_a_missing_one_is_told() -> None:
    assert append_only.missing() == []
    table = append_only.TABLES[0]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            cursor.execute(f"DROP TRIGGER {table}_only_grows ON {table}")
    assert append_only.missing() == [table]
    call_command("migrate", verbosity=0)
    assert append_only.missing() == []


@pytest.mark.parametrize("table", append_only.TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_rows_are_never_changed_or_deleted(table: str, verb: str) -> None:
    boxes = Boxes()
    box = boxes.sent()
    boxes.attest(box, 300)
    boxes.receive(box)
    make.answered(make.asked(4, of="ZMB", to=["WHO"]), of="WHO")
    offer = make.offered(4, of="WHO", to="ZMB")
    make.accepted(offer, 1, of="ZMB")
    make.declined(offer, of="ZMB")
    make.confirmed(make.money(4, of="WHO", to=("ZMB",), stage="paid"), of="ZMB")
    make.extracted(of="ZMB", to="WHO")
    approver, need = boxes.people["approver"], Need.objects.get(item__code="GLOVE-EXAM")
    with make.as_(approver):
        standing.pause(need, reason="The ward is closed", by=approver, at=make.AT)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        before = cursor.fetchall()
    key = "sequence" if table == "books_entry" else "id"
    statement = f"UPDATE {table} SET {key} = {key} + 1000" if verb == "UPDATE" else f"DELETE FROM {table}"
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        assert cursor.fetchall() == before != []


def test_the_audit_names_no_person() -> None:
    who = make.focal_point("ZMB")
    make.submitted([make.line()], of="ZMB", round_=make.round_(), by=who)
    row = AuditRow.objects.get(event="needs.submitted")
    assert row.person == str(who.uuid) and who.email not in str(vars(row)) and who.office not in str(vars(row))
