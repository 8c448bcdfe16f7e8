"""Consignments by pages: packed, sent, held, received short, corrected; nothing typed is lost; who reads what."""

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests import make, once
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.catalogue.models import Item
from unmet.support.models import Attestation, Consignment, Line, Receipt
from unmet.web import formats

pytestmark = pytest.mark.django_db


class Pages:
    """Zambia needs masks and gloves; WHO gives both through UNICEF, accepted and not yet sent; WFP carries."""

    def __init__(self) -> None:
        self.round = world.open_round()
        world.approved(make.line(quantity=1000), make.line("GLOVE-EXAM", 500), round_=self.round)
        self.focal, (approver, self.approver) = world.focal_point()[1], world.approver()
        self.who, self.unicef, self.wfp = (world.responder(code)[1] for code in ("WHO", "UNICEF", "WFP"))
        self.undp, self.cuba = world.responder("UNDP")[1], world.approver("CUB")[1]
        self.chair = world.at_the_browser(make.person(Role.COORDINATION))
        lines = [
            make.support_line(
                "WHO", "ZMB", "committed", quantity, reference=reference, item_id=make.item(code).pk,
                channel_code="UNICEF", dated_on=world.today() - timedelta(days=20),
            )
            for reference, code, quantity in (("M-1", "MASK-IIR", 300), ("G-1", "GLOVE-EXAM", 200))
        ]  # fmt: skip
        make.stated(lines, by=approver, round_=self.round, at=world.now())
        self.masks, self.gloves = (Line.objects.get(reference=reference) for reference in ("M-1", "G-1"))

    def plan(self, browser: Client | None = None, at: str = "/en/desk/consignments/new", **changes: Any) -> Any:
        """What the form is answered: both lines, wholly."""
        masks, gloves = self.masks.uuid, self.gloves.uuid
        country = re.search(r'<option value="([0-9a-f-]{36})"', text((browser or self.who).get(at)))
        sent = {
            f"quantity-{masks}-0": "300", f"lot-{masks}-0": "L-1", f"expires-{masks}-0": "31 December 2030",
            f"quantity-{gloves}-0": "200", f"lot-{gloves}-0": "", f"expires-{gloves}-0": "",
            "giver": "WHO", "member": "ZMB", "mode": "air", "waybill": "157-1234", "carrier": "WFP",
            "to_place": country[1] if country else "", "do": "save",
        }  # fmt: skip
        return (browser or self.who).post(at, sent | changes)

    def planned(self, **changes: Any) -> Consignment:
        """A plan."""
        answer = self.plan(**changes)
        assert answer.status_code == 302, text(answer)
        return Consignment.objects.latest("pk")

    def do(self, browser: Client, box: Consignment, what: str, **sent: str) -> Any:
        """Press a button of the page of a consignment."""
        return browser.post(f"/en/desk/consignments/{box.uuid}/{what}", sent)

    def sent(self, **changes: Any) -> Consignment:
        """A consignment under way."""
        box = self.planned(**changes)
        assert self.do(self.who, box, "dispatch", version="1").status_code == 302
        box.refresh_from_db()
        return box

    def receive(self, box: Consignment, browser: Client | None = None, **sent: str) -> Any:
        """State what arrived; fields by `accepted_M`, where M stands for the masks and G for the gloves."""
        uuids = {line.line.reference[0]: line.uuid for line in box.lines.select_related("line")}
        fields = {
            f"{name[:-2]}-{uuids[name[-1]]}" if name[-2:] in ("_M", "_G") else name: value
            for name, value in sent.items()
        }
        return (browser or self.focal).post(f"/en/desk/consignments/{box.uuid}/receive", fields)


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker: Any) -> Iterator[Pages]:
    """See `Pages`."""
    yield from once.a_file(django_db_blocker, Pages)


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def read(browser: Client, box: Consignment, status: int = 200) -> str:
    """The page of a consignment."""
    answer = browser.get(f"/en/desk/consignments/{box.uuid}")
    assert answer.status_code == status
    return text(answer)


