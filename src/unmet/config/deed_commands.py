"""The commands `unmet do DEED` and `unmet show THING`: one of each for every operation that the API has of the loop.

Arguments, options, help and the example of each are read from the API, so a new operation there is a new command here.
"""

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from unmet.api import calls
from unmet.api.calls import Call, Parameter
from unmet.api.values import Taken
from unmet.config import deed_fields
from unmet.config.deed_fields import Field

# Lists of one party, which have commands of their own (`config.listing`).
_LISTED: Final = {"requests", "offers", "consignments", "receipts", "money", "extracts", "extract_shares"}
# The table of an extract lies on the disk as soon as it is made: there is no trying it.
_NOT_TRIED: Final = {"make_extract"}


def deeds() -> Mapping[str, Call]:
    """What can be done, by the word that is typed."""
    return {_word(name): one for name, one in calls.deeds().items()}


def readings() -> Mapping[str, Call]:
    """What can be shown, by the word that is typed."""
    return {_word(name): one for name, one in calls.readings().items() if name not in _LISTED}


def _word(name: str) -> str:
    return name.replace("_", "-")


def add(made: argparse.ArgumentParser, command: str) -> None:
    """Give the command `do` or `show` its sub-commands."""
    words = {"do": ("deed", "DEED", deeds()), "show": ("thing", "THING", readings())}
    dest, metavar, known = words[command]
    below = made.add_subparsers(dest=dest, required=True, metavar=metavar)
    for word, one in sorted(known.items()):
        sub = below.add_parser(
            word, help=one.summary.rstrip("."), description=_described(one),
            epilog=f"Example:\n\n    {_typed(example(one))}", formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        sub.add_argument("--data", default=argparse.SUPPRESS, help="folder of database, log and uploads")
        for field in path(one):
            sub.add_argument(field.dest, metavar=field.name.upper(), help=_place(one, field).replace("%", "%%"))
        if command == "do":
            _deed(sub, one)
        else:
            _reading(sub, one)
        sub.add_argument("--as", dest="as_", metavar="E-MAIL", help="the person who acts (UNMET_AS)")
        sub.add_argument("--language", choices=["en", "ar", "es", "fr"], default="en", help="language of the sentences")
        sub.add_argument("--json", action="store_true", help="print the answer as JSON")


def _described(one: Call) -> str:
    """What it does, and what its body is, as the API says it."""
    of_body = [kind.__doc__ or "" for kind in reversed(one.body.__mro__) if _is_body(kind)] if one.body else []
    words = " ".join(" ".join((one.summary, one.more, *of_body)).split())
    return textwrap.fill(words, 79, break_on_hyphens=False, break_long_words=False).replace("%", "%%")


def _is_body(kind: type) -> bool:
    """Whether this is a body, or what several bodies have in common."""
    return issubclass(kind, Taken) and kind is not Taken


def _deed(sub: argparse.ArgumentParser, one: Call) -> None:
    for field in body(one):
        deed_fields.add(sub, field)
    if one.body is not None:
        sub.add_argument(
            "--body", metavar="FILE",
            help="the same fields as a JSON document, as the API takes it; `-` is standard input. Options come on top",
        )  # fmt: skip
    if one.declared.rule.changes:
        sub.add_argument(
            "--etag", metavar="ETAG", help="the version that you have read; without it, whichever stands now"
        )
    if one.name not in _NOT_TRIED:
        sub.add_argument("--dry-run", action="store_true", help="do it, print what it gives, and take it back")


def _reading(sub: argparse.ArgumentParser, one: Call) -> None:
    for field in query(one):
        deed_fields.add(sub, field)
    if one.is_list:
        sub.add_argument("--csv", action="store_true", help="print the answer as CSV")
    elif one.declared.path.endswith(".csv"):
        sub.add_argument("-o", dest="out", metavar="FILE", help="where to write it; default standard output")


# ── what each takes ──────────────────────────────────────────────────────────
def path(one: Call) -> Sequence[Field]:
    """What names the thing it is about, in the order in which it is typed."""
    return [_of(parameter) for parameter in one.path]


def query(one: Call) -> Sequence[Field]:
    """What a list is narrowed by."""
    return [_of(parameter) for parameter in one.query]


def body(one: Call) -> Sequence[Field]:
    """The fields of what it takes beside that."""
    return deed_fields.of_body(one.body) if one.body is not None else ()


def _of(parameter: Parameter) -> Field:
    return deed_fields.of_value(parameter.name, parameter.schema, needed=parameter.needed)


def _place(one: Call, field: Field) -> str:
    """What an argument names: the thing of the address before it."""
    parts = one.declared.path.split("/")
    before = parts[parts.index(f"{{{field.name}}}") - 1]
    told = {"lines": "the `id` of one of its lines", "profiles": "code of the member"}
    return told.get(before) or field.about or f"the `id`, as the lists of {before} show it"


# ── examples ─────────────────────────────────────────────────────────────────
_SAMPLES: Final[Mapping[str, str]] = {
    "accepted": "380", "addressees": "WHO", "amount": "50000", "answers": "", "code": "ABCD-EFGH-JKLM",
    "currency": "USD", "dated_on": "2021-06-30", "destinations": "ZMB", "emergency": "covid-19",
    "expected_on": "2021-07-15", "giver": "WHO",
    "held_until": "2021-12-31", "item": "MASK-IIR", "maker": "ZMB", "member": "ZMB", "missing": "20",
    "missing_why": "short", "number": "1", "office": "Supply unit", "place": "Lusaka airport", "quantity": "400",
    "reason": "The store is full", "recipient": "WHO", "reference": "G-2021-7", "since": "2021-06-30", "source": "WHO",
    "text": "By letter of 30 June", "what": "hold", "why": "customs",
}  # fmt: skip
# Fields that are not always needed, and without which the example would be refused.
_BESIDE: Final[Mapping[str, Sequence[str]]] = {
    "accept_offer": ("need", "conditions_seen"), "draft_offer": ("member",), "draft_request": ("addressees",),
    "note_extract": ("office", "text"), "replace_offer": ("member",), "replace_request": ("addressees",),
    "end_need": ("covered_nationally", "reason"),
    "state_money": ("emergency",), "step_consignment": ("why",),
    "correct_receipt": ("missing", "missing_why"), "receive_consignment": ("missing", "missing_why"),
    "receive_line": ("missing", "missing_why"),
}  # fmt: skip


def example(one: Call, *, id_: str = "") -> list[str]:
    """The words of a command that does it, with what it needs; `id_` stands where a row is named, else its field."""
    kind = "do" if one.declared.rule.posts else "show"
    words = ["unmet", kind, _word(one.name), *(_sample(field, id_) for field in path(one))]
    beside = _BESIDE.get(one.name, ())
    for field in (*(query(one) if kind == "show" else ()), *body(one)):
        if field.needed or field.name in beside:
            words += _given(field, beside, id_)
    return [*words, "--as", "person@example.org"]


def _given(field: Field, beside: Sequence[str], id_: str) -> list[str]:
    if field.inside:
        inside = [one for one in field.inside if one.needed or one.name in beside]
        return [field.option, *(f"{one.name}={_sample(one, id_)}" for one in inside or field.inside[:1])]
    return [field.option] if field.kind == "yes_no" else [field.option, _sample(field, id_)]


def _sample(field: Field, id_: str) -> str:
    known = _SAMPLES.get(field.name)
    if field.choices and known not in field.choices:
        return field.choices[0]
    return known or id_ or field.name.upper()


def _typed(words: Sequence[str]) -> str:
    """As one types it in a shell."""
    return " ".join(f'"{word}"' if " " in word else word for word in words).replace("%", "%%")


def values(one: Call, given: argparse.Namespace) -> dict[str, Any]:
    """What names the thing and narrows the list, as it was typed."""
    return deed_fields.typed(given, [*path(one), *query(one)])
