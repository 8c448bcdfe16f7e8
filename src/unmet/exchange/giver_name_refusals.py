"""Every refusal of a word on a giver's name as a sentence: what it was, and what to do."""

from django.utils.translation import gettext as _

from unmet.support.giver_names import NameRefused


def sentence(refused: NameRefused) -> str:
    """Why nothing was written, and what to do, in the reader's language."""
    return {
        "same": _("It stands so already."),
        "of_offer": _("This came of an offer. Say it of the offer."),
        "draft": _("The offer is a draft. Send it first."),
    }[refused.reason]
