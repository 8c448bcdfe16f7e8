"""An offer by pages: from a gap to a draft, sent, accepted in part, declined, withdrawn; nothing typed is lost."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests import make, once
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.needs.models import Need
from unmet.support import profiles
from unmet.support.models import Acceptance, AcceptanceProposal, Offer, OfferDecline, RequestAnswer
from unmet.web.desk import offers_lists

pytestmark = pytest.mark.django_db


class Pages:
    """Zambia with two open needs that everyone sees, and everybody's browser."""

    def __init__(self) -> None:
        self.round = world.open_round()
        world.approved(make.line(quantity=1000), make.line("GLOVE-EXAM", 500), round_=self.round)
        make.released("ZMB", at=world.now())
        self.focal, self.approver = world.focal_point()[1], world.approver()[1]
        self.who, self.unicef = world.responder()[1], world.responder("UNICEF")[1]
        self.masks = Need.objects.get(item__code="MASK-IIR")
        self.until = f"{world.today() + timedelta(days=30)}"

    def draft(self, browser: Client | None = None, at: str = "/en/desk/offers/new", **changes: Any) -> Any:
        """What the form is answered."""
        sent: dict[str, Any] = {
            "giver": "WHO", "aim": "member", "member": "ZMB", "kind": "supplies", "held_until": self.until,
            "conditions": "By sea only", "lines": "1", "line1-item": "MASK-IIR", "line1-quantity": "400",
            "line1-need": str(self.masks.uuid), "do": "save",
        }  # fmt: skip
        return (browser or self.who).post(at, sent | changes)

    def offered(self, **changes: Any) -> Offer:
        """An offer that was sent."""
        self.draft(**changes)
        made = Offer.objects.latest("pk")
        assert self.do(self.who, made, "send", version="1").status_code == 302
        made.refresh_from_db()
        return made

    def do(self, browser: Client, made: Offer, what: str, **sent: str) -> Any:
        """Press a button of the page of an offer."""
        return browser.post(f"/en/desk/offers/{made.uuid}/{what}", sent)

    def accept(self, made: Offer, browser: Client | None = None, **changes: str) -> Any:
        """Accept some of its first line."""
        sent = {"quantity": "150", "need": str(self.masks.uuid), "conditions": "on", "expected": "1 July 2031"}
        sent |= changes
        line = made.lines.order_by("pk")[0]
        return (browser or self.approver).post(f"/en/desk/offers/lines/{line.uuid}/accept", sent)


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker: Any) -> Iterator[Pages]:
    """See `Pages`."""
    yield from once.a_file(django_db_blocker, Pages)


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def read(browser: Client, made: Offer, status: int = 200) -> str:
    """The page of an offer."""
    answer = browser.get(f"/en/desk/offers/{made.uuid}")
    assert answer.status_code == status
    return text(answer)


def value(shown: str, field: str) -> str:
    """What a field of a form is filled with."""
    found = re.search(rf'name="{field}"[^>]*? value="([^"]*)"', shown)
    return found[1] if found else ""


def asks(browser: Client, made: Offer) -> int:
    """How many queries the page of an offer asks."""
    read(browser, made)
    with CaptureQueriesContext(connection) as found:
        read(browser, made)
    return len(found)


def test_a_page_of_many_lines_asks_hardly_more_than_one_of_one(pages: Pages) -> None:
    one, said = pages.offered(), {"item": "MASK-IIR", "quantity": "10", "need": str(pages.masks.uuid)}
    rows = {f"line{number}-{name}": value for number in range(1, 9) for name, value in said.items()}
    many = pages.offered(lines="8", **rows)
    assert many.lines.count() == 8
    assert asks(pages.who, many) <= asks(pages.who, one) + 2
    # What it may be a substitute for is looked up line by line.
    assert asks(pages.approver, many) <= asks(pages.approver, one) + 7 + 2


# ── from a gap to an offer in three clicks ───────────────────────────────────
def test_from_the_largest_gap_to_an_offer_in_three_clicks(pages: Pages) -> None:
    gaps = text(pages.who.get("/en/respond?item=MASK-IIR"))
    link = re.search(r'href="(/en/desk/offers/new\?[^"]+)"', gaps)
    assert link is not None
    form = text(pages.who.get(link[1]))
    filled = {name: value(form, f"line1-{name}") for name in ("item", "quantity")}
    assert filled == {"item": make.item("MASK-IIR").name, "quantity": "1000"}
    assert '<option value="ZMB" selected>' in form
    sent = {
        "line1-need": "",
        "line1-item": filled["item"],
        "line1-quantity": "1000",
        "held_until": value(form, "held_until"),
    }
    answer = pages.draft(**sent)
    made = Offer.objects.get()
    assert answer.url == f"/en/desk/offers/{made.uuid}" and "Send the offer" in read(pages.who, made)
    assert pages.do(pages.who, made, "send", version="1").status_code == 302
    assert Account.objects.get(subject=pages.masks.uuid).pledged == 1_000_000


