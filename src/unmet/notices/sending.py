"""Send letters: durable jobs, at least once, with the same Message-ID on every try; then what became of each.

A worker that is killed after the mail server took the letter, and before that was noted, sends it again: mail programs
know it by its Message-ID. Tries, pauses and giving up are those of the jobs.
"""

import re
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F

from unmet.jobs import services as jobs
from unmet.jobs.tasks import Task
from unmet.notices import gates, kinds, letters, suppressing
from unmet.notices.models import Delivery, How, Notice, Preference

SEND, DAILY = "notices.send", "notices.daily"
# What nobody could be told of within this time is not news any more; it stays in the inbox.
NEWS_FOR: Final = timedelta(days=7)
_MORNING_HOUR: Final = 5  # UTC
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)")
_ADDRESS: Final = re.compile(r"[^\s'\"<>{}]+@[^\s'\"<>{}]+")
# Bad address, bad mailbox (RFC 3463). Any other no may be about our own server, and must not silence people.
_NO_SUCH_MAILBOX: Final = ("5.1.", "5.2.")
# A notice that is told this shortly before the letter of the day goes into the next one: its transaction may be open.
_BEFORE_MORNING: Final = timedelta(minutes=30)


@dataclass(slots=True)
class _Silence:
    """Until when this worker takes the mail server to be silent, and what happened.

    A server that lets us wait costs seconds a letter, while imports and releases wait behind it. So after one such
    letter the others fail at once for a while; each is tried again as after any other failure.
    """

    until: datetime | None = None
    error: Exception | None = None


_silence = _Silence()
_SILENT_FOR: Final = timedelta(minutes=1)


# ── asking ───────────────────────────────────────────────────────────────────
def ask(told: Sequence[Notice], *, at: datetime, rest: timedelta) -> None:
    """Ask for the letters about new notices, in the caller's transaction. Without a mail server, for none."""
    if not letters.configured():
        return
    at_once = [notice for notice in told if notice.how == How.AT_ONCE]
    made = Delivery.objects.bulk_create(
        [_new(notice.person_id, at, due_at=at + rest) for notice in at_once], batch_size=500
    )
    for notice, delivery in zip(at_once, made, strict=True):
        notice.delivery = delivery
    Notice.objects.bulk_update(at_once, ["delivery"], batch_size=200)
    jobs.ask_each(
        handler=SEND,
        due_at=at + rest,
        payloads={str(delivery.uuid): {"delivery": str(delivery.uuid)} for delivery in made},
    )
    morning = next_morning(at)
    people = {notice.person_id for notice in told if notice.how == How.DAILY}
    jobs.ask_each(
        handler=DAILY, due_at=morning,
        payloads={f"{person}:{morning.date()}": {"person": person} for person in people},
    )  # fmt: skip


def _new(person: int, at: datetime, *, due_at: datetime, daily: bool = False) -> Delivery:
    delivery = Delivery(person_id=person, made_at=at, next_at=due_at, daily=daily)
    delivery.message_id = letters.message_id(delivery)
    return delivery


def next_morning(at: datetime) -> datetime:
    """When the letter of the day goes out that takes along what is told now."""
    morning = at.replace(hour=_MORNING_HOUR, minute=0, second=0, microsecond=0)
    return morning if morning - at >= _BEFORE_MORNING else morning + timedelta(days=1)


# ── the letter of the day ────────────────────────────────────────────────────
@jobs.handles(DAILY)
def gather(payload: dict[str, Any], at: datetime) -> None:
    """Put all that a person has not read into one letter; none when there is nothing."""
    mine = Notice.objects.filter(
        person=payload["person"], how=How.DAILY, delivery=None, read_at=None, at__gt=at - NEWS_FOR
    )
    if not letters.configured() or not mine.exists():
        return
    delivery = _new(payload["person"], at, due_at=at, daily=True)
    delivery.save()
    mine.update(delivery=delivery)
    jobs.ask(handler=SEND, key=str(delivery.uuid), due_at=at, payload={"delivery": str(delivery.uuid)})


# ── one letter ───────────────────────────────────────────────────────────────
@jobs.handles_long(SEND)
def send(task: Task) -> None:
    """Send one letter, or say why not."""
    waiting = Delivery.objects.filter(uuid=task.payload["delivery"], state=Delivery.State.WAITING)
    delivery = waiting.select_related("person").first()
    if delivery is None:
        return
    told = still_news(delivery, at=task.at)
    address = delivery.person.email.lower()
    why = "nothing of it is news any more" if not told else ""
    if suppressing.standing(address) is not None:
        why = "the address is suppressed"
    if why:
        _end(task, delivery, Delivery.State.SUPPRESSED, why)
        return
    # Before it is sent: a bounce finds the address by it, whatever happens to this worker.
    waiting.update(address=address, attempts=F("attempts") + 1)
    try:
        if _silence.error is not None and _silence.until is not None and task.at < _silence.until:
            raise _silence.error
        letters.compose(delivery, told).send()
    except (smtplib.SMTPException, OSError) as error:
        # Where the server accepts the connection and then says nothing, smtplib reports it as a lost connection.
        waited = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        if waited and error is not _silence.error:
            _silence.until, _silence.error = task.at + _SILENT_FOR, error
        _refused(task, delivery, error)
        return
    _end(task, delivery, Delivery.State.SENT, "")


def still_news(delivery: Delivery, *, at: datetime) -> list[Notice]:
    """What a letter still has to tell: unread, not old, not stopped, still so, and for the person to see."""
    stopped = set(Preference.objects.filter(person=delivery.person_id, how=How.HERE).values_list("group", flat=True))
    unread = delivery.notices.filter(read_at=None, at__gt=at - NEWS_FOR).order_by("at", "pk")
    return [
        notice
        for notice in unread
        if kinds.KINDS[notice.kind].group not in stopped
        and gates.may_be_told(notice, at=at)
        and gates.is_still_so(notice, at=at)
    ]


def _end(task: Task, delivery: Delivery, state: Delivery.State, says: str) -> None:
    with task.finishing():
        Delivery.objects.filter(pk=delivery.pk).update(state=state, says=says[:500], ended_at=task.at, next_at=None)


def _refused(task: Task, delivery: Delivery, error: Exception) -> None:
    """Rest and try again; or give up, where the server says for good no, or has said no often enough."""
    says = _ADDRESS.sub("…", f"{type(error).__name__}: {error}")
    code, words = _answer(error)
    status = _STATUS.match(words)
    if isinstance(error, smtplib.SMTPRecipientsRefused) and status and status[0].startswith(_NO_SUCH_MAILBOX):
        with task.finishing():
            suppressing.suppress(delivery.person.email, status=status[0], says=words, at=task.at, via="job")
            Delivery.objects.filter(pk=delivery.pk).update(
                state=Delivery.State.FAILED, says=says[:500], ended_at=task.at, next_at=None
            )
    elif task.job.attempts >= jobs.MOST_ATTEMPTS or (isinstance(error, smtplib.SMTPDataError) and code >= 500):
        _end(task, delivery, Delivery.State.FAILED, says)
    else:
        rest = jobs.PAUSES[task.job.attempts - 1]
        Delivery.objects.filter(pk=delivery.pk).update(says=says[:500], next_at=task.at + rest)
        raise error


def _answer(error: Exception) -> tuple[int, str]:
    """What the mail server answered: code and words; 0 where it did not answer."""
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()), (0, b""))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return 0, ""
    return code, words.decode(errors="replace") if isinstance(words, bytes) else str(words)
