"""Every refusal that a client may meet: one kind for each, with a page that explains it (RFC 9457)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.errors import ValidationError as NotAsDescribed

from unmet.access.may import NotAllowed
from unmet.access.services import ReleaseRefused, is_demonstration
from unmet.books.services import BelowZero, LaterRoundHolds
from unmet.exchange import refusals
from unmet.exchange.faults import Fault
from unmet.exchange.import_report import CountsDiffer
from unmet.exchange.table import FileRefused
from unmet.figures.published import NotOverItems, NotOverRounds, TodayOnly
from unmet.files.services import TooLarge
from unmet.needs import services as needs
from unmet.support.requests import RequestRefused
from unmet.support.services import SupportRefused

TYPE: Final = "application/problem+json"
ADDRESS: Final = "/api/v1/problems/"
Text = str | Promise
Refused = TypeVar("Refused", bound=Exception)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal. `meaning` says what it is and `remedy` what a client does about it: its page."""

    code: str
    status: int
    title: Text
    meaning: Text
    remedy: Text

    @property
    def address(self) -> str:
        """What `type` holds: the address of its page."""
        return ADDRESS + self.code


KINDS: Final[dict[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind(
            "bad-request", 400, gettext_lazy("The request is not as described"),
            gettext_lazy(
                "A parameter, a header or a field of the body is unknown, missing or of another form than the "
                "description of the API says; or the body is no JSON, too deep, or names a field twice."
            ),
            gettext_lazy("Read `errors`: each names the place and what is wrong there. Then send it again."),
        ),
        Kind(
            "no-token", 401, gettext_lazy("A token is needed"),
            gettext_lazy(
                "No token was sent, or none stands behind what was sent: it is unknown, has expired or was ended."
            ),
            gettext_lazy(
                "Make a token on the page “Tokens for programs” of your settings, and send it as "
                "“Authorization: Bearer …”. A cookie is never accepted."
            ),
        ),
        Kind(
            "scope-missing", 403, gettext_lazy("The token has no scope for this"),
            gettext_lazy("The token is good, but its owner did not give it the scope that this operation needs."),
            gettext_lazy("Make a token with that scope, if your appointment allows it."),
        ),
        Kind(
            "second-factor-missing", 403, gettext_lazy("The owner of the token has no second factor"),
            gettext_lazy(
                "Approvers and coordination sign in with two factors, and their programs are no way around that. The "
                "owner of this token has no second factor now, so the token does nothing."
            ),
            gettext_lazy("Set up a second factor on the page of your settings. The token works again at once."),
        ),
        Kind(
            "not-allowed", 403, gettext_lazy("This person may not do this"),
            gettext_lazy("No appointment that stands today allows it for this party. Nothing was changed."),
            gettext_lazy("Ask your own office who is appointed for it."),
        ),
        Kind(
            "not-found", 404, gettext_lazy("There is nothing here, or not for you"),
            gettext_lazy("It does not exist, or it is not for you to see. The answer is the same for both."),
            gettext_lazy("Check the address and the codes, and for whom the token acts."),
        ),
        Kind(
            "method-not-allowed", 405, gettext_lazy("This address does not take this method"),
            gettext_lazy("The address exists, but not with this method. The header `Allow` names those it takes."),
            gettext_lazy("Read the description of the API."),
        ),
        Kind(
            "not-acceptable", 406, gettext_lazy("This cannot be answered in that form"),
            gettext_lazy("The API answers in JSON, lists also in CSV; the header `Accept` takes neither."),
            gettext_lazy("Send `Accept: application/json`, or `Accept: text/csv` for a list."),
        ),
        Kind(
            "state", 409, gettext_lazy("It is not in a state for this"),
            gettext_lazy(
                "What was asked for is not possible as things stand: the round is not open, the return was decided, "
                "or more would be taken away than is there. Nothing was changed."
            ),
            gettext_lazy("Read it again, and decide then."),
        ),
        Kind(
            "changed-meanwhile", 412, gettext_lazy("It has changed meanwhile"),
            gettext_lazy(
                "The `ETag` in `If-Match` is not that of the present version: somebody changed it since you read it. "
                "Nothing was changed."
            ),
            gettext_lazy("Read it again, and send the new `ETag` if you still want this."),
        ),
        Kind(
            "too-large", 413, gettext_lazy("The request is too large"),
            gettext_lazy("The body, the file, or the number of lines is above the limit. Nothing was read."),
            gettext_lazy("Send it in parts, or as a table by `/api/v1/files/needs`."),
        ),
        Kind(
            "media-type", 415, gettext_lazy("The body is of another type"),
            gettext_lazy("The body must be JSON; a table is sent as a form with a file."),
            gettext_lazy("Send `Content-Type: application/json`, or `multipart/form-data` for a file."),
        ),
        Kind(
            "refused", 422, gettext_lazy("It is understood, and refused by a rule"),
            gettext_lazy("The request has the right form, but one of the rules of the house refuses what it says."),
            gettext_lazy("`detail` says which rule and what to do."),
        ),
        Kind(
            "faults", 422, gettext_lazy("Some lines need attention"),
            gettext_lazy(
                "Lines or cells were refused, so nothing was written. `faults` has one entry for each, the same as "
                "the command line and the pages give: where, the value as typed, why, and what to do."
            ),
            gettext_lazy("Correct the lines, or ask for the good rows only. Then send it again."),
        ),
        Kind(
            "file-unreadable", 422, gettext_lazy("The file is not a table that we read"),
            gettext_lazy("The file is damaged, encrypted, too large when unpacked, or no table. Nothing was written."),
            gettext_lazy("`detail` says what is wrong. Save it as .xlsx, .ods or .csv and send it again."),
        ),
        Kind(
            "key-reused", 422, gettext_lazy("This key was used for another request"),
            gettext_lazy("The `Idempotency-Key` came before with another address or body. Nothing was changed."),
            gettext_lazy("Make a new key for each new request; keep the key when you send the same request again."),
        ),
        Kind(
            "cursor", 422, gettext_lazy("This cursor is not one of ours"),
            gettext_lazy("A cursor is taken from the `next` link of the same list and is never made or changed."),
            gettext_lazy("Begin again without a cursor, and follow the `next` links."),
        ),
        Kind(
            "if-match-missing", 428, gettext_lazy("Say which version you have read"),
            gettext_lazy("What can be changed by others is changed only with the header `If-Match`."),
            gettext_lazy("Read it first, and send its `ETag` as `If-Match`."),
        ),
        Kind(
            "too-often", 429, gettext_lazy("Too many requests"),
            gettext_lazy(
                "More requests came within a minute than the limit for this token or, without a token, for this "
                "network address. The pages have no such limit."
            ),
            gettext_lazy("Wait as many seconds as the header `Retry-After` says."),
        ),
        Kind(
            "fault-of-ours", 500, gettext_lazy("A fault of ours"),
            gettext_lazy("Something went wrong here. A request that should change something changed nothing."),
            gettext_lazy("Send it again later, with the same `Idempotency-Key`. If it stays, tell the operator."),
        ),
    )
}  # fmt: skip
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


_REQUEST_STATES: Final = {"not_sent", "stopped", "not_stopped", "held_back", "line_withdrawn", "order"}


def _is_state(error: Exception) -> bool:
    """Whether it is refused because of how things stand, not because of what was said."""
    if isinstance(error, ReleaseRefused):
        return error.reason == "withdrawn"
    if isinstance(error, SupportRefused):
        return error.reason in {
            "more_than_stands", "not_accepted", "already_proposed", "other_quantity", "in_consignment",
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
    return {"pointer": place, "detail": words.get(error["type"], str(error["msg"]))}


def everywhere(response: HttpResponse) -> None:
    """What stands in the head of every answer, good or not."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    if is_demonstration():
        response.headers["Unmet-Demonstration"] = "yes"
