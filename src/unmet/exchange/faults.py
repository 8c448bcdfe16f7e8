"""What could not be read, or is asked about: where it stands, what was typed, why, and what to do.

A `Fault` is plain data. Its sentence and remedy are made when they are asked for, in the language
active then, so that a file checked once can be shown to two readers.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext, gettext_lazy

from unmet.exchange._fault_sentences import REASONS, WITHOUT_CELLS
from unmet.exchange.calendars import CALENDARS
from unmet.exchange.table import cell_name
from unmet.methods.fold import fold

ON_A_PAGE: Final = "form"  # the “sheet” of lines that a page or a program sends

Kind = Literal["fault", "question"]
_NO_FACTS: Final[Mapping[str, object]] = {}

# The answer (`Answers.from_controls`) that a person is offered beside a fault or a question.
_CONTROLS: Final = {
    "number_ambiguous": "decimal.%(field)s",
    "date_ambiguous": "dates.%(field)s",
    "date_ambiguous_once": "dates.%(field)s",
    "date_calendar": "calendars.%(field)s",
    "received_calendar": "calendars.%(field)s",
    "equal_less_receipts": "receipts.%(field)s",
    "both_levels": "levels",
    "item_unknown": "item.%(words)s",
    "item_unknown_support": "item.%(words)s",
    "item_ambiguous": "item.%(words)s",
    "place_unknown": "place.%(words)s",
    "unit_unknown": "pack.%(item_id)s.%(words)s",
    "form_other_version": "form",
    "form_columns_new": "form",
    "form_columns_gone": "form",
    "form_columns_both": "form",
}
# What a person may answer where the answer is neither a number nor a date.
ANSWERS: Final = {
    "total": gettext_lazy("It is the total for the whole period"),
    "remaining": gettext_lazy("It is what is still needed; the total stands"),
    "add_up": gettext_lazy("Yes, the lines add up"),
    "own_words": gettext_lazy("Keep my own words"),
    "new_place": gettext_lazy("Make it a new place"),
    "as_it_is": gettext_lazy("Read the workbook as it is"),
}
STAGES: Final = {
    "pledged": gettext_lazy("pledged"),
    "allocated": gettext_lazy("allocated"),
    "committed": gettext_lazy("committed"),
    "in_transit": gettext_lazy("in transit"),
    "received": gettext_lazy("received"),
    "rejected": gettext_lazy("rejected"),
    "missing": gettext_lazy("missing"),
}
# Both families of month names, as United Nations documents in Arabic write them.
_ARABIC_MONTHS: Final = (
    "كانون الثاني/يناير",
    "شباط/فبراير",
    "آذار/مارس",
    "نيسان/أبريل",
    "أيار/مايو",
    "حزيران/يونيه",
    "تموز/يوليه",
    "آب/أغسطس",
    "أيلول/سبتمبر",
    "تشرين الأول/أكتوبر",
    "تشرين الثاني/نوفمبر",
    "كانون الأول/ديسمبر",
)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a person may choose: `answer` is what comes back, `value` what it would mean."""

    answer: str
    value: object

    @property
    def label(self) -> str:
        """The answer in the reader's language."""
        return str(ANSWERS[self.answer]) if self.answer in ANSWERS else shown(self.value)


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell, or one row where `column` is None, that was refused or is asked about.

    `row` is as a person sees it, `column` counts from 0. `facts` are what the sentence needs beside
    the value. A question is asked once for its column: it is about the first of its `cells`, and
    `cells` holds every cell in doubt as a question of its own.
    """

    sheet: str
    row: int
    column: int | None
    column_title: str
    field: str
    value: str
    reason: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=lambda: _NO_FACTS)
    kind: Kind = "fault"
    options: tuple[Option, ...] = ()
    cells: tuple["Fault", ...] = ()

    @property
    def cell(self) -> str:
        """The cell as a spreadsheet names it, `C7`; empty where the whole row is meant."""
        return "" if self.column is None else cell_name(self.row, self.column)

    @property
    def cell_names(self) -> tuple[str, ...]:
        """All cells that a question is about, or the one of a fault."""
        return tuple(fault.cell for fault in self.cells or (self,))

    @property
    def sentence(self) -> str:
        """Why it is not clear, in the reader's language."""
        return self._said(REASONS[self.reason].sentence)

    @property
    def remedy(self) -> str:
        """What to do, in the reader's language."""
        reason = REASONS[self.reason]
        likely = self.facts.get("likely") not in (None, ())
        return self._said(reason.remedy_likely if likely and reason.remedy_likely else reason.remedy)

    @property
    def control(self) -> str:
        """The name of the answer that settles it, for `Answers.from_controls`; empty where the cell must change."""
        facts = {"field": self.field, "words": fold(self.value), "item_id": self.facts.get("item_id")}
        return _CONTROLS.get(self.reason, "") % facts

    def _said(self, words: str) -> str:
        return gettext(WITHOUT_CELLS.get(words, words) if self.sheet == ON_A_PAGE else words) % self._words()

    def _words(self) -> dict[str, str]:
        return {"value": self.value, **{name: shown(fact) for name, fact in self.facts.items()}}

    def spread(self) -> tuple["Fault", ...]:
        """One fault for each cell of a question, for lists that name every refused cell."""
        return self.cells or (self,)

    def to_json(self) -> dict[str, str | int]:
        """The fault for programs, with its words in the reader's language."""
        return {
            "sheet": self.sheet,
            "cell": self.cell,
            "row": self.row,
            "column": self.column_title,
            "value": self.value,
            "reason": self.reason,
            "sentence": self.sentence,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class StageName:
    """A stage of support as a fact of a sentence: written in the reader's language."""

    stage: str


@dataclass(frozen=True, slots=True)
class Known:
    """A quantity that we know, as a fact of a sentence: grouped as on every page, for nobody has typed its digits."""

    quantity: Decimal


def shown(value: object) -> str:
    """A fact in the reader's language: dates with the month in letters, lists as alternatives, the rest plain.

    Numbers are not grouped, so that the reader sees which digits were meant; but for those that are `Known`.
    """
    if isinstance(value, Known):
        # Western digits in every language, as on the pages.
        return format_decimal(value.quantity, format="#,##0.###", locale="en" if _language() == "ar" else _language())
    if isinstance(value, date):
        return _date_shown(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        words = [gettext("“%(word)s”") % {"word": shown(word)} for word in value]
        return format_list(words, style="or", locale=_language())
    if isinstance(value, StageName):
        return str(STAGES[value.stage])
    if isinstance(value, str) and value in CALENDARS:
        return str(CALENDARS[value])
    return str(value)


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _date_shown(day: date) -> str:
    language = _language()
    if language == "ar":
        return f"{day.day} {_ARABIC_MONTHS[day.month - 1]} {day.year}"
    pattern = "d 'de' MMMM 'de' y" if language == "es" else "d MMMM y"
    return format_date(day, pattern, locale=language)
