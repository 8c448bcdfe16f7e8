"""Whether a draft offers more than is not covered, as far as its giver may see that: a question, never a refusal."""

from collections import Counter
from collections.abc import Hashable

from unmet.support import queries
from unmet.support.models import Offer, OfferLine
from unmet.support.offer_rules import need_account


def exceeded(draft: Offer) -> dict[int, int]:
    """Line of a draft -> how much is not covered of what it is for, where the draft offers more of it in all.

    In thousandths. A line is for its need, else for what the one member needs of its item, else for what all members
    need of it. A kit or a substitute is not held against a need of another item.
    """
    totals: Counter[Hashable] = Counter()
    gaps: dict[Hashable, int | None] = {}
    lines = list(draft.lines.select_related("item", "need__item", "offer__member"))
    for line in lines:
        key = (line.item_id, line.need_id)
        totals[key] += line.quantity
        if key not in gaps:
            gaps[key] = _gap(line)
    found = {line.pk: (totals[line.item_id, line.need_id], gaps[line.item_id, line.need_id]) for line in lines}
    return {pk: gap for pk, (total, gap) in found.items() if gap is not None and total > gap}


def _gap(line: OfferLine) -> int | None:
    """How much is not covered; None where that cannot be said."""
    if line.need is not None:
        account = need_account(line.need)
        return account.not_covered if account is not None and account.item_id == line.item_id else None
    rows = queries.gaps_of(line.item, but_of=[line.offer.giver_id])
    member = line.offer.member_id
    return sum(row.not_covered for row in rows if member is None or row.member == member)
