"""What this is, its terms, the disclaimer, accessibility, methods."""

from django.conf import settings
from django.utils.translation import gettext as _

from unmet.web.public import texts
from unmet.web.public.pages import Answer, public
from unmet.web.requests import PageRequest


@public
def about(request: PageRequest) -> Answer:
    """One page of text; the coalition may word the disclaimer and the terms itself."""
    return Answer(
        "web/public/about.html",
        lambda: {
            "coalition": texts.coalition(),
            "contact": settings.UNMET_CONTACT,
            "disclaimer": texts.own("disclaimer"),
            "terms": texts.own("terms"),
            "methods": _methods(),
        },
    )


def _methods() -> list[tuple[str, str]]:
    """The published methods beside the definitions of the figures, by name."""
    return [
        ("quantify", _("How a quantity is computed from a population or from cases, when a member has not stated it.")),
        ("fold", _("How words are compared: accents, case and forms of letters do not count.")),
    ]
