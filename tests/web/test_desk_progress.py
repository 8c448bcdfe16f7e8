"""Progress at the desk: every list as a page, by tabs and parties, and as a file; and what is given as a picture."""

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.catalogue.models import Round
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Person, Place
from unmet.support import consignment_ways, consignments, offers
from unmet.support.models import Consignment, Line, Offer
from unmet.support.offer_rules import LineDraft, OfferDraft
from unmet.web.desk import progress

pytestmark = pytest.mark.django_db  # each test in a savepoint inside the transaction that holds the world
LISTS = ("offers", "not-sent", "not-received", "held", "lots", "requests")


class Desk:
    """WHO gives masks to Zambia, accepted, late, and partly held on the way; it offers more, and Zambia asks it."""

    def __init__(self) -> None:
        self.round: Round = world.open_round()
        world.approved(make.line(quantity=1000, remark="Zebra"), round_=self.round)
        make.released("ZMB", at=world.now())
        self.focal, (self.by, _approver) = world.focal_point()[1], world.approver()
        self.giver, self.who = world.responder()
        self.cuba, self.undp = world.approver("CUB")[1], world.responder("UNDP")[1]
        self.chair = world.at_the_browser(make.person(Role.COORDINATION))
        self.zambia = make.party("ZMB")
        make.asked(100, of="ZMB", to=("WHO",), text="Giraffe", at=world.now())

    def fill(self, number: int) -> None:
        """One more row on every list."""
        today = world.today()
        for name, quantity in (("sent", 30), ("kept", 20)):
            line = make.support_line(
                "WHO", "ZMB", "committed", quantity, reference=f"{name}-{number}",
                dated_on=today - timedelta(days=40), expected_on=today - timedelta(days=2),
            )  # fmt: skip
            make.stated([line], by=self.by, round_=self.round, at=world.now())
        self._held(Line.objects.get(reference=f"sent-{number}"), self.giver, number)
        draft = OfferDraft(
            "supplies", Offer.Aim.MEMBER, today + timedelta(days=9),
            [LineDraft(make.item("MASK-IIR"), 7000, lot=f"Lot-{number}", expires_on=today + timedelta(days=99))],
            member=self.zambia,
        )  # fmt: skip
        with make.as_(self.giver, at=world.now()):
            made = offers.save(draft, giver=make.party("WHO"), by=self.giver, at=world.now())
            offers.offer(made, version=1, by=self.giver, at=world.now())

    def _held(self, line: Line, by: Person, number: int) -> Consignment:
        today, at = world.today(), world.now()
        packed = consignments.Packed(line, 30_000, f"Box-{number}", today + timedelta(days=30))
        plan = consignments.Plan([packed], Place.objects.whole_country(self.zambia), "air", waybill=f"W-{number}")
        with make.as_(by, at=at):
            box = consignments.plan(plan, by=by, at=at)
            consignments.dispatch(box, on=today - timedelta(days=9), by=by, at=at, version=1)
            consignment_ways.go(box, "hold", on=today - timedelta(days=5), by=by, at=at, why="permit", text="Hippo")
        return box


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Desk]:
    """See `Desk`, with one row on every list: one world for all tests of this file, rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = Desk()
        made.fill(1)
        yield made
        transaction.set_rollback(True)


def text(answer: Any, status: int = 200) -> str:
    """The words of an answer."""
    assert answer.status_code == status
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return html.unescape(body.decode("utf-8-sig")).replace("\u00a0", " ")


def read(browser: Client, path: str = "", status: int = 200) -> str:
    """A page or file of progress."""
    return text(browser.get(f"/en/desk/progress{path}"), status)


def rows(browser: Client, path: str) -> list[dict[str, str]]:
    """The rows of a file."""
    return list(csv.DictReader(io.StringIO(read(browser, path))))


def test_both_sides_read_every_row_with_its_age_and_a_link(desk: Desk) -> None:
    for browser in (desk.who, desk.focal):
        page = read(browser)
        for words in (
            "held until", "40 days", "at risk: 2 days past it", "a permit is missing", "Hippo", "5 days", "9 days",
            "nobody has said where it was seen", "Lot-1", "Box-1", "in 99 days", "in 30 days", "Giraffe",
            "All (1)", "The whole list: 1 row", "to Zambia",
        ):  # fmt: skip
            assert words in page or words.capitalize() in page, words
        assert "At risk, in sums" not in page and "Zebra" not in page
        assert len(re.findall(r'<th scope="row" role="rowheader"><a', page)) == 7, (
            "two lots, and one of the others each"
        )
    for link in set(re.findall(r'<th scope="row" role="rowheader"><a href="([^"]+)"', page)):
        assert desk.focal.get(link).status_code == 200, link
    assert 'href="/en/desk/progress"' in text(desk.who.get("/en/respond"))


def test_coordination_reads_why_others_lists_are_empty(desk: Desk) -> None:
    assert "coordination reads sums only" in text(desk.chair.get("/en/desk/progress"))
    assert "sums only" not in text(desk.who.get("/en/desk/progress"))


def test_nobody_else_reads_a_row(desk: Desk) -> None:
    for browser in (desk.undp, desk.cuba):
        page = read(browser)
        assert page.count("Nothing here now") == 6 and "Hippo" not in page and "Box-1" not in page
        for code in LISTS:
            assert "Nothing here now" in read(browser, f"/{code}") and rows(browser, f"/{code}.csv") == []
        read(browser, "/at-risk", 404)
        read(browser, "/at-risk.csv", 404)
    page = read(desk.chair)
    assert "At risk, in sums" in page and "Medical mask, type IIR" in page and "20" in page
    assert not any(word in page for word in ("World Health", "W-1", "sent-1", "Giraffe"))
    assert rows(desk.chair, "/at-risk.csv")[0]["at_risk"] == "20"
    read(desk.who, "/nonsense", 404)
    assert Client().get("/en/desk/progress").status_code == 302
    assert 'href="/en/desk/progress"' in text(desk.chair.get("/en/coordination/rounds"))


def test_a_list_is_narrowed_by_tab_and_party_and_its_file_too(desk: Desk) -> None:
    assert "W-1" in read(desk.who, "/held?tab=permit&party=ZMB") and 'aria-current="page"' in read(desk.who, "/held")
    assert "Nothing fits these filters" in read(desk.who, "/held?tab=customs")
    assert "W-1" in read(desk.who, "/held?tab=nonsense&party=CUB"), "what is not there filters nothing"
    assert [row["lot"] for row in rows(desk.who, "/lots.csv?tab=soon")] == ["Box-1"]
    assert [row["too_short"] for row in rows(desk.who, "/lots.csv")] == ["", ""]
    [late] = rows(desk.focal, "/not-sent.csv?tab=late")
    assert (late["reference"], late["quantity"], late["days"], late["days_late"]) == ("kept-1", "20", "40", "2")
    [held] = rows(desk.focal, "/held.csv")
    assert (held["why"], held["words"], held["days"]) == ("permit", "Hippo", "5")
    assert rows(desk.who, "/offers.csv")[0]["state"] == "offered" and rows(desk.who, "/requests.csv")[0]["days"] == "0"
    for form in ("xlsx", "json"):
        answer = desk.who.get(f"/en/desk/progress/offers.{form}")
        assert answer.status_code == 200 and len(b"".join(answer.streaming_content)) > 100


def test_pages_ask_the_same_number_of_questions_however_long_the_lists(desk: Desk) -> None:
    addresses = ("/en/desk/progress", "/en/desk/progress/lots", "/en/desk/given")

    def asked() -> dict[str, int]:
        found = {}
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert desk.who.get(address).status_code == 200
            found[address] = len(queries)
        return found

    asked()  # what is kept of the catalogue is read once
    before = asked()
    desk.fill(2)
    desk.fill(3)
    assert all(number <= before[address] for address, number in asked().items())
    assert "The whole list: 3 rows" in read(desk.who)
    assert read(desk.who, "/held").count("W-") == 3 and read(desk.who, "/held?page=2", 404)


def test_a_page_shows_the_first_rows_and_a_list_all_of_them_page_by_page(desk: Desk, monkeypatch: Any) -> None:
    desk.fill(2)
    monkeypatch.setattr(progress, "FIRST", 1)
    monkeypatch.setattr(progress, "PER_PAGE", 1)
    monkeypatch.setattr(progress, "AT_ONCE", 1)
    page = read(desk.who)
    assert "W-1" in page and "W-2" not in page and "The whole list: 2 rows" in page
    first, second = (read(desk.who, f"/held?page={number}") for number in (1, 2))
    assert "W-1" in first and "W-2" not in first and "W-2" in second and 'rel="prev"' in second
    assert [row["waybill"] for row in rows(desk.who, "/held.csv")] == ["W-1", "W-2"]


# ── what is given ────────────────────────────────────────────────────────────
def test_the_picture_names_the_giver_to_both_sides_only(desk: Desk) -> None:
    address = "/en/desk/given"
    for browser in (desk.who, desk.focal):
        page = text(browser.get(address))
        assert "World Health Organization" in page and 'role="img"' in page and "style=" not in page
        assert page.count('class="b-t"') == 2, "one band, and its colour in the key"
        assert "Giver not named" not in page
    for browser in (desk.undp, desk.chair):
        page = text(browser.get(address))
        assert "Giver not named" in page and "World Health Organization" not in page.split("<main", 1)[1]
    [row] = csv.DictReader(io.StringIO(text(desk.who.get(f"{address}.csv?item=MASK-IIR"))))
    assert (row["giver"], row["member"], row["under_way"], row["received"]) == ("WHO", "ZMB", "50", "0")
    assert desk.who.get(f"{address}?item=NONSENSE").status_code == 404
    page = text(desk.who.get(f"{address}?sector=IPC&sort=member&item=MASK-IIR"))
    assert "Medical mask, type IIR, in piece" in page and 'aria-sort="ascending">Member' in page
    arabic = text(desk.who.get("/ar/desk/given"))
    assert 'd="M100 ' in arabic and 'd="M0 ' in page


def test_the_public_page_says_the_same_to_everyone(desk: Desk) -> None:
    make.stated(
        [make.support_line("WHO", "ZMB", "received", 9, dated_on=world.today())], by=desk.by, round_=desk.round,
        at=world.now(),
    )  # fmt: skip
    everyone = Client(headers={"host": "localhost"})
    page = text(everyone.get("/en/given"))
    assert "Giver not named" in page and "World Health" not in page and "Zambia" in page and page.count("<path") >= 2
    [row] = csv.DictReader(io.StringIO(text(everyone.get("/en/given.csv?item=MASK-IIR&period=r-now"))))
    assert (row["giver"], row["giver_name"], row["received"], row["under_way"]) == ("", "Giver not named", "9", "50")
    assert "Nothing fits these filters" in text(everyone.get("/en/given?sector=WASH"))
    assert everyone.get("/en/given?item=NOTHING").status_code == 404
    for path in ("money", "figures"):
        assert '<a href="/en/given">' in text(everyone.get(f"/en/{path}"))
    assert text(desk.who.get("/en/given")) == page


def test_nothing_given_says_so(desk: Desk) -> None:
    with make.as_(desk.by, at=world.now()):
        needs.hold_back(Need.objects.get(), by=desk.by, at=world.now())
    page = text(Client(headers={"host": "localhost"}).get("/en/given"))
    assert "Nothing to show" in page and "<figure" not in page and "Download this table" not in page
