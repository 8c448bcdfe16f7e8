"""The commands that list what a person may see of help: rows, filters, forms, and nothing of anybody else."""

import csv
import io
import json
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tests.support.box import Boxes
from unmet.access.models import Installation, Role
from unmet.config import cli, commands
from unmet.support import consignment_queries
from unmet.support.models import AssistanceRequest

pytestmark = pytest.mark.django_db
LISTS = ("offers", "consignments", "receipts", "money", "extracts")


def run(*arguments: str) -> int:
    """One command, as the shell would run it."""
    return commands.run(cli.parser().parse_args(arguments))


class Printed:
    """Runs a list, and reads what it printed."""

    def __init__(self, capsys: Any) -> None:
        self.capsys = capsys

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """The rows, of a command that ends well."""
        assert run(*arguments, "--json") == 0, self.capsys.readouterr()
        return json.loads(self.capsys.readouterr().out)

    def csv(self, *arguments: str) -> list[dict[str, str]]:
        """The same as CSV."""
        assert run(*arguments, "--csv") == 0
        return list(csv.DictReader(io.StringIO(self.capsys.readouterr().out)))

    def error(self, *arguments: str) -> str:
        """The sentence of a command that ends with 2."""
        assert run(*arguments, "--json") == 2
        return json.loads(self.capsys.readouterr().out)["error"]


@pytest.fixture
def printed(capsys: Any) -> Printed:
    """A demonstration database; what its commands print."""
    make.reference()
    Installation.objects.create(one=True, demonstration=True, set_up_at=timezone.now())
    return Printed(capsys)


@pytest.fixture
def boxes(printed: Printed) -> Boxes:
    """Zambia's accepted support, in a consignment of WHO that is under way."""
    return Boxes()


# ── requests ─────────────────────────────────────────────────────────────────
def asked_of_who() -> AssistanceRequest:
    """Zambia asks WHO for masks."""
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=4000))
    return make.asked(100, of="ZMB", to=("WHO",))


def test_a_member_reads_its_requests_and_how_far_each_has_come(printed: Printed, capsys: Any) -> None:
    asked = asked_of_who()
    [row] = printed.json("requests", "--member", "zmb")
    assert row == {
        "id": str(asked.uuid), "state": "sent", "sent_on": "2021-02-01", "stopped": "", "lines": 1, "answered": 0,
        "seen": 0,
    }  # fmt: skip
    assert run("requests", "--member", "ZMB") == 0
    assert capsys.readouterr().out == f"{asked.uuid}  sent  2021-02-01    1  0  0\n"
    [row] = printed.csv("requests", "--member", "ZMB")
    assert row["state"] == "sent" and row["note"].startswith("DEMONSTRATION")


def test_nobody_elses_requests(printed: Printed) -> None:
    asked_of_who()
    assert printed.json("requests", "--member", "ZMB", "--as", make.focal_point("CUB").email) == []


# ── offers ───────────────────────────────────────────────────────────────────
def test_offers_given_and_received(printed: Printed) -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=4000))
    made = make.offered(40, of="WHO", to="ZMB")
    [row] = printed.json("offers", "--party", "WHO")
    assert (row["id"], row["code"], row["giver"], row["member"]) == (str(made.uuid), made.code, "WHO", "ZMB")
    assert row["state"] == "expired", "its day has passed, whether that is posted or not"
    assert (row["lines"], row["lines_accepted"], row["held_until"], row["set"]) == (1, 0, "2021-12-31", "")
    assert printed.json("offers", "--party", "ZMB") == []
    assert printed.json("offers", "--party", "ZMB", "--list", "received") == [row]


# ── consignments and receipts ────────────────────────────────────────────────
def test_consignments_of_both_sides_by_how_far_they_have_come(printed: Printed, boxes: Boxes) -> None:
    box = boxes.go(boxes.sent(), "hold", why="permit")
    [row] = printed.json("consignments", "--party", "ZMB")
    assert (row["id"], row["waybill"], row["state"]) == (str(box.uuid), "157-1234 5675", "held")
    assert (row["giver"], row["channel"], row["carrier"], row["lots"]) == ("WHO", "UNICEF", "WFP", 2)
    assert (row["held_on"], row["held_why"], row["expected_on"]) == ("2021-02-01", "permit", "")
    for party in ("WHO", "UNICEF", "WFP"):
        assert printed.json("consignments", "--party", party) == [row]
    assert printed.json("consignments", "--party", "ZMB", "--side", "sent") == []
    assert printed.json("consignments", "--party", "ZMB", "--list", "held") == [row]
    assert printed.json("consignments", "--party", "ZMB", "--list", "under_way") == []


