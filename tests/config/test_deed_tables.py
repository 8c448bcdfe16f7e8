"""Every deed of the loop at the command line: none is missing, and each refuses what it must."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from django.db import transaction

from tests import make
from tests.config.deeds_world import NOBODY, TODAY, Loop, counted, did, parser, refused, run, written
from unmet.access.models import Role
from unmet.api import v1
from unmet.config import deed_commands
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
LOOP = {
    "needs", "requests", "offers", "consignments", "receipts", "money", "delivery profiles", "extracts",
    "what is given", "gaps", "progress",
}  # fmt: skip
BESIDE = {"parties", "catalogue", "rounds", "returns", "releases", "support", "files", "figures"}
LISTS = {"requests", "offers", "consignments", "receipts", "money", "extracts", "extract_shares"}
DEEDS, READINGS = deed_commands.deeds(), deed_commands.readings()
OF_A_ROW = [word for word, one in DEEDS.items() if one.path]
WITH_NEEDS = [word for word, one in DEEDS.items() if any(field.needed for field in deed_commands.body(one))]


class World(Loop):
    """The loop, with a row in each state that a deed may meet: its `rows` by name."""

    def __init__(self) -> None:
        super().__init__()
        self.stranger = make.approver("CUB")
        self.rows = {
            "draft": self.drafted(), "asked": self.asked(), "gone": self.asked(), "offer-draft": self.offer_drafted(),
            "offered": self.offered(), "offer-gone": self.offered(), "plan": self.planned(), "sent": self.sent(),
            "got": self.sent(), "pledge": self.given(), "paid": self.given(stage="paid"),
        }  # fmt: skip
        did(self.approver, "do", "withdraw-request", self.rows["gone"], "--reason", "x")
        did(self.who, "do", "withdraw-offer", self.rows["offer-gone"])
        self.rows["receipt"] = self.received(self.rows["got"])["code"]
        self.rows["extract"] = did(self.focal, "do", "make-extract", "--maker", "ZMB", "--recipient", "WHO")["id"]
        self.rows["receipt-old"] = self.rows["receipt"]
        [self.rows["got-line"]] = self.lines("consignment", self.rows["got"])
        did(self.focal, "do", "correct-receipt", self.rows["receipt"], *counted(self.rows["got-line"], 30, 0, 0))
        self.rows["support"] = self.accepted()
        did(self.who, "do", "state-money", *self.gives("5"), "--reference", "K-1")
        self.rows["paused"] = self.needs["GLOVE-EXAM"]
        did(self.approver, "do", "pause-need", self.rows["paused"], "--reason", "Promised elsewhere")
        did(self.focal, "do", "stop-need", self.rows["paused"], "--reason", "The store is full")
        for kind, source, to in (("public", "CUB", "ZMB"), ("private", "CUB", "ZMB"), ("ours", "ZMB", "CUB")):
            by = self.stranger if source == "CUB" else self.focal
            words = [{"WHO": source, "ZMB": to}.get(word, word) for word in self.gives()]
            self.rows[kind] = did(by, "do", "state-money", *words)["id"]
        did(self.stranger, "do", "publish-money", self.rows["public"])
        for kind in ("asked", "gone"):
            [self.rows[f"{kind}-line"]] = self.lines("request", self.rows[kind], self.focal)
        for kind in ("offered", "offer-gone"):
            [self.rows[f"{kind}-line"]] = self.lines("offer", self.rows[kind])
        self.rows["proposal-gone"], self.rows["proposal"] = (
            did(
                self.focal, "do", "propose-acceptance", self.rows["offered"], self.rows["offered-line"], "--quantity",
                quantity,
            )["id"]
            for quantity in ("2", "1")
        )  # fmt: skip
        for kind in ("plan", "sent"):
            [self.rows[f"{kind}-line"]] = self.lines("consignment", self.rows[kind])

    def words(self, line: str) -> list[str]:
        """A line of the shell, its names in braces replaced by what they stand for."""
        return [word.format(**{name.replace("-", "_"): row for name, row in self.rows.items()}, need=self.need,
                            today=TODAY) for word in shlex.split(line)]  # fmt: skip

    def who_does(self, name: str) -> Person:
        """Somebody."""
        person: Person = getattr(self, name)
        return person


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[World]:
    """One world for this file, taken back at its end; each test runs in a savepoint of its own."""
    folder = tmp_path_factory.mktemp("deeds") / "files"
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr("django.conf.settings.MEDIA_ROOT", folder)
        yield World()
        transaction.set_rollback(True)


# ── none is missing ──────────────────────────────────────────────────────────
def operations(method: str) -> Mapping[str, str]:
    """The operations of the API by their name, with their tag, as its description says."""
    return {
        told[method]["operationId"]: told[method]["tags"][0]
        for path, told in v1.description()["paths"].items()
        if method in told and not (path.endswith(".csv") and path != "/api/v1/extracts/{id}/table.csv")
    }


def test_what_the_api_does_in_the_loop_the_command_line_does() -> None:
    assert set(operations("post").values()) | set(operations("get").values()) == LOOP | BESIDE, "where does it belong?"
    of_api = {name for name, tag in operations("post").items() if tag in LOOP}
    assert {word.replace("-", "_") for word in DEEDS} == of_api
    read = {name for name, tag in operations("get").items() if tag in LOOP}
    assert {word.replace("-", "_") for word in READINGS} == read - LISTS
    assert parser().parse_args(["offers", "--party", "WHO"]).command == "offers", "a list has a command of its own"


def test_they_take_the_fields_of_the_api() -> None:
    named = v1.description()["components"]["schemas"]
    for told in v1.description()["paths"].values():
        operation = told.get("post", {"tags": [""]})
        if operation["tags"][0] in LOOP:
            deed = DEEDS[operation["operationId"].replace("_", "-")]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            fields = set(named[body["$ref"].rsplit("/", 1)[-1]]["properties"]) if body else set()
            assert {field.name for field in deed_commands.body(deed)} == fields, deed.name


@pytest.mark.parametrize("word", [*DEEDS, *READINGS])
def test_its_example_is_said_as_it_must_be(world: World, word: str) -> None:
    """It may be refused by a rule, for nobody has these rows; never because of how it is said."""
    one = DEEDS.get(word) or READINGS[word]
    ended = run(*deed_commands.example(one, id_=NOBODY)[1:-1], world.stranger.email)
    assert ended.code in (0, 1), ended.err
    assert "Example:" in parsed_help(word) and one.summary.split()[0] in parsed_help(word)


def parsed_help(word: str) -> str:
    """The help of a deed or a thing."""
    return run("do" if word in DEEDS else "show", word, "--help").out


# ── what each refuses ────────────────────────────────────────────────────────
ROWS: Final = {
    "accept-offer": "{offered} {offered_line}", "advance-technology": "{offered} {offered_line}",
    "propose-acceptance": "{offered} {offered_line}", "send-back-proposal": "{offered} {proposal}",
    "take-back-proposal": "{offered} {proposal}", "state-offer-money": "{offered}",
    "answer-request": "{asked} {asked_line}", "withdraw-request-line": "{asked} {asked_line}",
    "receive-line": "{support}", "correct-receipt": "{receipt}",
    "confirm-money": "{paid} 1", "draft-profile": "ZMB", "confirm-profile": "ZMB",
    "discard-profile": "ZMB", "note-extract": "{extract}",
    **dict.fromkeys(("replace-request", "discard-request", "send-request"), "{draft}"),
    **dict.fromkeys((f"{one}-request" for one in ("stop", "lift", "withdraw", "close", "acknowledge")), "{asked}"),
    **dict.fromkeys(("replace-offer", "discard-offer", "make-offer"), "{offer_draft}"),
    **dict.fromkeys(("withdraw-offer", "decline-offer", "propose-decline"), "{offered}"),
    **dict.fromkeys((f"{one}-consignment" for one in ("replan", "discard", "send")), "{plan}"),
    **dict.fromkeys((f"{one}-consignment" for one in ("step", "attest", "receive")), "{sent}"),
    **dict.fromkeys((f"{one}-money" for one in ("advance", "add", "take-back", "publish", "hide")), "{pledge}"),
    "name-in-money": "{pledge}", "name-giver-of-offer": "{offered}", "name-giver-of-support": "{support}",
    **dict.fromkeys((f"{one}-need" for one in ("pause", "resume", "end", "stop", "lift")), "{need}"),
    **dict.fromkeys(("expect-consignment", "correct-waybill"), "{sent}"),
    **dict.fromkeys(("take-back-commitment", "give-up-commitment"), "{support}"),
}  # fmt: skip
NOT_THERE: Final = {"ZMB": "XXX", "1": "1"}


@pytest.mark.parametrize("word", OF_A_ROW)
def test_a_row_of_another_is_not_there(world: World, word: str) -> None:
    one, row = DEEDS[word], world.words(ROWS[word])
    said = deed_commands.example(one, id_=NOBODY)[3 + len(one.path) : -2]
    before = written()
    told = refused(world.stranger, "do", word, *row, *said)
    assert told["kind"] == "not-found" and told["what_to_do"]
    nowhere = [NOT_THERE.get(part, NOBODY) for part in row] if word != "correct-receipt" else ["NONE-SUCH"]
    assert refused(world.stranger, "do", word, *nowhere, *said) == told, "it is told apart from what is not there"
    assert written() == before


SHOWN: Final = {
    "own": "{need}",
    "request": "{asked}", "offer": "{offered}", "consignment": "{sent}", "certificate": "{receipt}", "money": "{paid}",
    "receipt": "{receipt}", "extract": "{extract}", "profile": "ZMB",
}  # fmt: skip


@pytest.mark.parametrize("word", [word for word, one in READINGS.items() if one.path])
def test_nor_is_it_shown(world: World, word: str) -> None:
    [row] = world.words(SHOWN[word.split("-")[0]])
    told = refused(world.stranger, "show", word, row)
    nowhere = {"ZMB": "XXX", world.rows["receipt"]: "NONE-SUCH"}.get(row, NOBODY)
    assert told["kind"] == "not-found" and refused(world.stranger, "show", word, nowhere) == told


def test_rows_that_a_new_one_names_are_not_there_for_another(world: World) -> None:
    for words in (
        "do draft-request --member ZMB --lines need={need} quantity=1 --to-everyone",
        "do draft-request --member CUB --lines need={need} quantity=1 --to-everyone",
        "do draft-offer --giver WHO --kind supplies --aim any --held-until {today} --lines item=MASK-IIR quantity=1",
        "do plan-consignment --mode air --lines support={plan_line} quantity=1",
        "do state-money --source WHO --destinations ZMB --stage pledge --amount 1 --currency USD --dated-on {today}"
        " --reference x --emergency test-emergency",
        "do make-extract --maker ZMB --recipient WHO",
        "do confirm-needs --member CUB --needs {need}",
        "do confirm-needs --member ZMB --needs {need}",
        "do name-giver --giver WHO --says named",
    ):
        assert refused(world.stranger, *world.words(words))["kind"] == "not-found", words


@pytest.mark.parametrize("word", WITH_NEEDS)
def test_what_is_missing_is_named(world: World, word: str) -> None:
    one = DEEDS[word]
    path = [part if part in NOT_THERE else NOBODY for part in ROWS.get(word, "").split()]
    before = written()
    told = refused(world.who, "do", word, *path, code=2)
    assert told["kind"] == "bad-request" and told["what_to_do"] == f"See what it takes: unmet do {word} --help"
    needed = [field.option for field in deed_commands.body(one) if field.needed]
    assert [place["field"] for place in told["fields"]] == needed
    assert {place["detail"] for place in told["fields"]} == {"This is needed and was not sent."}
    assert written() == before


def test_deeds_without_a_needed_field_are_known(world: World) -> None:
    """All others are in the table above."""
    assert set(DEEDS) - set(WITH_NEEDS) == {
        "acknowledge-request", "close-request", "confirm-money", "confirm-profile", "decline-offer",
        "discard-consignment", "discard-offer", "discard-profile", "discard-request", "hide-money", "lift-request",
        "end-need", "lift-need", "make-offer", "propose-decline",
        "publish-money", "resume-need", "send-consignment", "send-request", "state-offer-money", "withdraw-offer",
    }  # fmt: skip


# deed: who does it, what is typed after it, why it is refused
_KIND = "--kind supplies --aim any --held-until {today} --lines item=MASK-IIR quantity=1"
_MONEY = "--source WHO --destinations ZMB --stage pledge --currency USD --dated-on {today} --emergency test-emergency"
WRONG: Final[Mapping[str, tuple[str, str, str]]] = {
    "pause-need": ("approver", "{paused} --reason x", "not_standing"),
    "resume-need": ("approver", "{need}", "not_paused"),
    "end-need": ("approver", "{need} --same-as {paused}", "same_as"),
    "stop-need": ("focal", "{paused} --reason x", "stopped"),
    "lift-need": ("focal", "{need}", "not_stopped"),
    "confirm-needs": ("approver", "--member ZMB --needs {need} --needs {paused}", "not_to_confirm"),
    "draft-request": ("focal", "--member ZMB --lines need={need} quantity=1", "nobody"),
    "replace-request": ("focal", "{asked} --lines need={need} quantity=1 --to-everyone", "changed-meanwhile"),
    "discard-request": ("focal", "{asked}", "changed-meanwhile"),
    "send-request": ("approver", "{asked}", "changed-meanwhile"),
    "stop-request": ("focal", "{draft} --reason x", "not_sent"),
    "lift-request": ("focal", "{asked}", "not_stopped"),
    "withdraw-request": ("approver", "{gone} --reason x", "not_sent"),
    "close-request": ("focal", "{draft}", "not_sent"),
    "withdraw-request-line": ("approver", "{gone} {gone_line} --reason x", "not_sent"),
    "answer-request": ("who", "{gone} {gone_line} --kind full", "not_sent"),
    "acknowledge-request": ("who", "{gone}", "not_sent"),
    "draft-offer": ("who", f"--giver WHO {_KIND.replace('supplies', 'capacity')}", "capacity"),
    "replace-offer": ("who", f"{{offered}} {_KIND}", "changed"),
    "discard-offer": ("who", "{offered}", "changed"),
    "make-offer": ("who", "{offered}", "changed"),
    "withdraw-offer": ("who", "{offer_gone}", "not_offered"),
    "accept-offer": ("approver", "{offer_gone} {offer_gone_line} --quantity 1 --conditions-seen", "not_offered"),
    "decline-offer": ("approver", "{offer_gone}", "not_offered"),
    "propose-acceptance": ("focal", "{offer_gone} {offer_gone_line} --quantity 1", "not_offered"),
    "propose-decline": ("focal", "{offer_gone}", "not_offered"),
    "send-back-proposal": ("approver", "{offered} {proposal_gone} --word x", "proposal"),
    "state-offer-money": ("who", "{offered}", "not_money"),
    "take-back-proposal": ("focal", "{offered} {proposal_gone} --word x", "proposal"),
    "advance-technology": ("who", "{offered} {offered_line} --stage signed", "nobody_accepted"),
    "take-back-commitment": ("who", "{support} --quantity 100000 --reason x", "more_than_stands"),
    "give-up-commitment": ("approver", "{support} --quantity 100000 --reason x", "more_than_stands"),
    "plan-consignment": ("who", "--mode air --lines support={support} quantity=1000", "more_than_committed"),
    "replan-consignment": ("who", "{sent} --mode air --lines support={support} quantity=1", "changed"),
    "discard-consignment": ("who", "{sent}", "changed"),
    "send-consignment": ("who", "{sent}", "changed"),
    "step-consignment": ("who", "{plan} --what arrive", "state"),
    "expect-consignment": ("who", "{plan} --expected-on {today} --text x", "state"),
    "correct-waybill": ("who", "{plan} --waybill x --text x", "state"),
    "attest-consignment": ("who", "{plan} --place x --lines line={plan_line} quantity=1", "not_sent"),
    "receive-consignment": ("focal", "{plan} --lines line={plan_line} accepted=30", "state"),
    "receive-line": ("focal", "{support} --accepted 1000", "still_adds_up"),
    "correct-receipt": ("focal", "{receipt_old} --lines line={got_line} accepted=30", "superseded"),
    "state-money": ("who", f"{_MONEY} --amount 6 --reference K-1", "known"),
    "advance-money": ("who", "{paid} --stage paid --amount 1 --dated-on {today}", "more_than_stands"),
    "add-money": ("who", "{pledge} --stage paid --amount 1 --dated-on {today}", "move_on"),
    "take-back-money": ("who", "{pledge} --stage paid --amount 1 --dated-on {today} --reason x", "more_than_stands"),
    "publish-money": ("stranger", "{public}", "public"),
    "hide-money": ("stranger", "{private}", "not_public"),
    "confirm-money": ("focal", "{pledge} 1", "not_paid"),
    "name-in-money": ("approver", "{pledge} --no-named", "named"),
    "draft-profile": ("focal", "ZMB --answers consignee=", "nothing"),
    "confirm-profile": ("approver", "ZMB", "not_draft"),
    "discard-profile": ("focal", "ZMB", "not_draft"),
    "make-extract": ("stranger", "--maker CUB --recipient WHO", "nothing"),
    "name-giver": ("who", "--giver WHO --says not_named", "same"),
    "name-giver-of-offer": ("who", "{offered} --says as_all", "same"),
    "name-giver-of-support": ("who", "{support} --says named", "of_offer"),
    "note-extract": ("focal", "{extract} --kind acknowledged --dated-on {today} --office x", "order"),
}  # fmt: skip


@pytest.mark.parametrize("word", DEEDS)
def test_what_cannot_be_is_refused(world: World, word: str) -> None:
    """From a state that it may not come from; or, where something new is made, by a rule."""
    name, line, reason = WRONG[word]
    before = written()
    told = refused(world.who_does(name), "do", word, *world.words(line))
    assert told.get("reason", told["kind"]) == reason
    assert written() == before


@pytest.mark.parametrize(
    "line",
    [
        "send-request {draft}", "withdraw-request {asked} --reason x", "publish-money {ours}", "hide-money {ours}",
        "withdraw-request-line {asked} {asked_line} --reason x", "decline-offer {offered}",
        "accept-offer {offered} {offered_line} --quantity 1 --need {need} --conditions-seen",
        "name-in-money {pledge} --named", "confirm-profile ZMB", "pause-need {need} --reason x",
        "send-back-proposal {offered} {proposal} --word x", "resume-need {paused}",
        "end-need {need} --covered-nationally --reason x",
        "confirm-needs --member ZMB --needs {need}",
    ],
)  # fmt: skip
def test_what_is_the_approvers_is_nobody_elses(world: World, line: str) -> None:
    did(world.focal, "do", "draft-profile", "ZMB", "--answers", "airport=Lusaka")
    before = written()
    told = refused(world.focal, "do", *world.words(line))
    assert told["kind"] == "not-allowed" and "--as" in told["what_to_do"]
    assert written() == before


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.COORDINATION, None])
def test_who_keeps_it_running_does_nothing_in_it(world: World, role: str | None) -> None:
    nobody = make.person(role)
    for line in ("withdraw-offer {offered}", "stop-request {asked} --reason x", "receive-consignment {sent} --lines"
                 " line={sent_line} accepted=30", "take-back-money {pledge} --stage pledge --amount 1 --dated-on"
                 " {today} --reason x"):  # fmt: skip
        assert refused(nobody, "do", *world.words(line))["kind"] == "not-found"
