"""Flash rounds: open a call inside an open round, see how many members answered, end it early."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from unmet.access.may import Deed
from unmet.catalogue.models import Round
from unmet.needs import flash
from unmet.needs.flash import FlashRefused
from unmet.needs.models import FlashCall
from unmet.web.coordination.doors import REFUSED, only_for
from unmet.web.requests import PersonRequest

_coordination = only_for(Deed.CALL_FLASH)


class FlashForm(forms.Form):
    """What the members are told when a flash round is called."""

    note = forms.CharField(
        label=gettext_lazy("Why now, in one or two sentences"), required=False, max_length=flash.LONGEST_NOTE,
        help_text=gettext_lazy("Every member reads it as you write it, in whatever language; it is not public."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )  # fmt: skip


def sentence(refused: FlashRefused) -> str:
    """Why a flash round was not called or ended, and what to do."""
    sentences = {
        "round": _("This round takes no returns now, so no flash round can be called in it. Open a round first."),
        "running": _("A flash round runs in this round already. End it first, or wait until it is over."),
        "over": _("It was over already. What was sent stays."),
    }
    return sentences[refused.reason]


@dataclass(frozen=True, slots=True)
class Row:
    """One call of a round, with the number of members that answered. Which ones, nobody is told."""

    call: FlashCall
    answered: int
    hours_left: int  # 0: it is over


@require_http_methods(["GET", "POST"])
@_coordination
def page(request: PersonRequest, code: str) -> HttpResponse:
    """The calls of a round; POST opens one."""
    round_ = get_object_or_404(Round.objects.select_related("emergency"), code=code)
    form = FlashForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _open(request, round_, form):
        return redirect("flash", round_.code)
    return render(request, "web/coordination/flash.html", _context(request, round_, form),
                  status=REFUSED if form.errors else 200)  # fmt: skip


def _open(request: PersonRequest, round_: Round, form: FlashForm) -> bool:
    try:
        flash.open_call(round_, note=form.cleaned_data["note"], by=request.user, at=request.at)
    except FlashRefused as refused:
        form.add_error(None, sentence(refused))
        return False
    messages.success(request, _("The flash round is open. Every member sees it first on its desk."))
    return True


def _context(request: PersonRequest, round_: Round, form: FlashForm) -> dict[str, Any]:
    running = set(flash.running(at=request.at).filter(round=round_).values_list("pk", flat=True))
    rows = [
        Row(call, answered, flash.hours_left(call, at=request.at) if call.pk in running else 0)
        for call, answered in flash.with_answers(FlashCall.objects.filter(round=round_).order_by("-opened_at", "-pk"))
    ]
    return {
        "round": round_,
        "form": form,
        "rows": rows,
        "running": next((row for row in rows if row.hours_left), None),
        "most": flash.MOST_LINES,
        "hours": int(flash.LASTS.total_seconds()) // 3600,
    }


@require_POST
@_coordination
def end(request: PersonRequest, code: str) -> HttpResponse:
    """End the call that runs."""
    round_ = get_object_or_404(Round, code=code)
    call = flash.running(at=request.at).filter(round=round_).first()
    try:
        if call is None:
            raise FlashRefused("over")
        flash.end_call(call, by=request.user, at=request.at)
        messages.success(request, _("The flash round has ended. What was sent stays in the round."))
    except FlashRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("flash", round_.code)
