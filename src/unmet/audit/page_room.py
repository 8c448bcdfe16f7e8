"""How full PostgreSQL packs the pages of tables whose rows change once soon after they were written.

With room left on its page a row is changed without touching the indexes. Set after every migrate.
"""

from django.db import connection

# The one list: table -> percent. The first release marks every account of a member; approving sets a value in every
# row of a return.
FILL = {"books_account": 50, "needs_need": 55, "needs_statement": 55}


def install() -> None:
    """Set what is not set yet, on every table of the list that exists."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class"
            " WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace",
            [list(FILL)],
        )
        for table, options in cursor.fetchall():
            if f"fillfactor={FILL[table]}" not in (options or []):
                cursor.execute(f"ALTER TABLE {table} SET (fillfactor = {FILL[table]})")
