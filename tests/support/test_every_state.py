"""Every state × verb × role: requests and their answers, whom they refer to, delivery profiles, extracts."""

from typing import Any

import pytest
from tests import make
from tests.state_tables import Verb, people, walk
from tests.support import test_extracts as extracts_desk
from tests.support import test_profiles as profiles_desk
from tests.support import test_requests as requests_desk

from unmet.access.models import Role
from unmet.support import answers, extracts, profiles, referring, request_lines, requests
from unmet.support.answers import Said
from unmet.support.extracts import ExtractRefused
from unmet.support.models import DeliveryProfile
from unmet.support.profiles import ProfileRefused
from unmet.support.requests import RequestRefused

pytestmark = pytest.mark.django_db
OWN, APPROVER = {"focal point", "approver"}, {"approver"}


# ── requests ─────────────────────────────────────────────────────────────────
def test_requests_and_answers() -> None:
    desk = requests_desk.Desk()

    def then(*deeds: tuple[str, dict[str, Any]]) -> Any:
        def reach() -> Any:
            request = desk.sent()
            for what, said in deeds:
                desk.do(what, request, **said)
            request.refresh_from_db()
            return request

        return reach

    def line_withdrawn() -> Any:
        request = desk.sent()
        take_line(request, desk.approver)
        return request

    def take_line(request: Any, by: Any) -> None:
        with make.as_(by):
            request_lines.withdraw(desk.line(request), reason="Met", by=by, at=make.AT)

    def save(request: Any, by: Any) -> Any:
        return desk.save(draft=request, version=request.version, by=by)

    def do(what: str, **said: Any) -> Any:
        return lambda request, by: desk.do(what, request, by=by, **said)

    def acknowledge(request: Any, by: Any) -> Any:
        return desk.do("acknowledge", request, by=by, party=desk.who.appointments.get().party)

    def answer(kind: str) -> Any:
        def act(request: Any, by: Any) -> Any:
            return desk.answer(desk.line(request), kind, by=by, **({"reason": "None left"} if kind == "unable" else {}))

        return act

    def answer_each(request: Any, by: Any) -> None:
        said = [(desk.line(request), Said("full"))]
        with make.as_(by):
            answers.answer_each(said, party=desk.who.appointments.get().party, by=by, at=make.AT)

    why = {"reason": "Full"}
    states = {
        "draft": desk.save, "sent": desk.sent, "line withdrawn": line_withdrawn, "stopped": then(("stop", why)),
        "lifted": then(("stop", why), ("lift", {})), "withdrawn": then(("withdraw", why)),
        "closed": then(("close", {})), "closed while stopped": then(("stop", why), ("close", {})),
    }  # fmt: skip
    asking = {"sent", "line withdrawn", "lifted"}
    asked = {"responder asked"}
    verbs = {
        "save": Verb(requests.save, save, {"draft"}, OWN),
        "discard": Verb(requests.discard, do("discard"), {"draft"}, OWN),
        "send": Verb(requests.send, lambda request, by: desk.send(request, by=by), {"draft"}, APPROVER),
        "stop": Verb(requests.stop, do("stop", **why), asking, OWN),
        "lift": Verb(requests.lift, do("lift"), {"stopped", "closed while stopped"}, OWN),
        "withdraw": Verb(requests.withdraw, do("withdraw", **why), asking | {"stopped"}, APPROVER),
        "close": Verb(requests.close, do("close"), asking | {"stopped"}, OWN),
        "withdraw a line": Verb(
            request_lines.withdraw, take_line, (asking | {"stopped"}) - {"line withdrawn"}, APPROVER
        ),
        "acknowledge": Verb(answers.acknowledge, acknowledge, asking | {"stopped"}, asked, {"draft"}),
        "answer in full": Verb(answers.answer, answer("full"), asking - {"line withdrawn"}, asked, {"draft"}),
        "answer each in full": Verb(
            answers.answer_each, answer_each, asking - {"line withdrawn"}, asked, {"draft"}
        ),
        "say unable": Verb(
            answers.answer, answer("unable"), (asking | {"stopped"}) - {"line withdrawn"}, asked, {"draft"}
        ),
    }  # fmt: skip
    who = people(
        **{"focal point": desk.focal, "approver": desk.approver, "responder asked": desk.who},
        **{"responder not asked": desk.unicef, "coordination": make.person(Role.COORDINATION)},
    )
    assert walk(RequestRefused, states, verbs, who) == 8 * 12 * 13


