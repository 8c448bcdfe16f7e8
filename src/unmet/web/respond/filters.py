"""Which gaps a responder asks for: by item, sector, members, severity, readiness and day, by one of the two figures."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _

from unmet.catalogue import search as catalogue
from unmet.catalogue.models import Sector
from unmet.parties import sets, severities
from unmet.parties.models import Severity
from unmet.web import searching, set_words
from unmet.web.day_field import DayField
from unmet.web.public.pages import Refused
from unmet.web.requests import PersonRequest

MEASURES: Final = ("not_covered", "not_in_country")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; `problem` says which part of it cannot be read, and is then left out.

    `severity` is the lowest category of the index of others (1 to 5), 0 for any; `ready` leaves those that are ready to
    ship, as far as the person may know. `region` is the key of a set of members (`parties.sets`), who are in it `on` a
    day. A day of need is detail: with it only those needs count that the person may see in detail.
    """

    q: str = ""
    sector: str = ""
    region: str = ""
    on: date = date.min
    severity: int = 0
    ready: bool = False
    needed_by: str = ""
    day: date | None = None
    measure: str = "not_covered"
    problem: str = ""

    @property
    def condition(self) -> Q:
        """As a condition on items and members, of accounts and of cells of the books alike."""
        wanted = Q()
        if self.q:
            wanted &= Q(item__in=list(catalogue.items().find(self.q).things))
        if self.sector:
            wanted &= Q(item__sector__code=self.sector)
        if self.region:
            # A few dozen at most: read once, instead of a join for each of the sums.
            wanted &= Q(member__in=list(sets.of(self.region, on=self.on).values_list("pk", flat=True)))
        if self.severity:
            found = severities.newest(on=self.on).values()
            wanted &= Q(member__in=[row.party_id for row in found if row.level >= self.severity])
        return wanted

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        narrowed = self.q or self.sector or self.region or self.needed_by or self.severity or self.ready
        return bool(narrowed) or self.measure != MEASURES[0]

    @property
    def query(self) -> str:
        """The query string that asks for the same; it goes on after another name."""
        said = {"q": self.q, "sector": self.sector, "region": self.region, "needed_by": self.needed_by}
        said |= {"severity": str(self.severity or ""), "ready": "1" if self.ready else ""}
        said["by"] = "" if self.measure == MEASURES[0] else self.measure
        return "".join(f"&{urlencode({name: value})}" for name, value in said.items() if value)


def read(request: PersonRequest) -> Filters:
    """What the address asks for. A code that is not known filters nothing."""
    sent, problem = request.GET, ""
    try:
        q = searching.words(sent.get("q", ""))
    except Refused as refused:
        q, problem = "", str(refused)
    typed, day = sent.get("needed_by", "").strip()[:80], None
    try:
        day = DayField(required=False).clean(typed)
    except forms.ValidationError as error:
        problem = " ".join(error.messages)
    sector = sent.get("sector", "")
    region, severity = sent.get("region", ""), sent.get("severity", "")
    return Filters(
        q=q, sector=sector if Sector.objects.filter(code=sector).exists() else "",
        region=region if sets.find(region) else "", on=request.at.date(), needed_by=typed, day=day,
        severity=int(severity) if severity in map(str, Severity.Level.values) else 0, ready=sent.get("ready") == "1",
        measure=sent["by"] if sent.get("by") in MEASURES else MEASURES[0], problem=problem,
    )  # fmt: skip


def choices() -> dict[str, Any]:
    """What the form of the filters offers."""
    return {
        "sectors": sorted(Sector.objects.all(), key=lambda sector: sector.name),
        "levels": Severity.Level.choices[1:],
        "sets": set_words.choices(sets.known()),
        "measures": [("not_covered", _("Not covered")), ("not_in_country", _("Not yet in the country"))],
    }
