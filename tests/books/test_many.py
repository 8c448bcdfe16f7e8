"""Many new needs at once go another way into the books than a few; they must end in the same place."""

import uuid
from datetime import date

import pytest
from tests import make

from unmet.access.models import Role
from unmet.books import bulk, doctor
from unmet.books.measures import MEASURES
from unmet.books.models import Account, Book, Cube, Entry
from unmet.catalogue.models import Item
from unmet.needs import rounds
from unmet.needs.models import Need
from unmet.parties.models import Place

pytestmark = pytest.mark.django_db
PLACES = 15


def _lines(member, *, plus=0):
    """Lines for ten items in fifteen places: more than the books take one by one."""
    make.reference()
    items = [item.code for item in Item.objects.filter(sector__code="IPC", whole=True).order_by("code")[:10]]
    party = make.party(member)
    places = [
        Place.objects.get_or_create(party=party, code=f"P{number}", kind=Place.Kind.AREA, own_name=f"P{number}")[0].pk
        for number in range(PLACES)
    ]
    return [
        make.line(code, 10 + number + where + plus, place_id=place, rank=number + 1, pipeline=1000 * (where % 2))
        for number, code in enumerate(items)
        for where, place in enumerate(places)
    ]


def _accounts(member):
    rows = Account.objects.filter(member__code=member).order_by("item", "place__code")
    return list(rows.values_list("item", "place__code", "kind", "closed", "public", "public_detail", "usd_millionths",
                                 "needed_by_on", "rank", "lapses_at", *MEASURES))  # fmt: skip


def _book(member):
    rows = Entry.objects.filter(account__member__code=member).order_by(
        "account__item", "account__place__code", "book", "sequence"
    )
    return list(
        rows.values_list("account__item", "account__place__code", "book", "movement", "closed", "supersedes", *MEASURES)
    )


def _each_need_has_its_account():
    open_ones = Account.objects.filter(closed=False, kind=Account.Kind.NEED).values_list("subject", flat=True)
    assert sorted(open_ones) == sorted(Need.objects.values_list("uuid", flat=True))
    for account in Account.objects.all():
        stated = Entry.objects.get(pk=account.stated)
        assert (stated.account_id, stated.book, stated.source) == (account.pk, Book.OWN, account.statement)


@pytest.mark.parametrize(
    "level", [None, "figures", "detail"], ids=["not released", "figures released", "detail released"]
)
def test_many_new_needs_stand_as_if_each_had_come_alone(level):
    round_ = make.round_()
    assert len(_lines("ZMB")) == 150 > bulk.FEW
    for member in ("ZMB", "KEN"):
        if level:
            make.released(member, sectors=["IPC"], level=level)
    make.approved(_lines("ZMB"), of="ZMB", round_=round_)
    lines = _lines("KEN")
    for start in range(0, len(lines), 50):
        make.approved(lines[start : start + 50], of="KEN", round_=round_)
    assert _accounts("ZMB") == _accounts("KEN") and _book("ZMB") == _book("KEN")
    assert bool(Cube.objects.count()) is bool(level)
    _each_need_has_its_account()
    assert doctor.differences() == []


def test_many_lines_of_which_some_needs_stand_already():
    round_ = make.round_()
    make.released("ZMB", sectors=["IPC"])
    lines = _lines("ZMB")
    make.approved(lines[:20], of="ZMB", round_=round_)
    giver = make.person(Role.RESPONDER, "WHO")
    make.stated([make.support_line("WHO", "ZMB", "pledged", 4, item_id=lines[0].item_id)], by=giver, round_=round_)
    make.approved(_lines("ZMB", plus=3), of="ZMB", round_=round_)
    assert Account.objects.filter(kind=Account.Kind.NEED).count() == 150
    assert sorted(Account.objects.values_list("approved", flat=True).filter(kind=0)) == sorted(
        line.approved for line in _lines("ZMB", plus=3)
    )
    assert Entry.objects.filter(book=Book.OWN, approved__lt=0).count() == 20
    assert doctor.differences() == []


def test_a_later_round_takes_many_needs_on():
    make.approved(_lines("ZMB"), of="ZMB", round_=make.round_(sectors=["IPC"]))
    by = make.person(Role.COORDINATION)
    with make.as_(by):
        rounds.close_round(Account.objects.first().round, by=by, at=make.AT)
    later = make.round_("r2", period=(date(2021, 7, 1), date(2021, 12, 31)))
    make.approved(_lines("ZMB", plus=1), of="ZMB", round_=later)
    assert Account.objects.filter(closed=True).count() == Account.objects.filter(closed=False).count() == 150
    assert doctor.differences() == []


def test_random_uuids_are_valid_and_differ():
    made = bulk.Stored().new_uuids(2000)
    assert len(set(made)) == 2000
    assert all(uuid.UUID(text).version == 4 and uuid.UUID(text).variant == uuid.RFC_4122 for text in made)
