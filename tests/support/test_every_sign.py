"""Every state × verb × role: *stop sending* beside a need, however the need stands; and whether a giver is named."""

from typing import Any

import pytest
from tests import make
from tests.needs.test_standing import LATER, STATES, approved
from tests.state_tables import Verb, people, walk

from unmet.access.models import Role
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import giver_names, signs
from unmet.support.giver_names import NameRefused
from unmet.support.requests import RequestRefused

pytestmark = pytest.mark.django_db
OWN = {"focal point", "approver"}


# ── stop sending ─────────────────────────────────────────────────────────────
def test_stop_sending_beside_a_need() -> None:
    focal = make.focal_point("ZMB")

    def do(service: Any, **said: Any) -> Any:
        def act(need: Need, by: Any) -> Any:
            with make.as_(by, at=LATER):
                return service(need, by=by, at=LATER, **said)

        return act

    stop, lift = do(signs.stop, reason="Full"), do(signs.lift)

    def reached(state: str, *deeds: Any) -> Any:
        def reach() -> Need:
            need = approved(freshness_days=1 if state == "lapsed" else 400)
            STATES[state](need)
            for deed in deeds:
                deed(need, focal)
            return need

        return reach

    def never_approved() -> Need:
        return make.submitted([make.line()], of="ZMB", round_=make.round_()).statements.get().need

    states = {"never approved": never_approved}
    standings = [state for state in STATES if state != "none"]
    for state in standings:
        states[state] = reached(state)
        states[f"{state}, stopped"] = reached(state, stop)
    states["standing, lifted"] = reached("standing", stop, lift)
    stopped = {state for state in states if state.endswith("stopped")}
    verbs = {
        "stop": Verb(signs.stop, stop, set(states) - stopped - {"never approved"}, OWN, why={"stopped", "need"}),
        "lift": Verb(signs.lift, lift, stopped, OWN, why={"not_stopped"}),
    }
    who = people(
        **{"focal point": focal, "approver": make.approver("ZMB")},
        responder=make.person(Role.RESPONDER, "WHO"),
        coordination=make.person(Role.COORDINATION),
    )
    assert walk(RequestRefused, states, verbs, who, at=LATER) == (2 + 2 * 5) * 2 * 12


# ── the name of a giver ──────────────────────────────────────────────────────
def test_whether_a_giver_is_named() -> None:
    make.reference()
    giver, responder = make.party("WHO"), make.person(Role.RESPONDER, "WHO")

    def say(says: str) -> Any:
        def act(of: Party, by: Any) -> None:
            with make.as_(by):
                giver_names.say(of, says, by=by, at=make.AT)

        return act

    def said(*words: str) -> Any:
        def reach() -> Party:
            for word in words:
                say(word)(giver, responder)
            return giver

        return reach

    states = {"nothing said": said(), "named": said("named"), "named no longer": said("named", "not_named")}
    saying = {"responder of the giver", "approver of the giver"}
    verbs = {
        "named": Verb(giver_names.say, say("named"), set(states) - {"named"}, saying, why={"same"}),
        "not named": Verb(giver_names.say, say("not_named"), {"named"}, saying, why={"same"}),
    }
    who = people(
        **{"responder of the giver": responder, "approver of the giver": make.approver("WHO")},
        **{"focal point of the giver": make.focal_point("WHO"), "approver": make.approver("ZMB")},
        coordination=make.person(Role.COORDINATION),
    )
    assert walk(NameRefused, states, verbs, who) == 3 * 2 * 13
