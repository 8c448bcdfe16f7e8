"""Triggers that refuse UPDATE and DELETE on the tables that only grow, and UPDATE of what a row is about for good.

They are put in place again after every migrate, because altering a table on SQLite makes it anew and drops them.
"""

from django.db import connection

# The one list. A room adds its table here; a test after all migrations tries both statements on each of them.
TABLES = (
    "audit_auditrow", "books_entry", "needs_standingchange", "support_acceptance", "support_attestation",
    "support_consignmentstep", "support_extractstep", "support_flowconfirmation", "support_flowstep",
    "support_offerdecline", "support_receipt", "support_receiptline", "support_requestanswer", "support_step",
)  # fmt: skip

# Columns that never change, though the rest of their rows may: whose need a record is about.
FIXED = {
    "support_assistancerequest": "member_id", "support_consignment": "member_id", "support_line": "member_id",
}  # fmt: skip


def install() -> None:
    """Put the triggers on every table of the lists that exists."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in TABLES:
            if table in existing:
                for statement in _statements(table):
                    cursor.execute(statement)
        for table, column in FIXED.items():
            if table in existing:
                for statement in _fixing(table, column):
                    cursor.execute(statement)


def missing() -> list[str]:
    """Tables of the lists without all of their triggers, for `unmet doctor`."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name")
        else:
            cursor.execute(
                "SELECT event_object_table, count(DISTINCT event_manipulation) FROM information_schema.triggers"
                " WHERE trigger_schema = current_schema() GROUP BY event_object_table"
            )
        found = dict(cursor.fetchall())
    wanted = {**dict.fromkeys(TABLES, 2), **dict.fromkeys(FIXED, 1)}
    return [table for table, number in wanted.items() if found.get(table, 0) < number]


def _statements(table: str) -> list[str]:
    if connection.vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows: rows are never changed or deleted'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} only grows: rows are never changed or deleted'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_only_grows()",
        # TRUNCATE passes row triggers by; the test suite's own flush is the only one that may lift this.
    ]


def _fixing(table: str, column: str) -> list[str]:
    """A row may be written whole, as long as the column says the same as before."""
    name, told = f"{table}_keeps_{column}", f"{table}: {column} never changes"
    if connection.vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE UPDATE OF {column} ON {table} "
            f"WHEN OLD.{column} IS NOT NEW.{column} BEGIN SELECT RAISE(ABORT, '{told}'); END"
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{told}'; END $$",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} "
        f"FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION {name}()",
    ]
