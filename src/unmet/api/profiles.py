"""Delivery profiles: how members take delivery, for their own people to state and for whoever ships to read."""

from collections.abc import Callable, Iterator, Sequence

from django.db.models import QuerySet

from unmet.access.actors import current
from unmet.api import found, lists, problems
from unmet.api import profile_schemas as said
from unmet.api.door import ApiRequest, One, Operations, require_version
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.exchange import profile_refusals
from unmet.parties.models import Party
from unmet.support import profile_contacts as contacts
from unmet.support import profile_form as form
from unmet.support import profile_queries as queries
from unmet.support import profiles as services
from unmet.support.models import DeliveryProfile
from unmet.support.profiles import ProfileRefused

operations = Operations("delivery profiles", "/profiles")
State = DeliveryProfile.State
NONE = "none"


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("", said.ProfileListed, scope="read")
def profiles(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """Members whose profile you may read: your own, those that ask you now, those to which something is under way."""

    def fetch(after: str, limit: int) -> Rows:
        members = list(queries.readable().filter(code__gt=after).order_by("code")[:limit])
        shown = queries.shown(members)
        return [(member.code, _listed(member, shown.get(member.pk))) for member in members]

    return Listing(said.ProfileListed, fetch, limit, cursor)


@operations.listing("/form", said.ProfileField)
def profile_form(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """The fields of a profile with what they take: pages, files and this interface are drawn from the same list."""
    fields = [field for section in form.SECTIONS for field in form.of_section(section.name)]
    return Listing(said.ProfileField, _in_turn([_field(one) for one in fields]), limit, cursor)


@operations.one("/{member}", said.Profile, scope="read", tagged=True)
def profile(request: ApiRequest, member: Code, version: int | None = None) -> One:
    """How a member takes delivery; its `ETag` is the version from which you draft, or that you confirm or discard.

    Its own people read the draft first, or the `version` they ask for; others read what is confirmed, and the contact
    office once the member has accepted something of theirs that has not arrived.
    """
    party = _readable(member)
    return now(party, _chosen(party, version))


@operations.listing("/{member}/answers", said.ProfileAnswer, scope="read")
def profile_answers(request: ApiRequest, member: Code, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """The same field by field, with labels and choices in words."""
    chosen = _chosen(_readable(member), None)
    rows = list(_answers(chosen)) if chosen else []
    return Listing(said.ProfileAnswer, _in_turn(rows), limit, cursor)


@operations.listing("/{member}/versions", said.ProfileVersion, scope="read")
def profile_versions(request: ApiRequest, member: Code, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """The versions of your own member's profile, for its own people."""
    rows = DeliveryProfile.objects.filter(member=found.own_party(request, member))
    return Listing(said.ProfileVersion, lists.by_age(rows, _version_told), limit, cursor)


def _readable(code: str) -> Party:
    """A member whose profile the acting person may read."""
    party = found.by_code(Party.objects.all(), code)
    if not queries.may_read(party):
        raise Problem("not-found")
    return party


def _chosen(party: Party, version: int | None) -> DeliveryProfile | None:
    """To its own people the version that they ask for, else the draft; to others what is confirmed."""
    if version is None:
        return queries.shown([party]).get(party.pk)
    rows = _own_versions(party).filter(version=version) if 0 < version < 2**31 else DeliveryProfile.objects.none()
    return found.one(rows)


def _own_versions(party: Party) -> QuerySet[DeliveryProfile]:
    return DeliveryProfile.objects.filter(member=party, member__in=current().own_parties)


def _in_turn(rows: Sequence[said.ProfileField] | Sequence[said.ProfileAnswer]) -> Callable[[str, int], Rows]:
    """A list that is short and stands by itself; the cursor names the field."""

    def fetch(after: str, limit: int) -> Rows:
        names = [row.field for row in rows]
        if after and after not in names:  # it was stated when the page before was read
            raise Problem("cursor")
        start = names.index(after) + 1 if after else 0
        return [(row.field, row) for row in rows[start : start + limit]]

    return fetch


# ── as it is given ───────────────────────────────────────────────────────────
def now(party: Party, profile: DeliveryProfile | None) -> One:
    """A version as the acting person reads it, with its `ETag`: another one as soon as what is read is another."""
    contact = contacts.readable(profile) if profile else None
    version, edits = read(profile)
    etag = f'"{party.code}.{version}.{edits}{".office" if contact else ""}"'
    own = party.pk in current().own_parties
    listed = _listed(party, profile).model_dump()
    answers = {**profile.answers, **(contact.answers if contact else {})} if profile else {}
    saved_at = profile.saved_at if own and profile else None
    return One(
        said.Profile(**listed, saved_at=saved_at, contact_shown=contacts.opens(party), answers=answers), etag=etag
    )


def read(profile: DeliveryProfile | None) -> tuple[int, int]:
    """By what a service tells that a colleague was faster: the version that was read, and the edit of a draft."""
    if profile is None:
        return 0, 0
    return profile.version, profile.edits if profile.state == State.DRAFT else 0


def _listed(party: Party, profile: DeliveryProfile | None) -> said.ProfileListed:
    return said.ProfileListed(
        member=party.code, version=profile.version if profile else 0, state=str(profile.state) if profile else NONE,
        confirmed_at=profile.confirmed_at if profile else None,
    )  # fmt: skip


def _version_told(profile: DeliveryProfile) -> said.ProfileVersion:
    return said.ProfileVersion(
        version=profile.version, state=str(profile.state), saved_at=profile.saved_at, confirmed_at=profile.confirmed_at
    )


def _field(field: form.Field) -> said.ProfileField:
    return said.ProfileField(
        section=field.section, field=field.name, label=str(field.label), help=str(field.help), shape=field.shape,
        most=said.most(field), choices=[code for code, _label in field.choices], asked_for=str(field.asked_for),
        one_of=field.one_of, restricted=field.name in form.RESTRICTED,
    )  # fmt: skip


def _answers(profile: DeliveryProfile) -> Iterator[said.ProfileAnswer]:
    stated = queries.answers(profile)
    for section in form.SECTIONS:
        for field in form.of_section(section.name):
            if field.name in stated:
                value = stated[field.name]
                yield said.ProfileAnswer(
                    section=section.name, field=field.name, label=str(field.label),
                    value=value if isinstance(value, str) else "\n".join(value),
                    words="\n".join(form.shown(field, value)),
                )  # fmt: skip


# ── the draft ────────────────────────────────────────────────────────────────
@operations.post("/{member}/draft", said.Profile, scope="support", changes=True, tagged=True)
def draft_profile(request: ApiRequest, member: Code, body: said.ProfileDraft) -> One:
    """Keep what is stated, whole, as the draft. Others read it once an approver of the member confirms it."""
    party = found.own_party(request, member)
    version, edits = read(_for_change(request, party))
    draft = services.save(
        body.stated(), member=party, by=request.person, at=request.at, version=version, edits=edits
    )  # fmt: skip
    return now(party, draft)


@operations.post("/{member}/confirmation", said.Profile, scope="approve", body="", changes=True, tagged=True)
def confirm_profile(request: ApiRequest, member: Code) -> One:
    """Confirm the draft that you have read: those you ask, and those who ship to you, read it from now on."""
    party = found.own_party(request, member)
    draft = _draft(request, party)
    services.confirm(draft, edits=draft.edits, by=request.person, at=request.at)
    return now(party, draft)


@operations.post("/{member}/discarding", said.ProfileDiscarded, scope="support", body="", changes=True)
def discard_profile(request: ApiRequest, member: Code) -> One:
    """Throw the draft away; what is confirmed stands as before."""
    party = found.own_party(request, member)
    draft = _draft(request, party)
    services.discard(draft, edits=draft.edits, by=request.person, at=request.at)
    return One(said.ProfileDiscarded(member=party.code, version=draft.version))


def _for_change(request: ApiRequest, party: Party) -> DeliveryProfile | None:
    """What stands now, if the client has read it."""
    standing = queries.shown([party]).get(party.pk)
    require_version(request, now(party, standing).etag)
    return standing


def _draft(request: ApiRequest, party: Party) -> DeliveryProfile:
    standing = _for_change(request, party)
    if standing is None or standing.state != State.DRAFT:
        raise ProfileRefused("not_draft")
    return standing


# ── refusals ─────────────────────────────────────────────────────────────────
@problems.tells(ProfileRefused)
def _of_profile(refused: ProfileRefused) -> Problem:
    """The problem that a refusal of the services is, with its `reason` and the `field`, where it is about one."""
    if refused.reason == "changed":
        return Problem("changed-meanwhile")
    more = {"reason": str(refused.reason)} | ({"field": refused.field.name} if refused.field else {})
    code = "state" if refused.reason == "not_draft" else "refused"
    return Problem(code, profile_refusals.sentence(refused), more=more)
