"""One box of several givers by pages: packed by its hub, said once, received on one page; each giver reads its own."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests import make, once
from tests.web import desk_world as world

from unmet.needs.models import Need
from unmet.support import consignment_boxes, signs
from unmet.support.models import Attestation, Consignment, ConsignmentLine, Line, Receipt

pytestmark = pytest.mark.django_db
NEW = "/en/desk/consignments/new"


class Pages:
    """UNICEF carries 300 masks of WHO and 200 gloves of UNDP to Zambia, accepted and not yet sent; WFP flies them."""

    def __init__(self) -> None:
        self.round = world.open_round()
        world.approved(make.line(quantity=1000), make.line("GLOVE-EXAM", 500), round_=self.round)
        self.focal, (self.person, self.approver) = world.focal_point()[1], world.approver()
        self.who, self.unicef, self.wfp, self.undp = (
            world.responder(code)[1] for code in ("WHO", "UNICEF", "WFP", "UNDP")
        )
        lines = [
            make.support_line(
                giver, "ZMB", "committed", quantity, reference=reference, item_id=make.item(code).pk,
                channel_code="UNICEF", dated_on=world.today() - timedelta(days=20),
            )
            for giver, reference, code, quantity in (
                ("WHO", "M-1", "MASK-IIR", 300), ("UNDP", "G-1", "GLOVE-EXAM", 200), ("WHO", "M-2", "MASK-IIR", 50)
            )
        ]  # fmt: skip
        make.stated(lines, by=self.person, round_=self.round, at=world.now())
        self.masks, self.gloves = (Line.objects.get(reference=reference) for reference in ("M-1", "G-1"))

    def form(self, at: str = f"{NEW}?channel=UNICEF&member=ZMB", **changes: str) -> Any:
        """What the form of the hub is answered: masks of WHO and gloves of UNDP."""
        country = re.search(r'<option value="([0-9a-f-]{36})"', text(self.unicef.get(at)))
        assert country
        sent = {
            f"quantity-{self.masks.uuid}-0": "300", f"lot-{self.masks.uuid}-0": "LOT-MASKS",
            f"quantity-{self.gloves.uuid}-0": "200", f"lot-{self.gloves.uuid}-0": "LOT-GLOVES",
            "channel": "UNICEF", "giver": "WHO", "member": "ZMB", "mode": "air", "waybill": "157-1234",
            "carrier": "WFP", "to_place": country[1], "do": "save",
        }  # fmt: skip
        return self.unicef.post(at, sent | changes)

    def box(self) -> dict[str, Consignment]:
        """The parts of the box as they stand, by giver."""
        return {part.giver.code: part for part in consignment_boxes.parts(Consignment.objects.latest("pk"))}

    def sent(self) -> dict[str, Consignment]:
        """The box under way."""
        assert self.form().status_code == 302
        box = self.box()
        assert self.press(self.unicef, box["WHO"], "dispatch", version="1").status_code == 302
        return self.box()

    def press(self, browser: Client, part: Consignment, what: str, **sent: str) -> Any:
        """Press a button of the page of a part."""
        return browser.post(f"/en/desk/consignments/{part.uuid}/{what}", sent)

    def read(self, browser: Client, part: Consignment) -> str:
        """The page of a part, without what the frame says."""
        return text(browser.get(f"/en/desk/consignments/{part.uuid}"))


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Pages]:
    """One world for this file, taken back at its end."""
    yield from once.a_file(django_db_blocker, Pages)


@pytest.fixture
def pages(db: None, built: Pages) -> Pages:
    """See `Pages`."""
    return built


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def states(box: dict[str, Consignment]) -> dict[str, str]:
    """giver -> state"""
    return {giver: Consignment.objects.get(pk=part.pk).state for giver, part in box.items()}


def test_the_hub_chooses_one_giver_or_all_it_carries(pages: Pages) -> None:
    choice = text(pages.unicef.get(NEW))
    assert "One box of several givers" in choice and "?channel=UNICEF&member=ZMB" in choice
    assert "3 lines to pack" in choice and "?giver=UNDP&member=ZMB" in choice
    form = text(pages.unicef.get(f"{NEW}?channel=UNICEF&member=ZMB"))
    assert form.count('name="quantity-') == 3 and "each giver sees its own part only" in form
    assert text(pages.unicef.get(f"{NEW}?giver=UNDP&member=ZMB")).count('name="quantity-') == 1
    for browser in (pages.who, pages.undp):  # who carries for nobody has no such choice
        assert "One box of several givers" not in text(browser.get(f"{NEW}?channel=UNICEF&member=ZMB"))


def test_packed_changed_and_sent_as_one_box(pages: Pages) -> None:
    wrong = pages.form(**{f"quantity-{pages.gloves.uuid}-0": "999"})
    assert wrong.status_code == 422 and 'name="channel" value="UNICEF"' in text(wrong) and "LOT-GLOVES" in text(wrong)
    assert pages.form().status_code == 302
    box = pages.box()
    assert set(box) == {"WHO", "UNDP"} and box["WHO"].box == box["UNDP"].box
    edit = f"/en/desk/consignments/{box['UNDP'].uuid}/edit"
    shown = text(pages.unicef.get(edit))
    assert "LOT-MASKS" in shown and "LOT-GLOVES" in shown and shown.count('name="quantity-') == 3
    fewer = pages.form(edit, version="1", **{f"quantity-{pages.masks.uuid}-0": "100"})
    assert fewer.status_code == 302 and ConsignmentLine.objects.get(lot="LOT-MASKS").quantity == 100_000
    assert pages.undp.get(edit).status_code == 302, "a giver changes no plan with others in it"
    assert pages.press(pages.unicef, box["UNDP"], "dispatch", version="2").status_code == 302
    assert states(box) == {"WHO": "dispatched", "UNDP": "dispatched"}


def test_a_giver_may_take_its_part_out_of_a_plan(pages: Pages) -> None:
    pages.form()
    box = pages.box()
    shown = pages.read(pages.undp, box["UNDP"])
    assert "Take our part out" in shown and "Send: all that is packed" not in shown
    refused = pages.press(pages.undp, box["UNDP"], "dispatch", version="1")
    assert refused.status_code == 422 and "Please ask the channel" in text(refused)
    assert pages.press(pages.undp, box["UNDP"], "discard").status_code == 302
    assert set(pages.box()) == {"WHO"}


def test_who_sees_all_of_it_reads_one_box_and_says_things_once(pages: Pages) -> None:
    box = pages.sent()
    for browser in (pages.unicef, pages.wfp, pages.focal):
        shown = pages.read(browser, box["UNDP"])
        assert all(word in shown for word in ("LOT-MASKS", "LOT-GLOVES", "One box of several givers"))
        side = "coming" if browser is pages.focal else "sent"
        listed = text(browser.get(f"/en/desk/consignments?side={side}&list=under_way"))
        assert listed.count("157-1234") == 1 and "Under way (1)".lower() in listed.lower()
        found = text(browser.get("/en/desk/search?q=1571234"))
        assert found.count("<bdi>157-1234</bdi>") == 1 and "United Nations Development Programme" in found
    assert pages.press(pages.wfp, box["UNDP"], "arrive").status_code == 302
    hold = pages.press(pages.focal, box["WHO"], "hold", why="customs")
    assert hold.status_code == 302 and set(states(box).values()) == {"held"}
    held = text(pages.unicef.get("/en/desk/progress/held"))
    assert held.count("<bdi>157-1234</bdi>") == 1 and "United Nations Development Programme" in held
    lines = ConsignmentLine.objects.filter(consignment__box=box["WHO"].box)
    saw = {f"saw-{line.uuid}": "7" for line in lines}
    assert pages.press(pages.wfp, box["WHO"], "attest", place="Lusaka", **saw).status_code == 302
    assert Attestation.objects.filter(quantity=7000).count() == 2


def test_a_giver_reads_nothing_of_the_others(pages: Pages) -> None:
    box = pages.sent()
    pages.press(pages.wfp, box["WHO"], "attest", place="Lusaka", unlisted_item="COVERALL", unlisted_quantity="4")
    assert pages.undp.get(f"/en/desk/consignments/{box['WHO'].uuid}").status_code == 404
    answers = [
        pages.undp.get(f"/en/desk/consignments/{box['UNDP'].uuid}"), pages.undp.get("/en/desk/consignments?side=sent"),
        pages.undp.get("/en/desk/consignments.csv?side=sent"), pages.undp.get("/en/desk/search?q=1571234"),
        pages.undp.get("/en/desk/inbox"), pages.undp.get("/en/desk/progress/held"),
    ]  # fmt: skip
    for answer in answers:
        shown = text(answer)
        assert answer.status_code == 200
        for hidden in ("World Health", "LOT-MASKS", "M-1", "One box of several", str(box["WHO"].uuid), "Coverall"):
            assert hidden not in shown, (answer.request["PATH_INFO"], hidden)
    assert "LOT-GLOVES" in text(answers[0]) and "157-1234" in text(answers[1])


def test_one_page_receives_it_and_each_giver_gets_its_certificate(pages: Pages) -> None:
    box = pages.sent()
    path = f"/en/desk/consignments/{box['UNDP'].uuid}/receive"
    form = text(pages.focal.get(path))
    assert form.count('name="accepted-') == 2 and "Each giver gets a receipt of its own part" in form
    uuids = {line.lot: line.uuid for line in ConsignmentLine.objects.filter(consignment__box=box["WHO"].box)}
    short = {f"accepted-{uuids['LOT-MASKS']}": "290", f"accepted-{uuids['LOT-GLOVES']}": "200"}
    wrong = pages.focal.post(path, short | {"do": "state"})
    assert wrong.status_code == 422 and not Receipt.objects.exists()
    reason = {f"missing-{uuids['LOT-MASKS']}": "10", f"missing_why-{uuids['LOT-MASKS']}": "lost"}
    assert pages.focal.post(path, short | reason | {"do": "state"}).status_code == 302
    made = {receipt.consignment.giver.code: receipt for receipt in Receipt.objects.all()}
    assert set(made) == {"WHO", "UNDP"} and set(states(box).values()) == {"received"}
    shown = pages.read(pages.focal, box["WHO"])
    assert all(f"/en/desk/receipts/{receipt.shown}" in shown for receipt in made.values())
    assert f"{box['UNDP'].uuid}/receive?correct=1" in shown, "each is corrected by itself"
    mine, theirs = (pages.undp.get(f"/en/desk/receipts/{made[giver].shown}") for giver in ("UNDP", "WHO"))
    assert mine.status_code == 200 and theirs.status_code == 404 and "LOT-MASKS" not in text(mine)


def test_all_as_shipped_by_one_button(pages: Pages) -> None:
    box = pages.sent()
    path = f"/en/desk/consignments/{box['WHO'].uuid}/receive"
    assert "All as shipped: the 2 lines arrived in full" in text(pages.focal.get(path))
    assert pages.focal.post(path, {"do": "all"}).status_code == 302
    assert Receipt.objects.count() == 2 and set(states(box).values()) == {"received"}
    assert pages.focal.post(path, {"do": "all"}).status_code == 302, "pressed twice"
    assert Receipt.objects.count() == 2


def test_an_open_page_hears_of_a_need_in_any_part(pages: Pages) -> None:
    """A stop for what UNDP gives is read on the page of the part of WHO; asked again, nothing changed."""
    box, need = pages.sent(), Need.objects.get(member__code="ZMB", item__code="GLOVE-EXAM")
    with make.as_(pages.person, at=world.now()):
        signs.stop(need, reason="The store is full", by=pages.person, at=world.now())
    shown = pages.read(pages.unicef, box["WHO"])
    assert "The store is full" in shown
    address, mark = re.search(r'data-signs="([^"]+)" data-mark="([^"]+)"', shown).groups()
    assert pages.unicef.get(address).headers["ETag"] == f'"{mark}"'
    assert "The store is full" not in pages.read(pages.who, box["WHO"])
