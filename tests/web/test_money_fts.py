"""Money in the columns of FTS: one row a stage, exact, for everyone, at the desk and for programs."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from tests import make
from tests.api.calls import Program, token
from tests.web import desk_world as world
from tests.web.signing_in import demonstration

from unmet.access.models import Role
from unmet.api.money_fts import FtsFlow
from unmet.exchange import fts
from unmet.support import flow_deeds, flows
from unmet.support.flow_rules import Amount, Rate
from unmet.support.models import Flow

pytestmark = pytest.mark.django_db


def rows(answer: Any) -> list[dict[str, str]]:
    """The rows of a file."""
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


@pytest.fixture
def flow() -> Flow:
    """EUR 1,000.10 of WHO for Zambia: 400.10 committed, the rest pledged; public, with Zambia not named."""
    demonstration()
    by = make.person(Role.RESPONDER, "WHO")
    rate = Rate("0.8370", "units_per_usd", make.AT.date(), "ECB")
    made = make.money(
        100_010, of="WHO", to=("ZMB",), currency="EUR", rate=rate, by=by, reference="=1+1", text="@SUM(A1)"
    )
    with make.as_(by):
        flows.move_on(made, "commitment", Amount(40_010, make.AT.date(), rate), version=made.version, by=by, at=make.AT)
        flow_deeds.publish(made, by=by, at=make.AT)
    made.refresh_from_db()
    return made


def test_one_row_for_each_stage_with_the_columns_of_fts(flow: Flow) -> None:
    browser, private = world.responder()[1], make.money(7_00, of="CUB", to=("WHO",), reference="SECRET-1")
    found = rows(browser.get("/en/desk/support/money/fts.csv"))
    assert tuple(found[0])[: len(fts.COLUMNS)] == fts.COLUMNS == tuple(FtsFlow.model_fields)
    of_flow = [row for row in found if row["id"] == str(flow.uuid)]
    assert [(row["status"], row["originalAmount"], row["amountUSD"]) for row in of_flow] == [
        ("pledge", "600", "716.84"), ("commitment", "400.1", "478.02"),
    ]  # fmt: skip
    first = of_flow[0]
    assert (first["originalCurrency"], first["exchangeRate"], first["boundary"]) == ("EUR", "0.837", "incoming")
    assert (first["srcOrganization"], first["srcLocations"]) == ("World Health Organization", "")
    assert (first["destOrganization"], first["destLocations"]) == ("Zambia", "ZMB")
    assert (first["contributionType"], first["flowType"], first["instrument"]) == ("financial", "Standard", "grant")
    assert first["refCode"].startswith("'=") and first["description"].startswith("'@"), "no cell is a formula"
    assert str(private.uuid) in {row["id"] for row in found}, "what comes to WHO"


def test_everyone_reads_public_money_without_words_and_unnamed_members(flow: Flow) -> None:
    make.money(7_00, of="WHO", to=("ZMB",), reference="SECRET-2")
    everyone, undp = Client(headers={"host": "localhost"}), world.responder("UNDP")[1]
    for answer in (everyone.get("/en/money/fts.csv"), undp.get("/en/desk/support/money/fts.csv")):
        found = rows(answer)
        assert [row["status"] for row in found] == ["pledge", "commitment"]
        assert {(row["destOrganization"], row["destLocations"]) for row in found} == {("1 not named", "")}
        assert {row["refCode"] + row["description"] for row in found} == {""}
        assert "SECRET" not in str(found)
    assert "fts.csv" in everyone.get("/en/money").content.decode()


def test_programs_read_the_same_row_by_row(flow: Flow) -> None:
    other = make.money(5_00, of="WHO", to=("ZMB",), reference="SECRET-3", by=flow.stated_by)
    who, everyone = Program(token(flow.stated_by)), Program()
    mine = who.whole("/money/fts", limit=1)
    assert [(row["id"], row["status"]) for row in mine] == [
        (str(flow.uuid), "pledge"), (str(flow.uuid), "commitment"), (str(other.uuid), "pledge"),
    ]  # fmt: skip
    assert mine == who.whole("/money/fts") and mine[0]["refCode"] == "=1+1" and mine[2]["exchangeRate"] == ""
    public = everyone.whole("/money/public/fts", limit=1)
    assert [row["status"] for row in public] == ["pledge", "commitment"] and public[0]["refCode"] == ""
    assert everyone.get("/money/fts").status_code == 401
