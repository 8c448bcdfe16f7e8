"""Tokens: made once, kept as a hash, narrower than their person, ended by time, by their person, by the appointment."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from tests import make
from tests.api.calls import Program, lines, now, open_round, problem, token
from tests.web.desk_world import submitted
from unmet.access import may, tokens
from unmet.access import services as access
from unmet.access.actors import acting
from unmet.access.models import Appointment, Installation, Role, Token
from unmet.audit.models import AuditRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_():
    return open_round()


def made(person, **changes):
    moment = timezone.now()
    said = {"name": "erp", "scopes": ["read"], "expires_at": moment + timedelta(days=10), "by": person, "at": moment}
    with make.as_(person, at=moment):
        return tokens.make(**(said | changes))


def refused(person, **changes) -> str:
    with pytest.raises(tokens.TokenRefused) as refusal:
        made(person, **changes)
    return refusal.value.reason


def test_only_the_hash_is_kept_and_the_audit_names_no_secret(round_):
    kept, secret = made(make.focal_point("ZMB"))
    assert secret.startswith("unmet_") and len(secret) >= len("unmet_") + 43  # 256 bits
    row = Token.objects.values().get(pk=kept.pk)
    assert secret not in str(row) and row["digest"] == tokens.digest(secret)
    assert secret not in str(list(AuditRow.objects.values()))
    assert AuditRow.objects.filter(event="access.token_made", subject=str(kept.uuid)).exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"), ({"scopes": ["approve"]}, "scopes"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "past"),
        ({"expires_at": timezone.now() + timedelta(days=367)}, "too_long"),
    ],
)  # fmt: skip
def test_what_a_focal_point_cannot_make(round_, changes, reason):
    assert refused(make.focal_point("ZMB"), **changes) == reason


def test_nobody_has_more_than_twenty(round_):
    person = make.focal_point("ZMB")
    for _number in range(tokens.MOST):
        made(person)
    assert refused(person) == "too_many"


def test_scopes_lie_within_the_rights(round_):
    wanted = {
        make.focal_point("ZMB"): ("read", "needs", "support"),
        make.approver("ZMB"): ("read", "needs", "approve", "release", "support"),
        make.person(Role.RESPONDER, "WHO"): ("read", "release", "support"),
        make.person(Role.COORDINATION): ("read", "support"),
        make.person(): (),
    }
    for person, scopes in wanted.items():
        with make.as_(person, at=timezone.now()) as actor:
            assert tokens.scopes_of(actor) == scopes


def test_whoever_holds_no_appointment_makes_none(round_):
    with pytest.raises(may.NotAllowed):
        made(make.person())


def test_a_token_makes_and_ends_no_token(round_):
    person = make.approver("ZMB")
    kept, secret = made(person, scopes=["read", "approve"])
    bearer = tokens.bearer(secret, at=timezone.now())
    with acting(bearer.actor):
        with pytest.raises(may.NotAllowed):
            tokens.make(
                name="x", scopes=["read"], expires_at=timezone.now() + timedelta(days=1), by=person, at=timezone.now()
            )
        with pytest.raises(may.NotAllowed):
            tokens.end(kept, by=person, at=timezone.now())


def test_what_publishes_needs_two_factors_when_made_and_whenever_used(round_):
    Installation.objects.update(demonstration=False)
    person = make.approver("ZMB")
    assert refused(person, scopes=["approve"]) == refused(person, scopes=["read"]) == "second_factor"
    assert made(make.focal_point("ZMB"))
    assert refused(person, scopes=["release"], expires_at=timezone.now() + timedelta(days=60)) == "too_long"
    factor = Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    _kept, secret = made(person, scopes=["read", "approve", "release"])
    row = submitted(make.line(), round_=round_)
    etag = Program(secret).get(f"/returns/{row.uuid}").headers["ETag"]
    factor.delete()
    for path in (f"/returns/{row.uuid}/approval", "/releases"):
        answer = Program(secret).post(path, {"changes": []}, If_Match=etag)
        assert problem(answer) == (403, "second-factor-missing")
    assert problem(Program(secret).get("/returns")) == (403, "second-factor-missing")
    row.refresh_from_db()
    assert row.state == "submitted"


def test_scopes_narrow_what_the_person_may_do(round_):
    approver = make.approver("ZMB")
    reader = Program(token(approver, "read"))
    row = submitted(make.line(), round_=round_)
    etag = reader.get(f"/returns/{row.uuid}").headers["ETag"]
    heads = {"If_Match": etag}
    for path, body, scope in (
        ("/returns", lines(), "needs"), (f"/returns/{row.uuid}/approval", {}, "approve"),
        (f"/returns/{row.uuid}/sending-back", {"comment": "x"}, "approve"),
        ("/releases", {}, "release"), ("/support", {}, "support"),
    ):  # fmt: skip
        answer = reader.post(path, body, **heads)
        assert problem(answer) == (403, "scope-missing")
        assert answer.json()["scope"] == scope
    writer = Program(token(approver, "needs"))
    assert problem(writer.get("/returns")) == (403, "scope-missing")


def test_deeds_are_a_second_wall_behind_the_door(round_):
    person = make.approver("ZMB")
    bearer = tokens.bearer(token(person, "needs"), at=timezone.now())
    with acting(bearer.actor):
        member = make.party("ZMB")
        assert may.may(bearer.actor, may.Deed.ENTER_NEEDS, member)
        assert [deed for deed in may.Deed if may.may(bearer.actor, deed, member)] == [may.Deed.ENTER_NEEDS]


def test_no_token_opens_a_round_appoints_or_edits_the_catalogue(round_):
    every = frozenset().union(*tokens.DEEDS.values())
    assert not every & {
        may.Deed.APPOINT, may.Deed.PROPOSE_APPOINTMENT, may.Deed.OPEN_ROUND, may.Deed.EDIT_CATALOGUE,
        may.Deed.RESET_SECOND_FACTOR, may.Deed.MAKE_TOKEN,
    }  # fmt: skip


@pytest.mark.parametrize("how", ["ended", "expired", "closed account", "unknown", "cut short"])
def test_a_token_that_stands_no_more(round_, how):
    person = make.focal_point("ZMB")
    kept, secret = made(person)
    if how == "ended":
        with make.as_(person, at=timezone.now()):
            tokens.end(kept, by=person, at=timezone.now())
            with pytest.raises(tokens.TokenRefused):
                tokens.end(kept, by=person, at=timezone.now())
    elif how == "expired":
        long_ago = timezone.now() - timedelta(days=9)
        Token.objects.update(made_at=long_ago, expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "closed account":
        person.is_active = False
        person.save()
    else:
        secret = "unmet_" + "a" * 43 if how == "unknown" else secret[:-1]
    answer = Program(secret).get("/returns")
    assert problem(answer) == (401, "no-token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_after_the_appointment_has_ended_the_token_does_nothing(round_):
    person = make.approver("ZMB")
    program = Program(token(person))
    row = submitted(make.line(), round_=round_)
    etag = program.get(f"/returns/{row.uuid}").headers["ETag"]
    appointment = Appointment.objects.get(person=person)
    other = make.approver("ZMB")
    with make.as_(other, at=timezone.now()):
        access.end_appointment(appointment, by=other, at=timezone.now())
    assert program.get("/returns").json()["rows"] == []
    assert problem(program.get(f"/returns/{row.uuid}")) == (404, "not-found")
    assert problem(program.post(f"/returns/{row.uuid}/approval", {}, If_Match=etag)) == (404, "not-found")
    assert problem(program.post("/returns", lines())) == (404, "not-found")
    assert problem(
        program.post("/releases", {"member": "ZMB", "sectors": ["IPC"], "level": "figures", "audience": "everyone"})
    ) == (404, "not-found")
    support = {"giver": "ZMB", "member": "CUB", "item": "MASK-IIR", "quantity": 1, "stage": "pledged", "reference": "1",
               "date": "2026-01-01"}  # fmt: skip
    answer = program.post("/support", {"round": "r-now", "lines": [support]})
    assert answer.status_code in {403, 422}
    row.refresh_from_db()
    assert row.state == "submitted"


def test_somebody_elses_token_is_not_ended(round_):
    kept, _secret = made(make.focal_point("ZMB"))
    other = make.focal_point("ZMB")
    assert tokens.find_own(other, kept.uuid) is None
    with make.as_(other, at=now()), pytest.raises(may.NotAllowed):
        tokens.end(kept, by=other, at=now())


def test_too_often(round_, settings, monkeypatch):
    settings.UNMET_API_RATE = 40
    still = timezone.now().replace(second=5)
    monkeypatch.setattr(timezone, "now", lambda: still)
    program = Program(token(make.focal_point("ZMB")))
    answers = [program.get("/rounds/r-now") for _number in range(60)]
    assert [answer.status_code for answer in answers] == [200] * 40 + [429] * 20
    assert problem(answers[-1]) == (429, "too-often")
    assert answers[-1].headers["Retry-After"] == "55"
    monkeypatch.setattr(timezone, "now", lambda: still + timedelta(minutes=1))
    assert program.get("/rounds/r-now").status_code == 200
