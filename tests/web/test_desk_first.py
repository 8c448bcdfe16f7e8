"""The first screen: five questions, a page each, resumed anywhere; nothing is asked twice within 90 days."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Release, Role
from unmet.catalogue.models import Item
from unmet.needs import first, flash, rounds
from unmet.needs.first import Choice, Question, Said
from unmet.needs.models import Draft, FirstAnswer, FlashCall, Return, Statement

pytestmark = pytest.mark.django_db
RETURN = "/en/desk/ZMB/r-now"
FIRST = f"{RETURN}/first"
HAVE, LINES, ASKED, SEEN, SEND = (f"{FIRST}/{step}" for step in ("have", "lines", "asked", "seen", "send"))
AHEAD = (world.today() + timedelta(days=40)).isoformat()
MASKS = {"item": "MASK-IIR", "quantity": "1 450", "remark": "Two provincial hospitals"}


def text(answer: Any) -> str:
    return answer.content.decode()


def goes_to(answer: Any) -> str:
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


def answered(question: str, choice: str, by: Any, *, at: Any = None, parties: Any = (), **more: Any) -> FirstAnswer:
    """Something that was answered before."""
    at = at or world.now()
    said = Said(choice, [make.party(code) for code in parties], **more)
    with make.as_(by, at=at):
        return first.answer(question, said, member=make.party("ZMB"), emergency=make.emergency(), by=by, at=at)


def called(round_: Any) -> FlashCall:
    """A flash call that has run for an hour."""
    chair = make.person(Role.COORDINATION)
    with make.as_(chair, at=world.now()):
        return flash.open_call(round_, note="After the flood", by=chair, at=world.now())


# ── the way through ──────────────────────────────────────────────────────────
def test_five_questions_lead_to_a_return_that_waits():
    world.open_round()
    person, browser = world.focal_point()
    world.approver()
    assert goes_to(browser.get(FIRST)) == HAVE
    assert goes_to(browser.post(HAVE, {"choice": "neither", "do": "next"})) == LINES
    assert goes_to(browser.post(LINES, world.grid(MASKS, {}, do="next"))) == ASKED
    asked_on = (world.today() - timedelta(days=40)).isoformat()
    asked = {"choice": "yes", "parties": ["WHO", "UNICEF"], "words": "a neighbour", "asked_on": asked_on}
    assert goes_to(browser.post(ASKED, {**asked, "do": "next"})) == SEEN
    assert goes_to(browser.post(SEEN, {"choice": "members", "do": "next"})) == SEND
    page = text(browser.get(SEND))
    assert "1,450" in page and "Two provincial hospitals" in page and "a neighbour" in page and "All members" in page
    assert goes_to(browser.post(SEND, {"version": "1"})) == SEND
    statement = Statement.objects.get()
    assert (statement.requested, statement.remark) == (1_450_000, "Two provincial hospitals")
    return_ = Return.objects.get()
    assert (return_.state, return_.submitted_by) == (Return.State.SUBMITTED, person)
    assert not Draft.objects.exists() and not Release.objects.exists()
    assert "Sent to the approver" in text(browser.get(SEND))
    assert goes_to(browser.get(FIRST)) == SEND


def test_each_step_is_found_again_where_it_was_left():
    world.open_round()
    _, browser = world.focal_point()
    steps = [
        (HAVE, {"choice": "letter", "do": "next"}, LINES), (LINES, world.grid(MASKS, do="next"), ASKED),
        (ASKED, {"choice": "no", "do": "next"}, SEEN), (SEEN, {"choice": "nobody", "do": "next"}, SEND),
    ]  # fmt: skip
    for page, sent, onwards in steps:
        assert goes_to(browser.get(FIRST)) == page
        assert goes_to(browser.post(page, sent)) == onwards
    assert goes_to(browser.get(FIRST)) == SEND
    # A colleague, in another language, finds the same.
    _, colleague = world.focal_point()
    assert goes_to(colleague.get("/ar/desk/ZMB/r-now/first")) == "/ar/desk/ZMB/r-now/first/send"


def test_a_table_goes_to_its_own_page_and_a_letter_is_kept():
    world.open_round()
    _, browser = world.focal_point()
    assert goes_to(browser.post(HAVE, {"choice": "table", "do": "next"})) == f"{RETURN}/import"
    assert goes_to(browser.get(FIRST)) == HAVE
    assert f'href="{RETURN}/import"' in text(browser.get(HAVE))
    seen = FirstAnswer.objects.get().pk
    assert goes_to(browser.post(HAVE, {"choice": "letter", "do": "next", "seen": str(seen)})) == LINES
    assert "keep the letter" in text(browser.get(LINES))


def in_order(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Lines as the page keeps them: it asks for the most urgent first, so their order is their rank."""
    return [{**row, "rank": str(number)} for number, row in enumerate(rows, 1)]


