"""Money by pages: stated, moved on, confirmed, made public; nothing typed is lost, nothing counts twice."""

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests import make, once
from tests.web import desk_world as world
from tests.web.signing_in import demonstration

from unmet.needs.models import Need
from unmet.support.models import Flow, FlowConfirmation

pytestmark = pytest.mark.django_db


class Pages:
    """WHO gives, Zambia gets; everybody's browser."""

    def __init__(self) -> None:
        demonstration()
        self.emergency = make.emergency()
        self.who = world.responder()[1]
        self.focal, self.approver = world.focal_point()[1], world.approver()[1]
        self.stranger = world.responder("UNICEF")[1]

    def form(self, **changes: Any) -> dict[str, Any]:
        """What the form sends."""
        return {
            "source": "WHO", "destinations": ["ZMB"], "stage": "commitment", "instrument": "grant",
            "amount": "5 000 000", "currency": "USD", "dated_on": "11 May 2021", "via": "bilateral", "channel": "",
            "emergency": self.emergency.code, "sector": "", "item": "", "passes_on": "", "reference": "AGR-1",
            "text": "For Kitwe", "fact_source": "", "rate": "", "quoted": "usd_per_unit", "rate_on": "",
            "rate_source": "",
        } | changes  # fmt: skip

    def state(self, browser: Client | None = None, **changes: Any) -> Any:
        """What the form is answered."""
        return (browser or self.who).post("/en/desk/support/money/new", self.form(**changes))

    def stated(self, **changes: Any) -> Flow:
        """Money that was stated."""
        answer = self.state(**changes)
        assert answer.status_code == 302, text(answer)
        return Flow.objects.latest("pk")

    def step(self, flow: Flow, deed: str, stage: str, amount: str, browser: Client | None = None, **more: str) -> Any:
        """A further step by its form."""
        flow.refresh_from_db()
        sent = {"version": str(flow.version), "stage": stage, "amount": amount, "dated_on": "12 May 2021"} | more
        return (browser or self.who).post(
            f"/en/desk/support/money/{flow.uuid}/{deed}", {f"{deed}-{name}": value for name, value in sent.items()}
        )

    def press(self, browser: Client, flow: Flow, what: str, **sent: str) -> Any:
        """A button of the page."""
        return browser.post(f"/en/desk/support/money/{flow.uuid}/{what}", sent)

    def read(self, browser: Client, flow: Flow) -> str:
        """The page of a flow."""
        answer = browser.get(f"/en/desk/support/money/{flow.uuid}")
        assert answer.status_code == 200
        return text(answer)


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker: Any) -> Iterator[Pages]:
    """See `Pages`."""
    yield from once.a_file(django_db_blocker, Pages)


def text(answer: Any) -> str:
    """The words of a page."""
    return re.sub(r"</?(bdi|span)[^>]*>", "", html.unescape(answer.content.decode())).replace("\u00a0", " ")


# ── stating ──────────────────────────────────────────────────────────────────
def test_money_is_stated_as_people_write_it(pages: Pages) -> None:
    empty = text(pages.who.get("/en/desk/support/money/new"))
    assert "World Health Organization" in empty and "KWD · Kuwaiti Dinar" in empty
    flow = pages.stated()
    assert (flow.committed, flow.currency, flow.boundary, flow.text) == (500_000_000, "USD", "incoming", "For Kitwe")
    shown = pages.read(pages.who, flow)
    assert "Money from World Health Organization to Zambia" in shown and "USD 5,000,000" in shown
    assert flow.steps.get().dated_on.isoformat() == "2021-05-11"


