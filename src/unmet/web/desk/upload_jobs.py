"""The jobs behind large uploads: check a table, write it exactly once, tell the person who sent it."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from unmet.access import telling
from unmet.access.actors import Actor, acting
from unmet.access.may import NotAllowed
from unmet.books import services as books
from unmet.exchange.import_report import Report
from unmet.exchange.table import FileRefused
from unmet.jobs import services as jobs
from unmet.jobs.tasks import Task
from unmet.parties.models import Person
from unmet.web.desk import checked, large, sheets
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.models import Upload

logger = logging.getLogger(__name__)
# Whoever has looked by then needs no letter.
LETTER_AFTER = timedelta(minutes=1)


def _mine(task: Task, state: str) -> Upload | None:
    """The upload of a job; None when it has moved on since, so that there is nothing left to do."""
    found = Upload.objects.select_related("file", "member", "round", "sent_by")
    return found.filter(uuid=task.payload["upload"], run=task.payload["run"], state=state).first()


def _ended(task: Task, upload: Upload, **changes: Any) -> bool:
    """Note the result; False when the upload has moved on meanwhile. Whoever sent it is told with it."""
    still = Upload.objects.filter(pk=upload.pk, run=task.payload["run"], state=upload.state)
    if not still.update(ended_at=task.at, seen_at=None, **changes):
        return False
    _tell("web.table_written" if changes["state"] == Upload.State.WRITTEN else "web.table_checked", upload, at=task.at)
    return True


def _tell(kind: str, upload: Upload, *, at: datetime) -> None:
    """Tell whoever sent the table, in the transaction in which it is so."""
    telling.tell(
        kind, telling.person(upload.sent_by, upload.member, telling.GIVING, at=at), by=None, at=at,
        link=large.link(upload), data={"member": upload.member.code, "round": upload.round.code}, rest=LETTER_AFTER,
    )  # fmt: skip


@jobs.gives_up(large.CHECK, large.WRITE)
def stopped(payload: dict[str, Any], at: datetime) -> None:
    """The job was given up: whoever sent the table learns that nothing more happens by itself."""
    found = Upload.objects.select_related("member", "round", "sent_by")
    upload = found.filter(uuid=payload["upload"], run=payload["run"], state__in=large.RUNNING).first()
    if upload is not None:
        _tell("web.table_stopped", upload, at=at)


@jobs.handles_long(large.CHECK)
def check(task: Task) -> None:
    """Check a table with the answers it has, and keep what its page shows in every language.

    Names that a sentence offers ("did you mean …") are those of the language in which the person sent the table.
    """
    upload = _mine(task, Upload.State.CHECKING)
    if upload is None:
        return
    by = Person.objects.get(uuid=task.payload["by"])
    with acting(Actor.of(by, at=task.at, via="job")), override(task.payload["language"]):
        task.progress("reading")
        examined: Any
        try:
            examined = sheets.of(upload).examine(upload, task.progress)
            keep = checked.to_keep(examined, [] if examined.parsed.unmapped else sheets.of(upload).sample(examined))
        except FileRefused as refused:
            examined, keep = None, checked.to_keep(refused, [])
        named = task.payload.get("columns") and examined is not None
        with task.finishing():
            if not _ended(task, upload, state=Upload.State.CHECKED, checked=keep) or not named:
                return
            if not sheets.remember_columns(upload, examined, by=by, at=task.at):
                _say(upload, keep, lambda: _("A column that is needed was not named. Please choose it."))


@jobs.handles_long(large.WRITE)
def write(task: Task) -> None:
    """Write a table that was checked: the rows, what the page says and the end of the job in one transaction."""
    upload = _mine(task, Upload.State.WRITING)
    if upload is None:
        return
    by = Person.objects.get(uuid=task.payload["by"])
    with acting(Actor.of(by, at=task.at, via="job")), override(task.payload["language"]):
        try:
            task.progress("reading")
            examined = sheets.of(upload).examine(upload, task.progress)
            rows = len(examined.lines)
            task.progress("writing", rows, rows)
            books.settle(at=task.at)
            with task.finishing():
                report = sheets.of(upload).write(upload, examined, by, task.at, task.payload["good_rows"])
                _written(task, upload, examined, report)
        except (*REFUSED, NotAllowed) as refused:
            logger.info("Upload %s was not written: %s", upload.uuid, type(refused).__name__)
            why = refused
            with task.finishing():
                if _ended(task, upload, state=Upload.State.CHECKED):
                    _say(upload, upload.checked or {}, lambda: _why(why))


def _why(refused: Exception) -> str:
    if isinstance(refused, NotAllowed):
        return _("You are no longer appointed to do this, so nothing was written.")
    return sentence(refused)


def _written(task: Task, upload: Upload, examined: Any, report: Report) -> None:
    if not report.written:  # other rows are refused now than when the button was pressed
        keep = checked.to_keep(examined, sheets.of(upload).sample(examined))
        _ended(task, upload, state=Upload.State.CHECKED, checked=keep)
        return
    counts = {name: getattr(report, name) for name in ("read", "created", "updated", "unchanged", "refused")}
    _ended(task, upload, state=Upload.State.WRITTEN, counts=counts, written_at=task.at)


def _say(upload: Upload, keep: dict[str, Any], why: Any) -> None:
    """Put a sentence on top of the page, in each language."""
    for code, shown in keep.items():
        with override(code):
            shown["problem"] = str(why())
    Upload.objects.filter(pk=upload.pk).update(checked=keep)