def test_who_an_answer_refers_to() -> None:
    desk, undp = requests_desk.Desk(), make.party("UNDP")

    def referred(*, then: Any = None, answer: bool = True) -> Any:
        def reach() -> Any:
            line = desk.line(desk.sent())
            if answer:
                desk.answer(line, "referred", referred_to=undp)
            if then is not None:
                then(line)
            return line

        return reach

    def ask(line: Any, by: Any) -> Any:
        with make.as_(by):
            return referring.ask_too(line, undp, by=by, at=make.AT)

    states = {
        "not answered": referred(answer=False), "referred": referred(), "a draft waits": referred(
            then=lambda line: ask(line, desk.focal)
        ),
        "asked already": referred(then=lambda line: desk.send(ask(line, desk.focal))),
        "answered otherwise since": referred(then=lambda line: desk.answer(line, "full")),
    }  # fmt: skip
    verbs = {
        "ask the other too": Verb(
            referring.ask_too, ask, {"referred", "a draft waits"}, OWN, why={"referred_to", "asked_already"}
        )
    }
    who = people(**{"focal point": desk.focal, "approver": desk.approver, "responder asked": desk.who})
    assert walk(RequestRefused, states, verbs, who) == 5 * 11


# ── delivery profiles ────────────────────────────────────────────────────────
def test_delivery_profiles() -> None:
    desk = profiles_desk.Desk()
    gone = DeliveryProfile(pk=0, member=desk.zambia, edits=1)

    def discarded() -> Any:
        desk.do("discard", desk.save())
        return gone

    def second() -> Any:
        first = desk.confirmed()
        return desk.save(profiles_desk.GOODS | {"airport": "Ndola"}, version=first.version)

    states = {"draft": desk.save, "confirmed": desk.confirmed, "discarded": discarded, "a draft after one": second}
    drafts = {"draft", "a draft after one"}
    verbs = {
        "confirm": Verb(profiles.confirm, lambda one, by: desk.do("confirm", one, by=by), drafts, APPROVER),
        "discard": Verb(profiles.discard, lambda one, by: desk.do("discard", one, by=by), drafts, OWN),
        "save what was read": Verb(
            profiles.save,
            lambda one, by: desk.save(
                profiles_desk.GOODS | {"airport": "Livingstone"}, by=by, version=one.version, edits=one.edits
            ),
            drafts, OWN,
        ),
    }  # fmt: skip
    who = people(**{"focal point": desk.focal, "approver": desk.approver, "responder": desk.who})
    assert walk(ProfileRefused, states, verbs, who) == 4 * 3 * 11
    assert not DeliveryProfile.objects.exists()


# ── extracts ─────────────────────────────────────────────────────────────────
def test_extracts(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    desk = extracts_desk.Desk()
    order = ("sent", "acknowledged", "used")

    def until(count: int) -> Any:
        def reach() -> Any:
            made = desk.extract()
            for kind in order[:count]:
                desk.note(made, kind)
            return made

        return reach

    def note(kind: str, *, of: Any) -> Any:
        said = {"office": "Another desk"} if kind != "used" else {"text": "For another plan"}
        return lambda made, by: desk.note(made, kind, by=by, of=of, **said)

    states = {"made": until(0), "sent": until(1), "acknowledged": until(2), "used": until(3)}
    maker, recipient = {"coordination"}, {"recipient"}
    verbs = {
        "sent": Verb(extracts.note, note("sent", of=desk.chair), {"made"}, maker),
        "acknowledged, says the maker": Verb(extracts.note, note("acknowledged", of=desk.chair), {"sent"}, maker),
        "acknowledged": Verb(extracts.note, note("acknowledged", of=desk.who), {"sent"}, recipient),
        "used": Verb(extracts.note, note("used", of=desk.who), {"acknowledged", "used"}, recipient),
    }
    who = people(
        **{"focal point": desk.focal, "approver": desk.approver, "recipient": desk.responder},
        coordination=desk.coordination,
    )
    assert walk(ExtractRefused, states, verbs, who) == 4 * 4 * 12