# ── packing ──────────────────────────────────────────────────────────────────
def test_the_form_shows_what_can_be_packed_and_fills_a_line_in_from_a_link(pages: Pages) -> None:
    shown = text(pages.who.get(f"/en/desk/consignments/new?line={pages.masks.uuid}"))
    assert f'name="quantity-{pages.masks.uuid}-0" value="300"' in shown
    assert f'name="quantity-{pages.gloves.uuid}-0" value=""' in shown
    assert "Whole country" in shown and "From <bdi>World Health Organization</bdi> to Zambia" in shown
    assert "Nothing can be packed now" in text(pages.undp.get("/en/desk/consignments/new"))


def test_givers_and_members_are_chosen_first_where_there_are_several(pages: Pages) -> None:
    approver = world.approver()[0]
    other = make.support_line("UNDP", "ZMB", "committed", 5, channel_code="WHO", dated_on=world.today())
    make.stated([other], by=approver, round_=pages.round, at=world.now())
    shown = text(pages.who.get("/en/desk/consignments/new"))
    assert "1 line to pack" in shown and "2 lines to pack" in shown
    assert str(pages.masks.uuid) in text(pages.who.get("/en/desk/consignments/new?giver=WHO&member=ZMB"))


def test_a_plan_is_kept_and_changed_and_discarded(pages: Pages) -> None:
    box = pages.planned()
    twice = pages.plan()
    assert twice.status_code == 302 and twice.url == "/en/desk/consignments?side=sent", "pressed twice"
    assert "a plan holds it already" in text(pages.who.get(twice.url)) and Consignment.objects.count() == 1
    assert "planned" in read(pages.focal, box) and "31 December 2030" in read(pages.who, box)
    edit = f"/en/desk/consignments/{box.uuid}/edit"
    shown = text(pages.unicef.get(edit))
    assert f'name="lot-{pages.masks.uuid}-0" value="L-1"' in shown and 'value="157-1234"' in shown
    again = pages.plan(pages.unicef, edit, version="1", **{f"quantity-{pages.gloves.uuid}-0": "0"})
    assert again.status_code == 302 and box.lines.get().quantity == 300_000
    late = pages.plan(pages.who, edit, version="1")
    assert late.status_code == 422 and "Please read it again" in text(late)
    assert pages.do(pages.who, box, "discard").status_code == 302
    assert not Consignment.objects.exists()


