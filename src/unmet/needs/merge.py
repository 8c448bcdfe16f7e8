"""Lines against what stands: which needs are new, which statements changed, and the rows to write.

A table of 100,000 lines is merged before anything is locked, so that others wait for the writing alone.
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.text import slugify

from unmet.books import bulk
from unmet.books.models import Account
from unmet.catalogue.models import Item, Round
from unmet.catalogue.successors import retired_with_successor
from unmet.methods import quantify
from unmet.methods.fold import fold
from unmet.needs import queries
from unmet.needs.lines import NeedLine
from unmet.needs.models import Calculation, ItemProposal, Need, Return, Statement
from unmet.parties.models import Group, Party, Place

# item id, own words folded (empty where an item is picked), place id, group id
NeedKey = tuple[int | None, str, int, int]

_NEED_COLUMNS = ("id", "uuid", "member_id", "emergency_id", "item_id", "words", "place_id", "group_id")
_STATEMENT_COLUMNS = (
    "uuid", "need_id", "words", "quantity_typed", "unit_name", "pack_factor", "calculation_id", "calculated",
    "requested", "reason", "stock", "pipeline", "needed_by_on", "rank", "remark",
)  # fmt: skip


class LineRefused(Exception):
    """A line that no door lets in.

    `reason` says why: `sector`, `twice`, `words` (neither an item nor a letter or digit of own words), `place`
    (another party's), `group`.
    """

    def __init__(self, reason: str, line: NeedLine) -> None:
        super().__init__(reason, line.sheet, line.row)
        self.reason, self.line = reason, line


class Merge:
    """The lines of one submission. `settle` under the lock, then `write`; `prepare` before it when lines are many.

    `created`, `updated` and `unchanged` count the lines; `keys` are their needs; `fresh` says whether any is written.
    """

    def __init__(
        self, lines: Sequence[NeedLine], *, member: Party, round_: Round, calculations: Mapping[int, Calculation]
    ) -> None:
        self.lines, self._member, self._round, self._calculations = lines, member, round_, calculations
        self._prepared_from: Any = None
        self._clear()

    def _clear(self) -> None:
        self.created = self.updated = self.unchanged = 0
        self.keys: list[NeedKey] = []
        self._replaced: list[int] = []
        self._needs: list[tuple[Any, ...]] = []
        self._statements: list[tuple[Any, ...]] = []
        self._worked_out: list[Calculation] = []

    @property
    def fresh(self) -> bool:
        """Whether any line says something new."""
        return bool(self._statements)

    def prepare(self) -> None:
        """Check and merge many lines while nobody waits. A few are quick enough under the lock.

        Raises:
            LineRefused: see there.
        """
        if len(self.lines) <= bulk.FEW or self._names_a_new_place():
            return
        seen = self._what_stands()
        self._merge()
        self._prepared_from = seen

    def settle(self) -> None:
        """Under the lock: merge, unless it was prepared and nothing of the member has changed since.

        Raises:
            LineRefused: see there.
        """
        if self._prepared_from is None or self._prepared_from != self._what_stands():
            self._clear()
            self._merge()

    def _what_stands(self) -> tuple[list[Any], set[uuid.UUID]]:
        """Changes with every need and statement of the member: each is written together with a return of its own."""
        returns = Return.objects.filter(member=self._member, round__emergency=self._round.emergency_id)
        return list(returns.order_by("pk").values_list("pk", "revision", "state")), self._out()

    def _out(self) -> set[uuid.UUID]:
        """Needs that lapsed, were paused or ended by name: the same number again says that they stand."""
        standing = Account.objects.filter(member=self._member, round=self._round, closed=False, out_by__isnull=False)
        return set(standing.values_list("subject", flat=True))

    # ── merging ──────────────────────────────────────────────────────────────
    def _merge(self) -> None:
        check(self.lines, self._member, self._round)
        places = self._places()
        needs: dict[NeedKey, tuple[int, uuid.UUID]] = {
            (item, words, place, group): (pk, need_uuid)
            for pk, need_uuid, item, words, place, group in Need.objects.filter(
                member=self._member, emergency=self._round.emergency_id
            ).values_list("pk", "uuid", "item_id", "words", "place_id", "group_id")
        }
        newest = {
            row[0]: row[1:]
            for row in Statement.objects.filter(need__member=self._member, round=self._round, newest=True).values_list(
                "need_id", "pk", "requested", "needed_by_on", "rank", "stock", "pipeline", "remark"
            )
        }
        gross = queries.gross_stated(member=self._member, round_=self._round)
        out = self._out()
        fresh: list[tuple[int, NeedLine, NeedKey, int | None]] = []
        seen: set[NeedKey] = set()
        for position, line in enumerate(self.lines):
            key = _key(line, places)
            if key in seen:  # the same place once by its name and once by its id
                raise LineRefused("twice", line)
            seen.add(key)
            self.keys.append(key)
            need = needs.get(key)
            standing = newest.get(need[0]) if need else None
            if standing is None:
                self.created += 1
            elif need is not None and need[1] not in out and standing[1:] == (
                line.quantity, line.needed_by, line.rank, line.stock, line.pipeline, line.remark,
            ) and gross.get(need[1], (None, "")) == (line.gross, line.method):  # fmt: skip
                self.unchanged += 1
                continue
            else:
                self.updated += 1
                self._replaced.append(standing[0])
            fresh.append((position, line, key, need[0] if need else None))
        self._build(fresh)
        self._end_predecessors([(line, key) for _, line, key, _ in fresh], seen, needs, newest)

    def _end_predecessors(
        self,
        fresh: Iterable[tuple[NeedLine, NeedKey]],
        said: set[NeedKey],
        needs: Mapping[NeedKey, tuple[int, uuid.UUID]],
        newest: Mapping[int, tuple[Any, ...]],
    ) -> None:
        """A need that is stated under a successor ends under the retired item, so that nothing counts twice; one for
        which an item was picked ends in its own words.

        The line that ends it is not one of those that were sent, so no count holds it.
        """
        earlier = self._earlier()
        if not earlier:
            return
        open_ones = set(
            Account.objects.filter(
                Q(approved__gt=0) | Q(last_stated__gt=0), member=self._member, emergency=self._round.emergency_id,
                closed=False, item__retired_on__isnull=False,
            ).values_list("subject", flat=True)
        )  # fmt: skip
        stored = bulk.Stored()
        for line, (item, _words, place, group) in fresh:
            for old, words in earlier.get(item or 0, ()) if line.quantity else ():
                key = (old, words, place, group)
                need = needs.get(key)
                if need is None or key in said:
                    continue
                standing = newest.get(need[0])
                if standing[1] > 0 if standing else words or need[1] in open_ones:
                    self._replaced += [standing[0]] if standing else []
                    self._statements.append(_ending(need[0], line, words, stored))

    def _earlier(self) -> dict[int, list[tuple[int | None, str]]]:
        """By item: retired items that it took the place of, and own words of the member that it was picked for."""
        earlier: defaultdict[int, list[tuple[int | None, str]]] = defaultdict(list)
        for retired, successor in retired_with_successor().items():
            earlier[successor].append((retired, ""))
        picked = ItemProposal.objects.filter(need__member=self._member, state=ItemProposal.State.CONFIRMED)
        for item, words in picked.values_list("item_id", "need__words").distinct():
            earlier[item].append((None, words))
        return earlier

    def _names_a_new_place(self) -> bool:
        named = {fold(line.place_name) for line in self.lines if line.place_id is None}
        if not named:
            return False
        standing = {fold(place.own_name) for place in Place.objects.filter(party=self._member)}
        if Place.objects.filter(party=self._member, code=Place.WHOLE).exists():
            standing.add("")
        return not named <= standing

    def _places(self) -> dict[str, int]:
        """Places a person confirmed as new, made for the member; the whole country where none is named."""
        wanted = {fold(line.place_name): line.place_name for line in self.lines if line.place_id is None}
        if not wanted:
            return {}
        standing = {fold(place.own_name): place.pk for place in Place.objects.filter(party=self._member)}
        standing[""] = Place.objects.whole_country(self._member).pk
        taken = set(Place.objects.filter(party=self._member).values_list("code", flat=True))
        for folded, name in wanted.items():
            if folded not in standing:
                code = _free_code(name, taken)
                made = Place.objects.create(party=self._member, code=code, kind=Place.Kind.AREA, own_name=name)
                standing[folded] = made.pk
        return standing

    # ── writing ──────────────────────────────────────────────────────────────
    def _build(self, fresh: Sequence[tuple[int, NeedLine, NeedKey, int | None]]) -> None:
        stored, member, emergency = bulk.Stored(), self._member.pk, self._round.emergency_id
        opening = sum(need is None for *_, need in fresh)
        ids = iter(bulk.reserve_ids(Need, opening))
        uuids = iter(stored.new_uuids(opening + len(fresh)))
        for position, line, key, need in fresh:
            if need is None:
                need = next(ids)
                self._needs.append((need, next(uuids), member, emergency, *key))
            calculation = self._calculations.get(position) or self._work_out(line)
            self._statements.append((
                next(uuids), need, line.words[:200], line.quantity_typed[:60], line.unit_name[:100], line.pack_factor,
                calculation.pk if calculation else None, calculation.result["quantity"] if calculation else None,
                line.quantity, "", line.stock, line.pipeline, stored.day(line.needed_by), line.rank,
                line.remark[:1000],
            ))  # fmt: skip

    def _work_out(self, line: NeedLine) -> Calculation | None:
        """The calculation behind a line that says its gross quantity, to be stored with it."""
        if line.gross is None:
            return None
        amounts = {"gross": line.gross, "stock": line.stock or 0, "pipeline": line.pipeline}
        inputs = {**amounts, "stated_method": line.method}
        canonical = json.dumps(inputs, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        [pk] = bulk.reserve_ids(Calculation, 1)
        made = Calculation(
            pk=pk, method=quantify.NET_NEED, version=quantify.NET_NEED_VERSION, inputs=inputs,
            inputs_digest=hashlib.sha256(canonical.encode()).hexdigest(),
            result={"quantity": quantify.net_need(**amounts)},
        )  # fmt: skip
        self._worked_out.append(made)
        return made

    def write(self, return_: Return) -> None:
        """Write the new needs and statements; what they replace is no longer the newest."""
        for made in self._worked_out:
            made.made_at = return_.submitted_at
        Calculation.objects.bulk_create(self._worked_out, batch_size=1000)
        bulk.insert(bulk.table(Need), _NEED_COLUMNS, self._needs)
        for start in range(0, len(self._replaced), 5000):
            Statement.objects.filter(pk__in=self._replaced[start : start + 5000]).update(newest=False)
        constants = {"in_return_id": return_.pk, "round_id": self._round.pk, "newest": True}
        bulk.insert(bulk.table(Statement), _STATEMENT_COLUMNS, self._statements, constants=constants)


def _key(line: NeedLine, places: Mapping[str, int]) -> NeedKey:
    place = line.place_id if line.place_id is not None else places[fold(line.place_name)]
    return (line.item_id, fold(line.words)[:200] if line.item_id is None else "", place, line.group_id)


def _ending(need: int, line: NeedLine, words: str, stored: bulk.Stored) -> tuple[Any, ...]:
    """The row of a statement that ends a need because it is stated under another one from now on."""
    [uuid_] = stored.new_uuids(1)
    return (uuid_, need, words, "0", "", 1000, None, None, 0, "", None, 0, stored.day(line.needed_by), None, "")


def _free_code(name: str, taken: set[str]) -> str:
    code = slugify(name, allow_unicode=True).upper()[:30] or "PLACE"
    number = 2
    while code in taken:
        code, number = f"{code[:30]}-{number}", number + 1
    taken.add(code)
    return code


def check(lines: Iterable[NeedLine], member: Party, round_: Round) -> None:
    """The rules that hold whatever door a line came through.

    Raises:
        LineRefused: see there.
    """
    places = set(Place.objects.filter(party=member).values_list("pk", flat=True))
    groups = set(Group.objects.values_list("pk", flat=True))
    sectors = set(round_.asked.values_list("sector_id", flat=True))
    items = dict(Item.objects.values_list("pk", "sector_id"))
    for line in lines:
        if line.item_id is None and not fold(line.words):
            raise LineRefused("words", line)
        if line.item_id is not None and items.get(line.item_id) not in sectors:
            raise LineRefused("sector", line)
        if line.place_id is not None and line.place_id not in places:
            raise LineRefused("place", line)
        if line.group_id not in groups:
            raise LineRefused("group", line)
