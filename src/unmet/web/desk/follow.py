"""Follow something, or follow it no more: one page that says what it is, and a button on the pages of what one sees."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from unmet.needs import followed
from unmet.notices import following
from unmet.notices.following import FollowRefused, Subject
from unmet.notices.models import Follow
from unmet.notices.services import Link
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, pages_of
from unmet.web.public.pages import Pages
from unmet.web.requests import PersonRequest

PER_PAGE = 50
_BY_UUID = (Follow.Kind.NEED, Follow.Kind.REQUEST)


@dataclass(frozen=True, slots=True)
class Button:
    """The button on the page of something: its address needs kind and key; whether the person follows it."""

    kind: str
    key: str
    follows: bool


def button(request: PersonRequest, subject: Subject) -> Button:
    """The button for something that the person sees."""
    return Button(subject.kind.value, subject.key, following.follows(subject, by=request.user))


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the person follows; without words and link where it is not shown to him or her any more."""

    follow: Follow
    words: str = ""
    link: Link | None = None


def rows(request: PersonRequest) -> tuple[list[Row], Pages]:
    """What the person follows, the newest first, a page of it."""
    found = following.followed(by=request.user)
    pages = pages_of(request, found.count(), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    shown = following.named(list(found[start : start + PER_PAGE]))
    return [Row(one, named.words, named.link) if named else Row(one) for one, named in shown], pages


def _subject(kind: str, key: str) -> Subject:
    """What an address names; an address that can name nothing does not exist."""
    if kind not in Follow.Kind.values:
        raise Http404
    if kind in _BY_UUID:
        try:
            key = str(uuid.UUID(key))
        except ValueError:
            raise Http404 from None
    return Subject(Follow.Kind(kind), key)


@desk_page
@require_http_methods(["GET", "POST"])
def page(request: PersonRequest, kind: str, key: str) -> HttpResponse:
    """What it is that one may follow, and what following means; POST follows, or with `do=stop` stops."""
    subject = _subject(kind, key)
    named, follows = following.find(subject), following.follows(subject, by=request.user)
    if named is None and not follows:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "stop":
        following.unfollow(subject, by=request.user)
        messages.success(request, _("You do not follow it any more."))
        return redirect("inbox_choices") if named is None else redirect(named.link.name, *named.link.arguments)
    why = ""
    if request.method == "POST":
        if named is None:
            raise Http404
        try:
            followed.follow(subject, by=request.user, at=request.at)
        except FollowRefused:
            why = ngettext(
                "You follow %(n)s thing already, which is the most. Follow something else no more first.",
                "You follow %(n)s things already, which is the most. Follow something else no more first.",
                following.MOST,
            ) % {"n": following.MOST}
        else:
            messages.success(request, _("You follow it. What changes is told to you as far as you may see it then."))
            return redirect(named.link.name, *named.link.arguments)
    context = {
        "kind": Follow.Kind(kind),
        "named": named,
        "follow": Button(kind, subject.key, follows),
        "problems": [("", why)] if why else [],
    }
    return render(request, "web/desk/follow.html", context, status=REFUSED_STATUS if why else 200)