def test_the_order_of_the_lines_is_their_rank_and_ranks_that_say_so_stay():
    world.open_round()
    _, browser = world.focal_point()
    two = [{"item": "GLOVE-EXAM", "quantity": "5"}, {"item": "MASK-IIR", "quantity": "6"}]
    browser.post(LINES, world.grid({**two[0], "rank": "2"}, {**two[1], "rank": "7"}, do="save"))
    assert [row["rank"] for row in Draft.objects.get().rows] == ["2", "7"]
    browser.post(LINES, world.grid({**two[0], "rank": "7"}, {**two[1], "rank": "2"}, do="next", version=1))
    assert [row["rank"] for row in Draft.objects.get().rows] == ["1", "2"]
    browser.post(SEND, {"version": "2"})
    ranks = Statement.objects.order_by("rank").values_list("need__item__code", "rank")
    assert list(ranks) == [("GLOVE-EXAM", 1), ("MASK-IIR", 2)]


def test_going_back_saves_and_loses_nothing():
    world.open_round()
    _, browser = world.focal_point()
    rows = [{"item": "no such thing", "quantity": "x"}]
    assert goes_to(browser.post(LINES, world.grid(*rows, do="back"))) == HAVE
    assert Draft.objects.get().rows == in_order(rows)
    sent = {"choice": "yes", "words": "a neighbour", "do": "back"}
    assert goes_to(browser.post(ASKED, sent)) == LINES
    assert FirstAnswer.objects.get().words == "a neighbour"
    assert goes_to(browser.post(SEEN, {"do": "back"})) == ASKED  # nothing was chosen, so there is nothing to keep
    assert FirstAnswer.objects.count() == 1


# ── lines ────────────────────────────────────────────────────────────────────
def test_a_fault_stands_beside_its_field_in_words_and_nothing_is_lost():
    world.open_round()
    _, browser = world.focal_point()
    answer = browser.post(LINES, world.grid(MASKS, {"item": "no such thing", "quantity": "about 300"}, do="next"))
    page = text(answer)
    assert answer.status_code == 422 and "<title>Error:" in page
    assert '<a href="#quantity-2">' in page and 'aria-describedby="quantity-2-e"' in page
    assert 'value="about 300"' in page and len(Draft.objects.get().rows) == 2
    # The end says so, does not offer to send, and leads back to the fault.
    end = text(browser.get(SEND))
    assert f"{LINES}?check=1" in end and ">Send to the approver</button>" not in end
    assert goes_to(browser.post(SEND, {"version": "1"})) == f"{LINES}?check=1"
    assert '<a href="#quantity-2">' in text(browser.get(f"{LINES}?check=1"))
    assert not Return.objects.exists()


def test_an_answer_about_a_line_is_kept_with_the_draft_and_never_asked_again():
    world.open_round()
    _, browser = world.focal_point()
    rows = [{"item": "Tent of my own kind", "quantity": "1,250"}]
    asked = text(browser.post(LINES, world.grid(*rows, do="next")))
    assert 'name="answer.decimal.quantity" value="."' in asked
    said = {"answer.decimal.quantity": ".", "answer.item.tent of my own kind": "own_words"}
    assert goes_to(browser.post(LINES, world.grid(*rows, do="next", version=1, **said))) == ASKED
    assert Draft.objects.get().answers == {"decimal.quantity": ".", "item.tent of my own kind": "own_words"}
    # The grid, another door to the same draft, does not ask either.
    version = Draft.objects.get().version
    answer = browser.post(f"{RETURN}/lines", world.grid(*rows, do="send", version=version))
    assert goes_to(answer) == RETURN
    assert (Statement.objects.get().words, Statement.objects.get().requested) == ("Tent of my own kind", 1_250_000)