def test_receipts_lot_by_lot_and_which_was_corrected(printed: Printed, boxes: Boxes) -> None:
    box = boxes.sent()
    receipt = boxes.receive(box, boxes.counted(box, MASK_IIR=(200, 60, 40), GLOVE_EXAM=(200, 0, 0, 24)))
    rows = printed.json("receipts", "--party", "ZMB")
    assert [(row["item"], row["shipped"], row["accepted"], row["rejected"], row["missing"]) for row in rows] == [
        ("MASK-IIR", "300", "200", "60", "40"), ("GLOVE-EXAM", "200", "200", "0", "0"),
    ]  # fmt: skip
    assert rows[0]["code"] == receipt.shown and rows[0]["lot"] == "L-1" and rows[1]["surplus"] == "24"
    assert printed.json("receipts", "--party", "WHO") == rows
    assert printed.csv("receipts", "--party", "WHO")[1]["surplus"] == "24"
    boxes.receive(box, boxes.counted(box, MASK_IIR=(300, 0, 0), GLOVE_EXAM=(200, 0, 0)), supersedes=receipt)
    rows = printed.json("receipts", "--party", "ZMB")
    assert [(row["number"], row["superseded"]) for row in rows] == [
        (2, ""), (2, ""), (1, "superseded"), (1, "superseded"),
    ]  # fmt: skip


# ── money and extracts ───────────────────────────────────────────────────────
def test_money_given_and_coming_in_exact_amounts(printed: Printed) -> None:
    giver = make.person(Role.RESPONDER, "WHO")
    make.focal_point("ZMB")
    loan = make.money(500_050, of="WHO", to=("ZMB",), by=giver, instrument="loan", reference="=L-1")
    grant = make.money(10_000, of="WHO", to=("ZMB",), by=giver, stage="paid")
    rows = printed.json("money", "--party", "WHO")
    assert [(row["id"], row["instrument"], row["pledged"], row["paid"]) for row in rows] == [
        (str(grant.uuid), "grant", "0", "100"), (str(loan.uuid), "loan", "5000.5", "0"),
    ]  # fmt: skip
    assert (rows[1]["currency"], rows[1]["pledged_usd"], rows[1]["boundary"]) == ("USD", "5000.5", "incoming")
    assert printed.json("money", "--party", "ZMB") == []
    assert printed.json("money", "--party", "ZMB", "--list", "coming") == rows
    assert printed.csv("money", "--party", "WHO")[1]["reference"] == "'=L-1", "no spreadsheet runs it"


def test_extracts_made_received_and_those_that_held_rows(printed: Printed, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=4000))
    make.released("ZMB")
    made = make.extracted(of="ZMB", to="WHO")
    make.person(Role.RESPONDER, "WHO")
    [row] = printed.json("extracts", "--party", "ZMB")
    assert (row["id"], row["recipient"], row["rows"], row["sent_on"]) == (str(made.uuid), "WHO", 1, "2021-02-01")
    assert row["sha256"] == made.file.sha256 and row["used_on"] == ""
    assert printed.json("extracts", "--party", "WHO") == [row]
    [share] = printed.json("extracts", "--party", "ZMB", "--list", "holding")
    assert (share["maker"], share["rows_of_ours"], share["sha256"]) == ("ZMB", 1, made.file.sha256)
    assert "--as" in printed.error("extracts", "--party", "WHO", "--list", "holding"), "it has no needs of its own"


# ── nobody else's, and wrong usage ───────────────────────────────────────────
@pytest.mark.parametrize("name", LISTS)
def test_whoever_does_not_speak_for_the_party_reads_nothing(printed: Printed, name: str) -> None:
    make.money(10_000, of="WHO", to=("ZMB",), by=make.person(Role.RESPONDER, "WHO"))
    for other in (make.focal_point("CUB"), make.person(Role.COORDINATION), make.person()):
        assert run(name, "--party", "WHO", "--json", "--as", other.email) == 0
        told = printed.capsys.readouterr()
        assert json.loads(told.out) == [] and "does not speak for WHO" in told.err


@pytest.mark.parametrize("name", LISTS)
def test_wrong_usage_ends_with_2_and_a_sentence(printed: Printed, name: str) -> None:
    make.person(Role.RESPONDER, "WHO", email="who@example.org")
    assert "XXX" in printed.error(name, "--party", "XXX")
    assert "nobody@example.org" in printed.error(name, "--party", "WHO", "--as", "nobody@example.org")
    assert "--as" in printed.error(name, "--party", "UNDP"), "the demonstration has nobody for it"
    Installation.objects.update(demonstration=False)
    assert "--as" in printed.error(name, "--party", "WHO")
    assert printed.json(name, "--party", "who", "--as", "who@example.org") == []
    for wrong in ([name], [name, "--party", "WHO", "--list", "nonsense"]):
        with pytest.raises(SystemExit) as stopped:
            cli.parser().parse_args(wrong)
        assert stopped.value.code == 2


def test_the_lists_of_consignments_are_those_of_the_page() -> None:
    made = cli.parser().parse_args(["consignments", "--party", "ZMB", "--list", "ended"])
    assert made.list in consignment_queries.LISTS
    for chosen in consignment_queries.LISTS:
        assert cli.parser().parse_args(["consignments", "--party", "ZMB", "--list", chosen]).list == chosen
