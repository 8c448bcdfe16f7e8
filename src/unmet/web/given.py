"""What is given, from whom to whom, as a picture and its table: the same page for everyone and at the desk."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unmet.catalogue.models import Item, Round, Sector
from unmet.exchange.download import Column, Value
from unmet.figures import given
from unmet.figures.given import NOT_NAMED, Band, Wanted
from unmet.figures.order import by_name
from unmet.web import formats
from unmet.web.given_picture import OTHERS, Node, Picture, drawn
from unmet.web.public.chosen import found
from unmet.web.public.lines import Names, exact, is_finance, unit_of, usd
from unmet.web.requests import PageRequest

_LONGEST: Final = 32  # characters of a name beside the picture


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table; the giver is empty where it is not named."""

    band: Band
    giver: str
    giver_code: str
    member: str
    member_code: str
    received: str
    under_way: str
    total: str


@dataclass(frozen=True, slots=True)
class Label:
    """The words beside one node of the picture: where they stand, the whole name, and a short one for a telephone."""

    node: Node
    name: str
    short: str
    value: str


def _fitting(name: str) -> str:
    """A name as far as there is room for it beside the picture; the table has it in full."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


class Given:
    """What the address asks for, read through one of the two doors of `figures.given`.

    Raises:
        Refused: a code that is not there.
    """

    def __init__(self, request: PageRequest, read: Callable[[Wanted], list[Band]], *, of_everyone: bool) -> None:
        get = request.GET.get
        self.of_everyone = of_everyone
        self.item = found(Item.objects.select_related("base_unit"), get("item", "")) if get("item") else None
        self.sector = found(Sector, get("sector", "")) if get("sector") else None
        rounds = Round.objects.exclude(state=Round.State.PLANNED)
        self.round = found(rounds, get("period", "")) if get("period") else None
        self.sort = "member" if get("sort") == "member" else "giver"
        self.names = Names()
        self._read = read

    @cached_property
    def bands(self) -> list[Band]:
        """Every band, in the order of the table: A to Z by giver and member or by member and giver."""
        wanted = Wanted(
            self.item.pk if self.item else None, self.sector.pk if self.sector else None,
            self.round.pk if self.round else None,
        )  # fmt: skip
        first, second = (self._of_giver, self._of_member)[:: 1 if self.sort == "giver" else -1]
        return sorted(self._read(wanted), key=lambda band: (first(band), second(band)))

    @cached_property
    def _ranks(self) -> dict[int, int]:
        return {pk: rank for rank, pk in enumerate(self.names.members_in_order)}

    def _of_giver(self, band: Band) -> int:
        """Whoever is not named stands last."""
        return self._ranks.get(band.giver, len(self._ranks))

    def _of_member(self, band: Band) -> int:
        return self._ranks[band.member]

    # ── words ────────────────────────────────────────────────────────────────
    def amount(self, value: int) -> str:
        """A sum as it is shown: whole US dollars, or units of the item."""
        if self.item is None:
            return formats.dollars(value if abs(value) < 100_00 else (value + 50) // 100 * 100)
        return formats.amount(value, finance=is_finance(self.item))

    @property
    def unit(self) -> str:
        """In what everything is counted."""
        return unit_of(self.item) if self.item else _("US$")

    def _short(self, value: int) -> str:
        return self.amount(value) if self.item is not None else " ".join(formats.short_dollars(value))

    def _label(self, node: Node, *, giver: bool) -> Label:
        if node.key == NOT_NAMED:
            name, short = _("Giver not named"), _("not named")
        elif node.key == OTHERS:
            words = (
                ngettext("%(count)s other giver", "%(count)s other givers", node.count) if giver
                else ngettext("%(count)s other member", "%(count)s other members", node.count)
            )  # fmt: skip
            name, short = words % {"count": node.count}, _("others")
        else:
            party = self.names.parties[node.key]
            name, short = _fitting(party.name), party.code
        return Label(node, name, short, self._short(node.total))

    def rows(self, bands: Sequence[Band]) -> list[Row]:
        """Some of the rows with their names."""
        parties = self.names.parties
        return [
            Row(
                band, parties[band.giver].name if band.giver else "", parties[band.giver].code if band.giver else "",
                parties[band.member].name, parties[band.member].code,
                *(self._shown(band, value) for value in (band.received, band.under_way, band.total)),
            )
            for band in bands
        ]  # fmt: skip

    def _shown(self, band: Band, value: int) -> str:
        """A sum of the table; a dash where nothing of the band has a price. No price is not zero."""
        return "–" if band.unpriced and not band.total else self.amount(value)

    def query(self, **changes: str) -> str:
        """The query string of the same with some parts changed."""
        parts = {
            "item": self.item.code if self.item else "", "sector": self.sector.code if self.sector else "",
            "period": self.round.code if self.round else "", "sort": "" if self.sort == "giver" else self.sort,
        } | changes  # fmt: skip
        return urlencode({name: value for name, value in parts.items() if value})

    # ── the page ─────────────────────────────────────────────────────────────
    def context(self, start: int, stop: int) -> dict[str, Any]:
        """Rows start to stop, the picture of all of them, and the filters."""
        picture: Picture | None = drawn(self.bands, order=lambda party: self._ranks[party])
        items, sectors, rounds = given.choices(of_everyone=self.of_everyone)
        return {
            "given": self,
            "rows": self.rows(self.bands[start:stop]),
            "picture": picture,
            "labels_of_givers": [self._label(node, giver=True) for node in picture.givers] if picture else [],
            "labels_of_members": [self._label(node, giver=False) for node in picture.members] if picture else [],
            "description": self._description(picture),
            "totals": {
                name: self.amount(sum(getattr(band, name) for band in self.bands))
                for name in ("received", "under_way", "total")
            },
            "unpriced": len(set().union(*(band.unpriced for band in self.bands))),
            "items": by_name(Item.objects.filter(pk__in=items)),
            "sectors": by_name(Sector.objects.filter(pk__in=sectors)),
            "rounds": list(Round.objects.filter(pk__in=rounds).order_by("-period_from_on", "code")),
            "sorts": [
                (_("Giver"), self.query(sort=""), self.sort == "giver"),
                (_("Member"), self.query(sort="member"), self.sort == "member"),
            ],
            "filtered": bool(self.item or self.sector or self.round),
        }

    def _description(self, picture: Picture | None) -> str:
        if picture is None:
            return ""
        words = _(
            "Bands run from the givers to the members, each as wide as what is given: %(amount)s %(unit)s in all. The "
            "table beside it holds the same numbers."
        )
        return words % {"amount": self.amount(picture.total), "unit": self.unit}

    # ── the file ─────────────────────────────────────────────────────────────
    def columns(self) -> list[Column]:
        """Columns of the table as a file."""
        kind: Any = "quantity" if self.item else "money"
        return [
            Column("giver", _("Giver, code"), "text"), Column("giver_name", _("Giver"), "text"),
            Column("member", _("Member, code"), "text"), Column("member_name", _("Member"), "text"),
            Column("unit", _("Unit"), "text"), Column("received", _("Received"), kind),
            Column("under_way", _("In transit or committed"), kind), Column("total", _("Both together"), kind),
            Column("items_unpriced", _("Items without a price, in no sum"), "integer"),
        ]  # fmt: skip

    def lines(self) -> Iterator[list[Value]]:
        """Every row for a file."""
        for row in self.rows(self.bands):
            band = row.band
            sums = [self._exact(value) for value in (band.received, band.under_way, band.total)]
            yield [
                row.giver_code, row.giver or _("Giver not named"), row.member_code, row.member, self.unit, *sums,
                len(band.unpriced),
            ]  # fmt: skip

    def _exact(self, value: int) -> Value:
        return usd(value) if self.item is None else exact(value, self.item)
