"""The page on which an approver pauses, resumes, confirms or ends a need."""

import re
from datetime import timedelta

import pytest
from tests import make
from tests.web import desk_world as world

from unmet.books.models import Account, Movement
from unmet.needs.models import Need, StandingChange

pytestmark = pytest.mark.django_db
OWN = "/en/desk/ZMB/needs"


def stated(*lines, days_ago: int = 0, **round_) -> Need:
    """The first of some needs of Zambia that stand, approved so long ago."""
    of = world.open_round(days_ago=days_ago + 30, **round_)
    make.approved(list(lines) or [make.line()], of="ZMB", round_=of, at=world.now() - timedelta(days=days_ago))
    return Need.objects.order_by("pk")[0]


def address(need: Need) -> str:
    return f"/en/desk/needs/{need.uuid}/standing"


def press(browser, need: Need, do: str, **more: str):
    return browser.post(address(need), {"do": do, **more}, follow=True)


def out(need: Need) -> int | None:
    return Account.objects.get(subject=need.uuid, closed=False).out_by


def test_paused_with_a_reason_and_resumed() -> None:
    need = stated()
    _, browser = world.approver()
    page = browser.get(address(need)).content.decode()
    assert "It stands: 1,000" in page and "Resume this need" not in page
    done = press(browser, need, "pause", reason="A donor <b>promised</b> it").content.decode()
    assert "Paused. The need counts in no total" in done and "A donor &lt;b&gt;promised&lt;/b&gt; it" in done
    assert out(need) == Movement.PAUSED and "Last stated: 1,000" in done
    page = browser.get(address(need)).content.decode()
    assert "It is paused. Last stated: 1,000" in page and "Pause this need" not in page
    assert "Resumed." in press(browser, need, "resume").content.decode()
    assert out(need) is None


def test_without_a_reason_the_page_says_so_where_it_was_typed() -> None:
    need = stated()
    answer = press(world.approver()[1], need, "pause", reason=" ")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert '<a href="#pause-reason">Please write why.</a>' in page and 'id="pause-reason-e"' in page
    assert out(need) is None


def test_pressing_twice_is_once_and_says_what_happened() -> None:
    need = stated()
    _, browser = world.approver()
    press(browser, need, "pause", reason="Wait")
    answer = press(browser, need, "pause", reason="Wait")
    assert answer.status_code == 422 and "cannot be paused" in answer.content.decode()
    assert StandingChange.objects.count() == 1


def test_the_two_endings() -> None:
    need = stated(make.line(), make.line(place_name="North"), make.line("GLOVE-EXAM"))
    north = Need.objects.get(place__own_name="North")
    _, browser = world.approver()
    page = browser.get(address(need)).content.decode()
    assert str(north.uuid) in page and page.count("<option") == 1
    refused = press(browser, need, "duplicate", same_as="nonsense")
    assert refused.status_code == 422 and '<a href="#same-as">' in refused.content.decode()
    assert press(browser, need, "duplicate", same_as=str(need.uuid)).status_code == 422
    assert "Ended: it is the same" in press(browser, need, "duplicate", same_as=str(north.uuid)).content.decode()
    assert "To open it again, state it in a return." in browser.get(address(need)).content.decode()
    assert "Ended: your party" in press(browser, north, "covered", reason="Bought").content.decode()
    assert (out(need), out(north)) == (Movement.DUPLICATE, Movement.COVERED_NATIONALLY)
    assert "Ended: covered by the member itself" in browser.get(OWN).content.decode()


def test_a_focal_point_reads_and_decides_nothing() -> None:
    need = stated()
    _, browser = world.focal_point()
    page = browser.get(address(need)).content.decode()
    assert "An approver of your party decides this" in page
    buttons = re.findall(r'<button class="btn[^>]*>([^<]+)', page.split("</h1>")[1])
    assert buttons == ["Stop sending"], "that alone is everybody's who states needs"
    assert press(browser, need, "pause", reason="Wait").status_code == 403
    assert browser.post(f"{OWN}/confirm", {"need": "all"}).status_code == 403


def test_somebody_elses_need_and_an_unknown_deed_are_not_there() -> None:
    need = stated()
    assert world.approver("CUB")[1].get(address(need)).status_code == 404
    assert press(world.approver()[1], need, "explode").status_code == 404


def test_one_click_confirms_all_that_lapsed_or_lapse_soon() -> None:
    need = stated(make.line(), make.line("GLOVE-EXAM"), days_ago=100, code="r-old", freshness_days=90)
    _, browser = world.approver()
    page = browser.get(OWN).content.decode()
    assert "2 needs have lapsed, or lapse within a month" in page and out(need) == Movement.LAPSED
    assert (
        "Confirmed as they were: 2 needs."
        in browser.post(f"{OWN}/confirm", {"need": "all"}, follow=True).content.decode()
    )
    row = Account.objects.get(subject=need.uuid, closed=False)
    assert (row.out_by, row.approved, row.last_stated) == (None, 1_000_000, 0)
    again = browser.post(f"{OWN}/confirm", {"need": "all"}, follow=True).content.decode()
    assert "No need was chosen, so nothing was confirmed." in again


def test_one_click_confirms_one() -> None:
    need = stated(make.line(), make.line("GLOVE-EXAM"), days_ago=100, code="r-old", freshness_days=90)
    _, browser = world.approver()
    browser.get(OWN)
    pk = str(Account.objects.get(subject=need.uuid).pk)
    assert f'name="need" value="{pk}"' in browser.get(OWN).content.decode()
    browser.post(f"{OWN}/confirm", {"need": pk})
    assert sorted(Account.objects.values_list("out_by", flat=True), key=str) == [Movement.LAPSED, None]
    for wrong in ("x", "99999999", "", "1" * 5000):
        assert "No need was chosen" in browser.post(f"{OWN}/confirm", {"need": wrong}, follow=True).content.decode()


def test_the_public_page_of_the_member_shows_what_was_last_stated_and_no_reason() -> None:
    need = stated()
    make.released("ZMB", at=world.now())
    _, browser = world.approver()
    press(browser, need, "pause", reason="Zebra")
    for page in ("/en/members/ZMB", "/en/items/MASK-IIR", "/en/needs?lapsed=1"):
        html = browser.get(page).content.decode()
        assert "Zebra" not in html, page
    member = browser.get("/en/members/ZMB").content.decode()
    assert "Last stated, not counted now" in member and "Paused by the member" in member
    assert "Last stated" in browser.get("/en/items/MASK-IIR").content.decode()
