"""Every state × verb × role: returns, and whether a need stands."""

from typing import Any

import pytest
from tests import make
from tests.needs.test_standing import LATER, STATES, approved
from tests.state_tables import Verb, people, walk

from unmet.access.models import Role
from unmet.needs import services as needs
from unmet.needs import standing
from unmet.needs.models import Return
from unmet.needs.standing import StandingRefused

pytestmark = pytest.mark.django_db
OWN, APPROVER = {"focal point", "approver"}, {"approver"}
WRONG = (needs.NotYoursToApprove, needs.ReturnChanged)


def test_returns() -> None:
    round_ = make.round_()
    focal, approver = make.focal_point("ZMB"), make.approver("ZMB")

    def submitted(quantity: int = 5) -> Return:
        return make.submitted([make.line(quantity=quantity)], of="ZMB", round_=round_)

    def decided(act: Any, **said: Any) -> Any:
        def reach() -> Return:
            made = submitted()
            with make.as_(approver):
                act(made, by=approver, at=make.AT, **said)
            made.refresh_from_db()
            return made

        return reach

    def superseded() -> Return:
        made = decided(needs.approve, revision=1)()
        submitted(7)
        made.refresh_from_db()
        return made

    def act(service: Any, **said: Any) -> Any:
        def done(made: Return, by: Any) -> Any:
            with make.as_(by):
                return service(made, by=by, at=make.AT, **said)

        return done

    def version(service: Any, **said: Any) -> Any:
        return lambda made, by: act(service, revision=made.revision, **said)(made, by)

    states = {
        "submitted": submitted, "approved": decided(needs.approve, revision=1), "approved, another waits": superseded,
        "sent back": decided(needs.send_back, revision=1, comment="Again"), "withdrawn": decided(needs.withdraw),
    }  # fmt: skip
    verbs = {
        "approve": Verb(needs.approve, version(needs.approve), {"submitted"}, APPROVER),
        "approve another version": Verb(needs.approve, act(needs.approve, revision=99), set(), APPROVER),
        "send back": Verb(needs.send_back, version(needs.send_back, comment="Again"), {"submitted"}, APPROVER),
        "withdraw": Verb(needs.withdraw, act(needs.withdraw), {"submitted", "sent back"}, OWN),
    }
    who = people(
        **{"focal point": focal, "approver": approver, "coordination": make.person(Role.COORDINATION)},
        responder=make.person(Role.RESPONDER, "ZMB"),
    )
    assert walk(WRONG, states, verbs, who) == 5 * 4 * 12


def test_whether_a_need_stands() -> None:
    def reached(state: str) -> Any:
        def reach() -> Any:
            need = approved(freshness_days=1 if state == "lapsed" else 400)
            STATES[state](need)
            need.refresh_from_db()
            return need

        return reach

    def act(service: Any, **said: Any) -> Any:
        def done(need: Any, by: Any) -> Any:
            with make.as_(by, at=LATER):
                return service(need, by=by, at=LATER, **said)

        return done

    def confirm(need: Any, by: Any) -> Any:
        with make.as_(by, at=LATER):
            return standing.confirm([need], member=need.member, by=by, at=LATER)

    verbs = {
        "pause": Verb(standing.pause, act(standing.pause, reason="Wait"), {"standing"}, APPROVER),
        "resume": Verb(standing.resume, act(standing.resume), {"paused"}, APPROVER),
        "confirm": Verb(standing.confirm, confirm, {"standing", "lapsed"}, APPROVER),
        "end": Verb(
            standing.end,
            act(standing.end, covered_nationally=True, reason="Bought"),
            {"standing", "paused", "lapsed"},
            APPROVER,
        ),
    }
    who = people(
        **{"focal point": make.focal_point("ZMB"), "approver": make.approver("ZMB")},
        responder=make.person(Role.RESPONDER, "WHO"),
        coordination=make.person(Role.COORDINATION),
    )
    states = {state: reached(state) for state in STATES}
    assert walk(StandingRefused, states, verbs, who, at=LATER) == 6 * 4 * 12
