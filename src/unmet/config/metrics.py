"""`/metrics`: counts for the operator's own monitoring, in the text format of Prometheus. Off unless it is set up.

Written by hand, because it is small and because the usual library keeps the counts of several processes in files that
nobody removes. Each process that serves pages counts in a file of its own, which it maps into memory; whichever is
asked adds all of them up. Labels are names of routes and statuses: nothing a reader typed, and no member.
"""

import hmac
import ipaddress
import mmap
import os
import struct
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from unmet.books.models import Clock
from unmet.config import backup, health
from unmet.jobs.models import Job

FOLDER = "metrics"
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOT = struct.Struct("<120sd")  # what is counted, and how much
_SLOTS = 4096


class Counts:
    """Counts of one process, in a file that outlives it: a process that is started anew takes nothing back.

    Slots follow each other; the first empty one ends the file. What finds no slot any more is counted as *other*.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock, self._pid = threading.Lock(), os.getpid()
        self._places: dict[bytes, int] = {}
        with (folder / f"{self._pid}.counts").open("a+b") as file:
            file.truncate(_SLOTS * _SLOT.size)
            self._map = mmap.mmap(file.fileno(), _SLOTS * _SLOT.size)
        # A number that another process had before us: go on from where it stopped.
        for place, (key, _) in enumerate(_slots(self._map)):
            self._places[key] = place

    def add(self, key: str, amount: float = 1.0) -> None:
        """Count something."""
        name = key.encode()[:120]
        with self._lock:
            place = self._places.get(name)
            if place is None:
                if len(self._places) >= _SLOTS - 1:
                    name = b"other"
                place = self._places.setdefault(name, len(self._places))
            _, before = _SLOT.unpack_from(self._map, place * _SLOT.size)
            _SLOT.pack_into(self._map, place * _SLOT.size, name, before + amount)


def _slots(counted: bytes | mmap.mmap) -> Iterator[tuple[bytes, float]]:
    for place in range(min(len(counted) // _SLOT.size, _SLOTS)):
        key, amount = _SLOT.unpack_from(counted, place * _SLOT.size)
        name = key.rstrip(b"\0")
        if not name:
            return
        yield name, amount


def added_up(folder: Path) -> Counter[str]:
    """What all processes counted since the server was started."""
    total: Counter[str] = Counter()
    for path in folder.glob("*.counts"):
        for name, amount in _slots(path.read_bytes()):
            total[name.decode(errors="replace")] += amount  # type: ignore[assignment]
    return total


def begin_anew(data: Path) -> None:
    """Forget the counts of an earlier run; called before any process serves pages."""
    for path in (data / FOLDER).glob("*.counts"):
        path.unlink(missing_ok=True)


_counts: Counts | None = None


def _counting() -> Counts:
    global _counts
    if _counts is None or _counts._pid != os.getpid():
        _counts = Counts(Path(settings.UNMET_DATA) / FOLDER)
    return _counts


def is_on() -> bool:
    """Whether somebody may ask for the metrics."""
    return bool(settings.UNMET_METRICS_TOKEN or settings.UNMET_METRICS_FROM)


def hear(route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    if not is_on():
        return
    counts = _counting()
    counts.add(f"requests {route} {status}")
    counts.add(f"seconds {route}", seconds)
    bound = next((str(bound) for bound in BOUNDS if seconds <= bound), "+Inf")
    counts.add(f"bucket {route} {bound}")


# ── the page ─────────────────────────────────────────────────────────────────
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The metrics, for whoever has the token and asks from where it is allowed; to others the page does not exist."""
    if not is_on() or not _may_ask(request):
        raise Http404
    response = HttpResponse("\n".join(_lines(timezone.now())) + "\n", content_type="text/plain; version=0.0.4")
    response["Cache-Control"] = "no-store"
    return response


def _may_ask(request: HttpRequest) -> bool:
    """Both conditions where both are set. The address counts only when no proxy stands between."""
    if wanted := settings.UNMET_METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            return False
    if nets := settings.UNMET_METRICS_FROM:
        if "X-Forwarded-For" in request.headers:
            return False
        try:
            address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
        except ValueError:
            return False
        return any(address in ipaddress.ip_network(net, strict=False) for net in nets)
    return True


def _lines(at: datetime) -> Iterator[str]:
    counted = added_up(Path(settings.UNMET_DATA) / FOLDER)
    yield from _requests(counted)
    yield from _latencies(counted)
    yield from _gauges(at)


def _head(name: str, kind: str, help_: str) -> list[str]:
    return [f"# HELP {name} {help_}", f"# TYPE {name} {kind}"]


def _of(counted: Counter[str], kind: str) -> Iterable[tuple[list[str], float]]:
    return sorted((key.split(" ")[1:], amount) for key, amount in counted.items() if key.startswith(f"{kind} "))


def _requests(counted: Counter[str]) -> Iterator[str]:
    yield from _head("unmet_requests_total", "counter", "Requests answered, by name of the route and status.")
    for (route, status), amount in _of(counted, "requests"):
        yield f'unmet_requests_total{{route="{_label(route)}",status="{status}"}} {amount:.0f}'


def _latencies(counted: Counter[str]) -> Iterator[str]:
    name = "unmet_request_seconds"
    yield from _head(name, "histogram", "Time to answer a request, by name of the route.")
    buckets = {(route, bound): amount for (route, bound), amount in _of(counted, "bucket")}
    for (route,), seconds in _of(counted, "seconds"):
        so_far = 0.0
        for bound in (*map(str, BOUNDS), "+Inf"):
            so_far += buckets.get((route, bound), 0)
            yield f'{name}_bucket{{route="{_label(route)}",le="{bound}"}} {so_far:.0f}'
        yield f'{name}_sum{{route="{_label(route)}"}} {seconds:.6f}'
        yield f'{name}_count{{route="{_label(route)}"}} {so_far:.0f}'


def _label(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _gauges(at: datetime) -> Iterator[str]:
    up = health.database_answers()
    yield from _gauge("unmet_database_up", int(up), "1 when the database answers.")
    yield from _gauge("unmet_tables_up_to_date", int(health.tables_are_right()), "1 when no change of tables waits.")
    yield from _gauge("unmet_disk_free_bytes", health.free_bytes(), "Free space where the data lies.")
    if up:
        waiting = Job.objects.waiting()
        yield from _gauge("unmet_jobs_waiting", waiting.count(), "Jobs not done yet, those of a later day included.")
        yield from _gauge("unmet_jobs_due", waiting.filter(due_at__lte=at).count(), "Jobs not done that are due.")
        yield from _gauge("unmet_jobs_failed", Job.objects.dead().count(), "Jobs given up after too many tries.")
        sequence = Clock.objects.values_list("sequence", flat=True).first() or 0
        yield from _gauge("unmet_books_sequence", sequence, "Last sequence of the books.")
    kept = backup.last(folder=Path(settings.UNMET_DATA))
    if kept is not None:
        age = (at - datetime.fromisoformat(kept["at"])).total_seconds()
        yield from _gauge("unmet_last_backup_age_seconds", round(age), "Time since the last backup was made.")


def _gauge(name: str, value: int, help_: str) -> list[str]:
    return [*_head(name, "gauge", help_), f"{name} {value}"]
