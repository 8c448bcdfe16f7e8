"""Recompute everything the books keep, and say where it differs. `unmet doctor --books` prints it."""

from dataclasses import dataclass

from django.db.models import Count, Exists, ForeignKey, Max, Min, OuterRef, QuerySet, Sum

from unmet.access import services as access
from unmet.books.measures import MEASURES, STAGES, derive
from unmet.books.models import Account, Book, Clock, Cube, Entry, OwnCube
from unmet.catalogue.models import Item

_SUMS = {f"sum_{name}": Sum(name) for name in MEASURES}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what is kept is not what the entries say."""

    what: str
    where: str
    kept: object
    recomputed: object


def differences(*, most: int = 50) -> list[Difference]:
    """Every difference between accounts, cube and clock and the entries; empty when the books are right."""
    found: list[Difference] = []
    for check in (_orphans, _sequence, _balances, _definitions, _cubes, _releases):
        found.extend(check())
        if len(found) >= most:
            break
    return found[:most]


def _orphans() -> list[Difference]:
    """Every reference of an account or a line points to a row that is there: the database does not check these."""
    found = []
    for model in (Account, Entry, Cube, OwnCube):
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is not None:
                there = field.related_model._default_manager.filter(pk=OuterRef(field.attname))
                lost = model._default_manager.exclude(**{field.attname: None}).filter(~Exists(there)).count()
                if lost:
                    found.append(Difference("orphans", f"{model._meta.db_table}.{field.attname}", lost, 0))
    return found


def _sequence() -> list[Difference]:
    """Sequences are gapless and the clock stands at the last one."""
    kept = Clock.objects.values_list("sequence", flat=True).first() or 0
    span = Entry.objects.aggregate(first=Min("sequence"), last=Max("sequence"), count=Count("sequence"))
    found = []
    if kept != (span["last"] or 0):
        found.append(Difference("clock", "last sequence", kept, span["last"]))
    if span["count"] != (span["last"] or 0):
        found.append(Difference("sequence", "lines from 1 to the last", span["count"], span["last"]))
    return found


def _entry_sums() -> dict[tuple[int, int, bool], tuple[int, ...]]:
    rows = Entry.objects.order_by().values("account", "book", "closed").annotate(**_SUMS)
    key = ("account", "book", "closed")
    return {(row[0], row[1], row[2]): tuple(row[3:]) for row in rows.values_list(*key, *_SUMS).iterator()}


def _balances() -> list[Difference]:
    """Own lines sum to the balances; public lines do for what is public, and to nothing for what is not."""
    sums, nothing = _entry_sums(), (0,) * len(MEASURES)
    found = []
    for pk, closed, public, *balances in Account.objects.values_list("pk", "closed", "public", *MEASURES).iterator():
        standing = tuple(balances)
        for book, expected in ((Book.OWN, standing), (Book.PUBLIC, standing if public else nothing)):
            for side in (False, True):
                wanted = expected if side == closed else nothing
                told = sums.get((pk, book.value, side), nothing)
                if told != wanted:
                    found.append(Difference(f"balances of the {book.label}", f"account {pk}", wanted, told))
    return found


def _definitions() -> list[Difference]:
    """What is not covered, and all that is derived, follows from the stages."""
    found = []
    rows = Account.objects.values_list("pk", "usd_millionths", "item__kind", *MEASURES)
    for pk, price, kind, *balances in rows.iterator():
        stages, derived = balances[: len(STAGES)], tuple(balances[len(STAGES) :])
        wanted = derive(stages, price, priced=kind != Item.Kind.FINANCE)
        if derived != wanted:
            found.append(Difference("derived measures", f"account {pk}", derived, wanted))
    return found


def _cubes() -> list[Difference]:
    """Each cell of the public cube is the sum of the public accounts in it, and of the own book's cube of all."""
    key = ("closed", "member_id", "item_id", "emergency_id", "round_id")
    public = _cube("public cube", Cube, key, Account.objects.filter(public=True))
    return public + _cube("cube of the own book", OwnCube, (*key, "sector_id"), Account.objects.all())


def _cube(
    what: str, model: type[Cube | OwnCube], key: tuple[str, ...], accounts: QuerySet[Account]
) -> list[Difference]:
    rows = accounts.order_by().values(*key).annotate(n=Count("pk"), **_SUMS)
    wanted = {tuple(row[name] for name in key): (row["n"], *(row[name] for name in _SUMS)) for row in rows.iterator()}
    cells = model._default_manager.values_list(*key, "accounts", *MEASURES)
    kept = {tuple(row[: len(key)]): tuple(row[len(key) :]) for row in cells.iterator()}
    empty = (0,) * (len(MEASURES) + 1)
    return [
        Difference(what, f"cell {cell}", kept.get(cell, empty), wanted.get(cell, empty))
        for cell in kept.keys() | wanted.keys()
        if kept.get(cell, empty) != wanted.get(cell, empty)
    ]


def _releases() -> list[Difference]:
    """The public book holds what stands released to everyone at the moment of the last post, and nothing else."""
    at = Clock.objects.values_list("at", flat=True).first()
    if at is None:
        return []
    members = set(Account.objects.values_list("member_id", flat=True).distinct())
    released, held = access.public_subjects(members=members, at=at)
    found = []
    rows = Account.objects.values_list("pk", "member_id", "sector__uuid", "subject", "public")
    for pk, member, sector, subject, public in rows.iterator():
        wanted = ((member, sector) in released or (member, subject) in released) and subject not in held
        if public != wanted:
            found.append(Difference("public book", f"account {pk}", public, wanted))
    return found
