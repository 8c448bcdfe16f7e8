"""The draft of a request for assistance: of whom, how much of which needs. What was typed is never lost by a search."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from unmet.books.models import Account
from unmet.exchange.request_refusals import sentence
from unmet.figures.search import condition, readings
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import request_queries as queries
from unmet.support import requests
from unmet.support.models import AssistanceRequest
from unmet.support.requests import RequestRefused, Wanted
from unmet.web import carried, searching
from unmet.web.desk import quantities
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, own_members
from unmet.web.public.pages import Refused
from unmet.web.requests import PersonRequest
from unmet.web.ticks import Ticks

SHOWN: Final = 40  # needs on the form beside those with a quantity
EVERYONE, NAMED = "everyone", "named"


class ToForm(forms.Form):
    """Of whom, and what for."""

    to = forms.ChoiceField(
        label=gettext_lazy("Who is asked"), widget=forms.RadioSelect,
        choices=[
            (NAMED, gettext_lazy("Named parties: they alone see the lines")),
            (EVERYONE, gettext_lazy("Everyone: the needs asked for become public in detail")),
        ],
        error_messages={"required": gettext_lazy("Choose who is asked.")},
    )  # fmt: skip
    parties = forms.MultipleChoiceField(
        label=gettext_lazy("Named parties"), required=False, widget=Ticks,
        help_text=gettext_lazy("Only for “named parties”. Organisations and funds first, then states."),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("What it is for"), required=False, max_length=requests.LONGEST,
        help_text=gettext_lazy("At most 2,000 characters. Read by those asked."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )  # fmt: skip

    def __init__(self, member: Party, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        others = list(Party.objects.exclude(pk=member.pk).exclude(code="COORD").in_reading_order())
        others.sort(key=lambda party: party.kind == Party.Kind.STATE)
        self.by_code = {party.code: party for party in others}
        self.fields["parties"].choices = [(party.code, party.name) for party in others]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Whoever is asked by name must be named."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("to") == NAMED and not said.get("parties") and "parties" not in self.errors:
            self.add_error("parties", _("Choose at least one party, or ask everyone."))
        return said


@dataclass(frozen=True, slots=True)
class Row:
    """One need of the form; `typed` is the quantity as it was typed."""

    account: Account
    typed: str = ""
    problem: str = ""

    @property
    def field(self) -> str:
        """By it the label and the summary name the field."""
        return f"quantity-{self.account.subject}"


@desk_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest, member: str) -> HttpResponse:
    """A new request. `?need=UUID` fills a need in with all of what is not covered."""
    party = next((one for one in own_members(request) if one.code == member), None)
    if party is None:
        raise Http404
    if request.method == "POST":
        return _sent(request, party, None)
    wanted = {text for text in request.GET.getlist("need") if _uuid(text)}
    typed = {
        str(account.subject): quantities.written(account.not_covered, account.item)
        for account in _open(party).filter(subject__in=wanted)
    }
    return _page(request, party, None, ToForm(party, initial={"to": NAMED}), typed)


@desk_page
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a draft."""
    draft = queries.own().filter(uuid=pk).first()
    if draft is None:
        raise Http404
    if draft.state != AssistanceRequest.State.DRAFT:
        return redirect("assistance_one", draft.uuid)
    if request.method == "POST":
        return _sent(request, draft.member, draft)
    initial = {
        "to": EVERYONE if draft.to_everyone else NAMED, "text": draft.text,
        "parties": list(draft.addressees.values_list("code", flat=True)),
    }  # fmt: skip
    typed = {
        str(line.need.uuid): quantities.written(line.quantity, line.need.item)
        for line in draft.lines.select_related("need__item")
    }
    return _page(request, draft.member, draft, ToForm(draft.member, initial=initial), typed)


