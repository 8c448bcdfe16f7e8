"""The shipped files of the catalogue, and the demonstration built on them, hold what their READMEs promise."""

import csv
import re
from collections import Counter
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

import unmet
from unmet.catalogue.rates import currencies

ROOT = Path(unmet.__file__).parent
CATALOGUE = ROOT / "catalogue" / "data"
PARTIES = ROOT / "parties" / "data"
DEMONSTRATION = ROOT / "config" / "data" / "demonstration"
NAMES = ("name_en", "name_ar", "name_es", "name_fr")
ARABIC = re.compile(r"[\u0621-\u064a]")
KINDS = set(
    "supply medicine vaccine diagnostic equipment service personnel training finance infrastructure technology".split()
)
FLAGS = set("CC2-8 CC-20 CC-70 DG CTRL REG EXP PWR FIT PLAT KIT ICG SENS POLICY".split())
STAGES = {"pledged", "allocated", "committed", "in_transit", "received", "rejected", "missing"}
ROUNDS = {"covid-19-2020": 2020, "covid-19-2021": 2021}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def codes(path: Path) -> set[str]:
    return {row["code"] for row in rows(path)}


ITEMS = {row["code"]: row for row in rows(CATALOGUE / "items.csv")}
UNITS = {row["code"]: row for row in rows(CATALOGUE / "units.csv")}
PACKS = rows(CATALOGUE / "packs.csv")
PRICES = {row["item"]: row for row in rows(CATALOGUE / "prices.csv")}
RETURNS = rows(DEMONSTRATION / "returns.csv")
SUPPORT = rows(DEMONSTRATION / "support.csv")


def spellings(row: dict[str, str]) -> set[str]:
    """Everything a person may type for a unit or a pack, without regard to case."""
    written = {*(row[column] for column in NAMES), *filter(None, row["aliases"].split("|")), row.get("code", "")}
    return {text.casefold() for text in written if text}


def whole_steps(quantity: Decimal, item: str) -> bool:
    """Whether the quantity fits the item: whole pieces, or at most thousandths."""
    return quantity > 0 and (quantity * (1 if ITEMS[item]["whole"] == "1" else 1000)) % 1 == 0


@pytest.mark.parametrize("name", ["sectors.csv", "items.csv", "units.csv", "packs.csv"])
def test_names_stand_in_four_languages(name: str) -> None:
    for row in rows(CATALOGUE / name):
        assert all(row[column] == row[column].strip() != "" for column in NAMES), row
        assert ARABIC.match(row["name_ar"]), row
        assert not any(ARABIC.search(row[column]) for column in NAMES if column != "name_ar"), row


@pytest.mark.parametrize("name", ["sectors.csv", "items.csv", "units.csv"])
def test_codes_and_names_are_unique(name: str) -> None:
    read = rows(CATALOGUE / name)
    for column in ("code", *NAMES):
        assert max(Counter(row[column].casefold() for row in read).values()) == 1, column


def test_there_are_26_sectors_in_three_domains() -> None:
    domains = Counter(row["domain"] for row in rows(CATALOGUE / "sectors.csv"))
    assert domains == {"medical": 15, "social": 6, "humanitarian": 5}


def test_pillars_are_of_the_eleven() -> None:
    for row in rows(CATALOGUE / "sectors.csv"):
        assert all(1 <= int(number) <= 11 for number in row["who_pillar"].split(", ") if number), row


def test_items_cover_every_kind_and_every_sector() -> None:
    assert {row["kind"] for row in ITEMS.values()} == KINDS
    assert {row["sector"] for row in ITEMS.values()} == codes(CATALOGUE / "sectors.csv")
    first_list = Counter(row["kind"] for code, row in ITEMS.items() if not code.startswith("ESFT-"))
    assert [first_list[kind] for kind in ("supply", "medicine", "vaccine", "equipment")] == [44, 24, 10, 21]
    assert sum(first_list.values()) == 136


# The first catalogue of the project: 135 items by sector; and a second vaccine against COVID-19, on viral vectors.
FIRST_LIST = {
    "COORD": 2, "RCCE": 1, "SURV": 2, "POE": 1, "LAB": 12, "IPC": 16, "CASE": 20, "LOG": 2, "COLD": 4, "EHS": 11,
    "CDC": 12, "TRAUMA": 4, "RMNCH": 7, "VAC": 11 + 1, "HWF": 4, "HIS": 1, "RND": 2, "MHPSS": 3, "DISP": 1, "SOC": 1,
    "EDU": 1, "PROT": 2, "NUT": 5, "WASH": 5, "FOOD": 1, "SHEL": 4,
}  # fmt: skip


