"""A letter from the scan to the return: typed by coordination or a named office, adopted or left aside."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests import make
from tests.files import samples
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.files.models import Attachment
from unmet.needs.models import Draft, LetterOffice, Proposal, Return, Statement
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Any, settings: Any) -> None:
    """A folder of this test."""
    settings.MEDIA_ROOT = tmp_path


def coordination() -> tuple[Person, Client]:
    """Somebody of the chair's team, and his or her browser."""
    person = make.person(Role.COORDINATION)
    return person, world.at_the_browser(person)


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def take_in(browser: Client, *, content: bytes = samples.PDF, **changes: Any) -> Any:
    """What the form that takes in a letter is answered."""
    sent = {
        "member": "ZMB", "round": "r-now", "kind": "note_verbale", "reference": "NV/118",
        "dated_on": (world.today() - timedelta(days=3)).isoformat(), "file": SimpleUploadedFile("note.pdf", content),
    }  # fmt: skip
    return browser.post("/en/desk/letters/new", sent | changes)


def typed(browser: Client, *rows: dict[str, str], do: str = "propose", **more: str) -> Any:
    """What the grid of the newest letter is answered."""
    proposal = Proposal.objects.latest("pk")
    sent = world.grid(*rows, do=do, version=proposal.version, **more)
    return browser.post(f"/en/desk/letters/{proposal.uuid}/lines", sent)


MASKS = {"item": "MASK-IIR", "quantity": "4 000", "remark": "As in the letter"}


def proposed(browser: Client) -> Proposal:
    """A letter of Zambia that waits for it."""
    world.open_round()
    take_in(browser)
    answer = typed(browser, MASKS)
    assert answer.status_code == 302, text(answer)
    return Proposal.objects.get()


def test_a_letter_becomes_a_return_that_a_third_person_approves():
    typist, browser = coordination()
    proposal = proposed(browser)
    adopter, desk = world.approver()
    assert "A letter that" in text(desk.get("/en/desk"))
    page = text(desk.get(f"/en/desk/letters/{proposal.uuid}"))
    assert "4 000" in page and "As in the letter" in page and "note.pdf" in page and "NV/118" in page
    scan = Attachment.objects.get()
    assert b"".join(desk.get(f"/en/desk/attachments/{scan.uuid}").streaming_content) == samples.PDF
    answer = desk.post(f"/en/desk/letters/{proposal.uuid}/adopt", {"do": "edit"})
    assert answer.headers["Location"] == "/en/desk/ZMB/r-now/lines"
    draft = Draft.objects.get()
    grid = text(desk.get("/en/desk/ZMB/r-now/lines"))
    assert "4 000" in grid and make.item("MASK-IIR").name in grid
    row = {**draft.rows[0], "quantity": "4500"}
    desk.post("/en/desk/ZMB/r-now/lines", world.grid(row, do="send", version=draft.version))
    return_ = Return.objects.get()
    assert set(return_.entered_by.all()) == {typist, adopter} and Statement.objects.get().requested == 4_500_000
    assert "Typed by" in text(desk.get("/en/desk/ZMB/r-now"))
    assert "another approver of your party must approve" in text(desk.get(f"/en/desk/returns/{return_.uuid}/approve"))
    _, second = world.approver()
    second.post(f"/en/desk/returns/{return_.uuid}/approve", {"revision": 1})
    return_.refresh_from_db()
    assert return_.state == Return.State.APPROVED
    told = text(browser.get(f"/en/desk/letters/{proposal.uuid}"))
    assert "Adopted by the member" in told and "4500" not in told and "The return it became" not in told


def test_the_member_reads_its_lines_in_its_own_language_whoever_typed_them():
    _, browser = coordination()
    proposal = proposed(browser)
    _, desk = world.focal_point()
    page = text(desk.get(f"/ar/desk/letters/{proposal.uuid}"))
    assert "قطعة" in page and ">piece<" not in page
    assert not re.search(r">\d{4}-\d\d-\d\d<", page), "a day is written as the reader writes it"
    desk.post(f"/ar/desk/letters/{proposal.uuid}/adopt", {"do": "edit"})
    assert Draft.objects.get().rows[0]["unit"] == "قطعة"


def test_it_can_be_adopted_and_sent_in_one_step():
    _, browser = coordination()
    proposal = proposed(browser)
    answer = world.focal_point()[1].post(f"/en/desk/letters/{proposal.uuid}/adopt", {"do": "send"})
    assert answer.status_code == 302 and Statement.objects.get().remark == "As in the letter"
    proposal.refresh_from_db()
    assert proposal.into == Return.objects.get() and not Draft.objects.exists()


def test_it_is_left_aside_with_a_reason_that_the_typist_reads():
    _, browser = coordination()
    proposal = proposed(browser)
    desk = world.focal_point()[1]
    desk.post(f"/en/desk/letters/{proposal.uuid}/ignore", {"reason": "We wrote <again>"})
    page = browser.get(f"/en/desk/letters/{proposal.uuid}").content.decode()
    assert "We wrote &lt;again&gt;" in page and "Left aside by the member" in page
    assert "meanwhile" in text(desk.post(f"/en/desk/letters/{proposal.uuid}/adopt", {"do": "edit"}))
    own = text(desk.get(f"/en/desk/letters/{proposal.uuid}"))
    assert "You may adopt it after all" in own and 'name="after_all"' in own and "Leave it aside" not in own
    after_all = desk.post(f"/en/desk/letters/{proposal.uuid}/adopt", {"do": "edit", "after_all": "1"})
    assert after_all.status_code == 302 and len(Draft.objects.get().rows) == len(proposal.rows) > 0


