"""What the tests of the API share: a client that sends a token, a round that is open now."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from tests import make
from tests.web.desk_world import now as now
from tests.web.desk_world import open_round as open_round
from tests.web.desk_world import today as today
from unmet.access import tokens
from unmet.parties.models import Person

ALL = tokens.SCOPES


def token(person: Person, *scopes: str, days: int = 20, name: str = "a program") -> str:
    """The secret of a new token; by default with all scopes that the person may give."""
    moment = timezone.now() - timedelta(minutes=1)
    with make.as_(person, at=moment) as actor:
        wanted = scopes or tokens.scopes_of(actor)
        _token, secret = tokens.make(
            name=name, scopes=wanted, expires_at=moment + timedelta(days=days), by=person, at=moment
        )
    return secret


class Program:
    """A program with a token, or without one."""

    def __init__(self, secret: str = "", **heads: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.heads = {**({"Authorization": f"Bearer {secret}"} if secret else {}), **heads}

    def get(self, path: str, query: dict[str, Any] | None = None, **heads: str) -> Any:
        """GET under /api/v1."""
        return self.client.get(at(path), query or {}, headers=self.heads | _names(heads))

    def post(self, path: str, body: Any = None, **heads: str) -> Any:
        """POST of JSON under /api/v1."""
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        content = "application/json" if body is not None else ""
        return self.client.post(at(path), text if body is not None else "", content, headers=self.heads | _names(heads))

    def send(self, path: str, fields: dict[str, Any], **heads: str) -> Any:
        """POST of a form with a file."""
        return self.client.post(at(path), fields, headers=self.heads | _names(heads))

    def whole(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """A list to its end, page by page."""
        answer = self.get(path, query)
        rows = []
        while True:
            assert answer.status_code == 200, answer.content.decode()
            told = answer.json()
            rows += told["rows"]
            if told["next"] is None:
                return rows
            answer = self.client.get(told["next"], headers=self.heads)


def _names(heads: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in heads.items()}


def at(path: str) -> str:
    """An address of the API."""
    return path if path.startswith("/api") else f"/api/v1{path}"


def problem(answer: Any) -> tuple[int, str]:
    """Status and kind of a refusal, which must be a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content.decode()[:300]
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["title"] and told["detail"]
    assert "Set-Cookie" not in answer.headers and not answer.cookies
    return answer.status_code, told["type"].removeprefix("/api/v1/problems/")


LINE = {"item": "MASK-IIR", "quantity": "1250"}


def lines(*rows: dict[str, Any], member: str = "ZMB", round_: str = "r-now", **more: Any) -> dict[str, Any]:
    """The body of a return."""
    return {"member": member, "round": round_, "lines": list(rows) or [LINE], **more}


def refused(answer: Any, status: int, reason: str, **more: Any) -> None:
    """It was refused as a problem, for a reason that has a name, with a sentence."""
    told = answer.json()
    assert (answer.status_code, told.get("reason")) == (status, reason), told
    assert told["detail"] and answer.headers["Content-Type"] == "application/problem+json"
    assert {name: told.get(name) for name in more} == more


def table(answer: Any) -> list[dict[str, str]]:
    """The rows of a list as CSV."""
    assert answer.status_code == 200, answer.content.decode()
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
