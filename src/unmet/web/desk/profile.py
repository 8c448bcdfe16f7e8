"""The delivery profile of a member: read by its own people and by who ships to it, confirmed, and given as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.services import is_demonstration
from unmet.exchange import download
from unmet.exchange.download import Column
from unmet.exchange.spooled import TYPES, spooled
from unmet.parties.models import Party
from unmet.support import profile_contacts as contacts
from unmet.support import profile_form as definition
from unmet.support import profile_queries as queries
from unmet.support import profiles
from unmet.support.models import DeliveryContact, DeliveryProfile
from unmet.support.profile_form import Field, Section, Value
from unmet.support.profiles import ProfileRefused
from unmet.web import carried, formats
from unmet.web.desk.doors import desk_page
from unmet.web.desk.profile_words import sentence
from unmet.web.public.pages import FORMS
from unmet.web.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class Said:
    """One field as it is read: its lines, and whether it differs from the version that is confirmed."""

    field: Field
    lines: list[str]
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One section as it is read."""

    section: Section
    said: list[Said]


def _readable(request: PersonRequest, code: str) -> Party:
    """A member whose profile the person may read; any other does not exist."""
    party = Party.objects.filter(code=code).first()
    if party is None or not queries.may_read(party):
        raise Http404
    return party


def _chosen(request: PersonRequest, party: Party) -> DeliveryProfile | None:
    """What is shown: to its own people the version asked for, else the draft; to others what is confirmed."""
    if party.pk not in request.actor.own_parties:
        return queries.confirmed(party)
    asked = request.GET.get("version", "")
    if not asked:
        return queries.draft(party) or queries.confirmed(party)
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7):
        raise Http404
    found = DeliveryProfile.objects.filter(member=party, version=int(asked)).select_related("member").first()
    if found is None:
        raise Http404
    return found


def _in_words(field: Field, value: Value) -> list[str]:
    """The lines of a text; what was chosen as one sentence."""
    said = definition.shown(field, value)
    return [formats.listed(said)] if field.shape == "choices" and said else said


def sections(answers: Mapping[str, Value], before: Mapping[str, Value] | None = None) -> list[Shown]:
    """The sections with what is stated; with what was confirmed before, where a draft is compared with it."""
    return [
        Shown(
            section,
            [
                Said(
                    field, _in_words(field, answers.get(field.name, "")),
                    before is not None and before.get(field.name) != answers.get(field.name),
                )
                for field in definition.of_section(section.name)
                if field.name in answers or field.name in (before or {})
            ],
        )
        for section in definition.SECTIONS
    ]  # fmt: skip


@desk_page
@require_GET
def page(request: PersonRequest, member: str) -> HttpResponse:
    """The page of a profile."""
    party = _readable(request, member)
    own = party.pk in request.actor.own_parties
    profile = _chosen(request, party)
    draft = profile is not None and profile.state == DeliveryProfile.State.DRAFT
    before = queries.confirmed(party) if draft else None
    context: dict[str, Any] = {
        "party": party,
        "own": own,
        "profile": profile,
        "draft": draft,
        "sections": sections(queries.answers(profile), queries.answers(before) if before else None) if profile else [],
        "shares_contact": profile is not None and (own or contacts.readable(profile) is not None),
        "purged": own and profile is not None and _is_purged(profile, request),
        "may_confirm": draft and may.may(request.actor, Deed.CONFIRM_PROFILE, party),
        "may_edit": own and may.may(request.actor, Deed.EDIT_PROFILE, party),
        "versions": _versions(party) if own else [],
        "asked": own and bool(queries.asks_for([party])),
        "forms": FORMS,
    }
    return render(request, "web/desk/profile.html", context)


def _is_purged(profile: DeliveryProfile, request: PersonRequest) -> bool:
    """Whether a contact office was stated in this version and is gone, or due to go."""
    stated = DeliveryContact.objects.filter(profile=profile).exists()
    return stated and profile.pk not in contacts.standing([profile], at=request.at)


def _versions(party: Party) -> list[DeliveryProfile]:
    found = DeliveryProfile.objects.filter(member=party, state=DeliveryProfile.State.CONFIRMED)
    return list(found.select_related("confirmed_by").order_by("-version")[:50])


@desk_page
@require_GET
def file(request: PersonRequest, member: str, form: str) -> HttpResponse:
    """The same as a file: one row for each field that is stated."""
    party = _readable(request, member)
    profile = _chosen(request, party)
    if profile is None:
        raise Http404
    columns = [
        Column("section", _("Section"), "text"), Column("field", _("Field, code"), "text"),
        Column("label", _("Field"), "text"), Column("value", _("What is stated"), "text"),
    ]  # fmt: skip
    notes = {"member": party.code, "version": str(profile.version), "state": profile.get_state_display()}
    if is_demonstration():
        notes = {download.MARK: download.demonstration_words(), **notes}
    title = _("Delivery profile of %(member)s") % {"member": party.name}
    language = get_language() or settings.LANGUAGE_CODE
    with spooled(form, columns, _rows(queries.answers(profile)), title=title, language=language, notes=notes) as spool:
        response = HttpResponse(spool.read(), content_type=TYPES[form])
    name = f"{party.code}-delivery-profile-{profile.version}.{form}"
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


def _rows(answers: Mapping[str, Value]) -> Iterator[list[str]]:
    for section in definition.SECTIONS:
        for field in definition.of_section(section.name):
            if field.name in answers:
                value = "\n".join(definition.shown(field, answers[field.name]))
                yield [str(section.label), field.name, str(field.label), value]


# ── deeds ────────────────────────────────────────────────────────────────────
def _draft(request: PersonRequest, code: str) -> tuple[Party, DeliveryProfile | None]:
    party = Party.objects.filter(code=code, pk__in=request.actor.own_parties).first()
    if party is None:
        raise Http404
    return party, queries.draft(party)


def _edits(request: PersonRequest) -> int:
    return carried.number(request.POST.get("edits", ""), digits=carried.VERSION) or 0


@desk_page
@require_POST
def confirm(request: PersonRequest, member: str) -> HttpResponse:
    """The approver confirms the draft."""
    party, draft = _draft(request, member)
    may.require(Deed.CONFIRM_PROFILE, by=request.user, party=party)
    try:
        if draft is None:
            raise ProfileRefused("not_draft")
        profiles.confirm(draft, edits=_edits(request), by=request.user, at=request.at)
    except ProfileRefused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("Confirmed. Those you ask, and those who ship to you, read it from now on."))
    return redirect("profile", party.code)


@desk_page
@require_POST
def discard(request: PersonRequest, member: str) -> HttpResponse:
    """Throw the draft away."""
    party, draft = _draft(request, member)
    try:
        if draft is None:
            raise ProfileRefused("not_draft")
        profiles.discard(draft, edits=_edits(request), by=request.user, at=request.at)
    except ProfileRefused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("The draft is discarded."))
    return redirect("profile", party.code)
