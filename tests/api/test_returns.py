"""Returns through the API: sent, read back, approved by another person, sent back; versions and keys."""

import json
import uuid

import pytest
from django.utils import timezone

from tests import make
from tests.api.calls import LINE, Program, lines, now, open_round, problem, token
from tests.conftest import prove_scale
from tests.together import at_once, committed_db  # noqa: F401 - a fixture
from tests.web.desk_world import approved, submitted
from unmet.api.models import KeptAnswer
from unmet.audit.models import AuditRow
from unmet.books.models import Account, Entry
from unmet.catalogue.models import Item
from unmet.needs.models import Return, Statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_():
    return open_round()


@pytest.fixture
def focal(round_) -> Program:
    return Program(token(make.focal_point("ZMB")))


@pytest.fixture
def approver(round_) -> Program:
    return Program(token(make.approver("ZMB")))


def key() -> str:
    return uuid.uuid4().hex


# ── sending ──────────────────────────────────────────────────────────────────
def test_lines_are_sent_read_back_and_approved_by_another_person(focal, approver):
    body = lines(
        {"item": "MASK-IIR", "quantity": "1250.0", "needed_by": None, "rank": 1, "stock": 20, "remark": "=1+1"},
        {"item": "O2-CONC", "quantity": 12, "pipeline": "2"},
    )
    answer = focal.post("/returns", body)
    assert answer.status_code == 201, answer.content.decode()
    told = answer.json()
    assert (told["created"], told["updated"], told["unchanged"]) == (2, 0, 0)
    assert told["now"]["state"] == "submitted"
    rows = focal.whole(f"/returns/{told['now']['id']}/lines", limit=1)
    assert [(row["item"], row["requested"], row["stock"], row["pipeline"], row["remark"]) for row in rows] == [
        ("MASK-IIR", "1250", "20", "0", "=1+1"), ("O2-CONC", "12", None, "2", ""),
    ]  # fmt: skip
    done = approver.post(answer.headers["Location"] + "/approval", {}, If_Match=answer.headers["ETag"])
    assert done.status_code == 200, done.content.decode()
    assert done.json()["changed"] == 2 and done.json()["now"]["state"] == "approved"
    assert dict(Account.objects.values_list("item__code", "approved")) == {"MASK-IIR": 1_250_000, "O2-CONC": 14_000}
    assert AuditRow.objects.get(event="needs.approved").via == "api"


def test_the_same_lines_again_change_nothing(focal):
    assert focal.post("/returns", lines()).status_code == 201
    again = focal.post("/returns", lines())
    assert (again.status_code, again.json()["unchanged"]) == (200, 1)


def test_nothing_to_report(focal):
    answer = focal.post("/returns", {"member": "ZMB", "round": "r-now", "nothing_to_report": True})
    assert answer.status_code == 201 and answer.json()["now"]["nothing_to_report"]


def test_faults_are_those_of_the_command_line(focal):
    answer = focal.post("/returns", lines({"item": "moon dust", "quantity": 5}, {"item": "MASK-IIR", "unit": "barrel",
                                                                                 "quantity": "1.5"}))  # fmt: skip
    assert problem(answer) == (422, "faults")
    faults = answer.json()["faults"]
    assert {(fault["row"], fault["reason"]) for fault in faults} >= {(1, "item_unknown"), (2, "unit_unknown")}
    assert set(faults[0]) == {"sheet", "cell", "row", "column", "value", "reason", "sentence", "remedy"}
    assert not Return.objects.exists()


def test_own_words_are_kept_when_asked_for(focal):
    answer = focal.post("/returns", lines({"item": "moon dust", "quantity": 5}, own_words=True))
    assert answer.status_code == 201, answer.content.decode()
    [row] = focal.whole(f"/returns/{answer.json()['now']['id']}/lines")
    assert (row["item"], row["words"]) == (None, "moon dust")


def test_a_rank_of_three_point_nought_is_three(focal):
    body = json.dumps(lines(LINE | {"rank": 3}))
    sent = focal.post("/returns", body.replace('"rank": 3', '"rank": 3.0'))
    assert sent.status_code == 201, sent.content.decode()
    [row] = focal.whole(f"/returns/{sent.json()['now']['id']}/lines")
    assert row["rank"] == 3
    assert problem(focal.post("/returns", body.replace('"rank": 3', '"rank": 3.5'))) == (400, "bad-request")


def test_money_is_us_dollars(focal):
    answer = focal.post("/returns", lines({"item": "LOAN-CONC", "quantity": "1500000.25"}))
    assert answer.status_code == 201, answer.content.decode()
    [row] = focal.whole(f"/returns/{answer.json()['now']['id']}/lines")
    assert (row["requested"], row["unit"]) == ("1500000.25", "USD")


