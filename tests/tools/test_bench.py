"""Each benchmark at a tiny size: it runs, its figures are there, and its gate can refuse. No time is judged."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from tools.bench import clients, command, cube, imports, load, paint, partner, workbook
from tools.bench.measure import Floor, NotTheSame, Report, interleaved, percentile
from tools.bench.scratch import POSTGRESQL, Scratch, folder_for

from tests import postgres
from tests.conftest import engine


@pytest.fixture
def scratch():
    """Scratch databases on the engine of this run."""
    with folder_for("test") as folder:
        yield Scratch(engine(), folder, os.environ.get("DATABASE_URL", ""))


def test_imports_are_measured_beside_the_raw_store_and_the_peer(scratch):
    report = imports.run(scratch, "tiny")
    files, items, places, lines, _ = imports.SIZES["tiny"]
    ours, raw, peer = (report.figures[name]["runs"] for name in ("ours", "raw", "django-import-export"))
    # A need, a statement, an account and a line in each book; and a cell of the cube for each member and item.
    assert {run["rows"] for run in [*ours, *raw]} == {files * items * places * 5 + files * items}
    assert {run["rows"] for run in peer} == {lines * 5 + items}
    # On SQLite sending, approving and releasing each wait for the one lock of the database.
    assert all(len(run["lock"]) == 3 * files for run in ours)
    assert [floor.name for floor in report.floors][-1] == "lock of the books for a file"
    with pytest.raises(NotTheSame, match="own book"):
        imports.run(scratch, "tiny", wrong=1)


def test_pages_and_small_writes_are_measured_while_a_table_is_imported(scratch):
    with load.measured(scratch, "tiny") as (report, gate):
        gate()
        with pytest.raises(NotTheSame, match="instead of"):
            gate(wrong=1)
    assert [name for name, *_ in report.figures["spans"]] == ["import", "approve", "release"]
    assert (
        report.figures["read"]["taken"]
        and report.figures["written"]["returns"]
        and report.figures["written"]["support"]
    )


def test_the_questions_to_the_cube_are_measured_beside_plain_sql(scratch):
    report = cube.run(scratch, "tiny")
    digests = {run["digest"] for runs in report.figures.values() for run in runs}
    assert len(digests) == 1 and len(report.figures["ours"][0]["plans"]) == 2
    if engine() == "sqlite":
        assert all("COVERING INDEX" in plan for plan in report.figures["ours"][0]["plans"])
    with pytest.raises(NotTheSame, match="ten largest gaps"):
        cube.run(scratch, "tiny", wrong=1)


@pytest.mark.needs("postgresql")
def test_posts_of_many_clients_are_measured_beside_pgbench():
    # A cluster of its own: what asks for no database of ours runs once, beside SQLite.
    with postgres.cluster() as url, folder_for("test") as folder:
        _clients(Scratch(POSTGRESQL, folder, url))


def _clients(scratch):
    report = clients.run(scratch, "tiny")
    assert {name: len(runs) for name, runs in report.figures.items()} == {"ours": 2, "pgbench": 1}
    assert [floor.name for floor in report.floors] == ["posts a second"]
    with pytest.raises(NotTheSame, match="instead of"):
        clients.run(scratch, "tiny", wrong=1)


def test_what_a_partner_sees_is_measured_beside_the_raw_store(scratch):
    report = partner.run(scratch, "tiny")
    [ours] = {(run["accounts"], run["entries"], run["digest"]) for run in report.figures["ours"]}
    members, items, places, lines, _ = partner.SIZES["tiny"]
    assert ours[:2] == (members * items * places, members * items * places * lines)
    for page in ("gaps", "member"):
        [told] = [number for number, line in enumerate(report.lines) if line.startswith(f"page of {page}: ")]
        assert report.lines[told + 1].startswith("    "), "the plan of its slowest statement"
    with pytest.raises(NotTheSame, match="biggest gaps"):
        partner.run(scratch, "tiny", wrong=1)


@pytest.mark.sqlite
def test_a_workbook_is_measured_beside_its_reader_alone(scratch):
    report = workbook.run(scratch, "tiny")
    assert report.figures["ours"][0]["child_mb"] > 10
    assert {run["quantity"] for runs in report.figures.values() for run in runs} == {
        report.figures["ours"][0]["quantity"]
    }
    with pytest.raises(NotTheSame, match="20 good"):
        workbook.run(scratch, "tiny", wrong=1)


@pytest.mark.sqlite
@pytest.mark.needs("chromium")
def test_first_paint_is_measured_in_a_browser(scratch):
    # A thread of its own: the browser of the journeys may still be open in this one.
    with ThreadPoolExecutor(max_workers=1) as other:
        with pytest.raises(NotTheSame, match="is headed"):
            other.submit(paint.run, scratch, "tiny", heading="Another page").result()
        report = other.submit(paint.run, scratch, "tiny").result()
    assert set(report.figures) == {
        f"{page} {language}" for page in ("overview", "return entry") for language in ("en", "ar")
    }
    # Two trips of 400 ms at the least (page, stylesheet): a line that is not slow would be faster.
    assert all(0.4 < found["paint"]["median"] < 60 and found["bytes"] > 1000 for found in report.figures.values())


# ── how it is judged ─────────────────────────────────────────────────────────
def test_a_target_that_is_missed_is_said_and_fails_the_command(capsys):
    slow = Report("a", "sqlite")
    slow.floor(Floor("share of the raw store", 0.3, least=0.4, unit="×"))
    slow.floor(Floor("lock", 1.0, most=2, unit=" s"))
    assert command._judge([slow], [], None, "full") == command.MISSED
    said = capsys.readouterr().out
    assert "0.3× (at least 0.4×) MISSED" in said and "lock: 1 s (at most 2 s) ok" in said


def test_a_small_size_binds_nothing_and_a_wrong_result_always_fails(tmp_path):
    small = Report("c", "sqlite")
    small.floor(Floor("gaps", 90, most=40, unit=" ms", binding=False))
    assert command._judge([small], [], None, "tenth") == command.OK
    out = tmp_path / "told.json"
    assert command._judge([small], ["(c) sqlite: NotTheSame"], out, "tenth") == command.WRONG
    told = json.loads(out.read_text())
    assert told["failures"] == ["(c) sqlite: NotTheSame"] and told["reports"][0]["floors"][0]["measured"] == 90


def test_an_unknown_benchmark_is_refused(capsys):
    assert command.main(["--only", "z"]) == command.WRONG
    assert "There are: a, b, c, d, e, f, paint." in capsys.readouterr().err


def test_sides_take_turns_and_percentiles_are_of_what_was_seen():
    order = []
    sides = [(name, lambda name=name: order.append(name) or {}) for name in ("ours", "peer")]
    told = interleaved(sides, rounds=3)
    assert order == ["ours", "peer", "ours", "peer", "ours"] and len(told["peer"]) == 2
    waits = [float(number) for number in range(1, 101)]
    assert (percentile(waits, 0.95), percentile(waits, 0.5), percentile([3.0], 0.95)) == (95, 50, 3)
