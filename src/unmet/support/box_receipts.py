"""Receipts of a box of several givers: one for each part, stated together; each giver finds the certificate of its own.

A correction is of one receipt, and so of one part (`support.receipts`).
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from unmet.access import may
from unmet.access.may import Deed
from unmet.parties.models import Person
from unmet.support import receipts
from unmet.support.consignment_checks import ConsignmentRefused
from unmet.support.models import Consignment, Receipt
from unmet.support.receipts import Counted


@transaction.atomic
def receive(
    counted: Sequence[Counted], *, on: date, by: Person, at: datetime, note: str = ""
) -> list[Receipt]:  # fmt: skip
    """State what arrived of a box of several givers, whatever part it is in: a receipt for each part, all or none.

    Raises:
        see `receive`.
    """
    if not counted:
        raise ConsignmentRefused("nothing")
    parts: dict[int, list[Counted]] = {}
    for one in counted:
        parts.setdefault(one.line.consignment_id, []).append(one)
    found = Consignment.objects.select_related("member", "giver").in_bulk(parts)
    if len(found) < len(parts):  # a plan that was thrown away meanwhile
        may.require(Deed.RECEIVE_SUPPORT, by=by, party=counted[0].line.line.member)
        raise ConsignmentRefused("state")
    return [
        receipts.receive(found[part], of_one, on=on, by=by, at=at, note=note) for part, of_one in sorted(parts.items())
    ]