def test_a_float_is_exact(focal):
    item = Item.objects.filter(whole=False).exclude(kind="finance").first()
    body = json.dumps(lines({"item": item.code, "quantity": "Q"}))
    assert focal.post("/returns", body.replace('"Q"', "0.1")).status_code == 201
    assert Statement.objects.get().requested == 100
    assert problem(focal.post("/returns", body.replace('"Q"', "0.1000000000000000055"))) == (400, "bad-request")


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"member": "CUB"}, 404, "not-found"), ({"member": "NOBODY"}, 404, "not-found"),
        ({"round": "nothing"}, 404, "not-found"), ({"lines": []}, 422, "refused"),
        ({"extra": 1}, 400, "bad-request"), ({"lines": [{"item": "MASK-IIR", "kwantity": 1}]}, 400, "bad-request"),
        ({"lines": [LINE | {"quantity": "1,250"}]}, 400, "bad-request"),
        ({"lines": [LINE | {"quantity": -1}]}, 400, "bad-request"),
        ({"lines": [LINE | {"quantity": True}]}, 400, "bad-request"),
        ({"lines": [LINE | {"needed_by": "01/02/2026"}]}, 400, "bad-request"),
        ({"lines": [LINE, LINE]}, 422, "faults"), ({"lines": [LINE] * 5001}, 400, "bad-request"),
    ],
)  # fmt: skip
def test_what_is_refused(focal, change, status, kind):
    assert problem(focal.post("/returns", lines() | change)) == (status, kind)
    assert not Return.objects.exists()


def test_unknown_field_is_named(focal):
    errors = focal.post("/returns", lines(LINE | {"kwantity": 1})).json()["errors"]
    assert errors == [{"pointer": "/lines/0/kwantity", "detail": "There is no such field."}]


def test_round_that_is_closed(focal, round_):
    type(round_).objects.update(state="closed")
    assert problem(focal.post("/returns", lines())) == (409, "state")


# ── deciding ─────────────────────────────────────────────────────────────────
def test_who_entered_it_cannot_approve_it(round_):
    approver = make.approver("ZMB")
    program = Program(token(approver))
    sent = program.post("/returns", lines())
    answer = program.post(sent.headers["Location"] + "/approval", {}, If_Match=sent.headers["ETag"])
    assert problem(answer) == (409, "state")
    assert not Entry.objects.exists()


def test_the_approver_changes_a_quantity_with_a_reason(approver, round_):
    row = submitted(make.line(quantity=1000), make.line("O2-CONC", 5), round_=round_)
    etag = approver.get(f"/returns/{row.uuid}").headers["ETag"]
    [first, _second] = approver.whole(f"/returns/{row.uuid}/lines")
    change = {"line": first["id"], "quantity": "900", "reason": "counted again"}
    done = approver.post(f"/returns/{row.uuid}/approval", {"changes": [change]}, If_Match=etag)
    assert done.status_code == 200, done.content.decode()
    told = approver.whole(f"/returns/{row.uuid}/lines")
    assert [(line["requested"], line["approved"], line["reason"]) for line in told] == [
        ("1000", "900", "counted again"), ("5", "5", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"quantity": "900", "reason": "  "}, 422, "refused"), ({"quantity": "900"}, 400, "bad-request"),
        ({"quantity": "900.5", "reason": "x"}, 422, "refused"),
        ({"quantity": "9", "reason": "x", "line": str(uuid.uuid4())}, 404, "not-found"),
    ],
)  # fmt: skip
def test_changes_that_are_refused(approver, round_, change, status, kind):
    row = submitted(make.line(quantity=1000), round_=round_)
    etag = approver.get(f"/returns/{row.uuid}").headers["ETag"]
    [line] = approver.whole(f"/returns/{row.uuid}/lines")
    answer = approver.post(f"/returns/{row.uuid}/approval", {"changes": [{"line": line["id"]} | change]}, If_Match=etag)
    assert problem(answer) == (status, kind)
    assert not Entry.objects.exists()


def test_sent_back_with_a_comment_and_sent_again(approver, focal, round_):
    sent = focal.post("/returns", lines())
    address = sent.headers["Location"]
    back = approver.post(f"{address}/sending-back", {"comment": "Too much?"}, If_Match=sent.headers["ETag"])
    assert back.status_code == 200 and back.json()["comment"] == "Too much?"
    again = focal.post("/returns", lines({"item": "MASK-IIR", "quantity": 1000}))
    assert again.json()["now"]["state"] == "submitted" and again.headers["ETag"] != sent.headers["ETag"]
    assert problem(approver.post(f"{address}/sending-back", {"comment": ""}, If_Match="x")) == (428, "if-match-missing")


@pytest.mark.parametrize("heads", [{}, {"If_Match": "*"}, {"If_Match": "no tag"}])
def test_approval_without_a_version(approver, round_, heads):
    row = submitted(make.line(), round_=round_)
    assert problem(approver.post(f"/returns/{row.uuid}/approval", {}, **heads)) == (428, "if-match-missing")


