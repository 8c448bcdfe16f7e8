"""The inbox: what happened since, and how one wants to be told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unmet.notices import gates, kinds, letters, suppressing
from unmet.notices import services as notices
from unmet.notices.models import Group, How, Notice
from unmet.web import carried
from unmet.web.desk import follow
from unmet.web.desk.doors import desk_page, pages_of
from unmet.web.requests import PersonRequest

_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the inbox. `says` is empty where the person may not see any more what it was about."""

    notice: Notice
    says: str


def told(found: Sequence[Notice], request: PersonRequest) -> list[Told]:
    """Notices in words, in the language of the page."""
    names = kinds.Names.of(notice.data for notice in found)
    return [
        Told(
            notice,
            kinds.says(notice.kind, notice.data, names) if gates.may_be_told(notice, at=request.at) else "",
        )
        for notice in found
    ]


@desk_page
@require_GET
def inbox(request: PersonRequest) -> HttpResponse:
    """What happened, the newest first; what is unread is marked."""
    mine = notices.inbox(request.user, parties=request.actor.all_parties)
    pages = pages_of(request, mine.count(), size=_PER_PAGE)
    start = (pages.number - 1) * _PER_PAGE
    found = list(mine[start : start + _PER_PAGE])
    context = {
        "told": told(found, request),
        "pages": pages,
        "unread": notices.unread(request.user, parties=request.actor.all_parties),
        **mail_state(request),
        "newest": mine.order_by("-pk").values_list("pk", flat=True).first(),
    }
    return render(request, "web/desk/inbox.html", context)


def mail_state(request: PersonRequest) -> dict[str, object]:
    """Whether letters reach the person."""
    return {
        "mail_configured": letters.configured(),
        "suppressed": suppressing.standing(request.user.email),
        "contact": settings.UNMET_CONTACT,
    }


@desk_page
@require_http_methods(["GET", "POST"])
def choices(request: PersonRequest) -> HttpResponse:
    """How the person wants to be told of each group of things."""
    if request.method == "POST":
        wanted = {group: request.POST[group] for group in Group.values if request.POST.get(group) in How.values}
        notices.choose(request.user, wanted)
        messages.success(request, _("Your choices are kept."))
        return redirect("inbox_choices")
    chosen = notices.choices(request.user)
    followed, pages = follow.rows(request)
    context = {
        "choices": [{"group": group, "label": label, "how": chosen[group]} for group, label in Group.choices],
        "ways": How.choices,
        "followed": followed,
        "pages": pages,
        **mail_state(request),
    }
    return render(request, "web/desk/inbox_choices.html", context)


@desk_page
@require_POST
def read_all(request: PersonRequest) -> HttpResponse:
    """Mark all as read, up to the newest that the page showed: what came meanwhile stays unread."""
    until = carried.number(request.POST.get("until", ""), digits=carried.ROW)
    if until is None:
        raise Http404
    count = notices.mark_read(request.user, at=request.at, until=until)
    messages.success(
        request, ngettext("%(n)s notice is marked as read.", "%(n)s notices are marked as read.", count) % {"n": count}
    )
    return redirect("inbox")


@desk_page
@require_GET
def opened(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The page that a notice is about, which is then read. Letters lead here too: the link tells nothing by itself."""
    notice = notices.find(request.user, pk)
    if notice is None:
        raise Http404
    notices.mark_read(request.user, at=request.at, only=notice)
    if not gates.may_be_told(notice, at=request.at):
        messages.info(request, _("You may not see any more what this notice was about."))
        return redirect("inbox")
    try:
        return redirect(reverse(notice.link_name, args=notice.link_arguments))
    except NoReverseMatch:  # a page of an earlier version
        return redirect("inbox")
