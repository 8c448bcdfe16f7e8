"""The world map of the public pages: read its file, give each area its class, hand the template what it draws.

The file decides which area belongs to whom and is replaceable (`install`); this module only decides the
look of an area, from the share of a member's public value that is not covered. Areas whose status is not
settled never take a member's look, whatever is asked for them.
"""

import json
import logging
import math
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

PACKAGED = Path(__file__).parent / "data" / "world.json"
LARGEST_FILE = 1_000_000  # bytes; ours has 44 thousand, and every reader of the page pays for it
DOT_RADIUS = 5  # px at a width of 1000; the stylesheet enlarges it on phones
SMALLEST_MARK = 9  # px² at a width of 1000: less is not seen, such a member needs a dot

Point = tuple[float, float]
logger = logging.getLogger(__name__)


class MapFileError(Exception):
    """The map file cannot be used; the text is a sentence for the operator that says where and why."""


class MapClass(StrEnum):
    """How an area looks; the value is its class in the stylesheet."""

    NOT_A_MEMBER = "nm"
    UNDER_25 = "c1"
    UNDER_50 = "c2"
    UNDER_75 = "c3"
    FROM_75 = "c4"
    NOTHING_OPEN = "ok"
    NOTHING_PUBLIC = "np"
    NOT_SETTLED = "sp"


@dataclass(frozen=True)
class Area:
    """One area of the file. `path` is SVG path data or empty, `dot` the centre of its dot or None; px."""

    id: str
    is_special: bool
    path: str
    dot: Point | None


@dataclass(frozen=True)
class WorldMap:
    """A checked map file. An id may stand twice: a state with a far part that needs a dot of its own."""

    origin: Path
    width: int
    height: int
    source: str
    licence: str
    view: str
    areas: tuple[Area, ...]

    def marked(self) -> frozenset[str]:
        """Ids that a reader can see at the usual size: with a dot, or large enough."""
        least = SMALLEST_MARK * (self.width / 1000) ** 2
        return frozenset(area.id for area in self.areas if area.dot or path_area(area.path) >= least)


@dataclass(frozen=True)
class Dot:
    look: MapClass
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """What `web/_map.html` draws. `paths`: one path for each look; `legend`: each look with its words."""

    width: int
    height: int
    radius: int
    paths: tuple[tuple[MapClass, str], ...]
    dots: tuple[Dot, ...]
    legend: tuple[tuple[MapClass, str], ...]
    dotted: int
    without_mark: tuple[str, ...]


def classify(share: Fraction | None, *, anything_public: bool = True, anything_open: bool = True) -> MapClass:
    """The look of a member.

    `share` is the part of its public approved value, open now, that is not covered (0 to 1); None when
    none of its open public needs has a price: then there is no value to show, as when nothing is public.
    """
    if not anything_public:
        return MapClass.NOTHING_PUBLIC
    if not anything_open:
        return MapClass.NOTHING_OPEN
    if share is None:
        return MapClass.NOTHING_PUBLIC
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}, not between 0 and 1")
    quarters = [MapClass.UNDER_25, MapClass.UNDER_50, MapClass.UNDER_75, MapClass.FROM_75]
    return quarters[min(math.floor(share * 4), 3)]


def draw(classes: Mapping[str, MapClass], *, world: WorldMap | None = None) -> Drawing:
    """The map with each member (iso3) in its look; areas that `classes` does not name are not members.

    One path for each look, not one for each area: a third less to send, and one shape less for a reader's
    program to stumble over.

    Raises:
        MapFileError: the map file cannot be used.
    """
    world = world or load()
    strokes: dict[MapClass, list[str]] = defaultdict(list)
    dots = []
    for area in world.areas:
        look = MapClass.NOT_SETTLED if area.is_special else classes.get(area.id, MapClass.NOT_A_MEMBER)
        strokes[look].append(area.path)
        # A dot is there so that a small member is seen; others would only cover their neighbours.
        if area.dot and look is not MapClass.NOT_A_MEMBER:
            dots.append((area.id, Dot(look, *area.dot)))
    return Drawing(
        width=world.width,
        height=world.height,
        radius=round(DOT_RADIUS * world.width / 1000),
        # In the order of MapClass: areas that are not settled come last, so their dashed edge is not painted over.
        paths=tuple((look, "".join(strokes[look])) for look in MapClass if any(strokes[look])),
        dots=tuple(dot for _id, dot in dots),
        legend=tuple((look, text) for look, text in _legend()),
        dotted=len({id_ for id_, dot in dots if dot.look is not MapClass.NOT_SETTLED}),
        without_mark=tuple(sorted(set(classes) - {area.id for area in world.areas if not area.is_special})),
    )


