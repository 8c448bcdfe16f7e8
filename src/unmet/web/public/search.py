"""Search: items, parties and public needs by words in any of the four languages, misspelled or not."""

from typing import Any

from unmet.figures.lists import Filter, Needs
from unmet.figures.search import readings
from unmet.web import searching
from unmet.web.public.lines import Names
from unmet.web.public.members import need_lines
from unmet.web.public.pages import Answer, public
from unmet.web.requests import PageRequest
from unmet.web.searching import Asked, Group


@public
def search(request: PageRequest) -> Answer:
    """What bears the words, in groups; the same for every reader."""
    asked = searching.asked(request)

    def context() -> dict[str, Any]:
        if not asked.q:
            return {"asked": asked}
        found = searching.named(request, asked)
        needs = _needs(request, asked)
        return {"asked": asked, "found": found, "needs": needs,
                "nothing": not (found.items.count or found.parties.count or needs.count)}  # fmt: skip

    return Answer("web/public/search.html", context)


def _needs(request: PageRequest, asked: Asked) -> Group[Any]:
    names = Names()
    listed = Needs(Filter(words=readings(asked.q)), "needed_by", names.members_in_order, names.items_in_order)
    count = listed.count()
    start, stop, pages = searching.span(request, asked, "needs", count)
    if not asked.shows("needs"):
        return Group((), count)
    return Group(need_lines(listed.page(start, stop), names, on=request.at.date()), count, pages)
