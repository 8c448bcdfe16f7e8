"""What became of a member's requests, for its own people: the numbers by sector and quarter, and the rows behind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.access.services import is_demonstration
from unmet.catalogue.models import Item, Sector
from unmet.exchange import download
from unmet.exchange.download import Column, Value
from unmet.exchange.spooled import TYPES, spooled
from unmet.figures import asking
from unmet.figures.asking import Asked, Taken
from unmet.parties.models import Party
from unmet.support.models import Line, RequestLine
from unmet.web.desk.doors import desk_page, own_members, pages_of
from unmet.web.public.pages import FORMS
from unmet.web.requests import PersonRequest

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Behind:
    """One row behind the numbers: a line of a request, or a step of a line of support (`giver` gives it).

    `uuid` is that of the request, or of the line of support.
    """

    key: asking.Key
    item: Item
    uuid: str
    giver: Party | None
    answered: str  # full, part or nothing
    closed: bool
    days: Mapping[str, int | None]  # of every step

    @property
    def quarter(self) -> str:
        """As the cell writes it."""
        return asking.quarter_name(self.key)

    @property
    def address(self) -> str:
        """The page on which it stands."""
        return reverse("support_line" if self.giver else "assistance_one", args=[self.uuid])


class Numbers:
    """The numbers that a request asks for: of one of the person's own members, perhaps of one cell."""

    def __init__(self, request: PersonRequest, code: str) -> None:
        self.member = next((one for one in own_members(request) if one.code == code), None)
        if self.member is None:
            raise Http404
        self.asked, self.taken = asking.rows_of_member(self.member.pk)
        self.sectors = {sector.pk: sector for sector in Sector.objects.all()}
        self.sector, self.quarter = request.GET.get("sector", ""), request.GET.get("quarter", "")
        every: list[Asked | Taken] = [*self.asked, *self.taken]
        self.chosen = [one for one in every if self._is_chosen(one.key)]

    def _is_chosen(self, key: asking.Key) -> bool:
        sector_fits = not self.sector or self.sectors[key[0]].code == self.sector
        return sector_fits and (not self.quarter or asking.quarter_name(key) == self.quarter)

    def rows(self, start: int = 0, stop: int | None = None) -> list[Behind]:
        """Rows start to stop, requests first, each kind the newest first."""
        shown = self._in_order()[start:stop]
        requests = {one.line for one in shown if isinstance(one, Asked)}
        support = {one.line for one in shown if isinstance(one, Taken)}
        asked = RequestLine.objects.select_related("request", "need__item").in_bulk(requests)
        given = Line.objects.select_related("item", "giver").in_bulk(support)
        return [
            _of_request(one, asked[one.line]) if isinstance(one, Asked) else _of_support(one, given[one.line])
            for one in shown
        ]

    def _in_order(self) -> Sequence[Asked | Taken]:
        return sorted(self.chosen, key=lambda one: (isinstance(one, Taken), -one.key[1], -one.key[2], -one.line))


def _of_request(one: Asked, line: RequestLine) -> Behind:
    item = line.need.item
    assert item is not None  # one asks for needs that have an item
    answered = "full" if one.in_full else "part" if one.in_part else ""
    return Behind(
        one.key,
        item,
        str(line.request.uuid),
        None,
        answered,
        one.closed,
        {step: one.days.get(step) for step in asking.STEPS},
    )


def _of_support(one: Taken, line: Line) -> Behind:
    return Behind(
        one.key, line.item, str(line.uuid), line.giver, "", False, dict.fromkeys(asking.STEPS) | {one.step: one.days}
    )


@desk_page
@require_GET
def page(request: PersonRequest, member: str) -> HttpResponse:
    """The numbers of a member, and by pages the rows behind them or behind one of them."""
    numbers = Numbers(request, member)
    report = asking.report(numbers.asked, numbers.taken, least=1)
    pages = pages_of(request, len(numbers.chosen), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    rest = f"?{request.GET.urlencode()}" if numbers.sector or numbers.quarter else ""
    context = {
        "member": numbers.member, "report": report, "own": True,
        "rows": [(numbers.sectors[cell.sector], cell) for cell in report.cells],
        "behind": [(numbers.sectors[one.key[0]], one) for one in numbers.rows(start, start + PER_PAGE)],
        "chosen": next((one for one in numbers.sectors.values() if one.code == numbers.sector), None),
        "quarter": numbers.quarter if report.cells else "", "pages": pages,
        "files": [(form.upper(), reverse("assistance_numbers_file", args=[member, form]) + rest) for form in FORMS],
    }  # fmt: skip
    return render(request, "web/desk/asked_numbers.html", context)


@desk_page
@require_GET
def file(request: PersonRequest, member: str, form: str) -> FileResponse:
    """The rows behind the numbers, all of them."""
    numbers = Numbers(request, member)
    columns = [
        Column("about", _("What the row is: a line of a request, or one of support"), "text"),
        Column("uuid", _("Request, or line of support"), "text"), Column("sector", _("Sector, code"), "text"),
        Column("quarter", _("Quarter"), "text"), Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"), Column("giver", _("Giver, code"), "text"),
        Column("answered", _("Answered"), "text"), Column("closed", _("Closed"), "text"),
        Column("days_to_answer", _("Days from request to answer"), "integer"),
        Column("days_to_offer", _("Days from request to offer"), "integer"),
        Column("days_to_acceptance", _("Days from offer to acceptance"), "integer"),
        Column("days_to_receipt", _("Days from acceptance to receipt"), "integer"),
    ]  # fmt: skip
    assert numbers.member is not None
    title = _("What became of the requests of %(member)s") % {"member": numbers.member.name}
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    language = get_language() or settings.LANGUAGE_CODE
    spool = spooled(form, columns, _values(numbers), title=title, language=language, notes=notes)
    return FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=f"{member}-asked.{form}")


def _values(numbers: Numbers) -> Iterator[list[Value]]:
    for one in numbers.rows():
        yield [
            "support" if one.giver else "request", one.uuid, numbers.sectors[one.key[0]].code, one.quarter,
            one.item.code, one.item.name, one.giver.code if one.giver else "", one.answered,
            "yes" if one.closed else "", *(one.days[step] for step in asking.STEPS),
        ]  # fmt: skip
