"""Which gaps a responder asks for: by item, sector, members, severity, readiness and day, by one of the two figures."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Item, Sector
from unmet.parties import sets
from unmet.parties.models import Severity
from unmet.support.gaps_asked import GapsAsked, Measure
from unmet.web import searching, set_words
from unmet.web.day_field import DayField
from unmet.web.public.pages import Refused
from unmet.web.requests import PersonRequest

MEASURES: Final[tuple[Measure, ...]] = ("not_covered", "not_in_country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters(GapsAsked):
    """What is asked for as it was typed; `problem` says which part of it cannot be read, and is then left out."""

    needed_by: str = ""
    problem: str = ""

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


def door(request: PersonRequest) -> Item | None:
    """The item that the address names, if any; the list itself is there for those who may give, and nobody else."""
    if not any(may.may(request.actor, Deed.STATE_SUPPORT, party) for party in request.actor.all_parties):
        raise Http404
    code = request.GET.get("item", "")
    return get_object_or_404(Item.objects.select_related("base_unit"), code=code) if code else None


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
        measure=next((one for one in MEASURES if one == sent.get("by")), MEASURES[0]), problem=problem,
    )  # fmt: skip


def choices() -> dict[str, Any]:
    """What the form of the filters offers."""
    return {
        "sectors": sorted(Sector.objects.all(), key=lambda sector: sector.name),
        "levels": Severity.Level.choices[1:],
        "sets": set_words.choices(sets.known()),
        "measures": [("not_covered", _("Not covered")), ("not_in_country", _("Not yet in the country"))],
    }
