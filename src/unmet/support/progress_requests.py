"""Requests for assistance that ask now, by age: since they were sent, and since the last answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When

from unmet.access.actors import current
from unmet.support import request_queries as queries
from unmet.support.models import AssistanceRequest, RequestAnswer
from unmet.support.progress import Listing, days_since
from unmet.support.request_queries import Summary


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request with its age in days. The last answer is one that the person may read, None where there is none."""

    request: AssistanceRequest
    tab: str
    days: int | None
    answered_at: datetime | None
    answered_days: int | None
    summary: Summary


class Requests(Listing[RequestRow]):
    """Requests of one's members, and those that ask one's parties; never answered first, then the oldest.

    An answer is read by the member that asks and by the party that gave it: to a party that is asked, *never answered*
    means that itself has said nothing.
    """

    tabs = ("never", "answered")
    parties_by = ("member",)

    def found(self) -> QuerySet[AssistanceRequest]:
        """Those that ask now."""
        actor = current()
        seen = Q(pk__in=queries.own().values("pk")) | Q(pk__in=queries.received().values("pk"))
        readable = Q(line__request__member__in=actor.own_parties) | Q(party__in=actor.all_parties)
        last = RequestAnswer.objects.filter(readable, line__request=OuterRef("pk")).order_by("-pk")
        asking = AssistanceRequest.objects.filter(seen, state=AssistanceRequest.State.SENT)
        asking = asking.annotate(answered_at=Subquery(last.values("at")[:1])).annotate(
            tab=Case(When(answered_at=None, then=Value("never")), default=Value("answered"))
        )
        order = (F("answered_at").asc(nulls_first=True), "sent_at", "pk")
        return asking.select_related("member").order_by(*order)

    def read(self, found: QuerySet[Any]) -> list[RequestRow]:
        """With how far each has come."""
        rows = list(found)
        summaries: Mapping[int, Summary] = queries.summaries(rows)
        return [
            RequestRow(
                one, one.tab, days_since(one.sent_at, self.today), one.answered_at,
                days_since(one.answered_at, self.today), summaries[one.pk],
            )
            for one in rows
        ]  # fmt: skip
