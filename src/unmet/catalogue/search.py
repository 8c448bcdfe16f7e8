"""The index of items: codes, names in four languages, other names, and codes in other systems; one in each process."""

from collections import defaultdict
from typing import Final

from unmet.catalogue.models import CatalogueState, Item, ItemAlias, ItemCode
from unmet.methods.match import Index

_NAMES: Final = ("name_en", "name_ar", "name_es", "name_fr")
# The token of the catalogue from which the index was built, and the index. One assignment, so no thread sees half.
_kept: tuple[str, Index[int]] = ("", Index(()))


def items() -> Index[int]:
    """Every item by its id; those in use come before retired ones that fit as well. Built anew after each change."""
    global _kept
    token = CatalogueState.current()
    kept = _kept
    if kept[0] != token:
        kept = _kept = (token, _built())
    return kept[1]


def _built() -> Index[int]:
    others: defaultdict[int, list[str]] = defaultdict(list)
    for item, text in ItemAlias.objects.values_list("item_id", "text"):
        others[item].append(text)
    for item, code in ItemCode.objects.values_list("item_id", "code"):
        others[item].append(code)
    rows = list(Item.objects.values_list("pk", "retired_on", "code", *_NAMES))
    rows.sort(key=lambda row: (row[1] is not None, row[3]))
    return Index((pk, (*words, *others[pk])) for pk, _retired, *words in rows)
