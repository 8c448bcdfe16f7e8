"""Requests for assistance: what one's members ask, what one's parties are asked, and one request with its answers."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.services import ReleaseRefused
from unmet.books.models import Account
from unmet.exchange.request_refusals import sentence
from unmet.figures import asking
from unmet.notices.following import Subject
from unmet.parties.models import Party
from unmet.support import answers, bulk, profile_queries, referring, requests
from unmet.support import request_queries as queries
from unmet.support.answers import Said
from unmet.support.history import of_request
from unmet.support.models import AssistanceRequest, RequestAnswer, RequestLine
from unmet.support.profile_queries import Readiness
from unmet.support.request_queries import Sign, Summary
from unmet.support.requests import RequestRefused
from unmet.web.day_field import DayField
from unmet.web.desk import follow, history, quantities, refusals
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


# ── deeds of the member ──────────────────────────────────────────────────────
def _own(request: PersonRequest, pk: uuid.UUID) -> AssistanceRequest:
    found = queries.own().filter(uuid=pk).first()
    if found is None:
        raise Http404
    return found


@desk_page
@require_POST
def send(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a draft to those it names."""
    asked, form = _own(request, pk), SendForm(request.POST)
    may.require(Deed.SEND_REQUEST, by=request.user, party=asked.member)
    if not form.is_valid():
        return page(request, asked, form=form)
    sent = request.POST.get("version", "")
    version = int(sent) if sent.isdecimal() and len(sent) < 9 else 0
    try:
        granted = requests.send(
            asked, version=version, until_on=form.cleaned_data["until"], by=request.user, at=request.at
        )
    except RequestRefused as refused:
        asked.refresh_from_db()
        name = f"{refused.need.item.name}: " if refused.need and refused.need.item else ""
        return page(request, asked, form=form, refused=name + sentence(refused))
    except ReleaseRefused as refused:
        form.add_error("until", refusals.sentence(refused))
        return page(request, asked, form=form)
    words = ngettext(
        "Sent. %(count)s permission to see its lines was given.",
        "Sent. %(count)s permissions to see its lines were given.",
        len(granted),
    )
    messages.success(
        request, words % {"count": len(granted)} if granted else _("Sent. Those asked saw its lines already.")
    )
    return redirect("assistance_one", asked.uuid)


def _deed(
    request: PersonRequest, pk: uuid.UUID, name: str, act: Callable[[AssistanceRequest, str], Any], done: str
) -> HttpResponse:
    """Do something to one's own request; a refused reason is shown where it was typed."""
    asked, reason = _own(request, pk), request.POST.get("reason", "")
    try:
        act(asked, reason)
    except RequestRefused as refused:
        asked.refresh_from_db()
        if refused.reason in ("why", "too_long"):
            return page(request, asked, why=(name, reason, sentence(refused)))
        messages.error(request, sentence(refused))
        return redirect("assistance_one", asked.uuid)
    messages.success(request, done)
    return redirect("assistance_one", asked.uuid)


@desk_page
@require_POST
def stop(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop sending."""
    by, at = request.user, request.at
    return _deed(
        request, pk, "stop", lambda asked, reason: requests.stop(asked, reason=reason, by=by, at=at),
        _("Stopped. Whoever could ship for this request reads it from now on."),
    )  # fmt: skip


@desk_page
@require_POST
def lift(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Lift *stop sending*."""
    by, at = request.user, request.at
    done = _("Sending may go on: the request asks again as before.")
    return _deed(request, pk, "lift", lambda asked, _reason: requests.lift(asked, by=by, at=at), done)


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a request back."""
    by, at = request.user, request.at
    return _deed(
        request, pk, "withdraw", lambda asked, reason: requests.withdraw(asked, reason=reason, by=by, at=at),
        _("Withdrawn. What was released for it stays released until you withdraw that too, under “Who may see”."),
    )  # fmt: skip


@desk_page
@require_POST
def close(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Close a request."""
    by, at = request.user, request.at
    done = _("Closed. Nobody is asked any more; the answers stay.")
    return _deed(request, pk, "close", lambda asked, _reason: requests.close(asked, by=by, at=at), done)


@desk_page
@require_POST
def discard(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw a draft away."""
    asked = _own(request, pk)
    try:
        requests.discard(asked, by=request.user, at=request.at)
    except RequestRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("assistance")
    messages.success(request, _("The draft is discarded."))
    return redirect("assistance")


@desk_page
@require_POST
def ask_too(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """A draft that asks the party to which an answer refers a line on."""
    line = RequestLine.objects.select_related("request", "need").filter(uuid=pk).first()
    asked = queries.own().filter(pk=line.request_id).first() if line else None
    if line is None or asked is None:
        raise Http404
    other = Party.objects.filter(code=request.POST.get("party", "")).first()
    try:
        if other is None:
            raise RequestRefused("referred_to", line.need)
        draft = referring.ask_too(line, other, by=request.user, at=request.at)
    except RequestRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("assistance_one", asked.uuid)
    messages.success(request, _("Nothing is asked yet. Read the draft, and send it."))
    return redirect("assistance_one", draft.uuid)


# ── deeds of those asked ─────────────────────────────────────────────────────
def _answering(asked: AssistanceRequest, code: str) -> Party:
    """The party in whose name the person answers: the one named, else the only one."""
    mine = {party.code: party for party in queries.answering(asked)}
    party = mine.get(code) or next(iter(mine.values()), None)
    if party is None:
        raise Http404
    return party


@desk_page
@require_POST
def acknowledge(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say "seen" to every line that is not answered."""
    asked = found(pk)
    party = _answering(asked, request.POST.get("party", ""))
    try:
        count = answers.acknowledge(asked, party=party, by=request.user, at=request.at)
    except RequestRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("assistance_one", asked.uuid)
    words = ngettext("%(count)s line acknowledged.", "%(count)s lines acknowledged.", count)
    messages.success(request, words % {"count": count})
    return redirect("assistance_one", asked.uuid)


@desk_page
@require_POST
def answer(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer one line."""
    line = RequestLine.objects.select_related("need__item__base_unit").filter(uuid=pk).first()
    if line is None:
        raise Http404
    asked = found(AssistanceRequest.objects.get(pk=line.request_id).uuid)
    if not queries.lines(asked).filter(pk=line.pk).exists():
        raise Http404
    sent = {name: request.POST.get(name, "").strip() for name in ("kind", "quantity", "referred_to", "reason")}
    party = _answering(asked, request.POST.get("party", ""))
    why, said = _said(line, sent)
    if said is not None:
        try:
            answers.answer(line, said, party=party, by=request.user, at=request.at)
        except RequestRefused as refused:
            why = sentence(refused)
    if why:
        asked.refresh_from_db()
        return page(request, asked, typed=Typed(line=line.uuid, why=why, **sent))
    messages.success(request, _("Answered. The member reads it; nothing moved in the books."))
    return redirect("assistance_one", asked.uuid)


def _said(line: RequestLine, sent: dict[str, str]) -> tuple[str, Said | None]:
    """What was typed as an answer, or why it cannot be read."""
    quantity: int | None = None
    if sent["quantity"]:
        read = quantities.read(sent["quantity"], line.need.item)
        if isinstance(read, str):
            return read, None
        quantity = read
    other = Party.objects.filter(code=sent["referred_to"]).first() if sent["referred_to"] else None
    return "", Said(sent["kind"], quantity, other, sent["reason"])
