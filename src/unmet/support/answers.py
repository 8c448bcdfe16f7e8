"""What a party says to the lines of a request that asks it: seen, looked at, in part, in full, referred on, unable.

An answer is a word and moves nothing in the books; what is given is stated as support. The last answer of a party to a
line stands, and all are kept.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed, NotAllowed
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import profile_telling
from unmet.support import request_queries as queries
from unmet.support import request_telling as tell
from unmet.support.models import AssistanceRequest, NeedStop, RequestAnswer, RequestLine
from unmet.support.requests import LONGEST_REASON, RequestRefused

Kind = RequestAnswer.Kind

# What a party may say after what it has said; an answer may be changed, but nobody goes back to "seen".
_ANSWERS: Final = frozenset({Kind.IN_PART, Kind.IN_FULL, Kind.REFERRED, Kind.UNABLE})
_AFTER: Final = {
    "": _ANSWERS | {Kind.ACKNOWLEDGED, Kind.UNDER_REVIEW},
    Kind.ACKNOWLEDGED: _ANSWERS | {Kind.UNDER_REVIEW},
    Kind.UNDER_REVIEW: _ANSWERS,
    Kind.IN_PART: _ANSWERS,
    Kind.IN_FULL: _ANSWERS,
    Kind.REFERRED: _ANSWERS | {Kind.UNDER_REVIEW},
    Kind.UNABLE: _ANSWERS | {Kind.UNDER_REVIEW},
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a party says to a line. `quantity`, in thousandths, belongs to answers in part; in full it is the line's.

    With a full answer it may be left out; with one that gives nothing it has no place.
    """

    kind: str
    quantity: int | None = None
    referred_to: Party | None = None
    reason: str = ""


def answer(line: RequestLine, said: Said, *, party: Party, by: Person, at: datetime) -> RequestAnswer:
    """Say something to a line in the name of a party that is asked. The same again changes nothing.

    Raises:
        NotAllowed: `by` does not speak for the party, the party is not asked, or it may not see the line.
        RequestRefused: `not_sent`; the `line_withdrawn`; `stopped` (only an answer that gives nothing is taken then);
            `kind` (none was chosen); `order`; `quantity`, `more_than_asked` or `part_is_all`; `not_all` (in full, with
            another quantity) or `no_quantity` (with an answer that gives nothing); `referred_to`; `why` or `too_long`.
    """
    return answer_each([(line, said)], party=party, by=by, at=at)[0]


@transaction.atomic
def answer_each(
    said: Iterable[tuple[RequestLine, Said]], *, party: Party, by: Person, at: datetime
) -> list[RequestAnswer]:  # fmt: skip
    """Say something to several lines at one moment: of each request, its member is told once.

    Raises:
        NotAllowed, RequestRefused: see `answer`; then nothing is said to any of them.
    """
    made: list[RequestAnswer] = []
    requests: dict[int, AssistanceRequest] = {}
    new_ones: Counter[int] = Counter()
    for line, one in said:
        if line.request_id not in requests:
            requests[line.request_id] = _asked(line.request_id, party, by=by)
        kept, new = _answered(requests[line.request_id], line, one, party=party, by=by, at=at)
        made.append(kept)
        new_ones[line.request_id] += new
    for pk, request in requests.items():
        if new_ones[pk]:
            tell.answered(request, party=party, lines=new_ones[pk], by=by, at=at)
            profile_telling.ask_once(request.member, by=by, at=at)
    return made


def _answered(
    request: AssistanceRequest, line: RequestLine, said: Said, *, party: Party, by: Person, at: datetime
) -> tuple[RequestAnswer, bool]:
    standing = queries.lines(request).filter(pk=line.pk).first()
    if standing is None:
        raise NotAllowed(Deed.ANSWER_REQUEST, party.code)
    if standing.withdrawn_at is not None:
        raise RequestRefused("line_withdrawn")
    return _say(line, said, request=request, party=party, by=by, at=at)


def _asked(request: int, party: Party, *, by: Person) -> AssistanceRequest:
    """The request, held so that nobody ends it while it is answered; refused where it does not ask the party now."""
    may.require(Deed.ANSWER_REQUEST, by=by, party=party)
    held = AssistanceRequest.objects.select_for_update(no_key=True).select_related("member").get(pk=request)
    if not queries.asks(held, party):
        raise NotAllowed(Deed.ANSWER_REQUEST, party.code)
    if held.state != AssistanceRequest.State.SENT:
        raise RequestRefused("not_sent")
    return held


def _say(
    line: RequestLine, said: Said, *, request: AssistanceRequest, party: Party, by: Person, at: datetime
) -> tuple[RequestAnswer, bool]:
    """Keep an answer; whether it is another one than the last."""
    meant = _meant(line, said, request, party)
    last = RequestAnswer.objects.filter(line=line, party=party).order_by("-pk").first()
    if last is not None and _same(last, meant):
        return last, False
    if meant.kind not in _AFTER[last.kind if last else ""]:
        raise RequestRefused("order")
    return _keep(line, meant, request=request, party=party, by=by, at=at), True