def _sent(request: PersonRequest, party: Party, draft: AssistanceRequest | None) -> HttpResponse:
    typed = {
        name.removeprefix("quantity-"): value.strip()
        for name, value in request.POST.items()
        if name.startswith("quantity-") and isinstance(value, str) and value.strip()
    }
    form = ToForm(party, request.POST)
    if request.POST.get("do") == "find":
        form = ToForm(party, initial={
            "to": request.POST.get("to"), "parties": request.POST.getlist("parties"), "text": request.POST.get("text"),
        })  # fmt: skip
        return _page(request, party, draft, form, typed)
    rows = _typed_rows(party, typed)
    problems = {row.field: row.problem for row in rows if row.problem}
    if not form.is_valid() or problems:
        return _page(request, party, draft, form, typed, problems=problems)
    said = form.cleaned_data
    everyone = said["to"] == EVERYONE
    wanted = Wanted(
        lines=_lines(rows), to_everyone=everyone, text=said["text"],
        addressees=[] if everyone else [form.by_code[code] for code in said["parties"]],
    )  # fmt: skip
    version = carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0
    try:
        kept = requests.save(wanted, member=party, by=request.user, at=request.at, draft=draft, version=version)
    except RequestRefused as refused:
        if refused.need is not None:
            problems = {f"quantity-{refused.need.uuid}": sentence(refused)}
            return _page(request, party, draft, form, typed, problems=problems)
        return _page(request, party, draft, form, typed, refused=sentence(refused))
    messages.success(request, _("The draft is kept. Nobody else sees it until an approver sends it."))
    return redirect("assistance_one", kept.uuid)


def _open(party: Party) -> Any:
    """Open needs of a member of which something is approved, the largest value not covered first."""
    accounts = Account.objects.filter(member=party, kind=Account.Kind.NEED, closed=False, approved__gt=0)
    found = accounts.select_related("item__base_unit", "place", "group", "emergency")
    return found.order_by("-value_not_covered", "-not_covered", "pk")


def _typed_rows(party: Party, typed: Mapping[str, str]) -> list[Row]:
    """The needs with a quantity, read; whatever is no open need of the member is left out."""
    subjects = [text for text in typed if _uuid(text)]
    rows = []
    for account in _open(party).filter(subject__in=subjects):
        text = typed[str(account.subject)]
        read = quantities.read(text, account.item)
        rows.append(Row(account, text, read if isinstance(read, str) else ""))
    return rows


def _lines(rows: Sequence[Row]) -> list[tuple[Need, int]]:
    needs = Need.objects.in_bulk([row.account.subject for row in rows], field_name="uuid")
    read = [(needs[row.account.subject], quantities.read(row.typed, row.account.item)) for row in rows]
    # A typed zero asks for nothing of it.
    return [(need, quantity) for need, quantity in read if isinstance(quantity, int) and quantity]


def _uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _page(
    request: PersonRequest, party: Party, draft: AssistanceRequest | None, form: ToForm, typed: Mapping[str, str], *,
    problems: Mapping[str, str] | None = None, refused: str = "",
) -> HttpResponse:  # fmt: skip
    problems = problems or {}
    q, found, why = _found(request, party)
    chosen = [replace(row, problem=problems.get(row.field, row.problem)) for row in _typed_rows(party, typed)]
    shown = {row.account.pk for row in chosen}
    summary = [
        (row.field, _("%(line)s: %(why)s") % {"line": row.account.item.name, "why": row.problem})
        for row in chosen
        if row.problem
    ]
    context = {
        "party": party,
        "draft": draft,
        "form": form,
        "chosen": chosen,
        "found": [Row(account) for account in found if account.pk not in shown],
        "count": _open(party).count(),
        "more": len(found) == SHOWN,
        "limit": SHOWN,
        "q": q,
        "no_search": why,
        "problems": [("", refused)] * bool(refused) + summary,
    }
    wrong = bool(form.errors or context["problems"])
    return render(request, "web/desk/assistance_form.html", context, status=REFUSED_STATUS if wrong else 200)


def _found(request: PersonRequest, party: Party) -> tuple[str, list[Account], str]:
    """The words looked for, the needs that fit them (the first of all needs without words), and what is wrong."""
    typed = (request.POST if request.method == "POST" else request.GET).get("q", "")
    try:
        q = searching.words(typed)
    except Refused as refused:
        return "", list(_open(party)[:SHOWN]), str(refused)
    accounts = _open(party)
    return q, list((accounts.filter(condition(readings(q))) if q else accounts)[:SHOWN]), ""
