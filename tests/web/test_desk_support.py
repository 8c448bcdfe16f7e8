"""The support pages: state, accept, receive, assign, withdraw; the desk; where a responder begins."""

import io
from datetime import timedelta

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import make
from tests.web import desk_world as world

from unmet.books import doctor
from unmet.books.models import Account
from unmet.needs.models import Need
from unmet.support import signs
from unmet.support.models import Line, Proposal

pytestmark = pytest.mark.django_db
NEW = "/en/desk/support/new"


def text(answer) -> str:
    return answer.content.decode()


def address(line: Line, deed: str = "") -> str:
    return f"/en/desk/support/{line.uuid}" + (f"/{deed}" if deed else "")


def pledge(**changes) -> dict[str, str]:
    return {
        "round": "r-now", "giver": "WHO", "member": "ZMB", "item": "MASK-IIR", "quantity": "400", "stage": "pledged",
        "date": world.today().isoformat(), "reference": "R-1", **changes,
    }  # fmt: skip


@pytest.fixture
def round_():
    round_ = world.open_round()
    world.approved(make.line(quantity=1000), round_=round_)
    make.released("ZMB", at=world.now())
    return round_


@pytest.fixture
def pledged(round_) -> Line:
    answer = world.responder()[1].post(NEW, pledge())
    assert answer.status_code == 302, text(answer)
    return Line.objects.get()


# ── stating a line ───────────────────────────────────────────────────────────
def test_a_responder_pledges_and_the_same_form_again_changes_nothing(round_):
    _, browser = world.responder()
    form = text(browser.get(f"{NEW}?member=ZMB&item=MASK-IIR"))
    assert '<option value="WHO" selected>' in form and '<option value="ZMB" selected>' in form
    browser.post(NEW, pledge())
    again = browser.post(NEW, pledge(), follow=True)
    assert "Nothing changed" in text(again) and Line.objects.get().pledged == 400_000
    account = Account.objects.get(kind=Account.Kind.NEED)
    assert (account.pledged, account.not_covered) == (400_000, 1_000_000)


def test_a_fault_stands_beside_its_field_with_what_was_typed(round_):
    answer = world.responder()[1].post(NEW, pledge(quantity="lots", reference="", item="no such"))
    page = text(answer)
    assert answer.status_code == 422 and 'value="lots"' in page
    assert '<a href="#support-quantity">' in page and '<a href="#support-reference">' in page
    assert not Line.objects.exists()


def test_a_member_finds_itself_as_receiver_and_chooses_who_gives(round_):
    _, browser = world.approver()
    form = text(browser.get(NEW))
    assert '<option value="ZMB" selected>' in form and '<option value="AFG" selected>' not in form
    # The giver, not chosen yet; directly; and nothing that is meant all the same.
    assert form.count('<option value="" selected>') == 3
    page = text(browser.post(NEW, pledge(giver="", stage="received")))
    assert page.count("Choose a party from the list.") == 2 and "cell" not in page


def test_a_responder_cannot_give_for_another_party(round_):
    answer = world.responder()[1].post(NEW, pledge(giver="CUB"))
    assert answer.status_code == 422 and "may not be stated by you" in text(answer)
    assert not Line.objects.exists()


def test_coordination_may_not_state_support(round_):
    browser = world.at_the_browser(make.person("coordination"))
    assert browser.get(NEW).status_code == 404 and browser.post(NEW, pledge()).status_code == 403


