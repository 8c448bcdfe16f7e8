"""The public page of what was asked, answered and closed."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from tests import make
from tests.web import desk_world

pytestmark = pytest.mark.django_db


def text(path: str, client: Client | None = None) -> str:
    answer = (client or Client(headers={"host": "localhost"})).get(path)
    assert answer.status_code == 200
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode("utf-8-sig")


def ask(*members: str, **more: Any) -> None:
    for code in members:
        make.asked(100, of=code, **more)


@pytest.fixture
def three() -> tuple[str, ...]:
    round_ = make.round_(freshness_days=3000)
    for code in ("ZMB", "CUB", "ETH"):
        make.approved([make.line(remark="Zebra")], of=code, round_=round_)
    return "ZMB", "CUB", "ETH"


def test_nothing_yet_and_the_source_beside_it() -> None:
    make.reference()
    page = text("/en/asked")
    assert "once three of them ask" in page and "Download this table" not in page
    assert "60 requests received, 52 answered in part or in full, 10 closed" in page
    assert "DG ECHO Daily Map" in page and "https://reliefweb.int/report/3783115" in page
    assert '<a href="/en/asked">' in text("/en/figures")


def test_two_members_are_fewer_than_three_and_nobody_is_named(three: tuple[str, ...]) -> None:
    ask(*three[:2])
    page = text("/en/asked")
    assert page.count('<dd class="n">–</dd>') == 8, "what is not shown is not zero"
    assert "fewer than 3" in page and "1 row below has fewer than three members" in page
    assert not any(word in page for word in ("Zambia", "Cuba", "Ethiopia", "Zebra"))
    [row] = csv.DictReader(io.StringIO(text("/en/asked.csv")))
    assert (row["sector"], row["quarter"], row["asked"], row["days_to_answer"]) == ("IPC", "2021-Q1", "", "")


def test_three_members_are_counted_on_page_and_file(three: tuple[str, ...]) -> None:
    ask(*three, text="Giraffe")
    assert '<dd class="n">3</dd>' in text("/en/asked") and "Giraffe" not in text("/en/asked")
    [row] = json.loads(text("/en/asked.json"))["rows"]
    assert (row["asked"], row["answered_in_full"], row["closed"]) == (3, 0, 0)


def test_a_cache_learns_of_an_answer_only_when_a_number_changes(three: tuple[str, ...]) -> None:
    client = Client(headers={"host": "localhost"})

    def etag() -> str:
        return client.get("/en/asked").headers["ETag"]

    ask(*three)
    before = etag()
    make.answered(make.asked(5, of="ZMB", to=("WHO",)), of="WHO")
    assert etag() == before, "what is asked by name changes nothing that is public"
    assert client.get("/en/asked", headers={"If-None-Match": before}).status_code == 304
    for request in three:
        make.answered(make.asked(7, of=request), of="WHO")
    assert etag() != before


def test_a_member_reads_its_own_numbers_at_its_desk() -> None:
    round_ = desk_world.open_round()
    desk_world.approved(make.line(), round_=round_)
    make.asked(100, of="ZMB", to=("WHO",), at=desk_world.now())
    own = text("/en/desk/requests", desk_world.focal_point()[1])
    assert "What became of the requests of Zambia" in own and '<dd class="n">1</dd>' in own
    assert "What became of the requests" not in text("/en/desk/requests", desk_world.responder()[1])