def test_without_a_line_it_does_not_go_on():
    world.open_round()
    _, browser = world.focal_point()
    answer = browser.post(LINES, world.grid({}, do="next"))
    assert answer.status_code == 422 and "There is no line yet" in text(answer)
    assert "There is nothing to send" in text(browser.get(SEND))
    assert browser.post(SEND, {}).status_code == 200 and not Return.objects.exists()


def test_there_is_room_for_ten_lines_and_no_more():
    world.open_round()
    _, browser = world.focal_point()
    rows = [{"item": "MASK-IIR", "quantity": str(number), "place": f"P{number}"} for number in range(1, 12)]
    answer = browser.post(LINES, world.grid(*rows, do="next"))
    assert answer.status_code == 422 and "Here is room for 10 lines" in text(answer)
    assert 'name="quantity-11"' in text(answer) and not Draft.objects.exists()
    browser.post(LINES, world.grid(*rows[:10], do="more"))
    assert 'name="quantity-11"' not in text(browser.get(LINES)) and len(Draft.objects.get().rows) == 10
    assert ">More lines</button>" not in text(browser.get(LINES))


def test_lines_of_the_grid_beyond_ten_stay_in_the_draft():
    world.open_round()
    _, browser = world.focal_point()
    rows = [{"item": "MASK-IIR", "quantity": str(number), "place": f"P{number}"} for number in range(1, 14)]
    browser.post(f"{RETURN}/lines", world.grid(*rows, do="save"))
    page = text(browser.get(LINES))
    assert 'name="hidden" value="3"' in page and "3 more lines stand in the draft" in page
    changed = [{**rows[0], "quantity": "99"}, *rows[1:10]]
    browser.post(LINES, world.grid(*changed, do="save", version=1, hidden="3"))
    assert Draft.objects.get().rows == in_order([*changed, *rows[10:]])
    # Where one without a card needs attention, every line has one.
    page = text(browser.post(LINES, world.grid(*changed, do="next", version=2, hidden="3")))
    assert 'name="quantity-13"' in page and 'name="hidden" value="0"' in page


def test_other_fields_of_a_line_are_kept_and_told():
    world.open_round()
    _, browser = world.focal_point()
    row = {**MASKS, "rank": "1", "stock": "20"}
    browser.post(f"{RETURN}/lines", world.grid(row, do="save"))
    page = text(browser.get(LINES))
    assert '<input type="hidden" name="stock-1" value="20">' in page and 'Rank <b dir="auto">1</b>' in page
    browser.post(LINES, world.grid(row, do="next", version=1))
    assert Draft.objects.get().rows == [row]


def test_two_people_on_one_draft_are_told_and_merge():
    world.open_round()
    (_, one), (_, two) = world.focal_point(), world.focal_point()
    one.post(LINES, world.grid(MASKS, do="next"))
    answer = two.post(LINES, world.grid({"item": "MASK-IIR", "quantity": "7"}, do="next"))
    page = text(answer)
    assert answer.status_code == 409 and "A colleague saved this draft" in page
    assert 'value="1 450"' in page and 'value="7"' in page and Draft.objects.get().rows == in_order([MASKS])
    merged = world.grid(MASKS, {"item": "MASK-IIR", "quantity": "7"}, do="next", version=1, **{"drop-1": "1"})
    assert goes_to(two.post(LINES, merged)) == ASKED
    assert Draft.objects.get().rows == in_order([{"item": "MASK-IIR", "quantity": "7"}])


def test_who_sends_what_a_colleague_has_changed_meanwhile_is_told():
    world.open_round()
    (_, one), (_, two) = world.focal_point(), world.focal_point()
    one.post(LINES, world.grid(MASKS, do="next"))
    two.post(LINES, world.grid({**MASKS, "quantity": "7"}, do="next", version=1))
    answer = one.post(SEND, {"version": "1"})
    assert answer.status_code == 409 and "A colleague saved this draft" in text(answer)
    assert not Return.objects.exists() and Draft.objects.get().rows[0]["quantity"] == "7"


