"""The delivery profile by pages: filled in, refused, confirmed, read by those asked, ticked off on requests."""

import csv
import html
import io
import json
from typing import Any

import pytest
from django.test import Client
from tests import make
from tests.web import desk_world as world

from unmet.support import profile_form as form
from unmet.support.models import DeliveryProfile

pytestmark = pytest.mark.django_db
AT = "/en/desk/ZMB/profile"

GOODS: dict[str, Any] = {
    "consignee": "Ministry of Health\r\nPO Box 1", "contact_office": "Central medical store",
    "delivery_point": "Lusaka",
    "airport": "Lusaka airport", "airport_runway": "3962,5", "incoterms": ["DAP", "CIP"], "clears": "consignee",
    "pays": "giver", "exemption": "always", "documents": "Donation certificate",
}  # fmt: skip


class Pages:
    """Zambia with an open need, and everybody's browser."""

    def __init__(self) -> None:
        self.round = world.open_round()
        world.approved(make.line(quantity=1000), make.line("VENT-ICU", 20), round_=self.round)
        self.focal, self.approver = world.focal_point()[1], world.approver()[1]
        self.who, self.unicef = world.responder()[1], world.responder("UNICEF")[1]

    def save(self, browser: Client | None = None, **changes: Any) -> Any:
        """Send the form."""
        sent = {"version": "0", "edits": "0", **GOODS, **changes}
        return (browser or self.focal).post(f"{AT}/edit", sent)

    def confirm(self, edits: str = "1") -> Any:
        """Press the approver's button."""
        return self.approver.post(f"{AT}/confirm", {"edits": edits})

    def asked(self, item: str = "MASK-IIR") -> str:
        """The address of a request to WHO that was sent."""
        request = make.asked(10, of="ZMB", to=["WHO"], item_code=item, at=world.now())
        return f"/en/desk/requests/{request.uuid}"


WORLD = Pages


@pytest.fixture
def pages(fresh: Pages) -> Pages:
    """See `Pages`."""
    return fresh


def text(answer: Any, status: int = 200) -> str:
    """The words of a page."""
    assert answer.status_code == status
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


# ── filling in ───────────────────────────────────────────────────────────────
def test_the_form_has_every_field_of_the_definition(pages: Pages) -> None:
    shown = text(pages.focal.get(f"{AT}/edit"))
    assert all(f'name="{field.name}"' in shown for field in form.FIELDS)
    assert all(f'id="{section.name}"' in shown for section in form.SECTIONS)
    assert "never the name of a person" in shown


def test_a_draft_is_kept_confirmed_and_its_versions_are_read_again(pages: Pages) -> None:
    assert pages.save().url == AT
    draft = text(pages.focal.get(AT))
    assert "Only your own people see this draft" in draft and "An approver of your party confirms it" in draft
    assert "3962.5" in draft and "PO Box 1" in draft and "profile/confirm" not in draft
    assert "Delivery profile: a draft waits for your approver" in text(pages.focal.get("/en/desk"))
    assert "Delivery profile: read the draft and confirm it" in text(pages.approver.get("/en/desk"))
    assert "profile/confirm" in text(pages.approver.get(AT))
    assert pages.confirm().status_code == 302
    assert "Version 1, confirmed on" in text(pages.focal.get(AT))
    filled = text(pages.focal.get(f"{AT}/edit"))
    assert 'value="3962.5"' in filled and 'name="version" value="1"' in filled and 'name="edits" value="0"' in filled
    pages.save(version="1", airport="Ndola airport")
    draft = text(pages.approver.get(AT))
    assert "Ndola airport" in draft and "changed" in draft
    assert "Lusaka airport" in text(pages.focal.get(f"{AT}?version=1"))
    assert [pages.focal.get(f"{AT}?version={typed}").status_code for typed in ("9", "x", "1" * 9)] == [404] * 3


def test_what_was_typed_is_there_after_a_refusal(pages: Pages) -> None:
    refused = text(pages.save(airport_runway="long", port_draught="1,000"), 422)
    assert refused.startswith("<!doctype html>") and "Write a number from 0 up" in refused
    assert 'value="long"' in refused and 'value="1,000"' in refused and "Donation certificate" in refused
    assert 'href="#id_airport_runway"' in refused
    empty = dict.fromkeys(GOODS, "")
    assert "Fill in at least one field" in text(pages.save(**empty | {"incoterms": []}), 422)
    assert not DeliveryProfile.objects.exists()
    pages.save()
    stale = text(pages.save(pages.approver, airport="Livingstone"), 422)
    assert "Please read it again" in stale and 'value="Livingstone"' in stale
    assert pages.save().status_code == 302, "the same once more is no conflict"
    assert "A colleague saved or confirmed" in text(pages.approver.post(f"{AT}/confirm", {"edits": "7"}, follow=True))


