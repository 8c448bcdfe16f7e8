"""Who may DO what: one page.

Every service that changes something begins with `may.require(...)`. A right comes from an appointment that stands at
this moment, for the party whose row is changed; there is no superuser.
"""

from dataclasses import dataclass
from enum import StrEnum

from unmet.access.actors import Actor, current
from unmet.access.models import Role
from unmet.parties.models import Party, Person


class Deed(StrEnum):
    """What can be done."""

    ENTER_NEEDS = "needs.enter"
    APPROVE_NEEDS = "needs.approve"
    SET_STANDING = "needs.set_standing"
    PROPOSE_RETURN = "needs.propose"
    NAME_LETTER_OFFICE = "needs.name_letter_office"
    COMMENT = "needs.comment"
    RELEASE = "access.release"
    APPOINT = "access.appoint"
    PROPOSE_APPOINTMENT = "access.propose_appointment"
    RESET_SECOND_FACTOR = "access.reset_second_factor"
    LIFT_SUPPRESSION = "access.lift_suppression"
    OPEN_ROUND = "needs.open_round"
    CALL_FLASH = "needs.call_flash"
    EDIT_CATALOGUE = "catalogue.edit"
    PROPOSE_ITEM = "needs.propose_item"
    STATE_SUPPORT = "support.state"
    PROPOSE_COMMITMENT = "support.propose"
    ACCEPT_SUPPORT = "support.accept"
    RECEIVE_SUPPORT = "support.receive"
    ASSIGN_SUPPORT = "support.assign"
    ASK = "support.ask"
    SEND_REQUEST = "support.send_request"
    ANSWER_REQUEST = "support.answer_request"
    EDIT_PROFILE = "support.edit_profile"
    CONFIRM_PROFILE = "support.confirm_profile"
    STATE_FLOW = "support.state_flow"
    CONFIRM_FLOW = "support.confirm_flow"
    PUBLISH_FLOW = "support.publish_flow"
    NAME_IN_FLOW = "support.name_in_flow"
    NAME_GIVER = "support.name_giver"
    MAKE_EXTRACT = "support.make_extract"
    NOTE_EXTRACT = "support.note_extract"
    MAKE_TOKEN = "access.make_token"  # noqa: S105 - the name of a deed


_OWN = frozenset({Role.FOCAL_POINT, Role.APPROVER})

