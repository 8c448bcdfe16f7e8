"""Where somebody stands in the page "What changed": a person's own choices, like how he or she wants to be told."""

from datetime import datetime

from unmet.notices.models import Reading
from unmet.parties.models import Person


def of(person: Person) -> Reading:
    """Where somebody stands; nothing read and no system chosen where he or she never said."""
    return Reading.objects.filter(person=person).first() or Reading(person=person)


def choose_system(person: Person, system: str) -> None:
    """Keep in whose codes somebody reads the items; empty for ours only."""
    Reading.objects.update_or_create(person=person, defaults={"system": system})


def read(person: Person, *, at: datetime, sequence: int) -> None:
    """Keep up to when, and up to which sequence of the books, somebody has read. Never back."""
    Reading.objects.get_or_create(person=person)
    Reading.objects.filter(person=person).exclude(read_at__gte=at).update(read_at=at, sequence=sequence)
