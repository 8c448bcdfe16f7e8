"""The description of the API as the page of the docs shows it: operations by resource, and the schemas they name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from unmet.api.described import SCHEME
from unmet.api.v1 import description


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer. `of` names the schema that it holds, if any."""

    name: str
    type: str
    required: bool
    words: str
    place: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of an operation."""

    status: str
    words: str
    type: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    parameters: tuple[Field, ...]
    body_type: str
    body_of: str
    body: tuple[Field, ...]
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema, with its fields."""

    name: str
    words: str
    fields: tuple[Field, ...]


@lru_cache(maxsize=1)
def resources() -> tuple[tuple[str, tuple[Operation, ...]], ...]:
    """Every operation, by resource."""
    every = [
        (told["tags"][0], _operation(method, path, told))
        for path, methods in description()["paths"].items()
        for method, told in methods.items()
    ]
    return tuple((tag, tuple(one for _tag, one in group)) for tag, group in groupby(every, key=lambda pair: pair[0]))


@lru_cache(maxsize=1)
def schemas() -> tuple[Schema, ...]:
    """Every schema, by name."""
    named = description()["components"]["schemas"]
    return tuple(
        Schema(name, told.get("description", ""), tuple(_fields(told))) for name, told in sorted(named.items())
    )


def _operation(method: str, path: str, told: Mapping[str, Any]) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    body_type, body = next(((kind, one["schema"]) for kind, one in content.items()), ("", {}))
    named = _name(body)
    return Operation(
        id=told["operationId"], method=method.upper(), path=path, summary=told["summary"],
        words=told.get("description", "").strip(), scope=told["security"][0][SCHEME][0] if told["security"] else "",
        parameters=tuple(
            Field(one["name"], _type(one["schema"])[0], one["required"], one.get("description", ""), one["in"])
            for one in told.get("parameters", ())
        ),
        body_type=body_type, body_of=named, body=() if named else tuple(_fields(body)),
        replies=tuple(
            _reply(str(status), one) for status, one in sorted(told["responses"].items(), key=lambda pair: str(pair[0]))
        ),
    )  # fmt: skip


def _reply(status: str, told: Mapping[str, Any]) -> Reply:
    content: Mapping[str, Any] = told.get("content", {})
    kind = next(iter(content), "")
    one = content.get(kind, {})
    return Reply(status, told["description"], kind, _name(one.get("schema", {})) if kind != "text/csv" else "")


def _fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    required = set(schema.get("required", ()))
    for name, told in schema.get("properties", {}).items():
        type_, of = _type(told)
        yield Field(name, type_, name in required, told.get("description", ""), of=of)


def _name(schema: Mapping[str, Any]) -> str:
    """The schema that one refers to; empty where it stands by itself."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _type(schema: Mapping[str, Any]) -> tuple[str, str]:
    """A type in a few words, and the schema it names."""
    if "$ref" in schema:
        return "", str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        parts = [_type(one) for one in schema["anyOf"]]
        return " | ".join(part for part, _of in parts if part), next((of for _part, of in parts if of), "")
    if "enum" in schema:
        return " | ".join(f'"{one}"' for one in schema["enum"]), ""
    if schema.get("type") == "array":
        inner, of = _type(schema.get("items", {}))
        return f"[{inner}]", of
    return str(schema.get("format") or schema.get("type") or "any"), ""