# Deed → roles that may do it, for the party it is done to. Coordination proposes and comments; it writes no member's
# row.
ROLES: dict[Deed, frozenset[str]] = {
    Deed.ENTER_NEEDS: _OWN,
    Deed.APPROVE_NEEDS: frozenset({Role.APPROVER}),
    # Pausing, resuming, confirming and ending by name moves what everyone reads in the totals.
    Deed.SET_STANDING: frozenset({Role.APPROVER}),
    # Typing a member's letter, in the name of coordination or of a party that the member has named for it.
    Deed.PROPOSE_RETURN: _OWN | {Role.RESPONDER, Role.COORDINATION},
    Deed.NAME_LETTER_OFFICE: frozenset({Role.APPROVER}),
    # Beside a line of another member, in the name of one's own party; it writes no row of the member.
    Deed.COMMENT: _OWN | {Role.RESPONDER, Role.COORDINATION},
    Deed.RELEASE: frozenset({Role.APPROVER}),
    Deed.APPOINT: frozenset({Role.APPROVER}),
    Deed.PROPOSE_APPOINTMENT: frozenset({Role.COORDINATION}),
    Deed.RESET_SECOND_FACTOR: frozenset({Role.OPERATOR}),
    Deed.LIFT_SUPPRESSION: frozenset({Role.OPERATOR}),
    Deed.OPEN_ROUND: frozenset({Role.COORDINATION}),
    Deed.CALL_FLASH: frozenset({Role.COORDINATION}),
    Deed.EDIT_CATALOGUE: frozenset({Role.COORDINATION}),
    Deed.PROPOSE_ITEM: frozenset({Role.COORDINATION}),
    # A giver's own people state what their party gives; a member may give as well as ask.
    Deed.STATE_SUPPORT: _OWN | {Role.RESPONDER},
    Deed.PROPOSE_COMMITMENT: _OWN,
    Deed.ACCEPT_SUPPORT: frozenset({Role.APPROVER}),
    Deed.RECEIVE_SUPPORT: _OWN,
    Deed.ASSIGN_SUPPORT: _OWN,
    # A request shows its needs to those it goes to: who sends it, or ends it, is who releases.
    Deed.ASK: _OWN,
    Deed.SEND_REQUEST: frozenset({Role.APPROVER}),
    # In the name of a party that is asked; a member answers the requests of other members.
    Deed.ANSWER_REQUEST: _OWN | {Role.RESPONDER},
    # How the member takes delivery: others read what its approver has confirmed.
    Deed.EDIT_PROFILE: _OWN,
    Deed.CONFIRM_PROFILE: frozenset({Role.APPROVER}),
    # Money: its source's people state it and may make it public; a destination's say that it arrived, and its approver
    # whether the destination is named in public.
    Deed.STATE_FLOW: _OWN | {Role.RESPONDER},
    Deed.CONFIRM_FLOW: _OWN | {Role.RESPONDER},
    Deed.PUBLISH_FLOW: frozenset({Role.APPROVER, Role.RESPONDER}),
    Deed.NAME_IN_FLOW: frozenset({Role.APPROVER}),
    # Whether everyone reads the name of a giver beside what was received of it: who may make its money public.
    Deed.NAME_GIVER: frozenset({Role.APPROVER, Role.RESPONDER}),
    # An extract holds what its recipient may see in detail, and nothing more: coordination makes it of all members, a
    # member of its own needs. Both ends say what became of it.
    Deed.MAKE_EXTRACT: _OWN | {Role.COORDINATION},
    Deed.NOTE_EXTRACT: _OWN | {Role.RESPONDER, Role.COORDINATION},
    Deed.MAKE_TOKEN: frozenset(Role.values),
}
# Done for the whole coalition, not for one party.
_FOR_ALL = frozenset(
    {
        Deed.OPEN_ROUND, Deed.CALL_FLASH, Deed.EDIT_CATALOGUE, Deed.PROPOSE_APPOINTMENT, Deed.RESET_SECOND_FACTOR,
        Deed.MAKE_TOKEN, Deed.PROPOSE_ITEM, Deed.LIFT_SUPPRESSION,
    }
)  # fmt: skip


@dataclass
class NotAllowed(Exception):
    """This person may not do this for this party now."""

    deed: Deed
    party: str = ""

    def __str__(self) -> str:
        return f"{self.deed} {self.party}".strip()


def may(actor: Actor, deed: Deed, party: Party | int | None = None) -> bool:
    """Whether an actor may do a deed, for a party where it is done for one."""
    if actor.person is None or (actor.deeds is not None and deed not in actor.deeds):
        return False
    roles = ROLES[deed]
    if deed in _FOR_ALL:
        return actor.is_(*roles)
    party_id = party.pk if isinstance(party, Party) else party
    return any((role, party_id) in actor.roles for role in roles)


def require(deed: Deed, *, by: Person, party: Party | int | None = None) -> Actor:
    """The acting person, who may do this.

    Raises:
        NotAllowed: no standing appointment gives the right, or `by` is not the one who is acting.
    """
    actor = current()
    if actor.person is None or actor.person.pk != by.pk or not may(actor, deed, party):
        raise NotAllowed(deed, party.code if isinstance(party, Party) else "")
    return actor


def role_for(actor: Actor, deed: Deed, party: Party | None = None) -> str:
    """The role in which an actor does a deed, for the audit."""
    held = {role for role, party_id in actor.roles if party is None or party_id == party.pk}
    return next((role for role in Role.values if role in held and role in ROLES[deed]), "")
