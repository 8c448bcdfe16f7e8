"""Where a responder begins: the largest gaps by item, filtered; nothing is learnt of needs by asking for their days."""

import csv
import html
import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import make
from tests.web import desk_world as world

from unmet.support import profiles

pytestmark = pytest.mark.django_db
LATE = date(2030, 1, 1)
GOODS = {
    "consignee": "Ministry of Health", "contact_office": "Central medical store", "delivery_point": "Capital",
    "airport": "Capital", "incoterms": ["DAP"], "clears": "consignee", "pays": "giver", "exemption": "always",
    "documents": "Donation certificate",
}  # fmt: skip


@pytest.fixture
def who() -> Client:
    """WHO's browser; Zambia's masks are seen in detail, its ventilators as figures, Cuba's masks in detail."""
    round_ = world.open_round()
    world.approved(make.line(quantity=1000, needed_by=LATE), make.line("VENT-ICU", 20), round_=round_)
    world.approved(make.line(quantity=300, needed_by=LATE), round_=round_, of="CUB")
    make.released("ZMB", at=world.now())
    make.released("ZMB", level="figures", sectors=["CASE"], at=world.now())
    make.released("CUB", at=world.now())
    return world.responder()[1]


def shown(browser: Client, query: str = "") -> str:
    """The page."""
    answer = browser.get(f"/en/respond?{query}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def names(page: str) -> set[str]:
    """Which of the two items the list shows."""
    return {code for code in ("MASK-IIR", "VENT-ICU") if f"?item={code}" in page}


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ("", {"MASK-IIR", "VENT-ICU"}), ("q=ventilator", {"VENT-ICU"}), ("sector=IPC", {"MASK-IIR"}),
        ("sector=NONE", {"MASK-IIR", "VENT-ICU"}), ("region=Asia", set()), ("region=Africa", {"MASK-IIR", "VENT-ICU"}),
        ("region=LLDC", {"MASK-IIR", "VENT-ICU"}), ("region=SIDS", {"MASK-IIR"}),
        ("region=LDC&q=ventilator", {"VENT-ICU"}),
        ("needed_by=2035-01-01", {"MASK-IIR"}), ("needed_by=2028-01-01", set()),
        ("by=not_in_country", {"MASK-IIR", "VENT-ICU"}),
        ("needed_by=some+day", {"MASK-IIR", "VENT-ICU"}),
    ],
)  # fmt: skip
def test_what_each_filter_leaves(who: Client, query: str, items: set[str]) -> None:
    page = shown(who, query)
    assert names(page) == items
    assert ("is not a day" in page) == ("some" in query)
    assert ("No gap that you may see fits this" in page) == (not items)


def test_the_members_of_an_item_are_filtered_too_and_the_filter_goes_on(who: Client) -> None:
    everybody = shown(who, "item=MASK-IIR")
    assert 'href="/en/desk" aria-current="page"' in everybody, "the gaps are the desk of a responder"
    assert "member=ZMB" in everybody and "member=CUB" in everybody and "quantity=300000" in everybody
    africa = shown(who, "item=MASK-IIR&region=Africa")
    assert "member=ZMB" in africa and "member=CUB" not in africa and "&region=Africa" in africa
    islands = shown(who, "item=MASK-IIR&region=SIDS")
    assert "member=CUB" in islands and "member=ZMB" not in islands and "&region=SIDS" in islands
    assert '<option value="SIDS" selected>Small island developing States' in islands
    assert "to all of: Small island developing States" in islands and "to all of" not in everybody
    form = html.unescape(who.get("/en/desk/offers/new?item=MASK-IIR&set=SIDS").content.decode())
    assert '<option value="SIDS" selected>' in form and re.search(r'value="members"[^>]* checked', form)


def test_what_is_on_its_way_is_a_gap_still_by_the_other_figure(who: Client) -> None:
    round_ = make.Round.objects.get()
    giver, approver = make.person("responder", "UNDP"), make.approver("CUB")
    line: Any = {"reference": "U-1"}
    for by, stage in ((giver, "pledged"), (approver, "committed")):
        make.stated([make.support_line("UNDP", "CUB", stage, 300, **line)], by=by, round_=round_, at=world.now())
    assert "member=CUB" not in shown(who, "item=MASK-IIR")
    assert "member=CUB" in shown(who, "item=MASK-IIR&by=not_in_country")


def test_the_file_is_the_list_whole_with_the_same_filters(who: Client) -> None:
    """The page leads to it; who may not read the page has no file either."""

    def rows(query: str = "") -> list[dict[str, str]]:
        answer = who.get(f"/en/respond/gaps.csv{query}")
        assert answer.status_code == 200 and "unmet-gaps.csv" in answer["Content-Disposition"]
        told = b"".join(answer.streaming_content).decode("utf-8-sig")
        lines = [line for line in told.splitlines() if not line.startswith("#")]
        return list(csv.DictReader(lines))

    assert {(row["item"], row["not_covered"], row["members"]) for row in rows()} == {
        ("MASK-IIR", "1300", "2"), ("VENT-ICU", "20", "1"),
    }  # fmt: skip
    query = "?item=MASK-IIR&region=Africa&severity=2"
    [zambia] = rows(query)
    assert (zambia["member"], zambia["not_covered"], zambia["severity"], zambia["ready"]) == ("ZMB", "1000", "3", "")
    assert zambia["severity_source"].startswith("ACAPS") and zambia["severity_month"] == "2022-05-01"
    assert f"/en/respond/gaps.csv{query}" in shown(who, query[1:])
    assert rows("?needed_by=2028-01-01") == []
    assert world.at_the_browser(make.person("operator")).get("/en/respond/gaps.csv").status_code == 404