def test_another_lot_keeps_what_was_typed(pages: Pages) -> None:
    first, second = f"quantity-{pages.masks.uuid}-0", f"quantity-{pages.masks.uuid}-1"
    answer = pages.plan(do="more", **{first: "100", "from_place": "Dubai"})
    shown = text(answer)
    assert answer.status_code == 200 and f'name="{first}" value="100"' in shown and f'name="{second}" value=""' in shown
    assert 'value="Dubai"' in shown and not Consignment.objects.exists()
    box = pages.planned(**{first: "100", second: "50", f"lot-{pages.masks.uuid}-1": "L-2"})
    assert sorted(box.lines.values_list("lot", "quantity")) == [("", 200_000), ("L-1", 100_000), ("L-2", 50_000)]
    assert f'name="{second}" value="50"' in text(pages.who.get(f"/en/desk/consignments/{box.uuid}/edit"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quantity": "301"}, "Only 300 can be packed"), ({"quantity": "x"}, "is not a quantity"),
        ({"quantity": "99999999999999"}, "is too large to be one quantity"),
        ({"quantity": "1.5"}, "whole units"), ({"quantity": "", "lot": "L"}, "Write how much of this lot"),
        ({"expires": "31/31/2031"}, "is not a day"), ({"expires": "1 January 2026"}, "has expired"),
        ({"mode": "camel"}, "not one of the available choices"), ({"to_place": ""}, "required"),
        ({"quantity": "0", "other": "0"}, "Write a quantity beside at least one line"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_it_and_nothing_is_kept(pages: Pages, changes: dict[str, str], why: str) -> None:
    names = {name: f"{name}-{pages.masks.uuid}-0" for name in ("quantity", "lot", "expires")}
    names["other"] = f"quantity-{pages.gloves.uuid}-0"
    answer = pages.plan(**{names.get(name, name): value for name, value in changes.items()})
    assert answer.status_code == 422 and why in text(answer), text(answer)
    assert "Error:" in text(answer) and 'role="alert"' in text(answer) and not Consignment.objects.exists()
    assert 'value="157-1234"' in text(answer), "what was typed is there still"


def test_the_same_waybill_leads_to_the_consignment_that_stands(pages: Pages) -> None:
    box = pages.planned(**{f"quantity-{pages.gloves.uuid}-0": ""})
    answer = pages.plan(pages.unicef, waybill="1571234", **{f"quantity-{pages.masks.uuid}-0": ""})
    shown = text(answer)
    assert answer.status_code == 422 and "is known already" in shown and Consignment.objects.count() == 1
    assert f'href="/en/desk/consignments/{box.uuid}"' in shown
    assert f'name="quantity-{pages.gloves.uuid}-0" value="200"' in shown, "the plan is kept"
    other = pages.planned(waybill="", **{f"quantity-{pages.masks.uuid}-0": ""})
    refused = pages.do(pages.who, other, "dispatch", version="1", waybill="1571234", expected="1 July 2031")
    assert refused.status_code == 422 and f'href="/en/desk/consignments/{box.uuid}"' in text(refused)
    assert 'value="1 July 2031"' in text(refused)


def test_a_consignment_is_found_by_its_waybill_in_the_list_and_in_the_search(pages: Pages) -> None:
    box = pages.planned()
    link = f'href="/en/desk/consignments/{box.uuid}"'
    for browser in (pages.who, pages.wfp, pages.focal):
        assert link in text(browser.get("/en/desk/consignments?waybill=15712"))
        assert link in text(browser.get("/en/desk/search?q=157+1234"))
        assert "No consignment of yours has this waybill" in text(browser.get("/en/desk/consignments?waybill=999"))
    for browser in (pages.undp, pages.cuba, pages.chair):
        assert link not in text(browser.get("/en/desk/consignments?waybill=1571234"))
        assert link not in text(browser.get("/en/desk/search?q=1571234"))


def test_a_cold_chain_is_asked_for_once(pages: Pages) -> None:
    Item.objects.filter(code="MASK-IIR").update(flags="CC2-8")
    asked = pages.plan()
    assert asked.status_code == 422 and "This item must be kept cold" in text(asked) and "Error:" in text(asked)
    assert pages.plan(checked="on").status_code == 302


# ── on the way ───────────────────────────────────────────────────────────────
def test_sent_held_cleared_and_told_in_words(pages: Pages) -> None:
    box = pages.planned(waybill="")
    refused = pages.do(pages.who, box, "dispatch", version="1", expected="1 July 2031")
    assert refused.status_code == 422 and "Write the number of the waybill" in text(refused)
    assert 'value="1 July 2031"' in text(refused)
    assert pages.do(pages.who, box, "dispatch", version="1", waybill="9", date="nonsense").status_code == 422
    assert pages.do(pages.who, box, "dispatch", version="1", waybill="9", expected="1 July 2031").status_code == 302
    assert Account.objects.get(item__code="MASK-IIR").in_transit == 300_000
    assert pages.do(pages.wfp, box, "arrive").status_code == 302
    refused = pages.do(pages.focal, box, "hold", why="other", text="")
    assert refused.status_code == 422 and "Please write why" in text(refused)
    assert pages.do(pages.focal, box, "hold", why="other", text="The crane is broken").status_code == 302
    assert "1 consignment at the port of entry, held or cleared" in text(pages.focal.get("/en/desk"))
    assert "at the port of entry, held or cleared" not in text(pages.cuba.get("/en/desk"))
    shown = read(pages.who, box)
    assert "another reason, for 0 days" in shown and "The crane is broken" in shown
    assert "held" in text(pages.who.get("/en/desk/consignments?side=sent&list=held"))
    assert pages.do(pages.unicef, box, "clear").status_code == 302
    day, shown = formats.day(world.today()).replace("\u00a0", " "), read(pages.who, box)
    steps = [
        f"United Nations Children’s Fund says that it was cleared on {day}.",
        f"Zambia says that it is held since {day}: another reason.", "The crane is broken",
        f"World Food Programme says that it came to the port of entry on {day}.",
        f"World Health Organization sent it on {day}.", "World Health Organization planned the consignment.",
    ]  # fmt: skip
    places = [shown.find(step, shown.index("What happened</h2>")) for step in steps]
    assert places == sorted(places) and places[0] > 0, "the newest first"
    assert pages.do(pages.who, box, "arrive").status_code == 422, "not from here"
    assert pages.do(pages.wfp, box, "lose", text="x").status_code == 403
    assert pages.do(pages.who, box, "nonsense").status_code == 404
    assert pages.do(pages.who, box, "return", text="The permit was refused").status_code == 302
    assert "The permit was refused" in read(pages.focal, box)


def test_a_hold_is_over_and_what_was_said_wrongly_is_corrected(pages: Pages) -> None:
    box = pages.sent()
    assert pages.do(pages.wfp, box, "hold", why="permit").status_code == 302
    assert "The hold is over: it goes on" in read(pages.focal, box)
    assert pages.do(pages.wfp, box, "resume").status_code == 302
    refused = pages.do(pages.who, box, "expected", date="1 July 2031")
    assert refused.status_code == 422 and "Please write why" in text(refused) and 'value="1 July 2031"' in text(refused)
    refused = pages.do(pages.who, box, "expected", date="", text="Late")
    assert refused.status_code == 422 and 'value="Late"' in text(refused)
    assert pages.do(pages.who, box, "expected", date="1 July 2031", text="The ship was late").status_code == 302
    refused = pages.do(pages.who, box, "waybill", waybill="157-1234", text="x")
    assert refused.status_code == 422 and "stands there already" in text(refused)
    assert pages.do(pages.unicef, box, "waybill", waybill="157-1235", text="A digit was wrong").status_code == 302
    shown = read(pages.focal, box)
    assert "Consignment 157-1235" in shown and "corrected the waybill: \u2068157-1234\u2069, now" in shown
    assert "expects it on 1 July 2031; before, the day was: –." in shown and "The ship was late" in shown
    assert "The waybill is wrong" not in shown, "the member does not send it"
    for browser in (pages.focal, pages.wfp):
        assert pages.do(browser, box, "expected", date="1 July 2031", text="x").status_code == 403
        assert pages.do(browser, box, "waybill", waybill="9", text="x").status_code == 403


def test_nobody_else_reads_it_and_a_planned_one_is_not_sent_by_the_member(pages: Pages) -> None:
    box = pages.planned()
    for browser in (pages.undp, pages.cuba, pages.chair):
        read(browser, box, 404)
        for what in ("dispatch", "discard", "attest", "receive", "lose", "edit"):
            assert pages.do(browser, box, what).status_code == 404
    assert pages.do(pages.focal, box, "dispatch", version="1").status_code == 403
    assert pages.do(pages.focal, box, "edit").status_code == 403
    assert pages.do(pages.wfp, box, "discard").status_code == 403
    assert pages.receive(box, pages.who).status_code == 404


def test_counts_stand_side_by_side(pages: Pages) -> None:
    box = pages.sent()
    masks = next(line for line in box.lines.all() if line.lot)
    refused = pages.do(pages.wfp, box, "attest", **{f"saw-{masks.uuid}": "a few"}, place="Lusaka")
    assert refused.status_code == 422 and "is not a quantity" in text(refused) and 'value="Lusaka"' in text(refused)
    refused = pages.do(pages.wfp, box, "attest", **{f"saw-{masks.uuid}": "298"})
    assert refused.status_code == 422 and f'name="saw-{masks.uuid}" value="298"' in text(refused)
    assert pages.do(pages.wfp, box, "attest", **{f"saw-{masks.uuid}": "298"}, place="Lusaka").status_code == 302
    assert pages.do(pages.focal, box, "attest", **{f"saw-{masks.uuid}": "297"}, place="Store").status_code == 302
    shown = read(pages.who, box)
    assert (
        f"World Food Programme (carrier) attests what it saw on {formats.day(world.today())}.".replace("\u00a0", " ")
        in shown
    )
    assert f"{masks.line.item.name}, lot \u2068L-1\u2069: 298 {masks.line.item.base_unit.name}" in shown
    assert "counts differ" in shown and "<b>298</b> carrier" in shown and "<b>297</b> member" in shown
    assert Attestation.objects.count() == 2


def test_a_lot_that_is_not_in_the_packing_list_is_shown_as_such(pages: Pages) -> None:
    box = pages.sent()
    wrong = pages.do(pages.wfp, box, "attest", unlisted_item="Nonsense", unlisted_quantity="3", place="Lusaka")
    assert wrong.status_code == 422 and "is not an item we know" in text(wrong) and 'value="Nonsense"' in text(wrong)
    wrong = pages.do(pages.wfp, box, "attest", unlisted_item="MASK-IIR", unlisted_quantity="3", unlisted_lot="L-1",
                     place="Lusaka")  # fmt: skip
    assert wrong.status_code == 422 and "This lot is in the packing list" in text(wrong)
    said = {"unlisted_item": "COVERALL", "unlisted_quantity": "3", "unlisted_lot": "Z-9", "place": "Lusaka"}
    assert pages.do(pages.wfp, box, "attest", **said).status_code == 302
    shown, name = read(pages.who, box), make.item("COVERALL").name
    assert "Seen, but not in the packing list" in shown and "Z-9" in shown
    assert f"{name}, lot \u2068Z-9\u2069, not in the packing list: 3" in shown, "in the timeline too"


# ── receiving ────────────────────────────────────────────────────────────────
def test_received_short_with_reasons_and_the_certificate(pages: Pages) -> None:
    box = pages.sent()
    refused = pages.receive(box, accepted_M="290", rejected_M="5", missing_M="5", do="state")
    assert refused.status_code == 422 and "Choose a reason" in text(refused)
    assert 'value="290"' in text(refused) and "Error:" in text(refused)
    refused = pages.receive(box, accepted_M="290", do="state")
    assert "must add up to what was sent: 300" in text(refused)
    said = {
        "accepted_M": "290",
        "rejected_M": "5",
        "rejected_why_M": "damaged",
        "missing_M": "5",
        "missing_why_M": "lost",
    }
    answer = pages.receive(box, **said, do="state", surplus_G="2", accepted_G="200", note="Carton open")
    receipt = Receipt.objects.get()
    assert answer.status_code == 302 and answer.url == f"/en/desk/receipts/{receipt.shown}"
    account = Account.objects.get(item__code="MASK-IIR")
    assert (account.received, account.rejected, account.missing) == (290_000, 5_000, 5_000)
    for browser in (pages.who, pages.unicef, pages.focal):
        shown = text(browser.get(answer.url))
        assert "damaged" in shown and "lost on the way" in shown and receipt.shown in shown and "Office" not in shown
    shown = text(pages.who.get(answer.url))
    assert "by air" in shown and "Print this page with your browser" in shown
    assert f"http://testserver{answer.url}" in shown, "on paper too one finds it"
    for browser in (pages.wfp, pages.undp, pages.cuba, pages.chair):
        assert browser.get(answer.url).status_code == 404
    found = pages.who.get(f"/en/desk/receipts?code={receipt.code.lower()}")
    assert found.url == answer.url
    assert "No certificate of yours has this code" in text(pages.undp.get(f"/en/desk/receipts?code={receipt.code}"))
    for browser in (pages.who, pages.unicef, pages.focal):
        shown = read(browser, box)
        assert "290 accepted, 5 rejected: damaged, and 5 missing: lost on the way" in shown and "Carton open" in shown
        assert "2 more than was sent" in shown and "Nothing of it is open any more." in shown
        assert f'href="/en/desk/receipts/{receipt.shown}">Certificate' in shown
    shown = read(pages.wfp, box)
    assert "receipt 1. Nothing of it is open any more." in shown
    assert receipt.shown not in shown and "Carton open" not in shown, "the carrier reads counts and no certificate"


def test_all_as_shipped_in_one_click_and_a_line_that_has_not_arrived_stays_open(pages: Pages) -> None:
    box = pages.sent()
    assert pages.receive(box, accepted_G="200", do="state").status_code == 302
    assert "State what arrived" in read(pages.focal, box)
    assert pages.receive(box, do="all").status_code == 302
    box.refresh_from_db()
    assert box.state == "received"
    again = pages.focal.get(f"/en/desk/consignments/{box.uuid}/receive")
    assert again.status_code == 302, "nothing waits"
    again = pages.receive(box, do="all")
    assert again.status_code == 302 and again.url == f"/en/desk/consignments/{box.uuid}", "pressed twice"
    assert "A colleague has stated already what arrived" in read(pages.focal, box)
    assert Account.objects.get(item__code="MASK-IIR").received == 300_000


def test_all_as_shipped_does_not_throw_away_a_shortfall_that_was_typed(pages: Pages) -> None:
    box = pages.sent()
    typed = {"accepted_M": "290", "missing_M": "10", "missing_why_M": "lost"}
    answer = pages.receive(box, do="all", **typed)
    shown = text(answer)
    assert answer.status_code == 422 and "which did you mean?" in shown and 'value="290"' in shown
    assert not Receipt.objects.exists()
    assert pages.receive(box, do="state", **typed).status_code == 302
    assert Account.objects.get(item__code="MASK-IIR").missing == 10_000


def test_what_was_typed_of_a_lot_that_a_colleague_received_meanwhile_is_not_lost(pages: Pages) -> None:
    box = pages.sent()
    assert pages.receive(box, accepted_G="200").status_code == 302
    late = {"accepted_G": "190", "missing_G": "10", "missing_why_G": "short", "accepted_M": "300"}
    answer = pages.receive(box, **late)
    shown = text(answer)
    assert answer.status_code == 422 and "You had written: Accepted: 190 and Missing: 10." in shown
    assert 'value="300"' in shown and Receipt.objects.count() == 1
    assert pages.receive(box, accepted_M="300").status_code == 302
    gone = pages.receive(box, **late)
    assert gone.status_code == 302 and "You had written: Accepted: 300." in read(pages.focal, box)


def test_a_number_beyond_all_quantities_is_called_too_large(pages: Pages) -> None:
    answer = pages.receive(pages.sent(), accepted_M="99999999999999", do="state")
    assert answer.status_code == 422 and "is too large to be one quantity" in text(answer)


def test_a_day_that_cannot_be_is_said_beside_it(pages: Pages) -> None:
    box = pages.sent()
    for day, why in (("nonsense", "is not a day"), ("1 January 2035", "has not come yet"),
                     ("1 January 2026", "before the consignment was sent")):  # fmt: skip
        answer = pages.receive(box, do="all", date=day)
        assert answer.status_code == 422 and why in text(answer) and f'value="{day}"' in text(answer)


def test_a_receipt_is_corrected_by_a_new_one(pages: Pages) -> None:
    box = pages.sent(**{f"quantity-{pages.gloves.uuid}-0": ""})
    pages.receive(box, do="all")
    first = Receipt.objects.get()
    shown = text(pages.focal.get(f"/en/desk/consignments/{box.uuid}/receive?correct=1"))
    assert 'value="300"' in shown and "Correct receipt 1" in shown
    answer = pages.receive(box, correct="1", accepted_M="299", missing_M="1", missing_why_M="short", do="state")
    second = Receipt.objects.get(number=2)
    assert answer.url == f"/en/desk/receipts/{second.shown}"
    assert "Receipt 2 stands in its place" in text(pages.who.get(f"/en/desk/receipts/{first.shown}"))
    assert "It corrects receipt 1" in text(pages.who.get(answer.url))
    assert "corrected by a later one" in read(pages.focal, box)
    assert "Zambia corrected receipt 1: receipt 2 of" in read(pages.wfp, box)
    pages.receive(box, correct="2", accepted_M="298", missing_M="2", missing_why_M="short", do="state")
    for number in (1, 2):
        old = Receipt.objects.get(number=number)
        assert "Receipt 3 stands in its place" in text(pages.who.get(f"/en/desk/receipts/{old.shown}"))
    late = pages.receive(box, correct="1", accepted_M="300", do="state")
    assert late.status_code == 422
    assert pages.receive(box, correct="7", accepted_M="300").status_code == 404
    assert Account.objects.get(item__code="MASK-IIR").received == 298_000


def test_the_quick_way_does_not_receive_what_a_consignment_holds(pages: Pages) -> None:
    box = pages.sent()
    shown = text(pages.focal.get(f"/en/desk/support/{pages.masks.uuid}"))
    assert f"/en/desk/consignments/{box.uuid}" in shown and "support_receive" not in shown
    assert f"/en/desk/support/{pages.masks.uuid}/receive" not in shown
    answer = pages.focal.post(
        f"/en/desk/support/{pages.masks.uuid}/receive", {"accepted": "300", "date": f"{world.today():%d %B %Y}"}
    )
    assert answer.status_code == 422 and "received or packed" in text(answer)
    assert Account.objects.get(item__code="MASK-IIR").received == 0


# ── lists ────────────────────────────────────────────────────────────────────
def test_the_lists_and_their_file(pages: Pages) -> None:
    assert "Nothing in this list" in text(pages.who.get("/en/desk/consignments?side=sent"))
    assert "Pack a consignment" in text(pages.who.get("/en/desk/consignments"))
    box = pages.sent()
    pages.receive(box, accepted_M="300", do="state")
    for browser, side in ((pages.who, "sent"), (pages.wfp, "sent"), (pages.focal, "coming")):
        assert "157-1234" in text(browser.get(f"/en/desk/consignments?side={side}"))
        answer = browser.get(f"/en/desk/consignments.csv?side={side}")
        assert answer["Content-Type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
        assert [(row["item"], row["lot"], row["shipped"], row["accepted"]) for row in rows] == [
            ("MASK-IIR", "L-1", "300", "300"), ("GLOVE-EXAM", "", "200", "")
        ]  # fmt: skip
    for browser in (pages.undp, pages.cuba, pages.chair):
        assert "157-1234" not in text(browser.get("/en/desk/consignments"))
        assert browser.get("/en/desk/consignments.csv").content.decode().count("\n") == 1
    assert pages.who.get("/en/desk/consignments?page=2").status_code == 404


def test_nothing_of_a_consignment_is_public(pages: Pages) -> None:
    make.released("ZMB", at=world.now())
    box = pages.sent(from_place="Dubai")
    pages.receive(box, do="all")
    for address in ("/en/members/ZMB", "/en/items/MASK-IIR", "/en/needs", "/en/figures/received"):
        shown = text(Client().get(address))
        for secret in ("157-1234", "L-1", "Dubai", "M-1", Receipt.objects.get().shown):
            assert secret not in shown
