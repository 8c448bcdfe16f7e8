"""A return on one page of paper, signed and stamped where a ministry is one person; the scan is confirmed by a second.

Who entered a return cannot approve it: the signature on paper does not change that. It lets an approver who is far
away, at the permanent mission, confirm what the minister signed. Whoever attached the scan cannot confirm it either.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.actors import current as acting
from unmet.access.may import Deed
from unmet.files import attachments as files
from unmet.files.models import Attachment
from unmet.needs import queries
from unmet.needs.models import Return, SignedPrint, Statement
from unmet.needs.services import NotYoursToApprove
from unmet.parties.models import Person

# Without letters and digits that look alike on paper.
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 10
_BETWEEN: Final = str.maketrans({"-": "", " ": "", "_": ""})


class CodeUnknown(Exception):
    """No print of the version that waits has this code."""


@transaction.atomic
def make(return_: Return, *, by: Person, at: datetime) -> SignedPrint:
    """The page of the version that waits; the same one again when it was made before.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        NotYoursToApprove: the return does not wait for its approver.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=return_.member)
    waiting = Return.objects.submitted().select_for_update(no_key=True).filter(pk=return_.pk).first()
    if waiting is None:
        raise NotYoursToApprove
    standing = current(waiting)
    if standing is not None:
        return standing
    made = SignedPrint.objects.create(
        code="".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)), of=waiting, revision=waiting.revision,
        digest=digest(lines(waiting)), made_by=by, made_at=at,
    )  # fmt: skip
    access.record(
        event="needs.printed", at=at, party=return_.member, subject_kind="return", subject=return_.uuid,
        code=made.code, revision=made.revision, digest=made.digest,
    )  # fmt: skip
    return made


def attach(return_: Return, chunks: Iterable[bytes], *, code: str, name: str, by: Person, at: datetime) -> SignedPrint:
    """Attach the scan of the signed page, found by the code on it. A later scan takes the place of an earlier one.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        CodeUnknown: see there.
        TooLarge, TypeRefused, Infected, NotChecked: see `files.attachments.receive`.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=return_.member)
    _require_code(return_, code)
    checked = files.receive(chunks, name=name, owner=return_.member.code, person=str(by.uuid), at=at)
    with transaction.atomic():
        Return.objects.pending().select_for_update(no_key=True).filter(pk=return_.pk).first()
        printed = _require_code(return_, code)
        earlier = printed.scan
        scan = files.attach(
            checked, subject_kind="return", subject=return_.uuid, kind=Attachment.Kind.SIGNED_PRINT,
            person=str(by.uuid), at=at,
        )  # fmt: skip
        if earlier is not None and earlier != scan and earlier.taken_back_at is None:
            files.take_back(earlier, person=str(by.uuid), at=at)
        SignedPrint.objects.filter(pk=printed.pk).update(scan=scan)
        printed.refresh_from_db()
        access.record(
            event="needs.signed_print_attached", at=at, party=return_.member, subject_kind="return",
            subject=return_.uuid, code=printed.code, revision=printed.revision, sha256=checked.file.sha256,
        )  # fmt: skip
    return printed


def _require_code(return_: Return, code: str) -> SignedPrint:
    waiting = Return.objects.submitted().filter(pk=return_.pk).first()
    printed = current(waiting) if waiting else None
    if printed is None or printed.code != plain(code):
        raise CodeUnknown
    return printed


def plain(code: str) -> str:
    """A code as it is kept, from what somebody read on paper.

    >>> plain("k7qf2-m9xtd")
    'K7QF2M9XTD'
    """
    return code.upper().translate(_BETWEEN)[: 2 * _LENGTH]


def current(return_: Return) -> SignedPrint | None:
    """The print of a return's present version, if one was made."""
    return return_.prints.filter(revision=return_.revision).select_related("scan", "of").first()


def find(code: str) -> SignedPrint | None:
    """The print with this code, for the member's own people; to everybody else there is none."""
    own = SignedPrint.objects.filter(of__member__in=acting().own_parties)
    return own.select_related("of__member", "of__round__emergency").filter(code=plain(code)).first()


def lines(return_: Return) -> list[Statement]:
    """The lines of the present version, for the member's own people."""
    own = visible.own(Statement.objects.filter(in_return=return_, newest=True), visible.STATEMENT)
    return list(queries.for_reading(own))


def digest(statements: Sequence[Statement]) -> str:
    """SHA-256 over what the lines say, so that the paper names exactly these lines."""
    said = sorted(
        [
            str(one.need.uuid), one.requested, one.pipeline, one.needed_by_on.isoformat(), one.rank or 0,
        ]
        for one in statements
    )  # fmt: skip
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
