"""Who may see: give, withdraw, hold back."""

from datetime import timedelta

import pytest
from tests import make
from tests.web import desk_world as world

from unmet.access.models import HoldBack, Release
from unmet.books.models import Account
from unmet.catalogue.models import Sector
from unmet.needs.models import Need

pytestmark = pytest.mark.django_db
PAGE = "/en/desk/ZMB/releases"


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def world_with_a_need():
    world.approved(make.line(), make.line("GRANT-PLAN", 9), round_=world.open_round())
    return world.approver()


def sector(code: str = "IPC") -> str:
    return f"sector:{Sector.objects.get(code=code).uuid}"


def form(**changes) -> dict:
    return {"subjects": [sector()], "level": "figures", "audience": "everyone", "until": "", **changes}


def test_by_default_nobody_sees_anything(world_with_a_need):
    page = text(world_with_a_need[1].get(PAGE))
    assert "Nothing is public." in page and "Nobody else sees anything" in page
    assert "What cannot be taken back:" in page and "checked" not in page.split('name="audience"')[1][:40]


def test_a_release_to_everyone_is_public_at_once_and_withdrawal_takes_it_back(world_with_a_need):
    _, browser = world_with_a_need
    last = world.today() + timedelta(days=40)
    answer = browser.post(PAGE, form(level="detail", until=last.isoformat()), follow=True)
    assert "1 permission given." in text(answer) and "1 need is public." in text(answer)
    release = Release.objects.get()
    assert (release.audience, release.level, release.until_on) == ("everyone", "detail", last)
    assert Account.objects.get(item__code="MASK-IIR").public
    browser.post(f"/en/desk/releases/{release.uuid}/withdraw")
    assert not Account.objects.filter(public=True).exists()
    again = browser.post(f"/en/desk/releases/{release.uuid}/withdraw", follow=True)
    assert "was withdrawn already" in text(again)


def test_one_need_is_released_to_named_parties(world_with_a_need):
    _, browser = world_with_a_need
    need = Need.objects.get(item__code="MASK-IIR")
    browser.post(PAGE, form(subjects=[f"need:{need.uuid}"], audience="named", named=["WHO", "CUB"]))
    release = Release.objects.get()
    assert release.subject == need.uuid and {party.code for party in release.named.all()} == {"WHO", "CUB"}
    assert not Account.objects.filter(public=True).exists()
    assert "World Health Organization" in text(browser.get(PAGE))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"subjects": []}, "Choose at least one sector or need."),
        ({"audience": "named"}, "Choose at least one party"),
        ({"audience": "named", "named": ["ZMB"]}, "not one of the available choices"),
        ({"until": (world.today() - timedelta(days=9)).isoformat()}, "The last day has passed already."),
        ({"until": "05/06/2027"}, "may mean"),
        ({"audience": ""}, "Choose to whom."),
        ({"subjects": ["sector:11111111-1111-4111-8111-111111111111"]}, "not one of the available choices"),
    ],
)
def test_what_is_not_clear_is_shown_again_with_what_was_chosen(world_with_a_need, changes, told):
    answer = world_with_a_need[1].post(PAGE, form(**changes))
    assert answer.status_code == 422 and told in text(answer) and "<title>Error:" in text(answer)
    assert not Release.objects.exists()


def test_a_need_is_held_back_and_let_go(world_with_a_need):
    _, browser = world_with_a_need
    browser.post(PAGE, form())
    need = Need.objects.get(item__code="MASK-IIR")
    address = f"/en/desk/needs/{need.uuid}/hold"
    browser.post(address, {"do": "hold"})
    browser.post(address, {"do": "hold"})
    assert not Account.objects.filter(public=True).exists() and HoldBack.objects.count() == 1
    assert "Stop holding back" in text(browser.get(PAGE))
    browser.post(address, {"do": "lift"})
    assert Account.objects.filter(public=True).count() == 1


def test_the_start_goes_to_the_one_member_or_lets_choose():
    world.open_round()
    _, browser = world.approver()
    assert browser.get("/en/desk/releases").headers["Location"] == PAGE
    _, responder = world.responder()
    assert "No member" in text(responder.get("/en/desk/releases"))


def test_a_focal_point_reads_but_may_not_release(world_with_a_need):
    need = Need.objects.first()
    make.released("ZMB", at=world.now())
    _, browser = world.focal_point()
    assert "You are not appointed as approver." in text(browser.get(PAGE))
    assert browser.post(PAGE, form()).status_code == 403
    assert browser.post(f"/en/desk/needs/{need.uuid}/hold").status_code == 403
    assert browser.post(f"/en/desk/releases/{Release.objects.get().uuid}/withdraw").status_code == 403


def test_for_another_member_none_of_it_exists(world_with_a_need):
    need = Need.objects.first()
    [release] = make.released("ZMB", at=world.now())
    for _, browser in (world.approver(world.OTHER), world.responder()):
        assert browser.get(PAGE).status_code == 404
        assert browser.post(PAGE, form()).status_code == 404
        assert browser.post(f"/en/desk/needs/{need.uuid}/hold").status_code == 404
        assert browser.post(f"/en/desk/releases/{release.uuid}/withdraw").status_code == 404
