"""A number as people type it in a short form: with a point or a comma, in digits of any script."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class NumberField(forms.CharField):
    """A decimal number with a point or a comma, in digits of any script."""

    def clean(self, value: Any) -> Any:
        """The number.

        Raises:
            ValidationError: it is none.
        """
        text = super().clean(value)
        try:
            return number(text)
        except InvalidOperation as error:
            words = _("“%(typed)s” is not a number we can read. Write it like this: 12.5.")
            raise ValidationError(words % {"typed": text[:40]}) from error


class OptionalNumberField(NumberField):
    """The same, or nothing: None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """The number, or None.

        Raises:
            ValidationError: it is neither.
        """
        return super().clean(value) if value and str(value).strip() else None


def number(text: str) -> Decimal:
    """A decimal number with a point or a comma.

    Raises:
        InvalidOperation: it is none, not a finite one, or may mean two things (1,000).
    """
    if re.search(r"[,٬.٫]\d{3}(\D|$)", text.strip()) and not re.match(r"\s*0?[.,٫]", text):
        raise InvalidOperation
    read = Decimal(text.strip().replace("٫", ".").replace(",", "."))
    if not read.is_finite() or abs(read) >= Decimal(10) ** 12:
        raise InvalidOperation
    return read