def test_a_draft_is_discarded(pages: Pages) -> None:
    pages.save()
    assert "The draft is discarded" in text(pages.focal.post(f"{AT}/discard", {"edits": "1"}, follow=True))
    assert "confirmed or discarded this draft already" in text(
        pages.approver.post(f"{AT}/confirm", {"edits": "1"}, follow=True)
    )


def test_whose_page_it_is(pages: Pages) -> None:
    pages.save()
    pages.confirm()
    outsiders = (pages.who, pages.unicef, world.focal_point("CUB")[1])
    for browser in outsiders:
        assert [browser.get(address).status_code for address in (AT, f"{AT}/edit", f"{AT}.csv")] == [404] * 3
        assert browser.post(f"{AT}/confirm", {"edits": "1"}).status_code == 404
    assert pages.focal.post(f"{AT}/confirm", {"edits": "1"}).status_code == 403


# ── asked, and read by those asked ───────────────────────────────────────────
def test_nobody_asks_for_it_before_a_party_has_answered(pages: Pages) -> None:
    request = pages.asked()
    words = "others are ready to help and need to know how you take delivery"
    assert words not in text(pages.focal.get("/en/desk"))
    assert "You may fill it in now" in text(pages.focal.get(AT))
    pages.who.post(f"{request}/acknowledge")
    assert words in text(pages.focal.get("/en/desk")) and "others can ship once they know" in text(pages.focal.get(AT))
    assert "Please say once how you take delivery" in text(pages.focal.get("/en/desk/inbox"))


def test_those_asked_read_all_but_the_contact_office(pages: Pages) -> None:
    pages.asked()
    assert "has not said yet how it takes delivery" in text(pages.who.get(AT))
    pages.save()
    assert "Lusaka airport" not in text(pages.who.get(AT)), "a draft"
    pages.confirm()
    shown = text(pages.who.get(AT))
    assert "Lusaka airport" in shown and "Central medical store" not in shown and "profile/edit" not in shown
    assert "Shown to a giver or channel whose support the member has accepted" in shown
    line = make.support_line("WHO", "ZMB", "committed", 5, reference="BOX-1", dated_on=world.today())
    make.stated([line], by=make.approver("ZMB"), round_=pages.round, at=world.now())
    assert "Central medical store" in text(pages.who.get(AT))


def test_the_profile_as_files(pages: Pages) -> None:
    pages.save()
    pages.confirm()
    pages.asked()
    answer = pages.who.get(f"{AT}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    said = {row["field"]: row["value"] for row in rows}
    assert said["airport_runway"] == "3962.5" and said["incoterms"] == "CIP\nDAP" and "contact_office" not in said
    assert set(said) == {*GOODS} - {"contact_office"}
    own = json.loads(pages.focal.get(f"{AT}.json").content)
    assert any(row["value"] == "Central medical store" for row in own["rows"])
    assert pages.focal.get(f"{AT}.xlsx").content[:2] == b"PK"


# ── ready to ship ────────────────────────────────────────────────────────────
def test_a_request_shows_what_it_waits_for(pages: Pages) -> None:
    masks, ventilators = pages.asked(), pages.asked("VENT-ICU")
    own = text(pages.focal.get(masks))
    assert "9 things are not stated" in own and f"{AT}/edit#entry" in own and "One of: Airport, Port, and Land" in own
    assert own.count("1 item without a known weight") == own.count("1 item without a known volume") == 1
    theirs = text(pages.who.get(masks))
    assert "9 things are not stated" in theirs and "profile/edit" not in theirs
    pages.save()
    pages.confirm()
    assert "ready to ship" in text(pages.focal.get(masks)) and "not stated" not in text(pages.who.get(masks))
    assert "Central medical store" not in text(pages.who.get(masks))
    assert "4 things are not stated" in text(pages.who.get(ventilators))


def test_the_list_is_narrowed_to_what_is_ready(pages: Pages) -> None:
    masks, ventilators = pages.asked(), pages.asked("VENT-ICU")
    narrow = "/en/desk/requests?list=received&ready=1"
    assert "None of them is ready to ship" in text(pages.who.get(narrow))
    pages.save()
    pages.confirm()
    shown = text(pages.who.get(narrow))
    assert masks in shown and ventilators not in shown
    both = text(pages.who.get("/en/desk/requests?list=received"))
    assert masks in both and ventilators in both and both.count(">ready to ship<") == 1