def _keep(
    line: RequestLine, meant: Said, *, request: AssistanceRequest, party: Party, by: Person, at: datetime
) -> RequestAnswer:
    made = RequestAnswer.objects.create(
        line=line, party=party, kind=meant.kind, quantity=meant.quantity, referred_to=meant.referred_to,
        reason=meant.reason, by=by, at=at,
    )  # fmt: skip
    access.record(
        event="support.request_answered", at=at, party=party, subject_kind="request", subject=request.uuid,
        line=str(line.uuid), kind=str(meant.kind), quantity=meant.quantity,
        to=meant.referred_to.code if meant.referred_to else "", reason=meant.reason,
    )  # fmt: skip
    return made


def follow_each(
    said: Iterable[tuple[RequestLine, Said]], *, party: Party, offered_by: Person, by: Person, at: datetime
) -> None:
    """Keep what is left of answers after an offer of the party has ended, whoever or whatever ended it.

    They are the party's answers, in the name of whoever had made the offer; each may be less than the last one, down to
    "seen". A request that asks no more is left alone; the member of any other is told once. Called in the transaction
    in which the offer ends.
    """
    sent = AssistanceRequest.objects.select_for_update(no_key=True).filter(state=AssistanceRequest.State.SENT)
    kept: dict[int, list[RequestLine]] = {}
    for line, one in said:
        request = sent.filter(pk=line.request_id).select_related("member").first()
        if request is None:
            continue
        quantity = line.quantity if one.kind == Kind.IN_FULL else one.quantity
        _keep(line, Said(one.kind, quantity), request=request, party=party, by=offered_by, at=at)
        kept.setdefault(request.pk, []).append(line)
    for request in AssistanceRequest.objects.filter(pk__in=kept).select_related("member").order_by("pk"):
        tell.answered(request, party=party, lines=len(kept[request.pk]), by=by, at=at)


def _meant(line: RequestLine, said: Said, request: AssistanceRequest, party: Party) -> Said:
    """What was said, with the quantity of a full answer filled in and nothing that does not belong to its kind."""
    if said.kind not in Kind.values:
        raise RequestRefused("order" if said.kind else "kind")
    reason = plain(said.reason)
    if len(reason) > LONGEST_REASON:
        raise RequestRefused("too_long")
    if said.kind == Kind.UNABLE and not reason:
        raise RequestRefused("why")
    gives = said.kind in (Kind.IN_PART, Kind.IN_FULL)
    # Another request that says so does not count here: this one asks for the need anew.
    beside = NeedStop.objects.filter(need=line.need_id, lifted_at=None)
    if gives and (request.stopped_at is not None or beside.exists()):
        raise RequestRefused("stopped")
    quantity = _quantity(line, said)
    other = said.referred_to if said.kind == Kind.REFERRED else None
    if said.kind == Kind.REFERRED and (other is None or other.pk in (party.pk, request.member_id)):
        raise RequestRefused("referred_to")
    return Said(said.kind, quantity, other, reason)


def _quantity(line: RequestLine, said: Said) -> int | None:
    """How much was answered for. A number that its kind does not take is asked about, never dropped."""
    if said.kind == Kind.IN_PART:
        if said.quantity is None or said.quantity <= 0:
            raise RequestRefused("quantity")
        if said.quantity >= line.quantity:
            raise RequestRefused("part_is_all" if said.quantity == line.quantity else "more_than_asked")
        return said.quantity
    if said.kind == Kind.IN_FULL:
        if said.quantity not in (None, line.quantity):
            raise RequestRefused("not_all")
        return line.quantity
    if said.quantity is not None:
        raise RequestRefused("no_quantity")
    return None


def _same(last: RequestAnswer, meant: Said) -> bool:
    other = meant.referred_to.pk if meant.referred_to else None
    standing = (last.kind, last.quantity, last.referred_to_id, last.reason)
    return standing == (meant.kind, meant.quantity, other, meant.reason)


@transaction.atomic
def acknowledge(request: AssistanceRequest, *, party: Party, by: Person, at: datetime) -> int:
    """Say "seen" to every line that the party has not answered; how many those were.

    Raises:
        NotAllowed: `by` does not speak for the party, or it is not asked.
        RequestRefused: `not_sent`.
    """
    held = _asked(request.pk, party, by=by)
    answered = RequestAnswer.objects.filter(line__request=held, party=party).values("line")
    lines = list(queries.lines(held).filter(withdrawn_at=None).exclude(pk__in=answered))
    for line in lines:
        _say(line, Said(Kind.ACKNOWLEDGED), request=held, party=party, by=by, at=at)
    if lines:
        tell.answered(held, party=party, lines=len(lines), by=by, at=at)
        profile_telling.ask_once(held.member, by=by, at=at)
    return len(lines)
