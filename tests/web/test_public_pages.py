"""The public pages: the same figures on page and file, what must not be there, kind refusals, caches, cost."""

import csv
import io
import itertools
import json
import re
import zipfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from tests import make, once
from tests.conftest import by_turns
from tests.figures import world

from unmet.access.models import Installation
from unmet.books.models import Account
from unmet.catalogue.models import CatalogueState, Item, ItemCode, Pack, Price, Round
from unmet.figures.definitions import FIGURES
from unmet.needs import services as needs

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "ar", "es", "fr")
PAGES = (
    "/", "/?emergency=test-emergency", "/needs", "/needs?sort=item", "/needs?sort=member&uncovered=1&q=mask",
    "/needs?needed_by=2021-12-31&sector=IPC&domain=medical&emergency=test-emergency&member=ZMB&item=MASK-IIR",
    "/members", "/members/ZMB", "/members/AFG", "/members/WHO", "/items", "/items?sort=gap", "/items/MASK-IIR",
    "/items/RESP-N95", "/items/LOAN-CONC", "/items/VENT-ICU", "/sectors", "/sectors/IPC", "/sectors/SOC",
    "/emergencies/test-emergency", "/figures", "/about", "/asked", "/search", "/search?q=mask",
    "/search?q=zambia", "/money",
    "/money?emergency=test-emergency&item=MASK-IIR&boundary=incoming&instrument=grant&stage=paid",
    "/given", "/given?item=RESP-N95", "/given?sector=IPC&sort=member",
)  # fmt: skip


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def text(client: Client, path: str, *, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return body(response).decode()


def rows(client: Client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(client, path))))


def json_rows(client: Client, path: str) -> list[dict[str, Any]]:
    return json.loads(text(client, path), parse_float=Decimal)["rows"]


def sheet(client: Client, path: str) -> str:
    """All text of a workbook."""
    with zipfile.ZipFile(io.BytesIO(body(client.get(path)))) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def open_round() -> Round:
    """A round whose statements do not lapse before whoever runs these tests looks at them: pages live now."""
    return make.round_(freshness_days=30_000)


def small_world() -> Round:
    """Zambia with detail and support, Afghanistan as figures, money, something late."""
    round_ = open_round()
    lusaka, copperbelt = world.places("ZMB", "Lusaka", "Copperbelt")
    lines = [
        make.line(quantity=1000, place_id=lusaka.pk, rank=1), make.line(quantity=500, place_id=copperbelt.pk),
        make.line("RESP-N95", 2000), make.line("LOAN-CONC", 5_000_00),
    ]  # fmt: skip
    make.approved(lines, of="ZMB", round_=round_)
    [herat] = world.places("AFG", "Herat")
    afghan = [make.line(quantity=3_141_592, place_id=herat.pk, rank=7), make.line(quantity=2_718_281)]
    make.approved(afghan, of="AFG", round_=round_)
    make.released("ZMB", sectors=["IPC", "COORD"])
    make.released("AFG", level="figures")
    world.support("committed", 700, reference="SECRET-REF", round_=round_, expected_on=date(2021, 2, 20),
                  item_id=make.item("RESP-N95").pk)  # fmt: skip
    return round_


# ── every page, every language ───────────────────────────────────────────────
@pytest.fixture(scope="class")
def one_small_world(django_db_setup: None, django_db_blocker: Any) -> Any:
    yield from once.a_file(django_db_blocker, small_world)


