"""Reading: parties, catalogue, rounds, figures; pages and CSV."""

import csv
import io

import pytest

from tests import make
from tests.api.calls import Program, now, open_round, problem, token
from unmet.access import tokens
from unmet.catalogue.models import Item, ItemCode, Pack, Price
from unmet.exchange.download import number_text
from unmet.figures import totals
from unmet.figures.totals import Scope
from unmet.parties.models import Party

pytestmark = pytest.mark.django_db

PUBLIC = ("/parties", "/catalogue/emergencies", "/catalogue/sectors", "/catalogue/items", "/catalogue/packs",
          "/catalogue/prices", "/catalogue/codes", "/rounds", "/figures", "/totals?by=member", "/needs",
          "/figures/value_approved", "/figures/value_approved/rows")  # fmt: skip


def built():
    round_ = open_round()
    make.approved([make.line(quantity=1000), make.line("O2-CONC", 12)], of="ZMB", round_=round_, at=now())
    make.approved([make.line(quantity=500)], of="CUB", round_=round_, at=now())
    make.released("ZMB", at=now())
    make.released("CUB", level="figures", at=now())
    return round_


WORLD = built


@pytest.fixture
def world(fresh):
    """See `built`."""
    return fresh


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_needs_no_token_and_sets_no_cookie(world, path):
    answer = Program().get(path)
    assert answer.status_code == 200, answer.content.decode()
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Unmet-Demonstration"] == "yes"


def test_a_token_that_is_sent_is_looked_at_even_where_none_is_needed(world):
    assert problem(Program("unmet_wrong").get("/parties")) == (401, "no-token")


def test_parties_pages_make_the_whole_list(world):
    rows = Program().whole("/parties", limit=7)
    assert [row["code"] for row in rows] == sorted(Party.objects.values_list("code", flat=True))
    assert next(row for row in rows if row["code"] == "NAM")["iso2"] == "NA"


def test_party_with_memberships(world):
    told = Program().get("/parties/SSD").json()
    assert told["memberships"][0]["from_on"] == "2024-01-01"
    assert problem(Program().get("/parties/NOBODY")) == (404, "not-found")


def test_items_have_packs_codes_and_prices(world):
    row = next(item for item in Item.objects.filter(packs__isnull=False, prices__isnull=False).distinct())
    told = Program().get(f"/catalogue/items/{row.code}").json()
    assert len(told["packs"]) == row.packs.count()
    assert len(told["prices"]) == row.prices.count()
    assert all(isinstance(price["usd"], str) for price in told["prices"])


def test_what_belongs_to_items_is_a_list_of_its_own(world):
    Item.objects.filter(code="GOWN-ISO").update(retired_on="2021-01-01")
    for path, model in (("packs", Pack), ("prices", Price), ("codes", ItemCode)):
        rows = Program().whole(f"/catalogue/{path}", limit=7)
        wanted = model.objects.filter(item__retired_on=None).order_by("item__code", "pk")
        if model is Pack:  # money has none that anybody is shown
            wanted = wanted.exclude(item__kind="finance")
        assert rows and [row["item"] for row in rows] == list(wanted.values_list("item__code", flat=True))
        one = wanted.filter(item__code="MASK-IIR").count()
        assert len(Program().whole(f"/catalogue/{path}", item="MASK-IIR")) == one
        assert problem(Program().get(f"/catalogue/{path}", {"item": "NOTHING"})) == (404, "not-found")
        twin = b"".join(Program().get(f"/catalogue/{path}.csv").streaming_content).decode()
        told = list(csv.DictReader(io.StringIO(twin)))
        assert [{key: row[key] for key in rows[0]} for row in told] == rows
    price = Price.objects.filter(item__retired_on=None).order_by("item__code", "pk")[0]
    assert Program().get("/catalogue/prices").json()["rows"][0] == {
        "item": price.item.code, "usd": number_text(price.usd), "dated_on": price.dated_on.isoformat(),
        "source": price.source,
    }  # fmt: skip


