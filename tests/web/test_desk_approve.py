"""The approver's page: what it shows, who may press, what the press does."""

import pytest
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Release
from unmet.audit.models import AuditRow
from unmet.books.models import Account
from unmet.needs.models import Return, Statement
from unmet.web.templatetags.desk import amount_of

pytestmark = pytest.mark.django_db


def text(answer) -> str:
    return answer.content.decode()


def address(return_: Return, deed: str = "approve") -> str:
    return f"/en/desk/returns/{return_.uuid}/{deed}"


def waiting(*lines):
    return world.submitted(*(lines or (make.line(),)), round_=world.open_round())


# ── what it shows ────────────────────────────────────────────────────────────
def test_the_page_shows_old_and_new_the_sum_in_the_books_and_folds_what_did_not_change():
    round_ = world.open_round()
    world.approved(make.line("MASK-IIR", 1000), make.line("GOWN-ISO", 50), round_=round_)
    return_ = world.submitted(
        make.line("MASK-IIR", 1450, pipeline=200_000, remark="Two more hospitals"),
        make.line("APRON", 30),
        round_=round_,
    )
    page = text(world.approver()[1].get(address(return_)))
    assert "<del>1,000</del> <ins>1,450</ins>" in page and "+450" in page
    assert "<del>1,000</del> <ins>1,650</ins>" in page and "1,450 + 200" in page  # counted once
    assert "new line" in page and "Two more hospitals" in page
    assert "1 changed, 1 new, 0 as you last approved" in page
    assert "Approve 2 lines</button>" in page and "2 lines stay with your team." in page


def test_the_sign_of_a_change_stays_before_its_digits_in_arabic():
    round_ = world.open_round()
    world.approved(make.line("MASK-IIR", 1000), round_=round_)
    return_ = world.submitted(make.line("MASK-IIR", 900), round_=round_)
    _, browser = world.approver()
    assert "\u200e−100" in text(browser.get(address(return_).replace("/en/", "/ar/")))
    assert "\u200e" not in text(browser.get(address(return_)))


def test_a_line_in_own_words_says_that_it_stands_in_no_book():
    return_ = waiting(make.line(item_id=None, words="Tents for a school"))
    page = text(world.approver()[1].get(address(return_)))
    assert "Tents for a school" in page and "own words; in no book until an item is picked · needed by" in page


def test_the_button_and_the_page_say_to_whom_approval_publishes():
    round_ = world.open_round()
    make.released("ZMB", sectors=["IPC"], at=world.now())
    make.released("ZMB", sectors=["COORD"], audience="coordination", level="figures", at=world.now())
    return_ = world.submitted(make.line(), make.line("GRANT-PLAN", 500), make.line("RDT-AG-RESP", 3), round_=round_)
    page = text(world.approver()[1].get(address(return_)))
    assert "Approve 3 lines and publish 1 to everyone" in page
    assert "1 line becomes public at once." in page and "1 line goes to them." in page
    assert "1 line stays with your team." in page and "What cannot be taken back:" in page


def test_a_need_held_back_is_not_among_the_published():
    round_ = world.open_round()
    return_ = world.submitted(make.line(), round_=round_)
    make.released("ZMB", at=world.now())
    _, browser = world.approver()
    browser.post(f"/en/desk/needs/{Statement.objects.get().need.uuid}/hold", {"do": "hold"})
    page = text(browser.get(address(return_)))
    assert "Approve 1 line</button>" in page and "Held back" in page


# ── deciding ─────────────────────────────────────────────────────────────────
def test_another_person_approves_and_the_books_know():
    make_public = world.open_round()
    make.released("ZMB", at=world.now())
    return_ = world.submitted(make.line(), round_=make_public)
    _, browser = world.approver()
    answer = browser.post(address(return_), {"revision": 1}, follow=True)
    assert "Approved: 1 line. Public: 1." in text(answer)
    account = Account.objects.get()
    assert account.approved == 1_000_000 and account.public
    assert AuditRow.objects.filter(event="needs.approved").count() == 1


def test_approving_twice_does_no_harm_and_says_so():
    return_ = waiting()
    _, browser = world.approver()
    browser.post(address(return_), {"revision": 1})
    again = browser.post(address(return_), {"revision": 1})
    assert again.status_code == 422 and "does not wait for you" in text(again)
    assert AuditRow.objects.filter(event="needs.approved").count() == 1


