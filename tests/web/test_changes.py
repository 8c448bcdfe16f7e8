"""The page "What changed" and its file, as a responder uses them."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.utils import timezone
from tests import make
from tests.web import desk_world as world
from tests.web.test_desk_inbox import text

from unmet.catalogue.models import ItemCode
from unmet.needs.models import Need
from unmet.notices.models import Reading
from unmet.web.respond.changes import monday

pytestmark = pytest.mark.django_db
PAGE = "/en/respond/changes"


@pytest.fixture
def round_():
    """Zambia needs ventilators in two places, which everyone sees, since a little while."""
    found = world.open_round()
    world.approved(make.line("MASK-IIR", 1000), make.line("VENT-ICU", 50), round_=found)
    make.released(world.MEMBER, sectors=["CASE", "IPC"], at=world.now())
    ItemCode.objects.create(item=make.item("MASK-IIR"), system="Our ERP", code="4711")
    return found


def rows(browser, query=""):
    """The file as rows."""
    answer = browser.get(f"{PAGE}.csv{query}")
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_since_monday_everything_is_new_and_the_file_says_the_same(round_):
    _, browser = world.responder()
    page = text(browser.get(PAGE))
    assert "Shown to you since: 2" in page or "New need: 2" in page
    [masks, ventilators] = sorted(rows(browser), key=lambda row: row["item"])
    assert (masks["member"], masks["item"], masks["approved"], masks["own_code"]) == ("ZMB", "MASK-IIR", "1000", "")
    assert ventilators["need"] == str(Need.objects.get(item__code="VENT-ICU").uuid)
    assert masks["note"].startswith("DEMONSTRATION")


def test_the_codes_of_ones_own_system_are_kept(round_):
    person, browser = world.responder()
    assert "Our ERP" in browser.get(PAGE).content.decode()
    answer = browser.post(PAGE, {"since": "", "system": "Our ERP"}, follow=True)
    assert "4711" in text(answer) and Reading.objects.get(person=person).system == "Our ERP"
    assert {row["item"]: row["own_code"] for row in rows(browser)} == {"MASK-IIR": "4711", "VENT-ICU": ""}
    other, _ = world.responder()
    assert not Reading.objects.filter(person=other).exists()
    assert browser.post(PAGE, {"since": "", "system": "Nobody's"}).status_code == 422
    assert Reading.objects.get(person=person).system == "Our ERP"


def test_it_begins_where_one_last_read(round_):
    _, browser = world.responder()
    shown = browser.get(PAGE)
    world.approved(make.line("MASK-IIR", 800), round_=round_)
    browser.post(PAGE, {"do": "read", "until": shown.context["read"]})
    page = text(browser.get(PAGE))
    assert "Since you last read it" in page and "Quantity revised: 1" in page and "1,000 800" in page
    assert "1 row." in text(browser.get(f"{PAGE}?what=revised"))
    assert browser.get(f"{PAGE}?what=everything").status_code == 404
    [row] = rows(browser)
    assert (row["change"], row["approved_before"], row["approved"]) == ("revised", "1000", "800")
    browser.post(PAGE, {"do": "read", "until": browser.get(PAGE).context["read"]})
    assert "Nothing changed" in text(browser.get(PAGE))
    browser.post(PAGE, {"do": "read", "until": shown.context["read"]})
    assert "Nothing changed" in text(browser.get(PAGE)), "never back"
    first = monday(timezone.now().date())
    assert len(rows(browser, f"?since={first.isoformat()}")) == 2


@pytest.mark.parametrize("until", ["", "x", "[]"])
def test_a_made_up_end_does_not_exist(round_, until):
    _, browser = world.responder()
    assert browser.post(PAGE, {"do": "read", "until": until}).status_code == 404
    assert not Reading.objects.exists()


def test_another_day_is_typed_as_people_type_it(round_):
    _, browser = world.responder()
    day = timezone.now().date() - timedelta(days=3)
    answer = browser.post(PAGE, {"since": f"{day:%d %B %Y}", "system": ""})
    assert answer["Location"] == f"{PAGE}?since={day.isoformat()}"
    refused = browser.post(PAGE, {"since": "the day before", "system": ""})
    assert refused.status_code == 422 and "the day before" in refused.content.decode()
    assert browser.get(f"{PAGE}?since=yesterday").status_code == 404


def test_requests_and_stop_sending_stand_above(round_):
    make.asked(5, of=world.MEMBER, to=["WHO"], at=world.now())
    _, browser = world.responder()
    assert "A request asks you Request for assistance of Zambia" in text(browser.get(PAGE))
    assert [row["change"] for row in rows(browser) if row["request"]] == ["request_sent"]
    _, other = world.responder("UNDP")
    assert "A request asks you" not in text(other.get(PAGE))


def test_the_menu_of_a_responder_and_the_inbox_lead_there(round_):
    _, browser = world.responder()
    assert f'href="{PAGE}"' in browser.get("/en/respond").content.decode()
    _, focal = world.focal_point()
    assert f'href="{PAGE}"' in focal.get("/en/desk/inbox").content.decode()
    assert "Nothing changed" in text(focal.get(PAGE)), "one's own needs are no news"


@pytest.mark.parametrize(
    ("today", "before"),
    [
        (date(2026, 7, 1), date(2026, 6, 29)),
        (date(2026, 6, 29), date(2026, 6, 22)),
        (date(2026, 7, 5), date(2026, 6, 29)),
    ],
)
def test_the_last_monday(today, before):
    assert monday(today) == before