# ── the way of a line ────────────────────────────────────────────────────────
def test_proposed_accepted_sent_and_received(pledged):
    (_, focal), (_, approver), (_, giver) = world.focal_point(), world.approver(), world.responder()
    today = world.today().isoformat()
    proposed = focal.post(address(pledged, "accept"), {"quantity": "300", "date": today}, follow=True)
    assert "An approver of your party makes the commitment." in text(proposed)
    proposal = Proposal.objects.get()
    assert "Proposals to accept" in text(approver.get("/en/desk/support")) and "R-1" in text(
        approver.get("/en/desk/support")
    )
    assert "1 proposal to accept support" in text(approver.get("/en/desk"))
    approver.post(address(pledged, "accept"), {"proposal": proposal.pk})
    twice = approver.post(address(pledged, "accept"), {"proposal": proposal.pk}, follow=True)
    assert twice.status_code == 200 and "was made or decided already" in text(twice)
    pledged.refresh_from_db()
    assert (pledged.pledged, pledged.committed) == (100_000, 300_000)
    giver.post(address(pledged, "send"), {"quantity": "300", "date": today})
    arrived = {"accepted": "280", "rejected": "15", "on_the_way": "5", "date": today}
    short = focal.post(address(pledged, "receive"), {**arrived, "on_the_way": ""})
    assert short.status_code == 422 and "must add up to what is under way now: 300" in text(short)
    unexplained = focal.post(address(pledged, "receive"), arrived)
    assert unexplained.status_code == 422 and "Choose a reason" in text(unexplained)
    told = {**arrived, "rejected_why": "other", "text": "Wet cartons"}
    certificate = focal.post(address(pledged, "receive"), told, follow=True)
    assert "Certificate of receipt" in text(certificate) and "Wet cartons" in text(certificate)
    again = focal.post(address(pledged, "receive"), told)
    assert again.status_code == 422 and 'value="Wet cartons"' in text(again), "pressed twice, nothing is lost"
    rest = {"missing": "5", "missing_why": "lost", "date": today}
    assert focal.post(address(pledged, "receive"), rest).status_code == 302
    gone = focal.post(address(pledged, "receive"), rest)
    assert gone.status_code == 422 and "Nothing of this line is under way" in text(gone)
    assert "Received without a waybill" in text(giver.get(address(pledged)))
    pledged.refresh_from_db()
    assert (pledged.received, pledged.rejected, pledged.missing, pledged.in_transit) == (280_000, 15_000, 5_000, 0)
    assert Account.objects.get(kind=Account.Kind.NEED).not_covered == 720_000
    assert "Wet cartons" in text(giver.get(address(pledged)))
    assert doctor.differences() == []


def test_proposed_and_taken_back(pledged):
    (_, focal), (_, approver), (_, giver) = world.focal_point(), world.approver(), world.responder()
    focal.post(address(pledged, "accept"), {"quantity": "300", "date": world.today().isoformat()})
    back, sent = address(pledged, "proposal/take-back"), {"proposal": Proposal.objects.get().pk}
    assert back in text(focal.get(address(pledged))) and back not in text(approver.get(address(pledged)))
    assert approver.post(back, sent).status_code == giver.post(back, sent).status_code == 403
    shown = text(focal.post(back, sent, follow=True))
    assert "Taken back. Your approver is told" in shown and "The proposal to commit 300 piece was taken back" in shown
    assert "was taken back on" not in text(giver.get(address(pledged)))
    assert "was made or decided already" in text(approver.post(address(pledged, "accept"), sent, follow=True))
    assert "proposal to accept support" not in text(approver.get("/en/desk"))


def test_more_than_is_not_covered_and_stop_sending_are_asked_about(pledged):
    """On the page of a line, beside what was typed; said to be meant, it is booked."""
    (_, focal), (by, approver), (_, giver) = world.focal_point(), world.approver(), world.responder()
    today = world.today().isoformat()
    world.approved(make.line(quantity=250), round_=pledged.round)
    typed = {"quantity": "300", "date": today}
    asked = approver.post(address(pledged, "accept"), typed)
    assert asked.status_code == 422 and "more than is not covered of the need, which is 250" in text(asked)
    assert 'name="meant"' in text(asked) and 'value="300"' in text(asked)
    focal.post(address(pledged, "accept"), typed | {"meant": "on"})
    sent = {"proposal": Proposal.objects.get().pk}
    again = approver.post(address(pledged, "accept"), sent)
    assert again.status_code == 422 and "250 piece are not covered. We want it even where it is more." in text(again)
    assert approver.post(address(pledged, "accept"), sent | {"meant": "on"}).status_code == 302
    with make.as_(by, at=world.now()):
        signs.stop(Need.objects.get(), reason="The store burnt", by=by, at=world.now())
    asked = giver.post(address(pledged, "send"), typed)
    assert asked.status_code == 422 and "The member says stop sending for this need." in text(asked)
    assert giver.post(address(pledged, "send"), typed | {"meant": "on"}).status_code == 302
    pledged.refresh_from_db()
    assert (pledged.committed, pledged.in_transit) == (0, 300_000) and doctor.differences() == []


