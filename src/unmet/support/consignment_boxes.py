"""One box of several givers: a part of it for each of them, sent by the one channel that carries them all.

A part is a consignment of its own, with its giver, its lots, its receipts and its certificates; the parts of one box
share their `box`, member, waybill, way and carrier. So a giver reads its own part, and learns of no other. Channel,
carrier and member see all of them: what they say is said once, and goes for every part. A giver speaks of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from unmet.parties.models import Party, Person
from unmet.support import consignment_parties as parties
from unmet.support.consignment_checks import ConsignmentRefused
from unmet.support.models import Consignment


@dataclass(frozen=True, slots=True)
class Spoken:
    """A part of which somebody speaks: in which role, and in whose name."""

    part: Consignment
    role: str
    party: Party


def parts(box: Consignment) -> list[Consignment]:
    """All parts of the box of a consignment, as they stand: for rules, whoever sees them."""
    found = Consignment.objects.filter(box=box.box).select_related("giver", "channel", "carrier", "member")
    return list(found.order_by("part", "pk"))


def spoken(box: Consignment, wanted: Iterable[str], *, by: Person) -> list[Spoken]:
    """The parts of which the acting person may speak in one of the wanted roles, the one at hand first.

    Raises:
        NotAllowed: `by` is not acting, or may not speak of the one at hand.
    """
    wanted = list(wanted)
    found = [Spoken(box, *parties.require(box, wanted, by=by))]
    for part in parts(box):
        mine = parties.roles(part)
        role = next((role for role in wanted if role in mine), None)
        if part.pk != box.pk and role is not None:
            found.append(Spoken(part, role, mine[role]))
    return found


def whole(box: Consignment, wanted: Iterable[str], *, by: Person) -> list[Spoken]:
    """All parts of a box, for what can be said of the whole box only.

    Raises:
        NotAllowed: see `spoken`.
        ConsignmentRefused: `with_others`: it holds what others give, for which `by` does not speak.
    """
    found = spoken(box, wanted, by=by)
    if len(found) < len(parts(box)):
        raise ConsignmentRefused("with_others")
    return found
