"""Who is told of what happens to needs. Called by the services, in their transactions."""

from datetime import datetime

from unmet.access import telling
from unmet.access.models import Role
from unmet.access.telling import COMMENTING, OWN
from unmet.catalogue.models import Round
from unmet.needs.models import FlashCall, Need, Proposal, Return, TechnicalComment
from unmet.notices import following
from unmet.notices.following import Subject
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person

LETTER_DECIDED = ("needs.letter_adopted", "needs.letter_ignored")
COMMENT_ANSWERED = "needs.comment_answered"
FOLLOWED_COMMENT = "follow.commented"


# ── returns ──────────────────────────────────────────────────────────────────
def submitted(return_: Return, *, by: Person, at: datetime) -> None:
    """The member's approvers: a return waits for them."""
    telling.tell(
        "needs.submitted", telling.people_of([return_.member], [Role.APPROVER], at=at), by=by, at=at,
        link=Link("approve", [str(return_.uuid)]), data=_of(return_),
    )  # fmt: skip


def sent_back(return_: Return, *, by: Person, at: datetime) -> None:
    """Whoever submitted it: there is something to correct."""
    telling.tell(
        "needs.sent_back", telling.person(return_.submitted_by, return_.member, OWN, at=at), by=by, at=at,
        link=Link("return", [return_.member.code, return_.round.code]), data=_of(return_),
    )  # fmt: skip


def approved(return_: Return, *, changed: int, by: Person, at: datetime) -> None:
    """Whoever submitted it: it is approved; `changed` lines have a quantity of the approver's own."""
    telling.tell(
        "needs.approved_changed" if changed else "needs.approved",
        telling.person(return_.submitted_by, return_.member, OWN, at=at), by=by, at=at,
        link=Link("return", [return_.member.code, return_.round.code]),
        data=_of(return_) | ({"changed": changed} if changed else {}),
    )  # fmt: skip


def lapsing(kind: str, *, member: Party, round_: Round, needs: int, at: datetime) -> None:
    """The member's people: so many needs lapse soon."""
    telling.tell(
        kind, telling.people_of([member], OWN, at=at), by=None, at=at, link=Link("own_needs", [member.code]),
        data={"member": member.code, "round": round_.code, "needs": needs},
    )  # fmt: skip


def standing(kind: str, need: Need, *, by: Person, at: datetime) -> None:
    """The member's people: a need was paused, stands again, or was ended by name."""
    assert need.item is not None  # the books hold no other
    telling.tell(
        kind, telling.people_of([need.member], OWN, at=at), by=by, at=at, link=Link("own_needs", [need.member.code]),
        data={"member": need.member.code, "item": need.item.code},
    )  # fmt: skip


def _of(return_: Return) -> dict[str, str | int]:
    return {"member": return_.member.code, "round": return_.round.code, "version": return_.revision}


# ── letters ──────────────────────────────────────────────────────────────────
def letter_proposed(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """The member's people: a letter of theirs was typed, and they decide."""
    _letter("needs.letter_proposed", proposal, proposal.member, by=by, at=at)


def letter_decided(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """The office that typed it: the member adopted it, or left it aside."""
    adopted = proposal.state == Proposal.State.ADOPTED
    _letter(LETTER_DECIDED[0 if adopted else 1], proposal, proposal.office, by=by, at=at)


def _letter(kind: str, proposal: Proposal, party: Party, *, by: Person, at: datetime) -> None:
    roles = OWN if party == proposal.member else COMMENTING
    telling.tell(
        kind, telling.people_of([party], roles, at=at), by=by, at=at, link=Link("letter", [str(proposal.uuid)]),
        data={"member": proposal.member.code, "party": proposal.office.code, "round": proposal.round.code},
    )  # fmt: skip


# ── flash rounds ─────────────────────────────────────────────────────────────
def flash_called(call: FlashCall, *, hours: int, by: Person, at: datetime) -> None:
    """The people of every member, each once: the desk shows for which of their members they answer."""
    people = telling.people_of(Party.objects.members(on=at.date()), OWN, at=at)
    telling.tell(
        "needs.flash_called", {one.person: one for one in people}.values(), by=by, at=at, link=Link("desk"),
        data={"round": call.round.code, "lines": call.most_lines, "hours": hours},
    )  # fmt: skip


# ── technical comments ───────────────────────────────────────────────────────
def commented(said: TechnicalComment, *, by: Person, at: datetime) -> None:
    """The member's people."""
    _comment("needs.commented", said, telling.people_of([said.need.member], OWN, at=at), by=by, at=at)


def commented_to_followers(said: TechnicalComment, *, by: Person, at: datetime) -> None:
    """Those who follow the line and see it in detail still."""
    assert said.need.item is not None  # one comments beside lines that have an item
    following.tell_followers(
        FOLLOWED_COMMENT, [Subject.need(said.need.uuid)], link=Link("detail_line", [str(said.need.uuid)]), by=by, at=at,
        data={"member": said.need.member.code, "party": said.party.code, "item": said.need.item.code},
    )  # fmt: skip


def comment_answered(said: TechnicalComment, *, by: Person, at: datetime) -> None:
    """Whoever wrote it."""
    _comment(COMMENT_ANSWERED, said, telling.person(said.written_by, said.party, COMMENTING, at=at), by=by, at=at)


def _comment(kind: str, said: TechnicalComment, people: list[Recipient], *, by: Person, at: datetime) -> None:
    assert said.need.item is not None  # one comments beside lines that have an item
    telling.tell(
        kind, people, by=by, at=at, link=Link("detail_line", [str(said.need.uuid)]),
        data={"member": said.need.member.code, "party": said.party.code, "item": said.need.item.code},
    )  # fmt: skip