def test_an_approver_commits_at_once_or_declines(pledged):
    _, approver = world.approver()
    world.focal_point()[1].post(address(pledged, "accept"), {"quantity": "50", "date": world.today().isoformat()})
    approver.post(address(pledged, "decline"), {"proposal": Proposal.objects.get().pk})
    assert Proposal.objects.get().state == Proposal.State.DECLINED
    approver.post(address(pledged, "accept"), {"quantity": "400", "date": world.today().isoformat()})
    pledged.refresh_from_db()
    assert pledged.committed == 400_000


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"accepted": "900"}, "must add up to what is under way now: 400"),
        ({"accepted": "200", "missing": "10"}, "must add up to what is under way now: 400"),
        ({"accepted": "390", "missing": "10"}, "Choose a reason"),
        ({"accepted": ""}, "Write how much arrived."),
        ({"accepted": "1,250"}, "two ways"),
        ({"accepted": "400", "date": "someday"}, "someday"),
    ],
)
def test_a_receipt_that_is_not_clear_is_shown_again(pledged, sent, told):
    today = world.today().isoformat()
    world.approver()[1].post(address(pledged, "accept"), {"quantity": "400", "date": today})
    answer = world.focal_point()[1].post(address(pledged, "receive"), {"date": today, **sent})
    assert answer.status_code == 422 and told in text(answer)
    assert f'value="{sent["accepted"]}"' in text(answer)
    pledged.refresh_from_db()
    assert pledged.received == 0 and pledged.missing == 0


def test_the_giver_withdraws_what_was_not_accepted(pledged):
    _, giver = world.responder()
    giver.post(address(pledged, "withdraw"), {"reason": "Budget"})
    pledged.refresh_from_db()
    assert pledged.pledged == 0 and pledged.steps.last().reason == "Budget"
    assert "Nothing of this line can be taken back" in text(giver.post(address(pledged, "withdraw"), follow=True))
    assert Account.objects.get(kind=Account.Kind.NEED).pledged == 0


def test_unassigned_support_is_assigned_to_the_need_that_is_earliest(round_):
    world.responder()[1].post(NEW, pledge(item="GOWN-ISO"))
    line = Line.objects.get()
    _, focal = world.focal_point()
    assert "No open need of this item" in text(focal.get(address(line)))
    later, sooner = world.today() + timedelta(days=90), world.today() + timedelta(days=9)
    with make.as_(make.focal_point("ZMB"), at=world.now()):
        place = make.line("GOWN-ISO", 5, needed_by=sooner, place_name="Lusaka")
    world.approved(make.line("GOWN-ISO", 9, needed_by=later), place, round_=round_)
    page = text(focal.get(address(line)))
    assert page.index("Lusaka") < page.index("Whole country") and "Proposed: it is needed earliest" in page
    account = Account.objects.get(place__own_name="Lusaka")
    focal.post(address(line, "assign"), {"account": account.pk})
    line.refresh_from_db()
    account.refresh_from_db()
    assert line.account_id == account.pk and account.pledged == 400_000
    assert "Choose a need that is open." in text(focal.post(address(line, "assign"), {"account": account.pk}))


def test_a_refused_step_keeps_what_was_typed_of_it_and_fills_in_no_other(round_):
    (_, focal), (person, _approver), (_, giver) = world.focal_point(), world.approver(), world.responder()
    with make.as_(person, at=world.now()):
        place = make.line("GOWN-ISO", 5, place_name="Lusaka", needed_by=world.today() + timedelta(days=9))
    world.approved(make.line("GOWN-ISO", 9, needed_by=world.today() + timedelta(days=90)), place, round_=round_)
    gowns = make.item("GOWN-ISO").pk
    line = make.support_line("WHO", "ZMB", "committed", 50, item_id=gowns, reference="R-1", dated_on=world.today())
    make.stated([line], by=person, round_=round_, at=world.now())
    line = Line.objects.get()
    refused = giver.post(address(line, "take-back"), {"quantity": "70", "reason": "Not to be had"})
    assert refused.status_code == 422 and text(refused).count('value="70"') == 1
    later = Account.objects.get(item=gowns, place__code="WHOLE", kind=Account.Kind.NEED).pk
    refused = focal.post(address(line, "assign"), {"account": later})
    assert refused.status_code == 422 and f'value="{later}" checked' in text(refused)
    focal.post(address(line, "assign"), {"account": later, "over": "on"})
    line.refresh_from_db()
    assert line.account_id == later


