"""Files that people attach: taken from a form, listed, and handed out as downloads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.http import FileResponse, Http404
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from unmet.files import attachments, services
from unmet.files.models import Attachment
from unmet.files.scanner import Infected, NotChecked
from unmet.files.services import TooLarge
from unmet.files.types import TYPES, TypeRefused
from unmet.needs.attachments import NotAttached, ReturnDecided, TooMany
from unmet.parties.models import Person

REFUSED: Final = (TooLarge, TypeRefused, Infected, NotChecked, ReturnDecided, TooMany, NotAttached)
ACCEPT: Final = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx,.ods,.odt,.csv,.txt"


def sentence(refused: Exception) -> str:
    """Why a file was not attached or taken back, and what to do."""
    if isinstance(refused, TooLarge):
        words = _("The file is larger than %(megabytes)s MB. Scan it in grey, or with fewer dots per inch.")
        return words % {"megabytes": max(refused.limit // 1_000_000, 1)}
    if isinstance(refused, TooMany):
        return _("%(most)s files are attached already. Take one back first.") % {"most": refused.most}
    if isinstance(refused, TypeRefused):
        return _type(refused.reason)
    sentences: dict[type[Exception], str] = {
        Infected: _("The virus scanner says that this file is infected, so it was not kept. Please clean your device."),
        NotChecked: _("The file could not be checked for viruses, so it was not kept. Please try again later."),
        ReturnDecided: _(
            "This return is decided, so its files stay as they were seen. Attach it to a correction instead."
        ),
        NotAttached: _("This file is not attached any more, or something that stands is bound to it."),
    }
    return sentences[type(refused)]


def _type(reason: str) -> str:
    sentences = {
        "empty": _("The file is empty. Please choose another."),
        "markup": _("This is a web page or a drawing in markup. Print it to PDF and attach that."),
        "program": _("This is a program. Only documents, tables, text and pictures can be attached."),
        "old_office": _("This is an old Word or Excel file. Save it as .docx, .xlsx or PDF and attach that."),
        "active": _("The file holds macros, scripts or other files. Save it without them, or print it to PDF."),
        "two_things": _("The file holds something else behind or inside it. Scan or save it again."),
        "broken": _("The file is cut off or damaged. Please send it again."),
        "locked": _("The file is locked by a password. Save it without one and attach that."),
        "too_much": _("The file unpacks to more than can be looked at. Print it to PDF and attach that."),
    }
    unknown = _("Only PDF, JPEG, PNG, Word, Excel, OpenDocument, CSV and plain text can be attached. Print it to PDF.")
    return sentences.get(reason, unknown)


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment as a list shows it. `office` is who attached it, empty where readers of other parties see it."""

    attachment: Attachment
    name: str
    office: str


def listed(found: Iterable[Attachment], *, to_others: bool = False) -> list[Attached]:
    """Attachments with their names and, for readers of the same party, the offices that attached them."""
    standing = list(found)
    if to_others:
        return [Attached(one, attachments.served_name(one), "") for one in standing]
    people = Person.objects.filter(uuid__in={one.attached_by for one in standing})
    offices = {str(person.uuid): person.office for person in people}
    return [Attached(one, attachments.served_name(one), offices.get(one.attached_by, "")) for one in standing]


def download(attachment: Attachment) -> FileResponse:
    """The file, to be saved and never to be shown in the browser: it is a stranger's.

    Should a browser show it all the same, it may run nothing and reach nothing.
    """
    path = services.path(attachment.file)
    if not path.exists():
        raise Http404
    response = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=attachments.served_name(attachment),
        content_type=TYPES[attachment.type].media,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, no_store=True)
    return response