def test_a_link_from_a_need_or_from_a_request_fills_the_form(pages: Pages) -> None:
    form = text(pages.who.get(f"/en/desk/offers/new?need={pages.masks.uuid}"))
    assert value(form, "line1-need") == str(pages.masks.uuid) and "For a need of Zambia" in form
    for hidden in ("need=nonsense", f"need={'0' * 8}-0000-0000-0000-{'0' * 12}", "line=x", "item=NONE&quantity=x"):
        form = text(pages.who.get(f"/en/desk/offers/new?{hidden}"))
        assert value(form, "line1-need") == value(form, "line1-item") == ""
    asked = make.asked(200, of="ZMB", to=("WHO",), at=world.now())
    shown = text(pages.who.get(f"/en/desk/requests/{asked.uuid}"))
    link = re.search(r'href="(/en/desk/offers/new\?line=[^"]+)"', shown)
    assert link is not None
    form = text(pages.who.get(link[1]))
    assert value(form, "line1-quantity") == "200"
    made = pages.offered(**{"line1-quantity": "200", "line1-request": value(form, "line1-request")})
    assert RequestAnswer.objects.get().kind == "full" and "It answers a request" in read(pages.who, made)
    assert value(text(pages.unicef.get(link[1])), "line1-request") == "", "it is not asked"


