"""The lines that an operator reads: one for each request and error, and nothing in them about a person."""

import json
import logging
import logging.config
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from tests import make
from unmet.config import logs, urls

pytestmark = pytest.mark.django_db
NASTY = ("\r\n", "\x1b[31m", "\x00", "\u2028", "\x85", "\x0b")


class Kept(logging.Handler):
    """Keeps the lines as they would be written."""

    def __init__(self, form: str = "json") -> None:
        super().__init__()
        self.setFormatter(logs.Lines(form))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(params=["json", "text"])
def written(request) -> Iterator[Kept]:
    """What is written to standard error in each form, by the very handlers that the settings name."""
    kept = Kept(request.param)
    found = [logging.getLogger(name) for name in ("", "django.request", "django.security")]
    unmet = logging.getLogger("unmet")
    levels = [(logger, logger.level) for logger in (*found, unmet)]
    unmet.setLevel(logging.INFO)
    kept.addFilter(lambda record: not record.name.startswith("django.") or bool(record.exc_info))
    for logger in found:
        logger.addHandler(kept)
    yield kept
    for logger in found:
        logger.removeHandler(kept)
    for logger, level in levels:
        logger.setLevel(level)


def last(kept: Kept) -> dict[str, Any]:
    """The last line as a reader of the log has it."""
    told: dict[str, Any] = json.loads(kept.lines[-1])
    return told


def broken(_request: Any) -> HttpResponse:
    """A page that fails, with something typed in the error and in its cause."""
    try:
        raise IntegrityError('duplicate key\nDETAIL: Key (email)=(focal@zmb.example) from 192.0.2.7 "typed words"')
    except IntegrityError as error:
        raise ValueError("not a number: 'typed words' focal@zmb.example") from error


urlpatterns = [*urls.urlpatterns, path("broken", broken, name="broken")]


def test_a_request_is_one_line_without_who_and_what(written, client):
    person = make.person("focal_point", "ZMB", email="focal@zmb.example")
    client.force_login(person)
    answer = client.get(
        "/en/needs?q=secret+words&as=focal%40zmb.example", headers={"user-agent": "Evil/1.0", "referer": "http://x/y"},
        REMOTE_ADDR="192.0.2.7",
    )  # fmt: skip
    assert answer.status_code == 200 and len(written.lines) == 1
    for private in ("secret", "zmb", "192.0.2.7", "Evil", "referer", "/en/"):
        assert private not in written.lines[0]
    assert str(person.uuid) in written.lines[0] and answer["X-Request-ID"] in written.lines[0]
    if written.formatter.form == "json":
        told = last(written)
        assert told.keys() == {
            "time", "level", "logger", "route", "method", "status", "ms", "request", "actor",
        }  # fmt: skip
        assert (told["route"], told["method"], told["status"], told["level"]) == ("needs", "GET", 200, "info")
        assert told["ms"] > 0 and told["time"].endswith("Z") and len(told["time"]) == 24


def test_a_secret_link_is_told_by_its_name_only(written, client):
    client.get("/en/enter/this-is-a-secret")
    assert "this-is-a-secret" not in "".join(written.lines) and "enter" in written.lines[-1]


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_that_is_sent_begins_another_line(written, client, nasty):
    forged = f'x{nasty}{{"level": "info", "route": "forged"}}'
    client.get(f"/en/{forged}", headers={"x-request-id": forged, "user-agent": forged, "accept-language": forged})
    client.generic(f"GET{nasty}forged", "/en/")
    client.get("/en/", headers={"host": f"evil{nasty}forged"})
    assert len(written.lines) >= 3
    for line in written.lines:
        assert "forged" not in line and line.isprintable() and line.isascii()
        assert written.formatter.form == "text" or json.loads(line)


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_in_a_sentence_or_an_error_begins_another_line(written, nasty):
    try:
        raise OSError(f"disk{nasty}full")
    except OSError:
        logging.getLogger("unmet.something").exception("could not write %s", f"a{nasty}b")
    [line] = written.lines
    shown = line if written.formatter.form == "json" else line.replace("\n    ", "")
    assert shown.isprintable() and "could not write a" in line


@pytest.mark.urls("tests.config.test_logs")
def test_an_error_has_its_places_and_nothing_that_was_typed(written):
    answer = Client(raise_request_exception=False).get("/broken?q=typed")
    assert answer.status_code == 500
    whole = "".join(written.lines)
    for private in ("typed", "focal@", "zmb", "192.0.2.7"):
        assert private not in whole
    assert "test_logs.py" in whole and "broken" in whole
    if written.formatter.form == "json":
        fault, request = (json.loads(line) for line in written.lines)
        assert fault["error"]["type"] == "builtins.ValueError" and fault["error"]["because"]["type"].endswith("yError")
        assert fault["error"]["traceback"][-1].endswith(" broken") and fault["request"] == request["request"]
        assert (fault["route"], request["status"], request["level"]) == ("broken", 500, "error")
        assert "says" not in fault["error"]


def test_what_the_machine_says_of_itself_is_kept(written):
    try:
        raise OSError(28, "No space left on device")
    except OSError:
        logging.getLogger("unmet.jobs").error(
            "a job failed for focal@zmb.example at 2001:db8::7", exc_info=sys.exc_info()
        )
    assert "@" not in written.lines[0] and "db8" not in written.lines[0]
    assert "(e-mail)" in written.lines[0] and "(address)" in written.lines[0]
    if written.formatter.form == "json":
        assert last(written)["error"]["says"] == "[Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("given", "kept"), [(str(uuid.uuid4()), True), ("a" * 32, True), ("focal@zmb.example", False), ("a" * 40, False)]
)
def test_the_id_of_a_proxy_is_taken_when_it_says_nothing(client, given, kept):
    answered = client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"]
    assert (answered == given) is kept and logs._ID_OF_A_PROXY.fullmatch(answered)


def test_the_settings_write_json_to_standard_error_and_no_line_for_each_wrong_address(capsys):
    loggers = [logging.getLogger(name) for name in ("", "unmet", "django.request", "django.security")]
    before = [(logger, list(logger.handlers), logger.level, logger.propagate) for logger in loggers]
    try:
        logging.config.dictConfig(logs.configuration(level="INFO", form="json"))
        Client().get("/nowhere")
        logging.getLogger("unmet.thing").info("done")
        logging.getLogger("somebody.else").info("not this")
    finally:
        for logger, handlers, level, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)
    written = capsys.readouterr()
    assert written.out == ""
    assert [json.loads(line).get("status", "") for line in written.err.splitlines()] == [404, ""]


def test_the_name_of_a_route_is_none_where_there_is_none():
    assert logs.route_of(RequestFactory().get("/anything")) == "none"
