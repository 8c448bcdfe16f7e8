"""How the desk shows what a delivery waits for."""

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from unmet.support.profile_form import Tick
from unmet.web import formats
from unmet.web.desk.profile_words import of_tick

register = template.Library()


@register.filter
def tick_words(tick: Tick) -> str:
    """What a tick is about."""
    return of_tick(tick)


@register.filter
def kilograms(grams: int) -> str:
    """A weight, in kilograms; above a tonne to the whole kilogram."""
    shown = Decimal(grams) / 1000 if grams < 1_000_000 else Decimal(-(-grams // 1000))
    return _("%(number)s kg") % {"number": formats.number(shown)}


@register.filter
def cubic_metres(cubic_centimetres: int) -> str:
    """A volume, in cubic metres, rounded up to the litre."""
    return _("%(number)s m³") % {"number": formats.number(Decimal(-(-cubic_centimetres // 1000)) / 1000)}
