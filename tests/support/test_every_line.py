"""Every stage of support stated from every stage at which a line can stand, by everybody."""

from typing import Any

import pytest
from tests.state_tables import Verb, narrowed, walk
from tests.support.lines_desk import GIVER, OWN, Lines, Stated

from unmet.support import stating
from unmet.support.lines import SupportRefused
from unmet.support.models import Stage

pytestmark = pytest.mark.django_db
# Where nothing of a line was said, or all of it was taken back.
NOTHING = {"new", "withdrawn", "taken back"}
PLEDGED, GIVEN = {"pledged", "proposed", "stopped"}, {"committed", "committed at once"}
ENDED = {"in_transit", "received", "rejected", "missing"}
# From where a hundred may be said to have come to a stage.
MOVES = {
    "pledged": NOTHING, "allocated": NOTHING | PLEDGED,
    "committed": NOTHING | (PLEDGED - {"stopped"}) | {"allocated", "allocated at once"},
    "in_transit": GIVEN | {"accepted"}, "received": NOTHING | GIVEN | {"in_transit", "accepted"},
    "rejected": GIVEN | {"in_transit", "accepted"}, "missing": GIVEN | {"in_transit", "accepted"},
}  # fmt: skip
# Where it was said already, and changes nothing.
AGAIN = {
    "pledged": PLEDGED | {"allocated", "committed", "packed"} | ENDED, "allocated": {"allocated", "allocated at once"},
    "committed": GIVEN | {"packed"} | ENDED, "in_transit": ENDED, "received": {"received", "received at once"},
    "rejected": {"rejected"}, "missing": {"missing"},
}  # fmt: skip
WHY = {"more_than_stands", "not_accepted", "of_offer", "in_consignment", "stopped"}


def test_each_stage_from_each_stage() -> None:
    desk = Lines()

    def say(stage: str) -> Any:
        def act(thing: Stated, by: Any) -> None:
            outcome, proposes = desk.say(stage, thing.reference, by), by == desk.focal and stage == "committed"
            if thing.state in AGAIN[stage] or (proposes and thing.state == "proposed"):
                assert outcome == "unchanged"
            else:
                assert outcome == ("proposed" if proposes else "created" if thing.state == "new" else "updated")

        return act

    verbs = {
        f"state {stage}": Verb(
            stating.state, say(stage), MOVES[stage] | AGAIN[stage],
            GIVER if stage in ("pledged", "allocated", "in_transit") else OWN, why=WHY, denied={"not_yours"},
        )
        for stage in Stage.values
    }  # fmt: skip
    # From nothing by everybody; from elsewhere by one of each side and somebody who has no part in it.
    everybody, states = desk.everybody, desk.states()
    new = {"new": states.pop("new")}
    sides = {"responder of the giver", "focal point", "approver", "another responder"}
    few = {name: person for name, person in everybody.items() if name in sides}
    assert walk(SupportRefused, new, narrowed(verbs, new, everybody), everybody) == 7 * 14
    assert walk(SupportRefused, states, narrowed(verbs, states, few), few) == 17 * 7 * 4
