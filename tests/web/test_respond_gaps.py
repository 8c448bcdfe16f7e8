"""Where a responder begins: the largest gaps by item, filtered; nothing is learnt of needs by asking for their days."""

import html
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests import make
from tests.web import desk_world as world

pytestmark = pytest.mark.django_db
LATE = date(2030, 1, 1)


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
    assert "member=ZMB" in everybody and "member=CUB" in everybody and "quantity=300000" in everybody
    africa = shown(who, "item=MASK-IIR&region=Africa")
    assert "member=ZMB" in africa and "member=CUB" not in africa and "&region=Africa" in africa
    islands = shown(who, "item=MASK-IIR&region=SIDS")
    assert "member=CUB" in islands and "member=ZMB" not in islands and "&region=SIDS" in islands
    assert '<option value="SIDS" selected>Small island developing States' in islands


def test_what_is_on_its_way_is_a_gap_still_by_the_other_figure(who: Client) -> None:
    round_ = make.Round.objects.get()
    giver, approver = make.person("responder", "UNDP"), make.approver("CUB")
    line: Any = {"reference": "U-1"}
    for by, stage in ((giver, "pledged"), (approver, "committed")):
        make.stated([make.support_line("UNDP", "CUB", stage, 300, **line)], by=by, round_=round_, at=world.now())
    assert "member=CUB" not in shown(who, "item=MASK-IIR")
    assert "member=CUB" in shown(who, "item=MASK-IIR&by=not_in_country")


def test_a_line_in_detail_leads_to_an_offer(who: Client) -> None:
    page = html.unescape(who.get("/en/respond/lines?item=MASK-IIR").content.decode())
    assert page.count("/en/desk/offers/new?need=") == 2
    own = html.unescape(world.focal_point("CUB")[1].get("/en/respond/lines?item=MASK-IIR").content.decode())
    assert own.count("/en/desk/offers/new?need=") == 1, "nobody offers to itself"
