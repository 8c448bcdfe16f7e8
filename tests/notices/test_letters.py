"""Letters as a mail server gets them: what they say, in which language, and what mail programs read of them."""

import re
from email.message import EmailMessage

import pytest
from django.urls import reverse

from tests import make
from tests.notices.letters_world import tell, work
from tests.notices.smtp_server import MailServer
from tests.web.signing_in import demonstration
from unmet.notices.models import Delivery, Group, How, Notice, Preference

pytestmark = pytest.mark.django_db
LINK = re.compile(r"https?://[^\s\"<>]+")


def sent(server: MailServer, language: str = "en") -> EmailMessage:
    """The one letter about one notice."""
    make.round_()
    who = make.approver("ZMB")
    type(who).objects.filter(pk=who.pk).update(language=language)
    who.refresh_from_db()
    tell(who)
    work()
    [letter] = server.taken
    assert server.recipients == [who.email] and letter["To"] == who.email
    return letter


def parts(letter: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    assert letter.get_content_type() == "multipart/alternative"
    text, page = letter.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    return text.get_content(), page.get_content()


WORDS = {"en": "Zambia", "ar": "زامبيا", "es": "Zambia", "fr": "Zambie"}


@pytest.mark.parametrize("language", WORDS)
def test_text_and_html_say_the_same_in_the_persons_language(mail_server, language):
    text, page = parts(sent(mail_server, language))
    notice = Notice.objects.get()
    address = f"https://needs.coalition.example/{language}/desk/inbox/{notice.uuid}"
    for said in (text, page):
        assert WORDS[language] in said
        assert LINK.findall(said) == [address], "one link"
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert not re.search(r"<img|url\(|<script|<link", page)


def test_what_mail_programs_read(mail_server):
    letter = sent(mail_server)
    delivery = Delivery.objects.get()
    assert letter["Message-ID"] == f"<{delivery.uuid}@coalition.example>" == f"<{delivery.message_id}>"
    assert letter["From"] == "Unmet <unmet@coalition.example>"
    assert letter["Subject"] == "Unmet: Your return is approved"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(
        r"<https://needs\.coalition\.example/en/account/mail/[^<>\s]+>", letter["List-Unsubscribe"].strip()
    )
    assert letter["Precedence"] is None


@pytest.mark.parametrize("language", WORDS)
def test_a_demonstration_says_so_in_subject_and_body(mail_server, language):
    text, page = parts(sent(mail_server, language))
    assert "DEMO" not in text.upper() and "demo" not in page.partition("<body")[2]
    demonstration()
    tell(Notice.objects.get().person)
    work()
    marked = mail_server.taken[-1]
    text, page = parts(marked)
    word = marked["Subject"].strip().partition(" · ")[0]
    assert word in text and f"<b>{word}</b>" in page
    if language == "en":
        assert marked["Subject"].strip() == "DEMONSTRATION · Unmet: Your return is approved"


class TestStopping:
    """RFC 8058: a signed address that needs no sign-in; POST stops, GET only asks."""

    def address(self, letter: EmailMessage) -> str:
        return letter["List-Unsubscribe"].strip(" <>").removeprefix("https://needs.coalition.example")

    def test_one_click_of_a_mail_program(self, mail_server, client):
        client.handler.enforce_csrf_checks = True
        address = self.address(sent(mail_server))
        answer = client.post(address, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200 and not answer.cookies
        who = Notice.objects.get().person
        assert Preference.objects.get(person=who).how == How.HERE
        assert Preference.objects.get(person=who).group == Group.OUTCOME
        tell(who)
        work()
        assert len(mail_server.taken) == 1, "no more letters, and the notice stands in the inbox"
        assert Notice.objects.filter(person=who).count() == 2
        assert client.post(address).status_code == 200, "twice is once"

    def test_opening_it_stops_nothing_and_the_button_does(self, mail_server, client):
        address = self.address(sent(mail_server))
        page = client.get(address).content.decode()
        assert page.count("<button") == 1 and "what became of what you sent" in page and "@" not in page
        assert not Preference.objects.exists()
        client.post(address)
        assert Preference.objects.get().how == How.HERE

    @pytest.mark.parametrize("change", [lambda word: word[:-1], lambda word: "x" + word, lambda _word: "guessed"])
    def test_a_word_that_we_did_not_make_does_not_exist(self, mail_server, client, change):
        address = self.address(sent(mail_server))
        head, _, word = address.rpartition("/")
        for answer in (client.get(f"{head}/{change(word)}"), client.post(f"{head}/{change(word)}")):
            assert answer.status_code == 404
        assert not Preference.objects.exists()

    def test_a_letter_that_waits_is_stopped_too(self, mail_server, client):
        address = self.address(sent(mail_server))
        tell(Notice.objects.get().person)
        client.post(address)
        work()
        assert len(mail_server.taken) == 1
        assert Delivery.objects.order_by("-pk")[0].state == Delivery.State.SUPPRESSED


def test_without_a_mail_server_nothing_is_asked_for(settings):
    assert settings.EMAIL_HOST == ""
    make.round_()
    tell(make.approver("ZMB"))
    assert Notice.objects.exists() and not Delivery.objects.exists() and work() == 0


def test_the_pages_of_the_addresses_are_there():
    assert reverse("mail_stop", args=["x"]) == "/en/account/mail/x"
