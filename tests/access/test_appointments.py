"""Appoint, propose, confirm, end, sign-in links: works, refuses for each reason, one audit row."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from tests import make
from tests.refusals import events, last_audit, refused
from tests.together import at_once

from unmet.access import services as access
from unmet.access.actors import Actor, NoActor
from unmet.access.may import NotAllowed
from unmet.access.models import Appointment, Installation, Role, SignInLink
from unmet.files.models import StoredFile

UNTIL = date(2021, 12, 31)


def letter() -> StoredFile:
    """The letter of a party."""
    return StoredFile.objects.create(sha256="0" * 64, size=1, name="letter.pdf", owner="CUB", person="", at=make.AT)


def stands(person: Any, role: str, of: str, at: datetime = make.AT) -> bool:
    """Whether a person may act so at a moment."""
    return (role, make.party(of).pk) in Actor.of(person, at=at, via="page").roles


@pytest.mark.django_db
class TestAppoint:
    """`access.appoint`."""

    def appoint(self, by: Any, *, actor: Any = None, **changes: Any) -> Appointment:
        with make.as_(actor or by):
            return self.bare(by, **changes)

    def bare(self, by: Any, **changes: Any) -> Appointment:
        fields = {
            "person": changes.pop("person", None) or make.person(), "party": make.party("ZMB"),
            "role": Role.FOCAL_POINT, "until_on": UNTIL, "by": by, "at": make.AT,
        }  # fmt: skip
        return access.appoint(**fields | changes)

    def test_stands_at_once_with_one_audit_row(self) -> None:
        by, person, before = make.approver("ZMB"), make.person(), last_audit()
        self.appoint(by, person=person)
        assert stands(person, Role.FOCAL_POINT, "ZMB") and not stands(person, Role.FOCAL_POINT, "CUB")
        assert events(before) == ["access.appointed"]

    def test_its_last_day_lasts_until_it_ends_everywhere(self) -> None:
        person = make.person()
        self.appoint(make.approver("ZMB"), person=person, until_on=date(2021, 2, 3))
        assert stands(person, Role.FOCAL_POINT, "ZMB", datetime(2021, 2, 4, 11, 59, tzinfo=UTC))
        assert not stands(person, Role.FOCAL_POINT, "ZMB", datetime(2021, 2, 4, 12, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("role", "of"),
        [
            (Role.FOCAL_POINT, "ZMB"), (Role.APPROVER, "CUB"), (Role.RESPONDER, "WHO"), (Role.COORDINATION, "COORD"),
            (Role.OPERATOR, "COORD"),
        ],
    )  # fmt: skip
    def test_nobody_else_may(self, role: str, of: str) -> None:
        refused(NotAllowed, lambda: self.appoint(make.person(role, of)))

    def test_nobody_for_another_and_nobody_without_acting(self) -> None:
        refused(NotAllowed, lambda: self.appoint(make.approver("ZMB"), actor=make.approver("ZMB")))
        refused(NoActor, lambda: self.bare(make.approver("ZMB")))

    @pytest.mark.parametrize("role", [Role.COORDINATION, Role.OPERATOR])
    def test_a_party_does_not_give_the_roles_of_the_chair(self, role: str) -> None:
        refused(NotAllowed, lambda: self.appoint(make.approver("ZMB"), role=role))

    @pytest.mark.parametrize(("reason", "until_on"), [("past", date(2021, 1, 30)), ("too_long", date(2023, 2, 10))])
    def test_refused_for_its_term(self, reason: str, until_on: date) -> None:
        error = refused(access.AppointmentRefused, lambda: self.appoint(make.approver("ZMB"), until_on=until_on))
        assert error.reason == reason

    def test_refused_while_the_same_stands_and_not_after(self) -> None:
        by, person = make.approver("ZMB"), make.person()
        self.appoint(by, person=person, until_on=date(2021, 2, 3))
        error = refused(access.AppointmentRefused, lambda: self.appoint(by, person=person))
        assert error.reason == "standing"
        later = make.AT + timedelta(days=10)
        with make.as_(by, at=later):
            self.bare(by, person=person, at=later)
        assert stands(person, Role.FOCAL_POINT, "ZMB", later)


@pytest.mark.django_db
class TestProposeAndConfirm:
    """`access.propose_appointment`, `confirm_appointment`: two people of coordination and a letter."""

    def propose(self, by: Any, **changes: Any) -> Appointment:
        fields = {
            "person": make.person(), "party": make.party("CUB"), "role": Role.APPROVER, "until_on": UNTIL,
            "letter": letter(), "by": by, "at": make.AT,
        }  # fmt: skip
        with make.as_(by):
            return access.propose_appointment(**fields | changes)

    def confirm(self, made: Appointment, by: Any) -> None:
        with make.as_(by):
            access.confirm_appointment(made, by=by, at=make.AT)

    def test_stands_only_when_a_second_person_confirms(self) -> None:
        first, second, person = make.person(Role.COORDINATION), make.person(Role.COORDINATION), make.person()
        before = last_audit()
        made = self.propose(first, person=person)
        assert not stands(person, Role.APPROVER, "CUB")
        assert refused(access.AppointmentRefused, lambda: self.confirm(made, first)).reason == "same_person"
        self.confirm(made, second)
        assert stands(person, Role.APPROVER, "CUB")
        assert refused(access.AppointmentRefused, lambda: self.confirm(made, second)).reason == "standing"
        assert events(before) == ["access.appointment_proposed", "access.appointment_confirmed"]

    @pytest.mark.parametrize(
        ("role", "of"), [(Role.APPROVER, "CUB"), (Role.RESPONDER, "WHO"), (Role.OPERATOR, "COORD")]
    )
    def test_nobody_else_may(self, role: str, of: str) -> None:
        made, stranger = self.propose(make.person(Role.COORDINATION)), make.person(role, of)
        refused(NotAllowed, lambda: self.propose(stranger))
        refused(NotAllowed, lambda: self.confirm(made, stranger))

    @pytest.mark.parametrize(
        ("reason", "changes"), [("letter", {"letter": None}), ("past", {"until_on": date(2021, 1, 1)})]
    )
    def test_refused_for_each_reason(self, reason: str, changes: dict[str, Any]) -> None:
        by = make.person(Role.COORDINATION)
        assert refused(access.AppointmentRefused, lambda: self.propose(by, **changes)).reason == reason

    @pytest.mark.parametrize("role", [*Role, "king"])
    @pytest.mark.parametrize("of", ["CUB", "SLV", "WHO", "GFATM", "COORD"])
    def test_the_role_fits_the_party(self, role: str, of: str) -> None:
        by, chairs = make.person(Role.COORDINATION), {Role.COORDINATION, Role.OPERATOR}
        if role == "king" or (role in chairs) != (of == "COORD"):
            refusal = refused(access.RoleDoesNotFit, lambda: self.propose(by, role=role, party=make.party(of)))
            assert refusal.reason == "role" and not Appointment.objects.filter(proposed_by=by).exists()
        else:
            assert self.propose(by, role=role, party=make.party(of)).role == role

    def test_refused_while_the_same_stands(self) -> None:
        by, person = make.person(Role.COORDINATION), make.approver("CUB")
        assert refused(access.AppointmentRefused, lambda: self.propose(by, person=person)).reason == "standing"

    def test_the_database_refuses_one_person_for_both_and_two_that_stand(self) -> None:
        made = self.propose(make.person(Role.COORDINATION))
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.filter(pk=made.pk).update(confirmed_by=F("proposed_by"), confirmed_at=make.AT)
        make.approver("CUB")
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.filter(party=made.party).update(person=made.person)


@pytest.mark.django_db
class TestEnd:
    """`access.end_appointment`."""

    @pytest.mark.parametrize(("role", "of"), [(Role.APPROVER, "ZMB"), (Role.COORDINATION, "COORD")])
    def test_ends_at_once_with_one_audit_row(self, role: str, of: str) -> None:
        person, by = make.focal_point("ZMB"), make.person(role, of)
        made, before = person.appointments.get(), last_audit()
        with make.as_(by):
            access.end_appointment(made, by=by, at=make.AT)
            assert not stands(person, Role.FOCAL_POINT, "ZMB")
            again = refused(access.AppointmentRefused, lambda: access.end_appointment(made, by=by, at=make.AT))
        assert again.reason == "standing" and events(before) == ["access.appointment_ended"]

    @pytest.mark.parametrize(
        ("role", "of"), [(Role.FOCAL_POINT, "ZMB"), (Role.APPROVER, "CUB"), (Role.OPERATOR, "COORD")]
    )
    def test_nobody_else_may(self, role: str, of: str) -> None:
        made, by = make.focal_point("ZMB").appointments.get(), make.person(role, of)
        with make.as_(by):
            refused(NotAllowed, lambda: access.end_appointment(made, by=by, at=make.AT))
        refused(NoActor, lambda: access.end_appointment(made, by=by, at=make.AT))


@pytest.mark.django_db
class TestSignInLinks:
    """One-time links of a database marked DEMONSTRATION."""

    @pytest.fixture
    def demonstration(self) -> None:
        Installation.objects.update_or_create(one=True, defaults={"demonstration": True, "set_up_at": make.AT})

    def test_no_other_database_has_them(self) -> None:
        refused(NotAllowed, lambda: access.make_sign_in_link(make.person(), at=make.AT))
        assert access.use_sign_in_link("anything", at=make.AT) is None

    @pytest.mark.usefixtures("demonstration")
    def test_a_link_works_once_and_only_its_hash_is_kept(self) -> None:
        person, now = make.person(), timezone.now()
        secret = access.make_sign_in_link(person, at=now)
        assert secret not in str(list(SignInLink.objects.values()))
        assert access.use_sign_in_link(secret[:-1], at=now) is None
        assert access.use_sign_in_link(secret, at=now) == person
        assert access.use_sign_in_link(secret, at=now) is None

    @pytest.mark.usefixtures("demonstration")
    def test_an_old_link_is_no_link(self) -> None:
        secret = access.make_sign_in_link(make.person(), at=timezone.now() - timedelta(days=8))
        assert access.use_sign_in_link(secret, at=timezone.now()) is None


@pytest.mark.usefixtures("committed_db")
def test_a_link_pressed_twice_at_once_lets_one_in() -> None:
    Installation.objects.update_or_create(one=True, defaults={"demonstration": True, "set_up_at": make.AT})
    person, now = make.person(), timezone.now()
    secret = access.make_sign_in_link(person, at=now)
    results = at_once([lambda: access.use_sign_in_link(secret, at=now)] * 4)
    assert sorted(result is not None for result in results) == [False, False, False, True]
