"""Each deed, and exactly who is told of it: never whoever did it, never anybody else."""

import pytest

from tests import make
from unmet.access.models import Role
from unmet.needs import services as needs
from unmet.needs.models import Statement
from unmet.needs.services import Change
from unmet.notices import kinds
from unmet.notices.models import Notice

pytestmark = pytest.mark.django_db
A, B = "ZMB", "CUB"


def told(kind):
    """Who was told of a kind, by person; nobody twice."""
    people = [notice.person for notice in Notice.objects.filter(kind=kind).select_related("person")]
    assert len(people) == len(set(people))
    return set(people)


def only(kind):
    """The one notice of a kind, and what it says."""
    notice = Notice.objects.get(kind=kind)
    return notice, kinds.says(notice.kind, notice.data, kinds.Names.of([notice.data]))


class TestReturns:
    """The approvers hear of what is sent, whoever sent it of what became of it."""

    def test_submitted(self):
        round_, focal = make.round_(), make.focal_point(A)
        approvers = {make.approver(A), make.approver(A)}
        for of in (A, B):
            make.person(Role.APPROVER, of, until=make.AT.replace(year=2020).date())
        make.approver(B), make.focal_point(A), make.person(Role.RESPONDER, "WHO"), make.person(Role.COORDINATION)
        return_ = make.submitted([make.line()], of=A, round_=round_, by=focal)
        assert told("needs.submitted") == approvers
        notice = Notice.objects.filter(kind="needs.submitted")[0]
        assert (notice.link_name, notice.link_arguments) == ("approve", [str(return_.uuid)])
        assert notice.data == {"member": A, "round": "r1", "version": 1}

    def test_an_approver_who_sends_is_not_told_of_it(self):
        round_, by, other = make.round_(), make.approver(A), make.approver(A)
        make.submitted([make.line()], of=A, round_=round_, by=by)
        assert told("needs.submitted") == {other}

    def test_the_same_again_tells_nobody(self):
        round_, focal = make.round_(), make.focal_point(A)
        make.approver(A)
        for _ in range(2):
            make.submitted([make.line()], of=A, round_=round_, by=focal)
        assert Notice.objects.count() == 1

    def test_sent_back(self):
        round_, focal, approver = make.round_(), make.focal_point(A), make.approver(A)
        make.focal_point(A)
        return_ = make.submitted([make.line()], of=A, round_=round_, by=focal)
        with make.as_(approver):
            needs.send_back(return_, comment="Too many", by=approver, at=make.AT, revision=1)
        assert told("needs.sent_back") == {focal}
        notice, says = only("needs.sent_back")
        assert "Too many" not in says + str(notice.data)

    def test_approved(self):
        round_, focal, approver = make.round_(), make.focal_point(A), make.approver(A)
        return_ = make.submitted([make.line(), make.line("GOWN-ISO")], of=A, round_=round_, by=focal)
        with make.as_(approver):
            needs.approve(return_, by=approver, at=make.AT, revision=1)
        assert told("needs.approved") == {focal}
        assert only("needs.approved")[1] == "Zambia: version 1 of the return for r1 is approved."

    def test_approved_with_another_quantity(self):
        round_, focal, approver = make.round_(), make.focal_point(A), make.approver(A)
        return_ = make.submitted([make.line(), make.line("GOWN-ISO")], of=A, round_=round_, by=focal)
        line = Statement.objects.filter(in_return=return_)[0]
        with make.as_(approver):
            needs.approve(
                return_, by=approver, at=make.AT, revision=1, changes={line.pk: Change(7_000, "Stock was found")}
            )
        notice, says = only("needs.approved")
        assert says.endswith("The approver changed the quantity of 1 line.")
        assert "Stock" not in str(notice.data)

    def test_whoever_has_lost_the_appointment_is_not_told(self):
        round_, focal, approver = make.round_(), make.focal_point(A), make.approver(A)
        return_ = make.submitted([make.line()], of=A, round_=round_, by=focal)
        focal.appointments.update(ended_at=make.AT)
        with make.as_(approver):
            needs.approve(return_, by=approver, at=make.AT, revision=1)
        assert told("needs.approved") == set()