# ── nothing is asked twice in 90 days ────────────────────────────────────────
def test_lines_of_the_last_90_days_are_there_and_unchanged_with_one_press():
    earlier = world.open_round("earlier", sectors=["IPC"])
    world.approved(make.line(quantity=1450, rank=2), make.line("GOWN-ISO", 9, rank=1), round_=earlier)
    chair = make.person(Role.COORDINATION)
    with make.as_(chair, at=world.now()):
        rounds.close_round(earlier, by=chair, at=world.now())
    world.open_round(days_ago=1)
    _, browser = world.focal_point()
    page = text(browser.get(LINES))
    assert "You stated these lines within the last 90 days" in page
    assert page.index('value="9"') < page.index('value="1\N{NO-BREAK SPACE}450"')  # the most urgent first
    assert goes_to(browser.post(LINES, {"do": "unchanged", "version": ""})) == ASKED
    browser.post(SEND, {"version": "1"})
    now = Statement.objects.filter(round__code="r-now").values_list("need__item__code", "requested")
    assert dict(now) == {"MASK-IIR": 1_450_000, "GOWN-ISO": 9_000}


def test_of_many_lines_the_ten_most_urgent_are_there_and_the_others_stay_as_they_are():
    round_ = world.open_round()
    codes = Item.objects.filter(kind="supply").values_list("code", flat=True)[:12]
    stated = [make.line(code, 5, rank=13 - rank, needed_by=world.today()) for rank, code in enumerate(codes, 1)]
    world.approved(*stated, round_=round_)
    _, browser = world.focal_point()
    page = text(browser.get(LINES))
    assert page.count('<input type="hidden" name="rank-') == 10 and 'name="rank-1" value="1"' in page
    assert "2 more lines of yours are not shown here" in page
    browser.post(LINES, {"do": "unchanged", "version": ""})
    assert "Nothing changed" in text(browser.post(SEND, {"version": "1"}, follow=True))
    assert Statement.objects.filter(newest=True).count() == 12 and Statement.objects.count() == 12


def test_the_first_screen_and_the_grid_make_the_same_line():
    world.open_round()
    (_, one), (_, other) = world.focal_point(), world.focal_point("CUB")
    row = {"item": "RESP-N95", "quantity": "3 000", "unit": "box of 20", "remark": "Two provincial hospitals"}
    one.post(LINES, world.grid(row, do="next"))
    one.post(SEND, {"version": "1"})
    other.post("/en/desk/CUB/r-now/lines", world.grid({**row, "rank": "1"}, do="send"))
    fields = ("need__item", "requested", "unit_name", "pack_factor", "quantity_typed", "needed_by_on", "rank", "remark")
    first_, grid_ = Statement.objects.values_list(*fields)
    assert first_ == grid_ and first_[1] == 60_000_000


def test_what_was_answered_within_90_days_is_skipped_and_shown():
    world.open_round()
    person, browser = world.focal_point()
    answered(Question.ELSEWHERE, Choice.YES, person, parties=["WHO"], words="others")
    answered(Question.SEEN_BY, Choice.NAMED, person, parties=["UNICEF"])
    answered(Question.HAVE, Choice.NEITHER, person)
    assert goes_to(browser.get(FIRST)) == LINES
    assert goes_to(browser.post(LINES, world.grid(MASKS, do="next"))) == SEND
    page = text(browser.get(ASKED))
    assert "World Health Organization" in page and "others" in page and "Still so" in page
    assert 'name="choice"' not in page and person.office in page
    changing = text(browser.get(f"{ASKED}?change=1"))
    assert 'value="others"' in changing and 'value="WHO" id="id_parties_' in changing


def test_still_so_is_one_press_and_counts_from_today():
    world.open_round()
    person, browser = world.focal_point()
    old = answered(Question.SEEN_BY, Choice.MEMBERS, person, at=world.now() - timedelta(days=89))
    assert goes_to(browser.post(SEEN, {"do": "still", "seen": str(old.pk)})) == SEND
    newest = FirstAnswer.objects.order_by("pk").last()
    assert newest.pk != old.pk and newest.choice == Choice.MEMBERS
    assert newest.said_at - old.said_at > timedelta(days=88)


