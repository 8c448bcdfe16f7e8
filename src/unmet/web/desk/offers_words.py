"""Every refusal around an offer as a sentence, and where an offer stands in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import pgettext

from unmet.exchange import offer_refusals, request_refusals
from unmet.support.models import Offer
from unmet.support.offer_rules import OfferRefused
from unmet.support.requests import RequestRefused
from unmet.web.templatetags.desk import amount_of, unit_of

REFUSED = (OfferRefused, RequestRefused)


def sentence(refused: OfferRefused | RequestRefused) -> str:
    """Why nothing was written, and what to do, in the reader's language."""
    if isinstance(refused, RequestRefused):
        return request_refusals.sentence(refused)
    return offer_refusals.sentence(refused, shown=amount_of, unit=unit_of)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an offer stands: in words, whether it can be accepted, and whether it ended well or badly."""

    words: str
    open: bool
    mark: str = ""  # done | risk | ""


def standing(made: Offer, accepted: tuple[int, int], *, at: datetime) -> Standing:
    """Where an offer stands at a moment; `accepted` is (its lines, those of which something was accepted)."""
    late = made.state == Offer.State.OFFERED and made.ends_at <= at
    state = Offer.State.EXPIRED if late else Offer.State(made.state)
    words, some = str(state.label), bool(accepted[1])
    if state == Offer.State.OFFERED:
        return Standing(pgettext("an offer", "accepted in part") if some else words, True)
    if state == Offer.State.CLOSED:
        return Standing(words, False, "done")
    ended = {
        Offer.State.DECLINED: pgettext("an offer", "accepted in part, the rest declined"),
        Offer.State.WITHDRAWN: pgettext("an offer", "accepted in part, the rest withdrawn"),
        Offer.State.EXPIRED: pgettext("an offer", "accepted in part, the rest expired"),
    }
    return Standing(ended.get(state, words) if some else words, False, "done" if some else "")
