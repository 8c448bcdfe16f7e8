"""Two people at one return: exactly one wins, and the other reads what he or she typed beside what stands now."""

import re
from typing import Any

import pytest
from django.test import Client
from tests import make
from tests.conftest import prove_scale
from tests.together import at_once
from tests.web import desk_world as world

from unmet.audit.models import AuditRow
from unmet.books import doctor
from unmet.needs.models import Draft, Return, Statement
from unmet.web.models import Upload  # noqa: F401 - the tables of the desk are emptied with it

PAIRS = int(1000 * prove_scale())


def text(answer: Any) -> str:
    return answer.content.decode()


def address(return_: Return, deed: str = "approve") -> str:
    return f"/en/desk/returns/{return_.uuid}/{deed}"


def form(page: str, **typed: str) -> dict[str, str]:
    """The form of the approver as a browser would send it: every field of the page, some with something typed."""
    names = re.findall(r'name="((?:quantity|why)-\d+)"', page)
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    return {**dict.fromkeys(names, ""), "revision": revision[1], "comment": "", **typed}


def row_of(page: str, item: str) -> str:
    """The words of one line of the table that compares."""
    table = page[page.index("What you read and typed") : page.index("</section>")]
    found = next(row for row in table.split("<tr")[1:] if item in row)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


@pytest.mark.django_db
class TestNewerVersion:
    """A focal point sends a newer version while the approver reads."""

    def _met(self, deed: str = "approve") -> tuple[str, Return, Client]:
        round_ = world.open_round()
        focal, _ = world.focal_point()
        world.submitted(make.line("MASK-IIR", 1000), make.line("APRON", 30), round_=round_, by=focal)
        return_ = Return.objects.get()
        _, browser = world.approver()
        page = text(browser.get(address(return_)))
        pk = Statement.objects.get(need__item__code="MASK-IIR").pk
        typed = {f"quantity-{pk}": "900", f"why-{pk}": "Stock was counted again", "comment": "Please <check>"}
        world.submitted(make.line("MASK-IIR", 1200), make.line("GOWN-ISO", 5), round_=round_, by=focal)
        answer = browser.post(address(return_, deed), form(page, **typed))
        assert answer.status_code == 422 and not Statement.objects.filter(approved__isnull=False).exists()
        return_.refresh_from_db()
        assert return_.state == Return.State.SUBMITTED
        return text(answer), return_, browser

    def test_both_are_shown_line_by_line_and_what_was_typed_is_in_the_form_again(self) -> None:
        page, return_, browser = self._met()
        mask = make.item("MASK-IIR").name
        assert re.search(r"1,000 .*900 .*Stock was counted again .*1,200", row_of(page, mask))
        assert re.search(r"– .*– .* 5 ", row_of(page, make.item("GOWN-ISO").name))
        assert make.item("APRON").name not in page[page.index("What you read") : page.index("</section>")]
        now = Statement.objects.get(need__item__code="MASK-IIR", newest=True).pk
        assert f'name="quantity-{now}" value="900"' in page and 'value="Stock was counted again"' in page
        assert "Please &lt;check&gt;</textarea>" in page
        # The merged form goes through as it stands.
        sent = form(page, **{f"quantity-{now}": "900", f"why-{now}": "Stock was counted again"})
        assert browser.post(address(return_), sent).status_code == 302
        assert Statement.objects.get(pk=now).approved == 900_000

    def test_so_does_sending_back(self) -> None:
        page, _return, _browser = self._met("send-back")
        assert "1,200" in row_of(page, make.item("MASK-IIR").name) and "Please &lt;check&gt;" in page

    def test_fields_of_another_return_show_nothing(self) -> None:
        round_ = world.open_round()
        theirs = world.submitted(make.line("COVERALL", 7), round_=round_, of=world.OTHER).statements.get().pk
        focal, _ = world.focal_point()
        return_ = world.submitted(make.line("MASK-IIR", 1000), round_=round_, by=focal)
        _, browser = world.approver()
        sent = {"revision": "99", f"quantity-{theirs}": "1", f"why-{theirs}": "x", "quantity-1e9": "2"}
        page = text(browser.post(address(return_), sent))
        assert make.item("COVERALL").name not in page


