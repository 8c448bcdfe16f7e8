"""Letters that come back: which reports suppress an address, and which must not."""

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import make
from tests.notices import reports
from tests.notices.letters_world import tell, work
from unmet.access import telling
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.config import cli
from unmet.notices import bounces, suppressing
from unmet.notices.models import Delivery, SuppressedAddress

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(mail_server):
    """A letter that the mail server took."""
    make.round_()
    who = make.approver("ZMB")
    tell(who)
    work()
    delivery = Delivery.objects.get()
    assert delivery.state == Delivery.State.SENT
    return delivery


def filled(report, letter, *, to="", id_=""):
    """A report about a letter of ours."""
    return report.replace("{to}", to or letter.address).replace("{id}", id_ or letter.message_id).encode()


def read(content):
    return bounces.read(content, at=make.AT, via="console")


HARD = {
    "postfix": (reports.POSTFIX_NO_SUCH_USER, "5.1.1", "User unknown in local recipient table"),
    "exim": (reports.EXIM_MAILBOX_CLOSED, "5.2.1", "The e-mail account is inactive"),
    "exchange, forwarded": (reports.EXCHANGE_FORWARDED, "5.1.10", "Recipient not found"),
}


@pytest.mark.parametrize("form", HARD)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_came_back_for_good_suppresses(letter, form, ends):
    report, status, words = HARD[form]
    assert read(filled(report, letter).replace(b"\n", ends.encode())) == bounces.SUPPRESSED
    found = suppressing.standing(letter.address)
    assert found is not None
    assert (found.reason, found.status, found.at) == (SuppressedAddress.Reason.BOUNCED, status, make.AT)
    assert words in found.says
    letter.refresh_from_db()
    assert letter.state == Delivery.State.BOUNCED and status in letter.says
    assert AuditRow.objects.filter(event="notices.address_suppressed").count() == 1


@pytest.mark.parametrize("report", [reports.SENDMAIL_LATE, reports.POSTFIX_MAILBOX_FULL, reports.POSTFIX_TAKEN])
def test_what_is_late_full_or_delivered_does_not(letter, report):
    assert read(filled(report, letter)) == bounces.SOFT
    assert not SuppressedAddress.objects.exists()
    letter.refresh_from_db()
    assert letter.state == Delivery.State.SENT


def test_a_complaint_suppresses(letter):
    assert read(filled(reports.COMPLAINT, letter)) == bounces.SUPPRESSED
    assert suppressing.standing(letter.address).reason == SuppressedAddress.Reason.COMPLAINED


@pytest.mark.parametrize("report", [reports.NOT_SPAM, reports.OUT_OF_OFFICE, "", "Subject: hello\n\nSee 5.1.1\n"])
def test_what_is_no_report_changes_nothing(letter, report):
    assert read(filled(report, letter)) == bounces.NO_REPORT
    assert not SuppressedAddress.objects.exists()


class TestForged:
    """Whoever does not know the Message-ID of a letter silences nobody."""

    @pytest.mark.parametrize("report", [reports.POSTFIX_NO_SUCH_USER, reports.COMPLAINT])
    def test_a_letter_that_we_did_not_write(self, letter, report):
        assert read(filled(report, letter, id_="guessed@coalition.example")) == bounces.NOT_OURS
        assert not SuppressedAddress.objects.exists()

    def test_a_report_without_the_letter(self, letter):
        report = filled(reports.POSTFIX_NO_SUCH_USER, letter).partition(b"Content-Description: Undelivered")[0]
        assert read(report) == bounces.NOT_OURS and not SuppressedAddress.objects.exists()

    def test_somebody_elses_address_in_a_report_about_ours(self, letter):
        other = make.approver("CUB").email
        read(filled(reports.POSTFIX_NO_SUCH_USER, letter, to=other))
        assert suppressing.standing(other) is None

    def test_a_report_of_several_recipients_without_ours(self, letter):
        block = "Final-Recipient: rfc822; {n}@x.example\nAction: failed\nStatus: 5.1.1\n\n"
        report = reports.POSTFIX_NO_SUCH_USER.replace(
            "Final-Recipient", block.format(n="a") + block.format(n="b") + "X-Recipient"
        ).replace("Original-Recipient", "X-Original")
        assert read(filled(report, letter)) == bounces.NOT_OURS


