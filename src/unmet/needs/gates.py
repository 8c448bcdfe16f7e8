"""Who may still be told about needs of others: whoever may still see what it is about. And what still waits."""

import uuid
from datetime import datetime

from unmet.access.actors import Actor, acting
from unmet.needs import comments, flash, letters
from unmet.needs.models import Proposal, Return
from unmet.needs.telling import COMMENT_ANSWERED, LETTER_DECIDED
from unmet.notices.gates import gate, still_so
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


# ── what still waits ─────────────────────────────────────────────────────────
@still_so("needs.submitted")
def _waits_for_its_approver(notice: Notice, at: datetime) -> bool:
    """Another approver may have decided it, or a newer version have come, which has a notice of its own."""
    waiting = Return.objects.submitted().filter(uuid=notice.link_arguments[0])
    return waiting.filter(revision=notice.data["version"]).exists()


@still_so("needs.letter_proposed")
def _waits_for_the_member(notice: Notice, at: datetime) -> bool:
    return Proposal.objects.filter(uuid=notice.link_arguments[0], state=Proposal.State.PROPOSED).exists()


@still_so("needs.flash_called")
def _runs(notice: Notice, at: datetime) -> bool:
    return flash.running(at=at).filter(round__code=notice.data["round"]).exists()
