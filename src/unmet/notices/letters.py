"""Letters: what an e-mail says, in text and in HTML, in the person's language, with one link and no picture."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language_bidi, ngettext, override
from django.utils.translation import gettext as _

from unmet.notices import gates, kinds
from unmet.notices.models import Delivery, Group, Notice
from unmet.parties.models import Person

_SALT: Final = "unmet.notices.stop"


def configured() -> bool:
    """Whether letters can be sent. Without a mail server, people are told in their inbox only."""
    return bool(settings.EMAIL_HOST)


def message_id(delivery: Delivery) -> str:
    """The Message-ID of a letter, for good, without the angle brackets. Nobody guesses it."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"{delivery.uuid}@{sender.rpartition('@')[2] or 'localhost'}"


def compose(delivery: Delivery, told: Sequence[Notice]) -> EmailMultiAlternatives:
    """The letter about some notices: the text carries all of it, the HTML says the same."""
    person = delivery.person
    known = dict(settings.LANGUAGES)
    with override(person.language if person.language in known else settings.LANGUAGE_CODE):
        names = kinds.Names.of(notice.data for notice in told)
        demonstration = gates.is_demonstration()
        address = reverse("inbox") if delivery.daily else reverse("notice", args=[told[0].uuid])
        context = {
            "told": [kinds.says(notice.kind, notice.data, names) for notice in told],
            "address": settings.UNMET_SITE + address,
            "demonstration": demonstration,
            "daily": delivery.daily,
            "direction": "rtl" if get_language_bidi() else "ltr",
            "subject": _subject(delivery, told, demonstration=demonstration),
        }
        stop = settings.UNMET_SITE + reverse("mail_stop", args=[stop_token(person, groups(told))])
        letter = EmailMultiAlternatives(
            " ".join(str(context["subject"]).split()),
            render_to_string("notices/letter.txt", context).strip() + "\n",
            settings.DEFAULT_FROM_EMAIL,
            [person.email],
            headers={
                "Message-ID": f"<{delivery.message_id}>",
                "Auto-Submitted": "auto-generated",
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        letter.attach_alternative(render_to_string("notices/letter.html", context), "text/html")
    return letter


def _subject(delivery: Delivery, told: Sequence[Notice], *, demonstration: bool) -> str:
    if delivery.daily:
        said = ngettext("%(n)s notice of the last day", "%(n)s notices of the last day", len(told)) % {"n": len(told)}
    else:
        said = kinds.subject(told[0].kind)
    if demonstration:
        return _("%(mark)s · Unmet: %(subject)s") % {"mark": _("DEMONSTRATION"), "subject": said}
    return _("Unmet: %(subject)s") % {"subject": said}


def groups(told: Sequence[Notice]) -> list[str]:
    """The groups of some notices."""
    return sorted({kinds.KINDS[notice.kind].group.value for notice in told})


# ── stopping ─────────────────────────────────────────────────────────────────
def stop_token(person: Person, of: Sequence[str]) -> str:
    """A word that stops letters of some groups to one person; it needs no sign-in, and does nothing else."""
    return signing.dumps([str(person.uuid), list(of)], salt=_SALT)


def read_stop_token(token: str) -> tuple[Person, list[Group]] | None:
    """Whose letters a word stops, and of which groups; None for a word that we did not make."""
    try:
        person, of = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    found = Person.objects.filter(uuid=person).first()
    return (found, [Group(group) for group in of if group in Group.values]) if found else None
