"""A party that was asked refers a line on to another: the member asks that one too, by a draft with the same line.

Nothing is shown to the other party before the draft is sent, which is the approver's, like every request.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from unmet.access import may
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.parties.models import Party, Person
from unmet.support import request_queries, requests
from unmet.support.models import AssistanceRequest, RequestLine
from unmet.support.requests import RequestRefused, State, Wanted


def asked(lines: Iterable[RequestLine]) -> set[tuple[int, int]]:
    """(need, party): who is asked by name, by a request that stands, for the needs of these lines."""
    through = AssistanceRequest.addressees.through.objects.filter(
        assistancerequest__state=State.SENT, assistancerequest__lines__need__in=[line.need_id for line in lines],
        assistancerequest__lines__withdrawn_at=None,
    )  # fmt: skip
    return set(through.values_list("assistancerequest__lines__need", "party"))


@transaction.atomic
def ask_too(line: RequestLine, other: Party, *, by: Person, at: datetime) -> AssistanceRequest:
    """A draft that asks the party to which an answer refers a line, with that line: at most what is approved of it now.

    Pressed again, it is the same draft.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: `referred_to` (no answer that stands refers it to this party), `asked_already`, or `need` (it is
            not open any more).
    """
    # Held, so that of two who press at once the second finds the draft of the first.
    request = AssistanceRequest.objects.select_for_update(no_key=True).select_related("member").get(pk=line.request_id)
    member, need = request.member, line.need
    may.require(Deed.ASK, by=by, party=member)
    standing = request_queries.answers([line])[line.pk]
    if other.pk not in {answer.referred_to_id for answer in standing}:
        raise RequestRefused("referred_to", need)
    if (need.pk, other.pk) in asked([line]):
        raise RequestRefused("asked_already", need)
    drafts = AssistanceRequest.objects.filter(member=member, state=State.DRAFT, addressees=other, lines__need=need)
    for draft in drafts.order_by("pk"):
        if draft.lines.count() == draft.addressees.count() == 1:
            return draft
    open_ones = Account.objects.filter(subject=need.uuid, kind=Account.Kind.NEED, closed=False)
    approved = open_ones.values_list("approved", flat=True).first() or 0
    if not approved:
        raise RequestRefused("need", need)
    wanted = Wanted(lines=[(need, min(line.quantity, approved))], addressees=[other], text=request.text)
    return requests.save(wanted, member=member, by=by, at=at)