def test_a_line_in_detail_leads_to_an_offer(who: Client) -> None:
    page = html.unescape(who.get("/en/respond/lines?item=MASK-IIR").content.decode())
    assert page.count("/en/desk/offers/new?need=") == 2
    own = html.unescape(world.focal_point("CUB")[1].get("/en/respond/lines?item=MASK-IIR").content.decode())
    assert own.count("/en/desk/offers/new?need=") == 1, "nobody offers to itself"


# ── severity, as an index of others states it ────────────────────────────────
@pytest.mark.parametrize(
    ("query", "members"),
    [
        ("severity=3", {"ZMB"}), ("severity=4", set()), ("severity=2&region=Africa", {"ZMB"}),
        ("severity=2&region=SIDS", set()), ("severity=9", {"ZMB", "CUB"}), ("severity=x", {"ZMB", "CUB"}),
    ],
)  # fmt: skip
def test_gaps_are_narrowed_by_the_severity_that_others_state(who: Client, query: str, members: set[str]) -> None:
    page = shown(who, f"item=MASK-IIR&{query}")
    assert {code for code in ("ZMB", "CUB") if f"member={code}" in page} == members


def test_coverage_by_severity_is_over_what_one_may_see(who: Client) -> None:
    def rows(page: str) -> dict[str, list[str]]:
        table = page.partition("Coverage by severity")[2].partition("</table>")[0]
        cells = [re.findall(r"<span>([^<]*)</span>", row) for row in table.split("<tr")[2:]]
        names = [re.sub("<[^>]*>", "", row.partition("</th>")[0]).partition(">")[2] for row in table.split("<tr")[2:]]
        return dict(zip(names, cells, strict=True))

    page = shown(who)
    told = rows(page)
    assert list(told) == ["5 very high", "4 high", "3 medium", "2 low", "1 very low", "not stated"]
    assert told["3 medium"][:3] == ["1", "2", "100 %"] and told["not stated"][:2] == ["1", "1"]
    assert told["5 very high"] == ["0", "0", "–", "–"]
    assert "ACAPS: INFORM Severity Index, May 2022" in page and "(May 2022 to May 2022)" in page
    chair = world.at_the_browser(make.person("coordination"))
    seen = rows(html.unescape(chair.get("/en/coordination/catalogue/severity").content.decode()).replace("\u00a0", " "))
    assert seen["3 medium"][:2] == ["1", "2"] and seen["not stated"][:2] == ["1", "1"]
    own = rows(shown(world.focal_point("ZMB")[1]))
    assert own["3 medium"][:2] == ["0", "0"] and own["not stated"][:2] == ["1", "1"], "nobody closes a gap of its own"


def test_severity_stands_beside_the_member_with_its_month_and_source(who: Client) -> None:
    page = shown(who, "item=MASK-IIR&severity=2")
    assert "medium <bdi>2.9</bdi><br><small>May 2022</small>" in page and "Source: ACAPS" in page
    assert "not stated" in shown(who, "item=MASK-IIR"), "of Cuba the index says nothing"


# ── ready to ship ────────────────────────────────────────────────────────────
def confirmed(code: str) -> None:
    """A member's delivery profile with all that goods need, confirmed."""
    member, focal, approver = make.party(code), make.focal_point(code), make.approver(code)
    with make.as_(focal, at=world.now()):
        draft = profiles.save(GOODS, member=member, by=focal, at=world.now())
    with make.as_(approver, at=world.now()):
        profiles.confirm(draft, edits=draft.edits, by=approver, at=world.now())


def test_ready_to_ship_is_said_only_where_the_request_list_says_it(who: Client) -> None:
    confirmed("ZMB")
    confirmed("CUB")
    assert "ready to ship" not in shown(who, "item=MASK-IIR"), "no member has asked WHO"
    assert names(shown(who, "ready=1")) == set()
    make.asked(10, of="ZMB", to=("WHO",), at=world.now())
    page = shown(who, "item=MASK-IIR")
    assert page.count("ready to ship</span>") == 1
    narrowed = shown(who, "item=MASK-IIR&ready=1")
    assert "member=ZMB" in narrowed and "member=CUB" not in narrowed and "&ready=1" in narrowed
    # Ventilators want power and oxygen fittings, which nobody has stated.
    assert names(shown(who, "ready=1")) == {"MASK-IIR"}
    assert "ready to ship</span>" not in shown(who, "item=VENT-ICU")
    other = world.responder("UNICEF")[1]
    assert "ready to ship</span>" not in shown(other, "item=MASK-IIR") and names(shown(other, "ready=1")) == set()


def test_a_profile_that_waits_for_its_approver_readies_nothing(who: Client) -> None:
    focal = make.focal_point("ZMB")
    with make.as_(focal, at=world.now()):
        profiles.save(GOODS, member=make.party("ZMB"), by=focal, at=world.now())
    make.asked(10, of="ZMB", to=("WHO",), at=world.now())
    assert names(shown(who, "ready=1")) == set()


def test_more_members_and_items_ask_the_database_no_more_often(who: Client) -> None:
    def asks() -> int:
        with CaptureQueriesContext(connection) as found:
            shown(who, "item=MASK-IIR&severity=1&ready=1")
        return len(found)

    confirmed("ZMB")
    make.asked(10, of="ZMB", to=("WHO",), at=world.now())
    asks()
    before = asks()
    round_ = make.Round.objects.get()
    for code in ("KEN", "UGA", "MWI"):
        world.approved(make.line(quantity=10), make.line("GLOVE-EXAM", 10), round_=round_, of=code)
        make.released(code, at=world.now())
        confirmed(code)
        make.asked(10, of=code, to=("WHO",), at=world.now())
    assert asks() == before, "what a profile waits for is asked once, whoever is ready"
