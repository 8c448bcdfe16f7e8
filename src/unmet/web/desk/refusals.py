"""Every refusal of a service as a sentence for the person at the desk: what it was, and what to do.

What a person may not do at all (`NotAllowed`) is answered by the middleware, for every page alike.
"""

from django.utils.translation import gettext as _

from unmet.catalogue.models import Item
from unmet.exchange import refusals
from unmet.exchange.refusals import REFUSED as REFUSED
from unmet.web.formats import quantity


def sentence(refused: Exception) -> str:
    """Why nothing was done, and what to do, in the reader's language."""
    return refusals.sentence(refused, shown=quantity)


def of_item(item: Item | None, why: str) -> str:
    """A refusal that is about one item, with its name before it."""
    return _("%(line)s: %(why)s") % {"line": item.name, "why": why} if item is not None else why
