"""What money is committed or paid for an item, for pages: beside what is not covered, and never inside it."""

from dataclasses import dataclass

from django.db.models import QuerySet

from unmet.catalogue.models import Item
from unmet.figures import money
from unmet.support.models import Flow


@dataclass(frozen=True, slots=True)
class Funded:
    """US cents in grants and in loans; how many whole units the grants would be at the reference price, if any."""

    grant: int
    loan: int
    units: int
    unit: str

    @property
    def any(self) -> bool:
        """Whether there is any money for it."""
        return bool(self.grant or self.loan)


def of(flows: QuerySet[Flow], item: Item) -> Funded:
    """What is funded of an item by some flows."""
    found = money.funded(flows)
    price = item.prices.order_by("-dated_on").first() if found["grant"] else None
    units = money.units_for(found["grant"], usd_millionths=price.usd_millionths) if price else 0
    return Funded(found["grant"], found["loan"], units, item.base_unit.name)
