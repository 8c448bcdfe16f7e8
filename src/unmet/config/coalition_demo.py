"""The demonstration of a coalition of one's own: its members, an open round, and the needs its folder tells, released.

Everything goes through the services that everybody uses, so what works here works for any coalition.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from unmet.access.models import Installation, Release, Role
from unmet.catalogue import reference as catalogue_reference
from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.config import demonstration
from unmet.config.coalition_files import Coalition
from unmet.config.demonstration_people import People
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.parties import reference as parties_reference
from unmet.parties.models import Group

LANGUAGES = ("en", "ar", "es", "fr")


@transaction.atomic
def load(coalition: Coalition) -> None:
    """Fill an empty database, all or nothing."""
    at, told = timezone.now(), coalition.demonstration
    catalogue_reference.load_all()
    parties_reference.load_all(coalition.folder)
    Installation.objects.create(one=True, demonstration=True, set_up_at=at)
    people = People(on=at.date(), since=at - timedelta(days=30))
    round_ = _round(people, told, at)
    by_member: defaultdict[str, list[NeedLine]] = defaultdict(list)
    for need in told["needs"]:
        by_member[need["member"]].append(_line(need, round_))
    for code, lines in sorted(by_member.items()):
        with people.acting(code, Role.FOCAL_POINT, at) as (by, moment):
            done = needs.submit(lines, member=people.parties[code], round_=round_, by=by, at=moment, note="Made up.")
        if done.return_ is None:
            raise ValueError(f"the return of {code} says nothing")
        with people.acting(code, Role.APPROVER, at) as (by, moment):
            needs.approve(done.return_, by=by, at=moment, revision=done.return_.revision)
    for code in told["released"]:
        with people.acting(code, Role.APPROVER, at) as (by, moment):
            needs.release(
                member=people.parties[code], level=Release.Level.DETAIL, audience=Release.Audience.EVERYONE,
                subjects=[(Release.Subject.SECTOR, sector.uuid) for sector in Sector.objects.all()],
                until_on=None, by=by, at=moment,
            )  # fmt: skip


def links(coalition: Coalition) -> list[tuple[str, str]]:
    """Whose sign-in links are printed: the people of the first members, one giver, and those who coordinate."""
    members = sorted({need["member"] for need in coalition.demonstration["needs"]})
    return [
        *((code, role) for code in members for role in (Role.FOCAL_POINT, Role.APPROVER)),
        (coalition.demonstration["giver"], Role.RESPONDER),
        ("COORD", Role.COORDINATION),
        ("COORD", Role.OPERATOR),
    ]


def in_all(names: Mapping[str, str]) -> dict[str, str]:
    """A name in each of the four columns: where the coalition has no such language, that of its first."""
    leading = names[settings.LANGUAGES[0][0]]
    return {language: names.get(language, leading) for language in LANGUAGES}


def _round(people: People, told: Mapping[str, Any], at: datetime) -> Round:
    names = in_all(told["emergency"]["name"])
    emergency = Emergency.objects.create(
        code=told["emergency"]["code"], began_on=at.date() - timedelta(days=60),
        **{f"name_{language}": name for language, name in names.items()},
    )  # fmt: skip
    today = at.date()
    with people.coordination(at) as (by, moment):
        planned = rounds.plan(
            code=told["round"]["code"], names=in_all(told["round"]["name"]), emergency=emergency,
            window=(today, today + timedelta(days=60)), period=(today, today + timedelta(days=365)),
            sectors=list(Sector.objects.all()), freshness_days=365, by=by, at=moment,
        )  # fmt: skip
        rounds.open_round(planned, by=by, at=moment)
    return planned


def _line(need: Mapping[str, Any], round_: Round) -> NeedLine:
    return demonstration.line(
        Item.objects.get(code=need["item"]), need["quantity"], round_.period_until_on, "Made up.",
        Group.objects.get(code=Group.EVERYONE),
    )  # fmt: skip
