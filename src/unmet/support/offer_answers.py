"""What offers say to the lines of requests: each party's standing offers for a line, together, are its answer.

As much of the asked item as stands is an answer in part or in full. A kit or a substitute alone is under technical
review: only the member says how many of its item it is. What ends without being accepted answers nothing any more, nor
does what was accepted and is taken back when the offer has ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from unmet.catalogue.successors import lasting
from unmet.parties.models import Party, Person
from unmet.support import answers, offer_booking
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest, Line, Offer, OfferLine, RequestAnswer, RequestLine

Kind = RequestAnswer.Kind
_LOOKED_AT = frozenset({Kind.UNDER_REVIEW, Kind.IN_PART, Kind.IN_FULL})


@dataclass(frozen=True, slots=True)
class Told:
    """What the offers of one giver say to a line of a request."""

    made: Offer
    asked: RequestLine
    said: Said


def offered(made: Offer, *, by: Person, at: datetime) -> None:
    """Say to the lines of requests that an offer answers them; one that asks for it no longer needs no answer.

    Raises:
        NotAllowed: `by` is not asked by the request any more.
        RequestRefused: it takes no such answer now (`stopped`).
    """
    meant = []
    for asked in _asked(made):
        said = _said(asked, made.giver, at=at)
        last = _last(asked, made.giver)
        # Who looks at it already, or has given something, is not said to begin to look at it.
        if said.kind != Kind.UNDER_REVIEW or last is None or last.kind not in _LOOKED_AT:
            meant.append((asked, said))
    answers.answer_each(meant, party=made.giver, by=by, at=at)


def ended(made: Offer, *, by: Person, at: datetime) -> None:
    """Say again what is still given after an offer has ended, where its giver's last answer was what the offers said.

    Where nothing stands any more the line is as if it had been seen only. Another answer that the giver has typed
    since is left alone.
    """
    before = [(asked, _said(asked, made.giver, at=at, without_end=made)) for asked in _asked(made)]
    _say_again(made, before, by=by, at=at)


def told(line: Line, *, at: datetime) -> list[Told]:
    """What offers say to the line of a request, if any, for which a line of support was accepted of one of them."""
    offered = OfferLine.objects.filter(support__line=line).select_related("offer__giver", "offer__offered_by").first()
    if offered is None or offered.request_line_id is None:
        return []
    made = offered.offer
    return [
        Told(made, asked, _said(asked, made.giver, at=at))
        for asked in _asked(made) if asked.pk == offered.request_line_id
    ]  # fmt: skip


def taken_back(before: Iterable[Told], *, by: Person, at: datetime) -> None:
    """Say again what is still given after part of a commitment was taken back: see `ended`."""
    for one in before:
        _say_again(one.made, [(one.asked, one.said)], by=by, at=at)


def _say_again(made: Offer, before: Iterable[tuple[RequestLine, Said]], *, by: Person, at: datetime) -> None:
    """What was said of each line before, and is the giver's last answer still, is said as it stands now."""
    meant = []
    for asked, said in before:
        now, last = _said(asked, made.giver, at=at), _last(asked, made.giver)
        if last is not None and now != said and (last.kind, last.quantity) == _written(asked, said):
            meant.append((asked, now))
    if meant:
        assert made.offered_by is not None
        answers.follow_each(meant, party=made.giver, offered_by=made.offered_by, by=by, at=at)


def _asked(made: Offer) -> Iterable[RequestLine]:
    lines = RequestLine.objects.filter(pk__in=made.lines.values("request_line"), withdrawn_at=None)
    return lines.filter(request__state=AssistanceRequest.State.SENT).select_related("need", "request").order_by("pk")


def _last(asked: RequestLine, giver: Party) -> RequestAnswer | None:
    return RequestAnswer.objects.filter(line=asked, party=giver).order_by("-pk").first()


def _said(asked: RequestLine, giver: Party, *, at: datetime, without_end: Offer | None = None) -> Said:
    """What a giver's offers say to a line; as if `without_end` had not ended."""
    lines = OfferLine.objects.filter(offer__giver=giver, request_line=asked).exclude(offer__state=Offer.State.DRAFT)
    given = {line: _given(line, at=at, without_end=without_end) for line in lines.select_related("offer")}
    same = lasting(asked.need.item_id) if asked.need.item_id is not None else []
    total = sum(quantity for line, quantity in given.items() if line.item_id in same)
    if total >= asked.quantity:
        return Said(Kind.IN_FULL)
    if total:
        return Said(Kind.IN_PART, total)
    return Said(Kind.UNDER_REVIEW if any(given.values()) else Kind.ACKNOWLEDGED)


def _given(line: OfferLine, *, at: datetime, without_end: Offer | None) -> int:
    """How much of a line is given: all of it while it stands, then what was accepted and is not taken back again."""
    made = line.offer
    if made == without_end or (made.state == Offer.State.OFFERED and made.ends_at > at):
        return line.quantity
    if made.kind == Offer.Kind.CAPACITY:
        return line.accepted  # it commits nothing
    return sum(offer_booking.stands(taken) for taken in line.acceptances.select_related("line", "offer_line__item"))


def _written(asked: RequestLine, said: Said) -> tuple[str, int | None]:
    """An answer as it is kept: in full is as much as is asked."""
    return said.kind, asked.quantity if said.kind == Kind.IN_FULL else said.quantity
