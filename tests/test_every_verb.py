"""No service that changes something is forgotten: each stands in a table of every state × verb × role.

The tables are the tests that walk through `Verb`s (`tests.state_tables`). What each is of is read from their source:
the first argument of `Verb`, as the test file names it. The walk itself proves that it is this service that refuses.
"""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from unmet import needs, support

TESTS = Path(__file__).resolve().parent
FOLDERS = (support, needs)
# Called by a service, in its transaction and under its right: they ask for none of their own.
UNDER_A_DEED = {
    "support.answers.follow_each": "the answer that offers give, written when one is made or ends",
    "support.consignments.step": "the row that every deed about a consignment leaves",
    "support.extract_table.as_recipient": "who reads an extract; it changes nothing",
    "support.offer_answers.offered": "what an offer says to a request, when it is made",
    "support.offer_answers.ended": "the same when it ends",
    "support.offer_answers.taken_back": "the same when a commitment is taken back",
    "support.proposals_waiting.take": "how a proposal ends when the approver accepts or declines",
}
# They come from no state: something new is written, or one value in the place of another. Who may is tried elsewhere.
FROM_NO_STATE = {
    **{
        f"needs.{name}": "an entry of the catalogue, by the version that was read (tests/needs/test_catalogue)"
        for name in (
            "catalogue_details.add_alias",
            "catalogue_details.add_code",
            "catalogue_details.add_price",
            "catalogue_details.drop",
            "catalogue_details.save_pack",
            "catalogue_items.add_item",
            "catalogue_items.correct_item",
            "catalogue_kits.save_contents",
            "catalogue_units.save_unit",
        )
    },
    "needs.followed.follow": "whoever may see it follows it (tests/web/test_desk_follow)",
    "needs.rounds.plan": "a new round (tests/needs/test_rounds)",
    "support.exchange_rates.add": "a new rate of a day (tests/web/test_exchange_rates)",
    "support.exchange_rates.drop": "the same",
    "support.extracts.make": "a new extract (tests/support/test_extracts)",
    "support.severities.enter": "the numbers of a month, in the place of earlier ones (tests/web/test_severities)",
    "support.severities.drop": "the same",
}


def deeds() -> dict[str, Callable[..., Any]]:
    """Every public function that somebody does at a moment, by its name; but for those that only tell people."""
    found: dict[str, Callable[..., Any]] = {}
    for folder in FOLDERS:
        for info in pkgutil.iter_modules(folder.__path__):
            if info.ispkg or info.name == "telling" or info.name.endswith("_telling"):
                continue
            module = importlib.import_module(f"{folder.__name__}.{info.name}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                asked = inspect.signature(function).parameters
                own = function.__module__ == module.__name__ and not name.startswith("_")
                if own and {"by", "at"} <= set(asked):
                    found[_name(function)] = function
    return found


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}".removeprefix("unmet.")


@cache
def tabled() -> frozenset[str]:
    """The services of which a table has a verb."""
    return frozenset(_name(one) for path in sorted(TESTS.rglob("test_*.py")) for one in _verbs(path))


def _verbs(path: Path) -> Iterator[Callable[..., Any]]:
    source = path.read_text(encoding="utf-8")
    if "from tests.state_tables import" not in source:
        return
    module = importlib.import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Verb":
            yield _named(node.args[0], vars(module))


def _named(said: ast.expr, names: dict[str, Any]) -> Callable[..., Any]:
    """What `module.service` is where a test says it."""
    assert isinstance(said, ast.Attribute) and isinstance(said.value, ast.Name), ast.unparse(said)
    return inspect.unwrap(getattr(names[said.value.id], said.attr))


def test_every_service_stands_in_a_table() -> None:
    known = tabled() | set(UNDER_A_DEED) | set(FROM_NO_STATE)
    missing = sorted(set(deeds()) - known)
    assert not missing, f"write their states and roles into a table (tests/state_tables.py): {missing}"


def test_no_exception_is_left_over() -> None:
    """What is excepted is there, and stands in no table; what is called under a deed asks for no right of its own."""
    found, listed = deeds(), set(UNDER_A_DEED) | set(FROM_NO_STATE)
    assert listed <= set(found) and not listed & tabled() and not set(UNDER_A_DEED) & set(FROM_NO_STATE)
    for name in UNDER_A_DEED:
        assert "require(" not in inspect.getsource(inspect.unwrap(found[name])), name