@pytest.mark.usefixtures("one_small_world")
class TestOneWorldRead:
    """Tests that only read: one world for all of them."""

    @pytest.mark.parametrize("language", by_turns(LANGUAGES))
    def test_every_page_and_every_file_answers(self, client, language):
        for path in PAGES:
            page = text(client, f"/{language}{path}")
            assert f'lang="{language}"' in page and 'id="main"' in page
            assert not re.search(r"<[^>]+\s(style|on\w+)=", page), path
            assert page.count('rel="stylesheet"') == 1 and "<script" not in page
            for address in set(re.findall(r'href="(/[^"]+\.(?:csv|xlsx|json)[^"]*)"', page)):
                assert body(client.get(address.replace("&amp;", "&")))

    @pytest.mark.parametrize("code", by_turns(list(FIGURES)))
    def test_every_figure_opens_for_every_kind_of_scope(self, client, code):
        queries = (
            "", "?item=MASK-IIR", "?member=ZMB", "?item=MASK-IIR&member=ZMB", "?sector=IPC&emergency=test-emergency",
            "?round=r1", "?item=MASK-IIR&round=r1", "?item=LOAN-CONC&member=ZMB",
        )  # fmt: skip
        for query, form in zip(queries, itertools.cycle(("csv", "xlsx", "json")), strict=False):
            text(client, f"/en/figures/{code}{query}")
            assert body(client.get(f"/en/figures/{code}.{form}{query}"))
        status = 400 if FIGURES[code].today_only else 200
        text(client, f"/en/figures/{code}?item=MASK-IIR&on=2021-02-01&round=r1", status=status)


def test_an_empty_database_says_so_in_the_same_words_everywhere(client):
    make.reference()
    for path in ("/", "/needs", "/items/MASK-IIR", "/members/ZMB", "/sectors/IPC", "/figures/not_covered"):
        assert "Nothing public" in text(client, f"/en{path}"), path
    text(client, "/en/figures/needs_open")
    assert rows(client, "/en/needs.csv") == []


def test_the_same_words_whatever_the_reason(client):
    """Nothing sent, nothing approved, released to members only, withdrawn: nobody can tell which."""
    round_ = open_round()
    make.submitted([make.line(quantity=5)], of="AFG", round_=round_)
    make.approved([make.line(quantity=5)], of="NGA", round_=round_)
    make.released("NGA", audience="members")
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)
    [release] = make.released("ZMB")
    by = make.approver("ZMB")
    with make.as_(by, at=world.LATER):
        needs.withdraw_release(release, by=by, at=world.LATER)

    def said(code: str) -> str:
        page = text(client, f"/en/members/{code}")
        return re.sub(r"\s+", " ", page[page.index("<h1>") : page.index("About this party")].split("</h1>")[1])

    assert said("AFG") == said("NGA") == said("ZMB") == said("CUB")


# ── the same figures everywhere ──────────────────────────────────────────────
def test_one_number_on_page_csv_json_and_workbook(client):
    small_world()
    page = text(client, "/en/figures/not_covered?item=RESP-N95&member=ZMB")
    assert re.search(r"<h1>Not covered: <span class=\"gapn\">1,300</span>", page)
    of_rows = rows(client, "/en/figures/not_covered.csv?item=RESP-N95&member=ZMB")
    assert sum(Decimal(row["not_covered"]) for row in of_rows) == 1300
    assert (
        sum(row["not_covered"] for row in json_rows(client, "/en/figures/not_covered.json?item=RESP-N95&member=ZMB"))
        == 1300
    )
    [listed] = [row for row in rows(client, "/en/needs.csv?member=ZMB") if row["item"] == "RESP-N95"]
    assert (listed["not_covered"], listed["committed"], listed["at_risk"]) == ("1300", "700", "700")
    [same] = [row for row in json_rows(client, "/en/members/ZMB.json") if row["item"] == "RESP-N95"]
    assert same["not_covered"] == 1300
    assert "1300" in sheet(client, "/en/needs.xlsx?member=ZMB")
    assert "1,300" in text(client, "/en/members/ZMB") and "1,300" in text(client, "/en/items/RESP-N95")


def test_the_rows_of_a_figure_over_everything_add_up_to_it(client):
    small_world()
    for code in ("needs_open", "value_approved", "value_not_covered"):
        about = json.loads(text(client, f"/en/figures/{code}.json"), parse_float=Decimal)
        key = next(column["key"] for column in about["columns"] if column["key"].startswith(code))
        assert sum(row[key] for row in about["rows"]) == Decimal(about["about"]["value"]) > 0
        assert Decimal(about["about"]["value"]) == sum(
            Decimal(row[key]) for row in rows(client, f"/en/figures/{code}.csv")
        )


