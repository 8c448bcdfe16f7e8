"""What is given, as the person may see it: with the givers of its own lines, and the sums of what others released."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.access.services import is_demonstration
from unmet.exchange import download
from unmet.exchange.spooled import TYPES, spooled
from unmet.figures import given as figures
from unmet.web.desk.doors import desk_page, pages_of
from unmet.web.given import Given
from unmet.web.public.pages import FORMS, PER_PAGE, Refused
from unmet.web.requests import PersonRequest


def _asked(request: PersonRequest) -> Given:
    try:
        return Given(request, figures.seen, of_everyone=False)
    except Refused as refused:
        raise Http404 from refused


@desk_page
@require_GET
def given(request: PersonRequest) -> HttpResponse:
    """The picture and the table by pages."""
    asked = _asked(request)
    pages = pages_of(request, len(asked.bands))
    tail = f"?{asked.query()}" if asked.query() else ""
    context = {
        **asked.context((pages.number - 1) * PER_PAGE, pages.number * PER_PAGE),
        "pages": pages,
        "here": "given_desk",
        "files": [(form.upper(), reverse("given_desk_file", args=[form]) + tail) for form in FORMS],
    }
    return render(request, "web/desk/given.html", context)


@desk_page
@require_GET
def file(request: PersonRequest, form: str) -> FileResponse:
    """The table as a file."""
    asked = _asked(request)
    notes = {"audience": _("Only what your parties may see. Do not pass on what is not public.")}
    if is_demonstration():
        notes = {download.MARK: download.demonstration_words(), **notes}
    spool = spooled(
        form, asked.columns(), asked.lines(), title=_("From givers to members"),
        language=get_language() or settings.LANGUAGE_CODE, notes=notes,
    )  # fmt: skip
    return FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=f"unmet-given.{form}")
