"""Every refusal of a consignment, an attestation or a receipt as a sentence: what it was, and what to do.

The pages and the API say the same words.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from unmet.catalogue.models import Item
from unmet.support.consignments import ConsignmentRefused


def sentence(
    refused: ConsignmentRefused, item: Item | None = None, *, shown: Callable[[int, Item | None], str]
) -> str:  # fmt: skip
    """Why nothing was written, and what to do, in the reader's language.

    `item` is that of the line it is about; `shown` writes a quantity (thousandths of the item's base unit).
    """
    words = {**_plan(), **_way(), **_receipt()}[refused.reason]
    return words % {"standing": shown(refused.standing, item)}


def _plan() -> dict[str, str]:
    return {
        "nothing": _("Write a quantity beside at least one line."),
        "too_many": _("A consignment has at most 200 lines. Put the rest into another one."),
        "twice": _("The same line and lot stands there twice. Keep one quantity for it."),
        "givers": _(
            "These lines are of different givers. Only the channel that carries all of them packs them together; pack "
            "the lines of one giver."
        ),
        "with_others": _(
            "The channel packed this together with what others give, under one waybill. Please ask the channel: it "
            "changes, sends and corrects all of it."
        ),
        "members": _("These lines are for different members. Pack the lines of one member."),
        "place": _("Say where: choose a place of the member, or write where it was seen."),
        "mode": _("Choose how it travels."),
        "quantity": _("Write a quantity above zero."),
        "more_than_committed": _(
            "Only %(standing)s can be packed: the rest is not accepted, in another consignment, or sent already."
        ),
        "expired": _("This lot has expired. Correct the date, or leave the lot out."),
        "cold_chain": _(
            "This item must be kept cold. Write under “Cold chain” how, or tick that you have checked and none is "
            "needed."
        ),
        "permit": _(
            "This item may need a licence or a permit. Write under “Licence or permit” which, or tick that you have "
            "checked and none is needed."
        ),
        "too_long": _("The text is too long. Shorten it."),
        "waybill": _("Write the number of the waybill: by it everybody finds the same consignment."),
        "waybill_known": _("This waybill is known already. Please go on with the consignment that bears it."),
        "waybill_taken": _(
            "This waybill cannot be used for this member. Check the number, and ask the carrier whose it is."
        ),
        "changed": _("A colleague changed, sent or discarded this consignment meanwhile. Please read it again."),
    }


def _way() -> dict[str, str]:
    return {
        "state": _("This cannot be said of the consignment as it stands now. Please read the page again."),
        "not_sent": _("It has not been sent yet, so nobody can have seen it on its way."),
        "why": _("Please write why."),
        "stopped": _(
            "The member says stop sending for a need in this consignment. Read why, and say that you know it if you "
            "send it all the same."
        ),
        "paused": _(
            "The member lets a need in this consignment wait. Ask the member, and say that you know it if you send it "
            "all the same."
        ),
        "future": _("This day has not come yet. Write the day on which it happened."),
        "before_dispatch": _("This day is before the consignment was sent. Correct the day."),
        "past": _("This day has passed already. Write the day on which you expect it now."),
        "same": _("This stands there already. Nothing was changed."),
        "listed": _("This lot is in the packing list. Write its count there."),
        "not_in_it": _("This line is not in this consignment. Please read the page again."),
        "below_zero": _("Write a number that is not below zero."),
    }


def _receipt() -> dict[str, str]:
    return {
        "received_already": _("This line was received already. Correct its receipt instead."),
        "adds_up": _("Accepted, rejected and missing must add up to what was sent: %(standing)s."),
        "none_under_way": _(
            "Nothing of this line is under way without a consignment now: it was received or packed. Its receipts and "
            "consignments stand on its page."
        ),
        "still_adds_up": _(
            "Accepted, rejected, missing and still on its way must add up to what is under way now: %(standing)s."
        ),
        "reason": _(
            "Choose a reason for what was rejected or is missing, and none where there is nothing. With “another "
            "reason”, write which."
        ),
        "superseded": _("This receipt was corrected meanwhile. Please read the newest one."),
        "all_lines": _("A correction says all lines of the receipt anew. Fill in each line."),
    }
