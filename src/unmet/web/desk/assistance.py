"""Requests for assistance: what one's members ask, what one's parties are asked, and one request with its answers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.figures import asking
from unmet.notices.following import Subject
from unmet.parties.models import Party
from unmet.support import bulk, profile_queries, referring, requests, signs
from unmet.support import request_queries as queries
from unmet.support.history import of_request
from unmet.support.models import AssistanceRequest, RequestAnswer, RequestLine
from unmet.support.profile_queries import Readiness
from unmet.support.request_queries import Sign, Summary
from unmet.web.day_field import DayField
from unmet.web.desk import follow, history, open_signs
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, own_members, pages_of
from unmet.web.public.pages import FORMS
from unmet.web.requests import PersonRequest

PER_PAGE = 50


def _file(name: str, **arguments: object) -> str:
    return reverse(name, kwargs=arguments)


@dataclass(frozen=True, slots=True)
class Listed:
    """One request of a list, with how far it has come and what a delivery waits for."""

    request: AssistanceRequest
    summary: Summary
    readiness: Readiness


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for one line and why it was refused."""

    line: uuid.UUID | None = None
    kind: str = ""
    quantity: str = ""
    referred_to: str = ""
    reason: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line, the need as it stands, the answers that the person may read, and what was typed and refused."""

    line: RequestLine
    account: Account | None
    answers: Sequence[RequestAnswer]
    typed: Typed
    signs: Sequence[Sign] = ()  # said beside the need itself
    referred: frozenset[int] = frozenset()  # parties that are asked for the need already


# ── lists ────────────────────────────────────────────────────────────────────
def of_us(request: PersonRequest) -> bool:
    """Whether the list is of what one's parties are asked; else of what one's own members ask."""
    return request.GET.get("list") == "received" or not request.actor.own_parties


@desk_page
@require_GET
def lists(request: PersonRequest) -> HttpResponse:
    """What one's members ask, drafts too, and what one's parties are asked; the newest first, each by pages."""
    asked_by_us = queries.own()
    asked_of_us = queries.received()
    received = of_us(request)
    tail = "?list=received" if received else ""
    chosen = asked_of_us if received else asked_by_us
    ready_only = request.GET.get("ready") == "1"
    if ready_only:
        chosen = chosen.filter(pk__in=profile_queries.ready(chosen))
    pages = pages_of(request, chosen.count(), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    shown = list(chosen[start : start + PER_PAGE])
    summaries = queries.summaries(shown)
    readiness = profile_queries.readiness(shown)
    context = {
        "received": received,
        "files": [(form.upper(), _file("assistance_file", form=form) + tail) for form in FORMS],
        "rows": [Listed(one, summaries[one.pk], readiness[one.pk]) for one in shown],
        "ready_only": ready_only,
        "pages": pages,
        "own_members": own_members(request),
        "numbers": [] if received else [(party, asking.of_member(party.pk)) for party in own_members(request)],
        "counts": (asked_by_us.count(), asked_of_us.count()),
    }
    return render(request, "web/desk/assistance.html", context)


# ── one request ──────────────────────────────────────────────────────────────
class SendForm(forms.Form):
    """Until when those asked see the lines."""

    until = DayField(
        label=gettext_lazy("Those asked see the lines until"), required=False,
        help_text=gettext_lazy("The last day, for example 31 December 2026; empty: until you withdraw it."),
    )  # fmt: skip


def found(pk: uuid.UUID) -> AssistanceRequest:
    """A request of one's own members, or one that was sent to one's parties; any other does not exist."""
    one = queries.find(pk)
    if one is None:
        raise Http404
    return one


@desk_page
@require_GET
def one(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of one request."""
    return page(request, found(pk))


def page(
    request: PersonRequest, asked: AssistanceRequest, *, typed: Typed | None = None, refused: str = "",
    form: SendForm | None = None, why: tuple[str, str, str] = ("", "", ""),
) -> HttpResponse:  # fmt: skip
    """The page; `why` is (which deed, the reason as typed, what is wrong with it) when a deed was refused."""
    own = asked.member_id in request.actor.own_parties
    draft = asked.state == AssistanceRequest.State.DRAFT
    typed = typed or Typed()
    lines = list(queries.lines(asked))
    standing = queries.answers(lines)
    accounts = Account.objects.filter(subject__in=[line.need.uuid for line in lines], kind=Account.Kind.NEED)
    open_ones = {account.subject: account for account in accounts.filter(closed=False)}
    missing = requests.lacking(asked, at=request.at) if own and draft else []
    already = referring.asked(lines) if own else set()
    said = [] if draft else queries.stopped_beside(line.need.uuid for line in lines)
    problems = [("", refused)] if refused else []
    if typed.why:
        problems.append((f"answer-{typed.line}", typed.why))
    if why[2]:
        problems.append((f"{why[0]}-reason", why[2]))
    context = {
        "asked": asked,
        "history": history.part(request, of_request(asked)),
        "follow": follow.button(request, Subject.request(asked.uuid)),
        "follow_member": follow.button(request, Subject.member(asked.member.code)),
        "files": [(form.upper(), _file("assistance_lines_file", pk=asked.uuid, form=form)) for form in FORMS],
        "own": own,
        "draft": draft,
        "sent": asked.state == AssistanceRequest.State.SENT,
        "rows": [
            LineRow(
                line,
                open_ones.get(line.need.uuid),
                standing[line.pk],
                typed if typed.line == line.uuid else Typed(),
                [sign for sign in said if line.need.uuid in sign.needs],
                frozenset(party for need, party in already if need == line.need_id),
            )
            for line in lines
        ],
        "watch": None if draft else _watched(request, asked, lines),
        "still_stopped": asked.state != AssistanceRequest.State.SENT and queries.still_stops(asked),
        "addressees": list(asked.addressees.in_reading_order()) if own else [],
        "missing": missing,
        "answering": [] if own else queries.answering(asked),
        "unanswered": sum(not standing[line.pk] for line in lines if line.withdrawn_at is None),
        "kinds": RequestAnswer.Kind.choices,
        "parties": [] if own else list(Party.objects.exclude(pk=asked.member_id).in_reading_order()),
        "may_ask": own and may.may(request.actor, Deed.ASK, asked.member),
        "may_send": own and may.may(request.actor, Deed.SEND_REQUEST, asked.member),
        "form": form or SendForm(),
        "bulk": bulk.total(line for line in lines if line.withdrawn_at is None),
        "readiness": profile_queries.readiness([asked])[asked.pk],
        "reads_profile": profile_queries.may_read(asked.member),
        "deed": why[0],
        "deed_reason": why[1],
        "deed_why": why[2],
        "problems": problems,
    }
    wrong = bool(problems or (form and form.errors))
    return render(request, "web/desk/assistance_one.html", context, status=REFUSED_STATUS if wrong else 200)


def _watched(
    request: PersonRequest, asked: AssistanceRequest, lines: Sequence[RequestLine]
) -> open_signs.Watched | None:
    here = reverse("assistance_one", args=[asked.uuid])
    return open_signs.watch(request, "request", [asked.uuid], signs.of_request(asked, lines), again=here)
