"""Bring the shipped sectors, units, items, packs, prices, codes and exchange rates into the database."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from unmet.audit.shipped import Loaded, Shipped, load
from unmet.catalogue.models import (
    CatalogueState,
    ExchangeRate,
    Item,
    ItemAlias,
    ItemCode,
    Pack,
    Price,
    Sector,
    Struck,
    Unit,
)

FOLDER = Path(__file__).parent / "data"
EDITION = "2026-11"
NAMES = ("name_en", "name_ar", "name_es", "name_fr")
# What identifies a shipped row about an item.
KEYS: dict[type[Shipped], tuple[str, ...]] = {
    Pack: ("item_id", "name_en"),
    Price: ("item_id", "dated_on", "source"),
    ItemAlias: ("item_id", "language", "text"),
    ItemCode: ("item_id", "system", "code"),
}


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a shipped file, every value as text: "NA" is Namibia, not a missing value."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@transaction.atomic
def load_all() -> dict[str, Loaded]:
    """Load every shipped file; returns what was done, by file."""
    done = {
        "sectors": load(
            Sector,
            (
                {key: row[key] for key in ("code", "domain", "who_pillar", "iasc_cluster", *NAMES)}
                for row in rows(FOLDER / "sectors.csv")
            ),
            key=("code",),
            edition=EDITION,
        ),
        "units": load(
            Unit,
            ({key: row[key] for key in ("code", "aliases", *NAMES)} for row in rows(FOLDER / "units.csv")),
            key=("code",),
            edition=EDITION,
        ),
    }
    sectors, units = dict(Sector.objects.values_list("code", "pk")), dict(Unit.objects.values_list("code", "pk"))
    done["items"] = load(
        Item,
        (
            {
                **{key: row[key] for key in ("code", "kind", "flags", "source", *NAMES)},
                "base_unit_id": units[row["base_unit"]],
                "sector_id": sectors[row["sector"]],
                "whole": row["whole"] == "1",
            }
            for row in rows(FOLDER / "items.csv")
        ),
        key=("code",),
        edition=EDITION,
    )
    done |= _about_items(dict(Item.objects.values_list("code", "pk")))
    done["exchange_rates"] = load(
        ExchangeRate, _exchange_rates(), key=("currency", "dated_on", "source"), edition=EDITION
    )
    if any(loaded.created or loaded.updated for loaded in done.values()):
        CatalogueState.changed()
    return done


def _exchange_rates() -> Iterator[dict[str, object]]:
    for row in rows(FOLDER / "exchange_rates.csv"):
        yield {
            "currency": row["currency"], "dated_on": date.fromisoformat(row["dated"]), "rate": row["rate"],
            "quoted": row["quoted"], "fixed": row["fixed"] == "1", "source": row["source"],
        }  # fmt: skip


def _about_items(items: dict[str, int]) -> dict[str, Loaded]:
    """Packs, prices, aliases and codes of the items."""
    packs = (
        {
            **{key: row[key] for key in ("aliases", "source", *NAMES)},
            "item_id": items[row["item"]],
            "factor": int(Decimal(row["factor"]) * 1000),
            "weight_g": int(row["weight_g"]) if row["weight_g"] else None,
            "volume_cm3": int(row["volume_cm3"]) if row["volume_cm3"] else None,
            "measured_on": date.fromisoformat(row["measured"]) if row["measured"] else None,
            "measured_source": row["measured_source"],
        }
        for row in rows(FOLDER / "packs.csv")
    )
    prices = (
        {
            "item_id": items[row["item"]],
            "usd_millionths": round(Decimal(row["usd_per_unit"]) * 1_000_000),
            "dated_on": date.fromisoformat(row["dated"]),
            "source": row["source"],
        }
        for row in rows(FOLDER / "prices.csv")
    )
    aliases = (
        {"item_id": items[row["item"]], "language": row["language"], "text": row["alias"]}
        for row in rows(FOLDER / "aliases.csv")
    )
    codes = (
        {"item_id": items[row["item"]], "system": row["system"], "code": row["code"], "in_edition": row["edition"]}
        for row in rows(FOLDER / "item_codes.csv")
    )
    struck: defaultdict[str, set[str]] = defaultdict(set)
    for kind, identity in Struck.objects.values_list("kind", "identity"):
        struck[kind].add(identity)
    return {
        name: load(model, shipped, key=KEYS[model], edition=EDITION, struck=struck[model._meta.model_name or ""])
        for name, model, shipped in (
            ("packs", Pack, packs), ("prices", Price, prices), ("aliases", ItemAlias, aliases),
            ("codes", ItemCode, codes),
        )
    }  # fmt: skip
