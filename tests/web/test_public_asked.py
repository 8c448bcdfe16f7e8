"""The public page of what was asked, answered and closed."""

import csv
import io
import json
import re
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
    assert "once three of them ask" in page, "not even the quarter is told"
    assert not any(word in page for word in ("Zambia", "Cuba", "Ethiopia", "Zebra"))
    assert list(csv.DictReader(io.StringIO(text("/en/asked.csv")))) == []


def test_what_is_not_shown_is_not_zero(three: tuple[str, ...]) -> None:
    ask(*three)
    page = text("/en/asked")
    assert page.count('<dd class="n">–</dd>') == 4, "days that nobody counted are not zero"
    [row] = csv.DictReader(io.StringIO(text("/en/asked.csv")))
    assert (row["sector"], row["quarter"], row["asked"], row["days_to_answer"]) == ("IPC", "2021-Q1", "3", "")


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


def test_a_member_reads_the_rows_behind_each_of_its_numbers() -> None:
    round_ = desk_world.open_round()
    desk_world.approved(make.line(), make.line("AMBULANCE-4X4", 2), round_=round_)
    focal = desk_world.focal_point()[1]
    assert "Nothing to count yet" in text("/en/desk/ZMB/requests/numbers", focal)
    asked = make.asked(100, of="ZMB", to=("WHO",), at=desk_world.now())
    make.asked(1, of="ZMB", item_code="AMBULANCE-4X4", at=desk_world.now())
    make.answered(asked, of="WHO", at=desk_world.now())
    page = text("/en/desk/ZMB/requests/numbers", focal)
    assert f'/en/desk/requests/{asked.uuid}">' in page and "Ambulance" in page
    links = re.findall(r'href="\?(sector=[^"]+)#rows"', page)
    assert len(links) == 2
    one = text(
        "/en/desk/ZMB/requests/numbers?" + next(link for link in links if "IPC" in link).replace("&amp;", "&"), focal
    )
    assert "Show all rows" in one and "Ambulance" not in one.split('id="rows"')[1]
    assert "No rows there" in text("/en/desk/ZMB/requests/numbers?quarter=1999-Q1", focal)
    rows = list(csv.DictReader(io.StringIO(text("/en/desk/ZMB/requests/numbers.csv", focal))))
    assert {(row["about"], row["item"], row["days_to_answer"]) for row in rows} == {
        ("request", "MASK-IIR", "0"), ("request", "AMBULANCE-4X4", ""),
    }  # fmt: skip
    for stranger in (desk_world.responder()[1], desk_world.focal_point("CUB")[1]):
        assert stranger.get("/en/desk/ZMB/requests/numbers").status_code == 404
        assert stranger.get("/en/desk/ZMB/requests/numbers.csv").status_code == 404
