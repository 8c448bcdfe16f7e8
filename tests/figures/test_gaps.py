"""What is not covered by member and item, and the largest gaps: the same as the sums of the other figures."""

import pytest
from tests import make

from unmet.access.models import Role
from unmet.figures import gaps
from unmet.figures.totals import Scope, by

pytestmark = pytest.mark.django_db


def _world():
    round_ = make.round_()
    for member, quantity in (("ZMB", 500), ("KEN", 900)):
        make.approved(
            [make.line("MASK-IIR", quantity), make.line("RESP-N95", quantity // 10)], of=member, round_=round_
        )
        make.released(member)
    make.approved([make.line("MASK-IIR", 77)], of="CUB", round_=round_)  # not released
    giver, approver = make.person(Role.RESPONDER, "WHO"), make.approver("KEN")
    line = {"item_id": make.item("RESP-N95").pk, "reference": "A-1"}
    make.stated([make.support_line("WHO", "KEN", "pledged", 90, **line)], by=giver, round_=round_)
    make.stated([make.support_line("WHO", "KEN", "committed", 90, **line)], by=approver, round_=round_)
    return round_


def test_not_covered_by_member_and_item_counts_what_is_public_only():
    round_ = _world()
    zambia, kenya, mask, respirator = (
        make.party("ZMB").pk,
        make.party("KEN").pk,
        make.item("MASK-IIR").pk,
        make.item("RESP-N95").pk,
    )
    found = gaps.not_covered(Scope())
    assert found == {
        (zambia, mask): 500_000, (kenya, mask): 900_000, (zambia, respirator): 50_000, (kenya, respirator): 0,
    }  # fmt: skip
    assert gaps.not_covered(Scope(round=round_.pk)) == gaps.not_covered(Scope(emergency=round_.emergency_id)) == found
    assert gaps.not_covered(Scope(member=zambia)) == {key: value for key, value in found.items() if key[0] == zambia}


def test_the_largest_gaps_are_the_items_with_the_largest_value_not_covered():
    _world()
    values = {item: sums["value_not_covered"] for item, sums in by("item", Scope()).items()}
    expected = sorted(((item, value) for item, value in values.items() if value), key=lambda row: (-row[1], row[0]))
    assert len(expected) == 2 and gaps.largest(Scope()) == expected
    assert gaps.largest(Scope(), 1) == expected[:1]
    assert gaps.largest(Scope(sector=make.item("MASK-IIR").sector_id)) == expected
    assert gaps.largest(Scope(member=make.party("CUB").pk)) == []
