"""The single values of the API, as given and as taken. Quantities are decimal texts, never floats."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_CODE = r"^[A-Za-z0-9_-]{1,40}$"
# Neither control signs nor half signs: they stand in no text of ours.
TEXT = r"^[^\u0000-\u001f\u007f]*$"
LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"

Code = Annotated[str, Field(pattern=_CODE, description="A code, such as ZMB or MASK-IIR.")]
Text = Annotated[str, Field(pattern=TEXT, max_length=200)]
LongText = Annotated[str, Field(pattern=LINES, max_length=1000)]
Quantity = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="A decimal number as text, exact.")]


def _amount(value: object) -> Decimal:
    """A quantity as it was sent: a text or a whole number; a number with a point is exact here, never a float."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError('a text such as "1250.5", or a whole number')
    if isinstance(value, str):
        whole, point, decimals = value.partition(".")
        digits = (whole + decimals).isascii() and (whole + decimals).isdigit()
        if not digits or not 1 <= len(whole) <= 15 or len(decimals) > 3 or (point and not decimals):
            raise ValueError("digits, and at most three decimals behind a point")
    number = Decimal(value)
    if not 0 <= number < 10**15 or number != number.quantize(Decimal("0.001")):
        raise ValueError("zero or more, below 10^15, with at most three decimals")
    return number


_AMOUNT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,3})?$"},
        {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
    ],
    "description": 'A text such as "1250.5", or a whole number; at most three decimals.',
}
Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema(_AMOUNT_SCHEMA)]


def _whole(value: object) -> object:
    """A whole number; 3.0 is one too."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


# The bounds stand before the reader, else the description does not say them.
Rank = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_whole)]


def _day(value: object) -> date:
    """A day as text: 2021-06-30 and nothing else."""
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError('a day such as "2021-06-30"')
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class Taken(BaseModel):
    """What a client sends: unknown fields are refused, and nothing is read for something else."""

    model_config = ConfigDict(extra="forbid", strict=True)
