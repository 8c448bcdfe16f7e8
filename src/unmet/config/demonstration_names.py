"""The demonstration's givers that show their name to everyone: invented, as all that they give in it.

Two are named; all others are not.
"""

from datetime import datetime
from typing import Final

from unmet.access.models import Role
from unmet.config.demonstration_people import People
from unmet.support import giver_names

_NAMED: Final = ("UNICEF", "WHO")


def load(people: People, at: datetime) -> None:
    """UNICEF and WHO are named beside what was received of them."""
    for code in _NAMED:
        with people.acting(code, Role.RESPONDER, at) as (by, moment):
            giver_names.say(people.parties[code], "named", by=by, at=moment)
