"""Extracts of needs for a named body: made, with their table and its hash, and what became of them."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db.models import QuerySet

from unmet.api import extract_schemas as said
from unmet.api import found, lists, problems
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.kept_files import Kept
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.catalogue.models import Emergency, Sector
from unmet.exchange import extract_refusals
from unmet.parties.models import Party
from unmet.support import extracts as services
from unmet.support.extracts import ExtractRefused, Noted
from unmet.support.models import Extract, ExtractShare, ExtractStep

operations = Operations("extracts", "/extracts")
# Refused because of how things stand, not because of what was said.
_STATES: Final = {"nothing", "order"}


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("", said.Extract, scope="read")
def extracts(
    request: ApiRequest, maker: Code | None = None, recipient: Code | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Extracts that your parties made, or that were sent to them."""
    rows = _whole()
    if maker is not None:
        rows = rows.filter(maker=found.by_code(Party.objects.all(), maker))
    if recipient is not None:
        rows = rows.filter(recipient=found.by_code(Party.objects.all(), recipient))
    return Listing(said.Extract, lists.by_age(rows, _extract), limit, cursor)


@operations.listing("/shares", said.ExtractShare, scope="read")
def extract_shares(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """Extracts, whoever made them, that held rows of your own members; your own rows alone are counted."""
    rows = services.holding_own().prefetch_related("extract__steps")
    return Listing(said.ExtractShare, lists.by_number(rows, _share), limit, cursor)


@operations.one("/{id}", said.Extract, scope="read", tagged=True)
def extract(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One extract, and how far it has come."""
    return _now(_found(id))


@operations.listing("/{id}/steps", said.ExtractStep, scope="read")
def extract_steps(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """What became of it, step by step."""
    rows = _found(id).steps.select_related("by_party")
    return Listing(said.ExtractStep, lists.by_number(rows, _step), limit, cursor)


@operations.file("/{id}/table.csv", scope="read")
def extract_table(request: ApiRequest, id: uuid.UUID) -> Kept:  # noqa: A002
    """The table itself, byte for byte as it was made: compare its SHA-256 with that of the extract."""
    return Kept(_found(id).file)


def _whole() -> QuerySet[Extract]:
    return services.whole().prefetch_related("steps", "sectors")


def _found(id_: uuid.UUID) -> Extract:
    return found.one(_whole().filter(uuid=id_))


def _now(row: Extract, *, status: int = 200, location: str = "") -> One:
    return One(_extract(row), etag=f'"{row.uuid}.{len(row.steps.all())}"', status=status, location=location)


def _extract(row: Extract) -> said.Extract:
    return said.Extract(
        id=row.uuid, maker=row.maker.code, recipient=row.recipient.code,
        emergency=row.emergency.code if row.emergency else None, sectors=sorted(one.code for one in row.sectors.all()),
        rows=row.rows, as_of=row.sequence, sha256=row.file.sha256, size=row.file.size, made_at=row.made_at,
        **_became(row.steps.all()),
    )  # fmt: skip


def _share(row: ExtractShare) -> said.ExtractShare:
    made = row.extract
    return said.ExtractShare(
        member=row.member.code, rows=row.rows, maker=made.maker.code, recipient=made.recipient.code,
        sha256=made.file.sha256, made_at=made.made_at, **_became(made.steps.all()),
    )  # fmt: skip


def _became(steps: Iterable[ExtractStep]) -> dict[str, date | None]:
    """The last day of each kind of step."""
    days: dict[str, date | None] = {f"{kind}_on": None for kind in ExtractStep.Kind.values}
    return days | {f"{step.kind}_on": step.dated_on for step in steps}


def _step(row: ExtractStep) -> said.ExtractStep:
    return said.ExtractStep(
        kind=row.kind, dated_on=row.dated_on, office=row.office, text=row.text, rows_used=row.rows_used,
        stated_by=row.by_party.code, stated_at=row.at,
    )  # fmt: skip


# ── making, and what became of it ────────────────────────────────────────────
@operations.post("", said.Extract, scope="support", status=201, tagged=True)
def make_extract(request: ApiRequest, body: said.NewExtract) -> One:
    """Make an extract as of now. The same again, while nothing has changed and it was not sent, stands as it is."""
    maker = found.by_code(Party.objects.filter(pk__in=request.actor.all_parties), body.maker)
    chosen = {sector.code: sector for sector in Sector.objects.filter(code__in=body.sectors)}
    if missing := sorted(set(body.sectors) - set(chosen)):
        raise Problem("not-found", more={"codes": missing})
    last = _newest()
    made = services.make(
        maker=maker, recipient=found.by_code(Party.objects.all(), body.recipient),
        emergency=found.by_code(Emergency.objects.all(), body.emergency) if body.emergency else None,
        sectors=list(chosen.values()), by=request.person, at=request.at,
    )  # fmt: skip
    new = made.pk > last
    return _now(_found(made.uuid), status=201 if new else 200, location=f"/api/v1/extracts/{made.uuid}")


def _newest() -> int:
    return Extract.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@operations.post("/{id}/steps", said.Extract, scope="support", tagged=True)
def note_extract(request: ApiRequest, id: uuid.UUID, body: said.Noting) -> One:  # noqa: A002
    """State that it was sent (its maker), acknowledged or used (either end). The same again changes nothing."""
    row = _found(id)
    noted = Noted(body.kind, body.dated_on, body.office, body.text, body.rows_used)
    services.note(row, noted, party=_end(row, body.party), by=request.person, at=request.at)
    return _now(_found(id))


def _end(row: Extract, code: str | None) -> Party:
    """The end in whose name one states it: the one named, or the only one."""
    return found.in_whose_name(services.ends(row), code)


# ── refusals ─────────────────────────────────────────────────────────────────
@problems.tells(ExtractRefused)
def _of_extract(refused: ExtractRefused) -> Problem:
    """The problem that a refusal of the services is, with its `reason`."""
    code = "state" if refused.reason in _STATES else "refused"
    return Problem(code, extract_refusals.sentence(refused), more={"reason": refused.reason})
