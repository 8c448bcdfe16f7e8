"""The public page of what is given: sums of the public book, with the givers that show their name to everyone."""

from typing import Any

from django.utils.translation import gettext as _

from unmet.figures import given as figures
from unmet.web.given import Given
from unmet.web.public.pages import Answer, Pages, Table, public_beside
from unmet.web.requests import PageRequest


@public_beside(figures.names_edition)
def given(request: PageRequest) -> Answer:
    """From givers to members, as everyone may see it."""
    asked = Given(request, figures.public, of_everyone=True)

    def context() -> dict[str, Any]:
        pages = Pages.of(request, len(asked.bands))
        return {**asked.context(pages.start, pages.stop), "pages": pages, "here": "given"}

    def table() -> Table:
        about = {"scope": asked.query()} if asked.query() else {}
        about["definition"] = _(
            "Received, and in transit or committed, at the reference prices frozen with each round; of one item in its "
            "unit. A pledge is not in it. A giver is named where it shows its name to everyone, and only beside what "
            "was received."
        )
        return Table("unmet-given", _("From givers to members"), asked.columns(), asked.lines, about)

    return Answer("web/public/given.html", context, table)
