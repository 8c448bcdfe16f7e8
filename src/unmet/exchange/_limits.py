"""What a table may cost us before it is refused, and what the parent and its child process say to each other.

Plain constants: read by the child (which never imports Django) and by the parent (which puts them in sentences).
"""

from __future__ import annotations

FILE_BYTES = 20 * 1024 * 1024
UNPACKED_BYTES = 200 * 1024 * 1024
PARTS = 500
ROWS = 100_000  # under the header
COLUMNS = 200
CELL_CHARACTERS = 32_767  # what a spreadsheet itself can hold in one cell
LINE_CHARACTERS = 1_000_000  # of one row, as it is handed over: what the parent must hold several times at once
SHEETS = 255
SHEET_NAME_CHARACTERS = 255
NOTES = 100

# Elements without a value (blank formatted cells, foreign markup) that a whole workbook may have; each filled cell
# allows for some more. Honest files stay far below; millions of elements of nothing pack into a few kilobytes.
EMPTY_ELEMENTS = 2_000_000
ELEMENTS_PER_VALUE = 6
PARSED_ELEMENT = 2  # one that the slow count must take in its hand, against one that the quick look passes over
TAG_BYTES = 1024 * 1024  # one tag, comment or instruction: the parser reads it anew with every piece that comes

# Titles, blank rows and the header stand above the 100,000 rows; more empty distance than this is refused, because
# the reader keeps the whole rectangle down to the last filled cell in memory.
LAST_ROW = 100_199
NON_BLANK_ROWS = ROWS + 1

CHILD_MEMORY_BYTES = 1024 * 1024 * 1024
CHILD_CPU_SECONDS = 60
CHILD_WALL_SECONDS = 90
CHILD_OUTPUT_BYTES = 600 * 1024 * 1024
CHILD_OPEN_FILES = 32

# Sheets that we ourselves put into a marked workbook; never taken for the person's table.
OUR_SHEET_MARK = "⚑"

# Each comment is a drawing of its own; thousands of them make a workbook that no office computer opens.
COMMENTS = 2_000
