"""The books against a model of them: long random walks that reach deep states, and a machine that shrinks.

A walk that fails prints its seed and its last steps. `make prove` walks 20,000 steps, `make test` a tenth.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import hypothesis
import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.books.world import World
from tests.conftest import prove_scale

pytestmark = pytest.mark.django_db
T = TypeVar("T")

STEPS = int(20_000 * prove_scale())
STEPS_A_WALK = 1_000
# How often each kind of step is taken: those that put something into the books more often than those that undo it.
WEIGHTS = {
    "submit": 22, "approve": 22, "send_back": 2, "take_back": 2, "new_round": 2, "wait": 3,
    "release": 5, "withdraw_release": 3, "hold_back": 3,
    "pause": 5, "resume": 5, "confirm": 3, "end": 2,
    "state": 28, "accept": 3, "withdraw_support": 3, "assign": 5,
}  # fmt: skip


class Seeded:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one(self, options: Sequence[T]) -> T:
        """One of the options."""
        return self._random.choice(options)

    def number(self, low: int, high: int) -> int:
        """A whole number between two."""
        return self._random.randint(low, high)

    def kind(self) -> str:
        """The next kind of step."""
        return self._random.choices(list(WEIGHTS), WEIGHTS.values())[0]


class Drawn:
    """Choices that hypothesis makes, and makes smaller when something fails."""

    def __init__(self) -> None:
        self.data: st.DataObject | None = None

    def one(self, options: Sequence[T]) -> T:
        """One of the options; the first one is the simplest."""
        return options[self.number(0, len(options) - 1)]

    def number(self, low: int, high: int) -> int:
        """A whole number between two."""
        assert self.data is not None
        return self.data.draw(st.integers(low, high))


@contextmanager
def telling(world: World, seed: int) -> Iterator[None]:
    """Say how to come here again when a step fails."""
    try:
        yield
    except BaseException as error:
        last = "\n".join(world.history[-40:])
        error.add_note(f"seed {seed}, step {world.steps}; the last steps:\n{last}")
        raise


@pytest.mark.parametrize("seed", range(STEPS // STEPS_A_WALK))
def test_a_long_walk_through_the_books_agrees_with_the_model_at_every_step_and_every_past_sequence(seed):
    choose = Seeded(seed)
    world = World(choose)
    with telling(world, seed):
        for _ in range(STEPS_A_WALK):
            world.step(choose.kind())
        world.compare(everything=True)
        assert world.compare_the_past() > STEPS_A_WALK / 3
    assert world.steps == STEPS_A_WALK


def test_no_short_way_through_the_books_leaves_the_model():
    class Books(RuleBasedStateMachine):
        """Each example runs in a savepoint of the test's transaction."""

        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()
            self.choose = Drawn()

        @initialize(data=st.data())
        def begin(self, data: Any) -> None:
            self.choose.data = data
            self.world = World(self.choose)

        def teardown(self) -> None:
            try:
                if hasattr(self, "world"):
                    self.world.compare(everything=True)
                    self.world.compare_the_past()
            finally:
                transaction.set_rollback(True)
                self.savepoint.__exit__(None, None, None)

    for kind in WEIGHTS:

        def act(self: Any, data: Any, kind: str = kind) -> None:
            self.choose.data = data
            self.world.step(kind)

        setattr(Books, kind, rule(data=st.data())(act))

    settings = hypothesis.settings(
        max_examples=max(10, int(100 * prove_scale())), stateful_step_count=25, deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Books, settings=settings)
