"""Every refusal about a delivery profile as a sentence, and the words of the tick list."""

from django.utils.translation import gettext as _

from unmet.support.profile_form import Tick
from unmet.support.profiles import ProfileRefused
from unmet.web import formats


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


def of_tick(tick: Tick) -> str:
    """What a tick is about: the label of its field, or of all those of which one will do."""
    if len(tick.fields) > 1:
        return _("One of: %(fields)s") % {"fields": formats.listed([str(field.label) for field in tick.fields])}
    return str(tick.fields[0].label)
