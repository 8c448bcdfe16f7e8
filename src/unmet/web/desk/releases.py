"""Who may see: what a member has released, to whom, until when. The default is nobody."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unmet.access import audiences, may
from unmet.access.audiences import Seen
from unmet.access.may import Deed
from unmet.access.models import Release
from unmet.access.visible import standing_releases
from unmet.books.models import Account
from unmet.catalogue.models import Round, Sector
from unmet.needs import first, picking, queries
from unmet.needs import services as needs
from unmet.needs.first import Choice, Question
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.web.day_field import DayField
from unmet.web.desk.doors import REFUSED_STATUS, back_with, desk_page, own_members, own_party
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest
from unmet.web.ticks import Ticks

SHOWN = 500


class ReleaseForm(forms.Form):
    """What to release, how much of it, to whom, until when."""

    subjects = forms.MultipleChoiceField(
        label=gettext_lazy("Sectors and needs"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A sector covers all of its needs, those you approve later too."),
        error_messages={"required": gettext_lazy("Choose at least one sector or need.")},
    )  # fmt: skip
    level = forms.ChoiceField(
        label=gettext_lazy("How much of it"), widget=forms.RadioSelect, choices=Release.Level.choices,
        initial=Release.Level.FIGURES,
        help_text=gettext_lazy("Stock, remarks, own words, calculated quantities and files are never released to all."),
    )  # fmt: skip
    audience = forms.ChoiceField(
        label=gettext_lazy("To whom"), widget=forms.RadioSelect, choices=Release.Audience.choices,
        error_messages={"required": gettext_lazy("Choose to whom.")},
    )  # fmt: skip
    named = forms.MultipleChoiceField(
        label=gettext_lazy("Named parties"), required=False, widget=Ticks,
        help_text=gettext_lazy("Only for the audience “named parties”."),
    )  # fmt: skip
    until = DayField(
        label=gettext_lazy("Last day"), required=False,
        help_text=gettext_lazy("For example 31 December 2026; empty: until you withdraw it."),
    )  # fmt: skip

    def __init__(
        self, party: Party, sectors: Sequence[Sector], rows: Sequence[Need], data: Any = None,
        initial: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, initial=initial)
        self.fields["subjects"].choices = [  # type: ignore[attr-defined]
            *((f"sector:{sector.uuid}", sector.name) for sector in sectors),
            *((f"need:{need.uuid}", need_words(need)) for need in rows),
        ]
        others = Party.objects.exclude(pk=party.pk).in_reading_order()
        self.fields["named"].choices = [(other.code, other.name) for other in others]  # type: ignore[attr-defined]


def need_words(need: Need) -> str:
    """A need in one line: the item, and its place and group where they are not the whole."""
    name = need.item.name if need.item else need.words
    parts = [name]
    if need.place.code != "WHOLE":
        parts.append(need.place.name)
    if need.group.code != "EVERYONE":
        parts.append(need.group.name)
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Row:
    """One sector or need of the table, with the audience now."""

    name: str
    seen: Seen
    needs: int
    need: Need | None = None


@desk_page
@require_GET
def releases(request: PersonRequest) -> HttpResponse:
    """The member whose permissions to read; straight to it where there is only one."""
    members = own_members(request)
    if len(members) == 1:
        return redirect("member_releases", members[0].code)
    return render(request, "web/desk/releases_of.html", {"members": members})


@desk_page
@require_http_methods(["GET", "POST"])
def member(request: PersonRequest, member: str) -> HttpResponse:
    """What everybody else sees of the member now; POST releases more."""
    party = own_party(request, member)
    sectors, rows = list(Sector.objects.order_by("domain", "code")), _needs(party)
    if request.method == "GET":
        form = ReleaseForm(party, sectors, rows, initial=_as_wished(request, party))
        return _page(request, party, sectors, rows, form)
    form = ReleaseForm(party, sectors, rows, request.POST)
    if not form.is_valid():
        return _page(request, party, sectors, rows, form)
    said = form.cleaned_data
    try:
        granted = needs.release(
            member=party,
            subjects=[_subject(chosen) for chosen in said["subjects"]],
            level=said["level"],
            audience=said["audience"],
            until_on=said["until"],
            by=request.user,
            at=request.at,
            named=list(Party.objects.filter(code__in=said["named"])),
        )
    except REFUSED as refused:
        form.add_error(None, sentence(refused))
        return _page(request, party, sectors, rows, form)
    words = ngettext("%(count)s permission given.", "%(count)s permissions given.", len(granted))
    messages.success(request, words % {"count": len(granted)})
    return redirect("member_releases", party.code)


def _as_wished(request: PersonRequest, party: Party) -> dict[str, Any]:
    """The form as the focal point wished on the first screen, for the sectors of a return (`wish` names its round).

    Filled in, and no more: it is the approver who sends it.
    """
    round_ = Round.objects.filter(code=request.GET.get("wish", "")).exclude(state=Round.State.PLANNED).first()
    wish = round_ and first.newest(Question.SEEN_BY, member=party, emergency=round_.emergency)
    if not round_ or not wish or wish.choice == Choice.NOBODY:
        return {}
    listed = queries.listed(member=party, round_=round_).filter(need__item__isnull=False)
    sectors = listed.order_by().values_list("need__item__sector__uuid", flat=True).distinct()
    return {
        "subjects": [f"sector:{sector}" for sector in sectors],
        "audience": wish.choice,
        "named": [other.code for other in wish.parties.all()],
    }


def _subject(chosen: str) -> tuple[str, uuid.UUID]:
    kind, _colon, value = chosen.partition(":")
    return kind, uuid.UUID(value)


def _needs(party: Party) -> list[Need]:
    """The member's needs that stand in the books or in its own words, by name."""
    subjects = Account.objects.filter(member=party, kind=Account.Kind.NEED, closed=False).values("subject")
    in_words = [statement.need_id for statement in picking.of_member(party)]
    found = Need.objects.filter(Q(uuid__in=subjects) | Q(pk__in=in_words), member=party)
    return sorted(found.select_related("item__sector", "place", "group")[:SHOWN], key=need_words)