def test_money_is_shown_in_dollars_beside_and_not_inside(client):
    small_world()
    page = text(client, "/en/")
    assert "Finance not covered" in page and "5,000" in page
    [loan] = [row for row in rows(client, "/en/needs.csv") if row["item"] == "LOAN-CONC"]
    assert (loan["approved"], loan["unit"], loan["value_approved_usd"]) == ("5000", "US$", "")


def row_of(page: str, name: str) -> str:
    """The words of the table row that begins with a name."""
    row = next(row for row in page.split("<tr ") if re.search(rf">{re.escape(name)}</a>", row))
    return re.sub(r"<[^>]+>", " ", row.split("</tr>")[0])


def test_lists_show_figures_where_there_are_some_and_the_same_words_where_there_are_none(client):
    small_world()
    members, sectors, items = (text(client, f"/en/{name}") for name in ("members", "sectors", "items"))
    assert "nothing public" not in row_of(members, "Zambia") and "nothing public" in row_of(members, "Cuba")
    value = next(row for row in rows(client, "/en/members.csv") if row["member"] == "ZMB")["value_not_covered_usd"]
    assert f"{Decimal(value).quantize(Decimal(1), ROUND_HALF_UP):,}" in row_of(members, "Zambia")
    [ipc] = [row for row in rows(client, "/en/sectors.csv") if row["sector"] == "IPC"]
    assert ipc["needs_open"] in row_of(sectors, ipc["sector_name"]) and "%" in row_of(sectors, ipc["sector_name"])
    [mask] = [row for row in rows(client, "/en/items.csv") if row["item"] == "MASK-IIR"]
    assert "nothing public" not in row_of(items, mask["item_name"]) and mask["members"] == "2"
    assert f"{Decimal(mask['not_covered']):,}" in row_of(items, mask["item_name"])
    assert "2 of 120 members have public figures" in members or "2 of 121 members have public figures" in members


def test_as_known_on_a_past_day(client):
    round_ = open_round()
    make.released("ZMB")
    make.approved([make.line(quantity=10)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=25)], of="ZMB", round_=round_, at=world.LATER)
    query = "item=MASK-IIR&member=ZMB"
    assert ">25</span>" in text(client, f"/en/figures/approved?{query}")
    past = text(client, f"/en/figures/approved?{query}&on=2021-02-15")
    assert ">10</span>" in past and "as known on 15\N{NO-BREAK SPACE}February\N{NO-BREAK SPACE}2021" in past
    assert json.loads(text(client, f"/en/figures/approved.json?{query}&on=2021-02-15"))["about"]["value"] == "10"


# ── what must not be there ───────────────────────────────────────────────────
def everywhere(client: Client) -> str:
    """Every public page and file, as one text."""
    found = []
    for path in [
        *PAGES,
        *(f"/figures/{code}{query}" for code in FIGURES for query in ("?item=MASK-IIR&member=AFG", "")),
    ]:
        page = text(client, f"/en{path}")
        found.append(page)
        files = set(re.findall(r'href="(/[^"]+\.(?:csv|json)[^"]*)"', page))
        found += [text(client, address.replace("&amp;", "&")) for address in files]
    return "\n".join(found)


def test_figures_hide_place_rank_and_how_many_needs_stand_behind_them(client):
    small_world()
    said = everywhere(client)
    assert "Herat" not in said
    assert not re.search(r"3,?141,?592|2,?718,?281", said)
    assert "5,859,873" in said and "5859873" in said  # the sum of the two needs
    assert "Lusaka" in said


