"""Files attached to something: letters, evidence, certificates.

This room knows neither who may attach nor to what: a room above asks that, names the subject by kind and uuid, and
writes the audit row. A file is checked before any transaction begins, so that nobody waits for the scanner.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from unmet.files import scanner, services, types
from unmet.files.models import Attachment, StoredFile
from unmet.files.types import FileType


class TakenBack(Exception):
    """The attachment was taken back already."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was received, is of a type that may be attached, and passed the scanner."""

    file: StoredFile
    type: FileType


def receive(chunks: Iterable[bytes], *, name: str, owner: str, person: str, at: datetime) -> Checked:
    """Keep a file that may be attached: `owner` is the code of the party whose people may see it.

    Raises:
        TooLarge: more than `UNMET_ATTACHMENT_LIMIT` bytes.
        TypeRefused, Infected, NotChecked: see there. Whatever is refused is not kept.
    """
    with services.received(chunks, limit=settings.UNMET_ATTACHMENT_LIMIT) as incoming:
        kind = types.tell(incoming.path)
        scanner.scan(incoming.path)
        stored = services.store(incoming, name=clean_name(name), owner=owner, person=person, at=at)
    return Checked(stored, kind)


def attach(
    checked: Checked, *, subject_kind: str, subject: uuid.UUID, kind: str, person: str, at: datetime
) -> Attachment:
    """Attach a file to something. The same bytes attached again are the attachment that stands there already."""
    standing = of(subject_kind, subject).filter(file__sha256=checked.file.sha256, kind=kind).first()
    if standing is not None:
        return standing
    return Attachment.objects.create(
        file=checked.file, subject_kind=subject_kind, subject=subject, kind=kind, type=checked.type.code,
        attached_by=person, attached_at=at,
    )  # fmt: skip


def take_back(attachment: Attachment, *, person: str, at: datetime) -> None:
    """Take an attachment back. It is no longer shown or served; the row and the bytes stay.

    Raises:
        TakenBack: see there.
    """
    standing = Attachment.objects.filter(pk=attachment.pk, taken_back_at=None)
    if not standing.update(taken_back_at=at, taken_back_by=person):
        raise TakenBack


def of(subject_kind: str, subject: uuid.UUID) -> QuerySet[Attachment]:
    """What stands attached to something, in the order in which it came."""
    return Attachment.objects.standing().filter(subject_kind=subject_kind, subject=subject).order_by("pk")


# ── names ────────────────────────────────────────────────────────────────────
_LONGEST: Final = 150
_UNSAFE: Final = re.compile(r'[/\\:*?"<>|%]')


def clean_name(name: str) -> str:
    """A name as sent, without folders, signs that mean something to a system, and letters that cannot be seen.

    >>> clean_name("../../Letter of 3 May.pdf")
    'Letter of 3 May.pdf'
    """
    last = re.split(r"[/\\]", name)[-1]
    # Cc, Cf: line breaks, and the marks that write "fdp.exe" backwards.
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
    return _UNSAFE.sub("_", unicodedata.normalize("NFC", seen)).strip(" .")[:_LONGEST] or "file"


def served_name(attachment: Attachment) -> str:
    """The name under which it is saved: as sent, with the ending of what it is.

    >>> served_name(Attachment(file=StoredFile(name="note.html"), type="txt"))
    'note.html.txt'
    """
    name, ending = clean_name(attachment.file.name), f".{attachment.type}"
    same = {".jpg": (".jpg", ".jpeg", ".jpe")}.get(ending, (ending,))
    return name if name.lower().endswith(same) else f"{name}{ending}"
