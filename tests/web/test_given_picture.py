"""The picture of what is given: widths add up, the long tail stands together, and nothing leaves its box."""

import re

import pytest
from django.utils.translation import override

from unmet.figures.given import NOT_NAMED, Band
from unmet.web.given_picture import OTHERS, SIDE, Picture, drawn

pytestmark = pytest.mark.pure


def picture(*bands: Band, language: str = "en") -> Picture:
    """Drawn, with ids for an order."""
    with override(language):
        made = drawn(bands, order=lambda party: -party)
    assert made is not None
    return made


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawn([], order=int) is None and drawn([Band(1, 2, unpriced={3})], order=int) is None


def test_parties_stand_in_their_order_and_whoever_is_not_named_last() -> None:
    made = picture(Band(NOT_NAMED, 7, 0, 50), Band(3, 7, 10, 20), Band(5, 8, 30, 0))
    assert [node.key for node in made.givers] == [5, 3, NOT_NAMED] and [node.key for node in made.members] == [8, 7]
    assert [node.total for node in made.givers] == [30, 30, 50] and made.total == 110
    assert sorted(ribbon.css for ribbon in made.ribbons) == ["b-r", "b-r", "b-t", "b-t"]


def test_the_long_tail_stands_together_and_keeps_every_cent() -> None:
    bands = [Band(giver, 100 + giver, giver, 0) for giver in range(1, SIDE + 4)]
    made = picture(*bands)
    assert [node.key for node in made.givers[-1:]] == [OTHERS] and made.givers[-1].count == 3
    assert made.givers[-1].total == 1 + 2 + 3 and len(made.givers) == SIDE + 1 == len(made.members)
    assert sum(node.total for node in made.members) == made.total == sum(band.total for band in bands)
    assert len(picture(*bands[: SIDE + 1]).givers) == SIDE + 1, "one party alone is no others"


def test_widths_follow_the_sums_and_stay_in_the_box() -> None:
    made = picture(Band(1, 11, 0, 300), Band(2, 11, 100, 0), Band(2, 12, 0, 1))
    heights = {node.key: float(node.height) for node in (*made.givers, *made.members)}
    assert heights[1] == pytest.approx(3 * 340 / 4.01, abs=1) and heights[2] == pytest.approx(340 / 4.01 + 1.5, abs=1)
    numbers = [float(number) for ribbon in made.ribbons for number in re.findall(r"[\d.]+", ribbon.path)]
    assert min(numbers) >= 0 and max(numbers) <= made.height
    assert all(float(node.y) + float(node.height) <= made.height + 1 for node in (*made.givers, *made.members))


def test_right_to_left_it_is_mirrored() -> None:
    bands = (Band(1, 11, 0, 300), Band(2, 12, 100, 0))
    left, right = picture(*bands), picture(*bands, language="ar")
    assert left.ribbons[0].path.startswith("M0 ") and right.ribbons[0].path.startswith("M100 ")
    assert (left.givers[0].x, left.members[0].x) == (right.members[0].x, right.givers[0].x) == ("0", "98.4")
    assert left.words_of_givers == right.words_of_members
    assert [node.y for node in left.givers] == [node.y for node in right.givers]
