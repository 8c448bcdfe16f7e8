"""Which requests for assistance a person sees: its own members', and those sent to its parties, line by line."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from unmet.access import may, visible
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.access.visible import Columns
from unmet.catalogue.models import Item
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support.models import AssistanceRequest, Line, NeedStop, RequestAnswer, RequestLine

_COLUMNS = Columns(member="need__member_id", sector="need__item__sector__uuid", subject="need__uuid")


def own() -> QuerySet[AssistanceRequest]:
    """Requests of the members whose own people the acting person is of, drafts too; the newest first."""
    return AssistanceRequest.objects.filter(member__in=current().own_parties).select_related("member").order_by("-pk")


def received() -> QuerySet[AssistanceRequest]:
    """Requests of others that were sent to the acting person's parties, or to everyone, and show it a line.

    What was withdrawn or closed stays there, marked so: whoever answered must learn of it.
    """
    actor = current()
    sent = AssistanceRequest.objects.exclude(state=AssistanceRequest.State.DRAFT).exclude(member__in=actor.own_parties)
    if not actor.roles:
        return sent.none()
    asked = AssistanceRequest.addressees.through.objects.filter(
        assistancerequest_id=OuterRef("pk"), party_id__in=actor.all_parties
    )
    shown = visible.rows(RequestLine.objects.filter(request=OuterRef("pk")), _COLUMNS, detail=True)
    sent = sent.filter(Q(to_everyone=True) | Exists(asked)).filter(Exists(shown))
    return sent.select_related("member").order_by("-sent_at", "-pk")


def asked_for(need: Need) -> bool:
    """Whether a request that the acting person received shows it this need."""
    shown = visible_lines(RequestLine.objects.filter(need=need, withdrawn_at=None))
    return shown.filter(request__in=received().values("pk")).exists()


def waiting() -> QuerySet[AssistanceRequest]:
    """Requests that ask the acting person's parties now, and to which none of them has said anything."""
    said = RequestAnswer.objects.filter(line__request=OuterRef("pk"), party__in=current().all_parties)
    return received().filter(~Exists(said), state=AssistanceRequest.State.SENT)


def find(pk: uuid.UUID) -> AssistanceRequest | None:
    """The request with this uuid among one's own and those received; None for all others."""
    return own().filter(uuid=pk).first() or received().filter(uuid=pk).first()


def among(pks: Iterable[uuid.UUID]) -> list[AssistanceRequest]:
    """Those of some requests that are among one's own and those received."""
    wanted = list(pks)
    return [*own().filter(uuid__in=wanted), *received().filter(uuid__in=wanted)] if wanted else []


def lines(request: AssistanceRequest) -> QuerySet[RequestLine]:
    """The lines that the acting person may see: all of its own members' requests, of others what is released to it."""
    found = request.lines.select_related("need__item__base_unit", "need__place", "need__group", "need__emergency")
    return visible.rows(found.order_by("pk"), _COLUMNS, detail=True)


def visible_lines(of: QuerySet[RequestLine]) -> QuerySet[RequestLine]:
    """Those of some lines that the acting person may see."""
    return visible.rows(of, _COLUMNS, detail=True)


def line_of(pk: uuid.UUID | None) -> RequestLine | None:
    """A line of a request that was sent to the acting person's parties, as far as the person may see it."""
    found = RequestLine.objects.filter(uuid=pk).first() if pk else None
    asked = received().filter(pk=found.request_id).first() if found else None
    if found is None or asked is None:
        return None
    return lines(asked).select_related("request__member", "need__member", "need__item").filter(pk=found.pk).first()


def asks(request: AssistanceRequest, party: Party) -> bool:
    """Whether a request is put to a party."""
    if request.state == AssistanceRequest.State.DRAFT or request.member_id == party.pk:
        return False
    return request.to_everyone or request.addressees.filter(pk=party.pk).exists()


def answering(request: AssistanceRequest) -> list[Party]:
    """The parties in whose name the acting person may answer a request, A to Z."""
    actor = current()
    mine = Party.objects.filter(pk__in=actor.all_parties).in_reading_order()
    return [party for party in mine if may.may(actor, Deed.ANSWER_REQUEST, party) and asks(request, party)]


def answers(of: Iterable[RequestLine]) -> Mapping[int, list[RequestAnswer]]:
    """Line -> the answer of each party that stands, parties A to Z: of all to its member's people, else one's own."""
    shown = list(of)
    actor = current()
    visible_ones = RequestAnswer.objects.filter(line__in=shown).filter(
        Q(line__request__member__in=actor.own_parties) | Q(party__in=actor.all_parties)
    )
    order = {party.pk: rank for rank, party in enumerate(Party.objects.all().in_reading_order())}
    standing: dict[tuple[int, int], RequestAnswer] = {}
    for one in visible_ones.select_related("party", "referred_to").order_by("pk"):
        standing[one.line_id, one.party_id] = one
    found: dict[int, list[RequestAnswer]] = {line.pk: [] for line in shown}
    for (line, _party), one in standing.items():
        found[line].append(one)
    for said in found.values():
        said.sort(key=lambda one: order[one.party_id])
    return found


