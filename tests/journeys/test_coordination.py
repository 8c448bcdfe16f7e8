"""The chair's team plans a round, looks after appointments and the catalogue; the operator looks and keeps a backup."""

import html
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.conftest import Site

COORDINATION = "Coordination of the Movement (the chair’s team), coordination"
# A terminal as the guides show it. No style of the site: this is no page of ours.
TERMINAL = (
    "<body style='margin:0;background:#11181d'><pre style='margin:16px;font:13px/1.45 monospace;color:#ece8df'>{}"
)


def test_coordination_plans_a_round_that_waits_to_be_opened(
    open_page: Callable[..., Page], site: Site, picture: Callable[[Page, str], None]
) -> None:
    page = open_page(who=COORDINATION)
    page.goto("/en/coordination/rounds")
    picture(page, "rounds")
    page.get_by_role("link", name="Plan a round").click()
    page.select_option("[name=emergency]", "covid-19")
    page.fill("[name=code]", "guide-round")
    for language in ("en", "ar", "es", "fr"):
        page.fill(f"[name=name_{language}]", f"Round of the guide ({language})")
    year = date.today().year + 1  # noqa: DTZ011
    days = {
        "window_from": "1 February",
        "window_until": "28 February",
        "period_from": "1 March",
        "period_until": "31 August",
    }
    for name, day in days.items():
        page.fill(f"[name={name}]", f"{day} {year}")
    page.locator("[name=sectors]").first.check()
    page.evaluate("scrollTo(0, 0)")
    picture(page, "round-plan")
    page.get_by_role("button", name="Plan this round").click()
    page.wait_for_url("**/coordination/rounds")
    row = page.locator("tr", has_text="guide-round")
    assert row.get_by_role("button", name="Open to all members").is_visible()
    assert {told["code"]: told["state"] for told in site.told("rounds")}["guide-round"] == "planned"


def test_coordination_sees_whom_it_appointed_and_the_catalogue(
    open_page: Callable[..., Page], picture: Callable[[Page, str], None]
) -> None:
    page = open_page(who=COORDINATION)
    page.goto("/en/coordination/appointments")
    assert page.get_by_role("heading", name="Propose an appointment").is_visible()
    picture(page, "appointments")
    page.goto("/en/coordination/catalogue")
    assert page.locator("main table a").count() > 20
    picture(page, "catalogue")


def test_an_operator_looks_keeps_a_backup_and_tries_it(
    open_page: Callable[..., Page], site: Site, tmp_path: Path, picture: Callable[[Page, str], None]
) -> None:
    said = []
    for words in (["doctor", "--books"], ["backup", str(tmp_path)]):
        done = site.command(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append((words, done.stdout))
    [kept] = tmp_path.glob("unmet-*.zip")
    done = site.command("backup", str(kept), "--verify")
    assert done.returncode == 0 and "The books are proved" in done.stdout
    said.append((["backup", str(kept), "--verify"], done.stdout))
    shown = "\n".join(f"$ unmet {' '.join(words)}\n{out}" for words, out in said)
    shown = shown.replace(str(tmp_path), "/backups").replace(site.data.name, "data")
    page = open_page(width=900)
    page.set_viewport_size({"width": 900, "height": 700})
    page.set_content(TERMINAL.format(html.escape(shown)))
    picture(page, "operator")
    assert json.loads(site.read("/healthz"))["ok"] is True