def test_to_a_set_of_members_that_both_sides_read_by_its_name(pages: Pages) -> None:
    pages.draft(aim="members", member="", group="SIDS", members=["ZMB"], **{"line1-need": ""})
    draft = Offer.objects.get()
    form = text(pages.who.get(f"/en/desk/offers/{draft.uuid}/edit"))
    assert '<option value="SIDS" selected>' in form and re.search(r'value="ZMB"[^>]* checked', form)
    assert not re.search(r'value="CUB"[^>]* checked', form), "it is in the set"
    assert "To a set of members: Small island developing States." in read(pages.who, draft)
    assert pages.do(pages.who, draft, "send", version="1").status_code == 302
    islander = world.approver("CUB")[1]
    assert "To a set of members, yours among them: Small island developing States." in read(islander, draft)
    read(world.approver("IND")[1], draft, 404)
    assert "<span>Small island developing States</span>" in text(pages.who.get("/en/desk/offers"))
    file = b"".join(pages.who.get("/en/desk/offers.csv").streaming_content).decode("utf-8-sig")
    assert [row["set"] for row in csv.DictReader(io.StringIO(file))] == ["SIDS"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aim": ""}, "Say to whom it is offered"), ({"member": ""}, "Choose to whom it is offered"),
        ({"aim": "members"}, "Choose to whom it is offered"), ({"held_until": ""}, "Say until when"),
        ({"held_until": "2020-01-01"}, "lies outside the days"), ({"line1-quantity": ""}, "above zero"),
        ({"line1-quantity": "0"}, "above zero"), ({"line1-quantity": "1,250"}, "two ways"),
        ({"line1-item": ""}, "Write the item"), ({"line1-item": "a thing"}, "is not an item we know"),
        ({"line1-item": "", "line1-quantity": ""}, "at least one line"),
        ({"kind": "finance"}, "A licence is an item of its own"),
        ({"kind": "capacity"}, "how many units a month"), ({"kind": "technology"}, "which product it is about"),
        ({"conditions": "x" * 4001}, "at most 4000 characters"), ({"line1-expires": "some day"}, "is not a day"),
        ({"giver": "UNICEF"}, "not one of the available choices"),
        ({"line1-unit": "crate"}, "is not a unit or a pack of"), ({"line1-unit": "crate"}, "piece and box of 50"),
        ({"line1-unit": "box of 50", "line1-quantity": "0.03"}, "makes no whole quantity"),
        ({"line1-unit": "box of 50", "line1-quantity": "many"}, "is not a quantity"),
        ({"line1-unit": "box of 50", "line1-quantity": "1,250"}, "two ways"),
        ({"line1-unit": "box of 50", "line1-quantity": "999999999999"}, "larger than a quantity may be"),
        ({"line1-unit": "box of 50", "line1-quantity": "0"}, "above zero"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_it_and_nothing_is_kept(pages: Pages, changes: dict[str, Any], why: str) -> None:
    answer = pages.draft(**changes)
    assert answer.status_code == 422 and why in text(answer), text(answer)
    assert not Offer.objects.exists() and "Error:" in text(answer) and 'role="alert"' in text(answer)
    if "line1-quantity" in changes:
        assert value(text(answer), "line1-quantity") == changes["line1-quantity"]


def test_another_line_keeps_what_was_typed_and_a_draft_is_changed(pages: Pages) -> None:
    more = pages.draft(do="more")
    assert more.status_code == 200 and not Offer.objects.exists()
    shown = text(more)
    assert value(shown, "line1-quantity") == "400" and 'name="line2-item"' in shown and "By sea only" in shown
    two = {"lines": "3", "line2-item": make.item("GLOVE-EXAM").name, "line2-quantity": "7", "line2-lot": "L-7"}
    pages.draft(**two)
    made = Offer.objects.get()
    assert [line.quantity for line in made.lines.order_by("pk")] == [400_000, 7_000], "an empty line is left out"
    edit = f"/en/desk/offers/{made.uuid}/edit"
    assert value(text(pages.who.get(edit)), "line2-lot") == "L-7"
    changed = pages.draft(at=edit, version="1", aim="members", group="Africa", members=["CUB"], member="")
    assert changed.status_code == 302
    made.refresh_from_db()
    assert made.addressees.filter(code="CUB").exists() and made.addressees.count() > 40
    assert made.lines.get().need is None, "the need was of the one member"
    again = pages.draft(at=edit, version="1")
    assert again.status_code == 422 and "Please read it again" in text(again)
    assert pages.do(pages.who, made, "discard").url == "/en/desk/offers" and not Offer.objects.exists()


# ── in packs ─────────────────────────────────────────────────────────────────
def test_a_quantity_in_packs_is_kept_and_shown_in_base_units(pages: Pages) -> None:
    answer = pages.draft(**{"line1-quantity": "20", "line1-unit": "boxes of 50"})
    made = Offer.objects.get()
    assert answer.url == f"/en/desk/offers/{made.uuid}" and made.lines.get().quantity == 1_000_000
    shown = read(pages.who, made)
    assert "20 × boxes of 50, which is 1,000 piece." in shown and ">1,000 <small>piece" in shown
    form = text(pages.who.get(f"/en/desk/offers/{made.uuid}/edit"))
    assert value(form, "line1-quantity") == "1000" and value(form, "line1-unit") == "", "it was kept in base units"
    assert '<datalist id="line1-units"><option value="piece"></option><option value="box of 50">' in form


@pytest.mark.parametrize(
    ("quantity", "unit", "item", "thousandths"),
    [
        ("0.02", "box of 50", "MASK-IIR", 1_000), ("7", "piece", "MASK-IIR", 7_000), ("7", " ", "MASK-IIR", 7_000),
        ("3", "box of 100", "GLOVE-EXAM", 150_000), ("٢", "علبة من 50", "MASK-IIR", 100_000),
        ("5", "US$", "GRANT-PLAN", 500_000), ("2", "US$ million", "GRANT-PLAN", 200_000_000_000),
    ],
)  # fmt: skip
def test_units_and_packs_are_read_as_on_the_sheets(
    pages: Pages, quantity: str, unit: str, item: str, thousandths: int
) -> None:
    kind = "finance" if item == "GRANT-PLAN" else "supplies"
    said = {"line1-quantity": quantity, "line1-unit": unit, "line1-item": item, "line1-need": "", "kind": kind}
    answer = pages.draft(**said)
    assert answer.status_code == 302, text(answer)
    assert Offer.objects.get().lines.get().quantity == thousandths


def test_what_the_pack_comes_to_is_shown_while_it_is_filled_in(pages: Pages) -> None:
    said = {"line1-quantity": "20", "line1-unit": "box of 50"}
    shown = text(pages.draft(do="more", **said))
    assert "In base units: 1,000 piece" in shown and value(shown, "line1-unit") == "box of 50"
    shown = text(pages.draft(conditions="x" * 4001, **said))
    assert "In base units: 1,000 piece" in shown and value(shown, "line1-quantity") == "20"


# ── accepting ────────────────────────────────────────────────────────────────
def test_the_approver_reads_the_conditions_and_accepts_part(pages: Pages) -> None:
    made = pages.offered()
    shown = read(pages.approver, made)
    assert "By sea only" in shown and 'value="400"' in shown
    assert "1 offer waits for your decision" in text(pages.approver.get("/en/desk"))
    assert "Propose it to your approver" in read(pages.focal, made)
    assert pages.accept(made, pages.focal).status_code == 403
    assert pages.accept(made).status_code == 302
    account = Account.objects.get(subject=pages.masks.uuid)
    assert (account.pledged, account.committed) == (250_000, 150_000)
    assert "accepted in part" in read(pages.who, made) and "accepted 150 piece" in read(pages.who, made)
    assert "waits for your decision" not in text(pages.approver.get("/en/desk"))


def test_goods_that_expire_too_soon_for_the_member_are_marked_where_its_profile_may_be_read(pages: Pages) -> None:
    focal, approver = make.focal_point("ZMB"), make.approver("ZMB")
    with make.as_(focal, at=world.now()):
        stated = {"consignee": "Ministry of Health", "shelf_life": "12"}
        draft = profiles.save(stated, member=make.party("ZMB"), by=focal, at=world.now())
    with make.as_(approver, at=world.now()):
        profiles.confirm(draft, edits=1, by=approver, at=world.now())
    for days, marked in ((200, True), (500, False)):
        made = pages.offered(**{"line1-expires": str(world.today() + timedelta(days=days))})
        page = text(pages.approver.get(f"/en/desk/offers/{made.uuid}"))
        assert ("Zambia asks for 12 months on arrival" in page) == marked
        assert "months on arrival" not in text(pages.who.get(f"/en/desk/offers/{made.uuid}")), "nobody asked WHO"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quantity": ""}, "above zero"), ({"quantity": "many"}, "is not a quantity"),
        ({"quantity": "0"}, "above zero"),
        ({"quantity": "401"}, "Less is left of this offer: 400"), ({"need": ""}, "Choose the need"),
        ({"expected": "some day"}, "is not a day"), ({"expected": ""}, "the day on which you expect it"),
        ({"expected": "2025-11-26"}, "has passed already"),
        ({"need": "gloves"}, "how many of the need's item"),
        ({"need": "gloves", "counts_as": "x"}, "is not a quantity"),
        ({"need": "gloves", "counts_as": "501"}, "which is 500"), ({"conditions": ""}, "tick that you have read"),
    ],
)  # fmt: skip
def test_a_refused_acceptance_keeps_what_was_typed(pages: Pages, changes: dict[str, str], why: str) -> None:
    made = pages.offered()
    if changes.get("need") == "gloves":
        changes = changes | {"need": str(Need.objects.get(item__code="GLOVE-EXAM").uuid)}
    sent = {"quantity": "150", "need": str(pages.masks.uuid), "conditions": "on", "expected": "1 July 2031"} | changes
    sent = {name: said for name, said in sent.items() if said or name != "conditions"}
    line = made.lines.get()
    answer = pages.approver.post(f"/en/desk/offers/lines/{line.uuid}/accept", sent)
    assert answer.status_code == 422 and why in text(answer), text(answer)
    assert f'id="quantity-{line.uuid}"' in text(answer) and f'value="{sent["quantity"]}"' in text(answer)
    assert not Acceptance.objects.exists()


