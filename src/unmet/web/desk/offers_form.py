"""The draft of an offer: what, how much, to whom, until when, on which conditions. A link fills it in from a gap."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from unmet.access.may import Deed, NotAllowed
from unmet.books.models import Account
from unmet.catalogue.models import Item
from unmet.needs.lookup import words_of
from unmet.needs.models import Need
from unmet.parties import sets
from unmet.parties.models import Party
from unmet.support import offer_queries, offers, request_queries, signs
from unmet.support.models import Offer, OfferLine
from unmet.support.offer_rules import MOST_LINES, OfferRefused, need_account
from unmet.web import carried
from unmet.web.desk import offers as pages
from unmet.web.desk import open_signs, quantities
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.offers_fields import LineForm, OfferForm, items_named, kind_of
from unmet.web.desk.offers_lists import giving
from unmet.web.desk.offers_words import sentence
from unmet.web.desk.refusals import of_item
from unmet.web.requests import PersonRequest
from unmet.web.templatetags.desk import amount_of, unit_of

HELD: Final = timedelta(days=60)  # how long an offer is held unless somebody says otherwise
MOST: Final = MOST_LINES
Aim = Offer.Aim


@desk_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """A new offer. `?item=&member=`, `?need=` or `?line=` (of a request) fill it in with all that is not covered."""
    givers = giving(request)
    if not givers:
        raise NotAllowed(Deed.STATE_SUPPORT)
    if request.method == "POST":
        return _sent(request, givers, None)
    initial, line = _from_link(request)
    form = OfferForm(givers, request.at, initial=initial)
    return _page(request, None, form, [LineForm(prefix="line1", initial=line)])


@desk_page
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a draft."""
    draft = pages.given(pk)
    if draft.state != Offer.State.DRAFT:
        return redirect("offer", draft.uuid)
    givers = [party for party in giving(request) if party.pk == draft.giver_id]
    if not givers:
        raise Http404
    if request.method == "POST":
        return _sent(request, givers, draft)
    form = OfferForm(givers, request.at, initial=_of_draft(draft))
    lines = [
        LineForm(prefix=f"line{number}", initial=_of_line(line))
        for number, line in enumerate(offer_queries.lines(draft), 1)
    ]
    return _page(request, draft, form, lines)


