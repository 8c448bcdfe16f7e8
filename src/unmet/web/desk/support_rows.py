"""Lines of support that a form sends: read under the rules of the support sheet, then booked."""

from collections.abc import Mapping, Sequence

from unmet.catalogue.models import Round
from unmet.exchange import support_sheet
from unmet.exchange.answers import Answers
from unmet.exchange.cells import form_rows
from unmet.exchange.form import SUPPORT
from unmet.exchange.parsed import Parsed
from unmet.exchange.support_import import against_the_books
from unmet.support import dated, known, stating
from unmet.support.line_plan import Planned
from unmet.support.lines import SupportLine
from unmet.support.models import Line
from unmet.web import formats
from unmet.web.desk import asking
from unmet.web.requests import PersonRequest


def read(request: PersonRequest, rows: Sequence[Mapping[str, str]], round_: Round) -> Parsed[SupportLine]:
    """The rows under the rules of the sheet and of the books; nothing is written."""
    answers = Answers.from_controls(asking.said(request.POST.dict()))
    lookup = known.lookup(round_=round_, today=dated.newest(request.at))
    return against_the_books(support_sheet.parse(form_rows(rows, SUPPORT), lookup, answers=answers), round_=round_)


def book(request: PersonRequest, lines: Sequence[SupportLine], round_: Round) -> list[Planned]:
    """Book the lines, all or none.

    Raises:
        may.NotAllowed, SupportRefused: see `stating.state`.
    """
    return stating.state(lines, round_=round_, by=request.user, at=request.at)


def row_of(
    line: Line, *, stage: str, quantity: str, on: str, expected: str = "", reason: str = "", meant: bool = False
) -> dict[str, str]:  # fmt: skip
    """A row that says a next step of a known line. `on` empty is today."""
    row = {
        "giver": line.giver.code,
        "member": line.member.code,
        "item": line.item.code,
        "quantity": quantity,
        "stage": stage,
        "date": on,
        "expected": expected,
        "reference": line.reference,
        "reason": reason,
        "meant": "yes" if meant else "",
    }
    return {name: value.strip() for name, value in row.items() if value.strip()}


def today(request: PersonRequest) -> str:
    """Today as the form is filled with it."""
    return formats.day(request.at)
