"""Numbers as people type them: read when there is one reading, asked about when there are two."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from unmet.methods.fold import fold

DecimalMark = Literal[".", ","]

LARGEST: Final = Decimal(10) ** 12
LARGEST_WHOLE: Final = int(LARGEST)
DECIMALS: Final = 3
_LONGEST: Final = 60  # characters; a longer cell is no number, whatever it holds


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a value, and the answer that chooses it for the column."""

    answer: str
    value: object


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Two readings; a person says once per column which one is meant."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class NotANumber:
    """Refused. `reason` is a code of `unmet.exchange.faults`; `words` is the typed text beside the number."""

    reason: str
    likely: Decimal | None = None
    words: str = ""


# Signs that stand for one another. A superscript digit is not a digit here: 10² is not 102.
_SIGNS: Final = str.maketrans(
    {
        "٬": "’",  # the Arabic thousands mark groups, always
        "،": ",",
        "，": ",",
        "．": ".",
        "'": "’",
        "‘": "’",
        "ʼ": "’",
        "´": "’",
        "`": "’",
        "＋": "+",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "﹣": "-",
        "－": "-",
        "٪": "%",
        "％": "%",
        "﹪": "%",
        "‰": "%",
    }
)
_ARABIC_DECIMAL: Final = "٫"  # a decimal mark, always; a comma or a point may be either
_NUMBER_IN_TEXT: Final = re.compile(r"\d+(?:[ ’.,]\d+)*")
_EXPONENT: Final = re.compile(r"([+-]?\d+(?:[.,]\d+)?)[ ]?[eE]([+-]?\d{1,3})")
_MULTIPLIERS: Final = {
    fold(word): factor
    for factor, words in {
        1_000: "thousand thousands mil mille millier milliers ألف آلاف الف",
        1_000_000: "million millions millón millones مليون ملايين",
    }.items()
    for word in words.split()
}
_ESTIMATE_WORDS: Final = """
about approx approximately around circa ca roughly some almost nearly estimated estimate
environ env presque autour de aproximadamente aprox unos unas cerca de casi alrededor
حوالي تقريبا نحو قرابة زهاء
"""
_ESTIMATES: Final = frozenset(fold(_ESTIMATE_WORDS).split())


def parse_number(text: str, *, decimal: DecimalMark | None = None) -> Decimal | Ambiguous | NotANumber:
    """The number that a person typed: 0 to 10^12, at most three decimals.

    `decimal` is what a person said about the column. It chooses between the readings of
    `1,250`; a number with one reading, such as `1.250,5`, needs no answer. A number that the answer
    contradicts (`1,25` where the point is the decimal mark) is refused: it may be a slip
    for 1,250.

    >>> parse_number("1 250,5"), parse_number("١٢٫٥"), parse_number("1,250", decimal=".")
    (Decimal('1250.5'), Decimal('12.5'), Decimal('1250'))
    >>> parse_number("about 300")
    NotANumber(reason='number_words', likely=Decimal('300'), words='about')
    """
    if len(text) > _LONGEST:
        return NotANumber("number_words", words=text.strip())
    plain = _plain(text)
    if not plain:
        return NotANumber("number_blank")
    read = _read(plain, decimal)
    if read is None:
        return _refused(plain, decimal)
    return _checked(read) if isinstance(read, Decimal) else read


def exact_number(value: int | Decimal) -> Decimal | NotANumber:
    """A native numeric cell: never ambiguous, under the same limits.

    A spreadsheet keeps binary floats, so that 0.1 + 0.2 arrives as 0.30000000000000004;
    a difference below 1e-9 of the value is such noise, not a fourth decimal.
    """
    number = Decimal(value)
    if not number.is_finite():
        return NotANumber("number_words")
    if abs(number) <= LARGEST:
        rounded = round(number, DECIMALS)
        if rounded != number and abs(rounded - number) <= abs(number) * Decimal("1e-9"):
            number = rounded
    return _checked(number) if number >= 0 else NotANumber("number_negative", likely=_likely(-number))


def _plain(text: str) -> str:
    """ASCII digits, one kind of space, minus and apostrophe; invisible characters are gone."""
    if text.isascii():
        return text.strip().replace("'", "’").replace("`", "’")
    chars = []
    for char in text:
        kind = unicodedata.category(char)
        if kind == "Nd":
            chars.append(str(unicodedata.decimal(char)))
        elif kind == "Zs" or char.isspace():
            chars.append(" ")
        elif kind != "Cf":
            chars.append(_ARABIC_DECIMAL if char == _ARABIC_DECIMAL else char.translate(_SIGNS))
    return "".join(chars).strip()