def test_of_several_recipients_ours_counts(letter):
    block = "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient"
    report = reports.POSTFIX_MAILBOX_FULL.replace("Final-Recipient", block, 1)
    assert read(filled(report, letter)) == bounces.SOFT


def test_the_same_report_again_does_not_undo_what_an_operator_lifted(letter):
    report = filled(reports.POSTFIX_NO_SUCH_USER, letter)
    assert read(report) == bounces.SUPPRESSED
    operator = make.person(Role.OPERATOR)
    with make.as_(operator):
        assert telling.lift(letter.address.upper(), by=operator, at=make.AT)
        assert not telling.lift(letter.address, by=operator, at=make.AT)
    row = AuditRow.objects.get(event="notices.address_lifted")
    assert row.person == str(operator.uuid) and letter.address not in str(row.__dict__)
    assert read(report) == bounces.KNOWN and suppressing.standing(letter.address) is None


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
def test_only_an_operator_lifts(letter, role):
    read(filled(reports.POSTFIX_NO_SUCH_USER, letter))
    by = make.person(role, "COORD" if role == Role.COORDINATION else "ZMB")
    with make.as_(by), pytest.raises(NotAllowed):
        telling.lift(letter.address, by=by, at=make.AT)
    assert suppressing.standing(letter.address) is not None


def test_after_it_letters_to_the_person_wait_for_a_new_address(letter, mail_server):
    read(filled(reports.POSTFIX_NO_SUCH_USER, letter))
    who = letter.person
    tell(who)
    work()
    assert len(mail_server.taken) == 1
    type(who).objects.filter(pk=who.pk).update(email="new@ministry.example")
    tell(who)
    work()
    assert mail_server.recipients[-1] == "new@ministry.example" and len(mail_server.taken) == 2


@given(st.binary(max_size=400), st.integers(min_value=0, max_value=2500))
def test_no_bytes_are_too_strange(noise, place):
    whole = reports.POSTFIX_NO_SUCH_USER.encode()
    assert bounces.read(whole[:place] + noise + whole[place:], at=make.AT, via="console") in bounces.OUTCOMES


class TestCommand:
    """`unmet bounces`: from standing input, files and Maildirs."""

    def run(self, *arguments):
        return cli.main(["bounces", *map(str, arguments)])

    def test_from_a_mail_server_by_standard_input(self, letter, capsys, monkeypatch):
        content = io.BytesIO(filled(reports.POSTFIX_NO_SUCH_USER, letter))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
        assert self.run("--json") == 0
        assert json.loads(capsys.readouterr().out) == {
            "suppressed": 1, "soft": 0, "known": 0, "not_ours": 0, "no_report": 0,
        }  # fmt: skip
        assert suppressing.standing(letter.address) is not None

    def test_from_files_and_a_maildir_listed_and_lifted(self, letter, capsys, tmp_path):
        box = tmp_path / "Maildir"
        for folder in ("new", "cur", "tmp"):
            (box / folder).mkdir(parents=True)
        (box / "new" / "1").write_bytes(filled(reports.SENDMAIL_LATE, letter))
        (box / "cur" / "2:2,S").write_bytes(filled(reports.EXIM_MAILBOX_CLOSED, letter))
        (box / "tmp" / "3").write_bytes(b"half a mess")
        (tmp_path / "one").write_bytes(filled(reports.OUT_OF_OFFICE, letter))
        assert self.run(box, tmp_path / "one") == 0
        assert capsys.readouterr().out == "suppressed 1, soft 1, known 0, not_ours 0, no_report 1\n"
        assert self.run("--list", "--json") == 0
        [row] = json.loads(capsys.readouterr().out)
        assert (row["address"], row["status"]) == (letter.address, "5.2.1")
        operator = make.person(Role.OPERATOR)
        assert self.run("--lift", letter.address, "--as", operator.email) == 0
        assert suppressing.standing(letter.address) is None
        capsys.readouterr()
        assert self.run("--lift", letter.address, "--as", operator.email) == 2
        assert "already" in capsys.readouterr().err

    def test_a_file_that_is_not_there(self, letter, capsys, tmp_path):
        assert self.run(tmp_path / "none") == 2 and self.run(tmp_path) == 2
        assert "cannot be read" in capsys.readouterr().err

    def test_lifting_by_somebody_who_may_not(self, letter, capsys):
        assert self.run("--lift", letter.address, "--as", make.approver("ZMB").email) != 0
