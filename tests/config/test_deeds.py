"""The loop at the command line, from asking to the certificate; documents, versions, dry runs, words and refusals."""

import io
import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests import make
from tests.config.deeds_world import NOBODY, TODAY, UNTIL, Loop, books, counted, did, moves, parser, refused, run
from unmet.audit.models import AuditRow
from unmet.books import doctor
from unmet.books.models import Entry
from unmet.config import cli
from unmet.support.models import Offer

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loop]:
    """One world for this file, taken back at its end; each test runs in a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Loop()
        transaction.set_rollback(True)


# ── the whole loop ───────────────────────────────────────────────────────────
def test_from_asking_to_the_certificate(loop: Loop) -> None:
    who, approver = loop.who, loop.approver
    draft = did(loop.focal, "do", "draft-request", "--member", "ZMB", *loop.asks("400"))
    sent = did(approver, "do", "send-request", draft["id"], "--until", UNTIL, "--etag", draft["etag"])
    assert (sent["now"]["state"], sent["now"]["addressees"]) == ("sent", ["UNICEF", "WHO"])
    [asked] = did(who, "show", "request-lines", draft["id"])
    assert did(who, "do", "acknowledge-request", draft["id"]) == {"acknowledged": 1}
    told = did(who, "do", "answer-request", draft["id"], asked["id"], "--kind", "part", "--quantity", "300")
    assert [(one["party"], one["kind"], one["quantity"]) for one in told["answers"]] == [("WHO", "part", "300")]

    made = loop.offered(quantity="300", request_line=asked["id"], lot="L-1")
    [line] = loop.lines("offer", made)
    words = ["--quantity", "120", "--need", loop.need, "--conditions-seen", "--expected-on", UNTIL]
    taken = did(approver, "do", "accept-offer", made, line, *words)
    assert (taken["accepted"], taken["left"]) == ("120", "180") and books() == {"pledged": 180, "committed": 120}

    [free] = did(who, "show", "packable")
    box = did(who, "do", "plan-consignment", *loop.packs(free["support"], "120"))
    assert did(who, "do", "send-consignment", box["id"], "--expected-on", UNTIL)["state"] == "dispatched"
    assert did(loop.wfp, "do", "step-consignment", box["id"], "--what", "arrive")["state"] == "at_port"
    held = did(loop.wfp, "do", "step-consignment", box["id"], "--what", "hold", "--why", "customs")
    assert (held["state"], held["held_why"]) == ("held", "customs")
    [row] = loop.lines("consignment", box["id"])
    seen = ["--lines", f"line={row}", "quantity=120", "--place", "Lusaka airport"]
    assert did(loop.wfp, "do", "attest-consignment", box["id"], *seen) == {"added": 1}
    assert did(loop.focal, "do", "step-consignment", box["id"], "--what", "clear")["state"] == "cleared"
    assert books() == {"pledged": 180, "in_transit": 120}

    short = did(loop.focal, "do", "receive-consignment", box["id"], *counted(row, 110, 7, 3), "--remark", "Wet boxes")
    [got] = short["lines"]
    assert [got[name] for name in ("shipped", "accepted", "rejected", "missing", "rejected_why", "missing_why")] == [
        "120", "110", "7", "3", "damaged", "short",
    ]  # fmt: skip
    listed = [one for one in did(who, "receipts", "--party", "WHO") if one["code"] == short["code"]]
    assert [(one["accepted"], one["rejected"], one["missing"]) for one in listed] == [("110", "7", "3")]
    assert did(who, "show", "certificate", short["code"])["remark"] == "Wet boxes"
    again = did(loop.focal, "do", "correct-receipt", short["code"], *counted(row, 115, 5, 0))
    assert (again["supersedes"], again["number"]) == (short["code"], 2)
    assert books() == {"pledged": 180, "received": 115, "rejected": 5} and doctor.differences() == []
    assert {one.via for one in AuditRow.objects.filter(event__startswith="support.")} == {"console"}


def test_money_pledged_committed_and_paid(loop: Loop) -> None:
    flow = loop.given(amount="5000.50")
    assert did(loop.who, "do", "advance-money", flow, *moves("commitment", "5000.50"))["committed"] == "5000.5"
    paid = did(loop.who, "do", "advance-money", flow, *moves("paid", "2000"))
    assert (paid["pledged"], paid["committed"], paid["paid"], paid["paid_usd"]) == ("0", "3000.5", "2000", "2000")
    steps = did(loop.focal, "show", "money-steps", flow)
    assert [(one["number"], one["to_stage"]) for one in steps] == [(1, "pledge"), (2, "commitment"), (3, "paid")]
    assert did(loop.focal, "do", "confirm-money", flow, "3")["confirmed_by"] == ["ZMB"]
    back = did(loop.who, "do", "take-back-money", flow, *moves("commitment", "0.5"), "--reason", "Typed wrongly")
    assert back["committed"] == "3000"
    assert did(loop.who, "do", "add-money", flow, *moves("commitment", "10"))["committed"] == "3010"
    [row] = [one for one in did(loop.who, "money", "--party", "WHO") if one["id"] == flow]
    assert (row["pledged"], row["committed"], row["paid"]) == ("0", "3010", "2000")


def test_money_in_a_currency_with_its_rate_as_a_group(loop: Loop) -> None:
    rate = ["--rate", "rate=1.25", "quoted=usd_per_unit", f"dated_on={TODAY}", "source=Central bank = 1"]
    told = did(loop.who, "do", "state-money", *loop.gives("200", "paid", "EUR"), *rate)
    assert (told["paid"], told["paid_usd"]) == ("200", "250")
    [step] = did(loop.who, "show", "money-steps", told["id"])
    assert (step["rate"], step["rate_source"]) == ("1.25", "Central bank = 1")


def test_money_made_public_and_read_by_nobody_in_particular(loop: Loop) -> None:
    source, flow = make.approver("CUB"), ["do", "state-money", *loop.gives(stage="paid")]
    flow[flow.index("WHO")] = "CUB"
    made = did(source, *flow)["id"]
    assert did(source, "do", "publish-money", made)["public_at"]
    assert did(loop.approver, "do", "name-in-money", made, "--named")["named"] == ["ZMB"]
    ended = run("show", "public-money", "--json")
    assert [(one["id"], one["destinations"]) for one in ended.json] == [(made, ["ZMB"])]
    assert did(loop.approver, "do", "name-in-money", made, "--no-named")["named"] == []
    assert did(source, "do", "hide-money", made)["public_at"] is None
    assert run("show", "public-money", "--json").json == []


def test_a_request_is_stopped_lifted_and_withdrawn_line_by_line(loop: Loop) -> None:
    request = loop.asked()
    assert did(loop.focal, "do", "stop-request", request, "--reason", "The store is full")["stopped"] is True
    assert did(loop.who, "show", "request", request)["stopped"] is True
    assert did(loop.focal, "do", "lift-request", request)["stopped"] is False
    [line] = loop.lines("request", request)
    gone = did(loop.approver, "do", "withdraw-request-line", request, line, "--reason", "Bought at home")
    assert gone["state"] == "withdrawn"
    other = loop.asked()
    assert did(loop.approver, "do", "close-request", other)["state"] == "closed"
    assert did(loop.approver, "do", "withdraw-request", loop.asked(), "--reason", "x")["state"] == "withdrawn"


def test_a_need_is_paused_resumed_confirmed_and_ended(loop: Loop) -> None:
    paused = did(loop.approver, "do", "pause-need", loop.need, "--reason", "Promised elsewhere")
    assert (paused["state"], paused["approved"], paused["last_stated"]) == ("paused", "0", "1000")
    assert paused["reason"] == "Promised elsewhere" and paused["lapses_at"] is None
    assert did(loop.focal, "show", "own-need", loop.need) == paused
    back = did(loop.approver, "do", "resume-need", loop.need, "--etag", paused["etag"])
    assert (back["state"], back["approved"], back["reason"]) == ("standing", "1000", "") and back["lapses_at"]
    both = [word for need in loop.needs.values() for word in ("--needs", need)]
    assert did(loop.approver, "do", "confirm-needs", "--member", "ZMB", *both) == {"confirmed": 2, "lapsed": 0}
    ended = did(loop.approver, "do", "end-need", loop.need, "--covered-nationally", "--reason", "Made at home")
    assert ended["state"] == "covered_nationally" and doctor.differences() == []
    assert [one["state"] for one in did(loop.focal, "show", "own-needs")] == ["covered_nationally", "standing"]
    assert did(loop.focal, "show", "own-needs", "--to-confirm") == []


def test_a_delivery_profile_is_drafted_read_and_confirmed(loop: Loop) -> None:
    loop.asked()
    said = ["consignee=Medical stores = Lusaka", "airport=Lusaka", "airport_tonnage=60", "incoterms=CIP,DAP"]
    draft = did(loop.focal, "do", "draft-profile", "ZMB", "--answers", *said)
    assert draft["state"] == "draft" and draft["answers"]["incoterms"] == ["CIP", "DAP"]
    assert did(loop.focal, "show", "profile", "ZMB") == draft
    assert did(loop.approver, "do", "confirm-profile", "ZMB", "--etag", draft["etag"])["state"] == "confirmed"
    read = did(loop.who, "show", "profile", "ZMB")
    assert read["answers"]["consignee"] == "Medical stores = Lusaka" and read["answers"]["airport_tonnage"] == "60"
    words = {one["field"]: one["words"] for one in did(loop.who, "show", "profile-answers", "ZMB")}
    assert words["airport"] == "Lusaka"
    did(loop.focal, "do", "draft-profile", "ZMB", "--answers", "airport=Ndola")
    assert did(loop.focal, "do", "discard-profile", "ZMB") == {"member": "ZMB", "version": 2}


def test_an_extract_is_made_noted_and_its_table_written(loop: Loop, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    made = did(loop.focal, "do", "make-extract", "--maker", "ZMB", "--recipient", "WHO")
    sent = ["--kind", "sent", "--dated-on", TODAY, "--office", "Supply unit", "--text", "By letter"]
    assert did(loop.focal, "do", "note-extract", made["id"], *sent)["sent_on"] == TODAY
    used = ["--kind", "used", "--dated-on", TODAY, "--text", "For the plan", "--rows-used", "2"]
    assert refused(loop.who, "do", "note-extract", made["id"], *used)["reason"] == "order"
    seen = ["--kind", "acknowledged", "--dated-on", TODAY, "--office", "Desk"]
    assert did(loop.who, "do", "note-extract", made["id"], *seen)["acknowledged_on"] == TODAY
    did(loop.who, "do", "note-extract", made["id"], *used)
    assert [one["rows_used"] for one in did(loop.who, "show", "extract-steps", made["id"])] == [None, None, 2]
    out = tmp_path / "table.csv"
    assert did(loop.who, "show", "extract-table", made["id"], "-o", str(out))["sha256"] == made["sha256"]
    assert len(out.read_bytes()) == made["size"]
    assert run("show", "extract-table", made["id"], "-o", str(tmp_path), "--as", loop.who.email).code == 2
    (settings.MEDIA_ROOT / made["sha256"]).unlink()
    assert refused(loop.who, "show", "extract-table", made["id"])["kind"] == "not-found"


# ── how it is said ───────────────────────────────────────────────────────────
def test_a_document_with_options_on_top(loop: Loop, tmp_path: Path, monkeypatch: Any) -> None:
    words = {
        "giver": "WHO", "kind": "supplies", "aim": "member", "member": "ZMB", "held_until": UNTIL, "conditions": "x",
        "earmarking": 3, "lines": [{"item": "MASK-IIR", "quantity": 10}, {"item": "GLOVE-EXAM", "quantity": "5"}],
    }  # fmt: skip
    path = tmp_path / "offer.json"
    path.write_text(json.dumps(words))
    made = did(loop.who, "do", "draft-offer", "--body", str(path), "--conditions", "By sea", "--earmarking", "2")
    assert (made["conditions"], made["earmarking"], made["lines"]) == ("By sea", 2, 2)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    again = did(loop.who, "do", "draft-offer", "--body", "-")
    assert (again["conditions"], again["earmarking"]) == ("x", 3) and again["id"] != made["id"]
    path.write_text('{"giver": "WHO", "giver": "UNDP"}')
    told = refused(loop.who, "do", "draft-offer", "--body", str(path), code=2)
    assert told["fields"] == [{"field": "--body", "detail": "The field “giver” stands there twice."}]
    path.write_text("[]")
    assert refused(loop.who, "do", "draft-offer", "--body", str(path), code=2)["error"].startswith("The document")
    assert refused(loop.who, "do", "draft-offer", "--body", str(tmp_path / "no"), code=2)["error"]


def test_groups_are_typed_as_field_and_value(loop: Loop) -> None:
    for words, said in (
        (["400"], "--lines is typed as FIELD=VALUE"), (["amount=3"], "--lines has no field 'amount'"),
        (["item=A", "item=B"], "--lines names 'item' twice"),
    ):  # fmt: skip
        ended = run("do", "draft-offer", "--lines", *words, "--as", loop.who.email)
        assert ended.code == 2 and ended.err.startswith(said)
    told = refused(loop.who, "do", "draft-offer", "--giver", "WHO", *loop.offers(quantity="4.5x"), code=2)
    assert told["fields"] == [
        {"field": "--lines 1 quantity", "detail": "digits, and at most three decimals behind a point"}
    ]
    assert told["what_to_do"] == "See what it takes: unmet do draft-offer --help"


def test_the_version_that_was_read_may_be_named(loop: Loop) -> None:
    draft = did(loop.who, "do", "draft-offer", "--giver", "WHO", *loop.offers())
    changed = did(loop.who, "do", "replace-offer", draft["id"], *loop.offers("300"), "--etag", draft["etag"])
    assert changed["etag"] != draft["etag"]
    told = refused(loop.who, "do", "make-offer", draft["id"], "--etag", draft["etag"])
    assert told["kind"] == "changed-meanwhile" and "etag" in told["what_to_do"]
    assert did(loop.who, "do", "make-offer", draft["id"], "--etag", f'"{changed["etag"]}"')["state"] == "offered"


def test_a_dry_run_does_all_of_it_and_leaves_nothing(loop: Loop) -> None:
    offer = loop.offered()
    [line] = loop.lines("offer", offer)
    before = (Entry.objects.count(), AuditRow.objects.count(), books())
    words = ["do", "accept-offer", offer, line, "--quantity", "5", "--need", loop.need, "--conditions-seen"]
    told = did(loop.approver, *words, "--dry-run")
    assert told["accepted"] == "5" and told["dry_run"] is True
    assert run(*words, "--dry-run", "--as", loop.approver.email).out.startswith("Nothing was written")
    assert (Entry.objects.count(), AuditRow.objects.count(), books()) == before
    words[words.index("5")] = "500"
    assert refused(loop.approver, *words, "--dry-run")["kind"] == "state"
    assert run("do", "make-extract", "--dry-run").code == 2, "its table would lie on the disk"


# ── what is printed ──────────────────────────────────────────────────────────
def test_words_say_what_stands_now(loop: Loop) -> None:
    offer = loop.offered()
    ended = run("do", "withdraw-offer", offer, "--reason", "Sold\nto others", "--as", loop.who.email)
    assert ended.code == 0 and ended.out.startswith(f"Done: withdraw-offer\nid: {offer}\n")
    assert "state: withdrawn\nreason: Sold\n  to others\n" in ended.out and "None" not in ended.out
    ended = run("show", "offer-lines", offer, "--as", loop.who.email)
    assert ended.out.startswith("id: ") and "quantity: 400\n" in ended.out
    assert run("show", "consignment-steps", loop.planned(), "--as", loop.who.email).out == "There is none.\n"


def test_a_list_as_csv(loop: Loop) -> None:
    offer = loop.offered()
    ended = run("show", "offer-lines", offer, "--csv", "--as", loop.who.email)
    head, row = ended.out.lstrip("\ufeff").splitlines()
    assert head.startswith("id,item,unit,quantity,accepted,left,need,") and ",MASK-IIR,piece,400,0,400," in row


def test_a_refusal_says_sentence_field_and_what_to_do(loop: Loop) -> None:
    ended = run("do", "stop-request", loop.asked(), "--as", loop.focal.email)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        "This is not said as it must be. Nothing was done.", "  --reason: This is needed and was not sent.",
        "See what it takes: unmet do stop-request --help",
    ]  # fmt: skip
    ended = run("do", "withdraw-offer", NOBODY, "--as", loop.who.email, "--language", "fr")
    assert ended.code == 1 and "n’existe pas" in ended.err
    ended = run("do", "withdraw-offer", "nothing", "--as", loop.who.email)
    assert ended.code == 2 and "  ID: This is not a UUID.\n" in ended.err
    ended = run("do", "draft-request", "--member", "ZMB", "--lines", f"need={NOBODY}", "quantity=1",
                "--to-everyone", "--as", loop.focal.email)  # fmt: skip
    assert ended.code == 1 and f"\n  {NOBODY}\n" in ended.err


def test_somebody_must_act_and_be_somebody(loop: Loop, monkeypatch: Any) -> None:
    monkeypatch.delenv("UNMET_AS", raising=False)
    ended = run("do", "make-offer", NOBODY, "--json")
    assert (ended.code, ended.json) == (2, {"error": "Say who acts, with --as E-MAIL or UNMET_AS."})
    assert run("do", "make-offer", NOBODY, "--as", "nobody@example.org").code == 2
    draft = loop.offer_drafted()
    monkeypatch.setenv("UNMET_AS", loop.who.email)
    assert run("do", "make-offer", draft).code == 0 and Offer.objects.get(uuid=draft).state == "offered"
    gone = make.approver("ZMB")
    gone.is_active = False
    gone.save()
    assert refused(gone, "show", "offer", draft)["kind"] == "not-allowed"


def test_the_guide_types_what_the_commands_take() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "operator.md").read_text(encoding="utf-8")
    typed = [shlex.split(line, comments=True) for line in guide.splitlines() if line.startswith("unmet ")]
    looped = [words[1:] for words in typed if words[1] in {"do", "show", "offers"}]
    assert len(looped) >= 5
    for words in looped:
        assert parser().parse_args(words).command == words[0]


def test_the_first_look_leaves_the_deed_to_the_second(capsys: Any) -> None:
    """`cli.main` knows the deeds only once the settings of the data folder are read."""
    for words, said in ((["do", "accept-offer", "--help"], "--counts-as"), (["show", "--help"], "offer-lines")):
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == 0 and said in capsys.readouterr().out
    for words in (["do"], ["do", "sell-offer"], ["do", "make-offer", NOBODY, "--rows", "3"], ["offers", "--rows", "3"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == 2 and capsys.readouterr().err
