"""The catalogue as a CSV file: taken out, looked at, and brought in again, all rows or none."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from unmet.access.may import Deed
from unmet.exchange import catalogue_sheet
from unmet.exchange.catalogue_sheet import COLUMNS, Fault, NotOurSheet
from unmet.web.coordination.catalogue_forms import sentence
from unmet.web.coordination.doors import REFUSED, only_for
from unmet.web.public.item_lists import lists
from unmet.web.requests import PersonRequest

_coordination = only_for(Deed.EDIT_CATALOGUE)
SHOWN = 100  # faults on one page


@_coordination
@require_GET
def export(request: PersonRequest) -> HttpResponse:
    """Every item in use, with its names in four languages."""
    # The mark at the front is how a spreadsheet knows the alphabet.
    answer = HttpResponse("\ufeff" + catalogue_sheet.export(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="unmet-catalogue.csv"'
    return answer


@_coordination
def bring_in(request: PersonRequest) -> HttpResponse:
    """A file is looked at first; the button then writes what was looked at."""
    context: dict[str, Any] = {"columns": ", ".join(COLUMNS), "lists": lists()}
    if request.method == "POST":
        try:
            text = _text(request)
            write = request.POST.get("do") == "write"
            outcome = catalogue_sheet.apply(text, write=write, by=request.user, at=request.at)
        except NotOurSheet as refused:
            context["refused"] = _why_not(refused)
        else:
            changed = len(outcome.created) + len(outcome.updated)
            if write and not outcome.faults:
                words = ngettext("%(n)s item was added or corrected.", "%(n)s items were added or corrected.", changed)
                messages.success(request, words % {"n": changed})
                return redirect("catalogue")
            faults = [(fault, _said(fault)) for fault in outcome.faults[:SHOWN]]
            context |= {"outcome": outcome, "text": text, "changed": changed, "faults": faults}
    wrong = "refused" in context or bool(context.get("faults"))
    return render(request, "web/coordination/catalogue_file.html", context, status=REFUSED if wrong else 200)


def _text(request: PersonRequest) -> str:
    upload = request.FILES.get("file")
    if upload is None:
        return catalogue_sheet.read(request.POST.get("text", "").encode())
    if upload.size is None or upload.size > catalogue_sheet.LARGEST:
        raise NotOurSheet("size")
    return catalogue_sheet.read(upload.read())


def _said(fault: Fault) -> str:
    if fault.refused is None:
        return _("Somebody changed this item since the file was taken out. Take it out again and change that one.")
    return sentence(fault.refused)


def _why_not(refused: NotOurSheet) -> str:
    sentences = {
        "size": _("The file is larger than 1 MB. Send fewer rows."),
        "text": _("The file is no CSV text in UTF-8. Save it as “CSV UTF-8”."),
        "columns": _("The file needs these columns, and no others: %(columns)s.")
        % {"columns": ", ".join(COLUMNS), "lists": lists()},
        "rows": _("The file has more than 5,000 rows. Send it in parts."),
    }
    return sentences[refused.reason]
