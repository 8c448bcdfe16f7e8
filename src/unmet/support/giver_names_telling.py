"""Who is told that a giver changed what it says of its name: its own people. Called by the services."""

from datetime import datetime
from typing import Final

from unmet.access import telling
from unmet.access.telling import GIVING
from unmet.notices.services import Link
from unmet.parties.models import Party, Person

SAID: Final = "support.giver_name"
SAID_OTHERWISE: Final = "support.giver_name_exception"


def said(giver: Party, *, of_all: bool, by: Person, at: datetime) -> None:
    """The other people who give in its name: for all that it gives, or of one offer or line."""
    people = telling.people_of([giver], GIVING, at=at)
    kind = SAID if of_all else SAID_OTHERWISE
    telling.tell(kind, people, by=by, at=at, link=Link("giver_name", [giver.code]), data={"party": giver.code})
