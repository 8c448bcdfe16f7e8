"""Every refusal of a request for assistance as a sentence: what it was, and what to do."""

from django.utils.translation import gettext as _

from unmet.support.requests import RequestRefused


def sentence(refused: RequestRefused) -> str:
    """Why nothing was written, and what to do, in the reader's language."""
    return {**_draft(), **_sent(), **_answer()}[refused.reason]


def _draft() -> dict[str, str]:
    return {
        "nothing": _("Write a quantity beside at least one need."),
        "too_many": _("A request has at most 200 lines. Ask for the rest in another one."),
        "twice": _("The same need stands there twice. Keep one quantity for it."),
        "nobody": _("Choose at least one party, or ask everyone."),
        "itself": _("Your own party cannot be asked. Choose others."),
        "need": _("This need is not open any more. Take it off the request."),
        "quantity": _("Write a quantity above zero."),
        "more_than_approved": _("This is more than what is approved for the need. Ask for less, or restate the need."),
        "too_long": _("The text is too long. Shorten it."),
    }


def _sent() -> dict[str, str]:
    return {
        "changed": _("A colleague changed, sent or discarded this request meanwhile. Please read it again."),
        "held_back": _("Your party holds this need back, so nobody else may see it. Stop holding it back first."),
        "not_sent": _("This request asks nobody now: it is a draft, or was withdrawn or closed meanwhile."),
        "stopped": _("The member asks to stop sending. Nothing can be given for it until it lets sending go on."),
        "line_withdrawn": _("This line was withdrawn meanwhile. Nothing is asked for it any more."),
        "not_stopped": _("Sending was not stopped, or a colleague lets it go on already."),
        "why": _("Please write why."),
    }


def _answer() -> dict[str, str]:
    return {
        "kind": _("Choose your answer."),
        "no_quantity": _("With this answer no quantity is given. Take the quantity out, or answer in part or in full."),
        "not_all": _("In full is all that is asked for. Answer in part, or take the quantity out."),
        "asked_already": _("This party is asked for this need already."),
        "more_than_asked": _("This is more than what is asked for. Write at most that much."),
        "part_is_all": _("This is all of what is asked for. Answer in full instead."),
        "referred_to": _("Choose the party you refer it to: another one than yours and the member."),
        "order": _("This cannot be said after your last answer. Choose another one."),
    }
