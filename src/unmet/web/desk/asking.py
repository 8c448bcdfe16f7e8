"""Faults and questions of a typed table as a page shows them, and the answers as a form sends them back.

A question about a column is asked once; the same unknown word is asked about once, however many cells hold it.
Answers are kept by the names that `Fault.control` gives; a form puts `answer.` before them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils.translation import gettext as _

from unmet.exchange.faults import Fault

SHOWN_AT_MOST: Final = 100
PREFIX: Final = "answer."
_CELLS_AT_MOST: Final = 12
_QUOTES: Final = '“”«»‹›"\u00a0\u202f '


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a question: what the form sends, and its words. `note` says more, softly."""

    value: str
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One fault or question, with all its cells. `name` is the form field of its answer, empty where there is none."""

    sheet: str
    cells: tuple[str, ...]
    more_cells: int
    title: str
    value: str
    sentence: str  # without the value at its head, which the page shows as typed
    whole: str  # the sentence with it
    remedy: str
    question: bool
    name: str = ""
    choices: tuple[Choice, ...] = ()
    number_of: str = ""  # the unit in which a number is asked for

    def silent(self) -> "Asked":
        """The same without its answer, which is asked for elsewhere on the page."""
        return replace(self, name="", choices=(), number_of="")


@dataclass(slots=True)
class Gathered:
    """The same doubt once, with all its cells."""

    fault: Fault
    cells: list[str] = field(default_factory=list)


def gather(faults: Iterable[Fault]) -> list[Asked]:
    """Faults and questions as shown: the same doubt once, with all its cells."""
    return [asked(one.fault, one.cells) for one in gathered(faults)]


def gathered(faults: Iterable[Fault]) -> list[Gathered]:
    """The same without a sentence yet: of a hundred thousand faults a page shows a hundred."""
    found: dict[tuple[object, ...], Gathered] = {}
    for fault in faults:
        control = fault.control
        key: tuple[object, ...] = (fault.sheet, control) if control else (id(fault),)
        one = found.setdefault(key, Gathered(fault))
        one.cells += [name for name in fault.cell_names if name] or [_("row %(row)s") % {"row": fault.row}]
    return list(found.values())


def asked(fault: Fault, cells: list[str]) -> Asked:
    """One fault or question as shown."""
    name = f"{PREFIX}{fault.control}" if fault.control else ""
    unit = str(fault.facts.get("unit", "")) if fault.control.startswith("pack.") else ""
    return Asked(
        sheet=fault.sheet,
        cells=tuple(cells[:_CELLS_AT_MOST]),
        more_cells=max(len(cells) - _CELLS_AT_MOST, 0),
        title=fault.column_title,
        value=fault.value,
        sentence=_after_value(fault),
        whole=fault.sentence,
        remedy=fault.remedy,
        question=fault.kind == "question",
        name=name if unit or fault.options else "",
        choices=_choices(fault) if name and not unit else (),
        number_of=unit,
    )


def _after_value(fault: Fault) -> str:
    """The sentence without the quoted value with which most begin, in any language."""
    if not fault.value:
        return fault.sentence
    head, _value, rest = fault.sentence.partition(fault.value)
    if head.strip(_QUOTES) or not rest:
        return fault.sentence
    return rest.lstrip(_QUOTES)


def _choices(fault: Fault) -> tuple[Choice, ...]:
    """The answers a person may choose from."""
    notes = {"dmy": _("day first"), "mdy": _("month first")}
    return tuple(
        Choice(option.answer, _words(fault, option.label), notes.get(option.answer, "")) for option in fault.options
    )


def _words(fault: Fault, label: str) -> str:
    if fault.reason == "number_ambiguous":
        return _("%(typed)s means %(number)s") % {"typed": fault.value, "number": label}
    return label


def said(sent: Mapping[str, str]) -> dict[str, str]:
    """The answers that a form sends, by control. An empty answer is none."""
    return {
        name.removeprefix(PREFIX): value.strip()[:100]
        for name, value in sent.items()
        if name.startswith(PREFIX) and value.strip()
    }