def test_after_90_days_it_is_asked_again_with_the_old_answer_filled_in():
    world.open_round()
    person, browser = world.focal_point()
    answered(Question.SEEN_BY, Choice.MEMBERS, person, at=world.now() - timedelta(days=91))
    page = text(browser.get(SEEN))
    assert 'value="members" id="id_choice_2" required checked' in page
    assert goes_to(browser.post(ASKED, {"choice": "no", "do": "next"})) == SEEN


def test_nobody_else_is_the_answer_unless_somebody_says_otherwise():
    world.open_round()
    _, browser = world.focal_point()
    assert 'value="nobody" id="id_choice_0" required checked' in text(browser.get(SEEN))


def test_two_people_who_answer_differently_are_told():
    world.open_round()
    (person, _), (_, two) = world.focal_point(), world.focal_point()
    theirs = answered(Question.SEEN_BY, Choice.NOBODY, person)
    answer = two.post(SEEN, {"choice": "everyone", "do": "next", "seen": ""})
    page = text(answer)
    assert answer.status_code == 409 and "A colleague answered" in page and person.office in page
    assert f'name="seen" value="{theirs.pk}"' in page and 'value="everyone" id="id_choice_4" required checked' in page
    assert goes_to(two.post(SEEN, {"choice": "everyone", "do": "next", "seen": str(theirs.pk)})) == SEND


@pytest.mark.parametrize(
    ("page", "sent", "said"),
    [
        (HAVE, {}, "Choose one of the answers."),
        (HAVE, {"choice": "yes"}, "Select a valid choice"),
        (ASKED, {"choice": "yes"}, "You say that others were asked"),
        (ASKED, {"choice": "yes", "words": "x", "asked_on": AHEAD}, "This day has not come yet"),
        (ASKED, {"choice": "yes", "words": "x", "asked_on": "soon"}, "is not a day"),
        (SEEN, {"choice": "named"}, "Choose at least one party, or another answer."),
        (SEEN, {"choice": "named", "parties": "ZMB"}, "Select a valid choice"),
    ],
)
def test_an_answer_that_says_too_little_is_refused_at_its_field(page: str, sent: dict[str, str], said: str):
    world.open_round()
    _, browser = world.focal_point()
    answer = browser.post(page, {**sent, "do": "next"})
    assert answer.status_code == 422 and said in text(answer) and "<title>Error:" in text(answer)
    assert not FirstAnswer.objects.exists()


# ── the approver ─────────────────────────────────────────────────────────────
def test_the_end_says_who_approves_and_when_there_is_nobody():
    world.open_round()
    _, browser = world.focal_point()
    browser.post(LINES, world.grid(MASKS, do="next"))
    assert "There is no approver yet" in text(browser.get(SEND))
    approver, _ = world.approver()
    assert f"An approver of your party reads it: <bdi>{approver.office}</bdi>." in text(browser.get(SEND))


def test_the_approver_reads_the_wish_and_finds_the_permission_filled_in_and_nothing_released():
    round_ = world.open_round()
    person, _ = world.focal_point()
    answered(Question.SEEN_BY, Choice.NAMED, person, parties=["UNICEF"])
    answered(Question.ELSEWHERE, Choice.YES, person, words="a neighbour")
    return_ = world.submitted(make.line(), make.line("TENT-16M2", 3), round_=round_, by=person)
    _, browser = world.approver()
    page = text(browser.get(f"/en/desk/returns/{return_.uuid}/approve"))
    assert "Children" in page and "a neighbour" in page and "/releases?wish=r-now#let" in page
    form = text(browser.get("/en/desk/ZMB/releases?wish=r-now"))
    assert form.count('name="subjects"') > 2 and form.count("checked") == 5  # two sectors, level, audience, party
    assert 'value="named" id="id_audience_2" required checked' in form
    assert re.search(r'value="UNICEF"[^>]* checked', form)
    assert text(browser.get("/en/desk/ZMB/releases?wish=no-round")).count("checked") == 1
    assert not Release.objects.exists()


