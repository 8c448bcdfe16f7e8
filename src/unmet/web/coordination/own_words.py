"""Needs in members' own words that coordination may see, and the form that proposes an item for one."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.access import visible
from unmet.access.may import Deed
from unmet.catalogue.models import Item
from unmet.needs import picking
from unmet.needs.models import Need
from unmet.needs.picking import PickRefused
from unmet.web.coordination.doors import only_for
from unmet.web.desk.own_words import rows_of, why_not
from unmet.web.requests import PersonRequest

_coordination = only_for(Deed.PROPOSE_ITEM)


@_coordination
@require_GET
def page(request: PersonRequest) -> HttpResponse:
    """What members let coordination see of their needs in own words."""
    return render(request, "web/coordination/own_words.html", {"rows": rows_of(picking.of_others())})


@require_POST
@_coordination
def propose(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Propose an item; the member's people answer."""
    seen = visible.rows(Need.objects.filter(uuid=pk, item=None), visible.NEED, detail=True)
    need = seen.select_related("member").first()
    if need is None:
        raise Http404
    code = request.POST.get("item", "").strip().upper()[:20]
    item = Item.objects.filter(code=code).first()
    if item is None:
        messages.error(request, _("Nothing here has the code “%(code)s”.") % {"code": code})
        return redirect("proposals")
    try:
        picking.propose(need, item, note=request.POST.get("note", ""), by=request.user, at=request.at)
        words = _("%(item)s is proposed to %(member)s. It counts when the member’s people confirm it.")
        messages.success(request, words % {"item": item.name, "member": need.member.name})
    except PickRefused as refused:
        messages.error(request, why_not(refused))
    return redirect("proposals")
