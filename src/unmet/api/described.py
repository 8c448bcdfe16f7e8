"""What the description of the API (OpenAPI) says beside what the handlers say: refusals, heads, tokens, CSV."""

from functools import cache
from typing import Any

from pydantic import BaseModel, create_model

from unmet.api import problems
from unmet.api.declared import Rule
from unmet.api.kinds import KINDS
from unmet.api.once import HEADER, PATTERN

SCHEME = "Token"
_TEXT = {"type": "string"}


class Fault(BaseModel):
    """One refused cell, as the command line tells it."""

    sheet: str
    cell: str
    row: int
    column: str
    value: str
    reason: str
    sentence: str
    remedy: str


class ErrorPlace(BaseModel):
    """One place of the request that is not as described."""

    pointer: str
    detail: str


class ProblemDetails(BaseModel):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ErrorPlace] = []
    faults: list[Fault] = []


@cache
def page_of(of: type[BaseModel]) -> type[BaseModel]:
    """The model of one page of a list."""
    fields: dict[str, Any] = {
        "rows": (list[of], ...),  # type: ignore[valid-type]
        "next": (str | None, ...),
        "demonstration": (str, ""),
    }
    made: type[BaseModel] = create_model(f"{of.__name__}Page", **fields)
    made.__doc__ = "One page of a list; `next` is the address of the next page."
    return made


def beside(rule: Rule, gives: dict[int, Any], path: str) -> dict[str, Any]:
    """What is added to an operation."""
    statuses = _refusals(rule, path)
    told: dict[str, Any] = {
        "responses": {str(status): _refusal(status) for status in statuses},
        "security": [{SCHEME: [rule.scope]}] if rule.scope else [],
    }
    if path.endswith(".csv"):
        words = "The whole list as CSV (UTF-8)" if rule.csv else "The table as it was made, with its SHA-256 as `ETag`"
        told["responses"]["200"] = {
            "description": f"{words}; texts that a spreadsheet would run are neutralised.",
            "content": {"text/csv": {"schema": _TEXT}},
        }
    if rule.tagged and not rule.posts:
        told["responses"]["304"] = {"description": "It is as you know it (`If-None-Match`)."}
    parameters = []
    if rule.changes:
        words = "The `ETag` of the version that you have read."
        parameters.append({"in": "header", "name": "If-Match", "required": True, "description": words})
    if rule.posts:
        words = "A key of your own making; the same request sent again with it has one effect and one answer."
        parameters.append({"in": "header", "name": HEADER, "required": False, "description": words})
    for parameter in parameters:
        parameter["schema"] = {"type": "string", "pattern": PATTERN} if parameter["name"] == HEADER else _TEXT
    if parameters:
        told["parameters"] = parameters
    return told


def _refusals(rule: Rule, path: str) -> list[int]:
    found = {400, 401, 406, 422, 429, 500}
    if rule.scope:
        found.add(403)
    if "{" in path or rule.posts or not rule.scope:
        found.add(404)
    if rule.scope:
        found.add(404)
    if rule.body:
        found |= {409, 413, 415}
    if rule.posts:
        found.add(409)
    if rule.changes:
        found |= {412, 428}
    return sorted(found)


def _refusal(status: int) -> dict[str, Any]:
    found = [kind for kind in KINDS.values() if kind.status == status]
    return {
        "description": " · ".join(str(kind.title) for kind in found),
        "content": {problems.TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }


def finish(schema: dict[str, Any]) -> dict[str, Any]:
    """The description, with the token and the refusals among its components."""
    for methods in schema["paths"].values():
        for told in methods.values():
            form = told.get("requestBody", {}).get("content", {}).get("multipart/form-data")
            if form:  # a field that is not known is refused, in a form too
                form["schema"]["additionalProperties"] = False
    components = schema["components"]
    components["securitySchemes"] = {
        SCHEME: {"type": "http", "scheme": "bearer", "description": "A token of your settings: `Bearer unmet_…`"}
    }
    details = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] |= details.pop("$defs")
    components["schemas"]["ProblemDetails"] = details
    return schema