def context(classes: Mapping[str, MapClass], *, table_url: str, disclaimer: str = "") -> dict[str, Any]:
    """What `{% include "web/_map.html" %}` needs. A map file that cannot be used leaves the page standing."""
    try:
        drawing = draw(classes)
    except MapFileError:
        logger.exception("The map file cannot be used")
        drawing = None
    return {"map": drawing, "map_table_url": table_url, "map_disclaimer": disclaimer}


def _legend() -> list[tuple[MapClass, str]]:
    def percent(figure: str) -> str:
        return f"{figure}\N{NO-BREAK SPACE}%"

    return [
        (MapClass.UNDER_25, _("less than %(percent)s") % {"percent": percent("25")}),
        (MapClass.UNDER_50, percent("25–50")),
        (MapClass.UNDER_75, percent("50–75")),
        (MapClass.FROM_75, _("%(percent)s or more") % {"percent": percent("75")}),
        (MapClass.NOTHING_OPEN, pgettext("map", "nothing open")),
        (MapClass.NOTHING_PUBLIC, pgettext("map", "nothing public")),
        (MapClass.NOT_A_MEMBER, pgettext("map", "not a member")),
        (MapClass.NOT_SETTLED, pgettext("map", "status not settled")),
    ]


# ── the file ─────────────────────────────────────────────────────────────────


def installed_at() -> Path:
    """Where the operator's map stands: UNMET_MAP_FILE, or map.json beside the database."""
    return Path(settings.UNMET_MAP_FILE or Path(settings.UNMET_DATA) / "map.json")


def load() -> WorldMap:
    """The operator's map if there is one, else ours. Read again only when the file has changed.

    Raises:
        MapFileError: the file cannot be used, or UNMET_MAP_FILE names none. Another map is not shown in its
            place: which borders a coalition shows is its own decision.
    """
    path = installed_at()
    if not settings.UNMET_MAP_FILE and not path.exists():
        path = PACKAGED
    try:
        stamp = path.stat()
    except OSError as error:
        raise MapFileError(_unreadable(path, error)) from error
    return _load(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=4)
def _load(path: Path, _changed: int, _size: int) -> WorldMap:
    return read(path)


