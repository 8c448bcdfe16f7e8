"""Every sentence with which a file is refused, or accepted with a note: what, why, what to do."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

SENTENCES: dict[str, str] = {
    "not-a-table": _(
        "“%(filename)s” is not a table we can read. We read workbooks (.xlsx, .ods) and text tables (.csv). "
        "Open it in a spreadsheet, save it as .xlsx and send that file."
    ),
    "old-xls": _(
        "“%(filename)s” is a workbook in a format of before 2007, which we do not read. "
        "Open it in a spreadsheet, save it as .xlsx and send that file."
    ),
    "encrypted": _(
        "“%(filename)s” is protected by a password, so we cannot read it. Save a copy without a password and send that."
    ),
    "macros": _(
        "“%(filename)s” contains macros. We accept no files with programs in them. "
        "Save it as a plain .xlsx workbook without macros and send that."
    ),
    "truncated": _(
        "“%(filename)s” is not complete: its end is missing. Perhaps the transfer was cut off. Please send it again."
    ),
    "wrong-crc": _(
        "“%(filename)s” was damaged on the way: its checksum is wrong. "
        "Please send it again; if that does not help, open it, save it anew and send the new file."
    ),
    "damaged": _(
        "“%(filename)s” cannot be read: its inside is damaged. Open it in a spreadsheet, save it anew as .xlsx and "
        "send the new file."
    ),
    "too-large": _(
        "“%(filename)s” is too large for us to read. A file may have %(megabytes)s MB, %(unpacked)s MB unpacked, "
        "%(rows)s rows and %(columns)s columns. Send only the sheet with the table, or split it into several files."
    ),
    "too-many-rows": _(
        "The sheet “%(sheet)s” has more than %(rows)s rows (something stands in row %(row)s). "
        "Delete what is below the table, or split it into several files."
    ),
    "too-many-columns": _(
        "The sheet “%(sheet)s” has more than %(columns)s columns (something stands in %(cell)s). "
        "Delete what is to the side of the table and send the file again."
    ),
    "cell-too-long": _(
        "The cell %(cell)s of the sheet “%(sheet)s” holds more text than a spreadsheet cell can. "
        "Shorten it and send the file again; in a .csv, check that no quotation mark is left open before it."
    ),
    "entities": _(
        "“%(filename)s” contains definitions (DOCTYPE) that no spreadsheet writes and that can do harm. "
        "Open it in a spreadsheet, save it anew as .xlsx and send the new file."
    ),
    "empty": _("“%(filename)s” has no filled cell. Perhaps it is the wrong file, or was not saved before sending."),
    "encoding": _(
        "We cannot tell how the letters of “%(filename)s” are stored (near line %(line)s). "
        "Save it as “CSV UTF-8”, or as .xlsx, and send that file."
    ),
    "nul": _(
        "“%(filename)s” looks like a text table but contains bytes that no text has. "
        "Open it in a spreadsheet, save it as .xlsx and send that file."
    ),
    "open-quote": _(
        "A quotation mark near row %(row)s of “%(filename)s” is opened and never closed, so the rest of the file "
        "would become one cell. Close it, or save the table as .xlsx, and send the file again."
    ),
    "formula-without-value": _(
        "The formula in %(cell)s of the sheet “%(sheet)s” has no stored result, so we read the cell as blank. "
        "Open the file in a spreadsheet and save it, so that the result is stored."
    ),
    "sheet-left-out": _("The sheet “%(sheet)s” is too large and was left out; the other sheets were read."),
    "encoding-guessed": _(
        "The letters of the file are not stored as UTF-8; we read them as %(encoding)s. "
        "Please check names with accents."
    ),
}