def test_the_form_says_what_it_read_and_a_second_press_accepts_nothing_again(pages: Pages) -> None:
    made = pages.offered()
    shown = read(pages.approver, made)
    sent = value(shown, "read")
    assert sent == "0" and pages.accept(made, quantity="10", read=sent).status_code == 302
    again = pages.accept(made, quantity="10", read=sent)
    assert again.status_code == 422 and "accepted from meanwhile" in text(again)
    assert value(text(again), "quantity") == "10" and value(text(again), "read") == "10000"
    assert Account.objects.get(item__code="MASK-IIR").committed == 10_000


def test_what_was_accepted_is_taken_back_on_the_page_of_its_line(pages: Pages) -> None:
    made = pages.offered()
    pages.accept(made)
    line = Acceptance.objects.get().line
    address = f"/en/desk/support/{line.uuid}"
    assert "Take back part of what was accepted" not in text(pages.focal.get(address))
    for browser in (pages.who, pages.approver):
        assert "up to 150 piece" in text(browser.get(address))
    sent = {"quantity": "50", "reason": "The lot is spoiled", "read": "150000"}
    for changes, why in (({"reason": ""}, "the other side reads it"), ({"quantity": "x"}, "is not a quantity"),
                         ({"quantity": "151"}, "which is 150 piece"), ({"read": "1000"}, "read it again"),
                         ({"quantity": ""}, "above zero")):  # fmt: skip
        answer = pages.who.post(f"{address}/take-back", sent | changes)
        assert answer.status_code == 422 and why in text(answer), changes
    assert value(text(pages.who.post(f"{address}/take-back", sent | {"quantity": "151"})), "reason") == sent["reason"]
    assert pages.unicef.post(f"{address}/take-back", sent).status_code == 404
    assert pages.focal.post(f"{address}/take-back", sent).status_code == 403
    assert pages.who.post(f"{address}/take-back", sent).status_code == 302
    assert pages.who.post(f"{address}/take-back", sent).status_code == 422, "a second press"
    line.refresh_from_db()
    assert line.committed == 100_000 and "The lot is spoiled" in text(pages.focal.get(address))
    shown = read(pages.focal, made)
    assert "World Health Organization took back some of what was accepted." in shown
    assert "50 piece" in shown and "Zambia accepted some of it." in shown


