"""The grid, its draft, and the page of a return."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils.translation import override
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.models import Draft, Return, Statement
from unmet.web.desk.return_lines import prefilled

pytestmark = pytest.mark.django_db
PAGE = "/en/desk/ZMB/r-now"
LINES = f"{PAGE}/lines"
MASKS = {"item": "MASK-IIR", "quantity": "1 450"}


def text(answer) -> str:
    return answer.content.decode()


# ── typing lines ─────────────────────────────────────────────────────────────
def test_a_line_typed_in_the_grid_waits_for_the_approver():
    world.open_round()
    _, browser = world.focal_point()
    assert browser.get(LINES).status_code == 200
    answer = browser.post(LINES, world.grid(MASKS, {}, do="send"), follow=True)
    assert answer.redirect_chain[-1] == (PAGE, 302)
    assert "1 created, 0 updated, 0 unchanged" in text(answer)
    statement = Statement.objects.get()
    assert (statement.requested, statement.quantity_typed) == (1_450_000, "1 450")
    assert Return.objects.get().state == Return.State.SUBMITTED
    assert not Draft.objects.exists()


def test_the_draft_keeps_what_was_typed_faults_included():
    world.open_round()
    _, browser = world.focal_point()
    rows = [{"item": "no such thing", "quantity": "about 300"}, MASKS]
    browser.post(LINES, world.grid(*rows, do="save"))
    assert Draft.objects.get().rows == rows
    page = text(browser.get(LINES))
    assert 'value="about 300"' in page and 'name="version" value="1"' in page
    assert not Return.objects.exists()


def test_a_fault_stands_beside_its_field_and_in_the_summary_and_nothing_is_lost():
    world.open_round()
    _, browser = world.focal_point()
    answer = browser.post(LINES, world.grid(MASKS, {"item": "MASK-IIR", "place": "Lusaka", "quantity": "x"}, do="send"))
    page = text(answer)
    assert answer.status_code == 422 and "<title>Error:" in page
    assert '<a href="#quantity-2">' in page and 'aria-describedby="quantity-2-e"' in page
    assert 'value="1 450"' in page and 'value="Lusaka"' in page
    assert Draft.objects.get().rows[1]["quantity"] == "x" and not Return.objects.exists()


def test_an_ambiguous_number_is_asked_about_and_the_answer_settles_it():
    world.open_round()
    _, browser = world.focal_point()
    rows = [{"item": "MASK-IIR", "quantity": "1,250"}]
    asked = text(browser.post(LINES, world.grid(*rows, do="send")))
    assert 'name="answer.decimal.quantity" value="."' in asked
    version = Draft.objects.get().version
    browser.post(LINES, world.grid(*rows, do="send", version=version, **{"answer.decimal.quantity": "."}))
    assert Statement.objects.get().requested == 1_250_000


def test_own_words_are_kept_when_the_person_says_so_and_never_asked_about_again():
    world.open_round()
    _, browser = world.focal_point()
    rows = [{"item": "Tent of my own kind", "quantity": "12"}]
    asked = text(browser.post(LINES, world.grid(*rows, do="send")))
    assert 'name="answer.item.tent of my own kind" value="own_words"' in asked
    sent = world.grid(*rows, do="send", version=1, **{"answer.item.tent of my own kind": "own_words"})
    browser.post(LINES, sent)
    assert Statement.objects.get().words == "Tent of my own kind"
    again = [{"item": "Tent of my own kind", "quantity": "13"}]
    browser.post(LINES, world.grid(*again, do="send"))
    assert Statement.objects.get(newest=True).requested == 13_000


@pytest.mark.parametrize(("signs", "why"), [("!!!", "has neither a letter nor a digit"), ("—", "The item is blank")])
def test_signs_alone_name_no_need_and_the_field_says_so(signs, why):
    world.open_round()
    _, browser = world.focal_point()
    sent = world.grid({"item": signs, "quantity": "12"}, do="send", **{"answer.item.": "own_words"})
    answer = browser.post(LINES, sent)
    page = text(answer)
    assert answer.status_code == 422 and 'aria-describedby="item-1-e"' in page
    assert why in page and not Return.objects.exists()


def test_the_same_form_sent_twice_does_no_harm():
    world.open_round()
    _, browser = world.focal_point()
    sent = world.grid(MASKS, do="send")
    browser.post(LINES, sent)
    second = browser.post(LINES, sent, follow=True)
    assert second.status_code == 200 and "Nothing changed" in text(second)
    assert Statement.objects.count() == 1 and Return.objects.get().revision == 1
    kept = world.grid(MASKS, do="save")
    browser.post(LINES, kept)
    assert browser.post(LINES, kept).status_code == 302


def test_only_an_approver_is_asked_to_approve():
    world.submitted(make.line(), round_=world.open_round())
    for (_, browser), asked in ((world.approver(), True), (world.focal_point(), False)):
        page = text(browser.get("/en/desk"))
        assert ("read and approve" in page) is ("Read and approve" in page) is asked
        assert ("read what waits for your approver" in page) is ("Read what was sent" in page) is not asked


def test_who_comes_back_to_an_older_page_of_its_own_is_not_told_of_a_colleague():
    world.open_round()
    _, one = world.focal_point()
    one.post(LINES, world.grid(MASKS, do="save"))
    answer = one.post(LINES, world.grid({"item": "MASK-IIR", "quantity": "7"}, do="save"))
    page = text(answer)
    assert answer.status_code == 409 and "You saved this draft" in page and "olleague" not in page
    assert "from this page" in page and "saved after it" in page and 'value="7"' in page


def test_two_people_at_one_draft_see_both_and_merge():
    world.open_round()
    (first, one), (second, two) = world.focal_point(), world.focal_point()
    one.post(LINES, world.grid(MASKS, do="save"))
    mine = {"item": "MASK-IIR", "quantity": "7"}
    answer = two.post(LINES, world.grid(mine, {"item": "GOWN-ISO", "quantity": "5"}, do="save"))
    page = text(answer)
    assert answer.status_code == 409 and "A colleague saved this draft" in page
    assert 'value="1 450"' in page and 'value="7"' in page and 'value="5"' in page
    assert Draft.objects.get().rows == [MASKS]
    merged = world.grid(MASKS, mine, {"item": "GOWN-ISO", "quantity": "5"}, do="send", version=1, **{"drop-1": "1"})
    two.post(LINES, merged)
    assert Statement.objects.count() == 2
    # Both typed, so neither may approve.
    assert set(Return.objects.get().entered_by.all()) == {first, second}


def test_an_import_by_another_door_leaves_the_draft_alone():
    round_ = world.open_round()
    _, browser = world.focal_point()
    browser.post(LINES, world.grid(MASKS, do="save"))
    world.submitted(make.line("GOWN-ISO", 5), round_=round_)
    assert Draft.objects.exists()


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_what_the_form_is_filled_with_reads_back_as_it_stands(language):
    round_ = world.open_round()
    day = world.today() + timedelta(days=60)
    whole = make.line("MASK-IIR", 1_234_567, remark="as before", rank=2, pipeline=5_125_000, stock=7000, needed_by=day)
    money = make.line("GRANT-PLAN", 250_000_050, unit_name="US$", pack_factor=100_000, needed_by=day)
    litres = replace(make.line("HAND-RUB", 1, needed_by=day), quantity=1_125, gross=3_500, method="from consumption")
    world.submitted(whole, money, litres, round_=round_)
    person, browser = world.focal_point()
    address = LINES.replace("/en/", f"/{language}/")
    with override(language), make.as_(person, at=world.now()):
        rows = prefilled(make.party("ZMB"), round_)
    answer = browser.post(address, world.grid(*rows, do="send"))
    assert answer.status_code == 302, text(answer)
    assert Statement.objects.count() == 3  # nothing new was stated
    page = text(browser.get(address))
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page


# ── the last round ───────────────────────────────────────────────────────────
def two_rounds():
    first = world.open_round(
        "r-then", days_ago=200, sectors=["IPC"], window=(world.today() - timedelta(days=200), world.today())
    )
    world.approved(make.line("MASK-IIR", 1000), make.line("GOWN-ISO", 50), round_=first)
    with make.as_(by := make.person("coordination"), at=world.now()):
        rounds.close_round(first, by=by, at=world.now())
    return world.open_round()


def test_the_last_rounds_lines_are_prefilled_and_confirmed_in_one_click():
    round_ = two_rounds()
    _, browser = world.focal_point()
    assert 'value="1\u00a0000"' in text(browser.get(LINES))
    page = text(browser.get(PAGE))
    assert "All 2 lines are unchanged" in page
    browser.post(f"{PAGE}/unchanged", {"do": "all"})
    stated = Statement.objects.filter(round=round_)
    assert sorted(stated.values_list("requested", flat=True)) == [50_000, 1_000_000]
    assert Return.objects.get(round=round_).state == Return.State.SUBMITTED
    assert "are unchanged" not in text(browser.get(PAGE))


def test_single_lines_are_confirmed_by_ticking_them():
    round_ = two_rounds()
    _, browser = world.focal_point()
    masks = Statement.objects.get(need__item__code="MASK-IIR")
    browser.post(f"{PAGE}/unchanged", {"do": "ticked", "line": [masks.pk]})
    assert Statement.objects.get(round=round_).need.item.code == "MASK-IIR"
    assert "The 1 line is unchanged" in text(browser.get(PAGE))


def test_no_line_ticked_sends_nothing():
    two_rounds()
    _, browser = world.focal_point()
    assert "No line was ticked" in text(browser.post(f"{PAGE}/unchanged", {"do": "ticked"}, follow=True))
    assert Return.objects.count() == 1


# ── the page of the return ───────────────────────────────────────────────────
def test_nothing_to_report_is_an_answer():
    world.open_round()
    _, browser = world.focal_point()
    answer = browser.post(f"{PAGE}/nothing", follow=True)
    assert "Sent to the approver: nothing to report." in text(answer)
    assert Return.objects.get().nothing_to_report


def test_nothing_to_report_is_refused_while_needs_stand():
    world.approved(make.line(), round_=world.open_round())
    _, browser = world.focal_point()
    answer = browser.post(f"{PAGE}/nothing")
    assert answer.status_code == 422 and "1 need of this emergency is still open" in text(answer)


def test_a_return_sent_back_shows_the_comment_and_can_be_edited():
    round_ = world.open_round()
    return_ = world.submitted(make.line(), round_=round_)
    by = make.approver("ZMB")
    with make.as_(by, at=world.now()):
        needs.send_back(return_, comment="Count the gowns too", by=by, at=world.now(), revision=1)
    _, browser = world.focal_point()
    assert "Count the gowns too" in text(browser.get(PAGE))
    assert 'value="1\u00a0000"' in text(browser.get(LINES))
    browser.post(LINES, world.grid(MASKS, do="send"))
    return_.refresh_from_db()
    assert (return_.state, return_.revision) == (Return.State.SUBMITTED, 2)


def test_a_waiting_return_can_be_withdrawn():
    return_ = world.submitted(make.line(), round_=world.open_round())
    _, browser = world.focal_point()
    browser.post(f"/en/desk/returns/{return_.uuid}/withdraw")
    return_.refresh_from_db()
    assert return_.state == Return.State.WITHDRAWN
    again = browser.post(f"/en/desk/returns/{return_.uuid}/withdraw", follow=True)
    assert again.status_code == 200 and "does not wait" in text(again)


def test_a_draft_is_deleted_by_its_owners_unless_a_colleague_saved_it_meanwhile():
    world.open_round()
    _, browser = world.focal_point()
    browser.post(LINES, world.grid(MASKS, do="save"))
    browser.post(f"{PAGE}/discard", {"version": "7"})
    assert Draft.objects.exists()
    browser.post(f"{PAGE}/discard", {"version": "1"})
    assert not Draft.objects.exists()


def test_a_closed_round_takes_nothing_and_says_so():
    round_ = world.open_round()
    with make.as_(by := make.person("coordination"), at=world.now()):
        rounds.close_round(round_, by=by, at=world.now())
    _, browser = world.focal_point()
    assert "takes no returns now" in text(browser.get(PAGE))
    answer = browser.post(LINES, world.grid(MASKS, do="send"))
    assert answer.status_code == 422 and "takes no returns now" in text(answer)
    assert 'value="1 450"' in text(answer)


def test_the_list_of_returns_shows_the_open_round_and_its_state():
    round_ = world.open_round()
    _, browser = world.focal_point()
    assert "no return yet" in text(browser.get("/en/desk/returns"))
    world.submitted(make.line(), round_=round_)
    assert "waiting for approval" in text(browser.get("/en/desk/returns"))


# ── whose desk it is ─────────────────────────────────────────────────────────
@pytest.mark.parametrize("address", [PAGE, LINES, f"{PAGE}/import"])
def test_for_another_member_the_page_does_not_exist(address):
    world.open_round()
    for _, browser in (world.focal_point(world.OTHER), world.approver(world.OTHER), world.responder()):
        assert browser.get(address).status_code == 404


@pytest.mark.parametrize("address", [LINES, f"{PAGE}/unchanged", f"{PAGE}/nothing", f"{PAGE}/discard"])
def test_another_member_can_send_nothing(address):
    world.open_round()
    _, browser = world.focal_point(world.OTHER)
    assert browser.post(address, world.grid(MASKS, do="send")).status_code == 404
    assert not Return.objects.exists() and not Draft.objects.exists()


def test_a_stranger_is_asked_to_sign_in(client):
    world.open_round()
    assert client.get(PAGE).headers["Location"].startswith("/en/account/login")


def test_an_unknown_or_planned_round_does_not_exist():
    demonstration_round = make.round_("r-later", opened=False)
    world.demonstration()
    _, browser = world.focal_point()
    assert browser.get(f"/en/desk/ZMB/{demonstration_round.code}").status_code == 404
    assert browser.get("/en/desk/ZMB/none-such").status_code == 404


def test_an_operator_reads_that_nothing_waits_at_the_desk() -> None:
    world.open_round()
    browser = world.at_the_browser(make.person(Role.OPERATOR))
    page = text(browser.get("/en/desk"))
    assert "done by commands on the host" in page and "When a round opens" not in page
