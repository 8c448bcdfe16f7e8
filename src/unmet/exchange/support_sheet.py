"""From typed rows to support lines: who gives what to whom, and how far it has come."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from unmet.catalogue.lookup import ItemWord, UnitWord
from unmet.exchange import typed_yes
from unmet.exchange.answers import Answers
from unmet.exchange.cells import Problem, Reader, Said, typed
from unmet.exchange.faults import StageName
from unmet.exchange.form import SUPPORT
from unmet.exchange.parsed import Gathered, Parsed, gather
from unmet.exchange.stages import find_stage
from unmet.exchange.table import Row
from unmet.exchange.units import find_unit, in_base_units
from unmet.exchange.words import Suggesting, find_among, find_item
from unmet.methods.fold import fold
from unmet.needs.lines import CREATED, UNCHANGED, UPDATED
from unmet.support.lines import ARRIVED, MISSING, ORDER, REJECTED, SupportLine
from unmet.support.lookup import KnownLine, PartyWord, SupportLookup

__all__ = ["Answers", "Parsed", "parse"]

LONGEST_REFERENCE: Final = 80
LONGEST_REASON: Final = 500
LONGEST_NAME: Final = 200
LONGEST_TYPED: Final = 60

_NEED_REASON: Final = frozenset({REJECTED, MISSING})


def parse(rows: Iterable[Row], lookup: SupportLookup, *, answers: Answers | None = None) -> Parsed[SupportLine]:
    """Read the rows of a support sheet against what the typist may state.

    A line is known by giver, reference, member and item: the same stage and quantity again is
    unchanged, a later stage moves the quantity. Rows of one line may stand in any order. Nothing is written.
    """
    answers = answers or Answers()
    optional = frozenset(name for name, given in (("giver", lookup.giver), ("member", lookup.member)) if given)
    gathered = gather(rows, SUPPORT, _SupportReader(answers, lookup), answers, optional=optional)
    gathered.lines = _against_known(gathered, lookup)
    return gathered.parsed()


class _SupportReader(Reader):
    """Reads rows into support lines, or into the problems of their cells."""

    def __init__(self, answers: Answers, lookup: SupportLookup) -> None:
        super().__init__(answers, lookup.words.window)
        self.lookup = lookup
        self.suggesting = Suggesting()

    def line(self, row: Row) -> SupportLine | list[tuple[str, Problem]]:
        """The support line of a row, or all that is wrong with the row."""
        said = Said()
        giver = said.good("giver", self._party(row, "giver", self.lookup.giver))
        member = said.good("member", self._member(row))
        channel = None if self.cell(row, "channel") is None else said.good("channel", self._party(row, "channel", None))
        item = said.good("item", self._item(row))
        unit_text = said.good("unit", self.text(row, "unit", longest=100)) or ""
        unit = None if item is None else said.good("unit", find_unit(unit_text, item, self.answers.packs))
        quantity = said.good("quantity", self._quantity(row, unit, item))
        stage = said.good("stage", self._stage(row, giver, member))
        dated_on = said.good("date", self._dated_on(row, stage))
        expected_on = said.good("expected", self.day(row, "expected"))
        reference = said.good("reference", self._reference(row))
        need_code = said.good("need", self._need(row, member, item))
        reason = said.good("reason", self._reason(row, stage))
        meant = said.good("meant", self._meant(row))
        if giver is None or member is None or item is None or unit is None or stage is None or dated_on is None:
            return said.problems
        if said.problems or quantity is None or reference is None:
            return said.problems
        return SupportLine(
            giver_code=giver.code,
            channel_code=channel.code if channel else None,
            member_code=member.code,
            item_id=item.id,
            quantity=quantity,
            stage=stage,
            dated_on=dated_on,
            expected_on=expected_on,
            reference=reference,
            need_code=need_code or None,
            reason=reason or "",
            outcome=CREATED,
            sheet=row.sheet,
            row=row.number,
            unit_name=unit_text or unit.name,
            pack_factor=unit.factor,
            quantity_typed=typed(self.cell(row, "quantity"))[:LONGEST_TYPED],
            meant=bool(meant),
        )

    def _meant(self, row: Row) -> bool | Problem:
        said = typed_yes.read(self.cell(row, "meant"))
        return Problem("meant_unclear") if said is None else said

    def _party(self, row: Row, name: str, default: str | None) -> PartyWord | Problem:
        """The party in a cell; the default only where the sheet has no such column."""
        text = self.text(row, name, longest=LONGEST_NAME)
        if isinstance(text, Problem):
            return text
        if default is not None and not self.has(name):
            text = default
        return self.once(name, text, self._party_of)

    def _party_of(self, _name: str, text: str) -> PartyWord | Problem:
        if not fold(text):
            return Problem("party_blank")
        return find_among(text, self.lookup.parties, "party", suggest=self.suggesting())

    def _member(self, row: Row) -> PartyWord | Problem:
        found = self._party(row, "member", self.lookup.member)
        return found if isinstance(found, Problem) or found.is_member else Problem("party_not_a_member")

    def _item(self, row: Row) -> ItemWord | Problem:
        text = self.text(row, "item", longest=LONGEST_NAME)
        return text if isinstance(text, Problem) else self.once("item", text, self._item_of)

    def _item_of(self, _name: str, text: str) -> ItemWord | Problem:
        if not fold(text):
            return Problem("item_blank_support")
        found = find_item(text, self.lookup.words, self.answers, suggest=self.suggesting())
        if isinstance(found, Problem) and found.reason == "item_unknown":
            return replace(found, reason="item_unknown_support")
        return found

    def _quantity(self, row: Row, unit: UnitWord | None, item: ItemWord | None) -> int | Problem | None:
        number = self.number(row, "quantity")
        if number is None:
            return Problem("quantity_blank")
        if isinstance(number, Problem) or unit is None:
            return number if isinstance(number, Problem) else None
        quantity = in_base_units(number, unit, item)
        return Problem("number_zero") if quantity == 0 else quantity

    def _stage(self, row: Row, giver: PartyWord | None, member: PartyWord | None) -> str | Problem:
        """The stage in a cell, if the typist may state it. What is not understood is never taken for a pledge."""
        text = self.text(row, "stage", longest=LONGEST_NAME)
        if isinstance(text, Problem):
            return text
        stage = self.once("stage", text, lambda _name, words: find_stage(words))
        both = giver is not None and member is not None
        allowed = self.lookup.stages(giver=giver.code, member=member.code) if giver and member else frozenset(ORDER)
        if stage is not None and (stage in allowed or not both):
            return stage
        likely = tuple(StageName(known) for known in ORDER if known in allowed)
        if stage is None:
            return Problem("stage_unknown" if fold(text) else "stage_blank", {"likely": likely})
        return Problem("stage_not_yours", {"likely": likely})

    def _dated_on(self, row: Row, stage: str | None) -> date | Problem:
        day = self.day(row, "date")
        if day is None:
            return Problem("date_blank", {"example": self.lookup.today})
        late = isinstance(day, date) and stage in ARRIVED and day > self.lookup.today
        return Problem("date_in_future") if late else day

    def _reference(self, row: Row) -> str | Problem:
        text = self.text(row, "reference", longest=LONGEST_REFERENCE)
        return text or Problem("reference_blank")

    def _need(self, row: Row, member: PartyWord | None, item: ItemWord | None) -> str | Problem:
        """The code of a need of this member and item, or nothing."""
        text = self.text(row, "need", longest=LONGEST_NAME)
        if isinstance(text, Problem) or not text or member is None or item is None:
            return text
        return text if self.lookup.needs.get(fold(text)) == (member.code, item.id) else Problem("need_unknown")

    def _reason(self, row: Row, stage: str | None) -> str | Problem:
        text = self.text(row, "reason", longest=LONGEST_REASON)
        return Problem("reason_blank") if stage in _NEED_REASON and not text else text


Key = tuple[str, str, str, int]


def _against_known(gathered: Gathered[SupportLine], lookup: SupportLookup) -> list[SupportLine]:
    """The lines with their outcome against what is known, in the order of the file; contradictions are refused.

    Rows of one line are looked at in the order of the stages, whatever their order in the file.
    """
    by_key: defaultdict[Key, list[SupportLine]] = defaultdict(list)
    for line in gathered.lines:
        by_key[line.key].append(line)
    good: list[SupportLine] = []
    for key, lines in by_key.items():
        known = lookup.known.get(key, KnownLine({}, {}))
        stated, standing = dict(known.stated), dict(known.standing)
        here: dict[str, int] = {}
        for line in sorted(lines, key=lambda line: (ORDER[line.stage], line.row)):
            if line.stage in here:
                verdict: str | Problem = Problem("step_twice", {"first": here[line.stage]})
            else:
                here[line.stage] = line.row
                verdict = _verdict(line, stated, standing)
            if isinstance(verdict, Problem):
                _refuse(gathered, line, verdict)
            else:
                good.append(replace(line, outcome=verdict))
    places = {sheet: number for number, sheet in enumerate(gathered.headers)}
    return sorted(good, key=lambda line: (places[line.sheet], line.row))


def _verdict(line: SupportLine, stated: dict[str, int], standing: dict[str, int]) -> str | Problem:
    """What a line does to what is known of it; `stated` and `standing` are brought up to date."""
    scale = Decimal(line.pack_factor)
    before = stated.get(line.stage)
    if before is not None:
        facts = {"before": before / scale}
        reason = "step_received_before" if line.stage in ARRIVED else "step_other_quantity"
        return UNCHANGED if before == line.quantity else Problem(reason, facts)
    order = ORDER[line.stage]
    further = [stage for stage in stated if ORDER[stage] > order]
    if further:
        return Problem("step_back", {"before": StageName(max(further, key=lambda stage: ORDER[stage]))})
    earlier = sorted((stage for stage in stated if ORDER[stage] < order), key=lambda stage: -ORDER[stage])
    movable = sum(standing.get(stage, 0) for stage in earlier)
    if earlier and line.quantity > movable:
        return Problem("step_more", {"before": movable / scale})
    outcome = UPDATED if stated else CREATED
    left = line.quantity
    for stage in earlier:
        moved = min(left, standing.get(stage, 0))
        standing[stage] = standing.get(stage, 0) - moved
        left -= moved
    stated[line.stage] = line.quantity
    standing[line.stage] = standing.get(line.stage, 0) + line.quantity
    return outcome


def _refuse(gathered: Gathered[SupportLine], line: SupportLine, problem: Problem) -> None:
    """Refuse a line that was good for itself; the fault stands at its quantity or its stage."""
    headers = gathered.headers[line.sheet]
    name = "quantity" if problem.reason in ("step_other_quantity", "step_received_before", "step_more") else "stage"
    shown = line.quantity_typed if name == "quantity" else line.stage
    row = Row(line.sheet, line.row, (*(None,) * headers.columns[name], shown))
    gathered.findings.refuse(row, headers, [(name, problem)])
