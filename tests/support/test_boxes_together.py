"""Two who press at once on one box of several givers."""

from functools import partial

import pytest
from tests import make
from tests.conftest import prove_scale
from tests.support.box import DAY, Hub
from tests.together import at_once

from unmet.books import doctor
from unmet.support import attestations, consignments
from unmet.support.attestations import Seen
from unmet.support.consignments import Packed
from unmet.support.models import Attestation, Consignment, ConsignmentLine

ROUNDS = round(40 * max(prove_scale(), 0.25))


@pytest.mark.usefixtures("committed_db")
def test_a_giver_takes_its_part_out_while_the_channel_sends_all_of_it() -> None:
    """Either the box leaves whole, or without the part; never is a part sent that was taken out."""
    make.reference()
    hub = Hub()
    box, by = hub.both(), hub.people["other giver"]

    def take_out() -> None:
        with make.as_(by):
            consignments.discard(box["UNDP"], by=by, at=make.AT)

    told = [getattr(one, "reason", "") for one in at_once([take_out, lambda: hub.dispatch(box["WHO"], who="channel")])]
    assert sorted(told) == ["", "changed"]
    left = hub.states(box) if Consignment.objects.filter(pk=box["WHO"].pk).exists() else {}
    assert left in ({"WHO": "planned"}, {"WHO": "dispatched", "UNDP": "dispatched"}) and doctor.differences() == []


@pytest.mark.usefixtures("committed_db")
def test_who_saw_it_and_who_counts_it_press_at_once() -> None:
    """Both parts are received while channel and carrier say what they saw of all of it, and that it is cleared.

    Nobody waits for another in a circle: everything is said, whoever comes first.
    """
    make.reference()
    hub = Hub()
    for number in range(ROUNDS):
        packed = (Packed(hub.masks, 1000), Packed(hub.gloves, 1000), Packed(hub.theirs, 1000))
        planned = hub.plan(*packed, who="channel", waybill=f"W-{number}")
        box = hub.parts(hub.dispatch(planned, who="channel"))
        lines = hub.lines(box)

        def see(who: str, part: Consignment, seen: list[ConsignmentLine] = lines) -> None:
            with make.as_(hub.people[who]):
                attestations.attest(
                    part, [Seen(line, 1000) for line in seen], place="Port", on=DAY, by=hub.people[who], at=make.AT
                )

        acts = [
            *(partial(hub.receive, part) for part in box.values()),
            *(partial(see, who, box[giver]) for who in ("channel", "carrier") for giver in box),
            *(partial(hub.go, part, "clear", who="channel") for part in reversed(box.values())),
        ]
        told = at_once(acts)
        assert {getattr(one, "reason", "") for one in told if isinstance(one, Exception)} <= {"state"}, told
        assert hub.states(box) == dict.fromkeys(box, "received")
        assert Attestation.objects.filter(line__in=lines).count() == 2 * len(lines), "twice the same is said once"
    assert doctor.differences() == []
