"""Every refusal that a client may meet is a problem, in the reader's language, with a page that explains it."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import make
from tests.api.calls import Program, lines, open_round, problem, token
from unmet.api import bodies, problems
from unmet.api.kinds import KINDS
from unmet.api.problems import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def focal() -> Program:
    open_round()
    return Program(token(make.focal_point("ZMB")))


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("get", "/nothing", 404, "not-found"), ("get", "/", 404, "not-found"),
        ("post", "/parties", 405, "method-not-allowed"),
        ("delete", "/parties", 405, "method-not-allowed"), ("put", "/returns", 405, "method-not-allowed"),
        ("trace", "/parties", 405, "method-not-allowed"), ("get", "/files/needs", 405, "method-not-allowed"),
        ("post", "/openapi.json", 405, "method-not-allowed"),
    ],
)  # fmt: skip
def test_addresses_and_methods(focal, method, path, status, kind):
    answer = getattr(focal.client, method)(f"/api/v1{path}")
    assert problem(answer) == (status, kind)
    if status == 405:
        assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 501}, {"limit": "x"}, {"offset": 1}, {"cursor": ""}, {"limit": [1, 2]}],
)  # fmt: skip
def test_parameters(focal, query):
    assert problem(focal.get("/parties", query)) == (400, "bad-request")


@pytest.mark.parametrize("code", ["a b", "x" * 41, "%00", "a.b", "é"])
def test_codes(focal, code):
    assert focal.get(f"/parties/{code}").status_code in {400, 404}
    assert problem(focal.get("/returns", {"member": code})) == (400, "bad-request")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png, text/plain"])
def test_accept(focal, accept):
    assert problem(focal.get("/parties", Accept=accept)) == (406, "not-acceptable")
    assert problem(focal.get("/parties/CUB", Accept="text/csv")) == (406, "not-acceptable")


@pytest.mark.parametrize(
    "content", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data; boundary=x"]
)
def test_type_of_the_body(focal, content):
    answer = focal.client.post("/api/v1/returns", "{}", content, headers=focal.heads)
    assert problem(answer) == (415, "media-type")
    assert answer.json()["expected"] == "application/json"


def test_too_large(focal):
    body = json.dumps(lines()) + " " * bodies.LONGEST
    assert problem(focal.post("/returns", body)) == (413, "too-large")


@pytest.mark.parametrize(
    "body",
    [
        " ", "{", "[]", "null", "1", '"text"', "{'member': 1}", "[" * 5000, '{"member":"A","member":"B"}',
        '{"member": "\\ud800"}', '{"lines":[{"quantity":NaN}]}', '{"lines":[{"quantity":1e999999}]}',
        '{"lines":[{"quantity":' + "9" * 5000 + "}]}", b"\xff\xfe", '{"a":' * 50 + "1" + "}" * 50,
    ],
)  # fmt: skip
def test_bodies_that_are_not_as_described(focal, body):
    assert problem(focal.client.post("/api/v1/returns", body, "application/json", headers=focal.heads)) == (
        400, "bad-request",
    )  # fmt: skip


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer unmet_", "unmet_x", "Bearer é"])
def test_tokens_that_are_none(focal, sent):
    assert problem(Program(Authorization=sent).get("/parties")) == (401, "no-token")


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_language_of_the_reader(focal, language):
    answer = Program(**{"Accept-Language": language}).get("/parties/NOBODY")
    assert answer.headers["Content-Language"] == language
    assert problem(answer) == (404, "not-found")


def test_a_fault_of_ours_tells_nothing_of_it(focal, monkeypatch):
    def broken(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("unmet.api.parties.found.by_code", broken)
    answer = focal.get("/parties/CUB")
    assert problem(answer) == (500, "fault-of-ours")
    assert b"secret words" not in answer.content


def test_a_cursor_of_another_list_or_of_nobody(focal):
    cursor = focal.get("/parties", {"limit": 1}).json()["next"].partition("cursor=")[2]
    for path, query in (("/catalogue/items", {}), ("/parties", {"limit": 1})):
        wrong = cursor if path != "/parties" else "made-up"
        assert problem(focal.get(path, {**query, "cursor": wrong})) == (422, "cursor")


def test_every_kind_has_a_status_and_words():
    statuses = {kind.status for kind in KINDS.values()}
    assert statuses == {400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429, 500}
    for kind in KINDS.values():
        assert str(kind.title) and str(kind.meaning) and str(kind.remedy)


def test_every_refusal_of_a_service_has_a_kind():
    from unmet.exchange.refusals import REFUSED

    assert set(REFUSED) >= {*problems._STATES}


TEXTS = st.text(st.characters(codec="utf-8"))
EXACT = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**20), max_value=10**20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_what_is_read_is_what_was_written(value):
    text = json.dumps(value, ensure_ascii=False)
    if _depth(value) > bodies.DEEPEST:
        with pytest.raises(Problem):
            bodies.parse(text.encode())
    else:
        assert bodies.parse(text.encode()) == value


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


@given(EXACT)
def test_numbers_are_exact(number):
    assert bodies.parse(f"[{number:f}]".encode()) == [number]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body):
    with contextlib.suppress(Problem):  # anything else fails
        bodies.parse(body)
