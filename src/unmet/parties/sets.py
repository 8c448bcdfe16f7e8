"""Sets of members by one key: the regional groups of the coalition, and the named sets that others keep."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Exists, OuterRef, Q

from unmet.parties.models import Party, PartyQuerySet, PartySet, PartySetMember


@dataclass(frozen=True, slots=True)
class MemberSet:
    """What one can choose: `key` is the code of a named set, or the regional group as the reference file writes it.

    `source` says who keeps a named set and when it was looked up; a regional group has none.
    """

    key: str
    kind: Literal["region", "named"]
    name: str
    source: str = ""


def known() -> list[MemberSet]:
    """Regional groups first, then the named sets; each in the order of the keys.

    The name of a regional group is the one of the reference file: whoever shows it says it in the reader's language.
    """
    regions = Party.objects.exclude(regional_group="").order_by("regional_group")
    found = [MemberSet(key, "region", key) for key in regions.values_list("regional_group", flat=True).distinct()]
    named = PartySet.objects.order_by("code")
    return found + [MemberSet(one.code, "named", one.name, one.source) for one in named]


def find(key: str) -> MemberSet | None:
    """The set with this key; None where there is none."""
    return next((one for one in known() if one.key == key), None) if key else None


def _on(day: date) -> Q:
    return Q(Q(from_on=None) | Q(from_on__lte=day), Q(until_on=None) | Q(until_on__gt=day))


def of(key: str, *, on: date) -> PartyQuerySet:
    """The parties in a set on a day, members of the coalition or not; nobody where the key is not known."""
    spells = PartySetMember.objects.filter(_on(on), party=OuterRef("pk"), party_set__code=key)
    in_region = ~Q(regional_group="") & Q(regional_group=key)
    return Party.objects.filter(in_region | Exists(spells))


def named_of(*, on: date) -> dict[int, list[str]]:
    """Party -> codes of the named sets that it is in on a day."""
    found: dict[int, list[str]] = {}
    rows = PartySetMember.objects.filter(_on(on)).order_by("party_set__code")
    for party, code in rows.values_list("party", "party_set__code"):
        found.setdefault(party, []).append(code)
    return found
