"""Builds, from the database, the words that a member's table may use for a round."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from django.utils.translation import get_language

from unmet.books.models import Account
from unmet.catalogue.lookup import FINANCE, GroupWord, ItemWord, Lookup, PlaceWord, Standing, UnitWord, Vocabulary
from unmet.catalogue.models import CatalogueState, Item, Pack, Round, RoundPrice, Unit
from unmet.catalogue.successors import retired_with_successor
from unmet.methods.fold import fold
from unmet.needs import queries
from unmet.needs.models import ItemProposal, Statement
from unmet.parties.models import Group, Party, Place

_NAMES = ("name_en", "name_ar", "name_es", "name_fr")


def lookup(*, member: Party, round_: Round) -> Lookup:
    """Items, units, places and groups with all their names, and what the member has stated in this round."""
    items = _items(round_, own=_still_open(member, round_), picked=_picked(member))
    whole = Place.objects.whole_country(member)
    standing, in_words = _standing(member, round_)
    places = [
        (PlaceWord(place.pk, place.code, place.name), _place_names(place))
        for place in Place.objects.filter(party=member)
    ]
    groups = [
        (GroupWord(group.pk, group.code, group.name), [group.code, *(getattr(group, name) for name in _NAMES)])
        for group in Group.objects.all()
    ]
    assert whole  # it is among the places now
    return Lookup(
        items=items.vocabulary,
        by_code=items.by_code,
        places=Vocabulary.of(places),
        groups=Vocabulary.of(groups),
        round_code=round_.code,
        period_from=round_.period_from_on,
        period_to=round_.period_until_on,
        sectors=frozenset(round_.asked.values_list("sector_id", flat=True)),
        standing=standing,
        standing_words=in_words,
        earlier=_to_confirm(member, round_),
    )


def letters_lookup(*, member: Party, round_: Round) -> Lookup:
    """The words for a letter that somebody else types for a member: without its places and what it has stated.

    Whoever types a letter learns nothing of the member's rows, not even that a line stands.
    """
    place = Place.objects.whole_country(member)
    groups = [
        (GroupWord(group.pk, group.code, group.name), [group.code, *(getattr(group, name) for name in _NAMES)])
        for group in Group.objects.all()
    ]
    items = _items(round_)
    return Lookup(
        items=items.vocabulary,
        by_code=items.by_code,
        places=Vocabulary.of([(PlaceWord(place.pk, place.code, place.name), _place_names(place))]),
        groups=Vocabulary.of(groups),
        round_code=round_.code,
        period_from=round_.period_from_on,
        period_to=round_.period_until_on,
        sectors=frozenset(round_.asked.values_list("sector_id", flat=True)),
    )


def items_lookup(*, round_: Round) -> Lookup:
    """The items of a round with all their names, for tables that name no place or group: support sheets."""
    # A giver may name the item of an old need, which counts under it until it is restated.
    items = _items(round_, own=frozenset(Item.objects.filter(retired_on__isnull=False).values_list("pk", flat=True)))
    return Lookup(
        items=items.vocabulary,
        by_code=items.by_code,
        places=Vocabulary(),
        groups=Vocabulary(),
        round_code=round_.code,
        period_from=round_.period_from_on,
        period_to=round_.period_until_on,
        sectors=frozenset(round_.asked.values_list("sector_id", flat=True)),
    )


_WHOLE_COUNTRY = (
    "Whole country",
    "البلد بأكمله",
    "كل البلد",
    "Todo el país",
    "Tout le pays",
    "Ensemble du pays",
    "national",
)


def _place_names(place: Place) -> list[str]:
    return [place.code, *_WHOLE_COUNTRY] if place.kind == Place.Kind.COUNTRY else [place.code, place.own_name]


def _still_open(member: Party, round_: Round) -> frozenset[int]:
    """Items of open needs of the member and of what it has stated in this round, retired ones among them."""
    open_ones = Account.objects.filter(member=member, kind=Account.Kind.NEED, closed=False)
    said = Statement.objects.filter(need__member=member, round=round_, newest=True, need__item__isnull=False)
    return frozenset(open_ones.filter(item__retired_on__isnull=False).values_list("item_id", flat=True)) | frozenset(
        said.filter(need__item__retired_on__isnull=False).values_list("need__item_id", flat=True)
    )


def _picked(member: Party) -> dict[int, list[str]]:
    """Own words of the member for which it picked an item, by item; the newest pick of the same words counts."""
    picked = ItemProposal.objects.filter(need__member=member, state=ItemProposal.State.CONFIRMED)
    by_words = dict(picked.order_by("decided_at", "pk").values_list("need__words", "item_id"))
    found: defaultdict[int, list[str]] = defaultdict(list)
    for words, item in by_words.items():
        found[item].append(words)
    return found


def _names_of(item: Item) -> list[str]:
    return [item.code, *(getattr(item, name) for name in _NAMES), *(alias.text for alias in item.aliases.all())]


@dataclass(frozen=True)
class _Items:
    """Items by all their names, and by folded code: the code of a retired item leads to the one that took its place."""

    vocabulary: Vocabulary[ItemWord]
    by_code: Mapping[str, ItemWord]


def _items(
    round_: Round, *, own: frozenset[int] = frozenset(), picked: Mapping[int, Sequence[str]] | None = None
) -> _Items:
    """The items that may be named. Built once for a catalogue as it is: to build them costs more than most forms."""
    words = tuple(sorted((item, tuple(sorted(of))) for item, of in (picked or {}).items()))
    return _built(CatalogueState.current(), get_language() or "en", round_.pk, round_.state, own, words)


@lru_cache(maxsize=16)
def _built(
    _catalogue: str, _language: str, round_: int, _state: str, own: frozenset[int],
    picked: tuple[tuple[int, tuple[str, ...]], ...],
) -> _Items:  # fmt: skip
    """See `_items`. The prices of a round are set once, when its state changes to open."""
    items = _named(round_, own=own, picked=dict(picked))
    codes = {word: item for item, _ in items for word in item.former} | {fold(item.code): item for item, _ in items}
    return _Items(Vocabulary.of(items), codes)


def _named(
    round_: int, *, own: frozenset[int], picked: Mapping[int, Sequence[str]]
) -> list[tuple[ItemWord, list[str]]]:
    """Every item that may be named, with all its names, as the parser knows it.

    Those are the items in use and, of retired ones, those of `own` open needs, which count under them until they are
    restated. The names of all other retired items lead to their successors. `picked` are further words by item.
    """
    units = {unit.pk: unit for unit in Unit.objects.all()}
    packs: defaultdict[int, list[Pack]] = defaultdict(list)
    for pack in Pack.objects.all():
        packs[pack.item_id].append(pack)
    prices = dict(RoundPrice.objects.filter(round=round_).values_list("item_id", "usd_millionths"))
    words = []
    every = list(Item.objects.select_related("sector").prefetch_related("aliases"))
    former: defaultdict[int, list[str]] = defaultdict(list)
    leads_to = retired_with_successor()
    for item_id, words_of in picked.items():
        former[leads_to.get(item_id, item_id) if item_id not in own else item_id] += words_of
    for item in every:
        if item.pk in leads_to and item.pk not in own:
            former[leads_to[item.pk]] += _names_of(item)
    for item in every:
        if item.retired_on is not None and item.pk not in own:
            continue
        unit = units[item.base_unit_id]
        price = prices.get(item.pk)
        word = ItemWord(
            id=item.pk,
            code=item.code,
            name=item.name,
            base_unit=unit.name,
            kind=item.kind,
            sector_id=item.sector_id,
            sector_code=item.sector.code,
            whole=item.whole,
            sensitive=item.sensitive,
            price_cents_per_unit=Fraction(price, 10_000) if price is not None and item.kind != FINANCE else None,
            units=_units(unit, packs[item.pk]),
            former=frozenset(map(fold, former[item.pk])) - set(map(fold, _names_of(item))),
        )
        words.append((word, [*_names_of(item), *former[item.pk]]))
    return words


def words_of(items: Iterable[Item]) -> dict[int, ItemWord]:
    """Items, by their ids, as a quantity of them is typed: with their units and packs, and without a price."""
    wanted = {item.pk: item for item in items}
    packs: defaultdict[int, list[Pack]] = defaultdict(list)
    for pack in Pack.objects.filter(item__in=wanted).order_by("factor", "pk"):
        packs[pack.item_id].append(pack)
    return {
        pk: ItemWord(
            id=pk, code=item.code, name=item.name, base_unit=item.base_unit.name, kind=item.kind,
            sector_id=item.sector_id, sector_code="", whole=item.whole, sensitive=item.sensitive,
            price_cents_per_unit=None, units=_units(item.base_unit, packs[pk]),
        )
        for pk, item in wanted.items()
    }  # fmt: skip


def _units(unit: Unit, packs: list[Pack]) -> dict[str, UnitWord]:
    """Folded word → unit or pack. A pack's word wins over nothing: the shipped lists keep them apart."""
    accepted: dict[str, UnitWord] = {}
    things: list[tuple[Unit | Pack, int, int | None]] = [(unit, 1000, None)]
    things += [(pack, pack.factor, pack.pk) for pack in packs]
    for thing, factor, pk in things:
        word = UnitWord(thing.name, factor, pk)
        aliases = [alias for alias in thing.aliases.split("|") if alias]
        for name in (getattr(thing, "code", ""), *(getattr(thing, name) for name in _NAMES), *aliases):
            if folded := fold(name):
                accepted.setdefault(folded, word)
    return accepted


