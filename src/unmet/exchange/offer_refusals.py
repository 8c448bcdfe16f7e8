"""Every refusal around an offer as a sentence: what it was, and what to do.

The pages and the API say the same words.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from unmet.catalogue.models import Item
from unmet.support.offer_rules import OfferRefused


def sentence(
    refused: OfferRefused, *, shown: Callable[[int, Item | None], str], unit: Callable[[Item | None], str]
) -> str:
    """Why nothing was written, and what to do, in the reader's language.

    `shown` writes a quantity (thousandths of the item's base unit), `unit` names the unit of an item.
    """
    words = {**_draft(), **_whom(), **_made(), **_accepting()}[refused.reason]
    return words % {"quantity": shown(refused.standing, refused.item), "unit": unit(refused.item)}


def _draft() -> dict[str, str]:
    return {
        "kind": _(
            "What is offered does not fit the kind of the offer: goods, services, people, training, technology and "
            "money are each offered as what they are. A licence is an item of its own, not the goods made with it."
        ),
        "goods_expired": _("The goods have expired already. Offer a later lot, or correct the expiry date."),
        "nothing": _("Write at least one line: an item and a quantity."),
        "too_many": _("An offer has at most 50 lines. Offer the rest in another one."),
        "quantity": _("Write a quantity above zero."),
        "item": _("This item is retired. Choose the one that took its place."),
        "need": _("This is not an open need of the member that you may see. Offer without it, or choose another."),
        "request": _("The offer does not fit the line of the request any more. Begin again from the request."),
        "capacity": _("Say how many units a month can be made, and from when."),
        "technology": _("Say which product it is about and who holds the right."),
        "past": _("The last day has passed already. Choose a later day."),
        "too_long": _("The text is too long. Shorten it."),
        "no_round": _("No round is open, so there is no emergency to give for."),
    }


def _whom() -> dict[str, str]:
    return {
        "aim": _("Say to whom it is offered: one member, several, or any."),
        "nobody": _("Choose to whom it is offered."),
        "set": _("This set of members is not known. Choose one from the list."),
        "set_changed": _("Other members are in this set now than when the draft was kept. Keep it again, and read it."),
        "itself": _("A party cannot give to itself."),
        "not_a_member": _("Only members receive through this database. Choose members."),
    }


def _made() -> dict[str, str]:
    return {
        "changed": _(
            "This offer was changed, made, discarded or accepted from meanwhile, perhaps by yourself in another "
            "window. Please read it again."
        ),
        "not_offered": _("This offer stands no longer: it was accepted in whole, declined or withdrawn."),
        "expired": _("The last day of this offer has passed."),
        "already_declined": _("Your party declined this offer already."),
        "nobody_accepted": _("No member has accepted it yet. Until then it can be said to be in negotiation only."),
        "order": _("It has come so far already, or further. Choose a later step."),
    }


def _accepting() -> dict[str, str]:
    return {
        "less_left": _("Less is left of this offer: %(quantity)s %(unit)s. Accept at most that much."),
        "more_than_needed": _(
            "This is more than is not covered, which is %(quantity)s %(unit)s. Accept less, or tick that you want more."
        ),
        "no_need": _("This is offered to members that need it, to be shared out. Choose the open need that it is for."),
        "beyond_need": _(
            "This is offered to be shared out, so accept no more than is not covered of the need, which is "
            "%(quantity)s %(unit)s. Coordination helps to share out the rest."
        ),
        "conditions": _("Read the conditions, and tick that you have read them."),
        "counts_as": _("The offer is of another item than the need. Say how many of the need's item it counts as."),
        "expected": _("The expected arrival has passed already. Choose a later day, or none."),
        "proposal": _("What was proposed was decided, changed or sent back meanwhile. Please read the offer again."),
        "proposed_already": _("Exactly this waits for your approver already."),
        "word": _("Write why it goes back, so that it can be corrected."),
        "stopped": _("A request of your party says stop sending for this need. Let sending go on first."),
    }
