"""Needs in the member's own words: what is proposed for them, what the search finds, and the page that confirms one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.lookup import ItemWord, UnitWord
from unmet.catalogue.models import Item
from unmet.exchange.units import find_unit
from unmet.needs import picking
from unmet.needs.lookup import lookup as needs_lookup
from unmet.needs.models import ItemProposal, Statement
from unmet.needs.picking import Picked, PickRefused
from unmet.parties.models import Party
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, own_party
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.number_field import NumberField
from unmet.web.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class Row:
    """One need in own words, what coordination proposes for it, what the search finds, and what was declined."""

    statement: Statement
    proposal: ItemProposal | None
    offered: list[Item]
    declined: list[ItemProposal]


def rows_of(statements: list[Statement]) -> list[Row]:
    """Statements with what is proposed for their needs. What was declined is not offered again."""
    needs = [statement.need_id for statement in statements]
    waiting, declined = picking.waiting(needs), picking.declined(needs)
    rows = []
    for statement in statements:
        proposal, refused = waiting.get(statement.need_id), declined.get(statement.need_id, [])
        known = {one.item_id for one in (*refused, *([proposal] if proposal else []))}
        offered = [item for item in picking.offered(statement.words) if item.pk not in known]
        rows.append(Row(statement, proposal, offered, refused))
    return rows


def why_not(refused: PickRefused) -> str:
    """Why an item is not proposed or picked, and what to do."""
    sentences = {
        "ended": _("This need has ended or has an item already. The list shows what stands."),
        "retired": _("This item is retired. Choose another one."),
        "decided": _("Somebody answered this proposal meanwhile. The list shows what stands."),
        "round": _("No open round asks about the sector of this item. Wait for a round that does."),
        "quantity": _("Write how much is needed: more than zero, and whole units where the item is counted so."),
    }
    return sentences[refused.reason]


@desk_page
@require_GET
def own_words(request: PersonRequest, member: str) -> HttpResponse:
    """All needs of a member in its own words."""
    party = own_party(request, member)
    return render(request, "web/desk/own_words.html", {"party": party, "rows": rows_of(picking.of_member(party))})


def _statement(party: Party, pk: UUID) -> Statement:
    for statement in picking.of_member(party):
        if statement.need.uuid == pk:
            return statement
    raise Http404


class _Form(forms.Form):
    """How much of the item is needed there, in which of its units."""

    quantity = NumberField(
        label=gettext_lazy("Quantity, the total for the whole period"), max_length=30,
        widget=forms.TextInput({"class": "short", "inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    unit = forms.ChoiceField(label=gettext_lazy("Unit or pack"))

    def __init__(self, units: list[UnitWord], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(str(at), unit.name) for at, unit in enumerate(units)]  # type: ignore[attr-defined]


@desk_page
@require_http_methods(["GET", "POST"])
def pick(request: PersonRequest, member: str, pk: UUID, code: str) -> HttpResponse:
    """Say how much of the item it is; POST sends it to the approver."""
    party = own_party(request, member)
    may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
    statement = _statement(party, pk)
    item = Item.objects.filter(code=code, retired_on=None).first()
    if item is None:
        raise Http404
    round_ = picking.round_for(statement.need, item, at=request.at)
    if round_ is None:
        messages.error(request, why_not(PickRefused("round")))
        return redirect("own_words", party.code)
    known = needs_lookup(member=party, round_=round_)
    word = known.items_by_id[item.pk]
    standing = known.standing.get((item.pk, statement.need.place_id, statement.need.group_id))
    before = standing.quantity if standing else 0
    units = list(dict.fromkeys(word.units.values()))
    form = _Form(units, request.POST or None, initial=_as_stated(statement, word, units, before))
    if request.method == "POST" and form.is_valid() and _confirm(request, form, statement, word, units):
        words = _("Sent to the approver: “%(words)s” is stated as %(item)s.")
        messages.success(request, words % {"words": statement.words, "item": word.name})
        return redirect("return", party.code, round_.code)
    context = {
        "party": party, "statement": statement, "item": item, "round": round_, "form": form, "before": before,
        "unit": word.base_unit,
    }  # fmt: skip
    return render(request, "web/desk/own_words_pick.html", context, status=REFUSED_STATUS if form.errors else 200)


def _as_stated(statement: Statement, word: ItemWord, units: list[UnitWord], before: int) -> dict[str, str]:
    """The quantity as it was typed, where its unit is one of the item's; together with what stands, in base units."""
    unit = find_unit(statement.unit_name, word, {})
    if not isinstance(unit, UnitWord):
        return {}
    number = Decimal(statement.requested) / 1000  # own words have no unit of ours: one of theirs is one
    base = next((one for one in units if one.factor == 1000), unit)
    chosen = base if before else unit
    total = (number * unit.factor + before) / chosen.factor
    at = next((at for at, one in enumerate(units) if one.factor == chosen.factor), 0)
    return {"quantity": f"{total.normalize():f}", "unit": str(at)}


def _confirm(request: PersonRequest, form: _Form, statement: Statement, word: ItemWord, units: list[UnitWord]) -> bool:
    unit = units[int(form.cleaned_data["unit"])]
    exact = form.cleaned_data["quantity"] * unit.factor
    picked = Picked(int(exact) if exact == exact.to_integral_value() else 0, unit, form.data["quantity"][:60])
    try:
        picking.confirm(statement, word, picked, by=request.user, at=request.at)
    except PickRefused as refused:
        form.add_error("quantity" if refused.reason == "quantity" else None, why_not(refused))
        return False
    except REFUSED as refused:
        form.add_error(None, sentence(refused))
        return False
    return True


@desk_page
@require_POST
def decline(request: PersonRequest, member: str, pk: UUID) -> HttpResponse:
    """Say that the proposed item is not what is meant."""
    party = own_party(request, member)
    proposal = ItemProposal.objects.filter(uuid=pk, need__member=party).select_related("need__member", "item").first()
    if proposal is None:
        raise Http404
    try:
        picking.decline(proposal, reason=request.POST.get("reason", ""), by=request.user, at=request.at)
        messages.success(request, _("Declined. The need stays in your own words."))
    except PickRefused as refused:
        messages.error(request, why_not(refused))
    return redirect("own_words", party.code)
