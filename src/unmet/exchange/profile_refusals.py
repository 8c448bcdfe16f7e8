"""Every refusal about a delivery profile as a sentence: what it was, and what to do."""

from django.utils.translation import gettext as _

from unmet.support.profiles import ProfileRefused


def sentence(refused: ProfileRefused) -> str:
    """Why nothing was written, and what to do, in the reader's language."""
    return {
        "changed": _("A colleague saved or confirmed the delivery profile meanwhile. Please read it again."),
        "not_draft": _("A colleague has confirmed or discarded this draft already."),
        "nothing": _("Nothing is stated yet. Fill in at least one field."),
        "unknown": _("The page has changed since you opened it. Open it again and send what you typed once more."),
        "too_long": _("The text is too long. Shorten it."),
        "number": _("Write a number from 0 up, with at most three decimals."),
        "choice": _("Choose from the list."),
    }[refused.reason]
