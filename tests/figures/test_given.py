"""What is given: the same sums through both doors, names only where the reader is one side, and every filter."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import make

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.figures import given
from unmet.figures.given import NOT_NAMED, Band, Wanted
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Party, Person
from unmet.support import giver_names
from unmet.support.models import Line

pytestmark = pytest.mark.django_db
ALL = Wanted()
MASK, GLOVE = 3, 11.4  # US cents a piece, of the shipped prices


def give(giver: str, member: str, stage: str, quantity: int, item: str = "MASK-IIR") -> None:
    """Something that a member has accepted, at a stage."""
    by, round_ = make.approver(member), make.Round.objects.get()
    line = make.support_line(
        giver, member, "received" if stage == "received" else "committed", quantity, item_id=make.item(item).pk,
        dated_on=date(2021, 1, 5),
    )  # fmt: skip
    make.stated([line], by=by, round_=round_)
    if stage == "in_transit":
        sent = make.support_line(giver, member, stage, quantity, item_id=make.item(item).pk, reference=line.reference)
        make.stated([sent], by=make.person(Role.RESPONDER, giver), round_=round_)


def built() -> None:
    """Zambia and Cuba are given masks, gloves and more by WHO and UNICEF; Zambia's masks and gloves are public."""
    round_ = make.round_(freshness_days=3000)
    needed = [make.line(quantity=100_000), make.line("GLOVE-EXAM", 50_000), make.line("VENT-ICU", 50)]
    make.approved(needed, of="ZMB", round_=round_)
    make.approved([make.line(quantity=90_000), make.line("CASH-TRANSFER", 1000)], of="CUB", round_=round_)
    give("WHO", "ZMB", "committed", 1000)
    give("WHO", "ZMB", "in_transit", 2000)
    give("UNICEF", "ZMB", "received", 3000)
    give("UNICEF", "ZMB", "received", 1000, "GLOVE-EXAM")
    give("UNICEF", "ZMB", "committed", 7, "VENT-ICU")
    give("WHO", "CUB", "received", 5000)
    make.stated([make.support_line("WHO", "ZMB", "pledged", 900)], by=make.person(Role.RESPONDER, "WHO"), round_=round_)
    make.released("ZMB", level="figures")


WORLD = built


@pytest.fixture
def world(fresh: None) -> None:
    """See `built`."""


def told(bands: list[Band]) -> dict[tuple[str, str], tuple[int, int]]:
    """(giver, member) -> (on its way, received)."""
    codes = {NOT_NAMED: "?", **dict(Party.objects.values_list("pk", "code"))}
    return {(codes[band.giver], codes[band.member]): (band.under_way, band.received) for band in bands}


def seen(who: Person, wanted: Wanted = ALL) -> dict[tuple[str, str], tuple[int, int]]:
    """What somebody reads."""
    with make.as_(who):
        return told(given.seen(wanted))


def public(wanted: Wanted = ALL) -> dict[tuple[str, str], tuple[int, int]]:
    """What everyone reads."""
    return told(given.public(wanted))


def test_the_public_reads_sums_without_a_giver(world: None) -> None:
    assert public() == {("?", "ZMB"): (3000 * MASK, 3000 * MASK + 11_400)}
    masks, gloves = make.item("MASK-IIR"), make.item("GLOVE-EXAM")
    assert public(Wanted(item=masks.pk)) == {("?", "ZMB"): (3_000_000, 3_000_000)}
    assert public(Wanted(item=gloves.pk)) == {("?", "ZMB"): (0, 1_000_000)}
    assert public(Wanted(sector=masks.sector_id)) == public()
    assert public(Wanted(sector=make.item("VENT-ICU").sector_id)) == {}
    assert public(Wanted(round=make.Round.objects.get().pk)) == public() and public(Wanted(round=0)) == {}