def _read(plain: str, decimal: DecimalMark | None) -> Decimal | Ambiguous | NotANumber | None:
    """The number in `plain`, its readings, or None where the form is not a number's."""
    body = plain.removeprefix("+").lstrip(" ")
    if body.isascii() and body.isdigit():
        return Decimal(body)
    if not re.fullmatch(rf"[\d{_ARABIC_DECIMAL} ’.,]*\d", body):
        return None
    marks = [char for char in body if not char.isdigit()]
    # The decimal mark stands once and last, and is never a space or an apostrophe.
    last = marks[-1]
    groups_by = {*marks[:-1]}
    if last == _ARABIC_DECIMAL:
        return _joined(body, groups_by, last)
    if last in " ’":
        return _joined(body, {*marks}, None)
    if len(marks) == 1:
        return _one_mark(body, last, decimal)
    if last in groups_by:
        return _joined(body, {*marks}, None)  # 1,250,000: a mark that repeats groups
    return _joined(body, groups_by, last)


def _one_mark(body: str, mark: str, decimal: DecimalMark | None) -> Decimal | Ambiguous | NotANumber:
    """A number with a single point or comma: `1,250` has two readings, `1,25` and `0,250` have one."""
    before, after = body.split(mark)
    as_decimal = Decimal(f"{before or 0}.{after}")
    groups = len(after) == 3 and 1 <= len(before) <= 3 and before.strip("0") != ""
    if not groups:
        contradicted = decimal not in (None, mark) and before.strip("0") != ""
        return NotANumber("number_against_answer", likely=as_decimal) if contradicted else as_decimal
    as_group = Decimal(before + after)
    if decimal is not None:
        return as_decimal if decimal == mark else as_group
    other = "." if mark == "," else ","
    return Ambiguous((Reading(other, as_group), Reading(mark, as_decimal.normalize())))


def _joined(body: str, groups_by: set[str], mark: str | None) -> Decimal | None:
    """The number whose digits are grouped by one sign, by threes or, as in South Asia, by twos before a last three."""
    whole, _, part = body.partition(mark) if mark else (body, "", "")
    if len(groups_by) > 1:
        return None
    if groups_by:
        sign = next(iter(groups_by))
        first, *others = whole.split(sign)
        sizes = [len(group) for group in others]
        by_threes = all(size == 3 for size in sizes) and 1 <= len(first) <= 3
        by_twos = sizes[-1:] == [3] and all(size == 2 for size in sizes[:-1]) and 1 <= len(first) <= 2
        if not (by_threes or by_twos):
            return None
        whole = first + "".join(others)
    if (whole and not whole.isdigit()) or (part and not part.isdigit()):
        return None
    return Decimal(f"{whole or 0}.{part or 0}")


def _checked(number: Decimal) -> Decimal | NotANumber:
    """The number in its shortest form, if it is within the limits."""
    if number > LARGEST:
        return NotANumber("number_too_large")
    rounded = round(number, DECIMALS)
    if rounded != number:
        return NotANumber("number_decimals", likely=_likely(number))
    return rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded.normalize()


def _likely(number: Decimal) -> Decimal | None:
    """The nearest number that could be accepted, to be offered; never used without being typed."""
    if number > LARGEST:
        return None
    checked = _checked(round(number, DECIMALS))
    return checked if isinstance(checked, Decimal) else None


def _refused(plain: str, decimal: DecimalMark | None) -> NotANumber:
    """Why this is not a number, and which number it probably is."""
    number = _NUMBER_IN_TEXT.findall(plain.replace(_ARABIC_DECIMAL, "."))
    odd = any(unicodedata.category(char) == "No" for char in plain)  # 10² and 1½ are not 10 and 1
    read = _read(number[0], decimal) if len(number) == 1 and not odd else None
    likely = _likely(read) if isinstance(read, Decimal) else None
    exponent = _EXPONENT.fullmatch(plain)
    if exponent:
        return NotANumber("number_exponent", likely=_with_exponent(*exponent.groups()))
    if plain.endswith("%") or plain.startswith("%"):
        return NotANumber("number_percent", likely=likely)
    if re.fullmatch(r"-[^-]*\d[^-]*|\([^()]*\d[^()]*\)|[^-]*\d[^-]*-", plain) and not _letters(plain):
        return NotANumber("number_negative", likely=likely)
    words = " ".join(_NUMBER_IN_TEXT.sub(" ", plain.replace(_ARABIC_DECIMAL, ".")).split())
    factor = next((_MULTIPLIERS[word] for word in fold(words).split() if word in _MULTIPLIERS), 1)
    if likely is not None and factor > 1:
        likely = _likely(likely * factor)
    return NotANumber("number_words", likely=likely, words=words)


def _letters(plain: str) -> bool:
    return any(char.isalpha() for char in plain)


def _with_exponent(digits: str, exponent: str) -> Decimal | None:
    try:
        number = Decimal(digits.replace(",", ".")) * Decimal(10) ** int(exponent)
    except InvalidOperation:
        return None
    return _likely(number) if number >= 0 else None


def is_estimate(words: str) -> bool:
    """Whether the words beside a number only say that it is an estimate ("about", "environ", "حوالي", "~")."""
    return _ESTIMATES.issuperset(fold(words).split())
