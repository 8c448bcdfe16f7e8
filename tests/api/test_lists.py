"""The law of cursors: the pages one after the other are the whole list, and no row comes twice, whatever is added."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests import make
from tests.api.calls import Program, lines, now, open_round, today, token
from unmet.access.models import Release
from unmet.api import lists
from unmet.catalogue.models import Item, Sector
from unmet.needs.models import Need
from unmet.parties.models import Party

pytestmark = pytest.mark.django_db


class _Row(BaseModel):
    code: str


class _Request:
    """As much of a request as a page asks of it."""

    path = "/api/v1/things"

    def __init__(self, cursor: str | None) -> None:
        from django.http import QueryDict

        self.GET = QueryDict(mutable=True)
        if cursor:
            self.GET["cursor"] = cursor


@given(
    st.sets(st.text("abcdef", min_size=1, max_size=4), max_size=40),
    st.lists(st.text("abcdef", min_size=1, max_size=4), max_size=20),
    st.integers(1, 7),
)
def test_pages_make_the_whole_list_while_rows_come_in(there, coming, limit):
    import json
    from urllib.parse import parse_qs, urlsplit

    rows, first, added = set(there), frozenset(there), iter(coming)

    def fetch(after: str, most: int) -> lists.Rows:
        return [(code, _Row(code=code)) for code in sorted(rows) if code > after][:most]

    seen: list[str] = []
    cursor: str | None = None
    for _turn in itertools.count():
        answer = lists.page(lists.Listing(_Row, fetch, limit, cursor), _Request(cursor))  # type: ignore[arg-type]
        told = json.loads(answer.content)
        seen += [row["code"] for row in told["rows"]]
        if told["next"] is None:
            break
        cursor = parse_qs(urlsplit(told["next"]).query)["cursor"][0]
        rows.update(itertools.islice(added, 1))
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    assert first <= set(seen) <= rows


def _public(count: int) -> list[Item]:
    round_ = open_round()
    items = list(Item.objects.filter(retired_on=None).exclude(kind="finance").order_by("code")[:count])
    stated = [make.line(item.code, 5) for item in items]
    make.approved(stated, of="ZMB", round_=round_, at=now())
    make.approved(stated, of="CUB", round_=round_, at=now())
    sectors = list(Sector.objects.values_list("code", flat=True))
    make.released("ZMB", sectors=sectors, at=now())
    make.released("CUB", sectors=sectors, level="figures", at=now())
    return items


@pytest.mark.parametrize("limit", [1, 3, 7, 500])
def test_public_needs_page_by_page(limit):
    items = _public(8)
    rows = Program().whole("/needs", limit=limit)
    assert sorted((row["member"], row["item"]) for row in rows) == sorted(
        (member, item.code) for member in ("ZMB", "CUB") for item in items
    )
    assert len({str(row) for row in rows}) == len(rows)


def test_lines_that_come_between_two_pages_make_none_come_twice():
    open_round()
    program = Program(token(make.focal_point("ZMB")))
    items = [item.code for item in Item.objects.exclude(kind="finance").order_by("code")[:9]]
    sent = program.post("/returns", lines(*({"item": code, "quantity": 5} for code in items[:6])))
    path = sent.headers["Location"] + "/lines"
    answer, seen = program.get(path, {"limit": 2}), []
    for code in [*items[6:], None, None]:
        told = answer.json()
        seen += [row["item"] for row in told["rows"]]
        if told["next"] is None:
            break
        if code:
            program.post("/returns", lines({"item": code, "quantity": 5}))
        answer = program.get(told["next"])
    assert len(seen) == len(set(seen)) and set(items[:6]) <= set(seen) <= set(items)


def test_releases_and_support_page_by_page():
    open_round()
    approver = Program(token(make.approver("ZMB")))
    sectors = list(Sector.objects.order_by("code").values_list("code", flat=True)[:7])
    body = {"member": "ZMB", "sectors": sectors, "level": "figures", "audience": "coordination"}
    assert approver.post("/releases", body).status_code == 201
    rows = approver.whole("/releases", limit=2)
    assert sorted(row["subject"] for row in rows) == sectors
    assert len({row["id"] for row in rows}) == Release.objects.count() == 7
    giver = Program(token(make.person("responder", "WHO")))
    line = {"giver": "WHO", "item": "MASK-IIR", "quantity": 5, "stage": "pledged", "date": str(today())}
    members = ["ZMB", "CUB", "EGY", "KEN", "GHA"]
    stated = [line | {"member": member, "reference": f"R{n}"} for n, member in enumerate(members)]
    answer = giver.post("/support", {"round": "r-now", "lines": stated})
    assert answer.status_code == 200, answer.content.decode()
    assert [row["reference"] for row in giver.whole("/support", limit=2)] == [f"R{n}" for n in range(5)]
    assert Party.objects.exists() and not Need.objects.exists()
