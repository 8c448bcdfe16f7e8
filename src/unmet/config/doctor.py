"""What an operator wants to know: is everything in place, and if not, the command that cures it."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from unmet.access.services import is_demonstration
from unmet.audit import append_only
from unmet.books import doctor as books_doctor
from unmet.books.models import Clock
from unmet.config import backup, coalition_files
from unmet.figures import money
from unmet.jobs.models import Job
from unmet.notices.models import Delivery, SuppressedAddress
from unmet.parties.models import Party
from unmet.support.models import Flow

Status = Literal["ok", "warn", "fail"]
_LATE = timedelta(hours=1)
_FOUNDED = date(2020, 5, 4)
_JOINED = date(2024, 1, 31)
_BACKUP_AGE = timedelta(hours=36)  # one night was missed


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `cure` is the command or the act that mends it, empty when all is well."""

    name: str
    status: Status
    says: str
    cure: str = ""


def examine(*, books: bool = False) -> list[Check]:
    """Look at everything; with `books`, recompute every balance and every cell of the cube as well."""
    checks: list[Callable[[], Check]] = [
        _database,
        _journal,
        _disk,
        _time,
        _fonts,
        _languages,
        _static,
        _secret,
        _debug,
        _mail,
    ]
    found = [check() for check in checks]
    if found[0].status == "ok":
        found += [_triggers(), _members(), _jobs(), _letters(), _marked(), _backup()]
        if books:
            found += [_books(), _money()]
    return found


def as_json(checks: list[Check]) -> str:
    """The checks for a machine, with the two membership counts by themselves."""
    counts = (
        {str(on): Party.objects.members(on=on).count() for on in (_FOUNDED, _JOINED)}
        if checks[0].status == "ok"
        else {}
    )
    return json.dumps(
        {
            "ok": all(check.status != "fail" for check in checks),
            "members": counts,
            "checks": [asdict(c) for c in checks],
        },
        ensure_ascii=False,
        indent=2,
    )


def _database() -> Check:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:
        return Check(
            "database", "fail", f"{connection.vendor} does not answer: {error}", "check DATABASE_URL and UNMET_DATA"
        )
    if waiting:
        return Check("database", "fail", f"{len(waiting)} changes of the tables are waiting", "unmet migrate")
    if not Party.objects.exists():
        return Check("database", "fail", f"{connection.vendor}: the tables are there and empty", "unmet setup")
    return Check("database", "ok", f"{connection.vendor}, all tables as this version wants them")


def _journal() -> Check:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            mode = cursor.fetchone()[0]
        good = mode in {"on", "remote_apply", "remote_write"}
        return Check(
            "durability",
            "ok" if good else "fail",
            f"synchronous_commit is {mode}",
            "" if good else "ALTER SYSTEM SET synchronous_commit = on",
        )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        level = cursor.fetchone()[0]
        cursor.execute("SELECT sqlite_version()")
        version = cursor.fetchone()[0]
    wanted = {"wal": 2, "delete": 3}
    if level < wanted.get(mode, 3):
        return Check(
            "durability",
            "fail",
            f"SQLite {version}: journal {mode}, synchronous {level}",
            "start through `unmet`, which sets both",
        )
    return Check("durability", "ok", f"SQLite {version}: journal {mode}, synchronous {level}")


def _disk() -> Check:
    free = shutil.disk_usage(settings.UNMET_DATA).free
    says = f"{free / 1e9:.1f} GB free in {settings.UNMET_DATA.name}"
    if free < 200_000_000:
        return Check("disk", "fail", says, "free some space or move UNMET_DATA to a larger disk")
    return Check(
        "disk", "warn" if free < 2_000_000_000 else "ok", says, "plan for a larger disk" if free < 2_000_000_000 else ""
    )


def _time() -> Check:
    now = datetime.now(UTC)
    try:
        last = Clock.objects.values_list("at", flat=True).first()
    except Exception:  # the tables may not be there yet; the database check says so
        last = None
    if now.year < 2026 or (last and last > now):
        return Check(
            "time",
            "fail",
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, the last entry {last}",
            "timedatectl set-ntp true",
        )
    return Check("time", "ok", f"{now:%Y-%m-%d %H:%M} UTC, not before the last entry")


