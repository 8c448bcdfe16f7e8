"""State one line of support by a form: a pledge of a giver, or what a member accepted or received."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from unmet.access import may
from unmet.access.may import Deed, NotAllowed
from unmet.catalogue.models import Item, Round
from unmet.exchange.faults import Fault
from unmet.exchange.form import SUPPORT
from unmet.needs import queries as needs_queries
from unmet.parties.models import Party
from unmet.support.known import BY_GIVER, BY_MEMBER
from unmet.support.models import Line, Stage
from unmet.web.desk import asking, support_rows
from unmet.web.desk.asking import Asked
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest

FIELDS = tuple(column.name for column in SUPPORT)
HINTS: dict[str, str | Promise] = {
    "reference": gettext_lazy("The giver’s own number; by it the line is known again and counted once"),
    "unit": gettext_lazy("Empty: the base unit"),
    "need": gettext_lazy("The code of the need, if you know it; empty: the only open need, else unassigned"),
    "expected": gettext_lazy("For example 30 June 2026; past it, what is under way is at risk"),
    "channel": gettext_lazy("Through whom, if not directly"),
    "reason": gettext_lazy("Needed for what was rejected or is missing"),
    "meant": gettext_lazy(
        "Only if you were asked: more than is not covered, or sent though the member says stop sending"
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form; with `choices` (value, words) it is a list."""

    name: str
    label: str | Promise
    hint: str | Promise
    value: str
    problems: tuple[Asked, ...]
    choices: tuple[tuple[str, str], ...] = ()
    options: str = ""

    @property
    def id(self) -> str:
        """By it the label and the summary name the field."""
        return f"support-{self.name}"


@desk_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """State one line. GET takes values of fields, so that a gap can be pledged for by a link."""
    if not any(may.may(request.actor, Deed.STATE_SUPPORT, party) for party in request.actor.all_parties):
        raise NotAllowed(Deed.STATE_SUPPORT)
    rounds = support_rounds(request)
    if request.method == "GET":
        row = {name: request.GET.get(name, "") for name in FIELDS}
        row["date"] = row["date"] or support_rows.today(request)
        row |= _own_side(request, row)
        return _page(request, row, chosen_round(request.GET, rounds), rounds)
    row = {name: request.POST.get(name, "").strip()[:500] for name in FIELDS}
    round_ = chosen_round(request.POST, rounds)
    if round_ is None:
        return _page(request, row, None, rounds, refused=_("No round is open, so there is no emergency to give for."))
    parsed = support_rows.read(request, [row], round_)
    if parsed.problems():
        return _page(request, row, round_, rounds, problems=parsed.problems())
    if not parsed.lines:
        return _page(request, row, round_, rounds, refused=_("Nothing was typed. Fill in the line first."))
    try:
        [planned] = support_rows.book(request, parsed.lines, round_)
    except REFUSED as refused:
        return _page(request, row, round_, rounds, refused=sentence(refused))
    messages.success(request, _done(planned.outcome, unassigned=planned.unassigned))
    stated = Line.objects.get(
        giver__code=planned.line.giver_code, reference=planned.line.reference, item=planned.line.item_id
    )
    return redirect("support_line", stated.uuid)


def _own_side(request: PersonRequest, row: Mapping[str, str]) -> dict[str, str]:
    """The person's only party where the line leaves room for it: as the member that receives, else as the giver."""
    own = list(Party.objects.filter(pk__in=request.actor.all_parties).values_list("code", flat=True)[:2])
    if len(own) != 1 or own[0] in (row["member"], row["giver"]):
        return {}
    side = "member" if request.actor.own_parties and not row["member"] else "giver"
    return {} if row[side] else {side: own[0]}


def _done(outcome: str, *, unassigned: bool) -> str:
    if outcome == "unchanged":
        return _("Nothing changed: this was stated already.")
    if outcome == "proposed":
        return _("Proposed. An approver of your party makes the commitment.")
    if unassigned:
        return _("Stated. No need is named for it yet, so it is unassigned and lowers none.")
    return _("Stated.")


def support_rounds(request: PersonRequest) -> list[Round]:
    """Rounds for which support may be stated: open ones first, then those that closed."""
    open_ones = list(needs_queries.rounds_open(at=request.at))
    closed = Round.objects.exclude(state=Round.State.PLANNED).exclude(pk__in=[one.pk for one in open_ones])
    return [*open_ones, *closed.select_related("emergency").order_by("-window_until_on")]


def chosen_round(sent: Mapping[str, str], rounds: Sequence[Round]) -> Round | None:
    """The round that was named, else the first."""
    return next((one for one in rounds if one.code == sent.get("round")), rounds[0] if rounds else None)


def _page(
    request: PersonRequest, row: Mapping[str, str], round_: Round | None, rounds: Sequence[Round], *,
    problems: Sequence[Fault] = (), refused: str = "",
) -> HttpResponse:  # fmt: skip
    found: dict[str, list[Asked]] = {}
    for fault in problems:
        found.setdefault(fault.field, []).append(_asked(fault, row))
    fields = _fields(request, row, found)
    summary = [(field.id, one.whole) for field in fields for one in field.problems]
    context = {
        "fields": fields,
        "rounds": rounds,
        "round": round_,
        "items": Item.objects.filter(retired_on=None),
        "problems": [("", refused)] * bool(refused) + summary,
    }
    return render(request, "web/desk/support_new.html", context, status=REFUSED_STATUS if context["problems"] else 200)


def _asked(fault: Fault, row: Mapping[str, str]) -> Asked:
    """A fault beside its field. An empty list is no blank cell of a table: it says what to do in its own words."""
    asked = asking.asked(fault, [])
    if fault.field not in ("giver", "member") or row.get(fault.field):
        return asked
    words = _("Choose a party from the list.")
    return replace(asked, sentence=words, whole=words, remedy="")


def _fields(request: PersonRequest, row: Mapping[str, str], found: Mapping[str, list[Asked]]) -> list[Field]:
    actor = request.actor
    parties = list(Party.objects.all().in_reading_order())
    members = list(Party.objects.all().members(on=request.at.date()).in_reading_order())
    allowed = (BY_GIVER if actor.all_parties else frozenset()) | (BY_MEMBER if actor.own_parties else frozenset())
    own = {one.pk for one in parties if may.may(actor, Deed.STATE_SUPPORT, one)}
    # A responder gives for its own party only; a member's people may also state what another party gives them.
    givers = parties if actor.own_parties else [one for one in parties if one.pk in own]
    choices = {
        "giver": (("", "–"), *_choices(givers)),
        "channel": (("", _("directly")), *_choices(parties)),
        "member": (("", "–"), *_choices(members)),
        "meant": (("", _("no")), ("yes", _("yes"))),
        "stage": tuple((stage, str(label)) for stage, label in Stage.choices if stage in allowed),
    }
    return [
        Field(
            name=column.name,
            label=column.title,
            hint=HINTS.get(column.name, ""),
            value=row.get(column.name, ""),
            problems=tuple(found.get(column.name, ())),
            choices=choices.get(column.name, ()),
            options="items" if column.name == "item" else "",
        )
        for column in SUPPORT
    ]


def _choices(parties: Sequence[Party]) -> tuple[tuple[str, str], ...]:
    return tuple((party.code, party.name) for party in parties)
