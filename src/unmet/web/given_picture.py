"""The picture of what is given: givers at the start of the line, members at its end, bands as wide as their sums.

Plain numbers for a template: no script, no style, and the same numbers stand in the table beneath. Bands are drawn in
a box of its own that is as wide as the page leaves it; words stand beside it at their own size, so they are as large
on a telephone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from django.utils.translation import get_language_bidi

from unmet.figures.given import NOT_NAMED, Band

OTHERS: Final = -1  # instead of the id of a party: the long tail of one side
SIDE: Final = 10  # parties on each side that stand by themselves
_BANDS: Final = 340  # pixels for the sum of all bands
_WORDS: Final = 34  # pixels that the words beside a party need
_GAP: Final = 8
_LEAST: Final = 1.5  # a band is never thinner


@dataclass(frozen=True, slots=True)
class Node:
    """One party of one side, or the others, or the giver that is not named. Coordinates as text, always with a point.

    `middle` is where its words stand; `x` where its bar stands in the box of the bands.
    """

    key: int
    total: int
    x: str
    y: str
    height: str
    middle: str
    below: str
    count: int  # how many parties it stands for


@dataclass(frozen=True, slots=True)
class Ribbon:
    """One band: its outline, and what of it is drawn (received | under_way)."""

    path: str
    css: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a template draws. Heights in pixels; across, the box of the bands is 100 wide."""

    height: int
    givers: Sequence[Node]
    members: Sequence[Node]
    ribbons: Sequence[Ribbon]
    total: int
    words_of_givers: str  # where the words of each side stand across the whole picture
    words_of_members: str


@dataclass(slots=True)
class _Place:
    key: int
    total: int
    count: int
    thick: float = 0.0
    top: float = 0.0
    middle: float = 0.0
    used: float = 0.0


def drawn(bands: Iterable[Band], *, order: Callable[[int], int]) -> Picture | None:
    """The picture of some bands; None where there is nothing to draw.

    `order` says where a party stands among all, A to Z: the larger ones are shown by themselves, and none is ranked.
    """
    shown = [band for band in bands if band.total > 0]
    if not shown:
        return None
    givers, of_giver = _side(shown, lambda band: band.giver, order)
    members, of_member = _side(shown, lambda band: band.member, order)
    merged: dict[tuple[int, int], list[int]] = {}
    for band in shown:
        sums = merged.setdefault((of_giver[band.giver], of_member[band.member]), [0, 0])
        sums[0] += band.received
        sums[1] += band.under_way
    total = sum(band.total for band in shown)
    thick = {pair: [_thickness(part, total) for part in sums] for pair, sums in merged.items()}
    for (giver, member), parts in thick.items():
        givers[giver].thick += sum(parts)
        members[member].thick += sum(parts)
    height = max(_stack(givers), _stack(members))
    for side in (givers, members):
        _centre(side, height)
    mirrored = get_language_bidi()
    ribbons = list(_ribbons(givers, members, thick, mirrored=mirrored))
    start, end = ("98.4", "0") if mirrored else ("0", "98.4")
    return Picture(
        ceil(height), [_node(one, start) for one in givers.values()], [_node(one, end) for one in members.values()],
        ribbons, total, "77%" if mirrored else "23%", "23%" if mirrored else "77%",
    )  # fmt: skip


def _side(
    bands: Sequence[Band], key: Callable[[Band], int], order: Callable[[int], int]
) -> tuple[dict[int, _Place], Mapping[int, int]]:
    """The places of one side in their order, and for each party its place."""
    sums: dict[int, int] = {}
    for band in bands:
        sums[key(band)] = sums.get(key(band), 0) + band.total
    named = sorted((party for party in sums if party != NOT_NAMED), key=lambda party: (-sums[party], party))
    # One party alone is no "others".
    kept = named if len(named) <= SIDE + 1 else named[:SIDE]
    rest = named[len(kept) :]
    places = {party: _Place(party, sums[party], 1) for party in sorted(kept, key=order)}
    if rest:
        places[OTHERS] = _Place(OTHERS, sum(sums[party] for party in rest), len(rest))
    if NOT_NAMED in sums:
        places[NOT_NAMED] = _Place(NOT_NAMED, sums[NOT_NAMED], 1)
    return places, {party: party if party in places else OTHERS for party in sums}


def _thickness(part: int, total: int) -> float:
    return max(part * _BANDS / total, _LEAST) if part else 0.0


def _stack(side: Mapping[int, _Place]) -> float:
    """Put the places of a side one below the other; returns how high they are together."""
    top = 0.0
    for place in side.values():
        room = max(place.thick, _WORDS)
        place.top, place.middle = top + (room - place.thick) / 2, top + room / 2
        top += room + _GAP
    return top - _GAP


def _centre(side: Mapping[int, _Place], height: float) -> None:
    last = max(side.values(), key=lambda place: place.middle)
    free = (height - (last.middle + max(last.thick, _WORDS) / 2)) / 2
    for place in side.values():
        place.top += free
        place.middle += free
        place.used = place.top


def _ribbons(
    givers: Mapping[int, _Place], members: Mapping[int, _Place], thick: Mapping[tuple[int, int], Sequence[float]],
    *, mirrored: bool,
) -> Iterable[Ribbon]:  # fmt: skip
    """Each pair as one band for what was received and one for what is on its way, without gaps on either side."""
    for giver in givers.values():
        for member in members.values():
            for part, css in zip(thick.get((giver.key, member.key), ()), ("b-r", "b-t"), strict=False):
                if part:
                    yield Ribbon(_path(giver.used, member.used, part, mirrored=mirrored), css)
                    giver.used += part
                    member.used += part


def _path(start: float, end: float, thick: float, *, mirrored: bool) -> str:
    left, right = ("100", "0") if mirrored else ("0", "100")
    a, b, c, d = (_px(value) for value in (start, end, end + thick, start + thick))
    return f"M{left} {a}C50 {a} 50 {b} {right} {b}V{c}C50 {c} 50 {d} {left} {d}Z"


def _node(place: _Place, x: str) -> Node:
    return Node(
        place.key, place.total, x, _px(place.top), _px(max(place.thick, _LEAST)), _px(place.middle - 2),
        _px(place.middle + 13), place.count,
    )  # fmt: skip


def _px(value: float) -> str:
    """A coordinate: one decimal, always a point.

    >>> _px(12.04), _px(3.0), _px(0.25)
    ('12', '3', '0.2')
    """
    return f"{value:.1f}".rstrip("0").rstrip(".")
