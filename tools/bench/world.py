"""The world the benchmarks run in: members with many places, items, one open round, people, and lines of needs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.utils import timezone
from tests import make

from unmet.access.models import Role
from unmet.catalogue.models import Item, Round
from unmet.needs.lines import CREATED, NeedLine
from unmet.parties.models import Group, Party, Person, Place

MEMBERS = ("AFG", "DZA", "BGD", "CUB", "EGY", "IND", "KEN", "NGA", "PER", "ZMB", "BOL", "GHA")
ROUND = "bench-round"
NEEDED_BY = 60  # days from the first day of the period


def migrate() -> None:
    """All tables, triggers included, and nothing in them."""
    call_command("migrate", verbosity=0, interactive=False)


def make_world(*, places: int, items: int, members: int = 10) -> dict[str, Any]:
    """Reference data, an open round of all sectors, and for each member places, a focal point and an approver."""
    at = timezone.now()
    today = at.date()
    make.round_(
        ROUND, of="bench", period=(today - timedelta(30), today + timedelta(300)),
        window=(today - timedelta(60), today + timedelta(200)),
        at=datetime(today.year, today.month, today.day, tzinfo=UTC),
    )  # fmt: skip
    for code in MEMBERS[:members]:
        party = make.party(code)
        Place.objects.bulk_create(
            Place(party=party, code=f"P{number}", kind=Place.Kind.AREA, own_name=f"District {number}")
            for number in range(places)
        )
        make.person(Role.FOCAL_POINT, code, until=today + timedelta(300), email=f"focal.{code.lower()}@example.org")
        make.person(Role.APPROVER, code, until=today + timedelta(300), email=f"approver.{code.lower()}@example.org")
    make.person(Role.RESPONDER, "WHO", until=today + timedelta(300), email="responder@example.org")
    return {"items": len(items_of(items))}


def items_of(count: int) -> list[int]:
    """Ids of goods that may be listed by place, always the same ones."""
    goods = (
        Item.objects.filter(retired_on=None, whole=True).exclude(kind=Item.Kind.FINANCE).exclude(flags__contains="SENS")
    )
    return list(goods.order_by("code").values_list("pk", flat=True)[:count])


def person(role: str, member: str) -> Person:
    """The focal point or approver of a member."""
    return Person.objects.get(email=f"{role}.{member.lower()}@example.org")


def quantity(position: int, item: int, place: int) -> int:
    """Thousandths of the base unit: spread, never zero, the same every time."""
    return ((position * 7 + item * 31 + place * 17) % 9_000 + 1) * 1000


def lines(member: str, *, position: int, items: int, places: int) -> list[NeedLine]:
    """One line for each item and place of a member."""
    everyone = Group.objects.get(code=Group.EVERYONE).pk
    needed_by = Round.objects.get(code=ROUND).period_from_on + timedelta(NEEDED_BY)
    chosen = items_of(items)
    party = Party.objects.get(code=member)
    stated = list(
        Place.objects.filter(party=party, kind=Place.Kind.AREA).order_by("pk").values_list("pk", flat=True)[:places]
    )
    return [
        line(item, place, everyone, quantity(position, number, where), needed_by, row)
        for number, item in enumerate(chosen)
        for where, place in enumerate(stated)
        for row in [number * places + where + 2]
    ]


def line(item: int, place: int, group: int, thousandths: int, needed_by: date, row: int) -> NeedLine:
    """One line as a table gives it."""
    return NeedLine(
        item_id=item, words="", quantity=thousandths, unit_name="piece", pack_factor=1000,
        quantity_typed=str(thousandths // 1000), needed_by=needed_by, rank=row % 9 + 1, stock=None, pipeline=0,
        place_id=place, place_name="", group_id=group, remark="", outcome=CREATED, sheet="Needs", row=row,
    )  # fmt: skip