# ── flash rounds ─────────────────────────────────────────────────────────────
def test_the_desk_shows_a_flash_round_first_and_the_first_screen_is_its_way_in():
    round_ = world.open_round()
    _, browser = world.focal_point()
    assert "Flash round" not in text(browser.get("/en/desk"))
    called(round_)
    page = text(browser.get("/en/desk"))
    assert "Flash round: 71 hours left" in page and "After the flood" in page and f'href="{FIRST}"' in page
    assert page.index("Flash round") < page.index("Rounds open now")
    assert "Flash round: 71 hours left" in text(browser.get(HAVE))
    browser.post(LINES, world.grid(MASKS, do="next"))
    browser.post(SEND, {"version": "1"})
    assert "Change or add lines" in text(browser.get("/en/desk"))


def test_who_answered_before_the_flash_round_is_asked_for_lines():
    round_ = world.open_round()
    person, browser = world.focal_point()
    for question, choice in ((Question.HAVE, "neither"), (Question.ELSEWHERE, "no"), (Question.SEEN_BY, "nobody")):
        answered(question, choice, person)
    world.submitted(make.line(quantity=1450, needed_by=world.today()), round_=round_, by=person)
    assert goes_to(browser.get(FIRST)) == SEND
    call = called(round_)
    FlashCall.objects.filter(pk=call.pk).update(opened_at=world.now() + timedelta(minutes=30))
    assert goes_to(browser.get(FIRST)) == LINES
    assert goes_to(browser.post(LINES, {"do": "unchanged", "version": ""})) == SEND
    answer = browser.post(SEND, {"version": "1"}, follow=True)
    assert "Nothing changed" in text(answer) and flash.answered(call, member=make.party("ZMB"))


# ── the door ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("page", [FIRST, HAVE, LINES, ASKED, SEEN, SEND])
def test_only_the_members_own_people_come_in(page: str):
    world.open_round()
    for _, browser in (world.focal_point("CUB"), world.responder()):
        assert browser.get(page).status_code == 404
        assert browser.post(page, {"choice": "neither"}).status_code in {404, 405}
    assert not FirstAnswer.objects.exists() and not Draft.objects.exists()


@pytest.mark.parametrize("page", [FIRST, HAVE, LINES, ASKED, SEEN, SEND])
def test_a_round_that_takes_no_returns_leads_to_its_return(page: str):
    round_ = world.open_round()
    chair = make.person(Role.COORDINATION)
    with make.as_(chair, at=world.now()):
        rounds.close_round(round_, by=chair, at=world.now())
    _, browser = world.focal_point()
    answer = browser.get(page, follow=True)
    assert answer.redirect_chain == [(RETURN, 302)] and "takes no returns now" in text(answer)


def test_a_party_that_is_no_member_states_nothing_here():
    world.open_round()
    person = make.person(Role.FOCAL_POINT, "WHO")
    browser = world.at_the_browser(person)
    answer = browser.get("/en/desk/WHO/r-now/first", follow=True)
    assert "is not a member today" in text(answer)


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_every_page_opens_in_every_language(language: str):
    round_ = world.open_round()
    called(round_)
    _, browser = world.focal_point()
    browser.post(LINES, world.grid(MASKS, do="save"))
    for step in ("have", "lines", "asked", "seen", "send"):
        with override(language):
            answer = browser.get(f"/{language}/desk/ZMB/r-now/first/{step}")
        assert answer.status_code == 200 and f'<html lang="{language}"' in text(answer)


def test_two_lines_about_the_same_are_refused_at_both_doors_and_the_draft_stays():
    world.open_round()
    _, browser = world.focal_point()
    twice = [{"item": "MASK-IIR", "quantity": "1"}, {"item": "MASK-IIR", "quantity": "2"}]
    answer = browser.post(LINES, world.grid(*twice, do="next"))
    assert answer.status_code == 422 and Draft.objects.get().rows == in_order(twice)
    assert goes_to(browser.post(SEND, {"version": "1"})) == f"{LINES}?check=1"
    assert not Statement.objects.exists()