def _to_confirm(member: Party, round_: Round) -> frozenset[tuple[int, int, int]]:
    """Item, place and group of what is to be confirmed in this round."""
    every = queries.of_accounts_to_confirm(Account.objects.all(), member=member, round_=round_)
    found = every.filter(need__item__isnull=False)
    return frozenset(found.values_list("need__item_id", "need__place_id", "need__group_id"))


def _standing(
    member: Party, round_: Round
) -> tuple[dict[tuple[int, int, int], Standing], dict[tuple[str, int, int], Standing]]:
    """The newest statements of the member in this round, with what was received so far."""
    received = dict(
        Account.objects.filter(member=member, round=round_, received__gt=0).values_list("subject", "received")
    )
    gross = queries.gross_stated(member=member, round_=round_)
    by_item: dict[tuple[int, int, int], Standing] = {}
    by_words: dict[tuple[str, int, int], Standing] = {}
    statements = Statement.objects.filter(need__member=member, round=round_, newest=True)
    for row in statements.values_list(
        "need__item_id", "need__words", "need__place_id", "need__group_id", "need__uuid", "requested", "unit_name",
        "needed_by_on", "rank", "stock", "pipeline", "remark", "quantity_typed", "pack_factor",
    ).iterator(chunk_size=5000):  # fmt: skip
        item, words, place, group, need, requested, unit, needed_by, rank, stock, pipeline, remark, typed, factor = row
        standing = Standing(
            item,
            place,
            group,
            requested,
            unit,
            needed_by,
            rank,
            stock,
            pipeline,
            received.get(need, 0),
            remark,
            typed,
            factor,
            *gross.get(need, (None, "")),
        )
        if words:
            by_words[words, place, group] = standing
        else:
            by_item[item, place, group] = standing
    return by_item, by_words
