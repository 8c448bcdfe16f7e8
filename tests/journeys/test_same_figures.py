"""The same figures on the page, in the CSV and on the command line."""

import csv
import io
import json
from decimal import Decimal

from tests.journeys.conftest import Site


def _csv(site: Site, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.read(path).decode("utf-8-sig"))))


def test_not_covered_of_one_item_is_one_number_everywhere(site, open_page):
    told = site.told("figure", "not_covered", "--item", "RESP-N95", "--member", "ZMB")
    page = open_page()
    page.goto("/en/figures/not_covered?item=RESP-N95&member=ZMB")
    shown = Decimal(told["value"])
    assert f"{shown:,}" in page.locator("h1").inner_text()
    rows = [row for row in _csv(site, "/en/needs.csv?member=ZMB") if row["item"] == "RESP-N95"]
    assert rows and sum(Decimal(row["not_covered"]) for row in rows) == shown
    about = json.loads(site.read("/en/needs.json?member=ZMB"))
    same = [row for row in about["rows"] if row["item"] == "RESP-N95"]
    assert sum(Decimal(str(row["not_covered"])) for row in same) == shown
    assert "DEMONSTRATION" in rows[0]["note"]


def test_counts_of_the_overview_are_those_of_the_command(site, open_page):
    page = open_page()
    page.goto("/en/")
    for code in ("needs_open", "needs_met"):
        told = site.told("figure", code)
        assert f"{int(told['value']):,}" in page.locator("dl.keys").inner_text()
    value = site.told("figure", "value_not_covered")
    by_member = [
        Decimal(site.told("figure", "value_not_covered", "--member", code)["value"]) for code in ("ZMB", "NAM")
    ]
    assert all(part <= Decimal(value["value"]) for part in by_member) and all(part > 0 for part in by_member)


def test_the_demonstration_is_the_case_of_2020(site):
    esft = [row for row in _csv(site, "/en/needs.csv?member=AFG&size=500") if row["item"] == "VENT-ICU"]
    assert Decimal(esft[0]["approved"]) > 0
    allocated = site.told("figure", "allocated", "--item", "VAC-C19-VV", "--member", "GTM")
    assert Decimal(allocated["value"]) == 847_200
    assert Decimal(site.told("figure", "not_covered", "--item", "VAC-C19-VV", "--member", "GTM")["value"]) == Decimal(
        site.told("figure", "approved", "--item", "VAC-C19-VV", "--member", "GTM")["value"]
    ), "an allocation lowers no gap"
    members = {row["member"] for row in _csv(site, "/en/needs.csv?item=VAC-C19-VV&size=500")}
    assert len(members) == 120 and "NAM" in members  # South Sudan joined in 2024
