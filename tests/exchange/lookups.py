"""A small catalogue, a member's places and a coalition, as plain data for the tests of typed sheets."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from unmet.catalogue.lookup import GroupWord, ItemWord, Lookup, PlaceWord, Standing, UnitWord, Vocabulary
from unmet.exchange.table import CellValue, Row
from unmet.methods.fold import fold
from unmet.support.lookup import PartyWord, SupportLookup

IPC, FIN, FOOD = 1, 2, 3


def _units(**factors: int) -> Mapping[str, UnitWord]:
    return {fold(name): UnitWord(name.replace("_", " "), factor) for name, factor in factors.items()}


def _item(item_id: int, code: str, name: str, **changes: Any) -> ItemWord:
    plain = ItemWord(
        id=item_id,
        code=code,
        name=name,
        base_unit="piece",
        kind="supply",
        sector_id=IPC,
        sector_code="IPC",
        whole=True,
        sensitive=False,
        price_cents_per_unit=Fraction(5, 2),
        units=_units(piece=1000, pieces=1000, قطعة=1000, box_of_50=50_000),
    )
    return replace(plain, **changes)


MASK = _item(1, "MASK-IIR", "Medical mask, type IIR")
OXYGEN = _item(2, "OXY-CONC-10", "Oxygen concentrator, 10 L/min", units=_units(piece=1000))
HANDRUB = _item(
    3, "RUB", "Alcohol-based hand rub", base_unit="litre", whole=False, units=_units(litre=1000, bottle_of_500_mL=500)
)
GRANT = _item(4, "GRANT-PLAN", "Grant for the response plan", base_unit="US cent", kind="finance", sector_id=FIN,
              sector_code="COORD", units=_units(US_cent=1000))  # fmt: skip
RICE = _item(5, "RICE", "Rice", base_unit="kg", sector_id=FOOD, sector_code="FOOD", units=_units(kg=1000))
GLOVE_L = _item(6, "GLOVE-L", "Glove, large")
GLOVE_S = _item(7, "GLOVE-S", "Glove, small")
ITEMS: list[tuple[ItemWord, list[str]]] = [
    (
        MASK,
        ["Medical mask, type IIR", "Masque médical, type IIR", "Mascarilla médica, tipo IIR", "كمامة طبية، النوع IIR"],
    ),
    (OXYGEN, ["Oxygen concentrator, 10 L/min", "Concentrateur d’oxygène, 10 L/min", "مكثِّف أكسجين، 10 لترات/دقيقة"]),
    (HANDRUB, ["Alcohol-based hand rub", "Solution hydro-alcoolique"]),
    (GRANT, ["Grant for the response plan"]),
    (RICE, ["Rice", "Riz", "Arroz", "أرز"]),
    (GLOVE_L, ["Glove, large", "Glove"]),
    (GLOVE_S, ["Glove, small", "Glove"]),
]
WHOLE, KASSALA, TOWN, TOWN_TOO = (
    PlaceWord(1, "WHOLE", "Whole country"),
    PlaceWord(2, "SD-KA", "Kassala"),
    PlaceWord(3, "SD-T1", "Newtown"),
    PlaceWord(4, "SD-T2", "Newtown"),
)
EVERYONE, CHILDREN = GroupWord(1, "EVERYONE", "Everyone"), GroupWord(2, "U5", "Children under five")


def words(*standing: Standing, **changes: Any) -> Lookup:
    """The words of Sudan in the round 2021-R1, with what stands already."""
    lookup = Lookup(
        items=Vocabulary.of(ITEMS),
        by_code={fold(item.code): item for item, _ in ITEMS},
        places=Vocabulary.of([(p, [p.code, p.name]) for p in (WHOLE, KASSALA, TOWN, TOWN_TOO)]),
        groups=Vocabulary.of([(g, [g.code, g.name]) for g in (EVERYONE, CHILDREN)]),
        round_code="2021-R1",
        period_from=date(2021, 1, 1),
        period_to=date(2021, 12, 31),
        sectors=frozenset({IPC, FIN}),
        standing={(s.item_id, s.place_id, s.group_id): s for s in standing if s.item_id is not None},
    )
    return replace(lookup, **changes)


def standing(item: ItemWord, quantity: int, *, place: PlaceWord = WHOLE, **changes: Any) -> Standing:
    """A statement of so many base units that stands already, needed by the end of the period."""
    plain = Standing(item.id, place.id, EVERYONE.id, quantity * 1000, item.base_unit, date(2021, 12, 31))
    return replace(plain, **changes)


def sheet(*rows: Mapping[str, CellValue], name: str = "Needs") -> list[Row]:
    """A sheet with a header row and one row for each mapping of header -> value."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    return [
        Row(name, 1, tuple(titles)),
        *(Row(name, number, tuple(row.get(title) for title in titles)) for number, row in enumerate(rows, 2)),
    ]


SUDAN, CUBA, WHO, UNICEF = (
    PartyWord("SDN", "Sudan", is_member=True),
    PartyWord("CUB", "Cuba", is_member=True),
    PartyWord("WHO", "World Health Organization", is_member=False),
    PartyWord("UNICEF", "United Nations Children's Fund", is_member=False),
)


def support_words(**changes: Any) -> SupportLookup:
    """The words of a support sheet, typed by somebody who may state all of WHO's and of Sudan's stages."""
    lookup = SupportLookup(
        words=words(),
        parties=Vocabulary.of(
            [
                (SUDAN, ["SDN", "Sudan", "Soudan", "Sudán", "السودان"]),
                (CUBA, ["CUB", "Cuba", "كوبا"]),
                (WHO, ["WHO", "World Health Organization", "OMS", "منظمة الصحة العالمية"]),
                (UNICEF, ["UNICEF"]),
            ]
        ),
        today=date(2021, 4, 30),
        needs={fold("N-17"): ("SDN", OXYGEN.id)},
        may_as_giver={"WHO": frozenset({"pledged", "allocated", "in_transit"})},
        may_as_member={"SDN": frozenset({"committed", "received", "rejected", "missing"})},
    )
    return replace(lookup, **changes)
