"""The shipped files of parties, membership, population and groups hold what their README promises."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

import unmet.parties

DATA = Path(unmet.parties.__file__).parent / "data"
NAMES = ("name_en", "name_ar", "name_es", "name_fr")
ARABIC = re.compile(r"[\u0621-\u064a]")
LATIN = re.compile(r"[A-Za-zÀ-ÿ]")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


PARTIES = {row["code"]: row for row in rows("parties.csv")}
MEMBERSHIP = rows("membership.csv")


def members_on(day: str) -> set[str]:
    """Codes of the members of `day` (YYYY-MM-DD); a `from` of a month counts from its first day."""
    return {
        row["party"]
        for row in MEMBERSHIP
        if row["status"] == "member" and (row["from"] or "0000") <= day and (not row["until"] or day < row["until"])
    }


@pytest.mark.parametrize(
    ("day", "count"),
    [("2020-05-04", 120), ("2021-12-31", 120), ("2023-12-31", 120), ("2024-01-01", 121), ("2026-01-01", 121)],
)
def test_membership_is_counted_by_date(day: str, count: int) -> None:
    assert len(members_on(day)) == count


def test_south_sudan_joined_in_january_2024() -> None:
    assert members_on("2024-01-01") - members_on("2020-05-04") == {"SSD"}


def test_there_are_seventeen_observers_and_el_salvador_is_one() -> None:
    observers = {row["party"] for row in MEMBERSHIP if row["status"] == "observer"}
    assert len(observers) == 17
    assert "SLV" in observers
    assert not observers & members_on("2026-01-01")


def test_every_membership_names_a_state_once() -> None:
    assert {PARTIES[row["party"]]["kind"] for row in MEMBERSHIP} == {"state"}
    assert max(Counter(row["party"] for row in MEMBERSHIP).values()) == 1
    assert {code for code, row in PARTIES.items() if row["kind"] == "state"} == {row["party"] for row in MEMBERSHIP}


def test_namibia_is_a_member_and_not_a_missing_value() -> None:
    namibia = PARTIES["NAM"]
    assert (namibia["iso3"], namibia["iso2"], namibia["m49"]) == ("NAM", "NA", "516")
    assert namibia["name_en"] == "Namibia"
    assert "NAM" in members_on("2020-05-04")


def test_members_stand_in_four_regional_groups_and_nobody_else_does() -> None:
    members = members_on("2024-01-01")
    assert Counter(PARTIES[code]["group"] for code in members) == {
        "Africa": 54,
        "Asia": 39,
        "Latin America and the Caribbean": 26,
        "Europe": 2,
    }
    assert {row["group"] for code, row in PARTIES.items() if code not in members} == {""}
    assert {PARTIES[code]["group"] for code in ("FJI", "VUT", "PNG")} == {"Asia"}


def test_codes_are_unique_and_states_go_by_their_iso_code() -> None:
    read = rows("parties.csv")
    states = [row for row in read if row["kind"] == "state"]
    assert len(PARTIES) == len(read) == 121 + 17 + 16
    for column, shape in (("iso3", "[A-Z]{3}"), ("iso2", "[A-Z]{2}"), ("m49", "[0-9]{3}")):
        values = [row[column] for row in states]
        assert len(set(values)) == len(states)
        assert all(re.fullmatch(shape, value) for value in values)
        assert not any(row[column] for row in read if row["kind"] != "state")
    assert all(row["code"] == row["iso3"] for row in states)


def test_the_organisations_are_of_the_kind_they_are() -> None:
    kinds = {code: row["kind"] for code, row in PARTIES.items() if row["kind"] != "state"}
    assert len(kinds) == 16
    assert {code for code, kind in kinds.items() if kind == "fund"} == {"GAVI", "GFATM"}
    assert {code for code, kind in kinds.items() if kind == "bank"} == {"WB", "ISDB"}
    assert {code for code, kind in kinds.items() if kind == "network"} == {"IFRC"}
    assert kinds["COORD"] == kinds["WHO"] == "organisation"


@pytest.mark.parametrize("name", ["parties.csv", "groups.csv"])
def test_names_stand_in_four_languages(name: str) -> None:
    for row in rows(name):
        assert all(row[column] == row[column].strip() != "" for column in NAMES), row
        assert ARABIC.match(row["name_ar"]), row
        for column in ("name_en", "name_es", "name_fr"):
            assert LATIN.search(row[column]), row
            assert not ARABIC.search(row[column]), row


def test_names_of_states_are_those_of_the_united_nations() -> None:
    assert PARTIES["PRK"]["name_en"] == "Democratic People's Republic of Korea"
    assert PARTIES["PSE"]["name_en"] == "State of Palestine"
    assert PARTIES["SWZ"]["name_fr"] == "Eswatini"
    assert PARTIES["CIV"]["name_ar"] == "كوت ديفوار"


def test_every_member_has_one_population_with_its_source() -> None:
    population = rows("population.csv")
    assert Counter(row["party"] for row in population) == Counter(members_on("2024-01-01"))
    for row in population:
        assert int(row["population"]) > 10_000
        assert row["year"] == "2019"
        assert row["source"]
    assert {row["party"]: int(row["population"]) for row in population}["NAM"] == 2_494_530


def test_the_groups_that_ship() -> None:
    codes = [row["code"] for row in rows("groups.csv")]
    assert codes == ["EVERYONE", "UNDER5", "PBW", "OLDER", "DISPLACED", "HEALTHWORKERS"]
