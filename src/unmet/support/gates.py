"""What still waits: a proposal to accept support, until an approver has decided it."""

from datetime import datetime

from unmet.notices.gates import still_so
from unmet.notices.models import Notice
from unmet.support.models import Proposal


@still_so("support.proposed")
def _waits(notice: Notice, at: datetime) -> bool:
    """The one on the line that the notice leads to; or any of this giver, where it leads to many."""
    waiting = Proposal.objects.filter(state=Proposal.State.PROPOSED, line__member=notice.party_id)
    if notice.link_arguments:
        return waiting.filter(line__uuid=notice.link_arguments[0]).exists()
    return waiting.filter(line__giver__code=notice.data["party"]).exists()
