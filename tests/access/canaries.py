"""Words, numbers, days and uuids that stand in a world once, and how to find them in whatever a page answers."""

import html
import io
import random
import re
import unicodedata
import uuid
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import override

from unmet.web import formats


class Kind(StrEnum):
    """Of what kind a field is; who sees which kind is said in `expectations`."""

    FIGURE = "figure"  # a sum by member, item and round
    DETAIL = "detail"  # place, needed-by, rank, the number of the need
    PRIVATE = "private"  # remark, own words, stock, calculated, requested, files, drafts
    SUPPORT = "support"  # one line of support: reference, quantity, reasons
    COMMENT = "comment"  # what a party said beside a line, and the answer: for who sees its detail and is signed in
    PERSON = "person"  # e-mail, office, letters


@dataclass(frozen=True)
class Canary:
    """One field of one row: whose it is, of which need, and the forms in which it may be written."""

    name: str
    party: str
    need: str
    kind: Kind
    giver: str
    forms: frozenset[str]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind} of {self.party})"


@dataclass
class Canaries:
    """All canaries of a world, by the forms in which they may be found."""

    random: random.Random
    by_form: dict[str, list[Canary]] = field(default_factory=dict)
    by_name: dict[str, Canary] = field(default_factory=dict)
    days: set[str] = field(default_factory=set)
    years: set[str] = field(default_factory=set)

    def named(self, name: str) -> Canary:
        """The canary with this name."""
        return self.by_name[name]

    def _add(
        self,
        name: str,
        forms: Iterable[str],
        *,
        party: str = "",
        need: str = "",
        kind: Kind = Kind.PRIVATE,
        giver: str = "",
    ) -> Canary:
        canary = Canary(name, party, need, kind, giver, frozenset(forms))
        assert name not in self.by_name, name
        self.by_name[name] = canary
        for form in canary.forms:
            self.by_form.setdefault(form, []).append(canary)
        return canary

    def word(self, name: str, **of: Any) -> str:
        """A word that is in no dictionary."""
        word = f"zq{''.join(self.random.choices('bcdfghjklmnpqrstvwx', k=6))}qz"
        assert word not in self.by_form
        self._add(name, [word], **of)
        return word

    def number(self, name: str, *, low: int = 1_000_000, high: int = 0, **of: Any) -> int:
        """An odd number that nothing else is equal to."""
        while True:
            number = self.random.randrange(low + 1, high or low + 9_000_000, 2)
            if str(number) not in self.by_form:
                break
        self._add(name, _number_forms(number), **of)
        return number

    def amount(self, name: str, value: int, *, money: bool, cents: bool = False, **of: Any) -> None:
        """A sum as the books keep it: thousandths of a unit or of a cent; or a value in cents."""
        whole = value // 100 if cents else value // (100_000 if money else 1000)
        self._add(name, {str(whole), str(value), *([str(value // 1000)] if money else [])}, **of)

    def day(self, name: str, day: date, **of: Any) -> date:
        """A day, in the words of the four languages, for machines, and as a spreadsheet counts days."""
        forms = {day.isoformat(), f"xlsx:{(day - date(1899, 12, 30)).days}"}
        for language in ("en", "ar", "es", "fr"):
            with override(language):
                forms.add(formats.day(day).replace("\u00a0", " "))
        self._add(name, forms, kind=Kind.DETAIL, **of)
        self.days |= {form for form in forms if not form.startswith("xlsx:")}
        self.years.add(str(day.year))
        return day

    def identifier(self, name: str, value: uuid.UUID, **of: Any) -> None:
        """A uuid."""
        self._add(name, {str(value), value.hex}, **of)

    # ── finding ──────────────────────────────────────────────────────────────
    def forms_in(self, text: str, *, workbook: bool = False) -> set[str]:
        """Every form of every canary that a text holds."""
        text = _plain(text)
        folded = text.casefold()
        found = set(_WORD.findall(folded)) | set(_UUID.findall(folded))
        ungrouped = _GROUPS.sub("", text)
        numbers = set(_NUMBER.findall(text)) | set(_NUMBER.findall(ungrouped))
        found |= numbers
        if workbook:
            found |= {f"xlsx:{number}" for number in numbers}
        if any(year in text for year in self.years):
            found |= {form for form in self.days if form in text}
        return {form for form in found if form in self.by_form}


def _number_forms(number: int) -> set[str]:
    return {str(number), str(number * 1000)}


_WORD = re.compile(r"zq[a-z]{6}qz")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{5,}(?![0-9A-Za-z])")
_GROUPS = re.compile(r"(?<=[0-9])[,.'’٬ ](?=[0-9]{3}(?![0-9]))")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007"), " ")


def _plain(text: str) -> str:
    text = html.unescape(text).translate(_SPACES)
    if any(unicodedata.category(character) == "Nd" and not character.isascii() for character in set(text)):
        text = "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)
    return text


def text_of(answer: Any) -> tuple[str, bool]:
    """Everything an answer says: headers and cookies, the body, what is inside a workbook. And whether it is one."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    head = "\n".join(f"{name}: {value}" for name, value in answer.items())
    head += "\n" + answer.cookies.output()
    if body[:4] != b"PK\x03\x04":
        return f"{head}\n{body.decode('utf-8', errors='replace')}", False
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        parts = [book.read(name).decode("utf-8", errors="replace") for name in book.namelist()]
    return "\n".join([head, *parts]), True
