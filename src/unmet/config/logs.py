"""What is written to standard error: one line a request, one line an error. No line says who a person is.

A line never holds an e-mail address, an IP address, what stands behind `?` in an address, the address itself (it may
be a secret link), a user agent, or anything that a reader typed. A person is told by an opaque id.
"""

import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

REQUESTS = "unmet.requests"
NO_ROUTE, STATIC = "none", "static"
# Loggers whose sentences hold addresses and headers as a stranger typed them: only their name is written.
_TYPED_BY_STRANGERS = ("django.request", "django.security", "django.server", "allauth")
_EMAIL = re.compile(r"[^\s@<>\"'(),;:=\[\]]+@[^\s@<>\"'(),;:=\[\]]+")
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])")
_QUERY = re.compile(r"\?\S*")
_ID_OF_A_PROXY = re.compile(r"[0-9a-f-]{16,36}")
_OF_THE_MACHINE = (
    OSError, MemoryError, ImportError, AttributeError, TypeError, NameError, ImproperlyConfigured, OperationalError,
)  # fmt: skip
_LONGEST = 300
_FRAMES = 30
EXTRA = ("route", "method", "status", "ms", "request", "actor")


def without_persons(text: str) -> str:
    """A sentence of a program without addresses of people and machines: its first line, cut to a bearable length."""
    first = text.strip().partition("\n")[0][: _LONGEST * 4]
    return _IP.sub("(address)", _EMAIL.sub("(e-mail)", _QUERY.sub("?…", first)))[:_LONGEST]


class Lines(logging.Formatter):
    """One record is one line, as JSON or as text; no byte that somebody sent can begin another line."""

    def __init__(self, form: str = "json") -> None:
        super().__init__()
        self.form = form

    def format(self, record: logging.LogRecord) -> str:
        told = self._told(record)
        if self.form == "json":
            return json.dumps(told, ensure_ascii=True, default=str)
        words = " ".join(f"{name}={value}" for name, value in told.items() if name not in {"time", "level", "error"})
        return _plain(f"{told['time']} {told['level']:7} {words}") + "".join(
            f"\n    {_plain(line)}" for line in told.get("error", {}).get("traceback", [])
        )

    def _told(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC)
        told: dict[str, Any] = {
            "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        for name in EXTRA:
            if hasattr(record, name):
                told[name] = getattr(record, name)
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            told |= {"route": route_of(request), "request": getattr(request, "request_id", "")}
        if record.name != REQUESTS and not record.name.startswith(_TYPED_BY_STRANGERS):
            said = record.getMessage().strip()
            told["message"] = without_persons(said)
            if record.name.startswith("_granian") and "\n" in said:
                # The server appends a traceback to its sentence; its last line names the error.
                told["because"] = without_persons(said.rpartition("\n")[2])
        if record.exc_info and record.exc_info[1]:
            told["error"] = _error(record.exc_info[1])
        return told


def _plain(text: str) -> str:
    """Text of which every sign that is no letter, figure or blank of its line is written as an escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _error(error: BaseException) -> dict[str, Any]:
    """An exception with the places it came through: file, line and function, never the values there."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, Any] = _named(error)
    told["traceback"] = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["because"] = _named(cause)
    return told


def _named(error: BaseException) -> dict[str, str]:
    """The kind of an error, and what it says where that is about the machine or the code.

    A ValueError or an IntegrityError repeats the value that was wrong, which somebody typed.
    """
    named = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    return named | ({"says": without_persons(str(error))} if isinstance(error, _OF_THE_MACHINE) else {})


def _short(path: str) -> str:
    """The path inside the packages: where they are installed is nobody's business."""
    return re.split(r"/(?:site-packages|src|lib/python[\d.]+)/", path)[-1]


def route_of(request: HttpRequest) -> str:
    """Name of the route that answered; never the address, which may hold a secret or what somebody searched for."""
    found = getattr(request, "resolver_match", None)
    return found.view_name or NO_ROUTE if found else NO_ROUTE


class RequestLog:
    """Gives each request an id, which goes back in a header, and writes its line when it was answered.

    The outermost of all: what it measures is everything. `heard` is told of each request too (the metrics).
    """

    heard: list[Callable[[str, int, float], None]] = []

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._log = logging.getLogger(REQUESTS)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request.request_id = _request_id(request)  # type: ignore[attr-defined]
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        route = route_of(request)
        if route == NO_ROUTE and request.path_info.startswith("/static/"):
            route = STATIC
        for hear in self.heard:
            hear(route, response.status_code, seconds)
        person = getattr(getattr(request, "actor", None), "person", None)
        self._log.log(
            logging.ERROR if response.status_code >= 500 else logging.INFO,
            "request",
            extra={
                "route": route,
                "method": request.method if request.method in _METHODS else "other",
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                "request": request.request_id,  # type: ignore[attr-defined]
                "actor": str(person.uuid) if person else "none",
            },
        )
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _request_id(request: HttpRequest) -> str:
    """The id that a proxy in front gave, when it is one that says nothing; else a new one."""
    given = request.headers.get("X-Request-ID", "")
    return given if _ID_OF_A_PROXY.fullmatch(given) else uuid.uuid4().hex


class OnlyFaults(logging.Filter):
    """Lets an error with its traceback through, and not the warning for each wrong address: that has its line."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """The setting LOGGING: everything to standard error, in one form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "unmet.config.logs.Lines", "form": form}},
        "filters": {"only_faults": {"()": "unmet.config.logs.OnlyFaults"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines"},
            "faults": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["only_faults"]},
        },
        "loggers": {
            "unmet": {"level": level},
            "django.request": {"handlers": ["faults"], "level": "ERROR", "propagate": False},
            # A wrong host or a forged form is a stranger's mistake; its request has a line.
            "django.security": {"handlers": ["faults"], "level": "CRITICAL", "propagate": False},
        },
        "root": {"handlers": ["stderr"], "level": max(level, "WARNING", key=logging.getLevelName)},
    }
