"""The public page of money: each total leads to its rows, page and file agree, and no more than was made public."""

import csv
import html
import io
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from tests import make

from unmet.access.models import Role
from unmet.parties.models import Person
from unmet.support import flow_deeds, flows
from unmet.support.flow_rules import Amount, Rate
from unmet.support.models import Flow

pytestmark = pytest.mark.django_db


class World:
    """WHO grants and lends money to two members, one flow of it public; Cuba gives some to WHO, public."""

    def __init__(self) -> None:
        self.browser = Client(headers={"host": "localhost"})
        self.who, self.cuba = make.person(Role.RESPONDER, "WHO"), make.approver("CUB")
        item = make.item("MASK-IIR")
        self.grant = make.money(
            1_234_567_89, of="WHO", to=("ZMB", "BOL"), stage="commitment", by=self.who, item=item,
            reference="SECRET-REF", text="SECRET WORDS", fact_source="https://example.org/fact",
        )  # fmt: skip
        self.loan = make.money(500_00, of="WHO", to=("ZMB",), stage="paid", by=self.who, instrument="loan", item=item)
        self.out = make.money(
            100_00, of="CUB", to=("WHO",), stage="pledge", by=self.cuba, currency="EUR",
            rate=Rate("1.0824", "usd_per_unit", date(2020, 5, 11), "European Central Bank"),
        )  # fmt: skip
        self.hidden = make.money(777_777_00, of="WHO", to=("ZMB",), stage="paid", by=self.who)
        for flow, by in ((self.grant, self.who), (self.loan, self.who), (self.out, self.cuba)):
            self.do(flow_deeds.publish, flow, by)

    @staticmethod
    def do(service: Any, flow: Flow, by: Person, **more: Any) -> None:
        """Publish, hide, agree to be named."""
        with make.as_(by):
            service(flow, by=by, at=make.AT, **more)

    def page(self, query: str = "", status: int = 200, language: str = "en") -> str:
        """The words of the page."""
        answer = self.browser.get(f"/{language}/money{query}")
        assert answer.status_code == status
        return re.sub(r"</?(bdi|span)[^>]*>", "", html.unescape(answer.content.decode())).replace("\u00a0", " ")

    def file(self, form: str, query: str = "") -> str:
        """A file of it."""
        return b"".join(self.browser.get(f"/en/money.{form}{query}").streaming_content).decode()


WORLD = World


@pytest.fixture
def world(fresh: World) -> World:
    """See `World`."""
    return fresh


def test_each_total_stands_apart_and_leads_to_its_rows(world: World) -> None:
    page = world.page()
    for query, shown in (
        ("boundary=incoming&instrument=grant&stage=commitment", "1,234,567.89"),
        ("boundary=incoming&instrument=loan&stage=paid", "500"),
        ("boundary=outgoing&instrument=grant&stage=pledge", "108.24"),
    ):  # fmt: skip
        assert f'<a href="?{query}#rows">{shown}</a>' in page
        [row] = list(csv.DictReader(io.StringIO(world.file("csv", f"?{query}"))))
        assert Decimal(row["amount_usd"]) == Decimal(shown.replace(",", ""))
        assert world.page(f"?{query}").count('<th scope="row" role="rowheader">') == 4 + 1
    assert len(re.findall(r'href="\?boundary=', page)) == 3, "cells without rows are no links"
    assert "777,777" not in page


def test_each_boundary_has_a_heading_of_its_own_with_money_or_without(world: World) -> None:
    heads = re.findall(r'<h3 id="([a-z]+)">([A-Za-z]+):', world.page())
    assert heads == [("incoming", "Incoming"), ("internal", "Internal"), ("outgoing", "Outgoing")]