def test_who_is_one_side_reads_the_other_by_name_and_strangers_what_is_released(world: None) -> None:
    who, unicef, undp = (make.person(Role.RESPONDER, code) for code in ("WHO", "UNICEF", "UNDP"))
    assert seen(who) == {
        ("WHO", "ZMB"): (3000 * MASK, 0), ("WHO", "CUB"): (0, 5000 * MASK),
        ("?", "ZMB"): (0, 3000 * MASK + 11_400),
    }  # fmt: skip
    assert seen(make.focal_point("CUB")) == {("WHO", "CUB"): (0, 5000 * MASK), ("?", "ZMB"): public()["?", "ZMB"]}
    mine = seen(make.approver("ZMB"))
    assert set(mine) == {("WHO", "ZMB"), ("UNICEF", "ZMB")} and mine["WHO", "ZMB"] == (3000 * MASK, 0)
    for stranger in (undp, make.person(Role.COORDINATION)):
        assert seen(stranger) == public(), "through both doors the same sums"
    assert seen(unicef)["UNICEF", "ZMB"][1] == 3000 * MASK + 11_400
    ventilators = Wanted(item=make.item("VENT-ICU").pk)
    assert seen(unicef, ventilators) == {("UNICEF", "ZMB"): (7000, 0)} and seen(undp, ventilators) == {}


def test_what_is_released_to_coordination_or_held_back(world: None) -> None:
    chair, before = make.person(Role.COORDINATION), public()
    make.released("ZMB", audience="coordination", level="figures", sectors=["CASE"])
    with make.as_(chair):
        ventilators = given.seen(Wanted(item=make.item("VENT-ICU").pk))
    assert told(ventilators) == {("?", "ZMB"): (7000, 0)} and public() == before
    assert seen(make.person(Role.RESPONDER, "UNDP")) == before


def test_money_stands_beside_and_what_has_no_price_is_counted_apart(world: None) -> None:
    give("WHO", "CUB", "received", 40, "CASH-TRANSFER")
    unpriced = make.Item.objects.exclude(kind="finance").exclude(prices__isnull=False).order_by("pk")[0]
    make.approved([make.line(unpriced.code, 10, sheet="")], of="CUB", round_=make.Round.objects.get())
    give("WHO", "CUB", "committed", 4, unpriced.code)
    cuban = make.focal_point("CUB")
    with make.as_(cuban):
        [band] = [band for band in given.seen(ALL) if band.giver != NOT_NAMED]
    assert (band.received, band.under_way, band.unpriced) == (5000 * MASK, 0, {unpriced.pk})
    assert seen(cuban, Wanted(item=make.item("CASH-TRANSFER").pk)) == {("WHO", "CUB"): (0, 40_000)}


def test_filters_offer_what_is_seen_and_nothing_asks_more_the_more_there_is(world: None) -> None:
    undp, masks = make.person(Role.RESPONDER, "UNDP"), make.item("MASK-IIR")

    def asked() -> int:
        with make.as_(undp), CaptureQueriesContext(connection) as queries:
            given.seen(ALL)
            given.public(ALL)
            given.choices(of_everyone=False)
            given.choices(of_everyone=True)
        return len(queries)

    before = asked()
    for number in range(3):
        give("WHO", "ZMB", "received", 10 + number)
    assert asked() == before == 7
    with make.as_(undp):
        items, sectors, rounds = given.choices(of_everyone=False)
        assert (items, sectors, rounds) == given.choices(of_everyone=True)
    assert items == {masks.pk, make.item("GLOVE-EXAM").pk} and sectors == {masks.sector_id} and len(rounds) == 1


# ── givers that show their name ──────────────────────────────────────────────
def show(giver: str, says: str = "named") -> None:
    """A giver shows its name to everyone, or no longer."""
    by = make.person(Role.RESPONDER, giver)
    with make.as_(by):
        giver_names.say(make.party(giver), says, by=by, at=make.AT)


