"""How pages show money: an amount in its currency, the rate it was counted at, where the fact can be read."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from unmet.support.models import Flow, FlowStep, MoneyStage
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
def rate_words(step: FlowStep) -> str:
    """The rate of a step: how it is quoted, its day and its source."""
    quoted = {
        "usd_per_unit": _("1 %(currency)s = US$ %(rate)s, %(day)s. %(source)s"),
        "units_per_usd": _("US$ 1 = %(rate)s %(currency)s, %(day)s. %(source)s"),
    }[step.quoted]
    return quoted % {
        "currency": step.flow.currency, "rate": step.rate, "day": formats.day(step.rate_on), "source": step.rate_source,
    }  # fmt: skip


@register.filter
def fact_link(flow: Flow) -> SafeString:
    """Where the fact can be read: a link, a document, or the source's own statement here."""
    if flow.fact_source.startswith(("https://", "http://")):
        words = pgettext("a source of a fact", "public source")
        return format_html('<a href="{}" rel="noopener noreferrer">{}</a>', flow.fact_source, words)
    if flow.fact_source:
        return format_html('<span dir="auto">{}</span>', flow.fact_source)
    return format_html("{}", _("Stated here by its source"))