def test_what_is_past_its_expected_arrival_is_at_risk(pledged):
    past = (world.today() - timedelta(days=3)).isoformat()
    before = (world.today() - timedelta(days=9)).isoformat()
    _, approver = world.approver()
    approver.post(address(pledged, "accept"), {"quantity": "400", "date": before, "expected": past})
    assert "at risk: past its date" in text(approver.get("/en/desk/support"))
    assert "1 line of support past its expected arrival" in text(approver.get("/en/desk"))


# ── the sheet ────────────────────────────────────────────────────────────────
def sheet(*rows) -> SimpleUploadedFile:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet("Support")
        for number, row in enumerate([["Member", "Item", "Quantity", "Stage", "Date", "Reference"], *rows]):
            page.write_row(number, 0, row)
    return SimpleUploadedFile("support.xlsx", content.getvalue())


def test_a_support_sheet_is_previewed_marked_and_booked(round_):
    _, browser = world.responder()
    today = world.today().isoformat()
    file = sheet(["ZMB", "MASK-IIR", 10, "pledged", today, "S-1"], ["ZMB", "MASK-IIR", 5, "someday", today, "S-2"])
    preview = browser.post("/en/desk/support/import", {"file": file, "round": "r-now"}).headers["Location"]
    page = text(browser.get(preview))
    assert "2 = 1 + 0 + 0 + 1" in page and "someday" in page and not Line.objects.exists()
    assert browser.get(f"{preview}/marked").content[:2] == b"PK"
    browser.post(preview, {"do": "all"})
    assert not Line.objects.exists()
    told = text(browser.post(preview, {"do": "good"}, follow=True))
    assert "2 rows read: 1 created, 0 updated, 0 unchanged, 1 refused." in told
    assert Line.objects.get().reference == "S-1"
    assert world.responder("UNICEF")[1].get(preview).status_code == 404


# ── whose it is ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("deed", ["accept", "decline", "receive", "assign", "withdraw", "send"])
def test_for_other_parties_the_line_does_not_exist(pledged, deed):
    for _, browser in (world.approver(world.OTHER), world.responder("UNICEF")):
        assert browser.get(address(pledged)).status_code == 404
        assert browser.post(address(pledged, deed), {"proposal": "1", "account": "1"}).status_code == 404


def test_each_side_may_do_its_own_part_only(pledged):
    _, giver = world.responder()
    _, focal = world.focal_point()
    today = world.today().isoformat()
    assert giver.post(address(pledged, "accept"), {"quantity": "1", "date": today}).status_code == 403
    assert giver.post(address(pledged, "receive"), {"accepted": "1", "date": today}).status_code == 403
    assert giver.post(address(pledged, "assign"), {"account": "1"}).status_code in {403, 422}
    assert focal.post(address(pledged, "withdraw")).status_code == 403
    focal.post(address(pledged, "accept"), {"quantity": "10", "date": today})
    assert focal.post(address(pledged, "accept"), {"proposal": Proposal.objects.get().pk}).status_code == 403
    pledged.refresh_from_db()
    assert (pledged.pledged, pledged.committed) == (400_000, 0)


# ── where people begin ───────────────────────────────────────────────────────
def test_a_responder_sees_the_gaps_it_may_see_and_no_others(round_):
    world.approved(make.line("GRANT-PLAN", 77_777), round_=round_)
    _, browser = world.responder()
    page = text(browser.get("/en/respond"))
    assert "Medical mask, type IIR" in page and "Grant for the national response plan" not in page
    one = text(browser.get("/en/respond?item=MASK-IIR"))
    assert "Zambia" in one and "member=ZMB&amp;item=MASK-IIR" in one
    hidden = text(browser.get("/en/respond?item=GRANT-PLAN"))
    assert "Zambia" not in hidden and "Nothing open" in hidden
    assert browser.get("/en/respond?item=NONE").status_code == 404


def test_the_desk_leads_each_role_to_what_waits(round_):
    assert world.responder()[1].get("/en/desk").headers["Location"] == "/en/respond"
    assert "Nothing waits" in text(world.focal_point()[1].get("/en/desk"))
    world.submitted(make.line(quantity=7), round_=round_)
    make.released("ZMB", sectors=["COORD"], until=world.today() + timedelta(days=4), at=world.now())
    page = text(world.approver()[1].get("/en/desk"))
    assert "read and approve" in page and "days left" in page and "Permission for everyone ends" in page
