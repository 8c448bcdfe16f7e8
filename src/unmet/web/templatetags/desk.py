"""How the desk shows amounts of an item, audiences and states."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from unmet.access.audiences import Seen
from unmet.access.models import Release
from unmet.catalogue.lookup import FINANCE
from unmet.catalogue.models import Item
from unmet.needs.models import FirstAnswer
from unmet.support.substitutes import Substitute
from unmet.web import formats
from unmet.web.templatetags.show import audience as audience_badge
from unmet.web.templatetags.show import listed

register = template.Library()

_KINDS = {
    Release.Audience.EVERYONE: "all",
    Release.Audience.MEMBERS: "some",
    Release.Audience.COORDINATION: "some",
    Release.Audience.NAMED: "some",
}


@register.filter
def amount_of(thousandths: int | None, item: Item | None) -> str:
    """A quantity of an item: in its base unit, money in US$. A dash for blank."""
    if thousandths is None or item is None or item.kind != FINANCE:
        return formats.quantity(thousandths)
    return formats.number(Decimal(thousandths) / 100_000)


@register.filter
def in_the_hand(substitute: Substitute, counted: int) -> str:
    """A quantity of a line's item as what is really there of a kit or a substitute, in the unit of that."""
    return amount_of(substitute.real(counted), substitute.item)


@register.filter
def counts_as(item: Item, counted: int) -> str:
    """As how much of the need's item it counts."""
    said = {"quantity": amount_of(counted, item), "unit": unit_of(item), "item": item.name}
    return _("counts as %(quantity)s %(unit)s of %(item)s") % said


@register.filter
def stands_for(substitute: Substitute | None, counted: int | None) -> str:
    """What is really there of a kit or a substitute; nothing where the item itself is. `counted` of the line's item."""
    if substitute is None or counted is None:
        return ""
    item = substitute.item
    said = {"item": item.name, "unit": unit_of(item), "quantity": amount_of(substitute.real(counted), item)}
    return _("that is %(item)s: %(quantity)s %(unit)s") % said


@register.filter
def signed_of(thousandths: int, item: Item | None) -> str:
    """A change of a quantity of an item, with its sign."""
    return formats.with_sign(amount_of(abs(thousandths), item), thousandths)


@register.filter
def direction(typed: str) -> str:
    """How a typed value runs: one without a letter, such as -3, from left to right, as in the cell it came from."""
    return "auto" if any(sign.isalpha() for sign in typed) else "ltr"


@register.filter
def unit_of(item: Item | None) -> str:
    """The base unit of an item; US$ for money; empty for a need in own words."""
    if item is None:
        return ""
    return _("US$") if item.kind == FINANCE else item.base_unit.name


@register.simple_tag
def seen_by(seen: Seen) -> SafeString:
    """The badge that says who sees a line: short, for a cell of a table."""
    return audience_badge(_KINDS.get(seen.audience, "own"), short_audience(seen))  # type: ignore[call-overload]


def short_audience(seen: Seen) -> str:
    """Who sees it, in two words."""
    if seen.held_back:
        return _("Held back")
    if seen.audience == Release.Audience.NAMED:
        return formats.listed([party.name for party in seen.named])
    words = {
        Release.Audience.EVERYONE: _("Everyone"),
        Release.Audience.MEMBERS: _("All members"),
        Release.Audience.COORDINATION: _("The chair’s team"),
    }
    return words.get(seen.audience, _("Nobody else"))  # type: ignore[call-overload]


@register.filter
def wished(answer: FirstAnswer) -> str:
    """Who may see, as a member's people wish, in a few words."""
    if answer.choice == Release.Audience.NAMED:
        return formats.listed([party.name for party in answer.parties.all()])
    return short_audience(Seen(audience="" if answer.choice == FirstAnswer.Choice.NOBODY else answer.choice))


@register.filter
def asked_of(answer: FirstAnswer) -> SafeString:
    """Whom a member has asked elsewhere, and when."""
    names = listed([*(party.name for party in answer.parties.all()), *([answer.words] if answer.words else [])])
    return format_html("{} ({})", names, formats.day(answer.asked_on)) if answer.asked_on else names


@register.simple_tag
def only_own() -> SafeString:
    """The badge of a block that only the party's own people see."""
    return audience_badge("own", _("Seen by your team only"))


@register.filter
def get_attr(of: Any, name: str) -> Any:
    """An attribute whose name is itself a variable."""
    return getattr(of, name)