def test_a_substitute_and_more_than_is_needed(pages: Pages) -> None:
    made = pages.offered(**{"line1-quantity": "3000"})
    assert pages.accept(made, quantity="1001").status_code == 422
    assert pages.accept(made, quantity="1001", over="on").status_code == 302
    assert "over-covered" in read(pages.who, made)
    gloves = str(Need.objects.get(item__code="GLOVE-EXAM").uuid)
    assert pages.accept(made, quantity="5", need=gloves, counts_as="50").status_code == 302
    assert "counts as 50" in read(pages.who, made)
    assert pages.accept(made, quantity="5", need="none").status_code == 302
    assert Acceptance.objects.filter(need=None).count() == 1


# ── proposing ────────────────────────────────────────────────────────────────
def propose(pages: Pages, made: Offer, browser: Client | None = None, **changes: str) -> Any:
    """The focal point proposes to accept some of the first line."""
    sent = {"quantity": "150", "need": str(pages.masks.uuid), "member": "ZMB", "expected": "1 July 2031"} | changes
    line = made.lines.order_by("pk")[0]
    return (browser or pages.focal).post(f"/en/desk/offers/lines/{line.uuid}/propose", sent)


def test_proposed_filled_in_accepted_and_nothing_moved_before(pages: Pages) -> None:
    made = pages.offered()
    shown = read(pages.focal, made)
    assert "Propose it to your approver" in shown and "We have read the conditions" not in shown
    gloves = str(Need.objects.get(item__code="GLOVE-EXAM").uuid)
    answer = propose(pages, made, quantity="120", need=gloves, counts_as="60", expected="1 March 2031", over="on")
    assert answer.status_code == 302, text(answer)
    assert not Acceptance.objects.exists() and Account.objects.get(subject=gloves).committed == 0
    assert "Proposed by Office" in read(pages.focal, made), "its own people read who and when"
    assert "Proposed by" not in read(pages.who, made) and "proposed" not in read(pages.who, made)
    assert "it is proposed to accept" in text(pages.approver.get("/en/desk"))
    assert "waits for your approver" in text(pages.focal.get("/en/desk"))
    shown = read(pages.approver, made)
    line = made.lines.get()
    assert "To accept 120 piece. For the need of" in shown and "It counts as 60" in shown
    assert f'<option value="{gloves}" selected>' in shown and 'name="quantity" inputmode="decimal"' in shown
    assert 'value="120"' in shown and 'value="60"' in shown and 'value="1 March 2031"' in shown
    [proposal] = AcceptanceProposal.objects.all()
    assert f'name="proposal" value="{proposal.uuid}"' in shown
    sent = {
        "quantity": "120", "need": gloves, "counts_as": "60", "proposal": str(proposal.uuid), "member": "ZMB",
        "expected": "1 March 2031",
    }  # fmt: skip
    unread = pages.approver.post(f"/en/desk/offers/lines/{line.uuid}/accept", sent)
    assert unread.status_code == 422 and "tick that you have read" in text(unread)
    done = pages.approver.post(f"/en/desk/offers/lines/{line.uuid}/accept", sent | {"conditions": "on"})
    assert done.status_code == 302
    proposal.refresh_from_db()
    assert proposal.state == "taken" and Account.objects.get(subject=gloves).committed == 60_000
    again = pages.approver.post(f"/en/desk/offers/lines/{line.uuid}/accept", sent | {"conditions": "on"})
    assert again.status_code == 422 and "was decided, changed or sent back meanwhile" in text(again)


def test_pressed_twice_and_proposed_anew(pages: Pages) -> None:
    made = pages.offered()
    assert propose(pages, made).status_code == propose(pages, made).status_code == 302
    assert "waits for your approver already" in read(pages.focal, made)
    assert AcceptanceProposal.objects.count() == 1
    refused = propose(pages, made, quantity="401")
    assert refused.status_code == 422 and "Less is left of this offer: 400" in text(refused)
    assert 'value="401"' in text(refused)
    assert propose(pages, made, quantity="many").status_code == 422
    assert propose(pages, made, quantity="170").status_code == 302
    assert "To accept 170" in read(pages.approver, made) and "To accept 150" not in read(pages.approver, made)


