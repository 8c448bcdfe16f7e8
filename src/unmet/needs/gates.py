"""Who may still be told about needs of others: whoever may still see what it is about."""

import uuid
from datetime import datetime

from unmet.access.actors import Actor, acting
from unmet.needs import comments, letters
from unmet.needs.telling import COMMENT_ANSWERED, LETTER_DECIDED
from unmet.notices.gates import gate
from unmet.notices.models import Notice


@gate(*LETTER_DECIDED)
def _types_letters(notice: Notice, at: datetime) -> bool:
    """The member may have ended the permission of the office that typed it."""
    with acting(Actor.of(notice.person, at=at, via="job")):
        return letters.typed().filter(uuid=notice.link_arguments[0]).exists()


@gate(COMMENT_ANSWERED)
def _sees_the_line(notice: Notice, at: datetime) -> bool:
    """The member may have withdrawn the release under which it was commented."""
    with acting(Actor.of(notice.person, at=at, via="job")):
        return comments.need(uuid.UUID(notice.link_arguments[0])) is not None
