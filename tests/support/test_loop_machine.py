"""From offer to receipt against a model: long random walks, each step taken or refused as arithmetic says.

A walk that fails prints its seed and its last steps. `make prove` walks 20,000 steps; `make test` fewer.
"""

import pytest
from tests.books.test_machine import Seeded
from tests.conftest import prove_scale
from tests.support.loop_world import World

pytestmark = pytest.mark.django_db

STEPS_A_WALK = 500 if prove_scale() == 1 else 250
WALKS = 40 if prove_scale() == 1 else 1
WEIGHTS = {
    "offer": 14, "accept": 20, "decline": 2, "withdraw": 2, "take_back": 6, "wait": 4, "commit": 6, "restate": 4,
    "new_round": 1, "send": 5, "receive_line": 8, "plan": 16, "discard": 2, "dispatch": 14, "go": 12, "correct_way": 4,
    "attest": 4, "receive": 16, "correct": 6,
    "assign": 4,
}  # fmt: skip


class Choices(Seeded):
    """Choices from a seed, of this walk's kinds of steps."""

    def kind(self) -> str:
        """The next kind of step."""
        return self._random.choices(list(WEIGHTS), WEIGHTS.values())[0]


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_long_walk_from_offer_to_receipt_agrees_with_the_model_at_every_step(seed):
    choose = Choices(seed)
    world = World(choose)
    try:
        for number in range(STEPS_A_WALK):
            world.step(choose.kind())
            world.compare(everything=number % 125 == 124)
    except BaseException as error:
        last = "\n".join(world.history[-40:])
        error.add_note(f"seed {seed}, step {world.steps}; the last steps:\n{last}")
        raise
    states = {box.state for box in world.model.boxes.values()}
    assert "received" in states and len(world.model.boxes) >= 4, f"the walk went nowhere: {states}"
    several = len({box.box for box in world.model.boxes.values()}) < len(world.model.boxes)
    assert several or seed, "no box of several givers in the first walk"
    assigned = any("assigns line" in said and "should pass" in said for said in world.history)
    assert assigned or seed, "nothing was assigned in the first walk"
