"""Letters that came back: delivery status notifications (RFC 3464) and complaints (RFC 5965).

A report counts only for a letter of ours, known by its Message-ID, which nobody guesses: a forged report silences
nobody. It counts once, so that reading a mailbox again does not undo what an operator lifted since.
"""

import email
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from unmet.notices import suppressing
from unmet.notices.models import Delivery
from unmet.notices.suppressing import Reason

# Of a report we read the beginning: what the other server says comes before the letter that it returns.
LARGEST: Final = 1_000_000
_STATUS: Final = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_STATUS_TYPES: Final = ("message/delivery-status", "message/global-delivery-status")
_COMPLAINT_TYPE: Final = "message/feedback-report"
_RETURNED: Final = ("message/rfc822", "message/global")
_RETURNED_HEADERS: Final = ("text/rfc822-headers", "message/global-headers")
# What a report may turn out to be.
SUPPRESSED, SOFT, KNOWN, NOT_OURS, NO_REPORT = "suppressed", "soft", "known", "not_ours", "no_report"
OUTCOMES: Final = (SUPPRESSED, SOFT, KNOWN, NOT_OURS, NO_REPORT)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a report says of one recipient: `status` of RFC 3463, empty where it names none."""

    recipients: frozenset[str]
    action: str
    status: str
    words: str
    complaint: bool = False


# ── reading ──────────────────────────────────────────────────────────────────
def contents(paths: Iterable[Path]) -> Iterator[bytes]:
    """The messages in files, and in folders of the form Maildir.

    Raises:
        OSError: a file cannot be read.
    """
    for path in paths:
        folders = [path / "new", path / "cur"]
        if path.is_dir() and not any(folder.is_dir() for folder in folders):
            raise NotADirectoryError(f"{path} is neither a file nor a Maildir")
        files = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
        for file in files if path.is_dir() else [path]:
            with file.open("rb") as opened:
                yield opened.read(LARGEST)


def read_all(reports: Iterable[bytes], *, at: datetime, via: str) -> Counter[str]:
    """Read reports; how many had each outcome."""
    return Counter(read(report, at=at, via=via) for report in reports)


def read(content: bytes, *, at: datetime, via: str) -> str:
    """Read one report and do what follows from it; its outcome.

    What came back for good suppresses the address; what is only late, or may succeed later, does not.
    """
    message = email.message_from_bytes(content[:LARGEST])
    said = list(_said(message))
    if not said:
        return NO_REPORT
    with transaction.atomic():
        letter = Delivery.objects.select_for_update(no_key=True).filter(message_id=_message_id(message)).first()
        about = _about(said, letter)
        if letter is None or about is None:
            return NOT_OURS
        if letter.state == Delivery.State.BOUNCED:
            return KNOWN
        if not about.complaint and not (about.action == "failed" and about.status.startswith("5.")):
            return SOFT
        reason = Reason.COMPLAINED if about.complaint else Reason.BOUNCED
        suppressing.suppress(letter.address, status=about.status, says=about.words, at=at, via=via, reason=reason)
        Delivery.objects.filter(pk=letter.pk).update(
            state=Delivery.State.BOUNCED, says=f"{reason} {about.status}".strip(), ended_at=at, next_at=None
        )
    return SUPPRESSED


def _about(said: list[_Said], letter: Delivery | None) -> _Said | None:
    """What is said of the one recipient of our letter. Where mail is forwarded, the last address is another one."""
    if letter is None or not letter.address:
        return None
    named = [one for one in said if letter.address in one.recipients]
    return (named or said)[0] if named or len(said) == 1 else None


# ── what is in a report ──────────────────────────────────────────────────────
def _said(message: Message) -> Iterator[_Said]:
    for part in message.walk():
        kind = part.get_content_type()
        if kind in _STATUS_TYPES:
            for block in _blocks(part):
                if "Final-Recipient" in block or "Original-Recipient" in block:
                    yield _recipient(block)
        elif kind == _COMPLAINT_TYPE:
            for block in _blocks(part):
                if _field(block, "Feedback-Type").lower() == "abuse":
                    yield _Said(frozenset(), "", "", "", complaint=True)


def _blocks(part: Message) -> list[Message]:
    """The groups of fields in a part. Python reads those of RFC 3464 by itself, of other types only the first."""
    held: Any = part.get_payload()
    if isinstance(held, list):
        return held
    return [email.message_from_string(block) for block in re.split(r"\r?\n\r?\n", str(held)) if block.strip()]


def _recipient(block: Message) -> _Said:
    words = _field(block, "Diagnostic-Code").partition(";")[2].strip()
    status = _field(block, "Status") or words
    found = _STATUS.search(status)
    named = (_field(block, name) for name in ("Original-Recipient", "Final-Recipient"))
    addresses = frozenset(one.rpartition(";")[2].strip(" <>").lower() for one in named) - {""}
    return _Said(addresses, _field(block, "Action").lower(), found[0] if found else "", words)


def _message_id(message: Message) -> str:
    """The Message-ID of the letter that is returned, without its brackets; empty where none is named."""
    for part in message.walk():
        held: Any = part.get_payload()
        returned: Message | None = None
        if part.get_content_type() in _RETURNED and isinstance(held, list) and held:
            returned = held[0]
        elif part.get_content_type() in _RETURNED_HEADERS:
            # A type that Python does not know holds text; one that begins with message/ holds a message.
            text: Any = part.get_payload(decode=True) or b""
            returned = held[0] if isinstance(held, list) and held else email.message_from_bytes(text)
        if returned is not None and (found := _field(returned, "Message-ID")):
            return found.strip("<> ")
    return ""


def _field(block: Message, name: str) -> str:
    """A field in one line; empty where it is missing."""
    return " ".join(str(block.get(name, "")).split())
