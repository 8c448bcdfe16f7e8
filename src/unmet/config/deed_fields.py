"""What an operation of the loop takes, as options: read from the schema that the API checks its body by.

A value is text, a whole number, yes or no, several texts, a group of fields, or several such groups (lines). A group is
typed as FIELD=VALUE, as often as it has fields.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from pydantic import BaseModel

from unmet.config.console import Stop

Schema = Mapping[str, Any]
Kind = Literal["text", "number", "yes_no", "texts", "group", "groups"]
_KINDS: Final[dict[str, Kind]] = {
    "string": "text", "integer": "number", "boolean": "yes_no", "array": "texts", "object": "group"
}  # fmt: skip
# More fields than these are named in the help without what they take.
_MANY: Final = 20


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body, or one value of an address. `about` says what it takes, `inside` are the fields of a group.

    Where there are `choices`, it takes nothing else.
    """

    name: str
    kind: Kind
    needed: bool
    choices: tuple[str, ...]
    about: str
    inside: tuple["Field", ...] = ()

    @property
    def option(self) -> str:
        """How it is typed."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def dest(self) -> str:
        """Under which name its value stands after parsing; no option of the command itself has a point in its name."""
        return f"field.{self.name}"


@cache
def of_body(body: type[BaseModel]) -> tuple[Field, ...]:
    """The fields of a body, in their order."""
    schema = body.model_json_schema()
    return _fields(schema, schema.get("$defs", {}))


def of_value(name: str, schema: Schema, *, needed: bool) -> Field:
    """A value of an address."""
    return _field(name, schema, {}, needed=needed)


def _fields(schema: Schema, named: Schema) -> tuple[Field, ...]:
    needed = schema.get("required", [])
    return tuple(_field(name, one, named, needed=name in needed) for name, one in schema["properties"].items())


def _field(name: str, schema: Schema, named: Schema, *, needed: bool) -> Field:
    found = _resolved(schema, named)
    kind = _KINDS[found["type"]]
    inside: tuple[Field, ...] = ()
    if kind == "group":
        inside = _fields(found, named)
    elif kind == "texts":
        of = _resolved(found["items"], named)
        if of["type"] == "object":
            kind, inside = "groups", _fields(of, named)
        else:
            found = found | {"enum": of.get("enum", [])}
    choices = found.get("enum") or ([found["const"]] if "const" in found else [])
    shown = tuple(str(one) for one in choices if one != "")
    told = str(found.get("description", "")).rstrip(".")
    if found.get("format") == "date":
        told = "; ".join(part for part in (told, "a day, such as 2021-06-30") if part)
    return Field(name, kind, needed, shown, told, inside)


def _resolved(schema: Schema, named: Schema) -> dict[str, Any]:
    """What a schema comes to: what it refers to, of several forms the text, and what is said beside them."""
    if "$ref" in schema:
        known = _resolved(named[schema["$ref"].rsplit("/", 1)[-1]], named)
        # Its own words are those of the group; they say more than the ones of a place where it stands.
        return known | {name: value for name, value in schema.items() if name != "$ref"}
    if "anyOf" in schema:
        forms = [_resolved(one, named) for one in schema["anyOf"] if one.get("type") != "null"]
        chosen = next((one for one in forms if one["type"] == "string"), forms[0])
        return chosen | {name: value for name, value in schema.items() if name != "anyOf"}
    return dict(schema)


# ── as options ───────────────────────────────────────────────────────────────
def add(made: argparse.ArgumentParser, field: Field) -> None:
    """The option of a field."""
    more: dict[str, Any] = {"help": about(field).replace("%", "%%"), "dest": field.dest}
    if field.kind == "yes_no":
        more |= {"action": argparse.BooleanOptionalAction, "default": None}
    elif field.inside:
        more |= {"nargs": "+", "metavar": "FIELD=VALUE", "action": "append" if field.kind == "groups" else "store"}
    else:
        more |= {"metavar": field.name.upper()} | ({"action": "append"} if field.kind == "texts" else {})
    made.add_argument(field.option, **more)


def about(field: Field) -> str:
    """What a field takes, in words."""
    words = [field.about] if field.about else []
    if field.choices:
        words.append(f"one of {', '.join(field.choices)}")
    if field.kind in {"texts", "groups"}:
        words.append("may be given again")
    if field.inside:
        words.append(_inside(field.inside))
    words = words or [{"number": "a whole number", "yes_no": "yes, or no"}.get(field.kind, "in words")]
    return "; ".join([*(["needed"] if field.needed else []), *words])


def _inside(fields: Sequence[Field]) -> str:
    if len(fields) > _MANY:
        return f"fields: {', '.join(one.name for one in fields)}"
    told = [one.name + (f" ({', '.join(one.choices)})" if one.choices else "") for one in fields]
    needed = [words for words, one in zip(told, fields, strict=True) if one.needed]
    others = [words for words, one in zip(told, fields, strict=True) if not one.needed]
    return "; ".join(
        f"{title} {', '.join(words)}" for title, words in (("needs", needed), ("takes", others)) if words
    )  # fmt: skip


# ── as values ────────────────────────────────────────────────────────────────
def typed(given: argparse.Namespace, fields: Sequence[Field]) -> dict[str, Any]:
    """What was typed of some fields, by name; what was not typed is not in it.

    Raises:
        Stop: a group is not typed as FIELD=VALUE, or names a field twice or one that it does not have.
    """
    values = {field: getattr(given, field.dest) for field in fields}
    return {field.name: _value(field, value) for field, value in values.items() if value is not None}


def _value(field: Field, value: Any) -> Any:
    if field.kind == "groups":
        return [_group(field, words) for words in value]
    if field.kind == "group":
        return _group(field, value)
    return _number(value) if field.kind == "number" else value


def _group(field: Field, words: Sequence[str]) -> dict[str, Any]:
    known = {one.name: one for one in field.inside}
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise Stop(f"{field.option} is typed as FIELD=VALUE, such as {field.inside[0].name}=…; {word!r} is not.")
        if name not in known:
            raise Stop(f"{field.option} has no field {name!r}. There are: {', '.join(known)}.")
        if name in found:
            raise Stop(f"{field.option} names {name!r} twice. Give {field.option} again for another one.")
        found[name] = _within(known[name], value)
    return found


def _within(field: Field, value: str) -> Any:
    """A value of a group; several texts are parted by commas there."""
    if field.kind == "texts":
        return value.split(",") if value else []
    if field.kind == "yes_no":
        return {"yes": True, "true": True, "no": False, "false": False}.get(value, value)
    return _number(value) if field.kind == "number" else value


def _number(text: str) -> Any:
    """A whole number; anything else stays as typed, and the schema says what is wrong with it."""
    return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20 else text
