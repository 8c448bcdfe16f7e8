"""To whom a member's standing releases show each of its needs: what stands beside every block of the desk."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from unmet.access.models import HoldBack, Release
from unmet.access.visible import standing_releases
from unmet.parties.models import Party

NOBODY = ""
# From narrow to wide. A wider audience includes the narrower ones; named parties stand by themselves.
ORDER = (
    NOBODY,
    Release.Audience.NAMED.value,
    Release.Audience.COORDINATION.value,
    Release.Audience.MEMBERS.value,
    Release.Audience.EVERYONE.value,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The widest audience of one need. `audience` is empty where only the member's own people see it.

    `until_on` is the last day of the longest release to that audience, None where it has no end or there is none.
    `named` are parties that see it by name beside that audience. `held_back` wins over every release.
    """

    audience: str = NOBODY
    level: str = ""
    until_on: date | None = None
    named: tuple[Party, ...] = ()
    held_back: bool = False

    @property
    def everyone(self) -> bool:
        """Whether it is public."""
        return self.audience == Release.Audience.EVERYONE


ONLY_OWN = Seen()


def for_subjects(
    *, member: Party, pairs: Iterable[tuple[uuid.UUID | None, uuid.UUID]], at: datetime
) -> Mapping[uuid.UUID, Seen]:
    """The widest audience of each need, by its uuid. `pairs` are (uuid of its sector or None, uuid of the need)."""
    releases: defaultdict[uuid.UUID, list[Release]] = defaultdict(list)
    for release in standing_releases(at=at).filter(member=member).prefetch_related("named"):
        releases[release.subject].append(release)
    held = set(HoldBack.objects.filter(member=member, lifted_at=None).values_list("need", flat=True))
    seen: dict[uuid.UUID, Seen] = {}
    # Most needs share the few releases of their sector.
    of_sector: dict[uuid.UUID | None, Seen] = {}
    for sector, need in pairs:
        if need in held:
            seen[need] = Seen(held_back=True)
        elif need in releases:
            seen[need] = widest([*releases[need], *(releases.get(sector, []) if sector else [])])
        else:
            if sector not in of_sector:
                of_sector[sector] = widest(releases.get(sector, []) if sector else [])
            seen[need] = of_sector[sector]
    return seen


def widest(releases: Iterable[Release]) -> Seen:
    """What several standing releases of the same thing come to."""
    standing = list(releases)
    if not standing:
        return ONLY_OWN
    audience = max((release.audience for release in standing), key=ORDER.index)
    of_it = [release for release in standing if release.audience == audience]
    levels = {release.level for release in of_it}
    ends = [release.until_on for release in of_it]
    named = {
        party.pk: party
        for release in standing
        if release.audience == Release.Audience.NAMED
        for party in release.named.all()
    }
    return Seen(
        audience=audience,
        level=Release.Level.DETAIL if Release.Level.DETAIL in levels else Release.Level.FIGURES,
        until_on=None if None in ends else max(end for end in ends if end is not None),
        named=tuple(named.values()),
    )
