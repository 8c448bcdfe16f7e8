"""What only grows: no row of these tables is changed or deleted, whoever asks the database for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from tests import make
from tests.support.box import Boxes

from unmet.audit import append_only
from unmet.needs import standing
from unmet.needs.models import Need

pytestmark = pytest.mark.django_db  # each test in a savepoint inside the transaction that holds the rows


@pytest.fixture(scope="module", autouse=True)
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A row in each of the tables, rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
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
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", append_only.TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_rows_are_never_changed_or_deleted(table: str, verb: str) -> None:
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


@pytest.mark.parametrize(("table", "column"), append_only.FIXED.items())
def test_whose_need_a_record_is_about_never_changes(table: str, column: str) -> None:
    other = make.party("CUB").pk
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY 1")
        before = cursor.fetchall()
        cursor.execute(f"UPDATE {table} SET {column} = {column}")  # a row may be written whole
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [other])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY 1")
        assert cursor.fetchall() == before != []
