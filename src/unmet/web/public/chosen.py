"""What an address asks about: codes in the query string become rows, a scope of the books, and words."""

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from unmet.books.models import Account
from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.figures.totals import Scope
from unmet.parties.models import Party
from unmet.web import formats
from unmet.web.public.pages import Refused
from unmet.web.requests import PageRequest

M = TypeVar("M", bound=Model)


def found(rows: type[M] | QuerySet[M], code: str) -> M:
    """The row of a model, or among some rows, with this code.

    Raises:
        Refused: there is none.
    """
    among = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    row = among.filter(code=code).first() if 0 < len(code) <= 40 and "\0" not in code else None
    if row is None:
        raise Refused(_("Nothing here has the code “%(code)s”.") % {"code": code[:60]})
    return row


def day(typed: str, *, at: Any) -> date:
    """A past day or today, written 2021-06-30.

    Raises:
        Refused: it is not a day, or it is still to come.
    """
    try:
        read = date.fromisoformat(typed.strip()) if len(typed.strip()) == 10 else None
    except ValueError:
        read = None
    if read is None:
        raise Refused(
            _("“%(typed)s” is not a date that can be read here. Write year, month and day, such as 2021-06-30.")
            % {"typed": typed[:40]},
            status=400,
        )
    if read > at.date():
        raise Refused(
            _("%(day)s is still to come. Ask for today or a day before.") % {"day": formats.day(read)}, status=400
        )
    return read


@dataclass(frozen=True, slots=True)
class Chosen:
    """The part of the public book that a page or a figure is about."""

    member: Party | None = None
    item: Item | None = None
    sector: Sector | None = None
    emergency: Emergency | None = None
    round: Round | None = None
    need: Account | None = None
    on: date | None = None

    @classmethod
    def of(cls, request: PageRequest) -> "Chosen":
        """What the query string asks about.

        Raises:
            Refused: a code, a need or a date that is not there.
        """
        get = request.GET.get
        item, round_ = get("item"), get("round")
        return cls(
            member=found(Party, get("member", "")) if get("member") else None,
            item=found(Item.objects.select_related("base_unit", "sector"), item) if item else None,
            sector=found(Sector, get("sector", "")) if get("sector") else None,
            emergency=found(Emergency, get("emergency", "")) if get("emergency") else None,
            round=found(Round, round_) if round_ else None,
            need=_need(get("need", "")) if get("need") else None,
            on=day(get("on", ""), at=request.at) if get("on") else None,
        )

    def but(self, **changes: Any) -> "Chosen":
        """The same with some parts changed."""
        return replace(self, **changes)

    @property
    def scope(self) -> Scope:
        """The scope of the books."""
        return Scope(
            member=self.member.pk if self.member else None,
            item=self.item.pk if self.item else None,
            sector=self.sector.pk if self.sector else None,
            emergency=self.emergency.pk if self.emergency else None,
            round=self.round.pk if self.round else None,
            on=self.on,
            need=self.need.subject if self.need else None,
        )

    @property
    def codes(self) -> list[tuple[str, str]]:
        """What it is about, as name and code of each part; without the day."""
        parts = [
            (name, getattr(self, name).code)
            for name in ("member", "item", "sector", "emergency", "round")
            if getattr(self, name) is not None
        ]
        return [*parts, ("need", str(self.need.subject))] if self.need is not None else parts

    @property
    def query(self) -> str:
        """The query string that asks about the same; empty when it is everything."""
        return urlencode([*self.codes, ("on", self.on.isoformat())] if self.on is not None else self.codes)

    @property
    def query_now(self) -> str:
        """The query string that asks about the same as known now."""
        return urlencode(self.codes)

    @property
    def words(self) -> list[str]:
        """What it is about, in words, the widest part last."""
        named = [thing.name for thing in (self.item, self.member, self.sector, self.emergency) if thing is not None]
        if self.need is not None:
            named += [self.need.place.name, self.need.group.name]
        named += [self.round.name] if self.round is not None else [_("open now, whatever the round")]
        return named if len(named) > 1 else [_("all members"), *named]


def _need(typed: str) -> Account:
    """The need with this uuid, if its detail is public.

    Raises:
        Refused: it is not there, or not for everyone to see: nobody can tell which.
    """
    try:
        subject = uuid.UUID(typed)
    except ValueError:
        subject = None
    account = (
        Account.objects.filter(subject=subject, public=True, public_detail=True)
        .select_related("place", "group")
        .order_by("closed", "-pk")
        .first()
        if subject
        else None
    )
    if account is None:
        raise Refused(_("There is no need with this number here."))
    return account