def test_sent_back_with_a_word(pages: Pages) -> None:
    made = pages.offered()
    propose(pages, made)
    proposal = AcceptanceProposal.objects.get()
    address = f"/en/desk/offers/proposals/{proposal.uuid}/send-back"
    assert pages.focal.post(address, {"word": "x"}).status_code == 403
    for browser in (pages.who, world.approver("CUB")[1]):
        assert browser.post(address, {"word": "x"}).status_code == 404
    refused = pages.approver.post(address, {"word": "x" * 501})
    assert refused.status_code == 422 and "x" * 501 in text(refused) and "too long" in text(refused)
    assert pages.approver.post(address, {"word": ""}).status_code == 422
    assert pages.approver.post(address, {"word": "Our store holds 50"}).status_code == 302
    shown = read(pages.focal, made)
    assert "The proposal to accept 150 piece was sent back." in shown and "Our store holds 50" in shown
    assert "Our store holds 50" not in read(pages.who, made)
    assert pages.approver.post(address, {"word": "again"}).status_code == 302
    assert "meanwhile" in read(pages.approver, made)


def test_taken_back_with_a_word(pages: Pages) -> None:
    made = pages.offered()
    propose(pages, made)
    address = f"/en/desk/offers/proposals/{AcceptanceProposal.objects.get().uuid}/take-back"
    assert address in read(pages.focal, made) and address not in read(pages.approver, made)
    assert address not in read(world.focal_point()[1], made), "a colleague proposes anew"
    assert pages.approver.post(address, {"word": "x"}).status_code == 403
    assert pages.who.post(address, {"word": "x"}).status_code == 404
    without = pages.focal.post(address, {"word": ""})
    assert without.status_code == 422 and "<details open><summary>Take it back" in text(without)
    assert pages.focal.post(address, {"word": "It came already"}).status_code == 302
    for browser in (pages.focal, pages.approver):
        shown = read(browser, made)
        assert "The proposal to accept 150 piece was taken back." in shown and "It came already" in shown
    assert "It came already" not in read(pages.who, made)
    assert "it is proposed" not in text(pages.approver.get("/en/desk"))


def test_a_need_that_ended_since_is_chosen_anew(pages: Pages) -> None:
    made = pages.offered()
    propose(pages, made)
    world.approved(make.line(quantity=0), round_=pages.round)
    shown = read(pages.approver, made)
    assert "The need that was proposed is not open any more" in shown
    refused = pages.accept(made, need="", proposal=str(AcceptanceProposal.objects.get().uuid))
    assert refused.status_code == 422 and "Choose the need it is for" in text(refused)


def test_to_decline_is_proposed_and_decided(pages: Pages) -> None:
    made = pages.offered()
    too_long = pages.do(pages.focal, made, "propose-decline", reason="x" * 501)
    assert too_long.status_code == 422 and 'action="/en/desk/offers/' in text(too_long)
    assert pages.do(pages.focal, made, "propose-decline", reason="No cold room").status_code == 302
    assert "No cold room" not in read(pages.who, made)
    shown = read(pages.approver, made)
    assert "To decline what is left of the offer." in shown and 'value="No cold room"' in shown
    assert "it is proposed to decline it" in text(pages.approver.get("/en/desk"))
    proposal = AcceptanceProposal.objects.get()
    sent = {"reason": "No cold room", "proposal": str(proposal.uuid)}
    assert pages.do(pages.approver, made, "decline", **sent).status_code == 302
    assert "No cold room" in read(pages.who, made)
    proposal.refresh_from_db()
    assert proposal.state == "taken"


def test_nobody_else_proposes(pages: Pages) -> None:
    made = pages.offered()
    for browser, status in ((pages.who, 403), (pages.unicef, 404), (world.focal_point("CUB")[1], 404)):
        assert propose(pages, made, browser).status_code == status
        assert pages.do(browser, made, "propose-decline").status_code == status
    assert not AcceptanceProposal.objects.exists()


