"""The demonstration's requests for assistance: invented, and said to be so in each of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from unmet.access.models import Role
from unmet.config.demonstration_people import People
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import answers, requests
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest, RequestAnswer
from unmet.support.requests import Wanted

TEXT: Final = "Invented for the demonstration."
# Who asks everyone, for how many doses, and how many of them are answered.
_DOSES: Final = (("HND", 500_000, 200_000), ("GTM", 400_000, 150_000), ("NAM", 120_000, 60_000))


def load(people: People, at: datetime) -> None:
    """Zambia asks two organisations and another member, three members ask everyone; some answer."""
    named = _ask(people, "ZMB", {"VENT-ICU": 20, "O2-CONC": 150, "HAND-RUB": 12_000}, at, to=("WHO", "UNICEF", "MYS"))
    kind = RequestAnswer.Kind
    with people.acting("WHO", Role.RESPONDER, at + timedelta(days=1)) as (by, moment):
        answers.acknowledge(named, party=people.parties["WHO"], by=by, at=moment)
    first, second, third = named.lines.order_by("pk")
    with people.acting("WHO", Role.RESPONDER, at + timedelta(days=3)) as (by, moment):
        party = people.parties["WHO"]
        answers.answer(first, Said(kind.IN_PART, 12_000, reason=TEXT), party=party, by=by, at=moment)
        answers.answer(second, Said(kind.UNDER_REVIEW), party=party, by=by, at=moment)
    with people.acting("UNICEF", Role.RESPONDER, at + timedelta(days=4)) as (by, moment):
        party = people.parties["UNICEF"]
        who = people.parties["WHO"]
        answers.answer(second, Said(kind.REFERRED, referred_to=who, reason=TEXT), party=party, by=by, at=moment)
        answers.answer(third, Said(kind.UNABLE, reason=TEXT), party=party, by=by, at=moment)
    _vaccines(people, at + timedelta(days=5))


def _vaccines(people: People, at: datetime) -> None:
    """Three members ask everyone for doses, so that the public page of what was asked shows a number; GAVI answers."""
    said = RequestAnswer.Kind.IN_PART
    for number, (code, doses, offered) in enumerate(_DOSES):
        asked = _ask(people, code, {"VAC-C19-VV": doses}, at + timedelta(days=number), to=())
        with people.acting("GAVI", Role.RESPONDER, at + timedelta(days=4 + 2 * number)) as (by, moment):
            party, line = people.parties["GAVI"], asked.lines.get()
            answers.answer(line, Said(said, offered * 1000, reason=TEXT), party=party, by=by, at=moment)


def _ask(
    people: People, code: str, quantities: dict[str, int], at: datetime, *, to: Sequence[str]
) -> AssistanceRequest:
    member = people.parties[code]
    found = {
        need.item.code: need
        for need in Need.objects.filter(member=member, item__code__in=quantities).select_related("item")
        if need.item is not None
    }
    addressees: list[Party] = [people.parties[one] for one in to]
    wanted = Wanted(
        lines=[(found[item], quantity * 1000) for item, quantity in quantities.items()], addressees=addressees,
        to_everyone=not to, text=TEXT,
    )  # fmt: skip
    with people.acting(code, Role.FOCAL_POINT, at) as (by, moment):
        draft = requests.save(wanted, member=member, by=by, at=moment)
    with people.acting(code, Role.APPROVER, at + timedelta(hours=2)) as (by, moment):
        requests.send(draft, version=draft.version, until_on=None, by=by, at=moment)
    draft.refresh_from_db()
    return draft
