"""Whose workbook it is: what a hidden sheet of every workbook of ours says, and what that means for an import.

A workbook travels by mail and comes back weeks later, perhaps in the wrong place. The stamp tells for which member and
round it was made, in which version of the form, so that the difference is explained and nothing is read in silence.
"""

from dataclasses import dataclass
from typing import Final

from unmet.exchange import _limits
from unmet.exchange.cells import Problem, typed
from unmet.exchange.faults import Option
from unmet.exchange.form import Form
from unmet.exchange.table import Table
from unmet.parties.models import Party

_HEAD: Final = "unmet-form"
_AS_IT_IS: Final = (Option("as_it_is", None),)
_ROWS: Final = 40


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the hidden sheet says. `columns` are the fields of the form in its version, `day` is an ISO date.

    `round` is empty where the form is of no round.
    """

    form: str
    version: int
    member: str
    round: str
    language: str
    day: str
    columns: tuple[str, ...]

    def rows(self) -> list[tuple[str, str]]:
        """As the hidden sheet has it: name and value, all text."""
        return [
            (_HEAD, self.form),
            ("version", str(self.version)),
            ("member", self.member),
            ("round", self.round),
            ("language", self.language),
            ("day", self.day),
            ("columns", " ".join(self.columns)),
        ]


def is_ours(sheet: str) -> bool:
    """Whether we ourselves put this sheet into the workbook: it is never the person's table."""
    return sheet.startswith(_limits.OUR_SHEET_MARK)


def read(table: Table) -> Stamp | None:
    """The stamp of a workbook; None where it has none, as any other table. What is damaged in it reads as blank."""
    for sheet in filter(is_ours, table.sheets):
        said: dict[str, str] = {}
        for row in table.rows(sheet):
            if row.number > _ROWS or (not said and typed(row.cell(0)) != _HEAD):
                break
            said.setdefault(typed(row.cell(0)), typed(row.cell(1)).strip())
        if said:
            return Stamp(
                form=said[_HEAD],
                version=_count(said.get("version", "")),
                member=said.get("member", ""),
                round=said.get("round", ""),
                language=said.get("language", ""),
                day=said.get("day", ""),
                columns=tuple(said.get("columns", "").split()),
            )
    return None


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def other_member(stamp: Stamp, member: Party) -> Problem | None:
    """Why a workbook that was made for somebody else is not read here; None where it is the member's own."""
    if stamp.member == member.code:
        return None
    theirs = Party.objects.filter(code=stamp.member).first()
    return Problem("form_other_member", {"theirs": theirs.name if theirs else stamp.member, "ours": member.name})


def other_version(stamp: Stamp, form: Form) -> Problem | None:
    """The question about a workbook of another version of the form: what has changed, and whether to read it so."""
    if stamp.version == form.version:
        return None
    new = tuple(str(column.title) for column in form.columns if column.name not in stamp.columns)
    gone = tuple(name.replace("_", " ") for name in stamp.columns if name not in form.names)
    facts = {"theirs": stamp.version, "ours": form.version, "new": new, "gone": gone}
    reason = "form_other_version"
    if stamp.columns and (new or gone):
        reason = "form_columns_both" if new and gone else "form_columns_new" if new else "form_columns_gone"
    return Problem(reason, facts, _AS_IT_IS, "question")
