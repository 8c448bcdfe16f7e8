"""Ending an appointment tells whoever held it, by letter, and the approvers of the party."""

from datetime import timedelta

import pytest

from tests import make
from tests.notices.letters_world import work
from tests.notices.smtp_server import MailServer
from unmet.access import services as access
from unmet.access.models import Appointment, Role
from unmet.notices import gates
from unmet.notices.models import Notice
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
YOURS, ANOTHERS = "access.appointment_ended", "access.appointment_of_another_ended"


def told(kind: str) -> set[Person]:
    """Who was told."""
    return {notice.person for notice in Notice.objects.filter(kind=kind)}


def end(of: Person, by: Person) -> None:
    """End the appointment of somebody."""
    with make.as_(by):
        access.end_appointment(of.appointments.get(ended_at=None), by=by, at=make.AT)


def test_the_person_and_the_approvers_but_whoever_did_it(mail_server: MailServer) -> None:
    focal, by, other = make.focal_point("ZMB"), make.approver("ZMB"), make.approver("ZMB")
    make.approver("CUB"), make.focal_point("ZMB"), make.person(Role.COORDINATION)
    end(focal, by)
    assert (told(YOURS), told(ANOTHERS)) == ({focal}, {other})
    assert Notice.objects.filter(kind=YOURS).get().data == {"party": "ZMB"}
    work(make.AT)
    assert {letter["To"] for letter in mail_server.taken} == {focal.email, other.email}
    assert any("Zambia" in letter.as_string() for letter in mail_server.taken)


def test_an_approver_whose_appointment_ends_is_told_as_the_person_only() -> None:
    approver, chair = make.approver("ZMB"), make.person(Role.COORDINATION)
    end(approver, chair)
    assert (told(YOURS), told(ANOTHERS)) == ({approver}, set())


def test_nobody_is_told_that_a_proposal_was_dropped() -> None:
    chair, somebody = make.person(Role.COORDINATION), make.person()
    Appointment.objects.create(
        person=somebody, party=make.party("ZMB"), role=Role.APPROVER, until_on=make.AT.date() + timedelta(days=9),
        proposed_at=make.AT,
    )  # fmt: skip
    end(somebody, chair)
    assert not Notice.objects.exists()


def test_whoever_speaks_for_nobody_reads_nothing_else() -> None:
    focal, by = make.focal_point("ZMB"), make.approver("ZMB")
    end(focal, by)
    notice = Notice.objects.get(kind=YOURS)
    assert gates.may_be_told(notice, at=make.AT)
    notice.kind = "needs.approved"
    assert not gates.may_be_told(notice, at=make.AT)
    notice.kind = YOURS
    notice.person.is_active = False
    assert not gates.may_be_told(notice, at=make.AT)
