"""Letters: coordination, or an office the member named, types what a member wrote; the member adopts or ignores it.

A proposal is in no return, no book and no figure. Adopting puts its lines into the member's draft, where the member's
people correct them and send them; whoever typed it counts as having typed the return, so a second person approves.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from unmet.access import may
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.access.services import COORDINATION_BODY
from unmet.catalogue.models import Item, Round
from unmet.files import attachments as files
from unmet.files.models import Attachment
from unmet.methods.plain import plain
from unmet.needs import letter_offices, merge, telling
from unmet.needs.lines import NeedLine
from unmet.needs.models import Draft, Proposal
from unmet.needs.services import NotAMember, NothingSaid, require_open
from unmet.parties.models import Group, Party, Person

PROPOSAL: Final = "proposal"
# Answers that still mean something once numbers and dates are written in a form with one reading.
_KEPT_ANSWERS: Final = ("item.", "place.", "pack.", "own_words", "levels")


class ProposalDecided(Exception):
    """The proposal was adopted, ignored or withdrawn meanwhile, or is not proposed yet."""


class ProposalChanged(Exception):
    """Somebody else of the same office saved the lines while this page was open."""


# ── typing ───────────────────────────────────────────────────────────────────
def begin(
    chunks: Iterable[bytes], *, name: str, member: Party, round_: Round, office: Party, kind: str, reference: str,
    dated_on: date, by: Person, at: datetime,
) -> Proposal:  # fmt: skip
    """Take in a letter: the scan first, the lines afterwards. Nobody but the office sees it until it is proposed.

    Raises:
        NotAllowed: `by` is not of coordination, nor of a party that the member has named for this.
        RoundNotOpen, NotAMember: see `needs.services`.
        TooLarge, TypeRefused, Infected, NotChecked: see `files.attachments.receive`.
    """
    letter_offices.require_typist(member=member, office=office, by=by)
    _require_answerable(member, round_, at)
    checked = files.receive(chunks, name=name, owner=office.code, person=str(by.uuid), at=at)
    with transaction.atomic():
        proposal = Proposal.objects.create(
            member=member, round=round_, office=office, kind=kind, reference=plain(reference), dated_on=dated_on,
            opened_by=by, opened_at=at,
        )  # fmt: skip
        proposal.typed_by.add(by)
        files.attach(
            checked, subject_kind=PROPOSAL, subject=proposal.uuid, kind=Attachment.Kind.LETTER, person=str(by.uuid),
            at=at,
        )  # fmt: skip
        _record("needs.letter_taken_in", proposal, at=at, sha256=checked.file.sha256)
    return proposal


def _require_answerable(member: Party, round_: Round, at: datetime) -> None:
    require_open(round_, at=at)
    if not Party.objects.filter(pk=member.pk).members(on=at.date()).exists():
        raise NotAMember


def _record(event: str, proposal: Proposal, *, at: datetime, reason: str = "", **more: object) -> None:
    access.record(
        event=event, at=at, party=proposal.member, subject_kind=PROPOSAL, subject=proposal.uuid, reason=reason,
        detail={"office": proposal.office.code, **more},
    )  # fmt: skip


@transaction.atomic
def save(
    proposal: Proposal, rows: Sequence[Mapping[str, str]], *, answers: Mapping[str, str], version: int, by: Person,
    at: datetime,
) -> None:  # fmt: skip
    """Keep what was typed, faults included.

    Raises:
        NotAllowed: see `begin`.
        ProposalDecided: it is proposed already.
        ProposalChanged: see there; nothing is overwritten.
    """
    letter_offices.require_typist(member=proposal.member, office=proposal.office, by=by)
    typing = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.TYPING)
    if not typing.filter(version=version).update(rows=list(rows), answers=dict(answers), version=version + 1):
        raise ProposalChanged if typing.exists() else ProposalDecided
    proposal.typed_by.add(by)
    proposal.refresh_from_db()


@transaction.atomic
def propose(
    proposal: Proposal, lines: Sequence[NeedLine], *, rows: Sequence[Mapping[str, str]], by: Person, at: datetime
) -> None:
    """Put the typed lines before the member. `rows` say the same as `lines`, in a form with one reading only.

    Raises:
        NotAllowed: see `begin`.
        ProposalDecided: it is proposed already.
        NothingSaid, RoundNotOpen, NotAMember, LineRefused: see `needs.services`.
    """
    letter_offices.require_typist(member=proposal.member, office=proposal.office, by=by)
    _require_answerable(proposal.member, proposal.round, at)
    if not lines:
        raise NothingSaid
    merge.check(lines, proposal.member, proposal.round)
    kept = {name: answer for name, answer in proposal.answers.items() if name.startswith(_KEPT_ANSWERS)}
    typing = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.TYPING)
    if not typing.update(state=Proposal.State.PROPOSED, rows=list(rows), answers=kept, proposed_by=by, proposed_at=at):
        raise ProposalDecided
    proposal.typed_by.add(by)
    proposal.refresh_from_db()
    _record("needs.proposed", proposal, at=at, lines=len(lines))
    telling.letter_proposed(proposal, by=by, at=at)


@transaction.atomic
def withdraw(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """The party that typed it takes it back, until the member has decided.

    Raises:
        NotAllowed: see `begin`.
        ProposalDecided: see there.
    """
    letter_offices.require_typist(member=proposal.member, office=proposal.office, by=by)
    _decide(proposal, (Proposal.State.TYPING, Proposal.State.PROPOSED), Proposal.State.WITHDRAWN, by=by, at=at)
    _record("needs.proposal_withdrawn", proposal, at=at)


def _decide(
    proposal: Proposal, standing: Iterable[str], state: str, *, by: Person, at: datetime, **more: object
) -> None:
    """One UPDATE, so that two who press at once cannot both succeed."""
    found = Proposal.objects.filter(pk=proposal.pk, state__in=standing)
    if not found.update(state=state, decided_by=by, decided_at=at, **more):
        raise ProposalDecided
    proposal.refresh_from_db()


# ── the member decides ───────────────────────────────────────────────────────
@transaction.atomic
def adopt(proposal: Proposal, *, by: Person, at: datetime, after_all: bool = False) -> Draft:
    """Put the lines into the member's draft, after what stands there. Whoever typed them has typed the draft too.

    `after_all` says that the person knows it was left aside: to press the wrong button costs nobody the letter, and
    nobody overrules a colleague unknowingly.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ProposalDecided: see there.
        RoundNotOpen: see `needs.services`.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=proposal.member)
    require_open(proposal.round, at=at)
    draft, _made = Draft.objects.select_for_update(no_key=True).get_or_create(
        member=proposal.member, round=proposal.round, defaults={"saved_by": by, "saved_at": at}
    )
    standing = Proposal.State.IGNORED if after_all else Proposal.State.PROPOSED
    _decide(proposal, (standing,), Proposal.State.ADOPTED, by=by, at=at, draft=draft, reason="")
    rows = _in_words(proposal.rows)
    Draft.objects.filter(pk=draft.pk).update(
        rows=[*draft.rows, *(row for row in rows if row not in draft.rows)],
        answers={**proposal.answers, **draft.answers}, version=draft.version + 1, saved_by=by, saved_at=at,
    )  # fmt: skip
    draft.typed_by.add(by, *proposal.typed_by.all())
    draft.refresh_from_db()
    _record("needs.proposal_adopted", proposal, at=at, lines=len(rows))
    telling.letter_decided(proposal, by=by, at=at)
    return draft


