"""Progress: from a held consignment and an ageing request to their pages and files; nobody reads what is another's."""

import csv
import io
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Site, press
from tests.journeys.test_coordination import COORDINATION

LANGUAGES = ("en", "ar")
MEMBER, RESPONDER = "Zambia, focal point", "World Health Organization, responder"
HELD, OWN = "DEMO-071-4420 1876", "DEMO-157-1102 3345"  # UNDP's consignment for Zambia; WHO's


def rows(page: Page, path: str) -> list[dict[str, str]]:
    """The rows of a file that the person downloads."""
    answer = page.request.get(path)
    assert answer.status == 200
    return list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_and_what_waits_is_followed_to_its_page(
    language: str, site: Site, open_page: Callable[..., Page], picture: Callable[[Page, str], None]
) -> None:
    progress = f"/{language}/desk/progress"
    member = open_page(who=MEMBER, language=language, width=375, javascript=False)
    member.goto(progress)
    assert member.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(member.locator("#held tbody a", has_text=HELD))
    assert HELD in member.inner_text("main") and "/desk/consignments/" in member.url
    box = member.url
    assert [row["waybill"] for row in rows(member, f"{progress}/held.csv")] == [HELD]

    chair = open_page(who=COORDINATION, language=language)
    chair.goto(progress)
    picture(chair, f"progress-{language}")
    assert HELD not in chair.content() and OWN not in chair.content(), "sums of what is at risk, and no consignment"
    assert chair.locator("#at-risk").count() == 1 and len(rows(chair, f"{progress}/at-risk.csv")) >= 1
    assert chair.goto(box).status == 404  # type: ignore[union-attr]

    responder = open_page(who=RESPONDER, language=language, width=375, javascript=False)
    responder.goto(progress)
    assert HELD not in responder.content(), "another's box"
    sent = rows(responder, f"{progress}/not-received.csv")
    assert sent and {row["giver"] for row in sent} == {"WHO"}
    assert responder.goto(f"{progress}/at-risk").status == 404  # type: ignore[union-attr]
    responder.goto(progress)
    press(responder.locator("#requests tbody a").first)
    assert "/desk/requests/" in responder.url
    waiting = rows(responder, f"{progress}/requests.csv")
    assert waiting and all(row["member"] for row in waiting)