@dataclass(frozen=True, slots=True)
class Sign:
    """What a member says to whoever could ship for some of its needs: that they stop sending, or that the need waits.

    `reason` is empty where the words are the member's own.
    """

    kind: Literal["stopped", "paused"]
    member: Party
    items: tuple[Item, ...]
    since: datetime | None
    needs: frozenset[uuid.UUID]
    reason: str = ""

    def joined(self, other: "Sign") -> "Sign":
        """The same said of more needs; an item stands there once."""
        more = tuple(item for item in other.items if item not in self.items)
        return replace(self, items=self.items + more, needs=self.needs | other.needs)


def stopped(subjects: Iterable[uuid.UUID]) -> list[Sign]:
    """What says *stop sending* for one of these needs: requests, and what was said beside the need itself.

    A request that was withdrawn or closed while it said so, or a line of it, says so as long as something is committed
    for the need: that could still be shipped. For rules; what a page shows is `signs.shown`.
    """
    needs = list(subjects)
    found: dict[int, Sign] = {}
    lines = _stopping().filter(need__uuid__in=needs).select_related("request__member", "need__item")
    for line in lines.order_by("request", "pk"):
        asked = line.request
        sign = Sign("stopped", asked.member, _items(line.need), asked.stopped_at, _of(line.need), asked.reason)
        found[asked.pk] = found[asked.pk].joined(sign) if asked.pk in found else sign
    return [*found.values(), *stopped_beside(needs)]


def stopped_beside(subjects: Iterable[uuid.UUID]) -> list[Sign]:
    """What says *stop sending* beside one of these needs itself."""
    stops = NeedStop.objects.filter(need__uuid__in=list(subjects), lifted_at=None)
    return [
        Sign("stopped", one.need.member, _items(one.need), one.stopped_at, _of(one.need), one.reason)
        for one in stops.select_related("need__member", "need__item").order_by("pk")
    ]


def still_stops(request: AssistanceRequest) -> bool:
    """Whether a request says *stop sending* now, even after its end."""
    return _stopping().filter(request=request).exists()


def stopping(request: AssistanceRequest, lines: Iterable[RequestLine]) -> list[Sign]:
    """What a request says itself of some of its lines. The reason of one that was withdrawn is that of its end."""
    needs, state = [line.need for line in lines], AssistanceRequest.State
    if request.stopped_at is None or not needs or not (request.state == state.SENT or still_stops(request)):
        return []
    items = tuple({need.item.pk: need.item for need in needs if need.item is not None}.values())
    reason = request.reason if request.state != state.WITHDRAWN else ""
    told = frozenset(need.uuid for need in needs)
    return [Sign("stopped", request.member, items, request.stopped_at, told, reason)]


def _stopping() -> QuerySet[RequestLine]:
    committed = Exists(Line.objects.filter(account__subject=OuterRef("need__uuid"), committed__gt=0))
    asks = Q(request__state=AssistanceRequest.State.SENT, withdrawn_at=None)
    then = Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("request__stopped_at"))
    return RequestLine.objects.filter(then, asks | committed, request__stopped_at__isnull=False)


def _items(need: Need) -> tuple[Item, ...]:
    return (need.item,) if need.item is not None else ()


def _of(need: Need) -> frozenset[uuid.UUID]:
    return frozenset({need.uuid})


@dataclass(frozen=True, slots=True)
class Summary:
    """How far a request has come, for the acting person: its lines that ask, those answered, those at least seen."""

    lines: int
    answered: int
    seen: int


def summaries(of: Iterable[AssistanceRequest]) -> Mapping[int, Summary]:
    """How far each of these requests has come: one's own by every party's answers, others by one's own party's."""
    shown = list(of)
    found = RequestLine.objects.filter(request__in=shown, withdrawn_at=None)
    visible_ones = list(visible.rows(found, _COLUMNS, detail=True).only("pk", "request_id"))
    standing = answers(visible_ones)
    gives = {RequestAnswer.Kind.IN_PART, RequestAnswer.Kind.IN_FULL}
    counted = {request.pk: [0, 0, 0] for request in shown}
    for line in visible_ones:
        said = standing[line.pk]
        row = counted[line.request_id]
        row[0] += 1
        row[1] += any(one.kind in gives for one in said)
        row[2] += bool(said)
    return {pk: Summary(*row) for pk, row in counted.items()}
