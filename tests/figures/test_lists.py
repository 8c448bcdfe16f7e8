"""The list of public needs: what a row shows, how it is sorted and paged, and at what cost."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import make
from tests.conftest import prove_scale
from tests.figures import world

from unmet.books.models import Account
from unmet.catalogue.models import Item, Sector
from unmet.figures.lists import SORTS, Filter, Need, Needs
from unmet.figures.order import by_name
from unmet.figures.search import readings
from unmet.parties.models import Group, Party, Place

pytestmark = pytest.mark.django_db


def listed(sort: Any = "needed_by", **wanted: Any) -> Needs:
    members, items = ([thing.pk for thing in by_name(things)] for things in (Party.objects.all(), Item.objects.all()))
    return Needs(Filter(**wanted), sort, members, items)


def everything(needs: Needs) -> list[Need]:
    rows = [need for piece in needs.pieces() for need in piece]
    assert needs.count() == len(rows)
    return rows


def test_a_need_with_detail_is_a_row_with_place_group_date_and_rank():
    [area] = world.places("ZMB", "Lusaka")
    make.approved([make.line(quantity=5, place_id=area.pk, rank=2)], of="ZMB", round_=make.round_())
    make.released("ZMB", level="detail")
    [row] = everything(listed())
    assert (row.place, row.group, row.needed_by, row.rank) == (area.pk, make.group().pk, date(2021, 6, 30), 2)
    assert row.has_detail and row.subject == Account.objects.get().subject


def test_needs_released_as_figures_are_one_sum_without_place_group_date_or_rank():
    areas = world.places("ZMB", "Lusaka", "Copperbelt")
    lines = [make.line(quantity=5 + rank, place_id=area.pk, rank=rank) for rank, area in enumerate(areas, 1)]
    make.approved(lines, of="ZMB", round_=make.round_())
    make.released("ZMB", level="figures")
    [row] = everything(listed())
    assert row.approved == 13_000 and row.not_covered == 13_000
    assert (row.account, row.subject, row.place, row.group, row.needed_by, row.rank) == (None,) * 6


def test_a_sensitive_item_never_shows_its_place():
    [area] = world.places("ZMB", "Lusaka")
    make.approved([make.line("RDT-HIV", 5, place_id=area.pk)], of="ZMB", round_=make.round_())
    make.released("ZMB", level="detail", sectors=["CDC"])
    [row] = everything(listed())
    assert row.approved == 5000 and row.place is None and not row.has_detail


def test_what_is_not_released_to_everyone_is_on_no_list():
    make.approved([make.line(quantity=5)], of="ZMB", round_=make.round_())
    make.released("ZMB", audience="members")
    assert everything(listed()) == []


def test_what_is_held_back_leaves_the_list():
    make.approved([make.line(quantity=5), make.line("RESP-N95", 7)], of="ZMB", round_=make.round_())
    make.released("ZMB")
    world.hold_back(Account.objects.get(item__code="MASK-IIR"))
    assert [row.item for row in everything(listed())] == [make.item("RESP-N95").pk]


def test_an_ended_need_is_not_listed():
    round_ = make.round_()
    make.released("ZMB")
    make.approved([make.line(quantity=5)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=0)], of="ZMB", round_=round_)
    assert everything(listed()) == []


def _two_members() -> None:
    round_ = make.round_()
    early = {"needed_by": date(2021, 3, 1)}
    make.approved([make.line("RESP-N95", 7, **early), make.line(quantity=5)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=9), make.line("LOAN-CONC", 100)], of="AFG", round_=round_)
    make.released("ZMB", level="detail")
    make.released("AFG", level="figures", sectors=["IPC", "COORD"])


def test_sorted_by_date_the_earliest_is_first_and_sums_come_last():
    _two_members()
    rows = everything(listed("needed_by"))
    assert [row.needed_by for row in rows] == [date(2021, 3, 1), date(2021, 6, 30), None, None]


def test_sorted_by_member_or_item_the_names_stand_a_to_z_in_the_readers_language():
    _two_members()
    names = {item.pk: item.name for item in Item.objects.all()}
    assert [row.member for row in everything(listed("member"))] == [make.party("AFG").pk] * 2 + [
        make.party("ZMB").pk
    ] * 2
    by_item = [names[row.item] for row in everything(listed("item"))]
    assert by_item == sorted(by_item)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_cut_the_same_list(sort):
    _two_members()
    whole = everything(listed(sort))
    assert [row for start in range(4) for row in listed(sort).page(start, start + 1)] == whole
    assert listed(sort).page(1, 3) == whole[1:3]
    assert listed(sort).page(4, 8) == []


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (lambda: {"member": make.party("ZMB").pk}, 2),
        (lambda: {"item": make.item("MASK-IIR").pk}, 2),
        (lambda: {"sector": Sector.objects.get(code="COORD").pk}, 1),
        (lambda: {"domain": "social"}, 0),
        (lambda: {"domain": "medical"}, 4),
        (lambda: {"emergency": make.emergency().pk}, 4),
        (lambda: {"needed_until": date(2021, 5, 1)}, 1),
        (lambda: {"words": readings("afghanistan") + readings("N95")}, 3),
        (lambda: {"words": readings("zambya N95")}, 1),
        (lambda: {"words": ()}, 0),
    ],
)
def test_filters(wanted, count):
    _two_members()
    assert len(everything(listed(**wanted()))) == count


def test_only_not_covered_asks_the_sum_and_not_the_needs_behind_it():
    areas = world.places("ZMB", "Lusaka", "Copperbelt")
    round_ = make.round_()
    make.approved([make.line(quantity=10, place_id=area.pk) for area in areas], of="ZMB", round_=round_)
    code = str(Account.objects.order_by("pk").first().subject)
    world.support("committed", 10, reference="A", round_=round_, need_code=code)
    make.released("ZMB", level="figures")
    [row] = everything(listed(only_not_covered=True))
    assert (row.approved, row.committed, row.not_covered) == (20_000, 10_000, 10_000)


# ── many ─────────────────────────────────────────────────────────────────────
def _many(count: int) -> None:
    """Public accounts by the thousand, written at once: the books' own way is proved elsewhere."""
    round_, everyone = make.round_(), Group.objects.get(code=Group.EVERYONE)
    items = list(Item.objects.exclude(kind=Item.Kind.FINANCE).values_list("pk", "sector_id"))
    members = list(Party.objects.members(on=date(2021, 1, 1)))
    each = -(-count // (len(items) * len(members)))
    areas = [
        Place(party=member, code=f"A{number}", kind=Place.Kind.AREA, own_name=f"Area {number}")
        for member in members
        for number in range(each)
    ]
    Place.objects.bulk_create(areas)
    pk = 0
    rows = []
    for area in areas:
        for item, sector in items:
            pk += 1
            rows.append(
                Account(
                    pk=pk, member_id=area.party_id, emergency=round_.emergency, item_id=item, sector_id=sector,
                    place=area, group=everyone, round=round_, subject=uuid.uuid4(), public=True,
                    public_detail=pk % 4 > 0,
                    approved=1000, not_covered=1000, not_in_country=1000, needs_open=1,
                    needed_by_on=date(2021, 1, 1 + pk % 28),
                )
            )  # fmt: skip
    Account.objects.bulk_create(rows[:count], batch_size=2000)


def test_a_page_of_a_long_list_takes_the_same_few_queries_wherever_it_stands():
    _many(int(100_000 * prove_scale()))
    cost = []
    for sort in SORTS:
        for start in (0, 4000):
            with CaptureQueriesContext(connection) as queries:
                needs = listed(sort)
                assert needs.count() > 5000 and len(needs.page(start, start + 50)) == 50
            cost.append(len(queries))
    # Two for the names; for the sums their keys and a page of them; for the rest a count, the blocks and a page.
    assert max(cost) <= 7
