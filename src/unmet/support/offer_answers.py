"""What offers say to the lines of requests: each party's standing offers for a line, together, are its answer.

As much of the asked item as stands is an answer in part or in full. A kit or a substitute alone is under technical
review: only the member says how many of its item it is. What ends without being accepted answers nothing any more.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, F, Q, Sum, When

from unmet.catalogue.successors import lasting
from unmet.parties.models import Party, Person
from unmet.support import answers
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest, Offer, OfferLine, RequestAnswer, RequestLine

Kind = RequestAnswer.Kind
_LOOKED_AT = frozenset({Kind.UNDER_REVIEW, Kind.IN_PART, Kind.IN_FULL})


def offered(made: Offer, *, by: Person, at: datetime) -> None:
    """Say to the lines of requests that an offer answers them; one that asks for it no longer needs no answer.

    Raises:
        NotAllowed: `by` is not asked by the request any more.
        RequestRefused: it takes no such answer now (`stopped`).
    """
    for asked in _asked(made):
        said = _said(asked, made.giver, at=at)
        last = _last(asked, made.giver)
        # Who looks at it already, or has given something, is not said to begin to look at it.
        if said.kind != Kind.UNDER_REVIEW or last is None or last.kind not in _LOOKED_AT:
            answers.answer(asked, said, party=made.giver, by=by, at=at)


def ended(made: Offer, *, by: Person, at: datetime) -> None:
    """Say again what is still given after an offer has ended, where its giver's last answer was what the offers said.

    Where nothing stands any more the line is as if it had been seen only. Another answer that the giver has typed
    since is left alone.
    """
    for asked in _asked(made):
        before, last = _said(asked, made.giver, at=at, without_end=made), _last(asked, made.giver)
        now = _said(asked, made.giver, at=at)
        if last is not None and now != before and (last.kind, last.quantity) == _written(asked, before):
            assert made.offered_by is not None
            answers.follow(asked, now, party=made.giver, offered_by=made.offered_by, by=by, at=at)


def _asked(made: Offer) -> Iterable[RequestLine]:
    lines = RequestLine.objects.filter(pk__in=made.lines.values("request_line"), withdrawn_at=None)
    return lines.filter(request__state=AssistanceRequest.State.SENT).select_related("need", "request").order_by("pk")


def _last(asked: RequestLine, giver: Party) -> RequestAnswer | None:
    return RequestAnswer.objects.filter(line=asked, party=giver).order_by("-pk").first()


def _said(asked: RequestLine, giver: Party, *, at: datetime, without_end: Offer | None = None) -> Said:
    """What a giver's offers say to a line; as if `without_end` had not ended."""
    stands = Q(offer__state=Offer.State.OFFERED, offer__ends_at__gt=at)
    if without_end is not None:
        stands |= Q(offer=without_end)
    lines = OfferLine.objects.filter(offer__giver=giver, request_line=asked).exclude(offer__state=Offer.State.DRAFT)
    counted = lines.annotate(given=Case(When(stands, then=F("quantity")), default=F("accepted"))).filter(given__gt=0)
    same = lasting(asked.need.item_id) if asked.need.item_id is not None else []
    total = counted.filter(item__in=same).aggregate(sum=Sum("given"))["sum"] or 0
    if total >= asked.quantity:
        return Said(Kind.IN_FULL)
    if total:
        return Said(Kind.IN_PART, total)
    return Said(Kind.UNDER_REVIEW if counted.exists() else Kind.ACKNOWLEDGED)


def _written(asked: RequestLine, said: Said) -> tuple[str, int | None]:
    """An answer as it is kept: in full is as much as is asked."""
    return said.kind, asked.quantity if said.kind == Kind.IN_FULL else said.quantity
