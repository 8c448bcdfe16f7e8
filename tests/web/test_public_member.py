"""The page of a member with more needs than one page shows."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import make

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.parties.models import Place
from unmet.web.public.pages import PER_PAGE

pytestmark = pytest.mark.django_db
NEEDS = PER_PAGE + 7
SUM = "VENT-ICU"


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.fixture
def accounts() -> list[Account]:
    """Needs in detail, earliest needed-by first; and one item released as figures."""
    member, round_ = make.party("ZMB"), make.round_()
    places = [
        Place.objects.create(party=member, code=f"P{number}", kind=Place.Kind.AREA, own_name=f"District {number}").pk
        for number in range(NEEDS)
    ]
    first = make.line().needed_by
    lines = [
        make.line(quantity=1000 * (number + 1), place_id=place, needed_by=first + timedelta(number // 3))
        for number, place in enumerate(places)
    ]
    make.approved([*lines, make.line(SUM, 9000)], of="ZMB", round_=round_)
    needs = Account.objects.filter(item__code="MASK-IIR", kind=Account.Kind.NEED).order_by("needed_by_on", "pk")
    make.released("ZMB", sectors=["IPC"], level="detail")
    make.released("ZMB", sectors=[make.item(SUM).sector.code], level="figures")
    giver = make.person(Role.RESPONDER, "WHO")
    make.stated([make.support_line("WHO", "ZMB", "pledged", 4000)], by=giver, round_=round_)
    return list(needs)


def _page(client: Client, query: str = "", *, status: int = 200) -> str:
    answer = client.get(f"/en/members/ZMB{query}")
    assert answer.status_code == status
    return str(answer.content.decode())


def _threads(page: str) -> list[str]:
    return re.findall(r'<details class="thread" id="need-([^"]+)"', page)


def test_needs_stand_on_the_page_where_they_belong(client: Client, accounts: list[Account]) -> None:
    wanted = [*(str(account.subject) for account in accounts), SUM]
    assert _threads(_page(client)) == wanted[:PER_PAGE]
    assert _threads(_page(client, "?page=2")) == wanted[PER_PAGE:]
    _page(client, "?page=3", status=404)


@pytest.mark.parametrize("position", [0, 1, PER_PAGE - 1, PER_PAGE, NEEDS - 1, NEEDS])
def test_an_address_that_names_a_need_opens_its_page(client: Client, accounts: list[Account], position: int) -> None:
    key = str(accounts[position].subject) if position < NEEDS else SUM
    page = _page(client, f"?need={key}")
    assert f'id="need-{key}" open>' in page and page.count(" open>") == 1
    assert _threads(page).index(key) == position % PER_PAGE


def test_what_became_of_a_need_is_told_on_any_page(client: Client, accounts: list[Account]) -> None:
    page = _page(client, f"?need={accounts[-1].subject}")
    thread = page[page.index(f'id="need-{accounts[-1].subject}"') :]
    assert f"Released to everyone</b>: {NEEDS},000 piece approved" in thread[: thread.index("</details>")]


def test_a_need_that_is_not_there_is_not_found(client: Client, accounts: list[Account]) -> None:
    for key in ("00000000-0000-4000-8000-000000000000", "GLOVE-NIT", "nothing"):
        _page(client, f"?need={key}", status=404)


def test_the_page_reads_its_own_needs_only(client: Client, accounts: list[Account]) -> None:
    _page(client)
    with CaptureQueriesContext(connection) as first:
        _page(client, "?page=1&fresh=1")
    with CaptureQueriesContext(connection) as second:
        _page(client, "?page=2")
    assert abs(len(first) - len(second)) <= 2  # a query more where a page has a sum on it
    lines = [query["sql"] for query in first if '"books_entry"."movement"' in query["sql"]]
    assert len(lines) == 1 and '"account_id" IN (' in lines[0]


def test_support_without_a_need_is_what_the_needs_do_not_hold(client: Client, accounts: list[Account]) -> None:
    page = _page(client)
    assert "Support not assigned to a need" in page
    block = page[page.index("Support not assigned to a need") :]
    assert "<dt>Pledged</dt><dd>4,000</dd>" in block