def test_support_shows_no_reference_giver_or_date_before_it_is_received(client):
    round_ = small_world()
    mask = str(Account.objects.get(member__code="ZMB", item__code="MASK-IIR", approved=1_000_000).subject)
    for stage, quantity, at in (("committed", 60, make.AT), ("in_transit", 60, world.LATER)):
        world.support(stage, quantity, reference="SECRET-REF-2", round_=round_, at=at, need_code=mask)
    said = everywhere(client) + text(client, "/en/figures/in_transit?item=MASK-IIR&member=ZMB")
    assert "SECRET-REF" not in said
    assert "1\N{NO-BREAK SPACE}March\N{NO-BREAK SPACE}2021" not in said.split("as known at line")[0].split("<main")[1]
    page = text(client, "/en/figures/in_transit?item=MASK-IIR&member=ZMB")
    assert "1\N{NO-BREAK SPACE}March" not in page.split("Rows of the public book")[1].split("<footer>")[0]


def test_what_is_withdrawn_is_on_no_page(client):
    small_world()
    by = make.approver("AFG")
    with make.as_(by, at=world.LATER):
        [release] = make.party("AFG").releases.all()
        needs.withdraw_release(release, by=by, at=world.LATER)
    assert not [row for row in rows(client, "/en/needs.csv") if row["member"] == "AFG"]
    assert not re.search(r"5,?859,?873", everywhere(client))


def test_a_release_that_ended_is_gone_without_anybody_doing_anything(client):
    make.approved([make.line(quantity=77_777)], of="ZMB", round_=open_round())
    make.released("ZMB", until=date(2021, 2, 10))
    assert "77,777" not in text(client, "/en/members/ZMB")
    assert rows(client, "/en/needs.csv") == []


def test_members_cannot_be_sorted_by_a_figure(client):
    small_world()
    first = re.findall(r'/en/members/([A-Z]{3})"', text(client, "/en/members"))
    assert first == re.findall(r'/en/members/([A-Z]{3})"', text(client, "/en/members?sort=gap"))
    text(client, "/en/needs?sort=not_covered", status=400)


def test_an_organisation_shows_what_it_is(client):
    make.reference()
    page = text(client, "/en/members/WHO")
    assert "World Health Organization" in page and "Membership" not in page


# ── demonstration ────────────────────────────────────────────────────────────
def test_a_demonstration_is_marked_on_every_page_in_every_file_and_citation(client):
    small_world()
    Installation.objects.create(one=True, demonstration=True, set_up_at=make.AT)
    for path in PAGES:
        assert "DEMONSTRATION" in text(client, f"/en{path}")
    for name in ("needs", "members", "items", "sectors", "overview", "members/ZMB", "figures/needs_open", "figures"):
        listed = rows(client, f"/en/{name}.csv")
        assert listed and all("DEMONSTRATION" in row["note"] for row in listed), name
        about = json.loads(text(client, f"/en/{name}.json"))["about"]
        assert "DEMONSTRATION" in about["demonstration"] and about["as_known"] and about["source"]
        assert "DEMONSTRATION" in sheet(client, f"/en/{name}.xlsx")
    cite = text(client, "/en/figures/needs_open").split("<h3>Cite</h3>")[1]
    assert "DEMONSTRATION" in cite.split("</p>")[0]


@pytest.mark.parametrize("name", ["needs", "members/ZMB", "items/MASK-IIR", "figures/not_covered"])
def test_a_file_of_a_demonstration_is_marked_without_rows_too(client, name):
    make.reference()
    Installation.objects.create(one=True, demonstration=True, set_up_at=make.AT)
    tail = "?item=MASK-IIR" if name.startswith("figures") else ""
    assert rows(client, f"/en/{name}.csv{tail}") == json_rows(client, f"/en/{name}.json{tail}") == []
    assert "DEMONSTRATION" in text(client, f"/en/{name}.csv{tail}")
    assert "DEMONSTRATION" in text(client, f"/en/{name}.json{tail}")
    assert "DEMONSTRATION" in sheet(client, f"/en/{name}.xlsx{tail}")
    Installation.objects.update(demonstration=False)
    assert "DEMONSTRATION" not in text(client, f"/en/{name}.csv{tail}")


