"""Every refusal of a consignment, an attestation or a receipt as a sentence for the person at the desk."""

from unmet.catalogue.models import Item
from unmet.exchange import consignment_refusals
from unmet.support.consignments import ConsignmentRefused
from unmet.web.templatetags.desk import amount_of


def sentence(refused: ConsignmentRefused, item: Item | None = None) -> str:
    """Why nothing was written, and what to do, in the reader's language. `item` is that of the line it is about."""
    return consignment_refusals.sentence(refused, item, shown=amount_of)
