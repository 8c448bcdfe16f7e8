"""The page of a member's own people: what became of each of its needs, released or not."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import make
from tests.figures import world as figures
from tests.web import desk_world as world

from unmet.books.models import Account
from unmet.needs import services as needs
from unmet.needs.models import Calculation, Statement
from unmet.support.models import Line

pytestmark = pytest.mark.django_db
PAGE = "/en/desk/ZMB/needs"


def page(browser, address: str = PAGE) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def cells(html: str, item: str = "MASK-IIR") -> dict[str, str]:
    """The cells of the first row about an item, by their heads; words only."""
    name = make.item(item).name
    row = next(row for row in re.findall(r'<tr role="row" id="need-.*?</tr>', html, re.DOTALL) if f">{name}</a>" in row)
    found = re.findall(r'<span class="l">(.*?)</span>(.*?)</td>', row, re.DOTALL)
    return {head: " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for head, cell in found}


def supported(*lines, round_, meant: bool = False) -> None:
    """Lines of support of WHO: (stage, quantity, expected arrival or None)."""
    for number, (stage, quantity, expected_on) in enumerate(lines):
        figures.support(
            stage, quantity, reference=f"R-{number}", round_=round_, at=world.now(), dated_on=world.today(),
            expected_on=expected_on, meant=meant,
        )  # fmt: skip


# ── what stands there ────────────────────────────────────────────────────────
def test_its_own_people_see_what_is_not_released_with_every_stage():
    round_ = world.open_round()
    world.approved(make.line(quantity=1450, rank=2), round_=round_)
    late, later = world.today() - timedelta(days=3), world.today() + timedelta(days=30)
    supported(("received", 320, None), ("committed", 200, late), ("committed", 50, later), round_=round_)
    for _, browser in (world.focal_point(), world.approver()):
        found = cells(page(browser))
        assert (found["Approved"], found["Received"], found["In transit"]) == ("1,450", "320", "0")
        assert found["Committed"] == "250 at risk 200"
        assert (found["Not covered"], found["Not yet in the country"]) == ("880", "1,130")
        assert found["Needed by"].endswith("Rank 2")
        assert found["State"] == "At risk in part"
        assert found["Seen by"] == "Nobody else"


def test_what_is_released_says_to_whom():
    world.approved(make.line(), make.line("TENT-16M2", 7), round_=world.open_round())
    make.released("ZMB", audience="members", at=world.now())
    html = page(world.focal_point()[1])
    assert cells(html)["Seen by"] == "All members"
    assert cells(html, "TENT-16M2")["Seen by"] == "Nobody else"


def test_a_pledge_stands_beside_and_covers_nothing():
    round_ = world.open_round()
    world.approved(make.line(quantity=1450), round_=round_)
    make.released("ZMB", at=world.now())
    supported(("pledged", 300, None), round_=round_)
    found = cells(page(world.focal_point()[1]))
    assert (found["State"], found["Not covered"]) == ("Open Pledged, not counted: 300", "1,450")
    assert found["Seen by"] == "Everyone"


def test_more_than_was_needed_is_shown_and_the_need_is_met():
    round_ = world.open_round()
    world.approved(make.line(quantity=100), round_=round_)
    supported(("received", 130, None), round_=round_)
    found = cells(page(world.focal_point()[1]))
    assert (found["State"], found["Not covered"]) == ("Met Over-covered by 30", "0")


def test_what_is_still_on_its_way_after_the_need_ended_is_shown_where_the_notice_leads():
    round_ = world.open_round()
    world.approved(make.line(quantity=100), round_=round_)
    supported(("committed", 80, None), round_=round_)
    world.approved(make.line(quantity=0), round_=round_)
    (_, focal), (_, giver) = world.focal_point(), world.responder()
    assert "Over-covered by 80" in cells(page(focal))["State"]
    address = f"/en/desk/support/{Line.objects.get().uuid}"
    fact = "More is committed, in transit or received for this need than is approved now."
    assert fact in page(focal, address) and 'href="/en/desk/ZMB/needs"' in page(focal, address)
    assert fact in page(giver, address) and "ask the member before more is sent" in page(giver, address)
    for browser in (focal, giver):
        assert "more than is needed now" in page(browser, "/en/desk/support")


def test_what_lapsed_is_not_over_covered():
    old = world.now() - timedelta(days=100)
    round_ = world.open_round("r-then", days_ago=300, freshness_days=30)
    make.approved([make.line(quantity=60)], of="ZMB", round_=round_, at=old)
    supported(("committed", 20, None), round_=round_, meant=True)
    assert "Over-covered" not in cells(page(world.focal_point()[1]))["State"]


def test_a_lapsed_need_shows_what_was_last_stated():
    round_ = world.open_round("r-then", days_ago=300, freshness_days=30)
    old = world.now() - timedelta(days=100)
    make.approved([make.line(quantity=60)], of="ZMB", round_=round_, at=old)
    found = cells(page(world.focal_point()[1]))
    assert found["State"] == "Last stated, not confirmed since Last stated: 60"
    assert (found["Approved"], found["Not covered"]) == ("0", "0")


def test_the_totals_are_the_members_own_and_say_what_is_unpriced():
    round_ = world.open_round()
    world.approved(make.line(quantity=100), make.line("TENT-16M2", 7), round_=round_)
    world.approved(make.line(quantity=5000), round_=round_, of="CUB")
    html = page(world.focal_point()[1])
    keys = dict(re.findall(r'<div><dt>(.*?)</dt><dd class="n[^"]*">([\d.,]+)', html))
    accounts = list(Account.objects.filter(member=make.party("ZMB")))
    assert keys["Needs open"] == "2" and keys["Needs met"] == "0"
    assert keys["Value approved"] == f"{round(sum(one.value_approved for one in accounts) / 100):,}"
    unpriced = sum(one.needs_unpriced for one in accounts)
    assert (f"{unpriced} need" in html and "unpriced, not in it" in html) == bool(unpriced)


def test_calculated_requested_reason_and_words_stand_beside_the_approved_quantity():
    round_ = world.open_round()
    return_ = world.submitted(make.line(quantity=900, stock=40_000, remark="For the north"), round_=round_)
    statement = Statement.objects.get()
    calculation = Calculation.objects.create(
        method="who-esft", version="2.1", inputs={}, inputs_digest="0" * 64, result={}, made_at=world.now()
    )
    Statement.objects.filter(pk=statement.pk).update(calculation=calculation, calculated=1_200_000)
    by = make.approver("ZMB")
    with make.as_(by, at=world.now()):
        changed = {statement.pk: needs.Change(800_000, "Halved")}
        needs.approve(return_, by=by, at=world.now(), revision=1, changes=changed)
    html = page(world.focal_point()[1])
    stated = html[html.index("What was stated and approved") :]
    for words in ("1,200", "who-esft", "version 2.1", "900", "800", ">40<", "Halved", "For the north"):
        assert words in stated
    assert '<a href="/en/desk/ZMB/r-now">' in stated


def test_nothing_yet_is_said_in_words_and_the_desk_leads_here():
    world.open_round()
    _, browser = world.focal_point()
    assert "No need is open" in page(browser)
    assert f'<a href="{PAGE}">' in page(browser, "/en/desk")
    assert f'<a href="{PAGE}" aria-current="page">' in page(browser)


def test_two_hundred_needs_are_a_page():
    round_ = world.open_round()
    areas = figures.places("ZMB", *(f"Area {number}" for number in range(201)))
    world.approved(*(make.line(quantity=5, place_id=area.pk) for area in areas), round_=round_)
    _, browser = world.focal_point()
    assert page(browser).count('id="need-') == 200
    assert page(browser, f"{PAGE}?page=2").count('id="need-') == 1
    for wrong in ("3", "0", "x", "-1", "²"):
        assert browser.get(f"{PAGE}?page={wrong}").status_code == 404


# ── whose page it is ─────────────────────────────────────────────────────────
def test_for_everybody_else_it_does_not_exist(client):
    world.approved(make.line(), round_=world.open_round())
    make.released("ZMB", at=world.now())
    for _, browser in (world.focal_point(world.OTHER), world.approver(world.OTHER), world.responder()):
        assert browser.get(PAGE).status_code == 404
    assert client.get(PAGE).headers["Location"].startswith("/en/account/login")


# ── cost ─────────────────────────────────────────────────────────────────────
def test_the_cost_does_not_grow_with_the_needs():
    round_ = world.open_round()
    world.approved(make.line(), round_=round_)
    supported(("committed", 5, world.today() - timedelta(days=3)), round_=round_)
    make.released("ZMB", at=world.now())
    _, browser = world.focal_point()
    page(browser)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(browser)
        return len(queries)

    before = cost()
    areas = figures.places("ZMB", *(f"Area {number}" for number in range(30)))
    world.approved(*(make.line(quantity=5, place_id=area.pk) for area in areas), round_=round_)
    assert cost() == before <= 30


@pytest.mark.parametrize(("days", "told"), [(20, True), (400, False)])
def test_a_need_that_lapses_within_a_month_says_when(days: int, told: bool) -> None:
    world.approved(make.line(quantity=1450), round_=world.open_round(freshness_days=days))
    _, browser = world.focal_point()
    assert ("Lapses on" in cells(page(browser))["State"]) == told
