"""Builds, from the database, what a support sheet of the acting person may say."""

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Final

from django.db.models import QuerySet

from unmet.access import may, visible
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.catalogue.lookup import Vocabulary
from unmet.catalogue.models import Round
from unmet.needs.lookup import items_lookup
from unmet.parties.models import Party
from unmet.support import queries
from unmet.support.lines import ALLOCATED, COMMITTED, IN_TRANSIT, MISSING, PLEDGED, RECEIVED, REJECTED
from unmet.support.lookup import KnownLine, PartyWord, SupportLookup
from unmet.support.models import Line, Stage
from unmet.support.said import stated_by_stage

BY_GIVER: Final = frozenset({PLEDGED, ALLOCATED, IN_TRANSIT})
BY_MEMBER: Final = frozenset({COMMITTED, RECEIVED, REJECTED, MISSING})
# References that are looked up each by itself before all lines are read at once.
ONE_BY_ONE: Final = 50
_NOT_HEX: Final = re.compile(r"[^0-9a-f]")


def lookup(*, round_: Round, today: date) -> SupportLookup:
    """Parties, items, needs that the person may see, and the lines known to the person's own parties.

    Where the person speaks for one party only, it stands in for the column that the sheet lacks.
    """
    actor = current()
    parties = list(Party.objects.all())
    members = set(Party.objects.all().members(on=today).values_list("pk", flat=True))
    as_giver = {one.code: BY_GIVER for one in parties if may.may(actor, Deed.STATE_SUPPORT, one)}
    as_member = {one.code: BY_MEMBER for one in parties if one.pk in members and one.pk in actor.own_parties}
    return SupportLookup(
        words=items_lookup(round_=round_),
        parties=Vocabulary.of((PartyWord(one.code, one.name, one.pk in members), _names(one)) for one in parties),
        today=today,
        needs=_NeedCodes(round_),
        known=_KnownLines(),
        may_as_giver=as_giver,
        may_as_member=as_member,
        giver=next(iter(as_giver)) if len(as_giver) == 1 and not as_member else None,
    )


def _names(party: Party) -> list[str]:
    return [party.code, party.iso2, party.name_en, party.name_ar, party.name_es, party.name_fr]


_Key = tuple[str, str, str, int]


class _KnownLines(Mapping[_Key, KnownLine]):
    """What was ever stated of each line of the person's parties, and what stands there now.

    A form asks for its few lines one by one, however many thousands its party has; a sheet soon reads them all at once.
    """

    def __init__(self) -> None:
        self._one_by_one: dict[tuple[str, str], dict[_Key, KnownLine]] = {}

    @cached_property
    def _all(self) -> dict[_Key, KnownLine]:
        return _read(queries.by_reference())

    def _with(self, giver: str, reference: str) -> dict[_Key, KnownLine]:
        if "_all" in self.__dict__ or len(self._one_by_one) >= ONE_BY_ONE:
            return self._all
        if (giver, reference) not in self._one_by_one:
            lines = queries.by_reference().filter(giver__code=giver, reference=reference)
            self._one_by_one[giver, reference] = _read(lines)
        return self._one_by_one[giver, reference]

    def __getitem__(self, key: _Key) -> KnownLine:
        return self._with(key[0], key[1])[key]

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _read(lines: QuerySet[Line]) -> dict[_Key, KnownLine]:
    known = {}
    for line in lines.select_related("giver", "member").prefetch_related("steps"):
        stated = {stage: said for stage, said in stated_by_stage(line.steps.all()).items() if said}
        standing = {stage: getattr(line, stage) for stage in Stage.values if getattr(line, stage)}
        known[line.giver.code, line.reference, line.member.code, line.item_id] = KnownLine(stated, standing)
    return known


class _NeedCodes(Mapping[str, tuple[str, int]]):
    """Folded code of a need -> (member code, item id), asked for one by one: most sheets name few needs or none."""

    def __init__(self, round_: Round) -> None:
        self._emergency = round_.emergency_id
        self._found: dict[str, tuple[str, int] | None] = {}

    def _visible(self) -> list[tuple[str, str, int]]:
        open_ones = Account.objects.filter(emergency=self._emergency, kind=Account.Kind.NEED, closed=False)
        return [
            (str(subject), member, item)
            for subject, member, item in visible.rows(open_ones).values_list("subject", "member__code", "item_id")
        ]

    def __getitem__(self, folded: str) -> tuple[str, int]:
        if folded not in self._found:
            self._found[folded] = self._ask(folded)
        found = self._found[folded]
        if found is None:
            raise KeyError(folded)
        return found

    def _ask(self, folded: str) -> tuple[str, int] | None:
        digits = _NOT_HEX.sub("", folded)
        if len(digits) != 32:
            return None
        named = Account.objects.filter(
            subject=uuid.UUID(digits), emergency=self._emergency, kind=Account.Kind.NEED, closed=False
        )
        return visible.rows(named).values_list("member__code", "item_id").first()

    def __iter__(self) -> Iterator[str]:
        return (code for code, _member, _item in self._visible())

    def __len__(self) -> int:
        return len(self._visible())
