"""Files attached to returns: who attaches, who takes back, who may fetch.

A file has the audience of what it belongs to. To everybody else it does not exist, like one that was never sent.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from unmet.access import may
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.files import attachments as files
from unmet.files.models import Attachment
from unmet.needs import letters
from unmet.needs.models import Return
from unmet.parties.models import Person

RETURN: Final = "return"
MOST: Final = 20  # files of one return


class ReturnDecided(Exception):
    """The return is approved, replaced or withdrawn: what was attached to it stays as the approver saw it."""


class TooMany(Exception):
    """As many files as may be attached are attached already; `most` of them."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class NotAttached(Exception):
    """This file is not attached any more, or it is bound to something that stands."""


def attach(return_: Return, chunks: Iterable[bytes], *, name: str, kind: str, by: Person, at: datetime) -> Attachment:
    """Attach a file to a return that is not decided yet. The same file sent again is the one that stands.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ReturnDecided, TooMany: see there.
        TooLarge, TypeRefused, Infected, NotChecked: see `files.attachments.receive`.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=return_.member)
    _require_room(return_)
    checked = files.receive(chunks, name=name, owner=return_.member.code, person=str(by.uuid), at=at)
    with transaction.atomic():
        _require_room(return_, lock=True)
        attached = files.attach(
            checked, subject_kind=RETURN, subject=return_.uuid, kind=kind, person=str(by.uuid), at=at
        )
        access.record(
            event="needs.attached", at=at, party=return_.member, subject_kind=RETURN, subject=return_.uuid,
            attachment=str(attached.uuid), kind=kind, sha256=checked.file.sha256,
        )  # fmt: skip
    return attached


def _require_room(return_: Return, *, lock: bool = False) -> None:
    pending = Return.objects.pending().filter(pk=return_.pk)
    if not (pending.select_for_update(no_key=True).first() if lock else pending.first()):
        raise ReturnDecided
    if of(return_).count() >= MOST:
        raise TooMany(MOST)


def take_back(attachment: Attachment, *, by: Person, at: datetime) -> None:
    """Take a file back from a return that is not decided yet. It is no longer shown or served.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ReturnDecided, NotAttached: see there.
    """
    return_ = Return.objects.select_related("member").filter(uuid=attachment.subject).first()
    if attachment.subject_kind != RETURN or return_ is None:
        raise NotAttached
    may.require(Deed.ENTER_NEEDS, by=by, party=return_.member)
    with transaction.atomic():
        if not Return.objects.pending().select_for_update(no_key=True).filter(pk=return_.pk).first():
            raise ReturnDecided
        try:
            files.take_back(attachment, person=str(by.uuid), at=at)
        except files.TakenBack:
            raise NotAttached from None
        access.record(
            event="needs.attachment_taken_back", at=at, party=return_.member, subject_kind=RETURN,
            subject=return_.uuid, attachment=str(attachment.uuid),
        )  # fmt: skip


def of(return_: Return) -> QuerySet[Attachment]:
    """What stands attached to a return."""
    return files.of(RETURN, return_.uuid)


# ── who may fetch a file: a rule for each kind of subject ────────────────────
def _of_own_return(subject: uuid.UUID) -> bool:
    return Return.objects.filter(uuid=subject, member__in=current().own_parties).exists()


def _of_seen_proposal(subject: uuid.UUID) -> bool:
    return letters.seen(subject) is not None


SEEN_BY: Final[Mapping[str, Callable[[uuid.UUID], bool]]] = {
    RETURN: _of_own_return,
    letters.PROPOSAL: _of_seen_proposal,
}


def seen(pk: uuid.UUID) -> Attachment | None:
    """The attachment with this uuid, if the acting actor may see what it belongs to; None hides and absent alike."""
    found = Attachment.objects.standing().filter(uuid=pk).first()
    rule = SEEN_BY.get(found.subject_kind) if found else None
    return found if found and rule and rule(found.subject) else None
