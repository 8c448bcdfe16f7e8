"""Notices: codes and numbers only, one for each person, never to whoever did it, nothing to whoever may not see."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils.translation import override

from tests import make
from unmet.access.models import Appointment, Role
from unmet.notices import gates, kinds
from unmet.notices import services as notices
from unmet.notices.models import Group, How, Notice
from unmet.notices.services import Link, NotACode, Recipient

pytestmark = pytest.mark.django_db
DATA = {"member": "ZMB", "round": "r1", "version": 2}


def told(who, **changes):
    """One notice of the first kind for one person."""
    fields = {
        "kind": "needs.submitted", "people": [Recipient(who.pk, make.party("ZMB").pk, (Role.APPROVER,))],
        "at": make.AT, "link": Link("desk"), "data": DATA,
    }  # fmt: skip
    return notices.tell(**fields | changes)


class TestWhatItKeeps:
    """Codes and numbers, never what somebody typed."""

    @pytest.mark.parametrize("value", ["two words", "", "name@example.org", "a" * 61, "<b>", None, 1.5, ["x"]])
    def test_anything_else_is_refused(self, value):
        with pytest.raises(NotACode):
            told(make.approver("ZMB"), data=DATA | {"round": value})
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("value", ["two words", "", "name@example.org", "a/b"])
    def test_an_address_holds_codes_only(self, value):
        with pytest.raises(NotACode):
            told(make.approver("ZMB"), link=Link("desk", [value]))
        assert not Notice.objects.exists()

    def test_exactly_what_the_kind_names(self):
        for data in (DATA | {"remark": "x"}, {"member": "ZMB"}):
            with pytest.raises(NotACode):
                told(make.approver("ZMB"), data=data)

    def test_it_stands_or_falls_with_the_deed(self):
        def deed():
            with transaction.atomic():
                assert told(make.approver("ZMB")) == 1
                assert Notice.objects.exists()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            deed()
        assert not Notice.objects.exists()

    def test_the_same_person_twice_is_told_once(self):
        who = make.approver("ZMB")
        one = Recipient(who.pk, make.party("ZMB").pk, (Role.APPROVER,))
        assert told(who, people=[one, one]) == 1
        assert told(who, people=[]) == 0


class TestWhatItSays:
    """A sentence made when it is read."""

    def test_in_the_readers_language_with_the_names_of_the_codes(self):
        round_ = make.round_()
        type(round_).objects.filter(pk=round_.pk).update(name_en="July round", name_fr="Cycle de juillet")
        names = kinds.Names.of([DATA])
        assert kinds.says("needs.submitted", DATA, names) == (
            "Zambia: version 2 of the return for July round waits for your approval."
        )
        with override("fr"):
            assert "Zambie" in kinds.says("needs.submitted", DATA, names)
            assert "Cycle de juillet" in kinds.says("needs.submitted", DATA, names)

    def test_a_code_whose_row_is_gone_stands_for_itself(self):
        assert "r1" in kinds.says("needs.submitted", DATA, kinds.Names())

    @pytest.mark.parametrize("kind", sorted(kinds.KINDS))
    @pytest.mark.parametrize("number", [0, 1, 2, 11])
    def test_every_kind_speaks_in_every_language(self, kind, number):
        data = {
            name: number if name not in {"member", "party", "round", "item"} else "X"
            for name in kinds.KINDS[kind].needs
        }
        for language in ("en", "ar", "es", "fr"):
            with override(language):
                assert kinds.subject(kind) and "%(" not in kinds.says(kind, data, kinds.Names())


class TestGates:
    """Whoever lost the appointment is not told any more."""

    def test_an_appointment_that_ended_meanwhile(self):
        who = make.approver("ZMB")
        told(who)
        notice = Notice.objects.get()
        assert gates.may_be_told(notice, at=make.AT)
        Appointment.objects.filter(person=who).update(ended_at=make.AT)
        assert not gates.may_be_told(notice, at=make.AT)

    def test_an_appointment_past_its_last_day(self):
        who = make.person(Role.APPROVER, "ZMB", until=make.AT.date())
        told(who)
        assert gates.may_be_told(Notice.objects.get(), at=make.AT)
        assert not gates.may_be_told(Notice.objects.get(), at=make.AT + timedelta(days=2))

    def test_another_role_or_party_does_not_count(self):
        who = make.focal_point("ZMB")
        make.approver("CUB")
        told(who)
        assert not gates.may_be_told(Notice.objects.get(), at=make.AT)

    def test_a_closed_account(self):
        who = make.approver("ZMB")
        told(who)
        type(who).objects.filter(pk=who.pk).update(is_active=False)
        assert not gates.may_be_told(Notice.objects.get(), at=make.AT)


class TestChoosing:
    """How somebody wants to be told is kept with the notice."""

    def test_what_counts_until_somebody_chooses(self):
        who = make.approver("ZMB")
        assert notices.choices(who) == dict(notices.UNLESS_CHOSEN)
        assert set(notices.UNLESS_CHOSEN) == set(Group.values)

    @pytest.mark.parametrize("how", list(How))
    def test_a_choice_counts_from_then_on(self, how):
        who = make.approver("ZMB")
        told(who)
        notices.choose(who, {Group.WAITING: how})
        told(who)
        assert list(Notice.objects.order_by("pk").values_list("how", flat=True)) == [How.AT_ONCE, how]
        assert notices.choices(who)[Group.OUTCOME] == How.AT_ONCE

    def test_only_what_there_is(self):
        with pytest.raises(ValueError, match="never"):
            notices.choose(make.approver("ZMB"), {Group.WAITING: "never"})
        with pytest.raises(ValueError, match="all"):
            notices.choose(make.approver("ZMB"), {"all": How.HERE})


def test_reading_marks_ones_own_only():
    mine, other = make.approver("ZMB"), make.approver("ZMB")
    parties = [make.party("ZMB").pk]
    for who in (mine, mine, other):
        told(who)
    first = Notice.objects.order_by("pk")[0]
    assert notices.unread(mine, parties=parties) == 2 and notices.unread(mine, parties=[]) == 0
    assert notices.mark_read(mine, at=make.AT, only=first) == 1
    assert notices.mark_read(mine, at=make.AT, only=first) == 0
    assert notices.mark_read(mine, at=make.AT, until=first.pk) == 0
    assert notices.mark_read(other, at=make.AT, only=first) == 0
    assert notices.mark_read(mine, at=make.AT) == 1
    assert notices.unread(other, parties=parties) == 1
    assert notices.find(other, first.uuid) is None and notices.find(mine, first.uuid) == first
