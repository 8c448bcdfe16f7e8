"""The words of the tick list of a delivery profile, beside its refusals, which the API says too."""

from django.utils.translation import gettext as _

from unmet.exchange.profile_refusals import sentence as sentence
from unmet.support.profile_form import Tick
from unmet.web import formats


def of_tick(tick: Tick) -> str:
    """What a tick is about: the label of its field, or of all those of which one will do."""
    if len(tick.fields) > 1:
        return _("One of: %(fields)s") % {"fields": formats.listed([str(field.label) for field in tick.fields])}
    return str(tick.fields[0].label)
