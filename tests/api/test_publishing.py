"""Releases, support and files through the API."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests import make
from tests.api.calls import Program, now, open_round, problem, today, token
from tests.config.test_commands import run as command
from unmet.access.models import Release, Role
from unmet.books.models import Account
from unmet.needs.models import Need, Return
from unmet.support.models import Line, Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_():
    made = open_round()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=made, at=now())
    return made


@pytest.fixture
def approver(round_) -> Program:
    return Program(token(make.approver("ZMB")))


EVERYONE = {"member": "ZMB", "sectors": ["IPC"], "level": "figures", "audience": "everyone"}


# ── releases ─────────────────────────────────────────────────────────────────
def test_released_to_everyone_read_by_everyone_and_withdrawn(approver):
    public = Program()
    assert public.whole("/needs") == []
    granted = approver.post("/releases", EVERYONE)
    assert granted.status_code == 201, granted.content.decode()
    [release] = granted.json()["releases"]
    assert [row["approved"] for row in public.whole("/needs")] == ["1000"]
    etag = approver.get(f"/releases/{release['id']}").headers["ETag"]
    assert problem(approver.post(f"/releases/{release['id']}/withdrawal")) == (428, "if-match-missing")
    done = approver.post(f"/releases/{release['id']}/withdrawal", If_Match=etag)
    assert done.status_code == 200 and not done.json()["standing"]
    assert public.whole("/needs") == []
    again = approver.post(f"/releases/{release['id']}/withdrawal", If_Match=etag)
    assert problem(again) == (412, "changed-meanwhile")


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"member": "CUB"}, 404, "not-found"), ({"sectors": ["NOTHING"]}, 404, "not-found"),
        ({"sectors": []}, 422, "refused"), ({"until": "2020-01-01"}, 422, "refused"),
        ({"audience": "named"}, 422, "refused"), ({"audience": "named", "named": ["ZMB"]}, 422, "refused"),
        ({"audience": "all"}, 400, "bad-request"), ({"until": "tomorrow"}, 400, "bad-request"),
        ({"needs": ["00000000-0000-0000-0000-000000000005"]}, 404, "not-found"),
        ({"needs": ["-" * 36]}, 404, "not-found"),
    ],
)  # fmt: skip
def test_releases_that_are_refused(approver, change, status, kind):
    assert problem(approver.post("/releases", EVERYONE | change)) == (status, kind)
    assert not Release.objects.exists()


def test_somebody_elses_need_is_not_released(approver, round_):
    make.approved([make.line(quantity=1)], of="CUB", round_=round_, at=now())
    theirs = Need.objects.get(member__code="CUB")
    body = EVERYONE | {"sectors": [], "needs": [str(theirs.uuid)]}
    assert problem(approver.post("/releases", body)) == (404, "not-found")
    ours = Need.objects.get(member__code="ZMB")
    assert approver.post("/releases", body | {"needs": [str(ours.uuid)]}).status_code == 201


def test_a_focal_point_releases_nothing(round_):
    focal = Program(token(make.focal_point("ZMB")))
    assert problem(focal.post("/releases", EVERYONE)) == (403, "scope-missing")


# ── support ──────────────────────────────────────────────────────────────────
def stated(stage: str, quantity: object = "400", **more: object) -> dict[str, object]:
    line = {"giver": "WHO", "member": "ZMB", "item": "MASK-IIR", "quantity": quantity, "stage": stage,
            "reference": "PO-7", "date": today().isoformat()}  # fmt: skip
    return {"round": "r-now", "lines": [line | more]}


def test_from_pledge_to_receipt(approver, round_):
    make.released("ZMB", at=now())
    giver = Program(token(make.person(Role.RESPONDER, "WHO")))
    focal = Program(token(make.focal_point("ZMB")))
    assert giver.post("/support", stated("pledged")).json()["outcomes"] == ["created"]
    assert giver.post("/support", stated("pledged")).json()["outcomes"] == ["unchanged"]
    assert focal.post("/support", stated("committed")).json()["outcomes"] == ["proposed"]
    assert Proposal.objects.filter(state="proposed").count() == 1
    assert approver.post("/support", stated("committed")).json()["outcomes"] == ["updated"]
    assert giver.post("/support", stated("in_transit", 300)).json()["outcomes"] == ["updated"]
    done = focal.post("/support", stated("received", 299))
    assert done.status_code == 200, done.content.decode()
    [line] = done.json()["lines"]
    assert (line["committed"], line["in_transit"], line["received"]) == ("100", "1", "299")
    assert approver.get(f"/support/{line['id']}").json() == line
    assert Account.objects.get(item__code="MASK-IIR", kind=Account.Kind.NEED).received == 299_000


def test_without_the_scope_a_commitment_is_only_proposed(round_):
    person = make.approver("ZMB")
    make.released("ZMB", at=now())
    Program(token(make.person(Role.RESPONDER, "WHO"))).post("/support", stated("pledged"))
    narrow = Program(token(person, "read", "support"))
    assert narrow.post("/support", stated("committed")).json()["outcomes"] == ["proposed"]
    assert Line.objects.get().committed == 0


@pytest.mark.parametrize(
    "body", [stated("received"), stated("pledged", giver="UNICEF"), stated("in_transit"), stated("pledged", need="X")]
)
def test_support_that_is_refused(round_, body):
    giver = Program(token(make.person(Role.RESPONDER, "WHO")))
    answer = giver.post("/support", body)
    assert problem(answer) == (422, "faults")
    assert not Line.objects.exists()


def test_a_line_between_others_does_not_exist(round_):
    Program(token(make.person(Role.RESPONDER, "WHO"))).post("/support", stated("pledged"))
    line = Line.objects.get()
    other = Program(token(make.person(Role.RESPONDER, "UNICEF")))
    assert other.whole("/support") == []
    assert problem(other.get(f"/support/{line.uuid}")) == (404, "not-found")


# ── files ────────────────────────────────────────────────────────────────────
GOOD = "Item,Quantity,Remark\nMASK-IIR,1250,=1+1\nO2-CONC,3,\n"
BAD = GOOD + "moon dust,5,\n"


def table(text: str, **fields: object) -> dict[str, object]:
    file = SimpleUploadedFile("needs.csv", text.encode(), content_type="text/csv")
    return {"file": file, "member": "ZMB", "round": "r-now", **fields}


def test_a_table_is_checked_then_sent(round_):
    focal = Program(token(make.focal_point("ZMB")))
    checked = focal.send("/files/needs", table(GOOD, dry_run="true"))
    assert checked.status_code == 200, checked.content.decode()
    before = Return.objects.count()
    assert checked.json() | {"faults": []} == {
        "read": 2, "created": 1, "updated": 1, "unchanged": 0, "refused": 0, "written": False, "faults": [],
    }  # fmt: skip
    assert focal.send("/files/needs", table(GOOD)).json()["written"]
    assert Return.objects.count() == before + 1
    assert focal.send("/files/needs", table(GOOD)).json()["unchanged"] == 2


def test_the_report_is_that_of_the_command_line(round_, tmp_path, capsys):
    person = make.focal_point("ZMB")
    path = tmp_path / "needs.csv"
    path.write_text(BAD, encoding="utf-8")
    code = command("import", "needs", str(path), "--round", "r-now", "--member", "ZMB", "--as", person.email,
                   "--dry-run", "--json")  # fmt: skip
    answer = Program(token(person)).send("/files/needs", table(BAD, dry_run="true"))
    assert code == 1
    assert answer.json() == json.loads(capsys.readouterr().out)


def test_refused_rows_write_nothing_unless_the_good_ones_are_asked_for(round_):
    focal = Program(token(make.focal_point("ZMB")))
    answer = focal.send("/files/needs", table(BAD))
    assert problem(answer) == (422, "faults")
    assert [fault["cell"] for fault in answer.json()["faults"]] == ["A4"]
    assert answer.json()["report"]["refused"] == 1
    assert focal.send("/files/needs", table(BAD, good_rows="true")).json()["written"]


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"member": "CUB"}, 404, "not-found"), ({"round": "nothing"}, 404, "not-found"),
        ({"extra": "1"}, 400, "bad-request"), ({"dry_run": "perhaps"}, 400, "bad-request"),
        ({"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04 broken")}, 422, "file-unreadable"),
        ({"file": SimpleUploadedFile("a.csv", b"Colour,Taste\nred,sweet\n")}, 422, "faults"),
    ],
)  # fmt: skip
def test_files_that_are_refused(round_, change, status, kind):
    focal = Program(token(make.focal_point("ZMB")))
    before = Return.objects.count()
    assert problem(focal.send("/files/needs", table(GOOD) | change)) == (status, kind)
    assert Return.objects.count() == before


def test_a_table_is_read_before_anything_is_locked(round_, monkeypatch):
    """Also under a key: reading may take a minute, and others write meanwhile."""
    from unmet.api import files

    depths = []
    real = files.needs_import.examine

    def watched(*args: object, **named: object) -> object:
        depths.append(len(connection.savepoint_ids))
        return real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(files.needs_import, "examine", watched)
    focal = Program(token(make.focal_point("ZMB")))
    outside = len(connection.savepoint_ids)
    assert focal.send("/files/needs", table(GOOD), Idempotency_Key="import-0002").json()["written"]
    assert depths == [outside]


def test_a_file_under_a_key_is_sent_once(round_):
    focal = Program(token(make.focal_point("ZMB")))
    answers = [focal.send("/files/needs", table(GOOD), Idempotency_Key="import-0001") for _number in range(2)]
    assert answers[0].content == answers[1].content
    other = focal.send("/files/needs", table(BAD), Idempotency_Key="import-0001")
    assert problem(other) == (422, "key-reused")