def test_items_and_packs_have_their_names_in_each_language(world):
    told = Program(Accept_Language="fr").get("/catalogue/items/MASK-IIR").json()
    row = Item.objects.get(code="MASK-IIR")
    assert (told["name"], told["name_en"], told["name_ar"], told["name_es"], told["name_fr"]) == (
        row.name_fr, row.name_en, row.name_ar, row.name_es, row.name_fr,
    )  # fmt: skip
    pack = row.packs.order_by("pk")[0]
    assert Program().get("/catalogue/packs", {"item": "MASK-IIR"}).json()["rows"][0]["name_ar"] == pack.name_ar


def test_list_as_csv_by_address_and_by_accept(world):
    by_address = Program().get("/parties.csv")
    by_accept = Program().get("/parties", Accept="text/csv")
    text = b"".join(by_address.streaming_content).decode()
    assert text == b"".join(by_accept.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["code"] for row in rows] == sorted(Party.objects.values_list("code", flat=True))
    assert rows[0]["note"].startswith("DEMONSTRATION")


def test_csv_neutralises_what_a_spreadsheet_would_run(world):
    Party.objects.filter(code="CUB").update(name_en="=HYPERLINK(1)")
    text = b"".join(Program().get("/parties.csv").streaming_content).decode()
    assert "'=HYPERLINK(1)" in text


def test_language_of_the_reader(world):
    answer = Program(**{"Accept-Language": "fr"}).get("/parties/EGY")
    assert answer.json()["name"] == Party.objects.get(code="EGY").name_fr
    assert answer.headers["Content-Language"] == "fr"


def test_figure_is_that_of_the_books(world):
    told = Program().get("/figures/not_covered", {"item": "MASK-IIR"}).json()
    assert told["value"] == "1500"
    assert told["inputs"]["approved"] == "1500"
    expected = totals.total(Scope(), goods=None)["value_approved"]
    assert Program().get("/figures/value_approved").json()["value"] == f"{expected / 100:.2f}".rstrip("0").rstrip(".")


def test_figure_rows_add_up(world):
    rows = Program().whole("/figures/not_covered/rows", item="MASK-IIR", limit=1)
    assert sorted((row["member"], row["inputs"]["approved"]) for row in rows) == [("CUB", "500"), ("ZMB", "1000")]


@pytest.mark.parametrize(
    ("path", "query"),
    [("/figures/not_covered", {}), ("/figures/members_reported", {}),
     ("/figures/at_risk", {"item": "MASK-IIR", "on": "2024-01-01"})],
)  # fmt: skip
def test_figure_that_does_not_exist_for_the_scope(world, path, query):
    assert problem(Program().get(path, query)) == (422, "refused")


def test_totals_by_member(world):
    rows = Program().whole("/totals", by="member", item="MASK-IIR", limit=1)
    assert [(row["code"], row["approved"]) for row in rows] == [("CUB", "500"), ("ZMB", "1000")]
    assert Program().whole("/totals", by="member")[0]["approved"] is None


def test_public_needs_with_and_without_detail(world):
    rows = Program().whole("/needs", limit=1)
    assert [(row["member"], row["approved"], row["need"] is None) for row in rows] == [
        ("ZMB", "1000", False), ("CUB", "500", True),
    ]  # fmt: skip


def test_rounds_and_their_sectors(world):
    told = Program().get("/rounds/r-now").json()
    assert told["state"] == "open" and "IPC" in told["sectors"]
    make.round_("planned-one", of="other-emergency", opened=False)
    assert problem(Program().get("/rounds/planned-one")) == (404, "not-found")


def test_a_cookie_is_no_token(world):
    person = make.focal_point("ZMB")
    program = Program()
    program.client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert problem(program.get("/returns")) == (401, "no-token")


def test_head_is_get_without_a_body(world):
    whole, answer = Program().get("/parties/CUB"), Program().client.head("/api/v1/parties/CUB")
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["Content-Length"] == str(len(whole.content)) and len(whole.content) > 20
    table = Program().client.head("/api/v1/needs.csv")
    assert table.status_code == 200 and table.streaming and b"".join(table.streaming_content) == b""
    assert Program().get("/parties/CUB").status_code == 200, "what was read from is closed, the database is not"


def test_last_use_is_shown(world):
    person = make.focal_point("ZMB")
    assert Program(token(person)).get("/returns").status_code == 200
    assert tokens.own(person).get().last_used_at is not None
