"""The workbook of a member for a round, in the language of the page: filled in at a desk that may be offline."""

import io

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from unmet.exchange import needs_workbook
from unmet.web.desk.doors import asked_round, back_with, desk_page, own_party
from unmet.web.desk.refusals import REFUSED
from unmet.web.desk.uploads import XLSX
from unmet.web.requests import PersonRequest


@desk_page
@require_GET
def workbook(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """Download it, with the last lines filled in. Where the round takes no returns, the page of the return says so."""
    party, round_ = own_party(request, member), asked_round(code)
    language = get_language() or "en"
    out = io.BytesIO()
    try:
        needs_workbook.write(out, member=party, round_=round_, language=language, by=request.user, at=request.at)
    except REFUSED as refused:
        return back_with(request, refused, "return", party.code, round_.code)
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    name = needs_workbook.file_name(member=party, round_=round_, language=language)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response
