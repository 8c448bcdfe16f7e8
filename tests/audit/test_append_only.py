"""What only grows: each table of the list has its triggers after all migrations. What they refuse: test_only_grows."""

import pytest
from django.core.management import call_command
from django.db import connection
from tests import make

from unmet.audit import append_only
from unmet.audit.models import AuditRow

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
    fixed, column = next(iter(append_only.FIXED.items()))
    with connection.cursor() as cursor:
        on = "" if connection.vendor == "sqlite" else f" ON {fixed}"
        cursor.execute(f"DROP TRIGGER {fixed}_keeps_{column}{on}")
    assert append_only.missing() == [table, fixed]
    call_command("migrate", verbosity=0)
    assert append_only.missing() == []


def test_the_audit_names_no_person() -> None:
    who = make.focal_point("ZMB")
    make.submitted([make.line()], of="ZMB", round_=make.round_(), by=who)
    row = AuditRow.objects.get(event="needs.submitted")
    assert row.person == str(who.uuid) and who.email not in str(vars(row)) and who.office not in str(vars(row))