def test_what_is_typed_is_kept_faults_included_and_asked_about():
    _, browser = coordination()
    world.open_round()
    take_in(browser)
    answer = typed(browser, {"item": "MASK-IIR", "quantity": "1,250"})
    assert answer.status_code == 422 and "answer.decimal.quantity" in text(answer)
    assert Proposal.objects.get().rows == [{"item": "MASK-IIR", "quantity": "1,250"}]
    answer = typed(browser, {"item": "MASK-IIR", "quantity": "1,250"}, **{"answer.decimal.quantity": "."})
    assert answer.status_code == 302, text(answer)
    proposal = Proposal.objects.get()
    assert proposal.rows[0]["quantity"].replace("\u00a0", "") == "1250" and "decimal.quantity" not in proposal.answers


def test_own_words_and_new_places_of_a_letter_are_not_asked_about_again():
    _, browser = coordination()
    world.open_round()
    take_in(browser)
    row = {"item": "Lamps of the old kind", "quantity": "12", "place": "Copperbelt"}
    asked = text(typed(browser, row))
    assert "own_words" in asked and "new_place" in asked
    said = {"answer.item.lamps of the old kind": "own_words", "answer.place.copperbelt": "new_place"}
    assert typed(browser, row, **said).status_code == 302
    proposal = Proposal.objects.get()
    answer = world.focal_point()[1].post(f"/en/desk/letters/{proposal.uuid}/adopt", {"do": "send"})
    assert answer.status_code == 302, text(answer)
    assert Statement.objects.get().need.place.own_name == "Copperbelt"


def test_the_scan_comes_first_and_is_refused_by_its_content():
    _, browser = coordination()
    world.open_round()
    refused = take_in(browser, content=b"MZ\x00")
    assert refused.status_code == 422 and "This is a program" in text(refused)
    again = "Choose the file again"
    assert again not in text(refused), "the file is what was refused"
    assert again in text(take_in(browser, dated_on="soon")), "a good file is not kept by the browser"
    none = browser.post("/en/desk/letters/new", {"member": "ZMB", "round": "r-now", "kind": "letter"})
    assert none.status_code == 422 and not Proposal.objects.exists()


def test_the_member_sees_nothing_before_it_is_proposed_and_others_never():
    _, browser = coordination()
    world.open_round()
    take_in(browser)
    proposal = Proposal.objects.get()
    scan = Attachment.objects.get()
    _, member = world.focal_point()
    outsiders = [world.approver(world.OTHER)[1], world.responder()[1]]
    for who in (member, *outsiders):
        assert who.get(f"/en/desk/letters/{proposal.uuid}").status_code == 404
        assert who.get(f"/en/desk/attachments/{scan.uuid}").status_code == 404
    typed(browser, MASKS)
    assert member.get(f"/en/desk/letters/{proposal.uuid}").status_code == 200
    for who in outsiders:
        assert who.get(f"/en/desk/letters/{proposal.uuid}").status_code == 404
        assert who.get(f"/en/desk/letters/{proposal.uuid}/lines").status_code == 404
        assert who.get("/en/desk/letters").status_code == 404
        for deed in ("adopt", "ignore", "withdraw"):
            assert who.post(f"/en/desk/letters/{proposal.uuid}/{deed}").status_code == 404
    assert browser.post(f"/en/desk/letters/{proposal.uuid}/adopt").status_code == 404
    assert member.post(f"/en/desk/letters/{proposal.uuid}/withdraw").status_code == 404
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.PROPOSED


def test_a_member_names_an_office_which_types_until_it_is_revoked():
    world.open_round()
    _, office = world.responder("UNICEF")
    assert office.get("/en/desk/letters").status_code == 404
    _, approver = world.approver()
    until = (world.today() + timedelta(days=30)).isoformat()
    assert approver.post("/en/desk/ZMB/letters", {"office": "UNICEF", "until_on": until}).status_code == 302
    assert office.get("/en/desk/letters").status_code == 200
    form = text(office.get("/en/desk/letters/new"))
    assert 'value="ZMB"' in form and 'value="CUB"' not in form
    assert take_in(office, member="CUB").status_code == 422
    take_in(office)
    typed(office, MASKS)
    assert Proposal.objects.get().office.code == "UNICEF"
    named = LetterOffice.objects.get()
    assert world.focal_point()[1].post(f"/en/desk/letters/offices/{named.uuid}/revoke").status_code == 403
    assert world.approver(world.OTHER)[1].post(f"/en/desk/letters/offices/{named.uuid}/revoke").status_code == 404
    approver.post(f"/en/desk/letters/offices/{named.uuid}/revoke")
    for path in ("letters", f"letters/{Proposal.objects.get().uuid}"):
        assert office.get(f"/en/desk/{path}").status_code == 404
    assert "A letter that" in text(approver.get("/en/desk"))


def test_only_an_approver_sees_the_form_that_names_and_a_past_day_is_refused():
    world.open_round()
    _, focal = world.focal_point()
    assert "An approver of your party names" in text(focal.get("/en/desk/ZMB/letters"))
    assert focal.post("/en/desk/ZMB/letters", {"office": "UNICEF"}).status_code == 403
    past = (world.today() - timedelta(days=3)).isoformat()
    answer = world.approver()[1].post("/en/desk/ZMB/letters", {"office": "UNICEF", "until_on": past})
    assert answer.status_code == 422 and "The last day has passed" in text(answer)
    assert not LetterOffice.objects.exists()


def test_withdrawn_before_the_member_decides():
    _, browser = coordination()
    proposal = proposed(browser)
    browser.post(f"/en/desk/letters/{proposal.uuid}/withdraw")
    assert "Withdrawn by" in text(world.focal_point()[1].get(f"/en/desk/letters/{proposal.uuid}"))
    assert "A letter that" not in text(world.focal_point()[1].get("/en/desk"))
