"""The pages on which an item is proposed for a need in own words, confirmed or declined."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from tests import make
from tests.web.signing_in import demonstration, signed_in, somebody

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.needs import services as needs
from unmet.needs.models import ItemProposal, Need, Return, Statement

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LIST = "/en/coordination/own-words"
OWN = "/en/desk/ZMB/own-words"


@pytest.fixture
def need() -> Need:
    demonstration()
    round_ = make.round_(freshness_days=3660, window=(make.AT.date(), NOW.date().replace(year=NOW.year + 1)))
    line = make.line(
        item_id=None, words="Masks for nurses", quantity=40, unit_name="box of 50", quantity_typed="40", rank=3
    )
    make.approved([line], of="ZMB", round_=round_)
    return Need.objects.get(item=None)


def release(need: Need) -> None:
    approver = make.approver("ZMB")
    with make.as_(approver, at=NOW):
        needs.release(
            member=need.member, subjects=[("need", need.uuid)], level="detail", audience="coordination",
            until_on=None, by=approver, at=NOW,
        )  # fmt: skip


def chair() -> Client:
    return signed_in(somebody(Role.COORDINATION, "COORD"))


def test_from_the_proposal_to_the_books(need: Need) -> None:
    browser = chair()
    assert "Masks for nurses" not in browser.get(LIST).content.decode()
    assert browser.post(f"{LIST}/{need.uuid}", {"item": "MASK-IIR"}).status_code == 404
    release(need)
    page = browser.get(LIST).content.decode()
    assert "Masks for nurses" in page and 'value="MASK-IIR"' in page, "the search's best match stands in the field"
    answer = browser.post(f"{LIST}/{need.uuid}", {"item": "mask-iir", "note": "As in your letter"}, follow=True)
    assert "waits for the member" in answer.content.decode()
    focal = signed_in(somebody(Role.FOCAL_POINT, "ZMB"))
    assert "1 item proposed for a need in your own words" in focal.get("/en/desk").content.decode()
    page = focal.get(OWN).content.decode()
    assert "Coordination proposes: Medical mask, type IIR" in page and "As in your letter" in page
    address = f"{OWN}/{need.uuid}/MASK-IIR"
    form = focal.get(address).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    assert shown["quantity"] == "40" and dict(form.fields["unit"].choices)[shown["unit"]].startswith("box of 50")
    assert focal.post(address, shown).status_code == 302
    pending = Return.objects.pending().get()
    assert not Account.objects.filter(approved__gt=0).exists()
    approver = signed_in(somebody(Role.APPROVER, "ZMB"))
    page = approver.get(f"/en/desk/returns/{pending.uuid}/approve").content.decode()
    assert "Medical mask" in page and "2,000" in page
    approver.post(f"/en/desk/returns/{pending.uuid}/approve", {"revision": pending.revision})
    assert Account.objects.get(approved__gt=0).approved == 2_000_000
    assert Statement.objects.get(need=need, newest=True).requested == 0
    assert "No need stands in own words" in focal.get(OWN).content.decode()
    assert "No need in own words is shown to you" in browser.get(LIST).content.decode()
    assert focal.get(address).status_code == 404


def test_declined(need: Need) -> None:
    release(need)
    browser, focal = chair(), signed_in(somebody(Role.FOCAL_POINT, "ZMB"))
    browser.post(f"{LIST}/{need.uuid}", {"item": "APRON"})
    [proposal] = ItemProposal.objects.all()
    answer = focal.post(f"{OWN}/{proposal.uuid}/decline", {"reason": "We mean masks"}, follow=True)
    assert "The need stays in your own words" in answer.content.decode()
    assert "Declined before" in answer.content.decode()
    page = browser.get(LIST).content.decode()
    assert "We mean masks" in page and "The member declined Apron, disposable" in page
    answer = focal.post(f"{OWN}/{proposal.uuid}/decline", follow=True)
    assert "Somebody answered this proposal meanwhile" in answer.content.decode()
    assert focal.post(f"{OWN}/{need.uuid}/decline").status_code == 404


def test_who_finds_nothing_fitting_among_what_the_search_finds_reads_how_to_go_on(need: Need) -> None:
    focal = signed_in(somebody(Role.FOCAL_POINT, "ZMB"))
    page = focal.get(OWN).content.decode()
    assert "What the search finds" in page and "None of these?" in page and "/en/desk/ZMB/releases" in page
    release(need)
    chair().post(f"{LIST}/{need.uuid}", {"item": "MASK-IIR"})
    assert "None of these?" not in focal.get(OWN).content.decode(), "a proposal waits"


def test_what_the_search_finds_is_picked_without_coordination_and_the_total_is_asked_for(need: Need) -> None:
    make.approved([make.line("MASK-IIR", 500)], of="ZMB", round_=Return.objects.get().round)
    focal = signed_in(somebody(Role.FOCAL_POINT, "ZMB"))
    assert f"{OWN}/{need.uuid}/MASK-IIR" in focal.get(OWN).content.decode()
    answer = focal.get(f"{OWN}/{need.uuid}/MASK-IIR")
    page, form = answer.content.decode(), answer.context["form"]
    assert "Stated already of this item there: 500" in page and form["quantity"].value() == "2500"
    shown = {name: form[name].value() for name in form.fields}
    for wrong in ({"quantity": "0"}, {"quantity": "0.5"}, {"quantity": "many"}, {"unit": "99"}):
        answer = focal.post(f"{OWN}/{need.uuid}/MASK-IIR", {**shown, **wrong})
        assert answer.status_code == 422 and 'class="sum"' in answer.content.decode(), wrong
    assert focal.post(f"{OWN}/{need.uuid}/MASK-IIR", shown).status_code == 302
    newest = dict(Statement.objects.filter(newest=True).values_list("need__item__code", "requested"))
    assert newest == {"MASK-IIR": 2_500_000, None: 0}


def test_refusals_of_the_pages(need: Need) -> None:
    release(need)
    browser, focal = chair(), signed_in(somebody(Role.FOCAL_POINT, "ZMB"))
    answer = browser.post(f"{LIST}/{need.uuid}", {"item": "NONE"}, follow=True)
    assert "Nothing here has the code" in answer.content.decode()
    assert focal.get(f"{OWN}/{need.uuid}/NONE").status_code == 404
    assert signed_in(somebody(Role.FOCAL_POINT, "CUB")).get(OWN).status_code == 404
    round_ = Return.objects.get().round
    round_.asked.exclude(sector__code="SHEL").delete()
    answer = focal.get(f"{OWN}/{need.uuid}/MASK-IIR", follow=True)
    assert "No open round asks about the sector" in answer.content.decode()


def test_an_approver_may_let_coordination_see_a_need_in_own_words(need: Need) -> None:
    page = signed_in(somebody(Role.APPROVER, "ZMB")).get("/en/desk/ZMB/releases").content.decode()
    assert re.search(rf'value="need:{need.uuid}"', page) and "masks for nurses" in page
