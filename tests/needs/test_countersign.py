"""A signed print names one version; an approver who neither entered it nor attached the scan confirms it."""

from pathlib import Path
from typing import Any

import pytest
from tests import make
from tests.files import samples

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books.models import Account
from unmet.files.models import Attachment
from unmet.files.types import TypeRefused
from unmet.needs import countersign
from unmet.needs import services as needs
from unmet.needs.models import Return, SignedPrint
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
AT = make.AT


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """A folder of this test."""
    settings.MEDIA_ROOT = tmp_path


def waiting(by: Person) -> Return:
    """A return of Zambia that waits."""
    return make.submitted([make.line()], of="ZMB", round_=make.round_(), by=by)


def printed(return_: Return, by: Person) -> SignedPrint:
    """Its page to sign."""
    with make.as_(by):
        return countersign.make(return_, by=by, at=AT)


def attach(return_: Return, code: str, by: Person, content: bytes = samples.PDF) -> SignedPrint:
    """The scan of it."""
    with make.as_(by):
        return countersign.attach(return_, [content], code=code, name="signed.pdf", by=by, at=AT)


def approve(return_: Return, by: Person, print_: SignedPrint | None) -> None:
    """Approve the first version."""
    with make.as_(by):
        needs.approve(return_, by=by, at=AT, revision=1, countersigned=print_)


def test_a_ministry_of_one_and_its_mission_make_two_people():
    ministry, mission = make.focal_point("ZMB"), make.approver("ZMB")
    return_ = waiting(ministry)
    page = printed(return_, ministry)
    assert printed(return_, ministry) == page and len(page.code) == 10
    page = attach(return_, page.shown.lower(), ministry)
    approve(return_, mission, page)
    return_.refresh_from_db()
    assert (return_.state, return_.countersigned, return_.decided_by) == (Return.State.APPROVED, page, mission)
    told = AuditRow.objects.get(event="needs.approved")
    assert told.detail["countersigned"] == page.code and Account.objects.get().approved == 1_000_000


def test_without_the_scan_it_is_an_ordinary_approval():
    ministry, mission = make.focal_point("ZMB"), make.approver("ZMB")
    return_ = waiting(ministry)
    printed(return_, ministry)
    approve(return_, mission, None)
    return_.refresh_from_db()
    assert return_.countersigned is None and AuditRow.objects.get(event="needs.approved").detail["countersigned"] == ""


def test_the_signature_does_not_let_who_entered_it_approve():
    alone = make.approver("ZMB")
    return_ = waiting(alone)
    page = attach(return_, printed(return_, alone).code, make.focal_point("ZMB"))
    with pytest.raises(needs.NotYoursToApprove):
        approve(return_, alone, page)
    return_.refresh_from_db()
    assert (return_.state, return_.countersigned) == (Return.State.SUBMITTED, None)


def test_who_attached_the_scan_cannot_confirm_it():
    ministry, mission = make.focal_point("ZMB"), make.approver("ZMB")
    return_ = waiting(ministry)
    page = attach(return_, printed(return_, ministry).code, mission)
    with pytest.raises(needs.ScanNotYours):
        approve(return_, mission, page)
    other = make.approver("ZMB")
    approve(return_, other, page)


def test_a_print_without_a_scan_or_of_another_return_confirms_nothing():
    ministry, mission = make.focal_point("ZMB"), make.approver("ZMB")
    return_ = waiting(ministry)
    page = printed(return_, ministry)
    with pytest.raises(needs.ScanNotYours):
        approve(return_, mission, page)
    cuban = make.focal_point("CUB")
    other = make.submitted([make.line()], of="CUB", round_=return_.round, by=cuban)
    with pytest.raises(needs.ScanNotYours):
        approve(return_, mission, attach(other, printed(other, cuban).code, cuban))


def test_a_new_version_needs_a_new_signature():
    ministry, mission = make.focal_point("ZMB"), make.approver("ZMB")
    return_ = waiting(ministry)
    old = attach(return_, printed(return_, ministry).code, ministry)
    make.submitted([make.line(quantity=7)], of="ZMB", round_=return_.round, by=ministry)
    return_.refresh_from_db()
    assert return_.revision == 2 and countersign.current(return_) is None
    with make.as_(mission), pytest.raises(needs.ScanNotYours):
        needs.approve(return_, by=mission, at=AT, revision=2, countersigned=old)
    with pytest.raises(countersign.CodeUnknown):
        attach(return_, old.code, ministry)
    new = printed(return_, ministry)
    assert new.code != old.code and new.digest != old.digest


@pytest.mark.parametrize("code", ["", "AAAAAAAAAA", "x" * 5000])
def test_a_wrong_code_attaches_nothing(code):
    ministry = make.focal_point("ZMB")
    return_ = waiting(ministry)
    printed(return_, ministry)
    with pytest.raises(countersign.CodeUnknown):
        attach(return_, code, ministry)
    assert not Attachment.objects.exists()


def test_a_later_scan_takes_the_place_of_an_earlier_one_and_a_bad_one_does_not():
    ministry = make.focal_point("ZMB")
    return_ = waiting(ministry)
    page = attach(return_, printed(return_, ministry).code, ministry)
    with pytest.raises(TypeRefused):
        attach(return_, page.code, ministry, b"MZ\x00")
    later = attach(return_, page.code, ministry, samples.PNG)
    assert later.scan is not None and later.scan != page.scan
    assert Attachment.objects.standing().count() == 1 and Attachment.objects.count() == 2


def test_only_the_members_own_people_print_attach_and_find():
    ministry = make.focal_point("ZMB")
    return_ = waiting(ministry)
    page = printed(return_, ministry)
    for by in (make.approver("CUB"), make.person(Role.COORDINATION), make.person(Role.RESPONDER, "WHO")):
        with pytest.raises(NotAllowed):
            printed(return_, by)
        with pytest.raises(NotAllowed):
            attach(return_, page.code, by)
        with make.as_(by):
            assert countersign.find(page.code) is None
    with make.as_(ministry):
        assert countersign.find(page.shown) == page


def test_what_is_decided_is_not_printed():
    ministry, mission = make.focal_point("ZMB"), make.approver("ZMB")
    return_ = waiting(ministry)
    approve(return_, mission, None)
    with pytest.raises(needs.NotYoursToApprove):
        printed(return_, ministry)