def test_page_and_files_agree(world: World) -> None:
    rows = list(csv.DictReader(io.StringIO(world.file("csv"))))
    found = json.loads(world.file("json"), parse_float=Decimal)["rows"]
    assert [row["flow"] for row in rows] == [row["flow"] for row in found] and len(rows) == 3
    euros = next(row for row in rows if row["currency"] == "EUR")
    assert (euros["amount"], euros["amount_usd"], euros["rate"], euros["rate_on"]) == (
        "100", "108.24", "1.0824", "2020-05-11",
    )  # fmt: skip
    assert "1 EUR = US$ 1.0824, 11 May 2020. European Central Bank" in world.page()
    assert b"".join(world.browser.get("/en/money.xlsx").streaming_content)[:2] == b"PK"


def test_what_is_never_said(world: World) -> None:
    said = "".join(
        world.page(query, language=language) for query in ("", "?emergency=test-emergency") for language in ("en", "ar")
    ) + world.file("csv") + world.file("json")  # fmt: skip
    for secret in ("SECRET", "Zambia", "زامبيا", "Bolivia", "777,777", "777777", str(world.hidden.uuid)):
        assert secret not in said, secret
    assert "to 2 members" in said and "World Health Organization" in said and "https://example.org/fact" in said


def test_a_member_that_agrees_is_named(world: World) -> None:
    world.do(flow_deeds.agree_to_be_named, world.grant, make.approver("ZMB"), party=make.party("ZMB"), named=True)
    page = world.page()
    assert "to Zambia to 1 member" in page
    [row] = [row for row in csv.DictReader(io.StringIO(world.file("csv"))) if row["flow"] == str(world.grant.uuid)]
    assert (row["destinations"], row["destinations_not_named"]) == ("ZMB", "1")


def test_what_is_hidden_is_gone_at_once_for_caches_too(world: World) -> None:
    first = world.browser.get("/en/money")
    again = world.browser.get("/en/money", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304
    world.do(flow_deeds.hide, world.grant, world.who)
    later = world.browser.get("/en/money", headers={"if-none-match": first.headers["ETag"]})
    assert later.status_code == 200 and "1,234,567" not in later.content.decode()


def test_the_item_shows_what_is_funded_beside_what_is_not_covered(world: World) -> None:
    page = html.unescape(world.browser.get("/en/items/MASK-IIR").content.decode())
    assert "US$ 1,234,567.89 in grants, committed or paid." in page and "US$ 500 in loans" in page
    assert "The grants would be about" in page and "lowers no quantity" in page
    assert "Funded" not in html.unescape(world.browser.get("/en/items/GLOVE-EXAM").content.decode())


def test_filters_and_what_is_not_there(world: World) -> None:
    assert "No public money here" in world.page("?boundary=internal")
    assert "1,234,567.89" in world.page("?emergency=test-emergency")
    assert "1,234,567.89" in world.page("?item=MASK-IIR") and "108.24" not in world.page("?item=MASK-IIR")
    for query in ("?stage=sent", "?boundary=all", "?instrument=both", "?item=NOTHING", "?emergency=none", "?page=9"):
        world.page(query, status=404)


def test_what_is_paid_says_whether_it_arrived_and_not_who_says_so(world: World) -> None:
    def told() -> tuple[str, set[str]]:
        rows = csv.DictReader(io.StringIO(world.file("csv")))
        arrived = {row["stage"]: row["arrived"] for row in rows}
        assert (arrived["pledge"], arrived["commitment"]) == ("", "")
        return arrived["paid"], set(re.findall(r"arrived: [a-z ]+", world.page()))

    assert told() == ("not_said", {"arrived: not said"})
    tag = world.browser.get("/en/money").headers["ETag"]
    make.confirmed(world.loan, of="ZMB")
    assert told() == ("yes", {"arrived: yes"})
    assert world.browser.get("/en/money", headers={"if-none-match": tag}).status_code == 200
    assert "Zambia" not in world.page()
    world.loan.refresh_from_db()
    with make.as_(world.who):
        flows.add(
            world.loan, "paid", Amount(100_00, make.AT.date()), version=world.loan.version, by=world.who, at=make.AT
        )
    assert told() == ("in_part", {"arrived: in part"})


def test_an_empty_page_says_so() -> None:
    make.reference()
    page = Client(headers={"host": "localhost"}).get("/en/money").content.decode()
    assert "No public money here" in page and "What the words mean" in page
