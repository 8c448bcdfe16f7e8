"""The demonstration's offers: invented, and said to be so in the conditions of each."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from unmet.access.models import Role
from unmet.catalogue.models import Item
from unmet.config.demonstration_people import People
from unmet.support import acceptance_proposals, offers
from unmet.support.acceptance import Accepted
from unmet.support.models import Offer
from unmet.support.offer_rules import Capacity, LineDraft, OfferDraft

TEXT: Final = "Invented for the demonstration."


def load(people: People, at: datetime) -> None:
    """WHO offers hand rub to three members, of which one proposes to take some; Malaysia offers capacity to any."""
    last_day = timezone.now().date() + timedelta(days=365)
    rub = LineDraft(
        Item.objects.get(code="HAND-RUB"), 8_000_000, lot="WHO-0417", expires_on=last_day + timedelta(days=365),
        papers="WHO local production guide", stands_at="Dubai",
    )  # fmt: skip
    several = OfferDraft(
        Offer.Kind.SUPPLIES, Offer.Aim.MEMBERS, last_day, [rub],
        conditions=f"{TEXT} Customs are cleared by the member.",
        members=[people.parties[code] for code in ("ZMB", "HND", "ETH")],
    )  # fmt: skip
    gloves = LineDraft(
        Item.objects.get(code="GLOVE-EXAM"), 900_000_000,
        capacity=Capacity(150_000_000, last_day - timedelta(days=300), "Nitrile comes from one supplier."),
    )  # fmt: skip
    anybody = OfferDraft(Offer.Kind.CAPACITY, Offer.Aim.ANY, last_day, [gloves], conditions=TEXT)
    for code, wanted in (("WHO", several), ("MYS", anybody)):
        with people.acting(code, Role.RESPONDER, at) as (by, moment):
            draft = offers.save(wanted, giver=people.parties[code], by=by, at=moment)
            made = offers.offer(draft, version=draft.version, by=by, at=moment)
        if code == "WHO":
            _propose(people, made, at + timedelta(days=1))


def _propose(people: People, made: Offer, at: datetime) -> None:
    """Ethiopia's focal point proposes to take some of it; its approver has not decided yet.

    A proposal has no words of its own: the conditions of its offer and the name of the office say that it is invented.
    """
    said = Accepted(500_000, need=None, expected_on=made.held_until_on)
    with people.acting("ETH", Role.FOCAL_POINT, at) as (by, moment):
        acceptance_proposals.propose(made.lines.get(), said, member=people.parties["ETH"], by=by, at=moment)
