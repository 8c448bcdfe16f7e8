"""The offices of a demonstration: who acts in it, for which party, in which role."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from unmet.access.actors import Actor, acting
from unmet.access.models import Appointment, Role
from unmet.parties.models import Party, Person


class People:
    """The demonstration's offices: a focal point and an approver of each member, and one of every other kind.

    `on` says who is a member; the appointments stand from `since`; `more` names further roles, since a member gives
    as well as it asks.
    """

    def __init__(self, *, on: date, since: datetime, more: Sequence[tuple[str, str]] = ()) -> None:
        self._since = since
        self._found: dict[tuple[str, str], Person] = {}
        self.parties = {party.code: party for party in Party.objects.all()}
        until = timezone.now().date() + timedelta(days=700)
        members = Party.objects.members(on=on).values_list("code", flat=True)
        wanted = [(code, role) for code in members for role in (Role.FOCAL_POINT, Role.APPROVER)]
        others = Party.objects.exclude(kind=Party.Kind.STATE).exclude(code="COORD").values_list("code", flat=True)
        wanted += [(code, Role.RESPONDER) for code in others]
        wanted += [("COORD", Role.COORDINATION), ("COORD", Role.OPERATOR), ("COORD-2", Role.COORDINATION)]
        for code, role in [*wanted, *more]:
            self._make(code, role, until)

    def _make(self, code: str, role: str, until: date) -> None:
        party = self.parties[code.removesuffix("-2")]
        person = Person(
            email=f"{role.replace('_', '-')}@{code.lower()}.demonstration.invalid",
            office=f"{party.name_en}, {Role(role).label}, demonstration",
            language={"HND": "es"}.get(code, settings.LANGUAGES[0][0]),
        )
        person.set_unusable_password()
        person.save(force_insert=True)
        # The first appointments of a demonstration are part of setting it up, as an operator sets up a database.
        Appointment.objects.create(
            person=person, party=party, role=role, until_on=until, proposed_at=self._since, confirmed_at=self._since
        )
        self._found[code, role] = person

    @contextmanager
    def acting(self, code: str, role: str, at: datetime) -> Iterator[tuple[Person, datetime]]:
        """Act as one of the offices at a moment."""
        person = self._found[code, role]
        with acting(Actor.of(person, at=at, via="console")):
            yield person, at

    def coordination(self, at: datetime) -> AbstractContextManager[tuple[Person, datetime]]:
        """Act as the chair's team."""
        return self.acting("COORD", Role.COORDINATION, at)