# ── filled in ────────────────────────────────────────────────────────────────
def _from_link(request: PersonRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a link says: the form and its first line. What one may not see fills in nothing."""
    sent = request.GET
    held = {"held_until": request.at.date() + HELD, "aim": Aim.MEMBER, "kind": Offer.Kind.SUPPLIES}
    if sent.get("line"):
        return _from_request(sent["line"], held)
    need = _need(sent.get("need", ""))
    account = need_account(need) if need is not None else None
    if need is not None and account is not None:
        line = {"item": account.item.name, "need": str(need.uuid)}
        if account.not_covered:
            line["quantity"] = quantities.written(account.not_covered, account.item)
        return held | {"member": need.member.code, "kind": kind_of(account.item)}, line
    item = Item.objects.filter(code=sent.get("item", "")).first()
    member = Party.objects.filter(code=sent.get("member", "")).first()
    line = {"item": item.name} if item else {}
    asked = sent.get("quantity", "")
    if item is not None and asked.isdecimal() and len(asked) < 19 and int(asked):
        line["quantity"] = quantities.written(int(asked), item)
    if item is not None:
        held["kind"] = kind_of(item)
    in_set = sets.find(sent.get("set", ""))
    if member is None and in_set is not None:
        held |= {"aim": Aim.MEMBERS, "group": in_set.key}
    elif member is None and item is not None:
        held["aim"] = Aim.ANY
    return held | {"member": member.code if member else ""}, line


def _from_request(text: str, held: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    line = request_queries.line_of(_uuid(text))
    if line is None or line.need.item is None:
        return held, {}
    item = line.need.item
    said = {"item": item.name, "need": str(line.need.uuid), "request": str(line.uuid)}
    said["quantity"] = quantities.written(line.quantity, item)
    return held | {"member": line.request.member.code, "kind": kind_of(item)}, said


def _of_draft(draft: Offer) -> dict[str, Any]:
    in_set = sets.of(draft.to_set, on=draft.saved_at.date())
    return {
        "giver": draft.giver.code, "kind": draft.kind, "aim": draft.aim, "held_until": draft.held_until_on,
        "member": draft.member.code if draft.member else "", "conditions": draft.conditions,
        "members": list(draft.addressees.exclude(pk__in=in_set.values("pk")).values_list("code", flat=True)),
        "group": draft.to_set, "channel": draft.channel.code if draft.channel else "",
        # What follows of the aim goes on to follow it, when the aim is changed.
        "earmarking": "" if draft.earmarking == offers.earmarking_of(draft) else draft.earmarking,
    }  # fmt: skip


def _of_line(line: OfferLine) -> dict[str, Any]:
    said: dict[str, Any] = {
        "item": line.item.name, "quantity": quantities.written(line.quantity, line.item), "lot": line.lot,
        "expires": line.expires_on, "papers": line.papers, "stands_at": line.stands_at,
        "need": str(line.need.uuid) if line.need else "",
        "request": str(line.request_line.uuid) if line.request_line else "",
    }  # fmt: skip
    capacity, technology = getattr(line, "capacity", None), getattr(line, "technology", None)
    if capacity is not None:
        said |= {"a_month": quantities.written(capacity.a_month, line.item), "from_on": capacity.from_on,
                 "bottleneck": capacity.bottleneck}  # fmt: skip
    if technology is not None:
        said |= {name: getattr(technology, name) for name in ("product", "holder", "territory", "terms")}
        said["licence_until"] = technology.until_on
    return said


def _need(text: str) -> Need | None:
    found = _uuid(text)
    return Need.objects.select_related("member", "item").filter(uuid=found).first() if found else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


# ── sent ─────────────────────────────────────────────────────────────────────
def _sent(request: PersonRequest, givers: list[Party], draft: Offer | None) -> HttpResponse:
    lines = _line_forms(request.POST)
    if request.POST.get("do") == "more":
        # Another empty line: what was typed is shown as it was, without a word on what is missing yet.
        again = [LineForm(prefix=form.prefix, initial=form.typed()) for form in lines]
        again.append(LineForm(prefix=f"line{len(again) + 1}"))
        form = OfferForm(givers, request.at, initial=OfferForm.typed(request.POST))
        return _page(request, draft, form, again[:MOST])
    form = OfferForm(givers, request.at, request.POST)
    kind = request.POST.get("kind", "")
    filled = [line for line in lines if not line.is_empty()]
    good = [line.is_good(kind) for line in filled]
    if not form.is_valid() or not all(good):
        return _page(request, draft, form, lines)
    wanted = form.wanted([line.said(kind) for line in filled])
    version = carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0
    giver = form.cleaned_data["giver"]
    try:
        kept = offers.save(wanted, giver=giver, by=request.user, at=request.at, draft=draft, version=version)
    except OfferRefused as refused:
        return _page(request, draft, form, lines, refused=of_item(refused.item, sentence(refused)))
    messages.success(request, _("Nothing is offered yet. Read it once more, and send it."))
    for line in filled:
        if line.cleaned_data["unit"]:
            messages.info(request, _in_base_units(line))
    return redirect("offer", kept.uuid)


def _in_base_units(line: LineForm) -> str:
    said, item = line.cleaned_data, line.cleaned_data["item"]
    return _("%(item)s: %(typed)s × %(pack)s, which is %(quantity)s %(unit)s.") % {
        "item": item.name, "typed": line["quantity"].value(), "pack": said["unit"],
        "quantity": amount_of(said["quantity"], item), "unit": unit_of(item),
    }  # fmt: skip


def _line_forms(sent: Mapping[str, str]) -> list[LineForm]:
    count = sent.get("lines", "")
    number = min(int(count), MOST) if count.isdecimal() and len(count) < 4 else 1
    return [LineForm(sent, prefix=f"line{position}") for position in range(1, max(number, 1) + 1)]


def _page(
    request: PersonRequest, draft: Offer | None, form: OfferForm, lines: list[LineForm], *, refused: str = ""
) -> HttpResponse:
    problems = [("", refused)] * bool(refused)
    # An empty line is left out, so nothing is wrong with it.
    lines = [LineForm(prefix=line.prefix) if line.is_bound and line.is_empty() else line for line in lines]
    for line in lines:
        if line.is_bound:
            problems += [
                (line[name].auto_id, _("%(line)s: %(why)s") % {"line": line[name].label, "why": why})
                for name, errors in line.errors.items()
                for why in errors
                if name in line.fields
            ]
    _explain(lines)
    needs = {found for form in lines if (found := _uuid(str(form["need"].value() or "")))}
    said = signs.by_need(needs)
    context = {
        "draft": draft,
        "form": form,
        "lines": lines,
        "needs": _shown_needs(needs),
        "signs": {str(need): of_one for need, of_one in said.items()},
        "watch": open_signs.watch(request, "needs", needs, chain.from_iterable(said.values())),
        "items": Item.objects.filter(retired_on=None),
        "more": len(lines) < MOST,
        "problems": problems,
    }
    wrong = bool(problems or form.errors)
    return render(request, "web/desk/offer_form.html", context, status=REFUSED_STATUS if wrong else 200)


def _explain(lines: Sequence[LineForm]) -> None:
    """Beside each line whose item is known: its packs, and what the quantity comes to in base units."""
    texts = {line.prefix: str(line["item"].value() or "") for line in lines}
    items = items_named(texts.values())
    words = words_of(items.values())
    for line in lines:
        item = items.get(texts[line.prefix])
        if item is None:
            continue
        line.units = quantities.units_of(words[item.pk])
        quantity, unit = (str(line[name].value() or "").strip() for name in ("quantity", "unit"))
        read = quantities.read_in(quantity, unit, item, words[item.pk]) if quantity and unit else ""
        line.comes_to = f"{amount_of(read, item)} {unit_of(item)}" if isinstance(read, int) else ""


def _shown_needs(subjects: set[uuid.UUID]) -> dict[str, Account]:
    """The needs that the lines are for, as far as the person may see them."""
    found = {}
    for need in Need.objects.filter(uuid__in=subjects):
        account = need_account(need)
        if account is not None:
            found[str(need.uuid)] = account
    return found
