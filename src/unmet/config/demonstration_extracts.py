"""The demonstration's extract of needs: made by coordination for WHO; what became of it is invented and says so."""

from datetime import datetime, timedelta

from unmet.access.models import Role
from unmet.config.demonstration_people import People
from unmet.config.demonstration_requests import TEXT
from unmet.support import extracts
from unmet.support.extracts import Noted


def load(people: People, at: datetime) -> None:
    """Made, sent and acknowledged."""
    chair, who = people.parties[extracts.COORDINATION], people.parties["WHO"]
    with people.coordination(at) as (by, moment):
        made = extracts.make(maker=chair, recipient=who, by=by, at=moment)
        sent = Noted("sent", made.made_at.date(), f"Supply desk. {TEXT}", f"By e-mail. {TEXT}")
        extracts.note(made, sent, party=chair, by=by, at=moment)
    with people.acting("WHO", Role.RESPONDER, at + timedelta(days=2)) as (by, moment):
        seen = Noted("acknowledged", moment.date(), f"Supply desk. {TEXT}")
        extracts.note(made, seen, party=who, by=by, at=moment)
