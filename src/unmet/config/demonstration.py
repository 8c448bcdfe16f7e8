"""Loads the demonstration: the real case of 2020, as far as reference data may be used, through the services.

Nothing in it is what a state said: needs of two members as WHO's method computes them, vaccine needs of all members
from their populations, the doses COVAX allocated to two of them, and three invented returns, one for each domain.
"""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from unmet.access import services as access
from unmet.access.models import Appointment, Installation, Release, Role
from unmet.catalogue import reference as catalogue_reference
from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.config import (
    demonstration_consignments,
    demonstration_extracts,
    demonstration_money,
    demonstration_names,
    demonstration_offers,
    demonstration_profiles,
    demonstration_requests,
)
from unmet.config.demonstration_people import People
from unmet.exchange.answers import Answers
from unmet.exchange.needs_sheet import parse
from unmet.exchange.table import Row
from unmet.methods import quantify
from unmet.methods.fold import fold
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.lookup import lookup
from unmet.needs.models import Calculation
from unmet.parties import reference as parties_reference
from unmet.parties.models import Group, Party, Person, Population
from unmet.support import stating
from unmet.support.lines import SupportLine
from unmet.support.models import Stage

FOLDER = Path(__file__).parent / "data" / "demonstration"
EMERGENCY, CLOSED_ROUND, OPEN_ROUND = "covid-19", "covid-19-2020", "covid-19-2021"
VACCINE = "VAC-C19-VV"
# 70 % of everybody by the middle of 2022 was WHO's goal; 10 % is the wastage of a ten-dose vial in use.
COURSE = quantify.VaccineCourse(coverage=Decimal("0.70"), doses=2, wastage=Decimal("0.10"))
COMPUTED = {
    "esft": "Computed by WHO’s method (ESFT v4), not stated by the member.",
    "vaccine": "Computed from the population of 2019, not stated by the member.",
}
# Years pass between 2020 and whoever looks at this; nothing of it shall lapse meanwhile.
_FRESHNESS_DAYS = 30_000
LINKS = (
    ("ZMB", Role.FOCAL_POINT), ("ZMB", Role.APPROVER), ("HND", Role.FOCAL_POINT), ("HND", Role.APPROVER),
    ("WHO", Role.RESPONDER), ("COORD", Role.COORDINATION), ("COORD", Role.OPERATOR),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One way in: a role and the one-time secret of its sign-in link."""

    party: Party
    role: str
    person: Person
    secret: str


def is_loaded() -> bool:
    """Whether this database holds the demonstration."""
    return Installation.objects.filter(demonstration=True).exists()


@transaction.atomic
def load(*, tell: Callable[[str], None] = lambda _words: None) -> None:
    """Fill an empty database, all or nothing. `tell` hears what is being done."""
    tell("Reading the catalogue and the parties")
    catalogue_reference.load_all()
    parties_reference.load_all()
    Installation.objects.create(one=True, demonstration=True, set_up_at=timezone.now())
    people = People(on=date(2021, 1, 1), since=_at(2020, 5, 4), more=[("MYS", Role.RESPONDER)])
    first, second = _rounds(people)
    tell("Needs of two members by WHO’s method, and three returns")
    _esft(people, first)
    for code in ("ZMB", "HND", "ETH"):
        _return(people, code, first, _at(2020, 6, 12))
    _release_all(people, ("AFG", "NGA", "ZMB", "HND", "ETH"), _at(2020, 6, 13))
    tell("Support")
    _support(people, first)
    with people.coordination(_at(2020, 12, 31)) as (by, at):
        rounds.close_round(first, by=by, at=at)
    with people.coordination(_at(2021, 2, 8)) as (by, at):
        rounds.open_round(second, by=by, at=at)
    tell("Vaccine needs of all members, from their populations")
    _vaccines(people, second)
    _return(people, "ZMB", second, _at(2021, 2, 20))
    _covax(people, second)
    tell("Requests for assistance")
    demonstration_requests.load(people, _at(2021, 2, 22))
    demonstration_profiles.load(people, _at(2021, 2, 27))
    demonstration_offers.load(people, _at(2021, 3, 3))
    tell("Money")
    demonstration_money.load(people, first.emergency, _at(2021, 2, 23))
    demonstration_extracts.load(people, _at(2021, 3, 3))
    tell("Consignments")
    demonstration_consignments.load(people)
    demonstration_names.load(people, timezone.now())


def sign_in_links(wanted: Iterable[tuple[str, str]] = LINKS) -> list[Entry]:
    """Fresh one-time links, one for each role of the demonstration."""
    now, entries = timezone.now(), []
    for code, role in wanted:
        appointment = Appointment.objects.filter(party__code=code, role=role).select_related("person", "party").first()
        if appointment:
            secret = access.make_sign_in_link(appointment.person, at=now)
            entries.append(Entry(appointment.party, role, appointment.person, secret))
    return entries


def _at(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


# ── rounds ───────────────────────────────────────────────────────────────────
def _rounds(people: People) -> tuple[Round, Round]:
    emergency = Emergency.objects.create(
        code=EMERGENCY, began_on=date(2020, 1, 30), name_en="COVID-19 pandemic", name_ar="جائحة كوفيد-19",
        name_es="Pandemia de COVID-19", name_fr="Pandémie de COVID-19",
    )  # fmt: skip
    today = timezone.now().date()
    first = _plan(
        people, emergency, CLOSED_ROUND, 2020, (date(2020, 6, 1), date(2020, 12, 31)),
        (date(2020, 6, 1), date(2020, 12, 31)), _at(2020, 5, 28),
    )  # fmt: skip
    with people.coordination(_at(2020, 6, 1)) as (by, at):
        rounds.open_round(first, by=by, at=at)
    second = _plan(
        people, emergency, OPEN_ROUND, 2021, (date(2021, 2, 8), today + timedelta(days=365)),
        (date(2021, 1, 1), date(2021, 12, 31)), _at(2020, 6, 1, 10),
    )  # fmt: skip
    return first, second


def _plan(
    people: People, emergency: Emergency, code: str, year: int, window: tuple[date, date], period: tuple[date, date],
    at: datetime,
) -> Round:  # fmt: skip
    names = {
        "en": f"COVID-19, round of {year}", "ar": f"كوفيد-19، جولة {year}", "es": f"COVID-19, ronda de {year}",
        "fr": f"COVID-19, campagne de {year}",
    }  # fmt: skip
    with people.coordination(at) as (by, moment):
        return rounds.plan(
            code=code, names=names, emergency=emergency, window=window, period=period,
            sectors=list(Sector.objects.all()), freshness_days=_FRESHNESS_DAYS, by=by, at=moment,
        )  # fmt: skip


# ── needs ────────────────────────────────────────────────────────────────────
def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _calculation(method: str, version: str, inputs: dict[str, object], quantity: int, at: datetime) -> Calculation:
    canonical = json.dumps(inputs, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Calculation.objects.create(
        method=method, version=version, inputs=inputs, inputs_digest=hashlib.sha256(canonical.encode()).hexdigest(),
        result={"quantity": quantity * 1000}, made_at=at,
    )  # fmt: skip


def line(item: Item, quantity: int, needed_by: date, remark: str, everyone: Group) -> NeedLine:
    """A need of the whole country for everyone, in base units of the item."""
    return NeedLine(
        item_id=item.pk, words="", quantity=quantity * 1000, unit_name="", pack_factor=1000,
        quantity_typed=str(quantity), needed_by=needed_by, rank=None, stock=None, pipeline=0, place_id=None,
        place_name="", group_id=everyone.pk, remark=remark, outcome="created", sheet="", row=0,
    )  # fmt: skip


def _submit_and_approve(
    people: People, code: str, round_: Round, at: datetime, lines: Sequence[NeedLine], note: str,
    calculations: dict[int, Calculation] | None = None,
) -> None:  # fmt: skip
    with people.acting(code, Role.FOCAL_POINT, at) as (by, moment):
        done = needs.submit(
            lines, member=people.parties[code], round_=round_, by=by, at=moment, note=note, calculations=calculations
        )
    assert done.return_ is not None, f"the demonstration return of {code} says nothing new"
    with people.acting(code, Role.APPROVER, at + timedelta(hours=2)) as (by, moment):
        needs.approve(done.return_, by=by, at=moment, revision=done.return_.revision)


def _esft(people: People, round_: Round) -> None:
    everyone = Group.objects.get(code=Group.EVERYONE)
    items = {item.code: item for item in Item.objects.all()}
    by_member: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows("esft.csv"):
        by_member[row["member"]].append(row)
    for number, (code, rows) in enumerate(sorted(by_member.items())):
        at = _at(2020, 6, 10, 9 + number * 3)
        lines: list[NeedLine] = []
        calculations: dict[int, Calculation] = {}
        for row in rows:
            quantity = int(row["quantity"])
            inputs = {"member": code, "item": row["esft_name"], "weeks": 12, "note": row["input_note"]}
            calculations[len(lines)] = _calculation("who_esft", "v4", inputs, quantity, at)
            lines.append(line(items[row["item"]], quantity, date(2020, 8, 31), COMPUTED["esft"], everyone))
        _submit_and_approve(people, code, round_, at, lines, COMPUTED["esft"], calculations)


_FIELDS = ("item", "quantity", "unit", "needed_by", "rank", "stock", "pipeline", "place", "group", "remark")


def _return(people: People, code: str, round_: Round, at: datetime) -> None:
    """One of the invented returns, read from its table by the same parser as everybody's."""
    typed = [row for row in _rows("returns.csv") if row["member"] == code and row["round"] == round_.code]
    table = [Row("returns", 1, _FIELDS)]
    table += [
        Row("returns", number, tuple(row[name] or None for name in _FIELDS)) for number, row in enumerate(typed, 2)
    ]
    words = lookup(member=people.parties[code], round_=round_)
    answers = Answers(new_places=frozenset(fold(row["place"]) for row in typed if row["place"]))
    parsed = parse(iter(table), words, answers=answers)
    if parsed.faults or parsed.questions:
        raise ValueError(f"the demonstration return of {code} has faults: {parsed.faults or parsed.questions}")
    _submit_and_approve(people, code, round_, at, parsed.lines, "Invented for the demonstration.")


def _vaccines(people: People, round_: Round) -> None:
    everyone = Group.objects.get(code=Group.EVERYONE)
    item = Item.objects.get(code=VACCINE)
    newest: dict[int, Population] = {}
    for population in Population.objects.order_by("year"):
        newest[population.party_id] = population
    members = Party.objects.members(on=date(2021, 2, 10)).order_by("code")
    for number, member in enumerate(members):
        at = _at(2021, 2, 10) + timedelta(minutes=number)
        population = newest[member.pk]
        quantity = quantify.vaccine_doses(target=population.population, course=COURSE)
        inputs: dict[str, object] = {
            "member": member.code, "population": population.population, "year": population.year,
            "source": population.source, "coverage": str(COURSE.coverage), "doses": COURSE.doses,
            "wastage": str(COURSE.wastage), "buffer": str(COURSE.buffer),
        }  # fmt: skip
        calculation = _calculation(quantify.VACCINE_DOSES, quantify.VACCINE_DOSES_VERSION, inputs, quantity, at)
        need = line(item, quantity, date(2021, 12, 31), COMPUTED["vaccine"], everyone)
        with people.acting(member.code, Role.FOCAL_POINT, at) as (by, moment):
            done = needs.submit(
                [need], member=member, round_=round_, by=by, at=moment, note=COMPUTED["vaccine"],
                calculations={0: calculation},
            )  # fmt: skip
        with people.acting(member.code, Role.APPROVER, at) as (by, moment):
            assert done.return_ is not None
            needs.approve(done.return_, by=by, at=moment, revision=done.return_.revision)
    sector = Sector.objects.get(code="VAC")
    for number, member in enumerate(members):
        _release(people, member.code, [sector], _at(2021, 2, 11) + timedelta(minutes=number))


def _release_all(people: People, codes: Sequence[str], at: datetime) -> None:
    sectors = list(Sector.objects.exclude(code="VAC"))
    for number, code in enumerate(codes):
        _release(people, code, sectors, at + timedelta(minutes=number))


def _release(people: People, code: str, sectors: Sequence[Sector], at: datetime) -> None:
    with people.acting(code, Role.APPROVER, at) as (by, moment):
        needs.release(
            member=people.parties[code], subjects=[(Release.Subject.SECTOR, sector.uuid) for sector in sectors],
            level=Release.Level.DETAIL, audience=Release.Audience.EVERYONE, until_on=None, by=by, at=moment,
        )  # fmt: skip


# ── support ──────────────────────────────────────────────────────────────────
_BY_GIVER = {Stage.PLEDGED, Stage.ALLOCATED, Stage.IN_TRANSIT}


def _support(people: People, round_: Round) -> None:
    rows = sorted(
        (row for row in _rows("support.csv") if row["round"] == round_.code),
        key=lambda row: (row["date"], row["reference"]),
    )
    for row in rows:
        _state(people, round_, row)


def _covax(people: People, round_: Round) -> None:
    for row in _rows("covax.csv"):
        _state(people, round_, row | {"reference": f"COVAX-R1-{row['member']}", "remark": row["source"]})


def _state(people: People, round_: Round, row: dict[str, str]) -> None:
    """One line of support, stated by whoever may state its stage."""
    dated = date.fromisoformat(row["date"])
    item = Item.objects.get(code=row["item"])
    line = SupportLine(
        giver_code=row["giver"], channel_code=row.get("channel") or None, member_code=row["member"], item_id=item.pk,
        quantity=int(Decimal(row["quantity"]) * 1000), stage=row["stage"], dated_on=dated,
        expected_on=date.fromisoformat(row["expected"]) if row.get("expected") else None,
        reference=row["reference"], need_code=None, reason=row["remark"], outcome="created", sheet="", row=0,
    )  # fmt: skip
    giver_role = Role.FOCAL_POINT if people.parties[row["giver"]].kind == Party.Kind.STATE else Role.RESPONDER
    code, role = (row["giver"], giver_role) if row["stage"] in _BY_GIVER else (row["member"], Role.APPROVER)
    with people.acting(code, role, datetime.combine(dated, time(12), tzinfo=UTC)) as (by, at):
        stating.state([line], round_=round_, by=by, at=at)