def test_who_typed_a_line_sees_why_he_cannot_approve_and_cannot():
    round_ = world.open_round()
    person, browser = world.approver()
    return_ = world.submitted(make.line(), round_=round_, by=person)
    page = text(browser.get(address(return_)))
    assert "another approver of your party must approve it" in page and "Approve 1 line" not in page
    assert browser.post(address(return_), {"revision": 1}).status_code == 422
    return_.refresh_from_db()
    assert return_.state == Return.State.SUBMITTED


def test_a_focal_point_reads_but_may_not_approve():
    return_ = waiting()
    _, browser = world.focal_point()
    assert "You are not appointed as approver." in text(browser.get(address(return_)))
    assert browser.post(address(return_), {"revision": 1}).status_code == 403
    assert browser.post(address(return_, "send-back"), {"revision": 1, "comment": "x"}).status_code == 403


def test_a_version_that_was_not_read_cannot_be_approved():
    round_ = world.open_round()
    return_ = world.submitted(make.line(), round_=round_)
    _, browser = world.approver()
    world.submitted(make.line(quantity=99), round_=round_)
    for read in ("1", "", "9" * 5000):
        answer = browser.post(address(return_), {"revision": read})
        assert answer.status_code == 422 and "newer version" in text(answer)
        assert 'name="revision" value="2"' in text(answer)
    assert not Account.objects.exists()


def test_the_approver_changes_a_quantity_with_a_reason():
    return_ = waiting()
    statement = Statement.objects.get()
    sent = {"revision": 1, f"quantity-{statement.pk}": "800", f"why-{statement.pk}": "Stock was counted"}
    world.approver()[1].post(address(return_), sent)
    statement.refresh_from_db()
    assert (statement.requested, statement.approved, statement.reason) == (1_000_000, 800_000, "Stock was counted")
    assert Account.objects.get().approved == 800_000


@pytest.mark.parametrize(
    ("quantity", "why", "told"),
    [
        ("800", "", "A changed quantity needs a reason."),
        ("1,250", "x", "can be read in two ways"),
        ("many", "x", "is not a quantity"),
        ("1.5", "x", "is counted in whole units"),
        ("-4", "x", "is not a quantity"),
    ],
)
def test_a_change_that_is_not_clear_is_shown_again_with_what_was_typed(quantity, why, told):
    return_ = waiting()
    pk = Statement.objects.get().pk
    answer = world.approver()[1].post(address(return_), {"revision": 1, f"quantity-{pk}": quantity, f"why-{pk}": why})
    page = text(answer)
    assert answer.status_code == 422 and told in page and f'value="{quantity}"' in page
    assert f'<a href="#quantity-{pk}">' in page and not Account.objects.exists()


def test_sending_back_needs_a_comment_and_keeps_the_return():
    return_ = waiting()
    _, browser = world.approver()
    refused = browser.post(address(return_, "send-back"), {"revision": 1, "comment": "  "})
    assert refused.status_code == 422 and "Please write why" in text(refused)
    browser.post(address(return_, "send-back"), {"revision": 1, "comment": "Count the gowns"})
    return_.refresh_from_db()
    assert (return_.state, return_.comment) == (Return.State.SENT_BACK, "Count the gowns")


def test_nothing_to_report_is_approved_in_its_own_words():
    round_ = world.open_round()
    _, typist = world.focal_point()
    typist.post("/en/desk/ZMB/r-now/nothing")
    _, browser = world.approver()
    return_ = Return.objects.get()
    assert "Approve “nothing to report”" in text(browser.get(address(return_)))
    browser.post(address(return_), {"revision": 1})
    assert Return.objects.get(round=round_).state == Return.State.APPROVED


def test_money_is_shown_in_us_dollars():
    assert amount_of(12_345_000, make.item("GRANT-PLAN")) == "123.45"
    assert amount_of(None, make.item("GRANT-PLAN")) == "–"


@pytest.mark.parametrize("deed", ["approve", "send-back", "withdraw"])
def test_for_another_member_the_return_does_not_exist(deed):
    return_ = waiting()
    for _, browser in (world.approver(world.OTHER), world.focal_point(world.OTHER), world.responder()):
        assert browser.get(address(return_)).status_code == 404
        assert browser.post(address(return_, deed), {"revision": 1, "comment": "x"}).status_code == 404
    return_.refresh_from_db()
    assert return_.state == Return.State.SUBMITTED and not Release.objects.exists()
