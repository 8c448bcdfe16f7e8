"""Extracts of needs by pages: made, downloaded, sent, acknowledged, used; what each member learns of them."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.support.models import Extract
from unmet.web import formats

pytestmark = pytest.mark.django_db
AT = "/en/desk/extracts"


class Pages:
    """Zambia with a need for everyone and one for WHO alone, and everybody's browser."""

    def __init__(self, settings: Any, folder: Any) -> None:
        settings.MEDIA_ROOT = folder
        self.round = world.open_round()
        world.approved(make.line(quantity=1000), make.line("VENT-ICU", 20), round_=self.round)
        make.released("ZMB", sectors=["IPC"], at=world.now())
        make.released("ZMB", sectors=["CASE"], audience="named", named=[make.party("WHO")], at=world.now())
        self.focal, self.who, self.unicef = world.focal_point()[1], world.responder()[1], world.responder("UNICEF")[1]
        self.chair = world.at_the_browser(make.person(Role.COORDINATION))

    def made(self, **changes: Any) -> Extract:
        """What the form makes."""
        answer = self.chair.post(f"{AT}/new", {"maker": "COORD", "recipient": "WHO", **changes})
        assert answer.status_code == 302, text(answer)
        return Extract.objects.latest("pk")

    def note(self, browser: Any, extract: Extract, kind: str, **sent: str) -> Any:
        """Send one of the forms of its page."""
        said = {"dated_on": formats.day(world.today()), "office": "Supply desk", "text": "By e-mail", **sent}
        return browser.post(f"{AT}/{extract.uuid}/{kind}", {f"{kind}-{name}": value for name, value in said.items()})


@pytest.fixture
def pages(settings: Any, tmp_path: Any) -> Pages:
    """See `Pages`."""
    return Pages(settings, tmp_path / "files")


def text(answer: Any, status: int | None = None) -> str:
    """The words of a page."""
    assert status in (None, answer.status_code)
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def test_an_extract_is_made_sent_acknowledged_and_used(pages: Pages) -> None:
    assert "No extract yet" in text(pages.chair.get(AT), 200)
    extract = pages.made()
    page = f"{AT}/{extract.uuid}"
    shown = text(pages.chair.get(page), 200)
    assert (
        extract.file.sha256 in shown.replace("<wbr>", "")
        and "Not sent yet" in shown
        and "State that it was acknowledged" not in shown
    )
    assert pages.who.get(page).status_code == 404
    assert pages.note(pages.chair, extract, "sent").status_code == 302
    table = b"".join(pages.who.get(f"{page}/file").streaming_content).decode()
    assert "MASK-IIR" in table and "VENT-ICU" not in table, "coordination does not see what WHO alone may"
    assert pages.note(pages.who, extract, "acknowledged").status_code == 302
    assert pages.note(pages.who, extract, "used", text="For a plan", rows_used="1").status_code == 302
    shown = text(pages.chair.get(page), 200)
    assert "For a plan" in shown and "1 row used" in shown and "Stated by World Health Organization" in shown
    assert "sent your party an extract of 1 need" in text(pages.who.get("/en/desk/inbox"))


def test_a_member_makes_its_own_and_learns_of_those_of_others(pages: Pages) -> None:
    pages.note(pages.chair, pages.made(), "sent")
    listed = text(pages.focal.get(AT), 200)
    assert "Extracts that held rows of yours" in listed and "By e-mail" not in listed
    answer = pages.focal.post(f"{AT}/new", {"maker": "ZMB", "recipient": "WHO", "emergency": "", "sectors": ["CASE"]})
    own = Extract.objects.latest("pk")
    assert answer.url == f"{AT}/{own.uuid}"
    assert b"VENT-ICU" in b"".join(pages.focal.get(f"{AT}/{own.uuid}/file").streaming_content)
    assert pages.chair.get(f"{AT}/{own.uuid}").status_code == 404


def test_refusals_keep_what_was_typed(pages: Pages) -> None:
    sent = {"maker": "COORD", "recipient": "WHO", "sectors": ["SHEL"]}
    refused = text(pages.chair.post(f"{AT}/new", sent), 422)
    assert "may see none of these needs" in refused and re.search(r'value="SHEL"[^>]* checked', refused)
    assert "Choose a body other than" in text(pages.focal.post(f"{AT}/new", {"maker": "ZMB", "recipient": "ZMB"}), 422)
    assert pages.chair.post(f"{AT}/new", {"maker": "ZMB", "recipient": "WHO"}).status_code == 422
    extract = pages.made()
    before = formats.day(world.today() - timedelta(days=40))
    refused = text(pages.note(pages.chair, extract, "sent", dated_on=before, text="By courier"), 422)
    assert "lies before what it follows" in refused and "By courier" in refused
    assert 'href="#id_sent-dated_on"' in refused and 'id="id_sent-dated_on"' in refused
    pages.note(pages.chair, extract, "sent")
    pages.note(pages.who, extract, "acknowledged")
    for rows in ("1.5", "9"):
        assert "at most as many as the extract holds" in text(
            pages.note(pages.who, extract, "used", rows_used=rows), 422
        )


def test_whose_page_it_is(pages: Pages) -> None:
    extract = pages.made()
    pages.note(pages.chair, extract, "sent")
    for browser in (pages.unicef, pages.focal, world.focal_point("CUB")[1]):
        assert [browser.get(f"{AT}/{extract.uuid}{tail}").status_code for tail in ("", "/file")] == [404, 404]
        assert pages.note(browser, extract, "used").status_code == 404
    assert pages.unicef.get(f"{AT}/new").status_code == 404
    assert pages.note(pages.who, extract, "nonsense").status_code == 404
