"""In which role somebody speaks of a consignment: for its giver, its channel, its carrier or the member it goes to."""

from collections.abc import Iterable
from typing import Final

from unmet.access import may
from unmet.access.actors import Actor, current
from unmet.access.may import Deed, NotAllowed
from unmet.parties.models import Party, Person
from unmet.support.models import Attestation, Consignment

Role = Attestation.Role
# Who sends it. A channel sends what it carries for a giver.
SENDERS: Final = (Role.GIVER, Role.CHANNEL)
EVERYBODY: Final = (Role.GIVER, Role.CHANNEL, Role.CARRIER, Role.MEMBER)
# The carrier says what it saw; what is lost is said by those who gave it or wait for it.
OWNERS: Final = (Role.GIVER, Role.CHANNEL, Role.MEMBER)


def roles(consignment: Consignment, actor: Actor | None = None) -> dict[str, Party]:
    """Role -> party, for each role in which an actor (the acting person) may speak of a consignment."""
    actor = actor or current()
    sides = {
        Role.GIVER: consignment.giver, Role.CHANNEL: consignment.channel, Role.CARRIER: consignment.carrier,
        Role.MEMBER: consignment.member,
    }  # fmt: skip
    return {
        role.value: party for role, party in sides.items() if party is not None and may.may(actor, _deed(role), party)
    }


def _deed(role: str) -> Deed:
    return Deed.RECEIVE_SUPPORT if role == Role.MEMBER else Deed.STATE_SUPPORT


def require(consignment: Consignment, wanted: Iterable[str], *, by: Person) -> tuple[str, Party]:
    """The first of the wanted roles in which the acting person may speak, with its party.

    Raises:
        NotAllowed: `by` is not acting, or may speak in none of them.
    """
    actor = current()
    mine = roles(consignment, actor) if actor.person is not None and actor.person.pk == by.pk else {}
    for role in wanted:
        if role in mine:
            may.require(_deed(role), by=by, party=mine[role])
            return role, mine[role]
    raise NotAllowed(Deed.STATE_SUPPORT, consignment.giver.code)