def _page(
    request: PersonRequest, party: Party, sectors: Sequence[Sector], rows: Sequence[Need], form: ReleaseForm
) -> HttpResponse:
    pairs = [(need.item.sector.uuid if need.item else None, need.uuid) for need in rows]
    seen = audiences.for_subjects(member=party, pairs=pairs, at=request.at)
    standing = list(
        standing_releases(at=request.at).filter(member=party).prefetch_related("named").order_by("-granted_at")
    )
    of_sector = [
        Row(
            sector.name,
            audiences.widest([release for release in standing if release.subject == sector.uuid]),
            sum(need.item is not None and need.item.sector_id == sector.pk for need in rows),
        )
        for sector in sectors
    ]
    names = {sector.uuid: sector.name for sector in sectors} | {need.uuid: need_words(need) for need in rows}
    context = {
        "party": party,
        "form": form,
        "sectors": sorted(of_sector, key=lambda row: (row.needs == 0, row.name)),
        "needs": [Row(need_words(need), seen[need.uuid], 1, need) for need in rows],
        "standing": [
            (release, names.get(release.subject, str(Release.Subject(release.subject_kind).label)))
            for release in standing
        ],
        "public": sum(one.everyone for one in seen.values()),
        "may_release": may.may(request.actor, Deed.RELEASE, party),
    }
    return render(request, "web/desk/releases.html", context, status=REFUSED_STATUS if form.errors else 200)


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a permission back."""
    release = get_object_or_404(Release.objects.select_related("member"), uuid=pk, member__in=request.actor.own_parties)
    try:
        needs.withdraw_release(release, by=request.user, at=request.at)
    except REFUSED as refused:
        return back_with(request, refused, "member_releases", release.member.code)
    messages.success(request, _("The permission is withdrawn. Other permissions stay as they are."))
    return redirect("member_releases", release.member.code)


@desk_page
@require_POST
def hold(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Hold a need back from everybody else at once, or lift that (POST `do`: hold or lift)."""
    need = Need.objects.filter(uuid=pk, member__in=request.actor.own_parties).select_related("member").first()
    if need is None:
        raise Http404
    if request.POST.get("do") == "lift":
        needs.lift_hold_back(need, by=request.user, at=request.at)
        messages.success(request, _("The standing permissions cover this need again."))
    else:
        needs.hold_back(need, by=request.user, at=request.at)
        messages.success(request, _("This need is held back: nobody else sees it now."))
    return redirect("member_releases", need.member.code)