# ── refusals ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/members/XXX", 404), ("/items/NOTHING", 404), ("/sectors/NOTHING", 404), ("/emergencies/nothing", 404),
        ("/figures/nothing", 404), ("/figures/approved?item=NOTHING", 404), ("/figures/approved?member=zmb", 404),
        ("/figures/approved?need=xyz", 404), ("/figures/needs_open?on=2021-13-01", 400),
        ("/figures/needs_open?on=01/02/2021", 400), ("/figures/needs_open?on=9999-01-01", 400),
        ("/figures/members_reported?round=nothing", 404), ("/needs?page=0", 400), ("/needs?page=x", 400),
        ("/needs?page=99", 404), ("/needs?page=" + "9" * 60, 400), ("/needs?needed_by=soon", 400),
        ("/needs?sort=value", 400), ("/needs?sector=NOTHING", 404), ("/needs?domain=x", 404), ("/needs?member=x", 404),
        ("/needs?q=" + "x" * 500, 400), ("/needs?q=%00", 400), ("/figures/approved?item=%00", 404),
        ("/members/ZMB?need=nothing", 404), ("/?emergency=nothing", 404), ("/members/WHO.csv", 404),
        ("/needs.csv?sort=value", 400), ("/figures/needs_open.json?on=soon", 400),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_with_a_sentence(client, path, status):
    open_round()
    page = text(client, f"/en{path}", status=status)
    assert "This cannot be shown" in page and '<p class="lead">' in page
    assert client.get(f"/ar{path}").status_code == status


def test_a_need_that_is_not_for_everyone_looks_like_one_that_is_not_there(client):
    make.approved([make.line(quantity=5)], of="ZMB", round_=open_round())
    subject = Account.objects.get().subject
    hidden = text(client, f"/en/figures/approved?need={subject}", status=404)
    absent = text(client, "/en/figures/approved?need=00000000-0000-4000-8000-000000000000", status=404)
    strip = re.compile(r'(href|content)="[^"]*"')
    assert strip.sub("", hidden) == strip.sub("", absent)


def test_only_reading(client):
    make.reference()
    assert client.post("/en/needs").status_code == 405


# ── caches ───────────────────────────────────────────────────────────────────
def test_a_cache_asks_and_hears_that_nothing_changed_until_something_did(client):
    round_ = open_round()
    make.released("ZMB")
    for path in ("/en/", "/en/needs.csv", "/en/figures/needs_open"):
        first = client.get(path)
        assert body(first)
        etag = first.headers["ETag"]
        assert "public" in first.headers["Cache-Control"] and "no-cache" in first.headers["Cache-Control"]
        again = client.get(path, headers={"if-none-match": etag})
        assert again.status_code == 304 and again.headers["ETag"] == etag
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)
    assert client.get("/en/", headers={"if-none-match": client.get("/ar/").headers["ETag"]}).status_code == 200
    after = client.get("/en/", headers={"if-none-match": etag})
    assert after.status_code == 200 and after.headers["ETag"] != etag


def test_an_answer_to_a_round_and_a_closed_round_reach_caches_too(client):
    round_ = open_round()
    etag = client.get("/en/").headers["ETag"]
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)  # not public: only the count of answers changes
    assert client.get("/en/").headers["ETag"] != etag


def test_the_page_is_the_same_for_whoever_is_signed_in(client):
    small_world()
    nobody = text(client, "/en/members/ZMB")
    etag = client.get("/en/members/ZMB").headers["ETag"]
    signed_in = Client(headers={"host": "localhost"})
    signed_in.force_login(make.approver("ZMB"), backend="django.contrib.auth.backends.ModelBackend")
    response = signed_in.get("/en/members/ZMB")
    assert response.content.decode() == nobody and response.headers["ETag"] == etag