def test_sent_twice_it_counts_once(pages: Pages) -> None:
    pages.stated()
    again = pages.state()
    assert again.status_code == 302 and Flow.objects.count() == 1
    assert "Nothing changed: this was stated already." in text(pages.who.get(again["Location"]))
    other = pages.state(amount="6 000 000")
    assert other.status_code == 422 and "stands already with other particulars" in text(other)
    reworded = pages.state(text="For Ndola")
    assert reworded.status_code == 422 and "stands already with other particulars" in text(reworded)
    assert "For Ndola" in text(reworded), "what was typed is kept"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "1,250"}, "may mean 1,250 or 1.25"), ({"amount": "some"}, "is not an amount"),
        ({"amount": "6 million"}, "Did you mean 6,000,000"),
        ({"amount": "12.345"}, "may mean"), ({"amount": "12.3456"}, "is not an amount"),
        ({"amount": "0"}, "above zero"), ({"amount": "99999999999999"}, "too large to be one flow of money"),
        ({"amount": "1 250.5", "currency": "JPY"}, "have no so small parts"),
        ({"currency": "JPY"}, "No rate is known here for that day"),
        ({"currency": "EUR", "rate": "1.082", "rate_source": "ECB"}, "can be read in two ways"),
        ({"currency": "EUR", "rate": "1.0824"}, "Say where the rate was published"),
        ({"currency": "EUR", "rate": "0", "rate_source": "ECB"}, "Write a rate above zero"),
        ({"dated_on": "3 June 2021"}, ""), ({"dated_on": "1 January 1990"}, "lies outside the days taken here"),
        ({"destinations": []}, "Choose at least one party that the money is for."),
        ({"destinations": ["ZMB", "UNICEF"]}, "Some of these are members and some are not"),
        ({"destinations": ["UNICEF"]}, "Neither the source nor a destination is a member"),
        ({"via": "fund"}, "Choose the party that it goes through"),
        ({"via": "who", "channel": "UNICEF"}, "This party is not such a channel"),
        ({"reference": ""}, "This field is required"),
        ({"stage": "sent"}, "not one of the available choices"), ({"source": "UNICEF"}, "not one of the available"),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_and_keeps_what_was_typed(pages: Pages, changes: dict[str, Any], said: str) -> None:
    answer = pages.state(**changes)
    if not said:
        assert answer.status_code == 302
        return
    assert answer.status_code == 422 and said in text(answer)
    assert "AGR-1" in text(answer) or "reference" in changes
    assert "For Kitwe" in text(answer) and not Flow.objects.exists()


def test_a_rate_of_ones_own_or_the_one_that_is_known(pages: Pages) -> None:
    own = pages.stated(
        currency="EUR", amount="100", rate="1,0824", rate_on="11 May 2020", rate_source="European Central Bank"
    )
    assert own.committed_cents == 10_824
    assert "1 EUR = US$ 1.0824, 11 May 2020. European Central Bank" in pages.read(pages.who, own)
    known = pages.stated(currency="SAR", amount="375", reference="AGR-2")
    assert known.committed_cents == 10_000 and "US$ 1 = 3.75 SAR" in pages.read(pages.who, known)


def test_money_for_a_need_that_one_sees(pages: Pages) -> None:
    round_ = world.open_round()
    world.approved(make.line(quantity=1000), round_=round_)
    need = Need.objects.get()
    address = f"/en/desk/support/money/new?need={need.uuid}"
    assert pages.who.get(address).status_code == 404 and pages.who.get(address + "x").status_code == 404
    make.released("ZMB")
    assert f'href="{address}"' in text(pages.who.get(reverse("detail_line", args=[need.uuid])))
    assert "It makes the need funded and lowers no quantity." in text(pages.who.get(address))
    flow = pages.stated(need=str(need.uuid), amount="1000")
    assert flow.need == need and flow.item == need.item
    assert "US$ 1,000 in grants, committed or paid." in pages.read(pages.focal, flow)
    assert "Funded by grants: US$ 1,000" in text(pages.focal.get("/en/desk/ZMB/needs"))


def test_who_may_not_state(pages: Pages) -> None:
    nobody = world.at_the_browser(make.person())
    assert nobody.get("/en/desk/support/money/new").status_code == 403
    assert pages.state(nobody).status_code == 403
    assert pages.state(pages.stranger).status_code == 422, "WHO is not among its sources"
    assert not Flow.objects.exists()


