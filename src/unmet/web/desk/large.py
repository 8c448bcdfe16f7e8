"""Tables too large to check while the person waits: checked and written by jobs, shown by a page that can be left.

Every change of an upload is one conditional UPDATE together with the job it asks for, so that pressing twice, a
time-out and a second browser tab do no harm: one job is asked for, the others find the page that shows how far it is.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.notices import services as notices
from unmet.notices.services import Link
from unmet.web import formats
from unmet.web.desk import sheets, uploads
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest

CHECK, WRITE = "desk.check_upload", "desk.write_upload"
RUNNING: Final = (Upload.State.CHECKING, Upload.State.WRITING)
# Looked at again after so many seconds; later less often, for whoever pays by the byte.
_LOOK_AGAIN, _LOOK_AGAIN_LATER, _LATER = 3, 15, timedelta(minutes=1)
_LISTED_FOR = timedelta(days=14)


def is_large(upload: Upload) -> bool:
    """Whether a table is checked by a job; once begun that way, it stays that way."""
    return upload.state != Upload.State.AT_ONCE or upload.file.size > settings.UNMET_UPLOAD_AT_ONCE


# ── asking for work ──────────────────────────────────────────────────────────
def check(upload: Upload, request: PersonRequest, *, columns: bool = False) -> bool:
    """Ask for the table to be checked, with the answers it has now; False while it is being written.

    `columns` says that the person has just named the columns, which are to be remembered.
    """
    return _ask(
        upload, request, CHECK, leaving=[state for state in Upload.State if state != Upload.State.WRITING],
        to=Upload.State.CHECKING, columns=columns,
    )  # fmt: skip


def write(upload: Upload, request: PersonRequest, *, good_rows: bool) -> bool:
    """Ask for the table to be written; False when that was asked for already, or it is not checked."""
    return _ask(upload, request, WRITE, leaving=[Upload.State.CHECKED], to=Upload.State.WRITING, good_rows=good_rows)


@transaction.atomic
def _ask(
    upload: Upload, request: PersonRequest, handler: str, *, leaving: list[Upload.State], to: Upload.State,
    **more: bool,
) -> bool:  # fmt: skip
    # The run that this request has read: of two requests at the same moment one finds it changed.
    changed = Upload.objects.filter(pk=upload.pk, state__in=leaving, run=upload.run)
    if not changed.update(state=to, run=F("run") + 1):
        return False
    upload.refresh_from_db(fields=["state", "run"])
    jobs.ask(
        handler=handler, key=f"{upload.uuid}:{upload.run}", due_at=request.at,
        payload={
            "upload": str(upload.uuid), "run": upload.run, "by": str(request.user.uuid),
            "language": get_language(), **more,
        },
    )  # fmt: skip
    return True


def leave(upload: Upload) -> bool:
    """Import nothing of it; False once it is being written."""
    open_ = (Upload.State.CHECKING, Upload.State.CHECKED)
    return bool(Upload.objects.filter(pk=upload.pk, state__in=open_).update(state=Upload.State.LEFT, run=F("run") + 1))


def job_of(upload: Upload) -> Job | None:
    """The job that was asked for last."""
    return Job.objects.filter(handler__in=(CHECK, WRITE), key=f"{upload.uuid}:{upload.run}").first()


def sent(upload: Upload, request: PersonRequest) -> HttpResponse:
    """What a form of the page of a large table asks for. Whatever came first stands; the page says where it is."""
    sheet, do = sheets.of(upload), request.POST.get("do")
    if do == "nothing":
        if leave(upload):
            messages.success(request, _("Nothing was imported. Your file is as it was."))
            return redirect(sheet.back(upload))
        return redirect(sheet.at(upload))
    if upload.state != Upload.State.WRITING:
        uploads.answered(upload, request.POST.dict())
        if do in {"all", "good"}:
            write(upload, request, good_rows=do == "good")
        elif do in {"answer", "columns"}:
            check(upload, request, columns=do == "columns")
    return redirect(sheet.at(upload))


# ── showing how far it is ────────────────────────────────────────────────────
def shows_progress(upload: Upload, request: PersonRequest) -> bool:
    """Whether the page of an upload shows how far it is or what was done, instead of what the table says."""
    if upload.state == Upload.State.WRITTEN:
        return "rows" not in request.GET
    return upload.state in RUNNING


def progress_page(request: PersonRequest, upload: Upload) -> HttpResponse:
    """The page while a job is at work, and once it is written: it looks again by itself, without a script."""
    seen(upload, request)
    job = job_of(upload)
    given_up = job is not None and job.dead_at is not None
    runs = upload.state in RUNNING and not given_up
    waited = request.at - (job.due_at if job else upload.sent_at)
    context = {
        "upload": upload,
        "party": upload.member,
        "round": upload.round,
        "job": job,
        "given_up": given_up,
        "writing": upload.state == Upload.State.WRITING,
        "written": upload.state == Upload.State.WRITTEN,
        "told": uploads.counted(upload.counts) if upload.counts else "",
        "back": sheets.of(upload).back(upload),
        "says": said(job),
        "seconds": (_LOOK_AGAIN_LATER if waited > _LATER else _LOOK_AGAIN) if runs else 0,
        "address": sheets.of(upload).at(upload),
    }
    return render(request, "web/desk/upload_progress.html", context)


def said(job: Job | None) -> str:
    """How far a job is, in one sentence."""
    if job is None or job.dead_at is not None:
        return ""
    if job.error and job.leased_until is None:
        return _("Something went wrong. It is tried again by itself at %(moment)s.") % {
            "moment": formats.moment(job.due_at)
        }
    if job.progress_says == "reading":
        return _("The file is being read.")
    if job.progress_says in {"checking", "writing"} and job.progress_total:
        numbers = {"done": formats.number(job.progress_done), "total": formats.number(job.progress_total)}
        if job.progress_says == "writing":
            return _("All rows are checked: %(total)s. They are being written.") % numbers
        return _("Rows checked: %(done)s of %(total)s.") % numbers
    if job.leased_until is not None:
        return _("The work has begun.")
    before = Job.objects.waiting().filter(handler__in=(CHECK, WRITE), due_at__lt=job.due_at).count()
    if before:
        return _("Your table waits for its turn. Tables before it: %(count)s.") % {"count": formats.number(before)}
    return _("Your table is next.")


def seen(upload: Upload, request: PersonRequest) -> None:
    """Note, once, that the person who sent it has looked at the result: no letter is needed then."""
    if upload.sent_by_id == request.user.pk and upload.ended_at:
        unseen = Q(seen_at=None) | Q(seen_at__lt=F("ended_at"))
        if Upload.objects.filter(unseen, pk=upload.pk).update(seen_at=request.at):
            notices.mark_read(request.user, at=request.at, about=link(upload))


def link(upload: Upload) -> Link:
    """The page of an upload, as notices keep it."""
    if upload.kind == Upload.Kind.NEEDS:
        return Link("needs_upload", [upload.member.code, upload.round.code, str(upload.uuid)])
    if upload.kind == Upload.RECEIPTS:
        return Link("receipts_upload", [upload.member.code, str(upload.uuid)])
    return Link("support_upload", [str(upload.uuid)])


# ── found again ──────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Listed:
    """One table of the person, on the start page of the desk."""

    upload: Upload
    address: str
    says: str
    given_up: bool

    @property
    def running(self) -> bool:
        """Whether a job is at work on it."""
        return self.upload.state in RUNNING and not self.given_up

    @property
    def waits(self) -> bool:
        """Whether it waits for the person: checked and not written, and nobody said to import nothing."""
        return self.upload.state == Upload.State.CHECKED


def listed(request: PersonRequest) -> list[Listed]:
    """The large tables that the person sent lately, newest first."""
    mine = Upload.objects.filter(sent_by=request.user, sent_at__gte=request.at - _LISTED_FOR)
    # An appointment may have ended since: the page of the table would be none of the person's business then.
    mine = mine.exclude(state__in=(Upload.State.AT_ONCE, Upload.State.LEFT)).filter(
        member__in=request.actor.all_parties
    )
    found = []
    for upload in mine.select_related("file", "member", "round").order_by("-sent_at")[:20]:
        job = job_of(upload) if upload.state in RUNNING else None
        given_up = job is not None and job.dead_at is not None
        found.append(Listed(upload, sheets.of(upload).at(upload), said(job), given_up))
    return found