# ── cost ─────────────────────────────────────────────────────────────────────
def test_the_cost_of_a_page_does_not_grow_with_its_rows(client):
    round_ = small_world()
    paths = [
        "/en/",
        "/en/needs",
        "/en/members",
        "/en/members/ZMB",
        "/en/items/MASK-IIR",
        "/en/figures/not_covered?item=MASK-IIR",
    ]
    client.get("/en/")

    def cost() -> list[int]:
        counts = []
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                text(client, path)
            counts.append(len(queries))
        return counts

    before = cost()
    areas = world.places("NGA", *(f"Area {number}" for number in range(30)))
    make.approved([make.line(quantity=5, place_id=area.pk) for area in areas], of="NGA", round_=round_)
    make.released("NGA")
    for code in ("CUB", "IND", "IDN", "EGY", "GHA"):
        make.approved([make.line(quantity=5), make.line("RESP-N95", 4)], of=code, round_=round_)
        make.released(code)
    after = cost()
    assert after == before
    assert max(before) <= 32


# ── what belongs to the items ────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("listed", "model", "keys"),
    [
        ("packs", Pack, {"base_units", "source", "name_en", "name_ar", "name_es", "name_fr"}),
        ("prices", Price, {"usd", "dated_on", "source"}), ("codes", ItemCode, {"system", "code", "edition"}),
        ("names", Item, {"name_en", "name_ar", "name_es", "name_fr"}),
    ],
)  # fmt: skip
def test_what_belongs_to_the_items_in_use_is_a_file_of_its_own(client, listed, model, keys):
    small_world()
    in_use = model.objects.filter(retired_on=None) if model is Item else model.objects.filter(item__retired_on=None)
    if model is Pack:  # money has none that anybody is shown
        in_use = in_use.exclude(item__kind="finance")
    before, one = in_use.count(), in_use.order_by("pk")[0]
    retired = one if isinstance(one, Item) else one.item
    assert before and len(rows(client, f"/en/items/{listed}.csv")) == before
    Item.objects.filter(pk=retired.pk).update(retired_on=date(2021, 1, 1))
    CatalogueState.changed()
    told = rows(client, f"/en/items/{listed}.csv")
    assert 0 < len(told) == in_use.count() < before and retired.code not in {row["item"] for row in told}
    assert keys | {"item"} <= set(told[0])
    assert [row["item"] for row in json_rows(client, f"/fr/items/{listed}.json")] == [row["item"] for row in told]
    assert told[0]["item"] in sheet(client, f"/ar/items/{listed}.xlsx")
    for form in ("csv", "xlsx", "json"):
        assert f"/en/items/{listed}.{form}" in text(client, "/en/items")


def test_prices_say_their_date_and_source_and_packs_their_names(client):
    make.reference()
    price = Price.objects.select_related("item").order_by("item__code", "-dated_on", "source")[0]
    row = rows(client, "/en/items/prices.csv")[0]
    assert (row["item"], Decimal(row["usd"]), row["dated_on"], row["source"]) == (
        price.item.code, price.usd, price.dated_on.isoformat(), price.source,
    )  # fmt: skip
    pack = make.item("MASK-IIR").packs.order_by("factor", "pk")[0]
    row = next(row for row in rows(client, "/es/items/packs.csv") if row["item"] == "MASK-IIR")
    assert (row["name_ar"], Decimal(row["base_units"])) == (pack.name_ar, Decimal(pack.factor) / 1000)
    Price.objects.filter(pk=price.pk).update(source="=HYPERLINK(1)")
    CatalogueState.changed()
    assert "'=HYPERLINK(1)" in text(client, "/en/items/prices.csv")


def test_every_public_address_is_tried_here():
    names = {
        pattern.name
        for resolver in get_resolver().url_patterns
        for inner in getattr(resolver, "url_patterns", [])
        for pattern in getattr(inner, "url_patterns", [])
        if "web.public" in getattr(pattern.callback, "__module__", "")
    }
    pages = {name for name in names if not name.endswith(("_file", "_fts"))}
    assert pages == {
        "overview", "needs", "members", "member", "items", "item", "sectors", "sector", "emergency", "figures",
        "figure", "about", "asked", "search", "money", "given",
    }  # fmt: skip
