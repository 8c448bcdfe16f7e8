"""What was typed and not yet sent, faults included; called as `needs.services`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.catalogue.models import Round
from unmet.needs.models import Draft, Proposal
from unmet.parties.models import Party, Person


class DraftChanged(Exception):
    """Somebody else saved the draft while this page was open; `theirs` is what stands now."""

    def __init__(self, theirs: Draft) -> None:
        super().__init__(theirs.version)
        self.theirs = theirs


@transaction.atomic
def save_draft(
    rows: Sequence[Mapping[str, str]],
    *,
    member: Party,
    round_: Round,
    by: Person,
    at: datetime,
    version: int | None,
    answers: Mapping[str, str] | None = None,
) -> Draft:
    """Keep what was typed, faults included. `version` is the one the person started from, None for a first draft.

    `answers` are those to questions about the lines; without them, those given before stay.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        DraftChanged: somebody else saved meanwhile; nothing is overwritten.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=member)
    said = {} if answers is None else {"answers": dict(answers)}
    # Waits for a colleague who is saving the same draft, or sending it, after which there is none.
    draft, made = Draft.objects.select_for_update(no_key=True).get_or_create(
        member=member, round=round_, defaults={"rows": list(rows), "saved_by": by, "saved_at": at, **said}
    )
    if not made:
        if draft.version != (version or 0):
            raise DraftChanged(draft)
        Draft.objects.filter(pk=draft.pk).update(
            rows=list(rows), version=draft.version + 1, saved_by=by, saved_at=at, **said
        )
        draft.refresh_from_db()
    draft.typed_by.add(by)
    return draft


@transaction.atomic
def discard_draft(draft: Draft, *, by: Person, at: datetime) -> int:
    """Delete a draft. Only drafts are ever deleted, by their owners.

    Letters whose lines were adopted into it wait again, to be adopted or left aside; returns how many.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=draft.member)
    # Waits for a colleague who is sending it: its letters have then gone into the return.
    Draft.objects.select_for_update().filter(pk=draft.pk).first()
    letters = list(draft.proposals.select_related("member", "office"))
    draft.proposals.update(state=Proposal.State.PROPOSED, draft=None, decided_by=None, decided_at=None)
    draft.delete()
    for letter in letters:
        access.record(
            event="needs.proposal_waits_again", at=at, party=letter.member, subject_kind="proposal",
            subject=letter.uuid, office=letter.office.code,
        )  # fmt: skip
    return len(letters)
