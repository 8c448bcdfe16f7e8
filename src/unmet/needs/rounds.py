"""Coordination opens and closes rounds. They lie in the catalogue, because accounts are keyed by round."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.catalogue.models import Emergency, Price, Round, RoundPrice, RoundSector, Sector
from unmet.parties.models import Person


class RoundRefused(Exception):
    """The round cannot be made or opened; `reason`: `sectors`, `overlap`, `code`, `dates`, `state`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# A round's page stands beside these pages of a member: /desk/ZMB/needs.
TAKEN_CODES = frozenset({"needs", "releases", "returns", "support", "people", "letters", "own-words"})


@transaction.atomic
def plan(
    *,
    code: str,
    names: Mapping[str, str],
    emergency: Emergency,
    window: tuple[date, date],
    period: tuple[date, date],
    sectors: Sequence[Sector],
    freshness_days: int,
    by: Person,
    at: datetime,
) -> Round:
    """Make a round that is not open yet. `names` are by language.

    Raises:
        NotAllowed: `by` is not of coordination.
        RoundRefused: see there.
    """
    may.require(Deed.OPEN_ROUND, by=by)
    if not sectors:
        raise RoundRefused("sectors")
    if code in TAKEN_CODES or Round.objects.filter(code=code).exists():
        raise RoundRefused("code")
    round_ = Round(
        code=code, emergency=emergency, window_from_on=window[0], window_until_on=window[1],
        period_from_on=period[0], period_until_on=period[1], freshness_days=freshness_days,
        **{f"name_{language}": name for language, name in names.items()},
    )  # fmt: skip
    try:
        round_.full_clean()
    except ValidationError as error:
        raise RoundRefused("dates") from error
    round_.save(force_insert=True)
    RoundSector.objects.bulk_create(RoundSector(round=round_, emergency=emergency, sector=sector) for sector in sectors)
    access.record(
        event="round.planned", at=at, role=Role.COORDINATION, subject_kind="round", subject=round_.uuid, code=code
    )
    return round_


@transaction.atomic
def open_round(round_: Round, *, by: Person, at: datetime) -> None:
    """Open a planned round: it takes returns within its window, and the price list is frozen.

    Raises:
        NotAllowed: `by` is not of coordination.
        RoundRefused: `state` when it is not planned, `overlap` when another open round asks about one of its sectors.
    """
    may.require(Deed.OPEN_ROUND, by=by)
    if not Round.objects.filter(pk=round_.pk, state=Round.State.PLANNED).update(state=Round.State.OPEN):
        raise RoundRefused("state")
    try:
        with transaction.atomic():
            RoundSector.objects.filter(round=round_).update(open=True)
    except IntegrityError as error:
        raise RoundRefused("overlap") from error
    newest: dict[int, Price] = {}
    for price in Price.objects.filter(dated_on__lte=at.date()).order_by("dated_on"):
        newest[price.item_id] = price
    RoundPrice.objects.bulk_create(
        RoundPrice(
            round=round_,
            item_id=item,
            usd_millionths=price.usd_millionths,
            dated_on=price.dated_on,
            source=price.source,
        )
        for item, price in newest.items()
    )
    round_.refresh_from_db()
    access.record(
        event="round.opened", at=at, role=Role.COORDINATION, subject_kind="round", subject=round_.uuid,
        code=round_.code, prices=len(newest),
    )  # fmt: skip


@transaction.atomic
def close_round(round_: Round, *, by: Person, at: datetime) -> None:
    """Close an open round before or after its window has ended.

    Raises:
        NotAllowed: `by` is not of coordination.
        RoundRefused: `state` when it is not open.
    """
    may.require(Deed.OPEN_ROUND, by=by)
    if not Round.objects.filter(pk=round_.pk, state=Round.State.OPEN).update(state=Round.State.CLOSED):
        raise RoundRefused("state")
    RoundSector.objects.filter(round=round_).update(open=False)
    round_.refresh_from_db()
    access.record(
        event="round.closed", at=at, role=Role.COORDINATION, subject_kind="round", subject=round_.uuid, code=round_.code
    )
