"""One line of a request for assistance is taken back; the others go on asking."""

from datetime import datetime

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.parties.models import Person
from unmet.support import request_telling as tell
from unmet.support import requests
from unmet.support.models import AssistanceRequest, RequestLine
from unmet.support.requests import RequestRefused


@transaction.atomic
def withdraw(line: RequestLine, *, reason: str, by: Person, at: datetime) -> bool:
    """Take one line back: nobody can answer it any more. The last one takes the request with it; True says so.

    Raises:
        NotAllowed: `by` is no approver of the member.
        RequestRefused: `why` is missing or `too_long`; the request is `not_sent`; or the `line_withdrawn` already.
    """
    # Held like the one that is answered, so that nobody answers a line while it goes.
    lines_request = AssistanceRequest.objects.select_for_update(of=("self",), no_key=True).select_related("member")
    held = lines_request.get(pk=line.request_id)
    may.require(Deed.SEND_REQUEST, by=by, party=held.member)
    why = requests.reason_said(reason)
    if held.state != AssistanceRequest.State.SENT:
        raise RequestRefused("not_sent")
    if not RequestLine.objects.filter(pk=line.pk, withdrawn_at=None).update(withdrawn_at=at, withdrawn_why=why):
        raise RequestRefused("line_withdrawn")
    access.record(
        event="support.request_line_withdrawn", at=at, party=held.member, role=Role.APPROVER, subject_kind="request",
        subject=held.uuid, reason=why, line=str(line.uuid),
    )  # fmt: skip
    if held.lines.filter(withdrawn_at=None).exists():
        tell.line_withdrawn(held, line, by=by, at=at)
        return False
    requests.withdraw(held, reason=why, by=by, at=at)
    return True
