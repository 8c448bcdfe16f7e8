"""How pages show money: an amount in its currency, the rate it was counted at, where the fact can be read."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from unmet.parties.models import Party
from unmet.support import flow_offers
from unmet.support.models import Acceptance, Flow, FlowStep, MoneyStage
from unmet.web import formats

register = template.Library()


@register.filter
def stage_word(stage: str) -> str:
    """A stage of money in words."""
    return str(MoneyStage(stage).label)


@register.filter
def in_currency(minor: int, currency: str) -> SafeString:
    """An amount in the smallest units of a currency, with its code: EUR 1,250.50."""
    return format_html("<bdi>{}{}{}</bdi>", currency, formats.NO_BREAK, formats.minor(minor, currency))


@register.filter
def loose(taken: Acceptance) -> int:
    """How much more money is stated of an acceptance than still stands of it, in US cents."""
    return flow_offers.loose(taken)


@register.filter
def party_names(parties: Iterable[Party]) -> str:
    """Official names one after the other. They are in the reader's language, so they may be broken into lines."""
    return formats.listed([party.name for party in parties])


@register.filter
def destination_names(flow: Flow) -> str:
    """The names of all that a flow is for, for those who see it."""
    return party_names(row.party for row in flow.going_to.all())


@register.filter
def rate_words(step: FlowStep) -> SafeString:
    """The rate of a step: how it is quoted, its day and its source. The equation runs from left to right everywhere."""
    currency, rate = step.flow.currency, step.rate
    equation = f"1 {currency} = US$ {rate}" if step.quoted == "usd_per_unit" else f"US$ 1 = {rate} {currency}"
    words = _("%(rate)s, %(day)s. %(source)s") % {
        "rate": format_html("<bdi>{}</bdi>", equation), "day": formats.day(step.rate_on),
        "source": format_html('<span dir="auto">{}</span>', step.rate_source),
    }  # fmt: skip
    return mark_safe(words)  # noqa: S308 - every part is escaped


@register.filter
def fact_link(flow: Flow) -> SafeString:
    """Where the fact can be read: a link, a document, or the source's own statement here."""
    if flow.fact_source.startswith(("https://", "http://")):
        words = pgettext("a source of a fact", "public source")
        return format_html('<a href="{}" rel="noopener noreferrer">{}</a>', flow.fact_source, words)
    if flow.fact_source:
        return format_html('<span dir="auto">{}</span>', flow.fact_source)
    return format_html("{}", _("Stated here by its source"))