# ── moving on ────────────────────────────────────────────────────────────────
def test_pledged_committed_paid_confirmed(pages: Pages) -> None:
    flow = pages.stated(stage="pledge", amount="1000")
    assert "Commit it" in pages.read(pages.who, flow) and "Commit it" not in pages.read(pages.focal, flow)
    assert "State that it is paid" not in pages.read(pages.who, flow)
    assert pages.step(flow, "commit", "commitment", "600").status_code == 302
    assert pages.step(flow, "pay", "paid", "500").status_code == 302
    flow.refresh_from_db()
    assert (flow.pledged, flow.committed, flow.paid) == (40_000, 10_000, 50_000)
    asked = pages.read(pages.focal, flow)
    assert "states that it paid USD 500" in asked
    step = flow.steps.get(to_stage="paid")
    for _twice in range(2):
        assert pages.press(pages.focal, flow, "confirm", step=str(step.pk), party="ZMB").status_code == 302
    assert FlowConfirmation.objects.count() == 1
    assert "Zambia confirms it" in pages.read(pages.who, flow)
    assert "Did it reach" not in pages.read(pages.focal, flow)
    assert pages.press(pages.who, flow, "confirm", step=str(step.pk), party="ZMB").status_code == 403
    assert pages.press(pages.focal, flow, "confirm", step="0", party="ZMB").status_code == 404


@pytest.mark.parametrize(
    ("deed", "stage", "typed", "said"),
    [
        ("commit", "commitment", {"amount": "1001"}, "This is more than what stands there now"),
        ("commit", "commitment", {"amount": "x"}, "is not an amount"),
        ("commit", "paid", {}, "was changed meanwhile"),
        ("pay", "paid", {}, "This is more than what stands there now"),
        ("add", "paid", {}, "was changed meanwhile"),
        ("back", "pledge", {"reason": ""}, "Please write why"),
        ("back", "pledge", {"amount": "1001", "reason": "Wrong"}, "This is more than what stands there now"),
        ("commit", "commitment", {"version": "1"}, "was changed meanwhile"),
        ("commit", "commitment", {"dated_on": "yesterday"}, "is not a day"),
        ("commit", "commitment", {"dated_on": "10 May 2021"}, "before the day from which the amount stands there"),
    ],
)  # fmt: skip
def test_a_refused_step_keeps_what_was_typed(
    pages: Pages, deed: str, stage: str, typed: dict[str, str], said: str
) -> None:
    flow = pages.stated(stage="pledge", amount="1000")
    typed = {"amount": "10"} | typed
    answer = pages.step(flow, deed, stage, **typed)
    assert answer.status_code == 422 and said in text(answer)
    assert f'value="{typed["amount"]}"' in text(answer) and "<details" in text(answer)
    flow.refresh_from_db()
    assert (flow.pledged, flow.version) == (100_000, 2)


def test_pressing_twice_pays_once(pages: Pages) -> None:
    flow = pages.stated(amount="1000")
    version = str(flow.version)
    assert pages.step(flow, "pay", "paid", "400", version=version).status_code == 302
    assert pages.step(flow, "pay", "paid", "400", version=version).status_code == 422
    flow.refresh_from_db()
    assert (flow.committed, flow.paid) == (60_000, 40_000)


def sent_again(answer: Any, deed: str) -> dict[str, str]:
    """What the form of a deed, as a page shows it, sends when it is pressed."""
    form = re.search(rf'<details id="{deed}".*?</details>', answer.content.decode(), re.S)
    assert form is not None and " open" in form[0].split(">")[0]
    fields = re.findall(r"<input[^>]*>", form[0])
    pairs = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in fields]
    chosen = re.search(r'<select name="([^"]*-stage)".*?<option value="([^"]*)"', form[0], re.S)
    return {name[1]: html.unescape(value[1]) if value else "" for name, value in pairs if name} | (
        {chosen[1]: chosen[2]} if chosen else {}
    )


@pytest.mark.parametrize(
    ("deed", "stage", "meanwhile", "stands"),
    [
        ("commit", "commitment", ("commit", "commitment", "100"), (80_000, 20_000, 0)),
        ("back", "pledge", ("add", "pledge", "100"), (100_000, 0, 0)),
        ("add", "paid", ("commit", "commitment", "100"), (100_000, 10_000, 0)),  # what may be added is a pledge only
    ],
)
def test_a_step_made_stale_by_a_colleague_can_be_pressed_again(
    pages: Pages, deed: str, stage: str, meanwhile: tuple[str, str, str], stands: tuple[int, int, int]
) -> None:
    flow = pages.stated(stage="pledge", amount="1000")
    version = str(flow.version)
    assert pages.step(flow, *meanwhile).status_code == 302
    stale = pages.step(flow, deed, stage, "100", version=version, reason="Typed wrongly")
    assert stale.status_code == 422 and "was changed meanwhile" in text(stale)
    sent = sent_again(stale, deed)
    assert sent[f"{deed}-amount"] == "100"
    address = f"/en/desk/support/money/{flow.uuid}/{deed}"
    assert pages.who.post(address, sent).status_code == 302
    flow.refresh_from_db()
    assert (flow.pledged, flow.committed, flow.paid) == stands


