"""Sets of members in the reader's words."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from unmet.parties import sets
from unmet.parties.sets import MemberSet
from unmet.web.templatetags.show import regional_group


def name(one: MemberSet) -> str:
    """What the set is called in the reader's language."""
    return regional_group(one.name) if one.kind == "region" else one.name


def names(known: Sequence[MemberSet]) -> Mapping[str, str]:
    """Key -> name."""
    return {one.key: name(one) for one in known}


def of(key: str) -> str:
    """The name of the set with this key; nothing for no set."""
    found = sets.find(key)
    return name(found) if found is not None else ""


def choices(known: Sequence[MemberSet]) -> list[tuple[str, list[tuple[str, str]]]]:
    """For a form: regional groups and named sets, under a heading each; a heading without sets is left out."""
    headings = (("region", _("Regional groups")), ("named", _("Lists of the United Nations and others")))
    found = [(str(heading), [(one.key, name(one)) for one in known if one.kind == kind]) for kind, heading in headings]
    return [group for group in found if group[1]]
