"""Who is told of an extract: its recipient when it is sent, its maker when it is acknowledged or used."""

from datetime import datetime
from typing import Final

from unmet.access import telling
from unmet.access.models import Role
from unmet.access.telling import GIVING, OWN
from unmet.notices.services import Link
from unmet.parties.models import Person
from unmet.support.models import Extract, ExtractStep

SENT, ACKNOWLEDGED, USED = "support.extract_sent", "support.extract_acknowledged", "support.extract_used"
_MAKING: Final = (*OWN, Role.COORDINATION)


def noted(extract: Extract, step: ExtractStep, *, by: Person, at: datetime) -> None:
    """The other end; where the maker states what the recipient wrote, nobody needs to be told."""
    link = Link("extract", [str(extract.uuid)])
    if step.kind == ExtractStep.Kind.SENT:
        people = telling.people_of([extract.recipient_id], GIVING, at=at)
        data: dict[str, str | int] = {"party": extract.maker.code, "lines": extract.rows}
        telling.tell(SENT, people, by=by, at=at, link=link, data=data)
    elif step.by_party_id == extract.recipient_id:
        people = telling.people_of([extract.maker_id], _MAKING, at=at)
        kind = ACKNOWLEDGED if step.kind == ExtractStep.Kind.ACKNOWLEDGED else USED
        telling.tell(kind, people, by=by, at=at, link=link, data={"party": extract.recipient.code})
