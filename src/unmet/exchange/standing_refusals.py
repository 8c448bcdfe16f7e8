"""Every refusal about the standing of a need as a sentence: what it was, and what to do."""

from django.utils.translation import gettext as _

from unmet.needs.standing import StandingRefused


def sentence(refused: StandingRefused) -> str:
    """Why nothing was written, and what to do, in the reader's language."""
    return {
        "why": _("Please write why."),
        "too_long": _("The text is too long. Shorten it."),
        "not_standing": _("This need does not stand now, so it cannot be paused. A colleague may have changed it."),
        "not_paused": _("This need is not paused now. A colleague may have resumed it."),
        "not_to_confirm": _("One of these needs is paused or ended, so it cannot be confirmed. Nothing was confirmed."),
        "ended": _("This need is over already."),
        "same_as": _("Choose another need of your party for the same item that stands now."),
        "nothing": _("No need was chosen, so nothing was confirmed."),
        "too_many": _("At most 500 needs can be confirmed at once. Choose fewer."),
    }[refused.reason]