def _fonts() -> Check:
    listing = shutil.which("fc-list")
    if listing is None:
        return Check(
            "fonts",
            "warn",
            "fontconfig is not installed, so fonts for printed Arabic were not looked for",
            "apt-get install fontconfig fonts-noto-core",
        )
    found = subprocess.run([listing, ":lang=ar", "family"], capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        return Check(
            "fonts",
            "warn",
            "no font with Arabic letters for printing on this machine; readers use their own",
            "apt-get install fonts-noto-core",
        )
    return Check("fonts", "ok", f"{len(found.splitlines())} fonts with Arabic letters")


def _languages() -> Check:
    lacking = [
        code
        for code, _ in settings.LANGUAGES
        if code != "en"
        and not any((Path(folder) / code / "LC_MESSAGES" / "django.mo").exists() for folder in settings.LOCALE_PATHS)
    ]
    if lacking:
        return Check("languages", "fail", f"not compiled: {', '.join(lacking)}", "make setup")
    return Check("languages", "ok", ", ".join(code for code, _ in settings.LANGUAGES))


def _static() -> Check:
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return Check("static files", "fail", "not collected, pages would have no style", "make setup")
    return Check("static files", "ok", "collected")


def _secret() -> Check:
    path = settings.UNMET_DATA / "secret_key"
    if os.environ.get("UNMET_SECRET_KEY"):
        return Check("secret key", "ok", "from the environment")
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Check("secret key", "fail", "others on this machine can read it", f"chmod 600 {path.name}")
    return Check("secret key", "ok", "in the data folder, readable by its owner only")


def _debug() -> Check:
    if settings.DEBUG:
        return Check("faults", "fail", "are shown in the browser, with settings and values", "set UNMET_DEBUG=0")
    return Check("faults", "ok", "are written to the log, not shown in the browser")


def _mail() -> Check:
    if not settings.EMAIL_HOST:
        return Check(
            "mail",
            "warn",
            "no mail host: people are told in their inbox only; letters of sign-in are kept as files",
            "set UNMET_MAIL_HOST",
        )
    if urlsplit(settings.UNMET_SITE).hostname in {"localhost", "127.0.0.1"} and not is_demonstration():
        return Check("mail", "warn", f"links in letters lead to {settings.UNMET_SITE}", "set UNMET_SITE")
    return Check("mail", "ok", settings.EMAIL_HOST)


def _letters() -> Check:
    """Letters of the last week that were given up, and addresses to which nothing is sent any more."""
    since = datetime.now(UTC) - timedelta(days=7)
    failed = Delivery.objects.filter(state=Delivery.State.FAILED, ended_at__gt=since).order_by("-ended_at")
    suppressed = SuppressedAddress.objects.filter(lifted_at=None).count()
    count, last = failed.count(), failed.first()
    if last is not None:
        return Check(
            "letters", "warn", f"{count} given up within a week, the last one: {last.says}", "look at the mail server"
        )
    return Check("letters", "ok", f"none given up within a week; addresses that are not written to: {suppressed}")


def _triggers() -> Check:
    missing = append_only.missing()
    if missing:
        return Check("triggers", "fail", f"rows could be changed in: {', '.join(missing)}", "unmet migrate")
    return Check("triggers", "ok", f"{len(append_only.TABLES)} tables only grow")


def _members() -> Check:
    if coalition_files.standing(Path(settings.UNMET_DATA)):
        count = Party.objects.members(on=datetime.now(UTC).date()).count()
        return Check("members", "ok" if count else "warn", f"{count} members today", "" if count else "unmet members")
    then, now = Party.objects.members(on=_FOUNDED).count(), Party.objects.members(on=_JOINED).count()
    says = f"{then} members on {_FOUNDED}, {now} since January 2024"
    return Check(
        "members",
        "ok" if (then, now) == (120, 121) else "warn",
        says,
        "" if (then, now) == (120, 121) else "unmet members",
    )


def _jobs() -> Check:
    """Jobs that were given up fail; jobs that are long due say that nobody works."""
    dead = list(Job.objects.dead().order_by("dead_at")[:3])
    if dead:
        count = Job.objects.dead().count()
        named = "; ".join(f"{job.pk} ({job}): {job.error[:120]}" for job in dead)
        return Check(
            "jobs", "fail", f"{count} given up: {named}", f"unmet jobs --again {dead[0].pk if count == 1 else 'all'}"
        )
    late = Job.objects.waiting().filter(due_at__lt=datetime.now(UTC) - _LATE, leased_until=None, attempts=0).count()
    if late:
        return Check("jobs", "warn", f"{late} wait for a worker since more than an hour", "unmet work")
    return Check("jobs", "ok", f"{Job.objects.waiting().count()} wait, none was given up")


def _marked() -> Check:
    return Check("installation", "ok", "DEMONSTRATION" if is_demonstration() else "in earnest")


def _backup() -> Check:
    """Whether a backup was made here lately; one made by other means cannot be seen."""
    if is_demonstration():
        return Check("backup", "ok", "a demonstration needs none")
    kept = backup.last(folder=Path(settings.UNMET_DATA))
    if kept is None:
        return Check("backup", "warn", "none was made yet", "unmet backup FOLDER, every night, on another disk")
    age = datetime.now(UTC) - datetime.fromisoformat(kept["at"])
    says = f"the last one is {age.days} days and {age.seconds // 3600} hours old, at entry {kept['sequence']}"
    if age > _BACKUP_AGE:
        return Check("backup", "warn", says, "unmet backup FOLDER, every night, on another disk")
    return Check("backup", "ok", says)


def _books() -> Check:
    found = books_doctor.differences()
    if found:
        first = found[0]
        return Check(
            "books", "fail",
            f"{len(found)} differences; first: {first.what}, {first.where}: kept {first.kept},"
            f" recomputed {first.recomputed}",
            "stop the service, keep the data folder, and restore the last backup",
        )  # fmt: skip
    sequence = Clock.objects.values_list("sequence", flat=True).first() or 0
    return Check("books", "ok", f"{sequence} entries recomputed, no difference")


def _money() -> Check:
    found = money.differences()
    if found:
        return Check(
            "money", "fail", f"{len(found)} differences; first: {found[0]}",
            "stop the service, keep the data folder, and restore the last backup",
        )  # fmt: skip
    return Check("money", "ok", f"{Flow.objects.count()} flows added up from their steps, no difference")
