"""Days of goods and extracts: for members ahead of UTC it is tomorrow already, from 10:00 UTC on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests import make
from tests.refusals import refused
from tests.support.box import DAY, Boxes

from unmet.support import attestations, consignment_ways, consignments, extracts, line_receipts, receipts, stating
from unmet.support.attestations import Seen
from unmet.support.consignments import ConsignmentRefused
from unmet.support.extracts import ExtractRefused, Noted
from unmet.support.line_receipts import Arrived
from unmet.support.lines import SupportRefused

pytestmark = pytest.mark.django_db
NINE, TEN, TOMORROW = make.AT, make.AT + timedelta(hours=1), DAY + timedelta(days=1)


def at_ten_only(boxes: Boxes, who: str, act: Any, error: Any = ConsignmentRefused) -> None:
    """Refused while tomorrow has begun nowhere on earth, taken when it has."""
    by = boxes.people[who]
    with make.as_(by, at=NINE):
        assert refused(error, lambda: act(by, NINE)).reason == "future"
    with make.as_(by, at=TEN):
        act(by, TEN)


def test_goods_move_on_a_day_that_has_begun_somewhere() -> None:
    boxes = Boxes()
    box = boxes.plan()
    at_ten_only(boxes, "giver", lambda by, at: consignments.dispatch(box, on=TOMORROW, by=by, at=at, version=1))
    lines = list(box.lines.all())
    at_ten_only(boxes, "carrier", lambda by, at: attestations.attest(
        box, [Seen(lines[0], 5_000)], place="Lusaka", on=TOMORROW, by=by, at=at
    ))  # fmt: skip
    at_ten_only(boxes, "carrier", lambda by, at: consignment_ways.go(box, "arrive", on=TOMORROW, by=by, at=at))
    box.refresh_from_db()
    at_ten_only(
        boxes, "focal point",
        lambda by, at: receipts.receive(box, boxes.counted(box), on=TOMORROW, by=by, at=at),
    )  # fmt: skip
    loose = boxes.accepted("LOOSE", 10)
    at_ten_only(
        boxes, "focal point", lambda by, at: line_receipts.receive(loose, Arrived(10_000), on=TOMORROW, by=by, at=at)
    )
    said = make.support_line("WHO", "ZMB", "received", 4, reference="NEW", dated_on=TOMORROW)
    row = replace(said, channel_code=None)
    at_ten_only(
        boxes,
        "focal point",
        lambda by, at: stating.state([row], round_=boxes.round, by=by, at=at),
        SupportRefused,
    )


def test_an_extract_is_sent_on_a_day_that_has_begun_somewhere() -> None:
    boxes = Boxes()
    made = make.extracted(of="ZMB", to="WHO")
    noted = Noted("acknowledged", TOMORROW, "Registry")
    by, party = boxes.people["giver"], make.party("WHO")
    with make.as_(by, at=NINE):
        error = refused(ExtractRefused, lambda: extracts.note(made, noted, party=party, by=by, at=NINE))
    assert error.reason == "date"
    with make.as_(by, at=TEN):
        extracts.note(made, noted, party=party, by=by, at=TEN)
    assert made.steps.filter(dated_on=TOMORROW).count() == 1
