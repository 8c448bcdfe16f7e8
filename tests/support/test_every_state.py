"""Every state × verb × role: requests and their answers, delivery profiles, extracts, what is said about money."""

from typing import Any

import pytest
from tests import make
from tests.state_tables import Verb, people, walk
from tests.support import test_extracts as extracts_desk
from tests.support import test_flows as flows_desk
from tests.support import test_profiles as profiles_desk
from tests.support import test_requests as requests_desk

from unmet.access.models import Role
from unmet.support import flow_deeds, request_lines
from unmet.support.extracts import ExtractRefused
from unmet.support.flow_rules import FlowRefused
from unmet.support.models import DeliveryProfile, FlowStep
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

    def answer(kind: str) -> Any:
        def act(request: Any, by: Any) -> Any:
            return desk.answer(desk.line(request), kind, by=by, **({"reason": "None left"} if kind == "unable" else {}))

        return act

    why = {"reason": "Full"}
    states = {
        "draft": desk.save, "sent": desk.sent, "line withdrawn": line_withdrawn, "stopped": then(("stop", why)),
        "lifted": then(("stop", why), ("lift", {})), "withdrawn": then(("withdraw", why)),
        "closed": then(("close", {})), "closed while stopped": then(("stop", why), ("close", {})),
    }  # fmt: skip
    asking = {"sent", "line withdrawn", "lifted"}
    asked = {"responder asked"}
    verbs = {
        "save": Verb(save, {"draft"}, OWN),
        "discard": Verb(do("discard"), {"draft"}, OWN),
        "send": Verb(lambda request, by: desk.send(request, by=by), {"draft"}, APPROVER),
        "stop": Verb(do("stop", **why), asking, OWN),
        "lift": Verb(do("lift"), {"stopped", "closed while stopped"}, OWN),
        "withdraw": Verb(do("withdraw", **why), asking | {"stopped"}, APPROVER),
        "close": Verb(do("close"), asking | {"stopped"}, OWN),
        "withdraw a line": Verb(take_line, (asking | {"stopped"}) - {"line withdrawn"}, APPROVER),
        "answer in full": Verb(answer("full"), asking - {"line withdrawn"}, asked, {"draft"}),
        "say unable": Verb(answer("unable"), (asking | {"stopped"}) - {"line withdrawn"}, asked, {"draft"}),
    }  # fmt: skip
    who = people(
        **{"focal point": desk.focal, "approver": desk.approver, "responder asked": desk.who},
        **{"responder not asked": desk.unicef, "coordination": make.person(Role.COORDINATION)},
    )
    assert walk(RequestRefused, states, verbs, who) == 8 * 10 * 13


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
        "confirm": Verb(lambda one, by: desk.do("confirm", one, by=by), drafts, APPROVER),
        "discard": Verb(lambda one, by: desk.do("discard", one, by=by), drafts, OWN),
        "save what was read": Verb(
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
        "sent": Verb(note("sent", of=desk.chair), {"made"}, maker),
        "acknowledged, says the maker": Verb(note("acknowledged", of=desk.chair), {"sent"}, maker),
        "acknowledged": Verb(note("acknowledged", of=desk.who), {"sent"}, recipient),
        "used": Verb(note("used", of=desk.who), {"acknowledged", "used"}, recipient),
    }
    who = people(
        **{"focal point": desk.focal, "approver": desk.approver, "recipient": desk.responder},
        coordination=desk.coordination,
    )
    assert walk(ExtractRefused, states, verbs, who) == 4 * 4 * 12


# ── money: made public, named, confirmed ─────────────────────────────────────
def test_what_is_said_about_money() -> None:
    desk = flows_desk.Desk()

    def paid(*, public: bool = False, named: bool = False, back: bool = False) -> Any:
        def reach() -> Any:
            flow = desk.flow(1000, "paid")
            if public:
                desk.do(flow_deeds.publish, flow, desk.giving_approver)
            if named:
                zambia = make.party("ZMB")
                desk.do(flow_deeds.agree_to_be_named, flow, desk.getting_approver, party=zambia, named=True)
            if back:
                desk.back(flow, "paid", 1000)
            flow.refresh_from_db()
            return flow

        return reach

    def confirm(flow: Any, by: Any) -> Any:
        step = FlowStep.objects.filter(flow=flow).order_by("-pk")
        paid_step = step.filter(to_stage="paid").first() or step[0]
        return desk.do(flow_deeds.confirm, paid_step, by, party=make.party("ZMB"))

    def name(flow: Any, by: Any, *, named: bool) -> Any:
        return desk.do(flow_deeds.agree_to_be_named, flow, by, party=make.party("ZMB"), named=named)

    states = {
        "pledged": lambda: desk.flow(1000), "paid": paid(), "public": paid(public=True), "named": paid(named=True),
        "taken back": paid(back=True),
    }  # fmt: skip
    source, destination = (
        {"approver of the source", "responder of the source"},
        {"approver", "focal point", "responder"},
    )
    verbs = {
        "publish": Verb(lambda flow, by: desk.do(flow_deeds.publish, flow, by), set(states) - {"public"}, source),
        "hide": Verb(lambda flow, by: desk.do(flow_deeds.hide, flow, by), {"public"}, source),
        "confirm": Verb(confirm, {"paid", "public", "named"}, destination),
        "be named": Verb(lambda flow, by: name(flow, by, named=True), set(states) - {"named"}, APPROVER),
        "be named no longer": Verb(lambda flow, by: name(flow, by, named=False), {"named"}, APPROVER),
    }  # fmt: skip
    who = {
        "approver of the source": desk.giving_approver, "responder of the source": desk.giving_responder,
        "focal point of the source": desk.giving, "approver": desk.getting_approver, "focal point": desk.getting,
        "responder": desk.getting_responder, "channel": desk.channel,
        **{f"stranger {number}": one for number, one in enumerate(desk.others)},
    }  # fmt: skip
    assert walk(FlowRefused, states, verbs, who) == 5 * 5 * 13