def _in_words(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Rows with the names of items, groups and base units in the reader's language where they hold our own words."""
    found = Item.objects.filter(code__in=[row.get("item", "") for row in rows]).select_related("base_unit")
    items = {item.code: item.name for item in found}
    units = {item.code: item.base_unit for item in found}
    groups = {group.code: group.name for group in Group.objects.all()}
    named = []
    for row in rows:
        known = {"item": items.get(row.get("item", "")), "group": groups.get(row.get("group", ""))}
        unit = units.get(row.get("item", ""))
        if unit is not None and row.get("unit") in (unit.name_en, unit.name_ar, unit.name_es, unit.name_fr):
            known["unit"] = unit.name
        named.append({**row, **{name: value for name, value in known.items() if value}})
    return named


def in_words(proposal: Proposal) -> list[dict[str, str]]:
    """The lines of a proposal as a page shows them."""
    return _in_words(proposal.rows)


@transaction.atomic
def ignore(proposal: Proposal, *, reason: str, by: Person, at: datetime) -> None:
    """Leave a proposal aside, with or without a reason; the party that typed it is told both.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ProposalDecided: see there.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=proposal.member)
    said = plain(reason)[:1000]
    _decide(proposal, (Proposal.State.PROPOSED,), Proposal.State.IGNORED, by=by, at=at, reason=said)
    _record("needs.proposal_ignored", proposal, at=at, reason=said)
    telling.letter_decided(proposal, by=by, at=at)


# ── who sees it ──────────────────────────────────────────────────────────────
def typed() -> QuerySet[Proposal]:
    """Proposals typed in the name of the acting person's offices, for members that still let them."""
    actor = current()
    mine = Q(pk__in=[])
    if actor.is_coordination:
        mine |= Q(office__code=COORDINATION_BODY)
    for named in letter_offices.standing_offices(at=actor.at).filter(office__in=actor.all_parties):
        mine |= Q(member=named.member_id, office=named.office_id)
    return _for_reading(Proposal.objects.filter(mine))


def received(*, members: Iterable[int]) -> QuerySet[Proposal]:
    """Proposals that were put before some of the acting person's own parties."""
    own = current().own_parties & frozenset(members)
    return _for_reading(
        Proposal.objects.filter(member__in=own, proposed_at__isnull=False).exclude(state=Proposal.State.TYPING)
    )


def waiting(*, members: Iterable[int]) -> QuerySet[Proposal]:
    """Those of them that the member has not decided."""
    return received(members=members).filter(state=Proposal.State.PROPOSED)


def _for_reading(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return proposals.select_related(
        "member", "office", "round__emergency", "opened_by", "proposed_by", "decided_by", "into"
    ).order_by("-opened_at", "-pk")


def seen(pk: uuid.UUID) -> Proposal | None:
    """The proposal with this uuid if the acting person's office typed it or it was put before its member."""
    return typed().filter(uuid=pk).first() or received(members=current().own_parties).filter(uuid=pk).first()


def letters(proposal: Proposal) -> QuerySet[Attachment]:
    """The scan of the letter."""
    return files.of(PROPOSAL, proposal.uuid)
