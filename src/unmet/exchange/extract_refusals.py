"""Every refusal about an extract of needs as a sentence: what it was, and what to do."""

from django.utils.translation import gettext as _

from unmet.support.extracts import ExtractRefused


def sentence(refused: ExtractRefused) -> str:
    """Why nothing was written, and what to do, in the reader's language."""
    return {
        "itself": _("Choose a body other than your own party and coordination."),
        "nothing": _("This body may see none of these needs in detail, or you may not. Nothing is made."),
        "too_many": _("These are more than 50,000 rows. Choose sectors."),
        "order": _("This was stated already, or what comes before it was not. Please read the page again."),
        "date": _("The day is still to come, or lies before what it follows."),
        "office": _("Write the office, never the name of a person."),
        "text": _("Write a few words."),
        "too_long": _("The text is too long. Shorten it."),
        "count": _("Write a whole number of rows, at most as many as the extract holds."),
    }[refused.reason]