# ── ending ───────────────────────────────────────────────────────────────────
def test_what_is_to_be_shared_out_says_so_and_asks_for_a_need(pages: Pages) -> None:
    made = pages.offered(aim="any", **{"line1-quantity": "5000", "line1-need": ""})
    shown = read(pages.approver, made)
    assert "Coordination helps to share out the rest" in shown and value(shown, "quantity") == "1000"
    assert 'value="none"' not in shown and 'name="over"' not in shown
    beyond = pages.accept(made, quantity="1001", over="on")
    assert beyond.status_code == 422 and "no more than is not covered of the need, which is 1,000 piece" in text(beyond)
    assert "Choose the open need" in text(pages.accept(made, need="none"))
    gowns = pages.offered(aim="any", **{"line1-item": "GOWN-ISO", "line1-need": ""})
    shown = read(pages.approver, gowns)
    assert "You state no open need of this item" in shown and value(shown, "quantity") == ""


@pytest.mark.parametrize(
    ("changes", "gap"),
    [({"line1-quantity": "1000"}, None), ({"line1-quantity": "1001"}, "1,000"),
     ({"lines": "2", "line1-quantity": "600", "line2-item": "MASK-IIR", "line2-quantity": "600"}, "1,000"),
     ({"aim": "any", "line1-quantity": "5000", "line1-need": ""}, "1,000"),
     ({"line1-item": "GLOVE-EXAM", "line1-quantity": "5000", "line1-need": ""}, "500"),
     ({"line1-item": "GLOVE-EXAM", "line1-quantity": "5000"}, None)],
)  # fmt: skip
def test_the_giver_reads_that_it_offers_more_than_is_not_covered(
    pages: Pages, changes: dict[str, str], gap: str | None
) -> None:
    pages.draft(**changes)
    made = Offer.objects.get()
    said = f"more than is not covered, which is {gap} "
    assert (said in read(pages.who, made)) == (gap is not None)
    assert "more than is not covered" in read(pages.who, made) or gap is None
    assert pages.do(pages.who, made, "send", version="1").status_code == 302, "a question, no refusal"
    assert "more than is not covered, which" not in read(pages.who, made)


def test_where_all_is_committed_the_form_proposes_no_quantity(pages: Pages) -> None:
    pages.accept(pages.offered(**{"line1-quantity": "1000"}), quantity="1000")
    shown = text(pages.who.get("/en/respond?item=MASK-IIR&by=not_in_country"))
    assert "All of it is committed or on its way already." in shown and "item=MASK-IIR&amp;quantity" not in shown
    for query in (f"need={pages.masks.uuid}", "member=ZMB&item=MASK-IIR&quantity=0"):
        form = text(pages.who.get(f"/en/desk/offers/new?{query}"))
        assert value(form, "line1-quantity") == "" and value(form, "line1-item")


def test_declined_withdrawn_and_past_its_day(pages: Pages) -> None:
    made = pages.offered()
    assert pages.do(pages.approver, made, "decline", reason="x" * 501).status_code == 422
    assert pages.do(pages.focal, made, "decline").status_code == 403
    assert pages.do(pages.approver, made, "decline", reason="No store").status_code == 302
    assert "No store" in read(pages.who, made) and OfferDecline.objects.count() == 1
    assert "stands no longer" in text(pages.approver.get(pages.do(pages.approver, made, "decline").url))
    other = pages.offered()
    assert pages.do(pages.who, other, "withdraw", reason="Given elsewhere").status_code == 302
    assert "Given elsewhere" in read(pages.approver, other) and pages.accept(other).status_code == 422
    late = pages.offered()
    Offer.objects.filter(pk=late.pk).update(ends_at=timezone.now())
    shown = read(pages.approver, late)
    assert "expired" in shown and "Accept: commit" not in shown and "has passed" in text(pages.accept(late))
    assert "Nothing is offered" not in text(pages.approver.get("/en/desk/offers?list=received"))


def test_nobody_else_finds_it(pages: Pages) -> None:
    made = pages.offered()
    chair = world.at_the_browser(make.person(Role.COORDINATION))
    for browser in (pages.unicef, world.approver("CUB")[1], chair):
        read(browser, made, 404)
        assert pages.accept(made, browser).status_code == 404
        for what in ("send", "discard", "withdraw", "decline"):
            assert pages.do(browser, made, what).status_code == 404
    for what in ("send", "discard", "withdraw"):
        assert pages.do(pages.approver, made, what).status_code == 404
    anybody = pages.offered(aim="any", **{"line1-need": ""})
    assert "any member" in read(chair, anybody) and "any member" in read(world.focal_point("CUB")[1], anybody)
    assert pages.do(chair, anybody, "decline").status_code == 403 and pages.accept(anybody, chair).status_code == 403


def test_a_line_of_support_leads_back_to_its_offer(pages: Pages) -> None:
    made = pages.offered()
    line = made.lines.get().support.get().line
    shown = text(pages.approver.get(f"/en/desk/support/{line.uuid}"))
    assert f"/en/desk/offers/{made.uuid}" in shown and "Accept: commit" not in shown
    refused = pages.who.post(f"/en/desk/support/{line.uuid}/withdraw")
    assert "came of an offer" in text(pages.who.get(refused.url))


