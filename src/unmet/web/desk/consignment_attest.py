"""What one saw of a consignment: counts of its lots, and of a lot that is not in its packing list."""

import uuid
from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.support import attestations, substitutes
from unmet.support import consignment_parties as parties
from unmet.support import consignment_queries as queries
from unmet.support.attestations import Seen, Unlisted
from unmet.support.models import Attestation
from unmet.web.desk import consignments, quantities
from unmet.web.desk.doors import desk_page
from unmet.web.desk.offers_fields import item_named
from unmet.web.requests import PersonRequest


@desk_page
@require_POST
def attest(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what one saw of it."""
    box = consignments.seen(request, pk)
    wanted = request.POST.get("role", "")
    parties.require(box, [wanted] if wanted in Attestation.Role.values else parties.EVERYBODY, by=request.user)
    counted, wrong = [], []
    lines = list(queries.lines(*queries.whole(box, today=request.at.date())))
    stands = substitutes.of(one.line_id for one in lines)
    for line in lines:
        substitute = stands.get(line.line_id)
        item = substitute.item if substitute else line.line.item
        text = request.POST.get(f"saw-{line.uuid}", "").strip()
        read = quantities.read(text, item) if text else None
        if isinstance(read, str):
            words = _("%(line)s: %(why)s") % {"line": item.name, "why": read}
            wrong.append((f"saw-{line.uuid}", words))
        elif read is not None:
            counted.append(Seen(line, substitute.counted(read, at_most=line.quantity) if substitute else read))
    unlisted = _unlisted(request.POST)
    if isinstance(unlisted, tuple):
        wrong.append(unlisted)
        unlisted = None
    if wrong:
        sent = {name: value for name, value in request.POST.items() if isinstance(value, str)}
        return consignments.page(request, box, consignments.Typed("attest", sent, tuple(wrong)))

    def act() -> None:
        attestations.attest(
            box, counted, place=request.POST.get("place", ""), on=consignments.day_typed(request), by=request.user,
            at=request.at, role=wanted if wanted in Attestation.Role.values else "", note=request.POST.get("note", ""),
            unlisted=[unlisted] if unlisted else [],
        )  # fmt: skip

    return consignments.take(
        request, box, "attest", act, _("Attested. It stands beside what others saw; nothing moved.")
    )


def _unlisted(sent: Mapping[str, str]) -> Unlisted | tuple[str, str] | None:
    """The lot that is not in the packing list, if one was written; or the field that cannot be read, and why."""
    named, count, lot = (sent.get(f"unlisted_{name}", "").strip() for name in ("item", "quantity", "lot"))
    if not (named or count or lot):
        return None
    item = item_named(named)
    if item is None:
        words = _("“%(value)s” is not an item we know. Choose one from the list, or write its code.")
        return "unlisted-item", words % {"value": named}
    read = quantities.read(count, item) if count else _("Write a quantity above zero.")
    if isinstance(read, str):
        return "unlisted-quantity", _("%(line)s: %(why)s") % {"line": item.name, "why": read}
    return Unlisted(item, read, lot)
