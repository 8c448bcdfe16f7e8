"""The delivery profile: a member's people draft a version, its approver confirms it; others read what is confirmed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import profile_contacts as contacts
from unmet.support import profile_form as form
from unmet.support import profile_telling as tell
from unmet.support.models import DeliveryProfile
from unmet.support.profile_form import Field, Unreadable, Value

Reason = Literal["changed", "not_draft", "nothing", "unknown", "too_long", "number", "choice"]
State = DeliveryProfile.State


class ProfileRefused(Exception):
    """Nothing was written; `reason` is one of `Reason`, `field` the field it is about, where it is about one."""

    def __init__(self, reason: Reason, field: Field | None = None) -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


@transaction.atomic
def save(
    answers: Mapping[str, Value], *, member: Party, by: Person, at: datetime, version: int = 0, edits: int = 0
) -> DeliveryProfile:
    """Keep what is stated as the draft. `version` and `edits` are those of what was read: a draft, or (with no edits)
    the confirmed version from which a new draft begins, 0 where there was none.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ProfileRefused: `unknown`, `too_long`, `number` or `choice` of a field; `nothing` at all is stated; `changed`:
            a colleague saved or confirmed it meanwhile. The same words again change nothing.
    """
    may.require(Deed.EDIT_PROFILE, by=by, party=member)
    stated = _read(answers)
    if not stated:
        raise ProfileRefused("nothing")
    open_ones = {name: value for name, value in stated.items() if name not in form.RESTRICTED}
    office = {name: value for name, value in stated.items() if name in form.RESTRICTED}
    draft = DeliveryProfile.objects.filter(member=member, state=State.DRAFT).first()
    if draft is not None and draft.answers == open_ones and _office(draft, at=at) == office:
        return draft
    if draft is None:
        draft = _begin(open_ones, member=member, version=version, edits=edits, by=by, at=at)
    else:
        found = DeliveryProfile.objects.filter(pk=draft.pk, state=State.DRAFT, version=version, edits=edits)
        if not found.update(answers=open_ones, edits=edits + 1, saved_by=by, saved_at=at):
            raise ProfileRefused("changed")
        draft.refresh_from_db()
    contacts.keep(draft, office, at=at)
    _record("support.profile_saved", draft, at, edits=draft.edits, fields=sorted(stated))
    if draft.edits == 1:
        tell.drafted(draft, by=by, at=at)
    return draft


def _begin(
    answers: Mapping[str, Value], *, member: Party, version: int, edits: int, by: Person, at: datetime
) -> DeliveryProfile:
    newest = DeliveryProfile.objects.filter(member=member).order_by("-version").first()
    if edits or version != (newest.version if newest else 0):
        raise ProfileRefused("changed")
    try:
        with transaction.atomic():
            return DeliveryProfile.objects.create(
                member=member, version=version + 1, answers=dict(answers), saved_by=by, saved_at=at
            )
    except IntegrityError as error:  # a colleague began one in the same moment
        raise ProfileRefused("changed") from error


def _read(answers: Mapping[str, Value]) -> dict[str, Value]:
    """What is stated, field by field, as it is kept; a field that is left empty is not in it."""
    found = {}
    for name, value in answers.items():
        field = form.BY_NAME.get(name)
        if field is None:
            raise ProfileRefused("unknown")
        try:
            read = form.read(field, plain(value.replace("\r\n", "\n")) if isinstance(value, str) else value)
        except Unreadable as error:
            raise ProfileRefused(error.wrong, field) from error
        if read:
            found[name] = read
    return found


def _office(profile: DeliveryProfile, *, at: datetime) -> Mapping[str, Value]:
    contact = contacts.standing([profile], at=at).get(profile.pk)
    return contact.answers if contact else {}


@transaction.atomic
def confirm(draft: DeliveryProfile, *, edits: int, by: Person, at: datetime) -> None:
    """The approver confirms what it has read: from now on others read this version.

    Raises:
        NotAllowed: `by` is no approver of the member.
        ProfileRefused: `not_draft`: it is confirmed or discarded already; `changed`: a colleague saved it meanwhile.
    """
    may.require(Deed.CONFIRM_PROFILE, by=by, party=draft.member)
    found = DeliveryProfile.objects.filter(pk=draft.pk, state=State.DRAFT)
    if not found.filter(edits=edits).update(state=State.CONFIRMED, confirmed_by=by, confirmed_at=at):
        raise ProfileRefused("changed" if found.exists() else "not_draft")
    draft.refresh_from_db()
    _record("support.profile_confirmed", draft, at, role=Role.APPROVER)
    tell.confirmed(draft, by=by, at=at)


@transaction.atomic
def discard(draft: DeliveryProfile, *, edits: int, by: Person, at: datetime) -> None:
    """Throw a draft away; what is confirmed stands as before.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ProfileRefused: `not_draft`, or `changed`.
    """
    may.require(Deed.EDIT_PROFILE, by=by, party=draft.member)
    found = DeliveryProfile.objects.select_for_update().filter(pk=draft.pk, state=State.DRAFT)
    standing = found.filter(edits=edits).first()
    if standing is None:
        raise ProfileRefused("changed" if found.exists() else "not_draft")
    _record("support.profile_discarded", standing, at)
    standing.delete()


def _record(event: str, profile: DeliveryProfile, at: datetime, *, role: str = "", **detail: object) -> None:
    access.record(
        event=event, at=at, party=profile.member, role=role, subject_kind="profile", subject=profile.uuid,
        detail={"version": profile.version, **detail},
    )  # fmt: skip
