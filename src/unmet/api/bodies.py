"""Reads the body of a request: exact numbers, no field twice, neither too deep nor too long."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from unmet.api.problems import Problem, bad

LONGEST: Final = 4_000_000  # bytes of JSON; larger things come as files
DEEPEST: Final = 8
_STEPS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_DIGITS: Final = 40


class ExactParser(Parser):
    """Parses JSON for the API. Numbers with a point become Decimal, never a float."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the body.

        Raises:
            Problem: see `parse`.
        """
        return parse(request.body)


def parse(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        Problem: `bad-request` when it is no JSON, too deep, holds a field twice, or text that is no Unicode.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise bad("/", _("The body is not UTF-8.")) from wrong
    depth = 0
    for step in _STEPS.finditer(text):
        sign = step[0][0]
        depth += sign in "[{"
        depth -= sign in "]}"
        if depth > DEEPEST:
            raise bad("/", _("The body is deeper than anything we read."))
    try:
        value = json.loads(
            text, parse_float=_exact, parse_int=_whole, parse_constant=_no_number, object_pairs_hook=_once
        )
        json.dumps(value, default=str, ensure_ascii=False).encode("utf-8")
    except Problem:
        raise
    except UnicodeEncodeError as wrong:
        raise bad("/", _("The body holds half a sign of Unicode.")) from wrong
    except (ValueError, RecursionError) as wrong:
        raise bad("/", _("The body is not JSON.")) from wrong
    return value


def _exact(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as wrong:  # an exponent beyond every bound
        raise bad("/", _("The body holds a number that is too long.")) from wrong
    if len(text) > _DIGITS or abs(number.adjusted()) > _DIGITS:
        raise bad("/", _("The body holds a number that is too long."))
    return number


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise bad("/", _("The body holds a number that is too long."))
    return int(text)


def _no_number(name: str) -> Any:
    raise bad("/", _("“%(name)s” is not a number.") % {"name": name})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise bad("/", _("The field “%(name)s” stands there twice.") % {"name": twice[:60]})
    return found