def install(path: Path, *, members: Collection[str] = ()) -> None:
    """Check a map file and put it in the place of the one in use; pages show it from the next request.

    `members` are the iso3 codes of the coalition: each must have a mark on the map.

    Raises:
        MapFileError: the file cannot be used; the map in use stays.
    """
    world = read(path)
    if unseen := sorted(set(members) - world.marked()):
        raise MapFileError(
            _("The map %(file)s shows nothing, or too little to be seen, for these members: %(codes)s.")
            % {"file": path, "codes": ", ".join(unseen)}
        )
    target = installed_at()
    target.parent.mkdir(parents=True, exist_ok=True)
    # First beside it, then renamed: a page never reads half a file.
    descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".new")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(path.read_bytes())
        os.chmod(beside, 0o644)
        os.replace(beside, target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def read(path: Path) -> WorldMap:
    """Read and check one file.

    Raises:
        MapFileError: the first thing that is wrong with it.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise MapFileError(
                _("The map %(file)s is larger than %(size)s bytes.") % {"file": path, "size": LARGEST_FILE}
            )
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise MapFileError(_unreadable(path, error)) from error
    except (ValueError, RecursionError) as error:
        raise MapFileError(_("The map %(file)s is not a JSON file.") % {"file": path}) from error
    if not isinstance(content, dict) or not isinstance(content.get("areas"), list) or not content["areas"]:
        raise MapFileError(_("The map %(file)s has no list of areas.") % {"file": path})
    for key in ("width", "height"):
        if type(content.get(key)) is not int or not 100 <= content[key] <= 10_000:
            raise MapFileError(
                _("“%(key)s” of the map %(file)s must be a whole number from 100 to 10,000.")
                % {"key": key, "file": path}
            )
    for key in ("source", "licence", "view"):
        if not isinstance(content.get(key), str) or not content[key].strip():
            raise MapFileError(_("“%(key)s” of the map %(file)s must be a text.") % {"key": key, "file": path})
    box = (content["width"], content["height"])
    areas = tuple(_area(raw, place, box, path) for place, raw in enumerate(content["areas"], start=1))
    specials = {area.id for area in areas if area.is_special}
    if both := sorted(specials & {area.id for area in areas if not area.is_special}):
        raise MapFileError(
            _("The map %(file)s calls %(codes)s both a country and a special area.")
            % {"file": path, "codes": ", ".join(both)}
        )
    return WorldMap(path, *box, content["source"], content["licence"], content["view"], areas)


def _area(raw: Any, place: int, box: tuple[int, int], file: Path) -> Area:
    """Check one area; `place` counts from 1, as a person counts the list."""
    raw = raw if isinstance(raw, dict) else {}
    code, kind, path, dot = raw.get("id"), raw.get("kind"), raw.get("path"), raw.get("dot")
    where = {"file": file, "place": place, "code": code}
    if not isinstance(code, str) or not re.fullmatch(r"[A-Z0-9]{3}", code):
        raise MapFileError(_("Area %(place)s of the map %(file)s has no id of three capital letters.") % where)
    if kind not in ("country", "special"):
        raise MapFileError(
            _("Area %(place)s (%(code)s) of the map %(file)s must be of the kind “country” or “special”.") % where
        )
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise MapFileError(
            _("The path of area %(place)s (%(code)s) of the map %(file)s must consist of M, l, h, v, z and numbers.")
            % where
        )
    if dot is not None and not _is_dot(dot):
        raise MapFileError(_("The dot of area %(place)s (%(code)s) of the map %(file)s needs x and y.") % where)
    centre = (dot["x"], dot["y"]) if dot else None
    if not path and centre is None:
        raise MapFileError(_("Area %(place)s (%(code)s) of the map %(file)s has neither a path nor a dot.") % where)
    points = [point for ring in rings(path) for point in ring] + ([centre] if centre else [])
    if not all(0 <= x <= box[0] and 0 <= y <= box[1] for x, y in points):
        raise MapFileError(_("Area %(place)s (%(code)s) of the map %(file)s lies outside its edges.") % where)
    return Area(code, kind == "special", path, centre)


def _is_dot(dot: Any) -> bool:
    return isinstance(dot, dict) and all(
        type(dot.get(key)) in (int, float) and math.isfinite(dot[key]) for key in ("x", "y")
    )


def _unreadable(path: Path, error: OSError) -> str:
    return _("The map %(file)s cannot be read: %(reason)s.") % {"file": path, "reason": error.strerror or error}


# ── path data ────────────────────────────────────────────────────────────────

_NUMBER = r"-?\d+(?:\.\d+)?"
_PAIR = rf"{_NUMBER}(?: |(?=-)){_NUMBER}"
# Closed rings only, each from an absolute start by relative steps. Nothing else may get into the page.
_PATH = re.compile(rf"(?:M{_PAIR}(?:l{_PAIR}(?:(?: |(?=-)){_PAIR})*|[hv]{_NUMBER})+z)*")
_STEP = re.compile(rf"([Mlhvz])((?:[ ]?{_NUMBER})*)")


def rings(path: str) -> list[list[Point]]:
    """The rings of path data as absolute points, px, without the closing one."""
    found: list[list[Point]] = []
    x = y = 0.0
    for command, text in _STEP.findall(path):
        numbers = [float(number) for number in re.findall(_NUMBER, text)]
        if command == "M":
            x, y = numbers
            found.append([(x, y)])
        elif command != "z":
            for dx, dy in _steps(command, numbers):
                x, y = x + dx, y + dy
                found[-1].append((x, y))
    return found


def _steps(command: str, numbers: list[float]) -> Iterable[Point]:
    if command == "h":
        return [(numbers[0], 0.0)]
    if command == "v":
        return [(0.0, numbers[0])]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def path_area(path: str) -> float:
    """The size of an area in px²; holes are walked the other way round and so take theirs off."""
    return abs(
        sum(
            (a[0] * b[1] - b[0] * a[1]) / 2
            for ring in rings(path)
            for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
        )
    )
