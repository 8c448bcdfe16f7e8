"""Two who press at once on one box of several givers."""

import pytest
from tests import make
from tests.support.box import Hub
from tests.together import at_once

from unmet.books import doctor
from unmet.support import consignments
from unmet.support.models import Consignment


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