def test_every_item_of_the_first_list_is_there() -> None:
    held = Counter(row["sector"] for code, row in ITEMS.items() if not code.startswith("ESFT-"))
    assert held == FIRST_LIST and sum(FIRST_LIST.values()) == 135 + 1


def test_items_are_well_formed() -> None:
    for code, row in ITEMS.items():
        assert re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,19}", code), code
        assert row["base_unit"] in UNITS, code
        assert set(row["flags"].split()) <= FLAGS, code
        assert row["whole"] in {"0", "1"}, code
        assert row["source"], code
        assert (row["kind"] == "finance") == (row["base_unit"] == "US cent"), code
    assert [ITEMS[code]["whole"] for code in ("HAND-RUB", "RESP-N95")] == ["0", "1"]


def test_every_unit_is_used_and_no_spelling_means_two() -> None:
    assert {row["base_unit"] for row in ITEMS.values()} == set(UNITS)
    assert max(Counter(text for row in UNITS.values() for text in spellings(row)).values()) == 1


def test_packs_hold_an_exact_number_of_base_units() -> None:
    for row in PACKS:
        factor = Decimal(row["factor"])
        assert row["item"] in ITEMS, row
        assert str(factor) == row["factor"], row
        assert whole_steps(factor, row["item"]), row
        assert row["source"], row


def test_no_spelling_means_two_packs_of_an_item_or_a_unit() -> None:
    written = Counter((row["item"], text) for row in PACKS for text in spellings(row))
    assert max(written.values()) == 1
    units = {text for row in UNITS.values() for text in spellings(row)}
    assert not units & {text for _, text in written}


def test_known_packs() -> None:
    factors = {(row["item"], row["name_en"]): Decimal(row["factor"]) for row in PACKS}
    assert factors["GLOVE-EXAM", "box of 100 pieces (50 pairs)"] == 50
    assert factors["RUTF", "carton of 150 sachets"] == 150
    assert factors["HAND-RUB", "bottle of 0.5 L"] == Decimal("0.5")
    finance = {code for code, row in ITEMS.items() if row["kind"] == "finance"}
    assert {item for (item, name), factor in factors.items() if name == "US$" and factor == 100} == finance


def test_prices_are_cited_dated_and_agree_with_their_cents() -> None:
    assert len(PRICES) == len(rows(CATALOGUE / "prices.csv"))
    for item, row in PRICES.items():
        usd = Decimal(row["usd_per_unit"])
        assert ITEMS[item]["kind"] != "finance", row
        assert usd > 0, row
        assert int(row["usd_cents"]) == (usd * 100).quantize(Decimal(1), ROUND_HALF_UP), row
        assert date(2015, 1, 1) < date.fromisoformat(row["dated"]) < date(2022, 1, 1), row
        assert len(row["source"]) > 20, row


def test_known_prices() -> None:
    known = {"GLOVE-EXAM": "0.114", "VENT-ICU": "26644.74", "HAND-RUB": "8.3", "RDT-AG-RESP": "5"}
    assert {item: PRICES[item]["usd_per_unit"] for item in known} == known
    assert "ESFT-O2-SOURCE" not in PRICES  # the tool states none


def test_exchange_rates_are_exact_dated_and_cited() -> None:
    read = rows(CATALOGUE / "exchange_rates.csv")
    assert len({(row["currency"], row["dated"]) for row in read}) == len(read) >= 5
    for row in read:
        assert row["currency"] in currencies() and row["currency"] != "USD", row
        assert Decimal(row["rate"]) > 0 and len(row["rate"]) <= 24, row
        assert row["quoted"] in {"usd_per_unit", "units_per_usd"} and row["fixed"] in {"0", "1"}, row
        assert date(1980, 1, 1) < date.fromisoformat(row["dated"]) < date(2026, 1, 1) and len(row["source"]) > 20, row


def test_aliases_point_to_one_item_each() -> None:
    aliases = rows(CATALOGUE / "aliases.csv")
    assert len(aliases) >= 80
    assert {row["language"] for row in aliases} == {"en", "ar", "es", "fr"}
    meant: dict[str, set[str]] = {}
    for code, row in ITEMS.items():
        for column in NAMES:
            meant.setdefault(row[column].casefold(), set()).add(code)
    for row in aliases:
        assert row["item"] in ITEMS, row
        assert row["alias"], row
        assert (row["language"] == "ar") == bool(ARABIC.search(row["alias"])), row
        meant.setdefault(row["alias"].casefold(), set()).add(row["item"])
    assert {text: found for text, found in meant.items() if len(found) > 1} == {}


def test_codes_elsewhere_name_items_once() -> None:
    elsewhere = rows(CATALOGUE / "item_codes.csv")
    assert {row["item"] for row in elsewhere} <= set(ITEMS)
    assert max(Counter((row["item"], row["system"], row["edition"]) for row in elsewhere).values()) == 1
    assert ("KIT-NCD-2022", "KMEDNCDK2---A1") in {(row["item"], row["code"]) for row in elsewhere}