def test_a_giver_is_named_beside_what_was_received_and_public_only(world: None) -> None:
    stranger, before = make.person(Role.RESPONDER, "UNDP"), public()
    show("WHO")
    assert public() == before == seen(stranger), "what is on its way has no name, and Cuba released nothing"
    show("UNICEF")
    named = {("UNICEF", "ZMB"): (0, 3000 * MASK + 11_400), ("?", "ZMB"): (3000 * MASK, 0)}
    assert public() == named == seen(stranger), "ventilators are public to nobody"
    assert public(Wanted(item=make.item("GLOVE-EXAM").pk)) == {("UNICEF", "ZMB"): (0, 1_000_000)}
    assert sum(map(sum, public().values())) == sum(map(sum, before.values()))
    make.released("CUB", level="figures")
    assert public()["WHO", "CUB"] == (0, 5000 * MASK)
    mine = seen(make.approver("ZMB"))
    assert set(mine) == {("WHO", "ZMB"), ("UNICEF", "ZMB"), ("WHO", "CUB")}
    show("UNICEF", "not_named")
    assert public()["?", "ZMB"] == before["?", "ZMB"] and ("UNICEF", "ZMB") not in public()


def test_a_kept_page_changes_with_the_names_of_money_too(world: None) -> None:
    give("WHO", "CUB", "received", 40, "CASH-TRANSFER")
    make.released("CUB", level="figures", sectors=[make.item("CASH-TRANSFER").sector.code])
    cash, by, before = Wanted(item=make.item("CASH-TRANSFER").pk), make.person(Role.RESPONDER, "WHO"), public()
    edition = given.names_edition()
    with make.as_(by):
        line = Line.objects.get(item__code="CASH-TRANSFER")
        giver_names.say_of_line(line, "named", by=by, at=make.AT)
    assert public(cash) == {("WHO", "CUB"): (0, 40_000)} and public() == before
    assert given.names_edition() != edition


def test_what_is_held_back_or_released_to_some_only_names_nobody(world: None) -> None:
    show("UNICEF")
    account = Account.objects.get(member__code="ZMB", item__code="MASK-IIR", kind=Account.Kind.NEED)
    by = make.approver("ZMB")
    with make.as_(by):
        needs.hold_back(Need.objects.get(uuid=account.subject), by=by, at=make.AT)
    assert public() == {("UNICEF", "ZMB"): (0, 11_400)}
    make.released("ZMB", audience="coordination", level="figures", sectors=["CASE"])
    ventilators = Wanted(item=make.item("VENT-ICU").pk)
    assert seen(make.person(Role.COORDINATION), ventilators) == {("?", "ZMB"): (7000, 0)}
    give("UNICEF", "ZMB", "received", 3, "VENT-ICU")
    assert seen(make.person(Role.COORDINATION), ventilators) == {("?", "ZMB"): (7000, 3000)}


def test_its_own_people_read_first_what_would_become_public(world: None) -> None:
    def shown() -> list[tuple[str, int, bool]]:
        found = given.received_of(Line.objects.filter(giver__code="UNICEF"))
        codes = dict(make.Item.objects.values_list("pk", "code"))
        return [(codes[one.item], one.received, one.named) for one in found]

    both = [("MASK-IIR", 3_000_000), ("GLOVE-EXAM", 1_000_000)]
    assert sorted(shown()) == sorted((item, count, False) for item, count in both)
    show("UNICEF")
    assert sorted(shown()) == sorted((item, count, True) for item, count in both)


def test_never_more_is_named_than_the_public_book_holds() -> None:
    rows, named = [(1, 5, 9, 10, 20, 30)], [(7, 1, 5, 9, 20), (8, 1, 5, 9, 20), (8, 2, 5, 9, 1)]
    parted = list(given._parted(rows, named))
    assert parted == [(7, 1, 5, 9, 0, 0, 20), (8, 1, 5, 9, 0, 0, 10), (NOT_NAMED, 1, 5, 9, 10, 20, 0)]
