"""Sets of members: what ships holds what its README promises; who is in a set depends on the day."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from tests import make

import unmet.parties
from unmet.parties import reference, sets
from unmet.parties.models import Party, PartySet, PartySetMember

DATA = Path(unmet.parties.__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_every_row_is_of_a_known_state_and_stands_once() -> None:
    states = {row["code"] for row in rows("parties.csv") if row["kind"] == "state"}
    named = {row["code"] for row in rows("sets.csv")}
    spells = rows("set_members.csv")
    assert {row["party"] for row in spells} <= states
    assert {row["set"] for row in spells} == named == {"LDC", "LLDC", "SIDS"}
    assert max(Counter((row["set"], row["party"]) for row in spells).values()) == 1
    # A key is a set or a regional group, never both.
    assert not named & {row["group"] for row in rows("parties.csv")}


def test_each_list_says_who_keeps_it_and_each_day_where_it_is_from() -> None:
    assert all("United Nations" in row["source"] and "2026" in row["source"] for row in rows("sets.csv"))
    assert all(bool(row["source"]) == bool(row["from"] or row["until"]) for row in rows("set_members.csv"))


def codes(key: str, day: date) -> set[str]:
    return set(sets.of(key, on=day).values_list("code", flat=True))


@pytest.mark.django_db
def test_who_is_in_a_set_depends_on_the_day() -> None:
    assert len(codes("LDC", date(2020, 5, 4))) == 44
    assert codes("LDC", date(2020, 12, 3)) - codes("LDC", date(2020, 12, 4)) == {"VUT"}
    assert codes("LDC", date(2020, 5, 4)) - codes("LDC", date(2025, 1, 1)) == {"BTN", "STP", "VUT"}
    assert codes("SIDS", date(2023, 3, 31)) - codes("SIDS", date(2023, 4, 1)) == {"BHR"}
    assert {"BOL", "ZMB", "KAZ"} <= codes("LLDC", date(2026, 1, 1))
    assert codes("Europe", date(2026, 1, 1)) == {"AZE", "BLR"}
    assert codes("", date(2026, 1, 1)) == codes("NOBODY", date(2026, 1, 1)) == set()


@pytest.mark.django_db
def test_what_can_be_chosen_and_the_sets_of_a_party() -> None:
    known = {one.key: one for one in sets.known()}
    assert [known[key].kind for key in ("Africa", "Asia", "LDC", "SIDS")] == ["region", "region", "named", "named"]
    assert sets.find("SIDS") == known["SIDS"]
    assert sets.find("") is sets.find("NOBODY") is None
    named = sets.named_of(on=date(2026, 1, 1))
    assert [named.get(make.party(code).pk) for code in ("HTI", "ZMB", "BTN", "CUB", "IND")] == [
        ["LDC", "SIDS"], ["LDC", "LLDC"], ["LLDC"], ["SIDS"], None
    ]  # fmt: skip


@pytest.mark.django_db
def test_an_upgrade_leaves_what_was_edited_here() -> None:
    spell = PartySetMember.objects.get(party_set__code="SIDS", party__code="BHR")
    PartySetMember.objects.filter(pk=spell.pk).update(until_on=date(2023, 5, 1), edited_here=True)
    done = reference.load_all()
    assert (done["sets"].created, done["sets"].updated, done["set_members"].created) == ([], [], [])
    assert len(done["set_members"].kept) == 1
    spell.refresh_from_db()
    assert spell.until_on == date(2023, 5, 1)


@pytest.mark.django_db
def test_a_spell_stands_once_and_a_list_has_a_source() -> None:
    ldc, fiji = PartySet.objects.get(code="LDC"), Party.objects.get(code="FJI")
    day = date(2021, 1, 1)
    PartySetMember.objects.create(party_set=ldc, party=fiji)
    for said in ({}, {"from_on": day, "until_on": day}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PartySetMember.objects.create(party_set=ldc, party=fiji, **said)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartySet.objects.filter(pk=ldc.pk).update(source="")
