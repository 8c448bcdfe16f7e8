"""Two people of coordination at once: exactly one of each pair is written, and the other is told what stands."""

from typing import Any

import pytest
from tests import make
from tests.conftest import prove_scale
from tests.together import at_once
from tests.together import committed_db as committed_db

from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.catalogue.models import Item
from unmet.needs import catalogue_changes, catalogue_items
from unmet.needs.catalogue_changes import CatalogueRefused, ItemChanged
from unmet.needs.catalogue_items import ItemEntry

PAIRS = max(5, int(50 * prove_scale()))


def correction(item: Item, source: str) -> ItemEntry:
    names = {language: getattr(item, f"name_{language}") for language in catalogue_changes.LANGUAGES}
    return ItemEntry(
        code=item.code, names=names, kind=item.kind, base_unit=item.base_unit, sector=item.sector, whole=item.whole,
        flags=item.flags, source=source,
    )  # fmt: skip


@pytest.mark.usefixtures("committed_db")
def test_of_two_who_correct_an_item_at_once_exactly_one_wins() -> None:
    people = [make.person(Role.COORDINATION), make.person(Role.COORDINATION)]

    def act(person: Any, version: int, source: str) -> Any:
        def correct() -> Item:
            item = Item.objects.select_related("base_unit", "sector").get(code="GOGGLES")
            with make.as_(person):
                return catalogue_items.correct_item(
                    item, correction(item, source), version=version, by=person, at=make.AT
                )

        return correct

    for pair in range(PAIRS):
        version = Item.objects.get(code="GOGGLES").version
        sources = [f"{pair} of {number}" for number in (1, 2)]
        done = at_once([act(person, version, source) for person, source in zip(people, sources, strict=True)])
        [won] = [number for number, result in enumerate(done) if isinstance(result, Item)]
        lost = done[1 - won]
        assert isinstance(lost, ItemChanged) and lost.theirs.source == sources[won], lost
        item = Item.objects.get(code="GOGGLES")
        assert (item.source, item.version) == (sources[won], version + 1)
    assert AuditRow.objects.filter(event="catalogue.item_corrected").count() == PAIRS


@pytest.mark.usefixtures("committed_db")
def test_two_items_are_never_each_others_successors() -> None:
    people = [make.person(Role.COORDINATION), make.person(Role.COORDINATION)]
    pairs = [("GOGGLES", "FACE-SHIELD"), ("APRON", "GOWN-ISO"), ("OXIMETER", "HFNO")]

    def act(person: Any, old: str, new: str) -> Any:
        def retire() -> Item:
            item = Item.objects.get(code=old)
            with make.as_(person):
                return catalogue_items.retire_item(
                    item, successor=Item.objects.get(code=new), reason="", version=1, by=person, at=make.AT
                )

        return retire

    for one, other in pairs:
        done = at_once([act(people[0], one, other), act(people[1], other, one)])
        assert sum(isinstance(result, Item) for result in done) == 1, done
        [lost] = [result for result in done if not isinstance(result, Item)]
        assert isinstance(lost, CatalogueRefused) and lost.reason == "successor", lost
