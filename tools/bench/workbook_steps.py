"""Benchmark (d), inside its processes: a workbook read and checked, and the same workbook by python-calamine alone."""

import resource
from pathlib import Path
from time import perf_counter
from typing import Any

TITLES = ("Item", "Quantity", "Unit", "Needed by", "Priority", "Usable stock", "Pipeline", "Place", "Group", "Remark")


def workbook_make(*, path: str, items: int, places: int) -> dict[str, Any]:
    """A workbook of ten columns as a ministry would send it: one row for each item and place."""
    from datetime import timedelta

    import xlsxwriter

    from tools.bench import world
    from unmet.catalogue.models import Item, Round

    names = dict(Item.objects.values_list("pk", "name_en"))
    needed_by = Round.objects.get(code=world.ROUND).period_from_on + timedelta(world.NEEDED_BY)
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Needs")
    sheet.write_row(0, 0, TITLES)
    row = 0
    for number, item in enumerate(world.items_of(items)):
        for place in range(places):
            row += 1
            sheet.write_row(row, 0, [
                names[item], world.quantity(0, number, place) // 1000, "", needed_by, row % 9 + 1, row % 50, row % 20,
                f"District {place}", "", f"ordered by ministry {row}",
            ])  # fmt: skip
    book.close()
    return {"rows": row, "bytes": Path(path).stat().st_size}


def workbook_ours(*, path: str, rows: int, wrong: int = 0) -> dict[str, Any]:
    """Read by the child process, then every cell checked; the answer is need lines."""
    from tools.bench import world
    from tools.bench.measure import NotTheSame
    from unmet.catalogue.models import Round
    from unmet.exchange import needs_sheet, table
    from unmet.needs.lookup import lookup
    from unmet.parties.models import Party

    words = lookup(member=Party.objects.get(code=world.MEMBERS[0]), round_=Round.objects.get(code=world.ROUND))
    begun = perf_counter()
    read = table.read(Path(path), filename="needs.xlsx")
    read_in = perf_counter() - begun
    child = resource.getrusage(resource.RUSAGE_CHILDREN)  # the reading child is the only one
    parsed = needs_sheet.parse(read.rows(), words)
    seconds = perf_counter() - begun
    own = resource.getrusage(resource.RUSAGE_SELF)
    if (parsed.read, len(parsed.lines), parsed.refused) != (rows, rows + wrong, 0):
        raise NotTheSame(
            f"{parsed.read} read, {len(parsed.lines)} good, {parsed.refused} refused, of {rows}: "
            f"{parsed.problems()[:2]}"
        )
    return {
        "seconds": seconds, "read": read_in, "child_mb": child.ru_maxrss / 1024,
        "child_cpu": child.ru_utime + child.ru_stime,
        "cpu": own.ru_utime + own.ru_stime + child.ru_utime + child.ru_stime,
        "quantity": sum(line.quantity for line in parsed.lines),
    }  # fmt: skip


def workbook_raw(*, path: str, rows: int) -> dict[str, Any]:
    """python-calamine alone: all cells as Python values, nothing checked."""
    from python_calamine import CalamineWorkbook

    from tools.bench.measure import NotTheSame

    begun = perf_counter()
    cells = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    seconds = perf_counter() - begun
    if len(cells) != rows + 1 or len(cells[0]) != len(TITLES):
        raise NotTheSame(f"{len(cells)} rows of {len(cells[0])} cells")
    return {"seconds": seconds, "quantity": int(sum(row[1] for row in cells[1:]) * 1000)}