def test_more_and_taken_back(pages: Pages) -> None:
    flow = pages.stated(stage="paid", amount="10", currency="SAR")
    assert pages.step(flow, "add", "paid", "5").status_code == 302
    assert pages.step(flow, "back", "paid", "15", reason="Sent to another account").status_code == 302
    flow.refresh_from_db()
    assert (flow.paid, flow.paid_cents) == (0, 0)
    shown = pages.read(pages.focal, flow)
    assert "Taken back" in shown and "Sent to another account" in shown


# ── who sees it ──────────────────────────────────────────────────────────────
def test_the_source_makes_it_public_and_knows_what_everyone_will_see(pages: Pages) -> None:
    flow = pages.stated()
    assert "What was read or downloaded meanwhile cannot be taken back." in pages.read(pages.who, flow)
    assert "Make it public" not in pages.read(pages.approver, flow)
    assert pages.press(pages.approver, flow, "publish").status_code == 403
    assert pages.press(pages.who, flow, "publish").status_code == 302
    assert "Public since" in pages.read(pages.who, flow)
    assert "World Health Organization" in text(Client(headers={"host": "localhost"}).get("/en/money"))
    again = pages.press(pages.who, flow, "publish")
    assert "It is public already." in text(pages.who.get(again["Location"]))
    pages.press(pages.who, flow, "hide")
    assert "No public money here" in text(Client(headers={"host": "localhost"}).get("/en/money"))


def test_a_member_decides_whether_it_is_named(pages: Pages) -> None:
    flow = pages.stated()
    assert "May Zambia be named in public?" in pages.read(pages.approver, flow)
    assert "be named in public?" not in pages.read(pages.focal, flow)
    assert pages.press(pages.focal, flow, "name", party="ZMB", named="1").status_code == 403
    pages.press(pages.approver, flow, "name", party="ZMB", named="1")
    assert flow.going_to.get().named_at is not None and "You agreed." in pages.read(pages.approver, flow)
    pages.press(pages.approver, flow, "name", party="ZMB", named="0")
    assert flow.going_to.get().named_at is None


def test_others_do_not_find_it(pages: Pages) -> None:
    flow = pages.stated()
    for what in ("", "/publish", "/hide", "/confirm", "/name", "/commit", "/pay", "/add", "/back"):
        address = f"/en/desk/support/money/{flow.uuid}{what}"
        answer = pages.stranger.post(address) if what else pages.stranger.get(address)
        assert answer.status_code == 404, what


def test_the_lists_and_their_file(pages: Pages) -> None:
    flow = pages.stated()
    first, given, coming = (f"/en/desk/support/money{query}" for query in ("", "?list=given", "?list=coming"))
    assert "AGR-1" in text(pages.who.get(first)) and "AGR-1" in text(pages.focal.get(first)), "the list that has rows"
    assert "AGR-1" in text(pages.focal.get(first + "?page=1"))
    assert "AGR-1" in text(pages.who.get(given)) and "AGR-1" not in text(pages.who.get(coming))
    assert "AGR-1" in text(pages.focal.get(coming)) and "AGR-1" not in text(pages.focal.get(given))
    assert "AGR-1" not in text(pages.stranger.get(given)) + text(pages.stranger.get(coming))
    [row] = csv.DictReader(io.StringIO(pages.focal.get("/en/desk/support/money.csv?list=coming").content.decode()[1:]))
    assert (row["number"], row["committed"], row["committed_usd"]) == (str(flow.uuid), "5000000", "5000000")
    assert "AGR" not in pages.stranger.get("/en/desk/support/money.csv").content.decode()
    assert pages.focal.get("/en/desk/inbox").content.decode().count("committed money that concerns your party") == 1