@pytest.mark.django_db
def test_who_decides_second_reads_what_the_first_decided() -> None:
    round_ = world.open_round()
    return_ = world.submitted(make.line("MASK-IIR", 1000), round_=round_)
    (_, first), (_, second) = world.approver(), world.approver()
    page = text(first.get(address(return_)))
    pk = Statement.objects.get().pk
    assert first.post(address(return_), form(page, **{f"quantity-{pk}": "800", f"why-{pk}": "Cut"})).status_code == 302
    answer = second.post(
        address(return_), form(page, **{f"quantity-{pk}": "700", f"why-{pk}": "Cut more", "comment": "Mine"})
    )
    assert answer.status_code == 422
    told = text(answer)
    assert re.search(r"1,000 .*700 .*Cut more .*800, approved", row_of(told, make.item("MASK-IIR").name))
    assert "decided it on" in told and "Mine" in told and "was not written" in told
    assert Statement.objects.get().approved == 800_000


@pytest.mark.usefixtures("committed_db")
def test_racing_pairs_decide_a_return_exactly_once() -> None:
    round_ = world.open_round()
    focal, _ = world.focal_point()
    people = [world.approver() for _ in range(2)]
    for number in range(1, PAIRS + 1):
        return_ = world.submitted(make.line("MASK-IIR", 1000 + number), round_=round_, by=focal)
        pk = return_.statements.get(newest=True).pk
        sent = {"revision": str(return_.revision), "comment": f"No {number}", f"quantity-{pk}": "", f"why-{pk}": ""}
        mine = str(10 + number)
        answers = at_once(
            [
                lambda r=return_, s=sent, p=pk, m=mine: people[0][1].post(
                    address(r), {**s, f"quantity-{p}": m, f"why-{p}": "x"}
                ),
                lambda r=return_, s=sent: people[1][1].post(
                    address(r, "send-back" if r.revision % 2 else "approve"), s
                ),
            ]
        )
        assert sorted(answer.status_code for answer in answers) == [302, 422], (number, answers)
        lost = next(answer for answer in answers if answer.status_code == 422)
        assert "What you read and typed, and what stands now" in text(lost)
        if lost is answers[0]:
            assert f"<bdi>{mine}</bdi>" in text(lost)
        return_.refresh_from_db()
        assert return_.state in {Return.State.APPROVED, Return.State.SENT_BACK}
    decided = AuditRow.objects.filter(event__in=("needs.approved", "needs.sent_back")).count()
    assert decided == PAIRS and doctor.differences() == []


@pytest.mark.usefixtures("committed_db")
def test_racing_pairs_save_a_draft_and_nothing_typed_is_lost() -> None:
    world.open_round()
    people = [world.focal_point() for _ in range(2)]
    lines = "/en/desk/ZMB/r-now/lines"
    version = ""
    for number in range(PAIRS):
        rows = [{"item": "MASK-IIR", "quantity": f"{number} 00{who + 1}"} for who in range(2)]
        answers = at_once(
            [
                lambda browser=people[who][1], row=rows[who], v=version: browser.post(
                    lines, world.grid(row, do="save", version=v)
                )
                for who in range(2)
            ]
        )
        assert sorted(answer.status_code for answer in answers) == [302, 409], (number, answers)
        winner = [answer.status_code for answer in answers].index(302)
        draft = Draft.objects.get()
        assert draft.rows == [rows[winner]]
        page = text(answers[1 - winner])
        # Both stand side by side, each under its name, and saving the merged page goes through.
        assert all(f'value="{row["quantity"]}"' in page for row in rows)
        assert "yours" in page and "your colleague’s" in page
        merged = world.grid(*rows, do="save", version=draft.version)
        assert people[1 - winner][1].post(lines, merged).status_code == 302
        version = str(Draft.objects.get().version)
