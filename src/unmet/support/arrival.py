"""When what is accepted is expected, where nobody has said it: a promise without a day would never be late."""

from datetime import date, timedelta
from typing import Final

from unmet.catalogue.models import Item
from unmet.support.profile_form import wants

PROPOSED: Final = timedelta(days=30)


def is_shipped(item: Item) -> bool:
    """Whether it arrives at all: goods do, money, people and knowledge do not."""
    return bool(wants(item.kind, item.flags))


def proposed(item: Item, needed_by: date | None, *, today: date) -> date | None:
    """Thirty days from today, or when the need is needed by if that is later; None where nothing is shipped."""
    if not is_shipped(item):
        return None
    return max(today + PROPOSED, needed_by or today)
