"""The demonstration's money: two public facts of 2020 with their sources, and one flow that is invented and says so."""

from datetime import date, datetime
from typing import Final

from unmet.access.models import Role
from unmet.catalogue.models import Emergency
from unmet.config.demonstration_people import People
from unmet.support import flow_deeds, flows
from unmet.support.flow_rules import Amount, Money

FACT: Final = "A public fact, entered for the demonstration."
INVENTED: Final = "Invented for the demonstration."
# Azerbaijan to the COVID-19 appeal under WHO's Strategic Preparedness and Response Plan: reference, pledged on,
# agreement signed on, where it can be read. That either was paid is not cited anywhere, so none is stated as paid.
_FACTS: Final = (
    (
        "DEMO-AZE-WHO-1", date(2020, 3, 6), date(2020, 3, 13),
        "https://news.az/news/azerbaijan-provides-5m-to-who-in-fight-against-covid-19",
    ),
    (
        "DEMO-AZE-WHO-2", date(2020, 5, 4), date(2020, 5, 11),
        "https://report.az/en/health/azerbaijan-who-sign-donation-agreement/",
    ),
)  # fmt: skip
_CENTS: Final = 5_000_000_00


def load(people: People, emergency: Emergency, at: datetime) -> None:
    """Azerbaijan pledges and commits US$ 5 million to WHO, twice, in public; Malaysia pays Zambia part of a grant."""
    for reference, pledged_on, committed_on, source in _FACTS:
        said = Money(
            destinations=[people.parties["WHO"]], emergency=emergency, currency="USD", reference=reference, text=FACT,
            fact_source=source,
        )  # fmt: skip
        with people.acting("AZE", Role.APPROVER, at) as (by, moment):
            flow, _new = flows.state(
                said, "pledge", Amount(_CENTS, pledged_on), source=people.parties["AZE"], by=by, at=moment
            )
            flows.move_on(flow, "commitment", Amount(_CENTS, committed_on), version=2, by=by, at=moment)
            flow_deeds.publish(flow, by=by, at=moment)
    invented = Money(
        destinations=[people.parties["ZMB"]], emergency=emergency, currency="USD", reference="DEMO-MYS-ZMB",
        text=INVENTED,
    )  # fmt: skip
    with people.acting("MYS", Role.RESPONDER, at) as (by, moment):
        flow, _new = flows.state(
            invented, "commitment", Amount(250_000_00, date(2021, 2, 1)), source=people.parties["MYS"], by=by, at=moment
        )
        flows.move_on(flow, "paid", Amount(100_000_00, date(2021, 2, 15)), version=2, by=by, at=moment)