def test_the_computed_needs_are_rounded_up_item_by_item() -> None:
    esft = rows(DEMONSTRATION / "esft.csv")
    assert Counter(row["member"] for row in esft) == {"AFG": 44, "NGA": 44}
    assert max(Counter((row["member"], row["item"]) for row in esft).values()) == 1
    for row in esft:
        before = Decimal(row["input_note"].rsplit(" ", 1)[1])
        assert int(row["quantity"]) == before.to_integral_value(ROUND_CEILING), row
    assert {row["item"] for row in esft} <= set(ITEMS)
    assert {code for code in ITEMS if code.startswith("ESFT-")} <= {row["item"] for row in esft}
    quantity = {(row["member"], row["item"]): int(row["quantity"]) for row in esft}
    assert quantity["AFG", "GLOVE-EXAM"] == 3_999_671
    assert quantity["NGA", "VENT-ICU"] == 282


@pytest.mark.parametrize("row", RETURNS, ids=lambda row: f"{row['member']}-{row['round'][-4:]}-{row['item']}")
def test_a_demonstration_line_can_be_read(row: dict[str, str]) -> None:
    item = row["item"]
    typed = row["unit"].casefold()
    if typed in spellings(UNITS[ITEMS[item]["base_unit"]]) | {""}:
        factor = Decimal(1)
    else:
        (factor,) = {Decimal(p["factor"]) for p in PACKS if p["item"] == item and typed in spellings(p)}
    for column in ("quantity", "stock", "pipeline"):
        assert row[column] == "" or whole_steps(Decimal(row[column]) * factor, item), column
    assert date.fromisoformat(row["needed_by"]).year == ROUNDS[row["round"]]
    assert row["group"] in codes(PARTIES / "groups.csv")
    assert int(row["rank"]) > 0
    assert not (row["place"] and "SENS" in ITEMS[item]["flags"].split())
    assert row["remark"].startswith(("Invented", "Inventado"))


def test_demonstration_returns_cover_the_three_domains_and_a_second_round() -> None:
    domain = {row["code"]: row["domain"] for row in rows(CATALOGUE / "sectors.csv")}
    lines = Counter((row["member"], row["round"], domain[ITEMS[row["item"]]["sector"]]) for row in RETURNS)
    assert lines == {
        ("ZMB", "covid-19-2020", "medical"): 14,
        ("HND", "covid-19-2020", "social"): 12,
        ("ETH", "covid-19-2020", "humanitarian"): 14,
        ("ZMB", "covid-19-2021", "medical"): 6,
    }
    keys = Counter((row["member"], row["round"], row["item"], row["place"], row["group"]) for row in RETURNS)
    assert max(keys.values()) == 1
    levels: dict[tuple[str, str, str], set[bool]] = {}
    for row in RETURNS:
        levels.setdefault((row["member"], row["round"], row["item"]), set()).add(bool(row["place"]))
    assert all(len(level) == 1 for level in levels.values())  # never the whole country and a part of it


def test_demonstration_support_touches_every_stage_in_order_of_time() -> None:
    parties = codes(PARTIES / "parties.csv")
    assert {row["stage"] for row in SUPPORT} == STAGES
    lines: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in SUPPORT:
        assert {row["giver"], row["channel"], row["member"]} <= parties, row
        assert whole_steps(Decimal(row["quantity"]), row["item"]), row
        assert row["expected"] == "" or row["expected"] >= row["date"], row
        assert row["remark"].startswith("Invented"), row
        lines.setdefault((row["giver"], row["reference"], row["item"]), []).append(row)
    for steps in lines.values():
        assert [row["date"] for row in steps] == sorted(row["date"] for row in steps)
        assert len({(row["member"], row["channel"], row["round"]) for row in steps}) == 1
        shipped = [Decimal(row["quantity"]) for row in steps if row["stage"] == "in_transit"]
        arrived = [Decimal(row["quantity"]) for row in steps if row["stage"] in {"received", "rejected", "missing"}]
        if shipped and arrived:
            assert sum(arrived) == sum(shipped), steps


def test_the_covax_allocations_are_those_published() -> None:
    covax = rows(DEMONSTRATION / "covax.csv")
    assert {(row["member"], row["item"], row["quantity"], row["stage"]) for row in covax} == {
        ("GTM", "VAC-C19-VV", "847200", "allocated"),
        ("HND", "VAC-C19-VV", "496800", "allocated"),
    }
    assert {row["giver"] for row in covax} == {"GAVI"}
    assert {row["date"][:7] for row in covax} == {"2021-03"}
