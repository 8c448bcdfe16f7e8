"""Files: a table of needs is checked and sent, or only checked; the report is that of the command line."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from ninja import File, Form, UploadedFile
from pydantic import BaseModel

from unmet.access import may
from unmet.access.may import Deed
from unmet.api import found
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.problems import bad, of_faults
from unmet.api.values import Code
from unmet.exchange import needs_import
from unmet.exchange.answers import EVERY_COLUMN, Answers
from unmet.needs import services as needs

operations = Operations("files", "/files")
FIELDS = ("member", "round", "dry_run", "good_rows", "decimal", "dates", "own_words", "new_places", "file")


class Report(BaseModel):
    """What an import did or would do: read = created + updated + unchanged + refused."""

    read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    written: bool
    faults: list[dict[str, Any]]


@operations.post("/needs", Report, scope="needs", body="form", prepared=True)
def import_needs(
    request: ApiRequest,
    file: Annotated[UploadedFile, File(description="A table: .xlsx, .ods or .csv, at most 20 MB.")],
    member: Annotated[Code, Form()],
    round: Annotated[Code, Form()],  # noqa: A002 - the name of the field
    dry_run: Annotated[bool, Form(description="Check only; nothing is written.")] = False,
    good_rows: Annotated[bool, Form(description="Write the good rows though others are refused.")] = False,
    decimal: Annotated[Literal["", ".", ","], Form(description="The decimal mark in all columns.")] = "",
    dates: Annotated[Literal["", "dmy", "mdy"], Form(description="The order of day and month.")] = "",
    own_words: Annotated[bool, Form(description="Keep items that are not in the catalogue as typed.")] = False,
    new_places: Annotated[bool, Form(description="Make the places that are not known yet.")] = False,
) -> Callable[[], One]:
    """Send a table of needs. Refused rows mean that nothing is written, unless only the good rows are asked for."""
    for name in (*request.POST, *request.FILES):
        if name not in FIELDS:
            raise bad(f"form: {name[:60]}", _("There is no such field."))
    party, round_row = found.own_party(request, member), found.asked_round(round)
    may.require(Deed.ENTER_NEEDS, by=request.person, party=party)
    needs.require_open(round_row, at=request.at)
    answers = Answers(
        decimal={EVERY_COLUMN: decimal} if decimal else {}, dates={EVERY_COLUMN: dates} if dates else {},
        own_words=own_words, new_places=new_places,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="unmet-api-") as folder:
        path = Path(folder) / "table"
        with path.open("wb") as kept:
            for chunk in file.chunks():
                kept.write(chunk)
        examined = needs_import.examine(path, file.name or "table", member=party, round_=round_row, answers=answers)
    if examined.parsed.unmapped is not None:
        raise of_faults(examined.parsed.unmapped.faults())
    if dry_run:
        return lambda: One(examined.report.to_json())

    def write() -> One:
        report = needs_import.write(
            examined, member=party, round_=round_row, by=request.person, at=request.at, good_rows=good_rows
        )
        if report.refused and not report.written:
            raise of_faults(report.faults, report=report.to_json())
        return One(report.to_json())

    return write
