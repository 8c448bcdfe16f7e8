"""Every refusal that a client may meet, and of which kind each exception is (RFC 9457)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.errors import ValidationError as NotAsDescribed

from unmet.access.may import NotAllowed
from unmet.access.services import ReleaseRefused, is_demonstration
from unmet.api.kinds import KINDS, Kind
from unmet.books.services import BelowZero, LaterRoundHolds
from unmet.exchange import refusals
from unmet.exchange.faults import Fault
from unmet.exchange.import_report import CountsDiffer
from unmet.exchange.table import FileRefused
from unmet.figures.published import NotOverItems, NotOverRounds, TodayOnly
from unmet.files.services import TooLarge
from unmet.needs import services as needs
from unmet.support.lines import SupportRefused
from unmet.support.requests import RequestRefused

TYPE: Final = "application/problem+json"
Refused = TypeVar("Refused", bound=Exception)


_BY_STATUS: Final = {
    400: "bad-request", 401: "no-token", 403: "not-allowed", 404: "not-found", 405: "method-not-allowed",
    406: "not-acceptable", 409: "state", 412: "changed-meanwhile", 413: "too-large", 415: "media-type",
    422: "refused", 428: "if-match-missing", 429: "too-often",
}  # fmt: skip


@dataclass
class Problem(Exception):
    """A refusal. `faults` are those of a table; `errors` name places of the request: {pointer, detail}."""

    code: str
    detail: str = ""
    faults: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return KINDS[self.code]


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The answer to a client, in the language that is active."""
    kind = problem.kind
    told: dict[str, Any] = {
        "type": kind.address,
        "title": str(kind.title),
        "status": kind.status,
        "detail": problem.detail or str(kind.meaning),
        "instance": request.path[:300],
    }
    if problem.errors:
        told["errors"] = [dict(error) for error in problem.errors[:50]]
    if problem.code == "faults":
        told["faults"] = [dict(fault) for fault in problem.faults]
    told |= problem.more
    response = HttpResponse(json.dumps(told, ensure_ascii=False), status=kind.status, content_type=TYPE)
    for name, value in problem.headers.items():
        response.headers[name] = value
    if kind.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="unmet"'
    response.headers["Content-Language"] = (get_language() or "en")[:2]
    response.headers["Cache-Control"] = "no-store"
    return response


def of_status(status: int) -> Problem:
    """The problem of an answer that Django itself gave, before any of ours was asked."""
    if status >= 500:
        return Problem("fault-of-ours")
    return Problem(_BY_STATUS.get(status, "bad-request"))


def of(error: Exception) -> Problem | None:
    """The problem that an exception stands for; None for a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotAsDescribed):
        return Problem("bad-request", errors=[_place(one) for one in error.errors])
    if isinstance(error, NotAllowed):
        return Problem("not-allowed")
    if isinstance(error, Http404):
        return Problem("not-found")
    if isinstance(error, (RequestDataTooBig, TooLarge)):
        return Problem("too-large")
    if isinstance(error, (HttpError, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError)):
        return Problem("bad-request")
    return _of_service(error)


# What the files of the resources say of the refusals of their own services.
_TELLERS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {}


def tells(refused: type[Refused]) -> Callable[[Callable[[Refused], Problem]], Callable[[Refused], Problem]]:
    """Let the function below say which problem this exception of a service is."""

    def keep(teller: Callable[[Refused], Problem]) -> Callable[[Refused], Problem]:
        _TELLERS[refused] = teller
        return teller

    return keep


def _of_service(error: Exception) -> Problem | None:
    if (teller := _TELLERS.get(type(error))) is not None:
        return teller(error)
    if isinstance(error, (NotOverItems, NotOverRounds, TodayOnly)):
        return Problem("refused", _figure(error))
    if isinstance(error, needs.ReturnChanged) or (isinstance(error, RequestRefused) and error.reason == "changed"):
        return Problem("changed-meanwhile")
    if isinstance(error, FileRefused):
        return Problem("file-unreadable", error.sentence, more={"reason": error.code})
    if not isinstance(error, refusals.REFUSED):
        return None
    code = "state" if _is_state(error) else "refused"
    more = {"reason": reason} if (reason := getattr(error, "reason", "")) else {}
    if isinstance(error, RequestRefused) and error.need is not None:
        more["need"] = str(error.need.uuid)
    return Problem(code, refusals.sentence(error), more=more)


_STATES: Final = (
    BelowZero, CountsDiffer, LaterRoundHolds, needs.NotYoursToApprove, needs.OpenNeedsStand, needs.RoundNotOpen,
    needs.NotAMember, needs.DraftChanged,
)  # fmt: skip


_REQUEST_STATES: Final = {"not_sent", "stopped", "not_stopped", "held_back", "line_withdrawn", "order", "asked_already"}


def _is_state(error: Exception) -> bool:
    """Whether it is refused because of how things stand, not because of what was said."""
    if isinstance(error, ReleaseRefused):
        return error.reason == "withdrawn"
    if isinstance(error, SupportRefused):
        return error.reason in {
            "more_than_stands", "not_accepted", "already_proposed", "other_quantity", "in_consignment",
            "changed", "stopped", "more_than_needed", "sending_stopped", "sending_paused", "received_before",
        }  # fmt: skip
    if isinstance(error, RequestRefused):
        return error.reason in _REQUEST_STATES
    return isinstance(error, _STATES)


def _figure(error: Exception) -> str:
    sentences = {
        NotOverItems: _("This figure is a quantity of one item. Name the item with `item`."),
        NotOverRounds: _("This figure exists for one round only. Name the round with `round`."),
        TodayOnly: _("What is at risk is known for today only: expected arrivals are not kept by day."),
    }
    return sentences[type(error)]


def of_faults(faults: Sequence[Fault], *, report: Mapping[str, Any] | None = None) -> Problem:
    """Refused lines, as the command line tells them; `report` is what the import would have done."""
    told = [fault.to_json() for fault in faults]
    counts = {name: value for name, value in (report or {}).items() if name != "faults"}
    return Problem("faults", faults=told, more={"report": counts} if counts else {})


def bad(pointer: str, detail: str) -> Problem:
    """A request that is not as described, at one place."""
    return Problem("bad-request", errors=[{"pointer": pointer, "detail": detail}])


_PLACES: Final = {"query": "query", "path": "path", "header": "header", "file": "form", "form": "form"}


def _place(error: Mapping[str, Any]) -> dict[str, str]:
    """Where an error of validation stands, and what it is, in words of ours where people meet it often."""
    source, *rest = [str(part) for part in error["loc"]]
    # ninja puts the name of the parameter that holds the body between the source and the path.
    place = "/" + "/".join(rest[1:]) if source == "body" else f"{_PLACES.get(source, source)}: {'.'.join(rest)}"
    words = {
        "extra_forbidden": _("There is no such field."),
        "missing": _("This is needed and was not sent."),
        "uuid_parsing": _("This is not a UUID."),
        "date_from_datetime_parsing": _("This is not a date. Write it as 2021-06-30."),
        "date_parsing": _("This is not a date. Write it as 2021-06-30."),
    }
    # The names of rows are all of one form, and nobody reads that of an expression.
    names_a_row = error["type"] == "string_pattern_mismatch" and "[0-9a-f" in str(error.get("ctx"))
    detail = words.get("uuid_parsing" if names_a_row else error["type"], str(error["msg"]))
    return {"pointer": place, "detail": detail.removeprefix("Value error, ")}


def everywhere(response: HttpResponse) -> None:
    """What stands in the head of every answer, good or not."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    if is_demonstration():
        response.headers["Unmet-Demonstration"] = "yes"