def test_capacity_and_technology_are_shown_and_come_further(pages: Pages) -> None:
    about = {"line1-product": "A vaccine", "line1-holder": "A pool", "line1-territory": "Africa"}
    wrong = pages.draft(kind="technology", **about)
    assert wrong.status_code == 422 and "A licence is an item of its own" in text(wrong)
    licence = about | {"line1-item": "LICENCE-NE", "line1-quantity": "1", "line1-need": ""}
    made = pages.offered(kind="technology", **licence)
    assert "asked for" in read(pages.approver, made)
    line = made.lines.get()
    said = f"/en/desk/offers/lines/{line.uuid}/advance"
    assert "No member has accepted it yet" in text(pages.who.post(said, {"stage": "signed"}, follow=True))
    pages.accept(made, quantity="1", need="none")
    moved = pages.who.post(said, {"stage": "signed"})
    assert moved.status_code == 302 and "the transfer of the technology has come: signed." in read(pages.approver, made)
    assert pages.approver.post(said, {"stage": "transferred"}).status_code == 404
    capacity = pages.offered(kind="capacity", **{"line1-a_month": "90", "line1-from_on": pages.until})
    shown = read(pages.approver, capacity)
    assert "Units a month</b> 90" in shown and "commits nothing" in shown
    pages.accept(capacity)
    assert Account.objects.get(subject=pages.masks.uuid).committed == 0


def test_what_follows_of_the_aim_follows_it_when_it_changes(pages: Pages) -> None:
    pages.draft(**{"line1-need": ""})
    draft = Offer.objects.get()
    edit = f"/en/desk/offers/{draft.uuid}/edit"
    assert draft.earmarking == 3 and '<option value="" selected>as it is aimed' in text(pages.who.get(edit))
    pages.draft(at=edit, aim="any", version="1", **{"line1-need": ""})
    draft.refresh_from_db()
    assert draft.earmarking == 1
    pages.draft(at=edit, earmarking="2", version="2")
    assert '<option value="2" selected' in text(pages.who.get(edit))


def test_another_lot_of_the_item_is_for_the_same_need_and_request(pages: Pages) -> None:
    asked = make.asked(600, of="ZMB", to=("WHO",), at=world.now())
    line = str(asked.lines.get().uuid)
    more = {"lines": "3", "line1-request": line, "line2-item": "MASK-IIR", "line2-quantity": "200",
            "line3-item": "GLOVE-EXAM", "line3-quantity": "5"}  # fmt: skip
    made = pages.offered(**more)
    first, second, third = made.lines.order_by("pk")
    assert first.need == second.need == pages.masks and first.request_line == second.request_line is not None
    assert third.need is None and RequestAnswer.objects.get().kind == "full"


def test_long_lists_have_pages(pages: Pages, monkeypatch: Any) -> None:
    monkeypatch.setattr(offers_lists, "PER_PAGE", 2)
    for _ in range(3):
        pages.draft()
    shown = text(pages.who.get("/en/desk/offers"))
    assert "?page=2" in shown and pages.who.get("/en/desk/offers?page=2").status_code == 200
    assert "You have offered nothing yet" in text(pages.focal.get("/en/desk/offers"))


def test_the_lists_as_files(pages: Pages) -> None:
    made = pages.offered(**{"line1-lot": "=L-7"})
    pages.accept(made)
    for browser, query in ((pages.who, ""), (pages.approver, "?list=received")):
        answer = browser.get(f"/en/desk/offers.csv{query}")
        rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
        [row] = [row for row in rows if row["offer"] == made.code]
        assert (row["giver"], row["member"], row["item"], row["state"]) == ("WHO", "ZMB", "MASK-IIR", "offered")
        assert (row["quantity"], row["accepted"], row["left"]) == ("400", "150", "250")
        assert "L-7" in row["lot"] and not row["lot"].startswith("="), "no formula"
    Offer.objects.update(ends_at=timezone.now())
    answer = pages.who.get("/en/desk/offers.json")
    assert json.loads(b"".join(answer.streaming_content))["rows"][0]["state"] == "expired"
    assert len(b"".join(pages.who.get("/en/desk/offers.xlsx").streaming_content)) > 1000
    assert made.code not in b"".join(pages.unicef.get("/en/desk/offers.csv").streaming_content).decode()
    assert "/en/desk/offers.xlsx" in text(pages.who.get("/en/desk/offers"))