def test_approval_of_an_older_version(approver, focal):
    sent = focal.post("/returns", lines())
    focal.post("/returns", lines({"item": "MASK-IIR", "quantity": 9}))
    answer = approver.post(sent.headers["Location"] + "/approval", {}, If_Match=sent.headers["ETag"])
    assert problem(answer) == (412, "changed-meanwhile")
    assert answer.headers["ETag"] == approver.get(sent.headers["Location"]).headers["ETag"]


def test_what_is_known_is_not_sent_again(focal):
    sent = focal.post("/returns", lines())
    answer = focal.get(sent.headers["Location"], If_None_Match=sent.headers["ETag"])
    assert (answer.status_code, answer.content) == (304, b"")


def test_somebody_elses_return_and_none_are_the_same(round_):
    other = approved(make.line(), round_=round_, of="CUB")
    approver = Program(token(make.approver("ZMB")))
    for path in ("", "/lines", "/lines.csv"):
        theirs = approver.get(f"/returns/{other.uuid}{path}")
        nobodys = approver.get(f"/returns/{uuid.UUID(int=5)}{path}")
        assert problem(theirs) == problem(nobodys) == (404, "not-found")
        assert theirs.content.replace(str(other.uuid).encode(), b"") == nobodys.content.replace(
            str(uuid.UUID(int=5)).encode(), b""
        )
    assert approver.get("/returns").json()["rows"] == []
    assert problem(approver.get("/returns", {"member": "CUB"})) == (404, "not-found")


# ── keys ─────────────────────────────────────────────────────────────────────
def test_the_same_key_again_has_one_effect_and_the_same_answer(focal):
    heads = {"Idempotency_Key": key()}
    first, second = focal.post("/returns", lines(), **heads), focal.post("/returns", lines(), **heads)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.headers["ETag"] == second.headers["ETag"] and first.headers["Location"] == second.headers["Location"]
    assert second.headers["Idempotency-Replayed"] == "yes"
    assert AuditRow.objects.filter(event="needs.submitted").count() == 1


def test_the_same_key_for_another_body(focal):
    heads = {"Idempotency_Key": key()}
    focal.post("/returns", lines(), **heads)
    answer = focal.post("/returns", lines({"item": "MASK-IIR", "quantity": 3}), **heads)
    assert problem(answer) == (422, "key-reused")
    assert Statement.objects.count() == 1


def test_keys_of_two_tokens_do_not_meet(focal, round_):
    heads = {"Idempotency_Key": key()}
    other = Program(token(make.focal_point("CUB")))
    assert focal.post("/returns", lines(), **heads).status_code == 201
    assert other.post("/returns", lines(member="CUB"), **heads).status_code == 201


def test_what_was_refused_may_be_corrected_under_its_key(focal):
    heads = {"Idempotency_Key": key()}
    assert problem(focal.post("/returns", lines({"item": "moon dust", "quantity": 1}), **heads)) == (422, "faults")
    assert not KeptAnswer.objects.exists()
    assert focal.post("/returns", lines(), **heads).status_code == 201


@pytest.mark.parametrize("wrong", ["", "short", "with space in it", "x" * 101])
def test_a_key_that_is_none(focal, wrong):
    assert problem(focal.post("/returns", lines(), Idempotency_Key=wrong)) == (400, "bad-request")


# ── at once ──────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_have_one_effect(committed_db):  # noqa: F811
    open_round()
    secret, heads = token(make.focal_point("ZMB")), {"Idempotency_Key": key()}
    answers = at_once([lambda: Program(secret).post("/returns", lines(), **heads) for _number in range(20)])
    assert {answer.status_code for answer in answers} == {201}, [str(answer) for answer in answers]
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 19
    assert AuditRow.objects.filter(event="needs.submitted").count() == 1
    assert KeptAnswer.objects.get().status == 201


@pytest.mark.django_db(transaction=True)
def test_of_two_approvers_with_one_version_one_wins(committed_db):  # noqa: F811
    open_round()
    focal = Program(token(make.focal_point("ZMB")))
    approvers = [Program(token(make.approver("ZMB"))) for _number in range(2)]
    for number in range(1, 1 + int(50 * prove_scale())):
        sent = focal.post("/returns", lines({"item": "MASK-IIR", "quantity": number}))
        address, heads = sent.headers["Location"], {"If_Match": sent.headers["ETag"]}
        acts = [
            lambda address=address, heads=heads: approvers[0].post(f"{address}/approval", {}, **heads),
            lambda address=address, heads=heads: approvers[1].post(
                f"{address}/sending-back", {"comment": "?"}, **heads
            ),
        ]
        answers = at_once(acts)
        assert sorted(answer.status_code for answer in answers) == [200, 412], [one.content for one in answers]
        if Return.objects.get(uuid=address.rsplit("/", 1)[-1]).state == "sent_back":
            assert focal.post("/returns", lines({"item": "MASK-IIR", "quantity": number})).status_code in {200, 201}


def test_times_are_told_with_their_zone(focal):
    told = focal.post("/returns", lines()).json()["now"]
    assert told["submitted_at"].endswith("Z") and told["submitted_at"] <= timezone.now().isoformat()
    assert now() < timezone.now()
