"""A letter counts nowhere until the member adopts it; whoever typed it has typed the return; offices are revocable."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import make
from tests.files import samples

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books.models import Account, Entry
from unmet.figures import reporting
from unmet.files.models import Attachment, StoredFile
from unmet.files.types import TypeRefused
from unmet.needs import letter_offices, letters, queries
from unmet.needs import services as needs
from unmet.needs.lookup import letters_lookup
from unmet.needs.models import Draft, Need, Proposal, Return, Statement
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
AT = make.AT
UNTIL = date(2021, 6, 30)
ROW = {"item": "MASK-IIR", "quantity": "1000"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """A folder of this test."""
    settings.MEDIA_ROOT = tmp_path


def begun(
    by: Person, *, of: str = "ZMB", office: str = "COORD", content: bytes = samples.PDF, at: Any = AT
) -> Proposal:
    """A letter that is being typed."""
    round_ = letters.Round.objects.filter(code="r1").first() or make.round_()
    with make.as_(by, at=at):
        return letters.begin(
            [content], name="note.pdf", member=make.party(of), round_=round_, office=make.party(office),
            kind="note_verbale", reference="NV/118", dated_on=date(2021, 1, 20), by=by, at=at,
        )  # fmt: skip


def propose(proposal: Proposal, by: Person, *lines: Any, rows: Any = (ROW,)) -> Proposal:
    """Its lines, put before the member."""
    with make.as_(by):
        letters.propose(proposal, list(lines) or [make.line()], rows=list(rows), by=by, at=AT)
    return proposal


def proposed(by: Person | None = None) -> Proposal:
    """A letter of Zambia that coordination has typed."""
    by = by or make.person(Role.COORDINATION)
    return propose(begun(by), by)


def named(office: str = "UNICEF", *, until: date = UNTIL, by: Person | None = None) -> letter_offices.LetterOffice:
    """An office that Zambia has named."""
    by = by or make.approver("ZMB")
    with make.as_(by):
        return letter_offices.name_office(
            member=make.party("ZMB"), office=make.party(office), until_on=until, by=by, at=AT
        )


def events() -> list[str]:
    """What the audit holds about letters, in order."""
    return list(AuditRow.objects.filter(subject_kind="proposal").order_by("pk").values_list("event", flat=True))


# ── it counts nowhere ────────────────────────────────────────────────────────
def test_a_proposal_is_in_no_return_no_book_and_no_figure():
    before = Entry.objects.count()
    proposal = proposed()
    assert proposal.state == Proposal.State.PROPOSED and letters.letters(proposal).count() == 1
    assert not (Return.objects.exists() or Need.objects.exists() or Statement.objects.exists())
    assert not (Draft.objects.exists() or Account.objects.exists()) and Entry.objects.count() == before
    assert queries.newest_return(member=proposal.member, round_=proposal.round) is None
    told = reporting.answered(proposal.round, at=datetime(2023, 2, 1, tzinfo=UTC))
    assert told is not None and told.answered == 0
    assert events() == ["needs.letter_taken_in", "needs.proposed"]


def test_the_scan_is_required_and_checked():
    by = make.person(Role.COORDINATION)
    with pytest.raises(TypeRefused):
        begun(by, content=b"MZ\x00")
    assert not Proposal.objects.exists() and not StoredFile.objects.exists()


def test_a_letter_without_a_line_is_not_proposed():
    by = make.person(Role.COORDINATION)
    proposal = begun(by)
    with make.as_(by), pytest.raises(needs.NothingSaid):
        letters.propose(proposal, [], rows=[], by=by, at=AT)
    with make.as_(by), pytest.raises(needs.LineRefused):
        letters.propose(proposal, [make.line(item_id=None, words="--")], rows=[ROW], by=by, at=AT)
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.TYPING


def test_a_closed_round_and_a_party_that_is_no_member_take_no_letter():
    by = make.person(Role.COORDINATION)
    make.round_(window=(date(2021, 1, 1), date(2021, 2, 15)))
    with pytest.raises(needs.RoundNotOpen):
        begun(by, at=AT + timedelta(days=60))
    with pytest.raises(NotAllowed):
        begun(by, of="UNICEF")


# ── who may type ─────────────────────────────────────────────────────────────
def test_only_coordination_and_a_named_office_may_type():
    make.round_()
    office = make.person(Role.RESPONDER, "UNICEF")
    for by, code in ((office, "UNICEF"), (make.focal_point("CUB"), "CUB"), (make.focal_point("ZMB"), "ZMB"),
                     (office, "COORD"), (make.person(), "COORD")):  # fmt: skip
        with pytest.raises(NotAllowed):
            begun(by, office=code)
    named()
    assert begun(office, office="UNICEF").office.code == "UNICEF"
    with pytest.raises(NotAllowed):
        begun(office, of="CUB", office="UNICEF")


def test_the_permission_ends_by_itself_and_at_once_when_revoked():
    make.round_()
    office = make.person(Role.RESPONDER, "UNICEF")
    permission = named()
    proposal = propose(begun(office, office="UNICEF"), office)
    late = AT + timedelta(days=200)
    with make.as_(office, at=late):
        assert not letters.typed().exists() and not letter_offices.offices_of(letters.current()).exists()
    approver = make.approver("ZMB")
    with make.as_(approver):
        letter_offices.revoke_office(permission, by=approver, at=AT)
        with pytest.raises(letter_offices.OfficeRefused):
            letter_offices.revoke_office(permission, by=approver, at=AT)
    with make.as_(office):
        assert letters.seen(proposal.uuid) is None
        with pytest.raises(NotAllowed):
            letters.withdraw(proposal, by=office, at=AT)
    with pytest.raises(NotAllowed):
        begun(office, office="UNICEF")
    with make.as_(make.focal_point("ZMB")):
        assert letters.seen(proposal.uuid) == proposal  # what was put before the member stays with it


@pytest.mark.parametrize(
    ("office", "until", "reason"),
    [("UNICEF", date(2021, 1, 1), "past"), ("ZMB", UNTIL, "own_party"), ("COORD", UNTIL, "coordination")],
)
def test_an_office_that_cannot_be_named_is_refused_by_its_reason(office, until, reason):
    make.reference()
    with pytest.raises(letter_offices.OfficeRefused) as caught:
        named(office, until=until)
    assert caught.value.reason == reason


def test_only_an_approver_of_the_member_names_and_revokes():
    make.reference()
    permission = named()
    for by in (make.focal_point("ZMB"), make.approver("CUB"), make.person(Role.COORDINATION)):
        with pytest.raises(NotAllowed):
            named(by=by)
        with make.as_(by), pytest.raises(NotAllowed):
            letter_offices.revoke_office(permission, by=by, at=AT)


def test_naming_again_replaces_the_permission():
    make.reference()
    first, second = named(), named(until=date(2021, 12, 31))
    first.refresh_from_db()
    assert first.revoked_at and list(letter_offices.standing_offices(at=AT)) == [second]


# ── who sees it ──────────────────────────────────────────────────────────────
def test_it_is_seen_by_the_office_that_typed_and_once_proposed_by_the_member():
    by = make.person(Role.COORDINATION)
    proposal = begun(by)
    member, other = make.focal_point("ZMB"), make.approver("CUB")
    office = make.person(Role.RESPONDER, "UNICEF")
    named()

    def sees(who: Person) -> bool:
        with make.as_(who):
            return letters.seen(proposal.uuid) is not None

    assert [sees(who) for who in (by, make.person(Role.COORDINATION), member, other, office)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    propose(proposal, by)
    assert [sees(who) for who in (by, member, other, office)] == [True, True, False, False]


def test_whoever_types_learns_nothing_of_what_the_member_has_stated():
    round_ = make.round_()
    make.approved([make.line(), make.line("GOWN-ISO", place_name="Copperbelt")], of="ZMB", round_=round_)
    with make.as_(make.person(Role.COORDINATION)):
        lookup = letters_lookup(member=make.party("ZMB"), round_=round_)
    assert not lookup.standing and not lookup.standing_words and not lookup.earlier
    assert "copperbelt" not in lookup.places.words and lookup.whole_country.code == "WHOLE"


# ── the member decides ───────────────────────────────────────────────────────
def test_adopted_lines_are_a_draft_typed_by_both_and_a_third_person_approves():
    typist = make.person(Role.COORDINATION)
    proposal = proposed(typist)
    adopter, approver = make.approver("ZMB"), make.approver("ZMB")
    with make.as_(adopter):
        draft = letters.adopt(proposal, by=adopter, at=AT)
        assert draft.rows[0]["quantity"] == "1000" and set(draft.typed_by.all()) == {typist, adopter}
        done = needs.submit(
            [make.line()], member=proposal.member, round_=proposal.round, by=adopter, at=AT, draft=draft,
            typed_by=draft.typed_by.all(),
        )  # fmt: skip
    return_ = done.return_
    assert return_ is not None and set(return_.entered_by.all()) == {typist, adopter}
    proposal.refresh_from_db()
    assert (proposal.state, proposal.into, proposal.draft) == (Proposal.State.ADOPTED, return_, None)
    with make.as_(adopter), pytest.raises(needs.NotYoursToApprove):
        needs.approve(return_, by=adopter, at=AT, revision=1)
    with make.as_(approver):
        assert needs.approve(return_, by=approver, at=AT, revision=1) == 1
    assert events()[-1] == "needs.proposal_adopted"


def test_a_typist_who_is_appointed_as_approver_later_cannot_approve():
    typist = make.person(Role.COORDINATION)
    proposal = proposed(typist)
    make.Appointment.objects.create(
        person=typist, party=make.party("ZMB"), role=Role.APPROVER, until_on=date(2030, 1, 1), proposed_at=AT,
        confirmed_at=AT,
    )  # fmt: skip
    adopter = make.focal_point("ZMB")
    with make.as_(adopter):
        draft = letters.adopt(proposal, by=adopter, at=AT)
        done = needs.submit(
            [make.line()], member=proposal.member, round_=proposal.round, by=adopter, at=AT, draft=draft,
            typed_by=draft.typed_by.all(),
        )  # fmt: skip
    assert done.return_ is not None
    with make.as_(typist), pytest.raises(needs.NotYoursToApprove):
        needs.approve(done.return_, by=typist, at=AT, revision=1)


def test_adopting_keeps_what_stands_in_the_draft():
    proposal = proposed()
    by = make.focal_point("ZMB")
    own = {"item": "Gowns", "quantity": "5"}
    with make.as_(by):
        needs.save_draft([own], member=proposal.member, round_=proposal.round, by=by, at=AT, version=None)
        draft = letters.adopt(proposal, by=by, at=AT)
    assert draft.rows == [own, {**ROW, "item": make.item("MASK-IIR").name}] and draft.version == 2


def test_a_discarded_draft_lets_its_letters_wait_again_and_the_audit_says_so():
    proposal = proposed()
    by, other = make.focal_point("ZMB"), make.focal_point("ZMB")
    with make.as_(by):
        draft = letters.adopt(proposal, by=by, at=AT)
    with make.as_(other, at=AT + timedelta(hours=1)):
        assert needs.discard_draft(draft, by=other, at=AT + timedelta(hours=1)) == 1
        assert list(letters.waiting(members=[proposal.member_id])) == [proposal]
    proposal.refresh_from_db()
    assert (proposal.state, proposal.draft, proposal.decided_by, proposal.decided_at) == ("proposed", None, None, None)
    row = AuditRow.objects.get(event="needs.proposal_waits_again")
    assert (row.subject, row.party, row.person, row.at) == (
        str(proposal.uuid), "ZMB", str(other.uuid), AT + timedelta(hours=1),
    )  # fmt: skip
    with make.as_(by):
        letters.adopt(proposal, by=by, at=AT)
    assert events()[-3:] == ["needs.proposal_adopted", "needs.proposal_waits_again", "needs.proposal_adopted"]


def test_a_letter_that_waits_again_after_its_round_closed_is_left_aside():
    proposal = proposed()
    by = make.focal_point("ZMB")
    with make.as_(by):
        draft = letters.adopt(proposal, by=by, at=AT)
        letters.Round.objects.filter(pk=proposal.round_id).update(state="closed")
        needs.discard_draft(draft, by=by, at=AT)
        proposal.refresh_from_db()
        proposal.round.refresh_from_db()
        with pytest.raises(needs.RoundNotOpen):
            letters.adopt(proposal, by=by, at=AT)
        letters.ignore(proposal, reason="", by=by, at=AT)
    assert proposal.state == Proposal.State.IGNORED


def test_a_draft_without_letters_is_discarded_without_a_word_on_them():
    by = make.focal_point("ZMB")
    with make.as_(by):
        draft = needs.save_draft([ROW], member=make.party("ZMB"), round_=make.round_(), by=by, at=AT, version=None)
        assert needs.discard_draft(draft, by=by, at=AT) == 0
    assert not Draft.objects.exists() and events() == []


@pytest.mark.parametrize("reason", ["", "  We wrote again  "])
def test_it_is_left_aside_with_or_without_a_reason(reason):
    proposal = proposed()
    by = make.focal_point("ZMB")
    with make.as_(by):
        letters.ignore(proposal, reason=reason, by=by, at=AT)
    assert (proposal.state, proposal.reason) == (Proposal.State.IGNORED, reason.strip())
    assert not Draft.objects.exists() and events()[-1] == "needs.proposal_ignored"


def test_what_was_left_aside_is_adopted_after_all():
    proposal = proposed()
    by = make.focal_point("ZMB")
    with make.as_(by):
        letters.ignore(proposal, reason="By mistake", by=by, at=AT)
        with pytest.raises(letters.ProposalDecided):
            letters.adopt(proposal, by=by, at=AT)
        assert not Draft.objects.exists() or not Draft.objects.get().rows
        draft = letters.adopt(proposal, by=by, at=AT, after_all=True)
        assert len(draft.rows) == len(proposal.rows)
        with pytest.raises(letters.ProposalDecided):
            letters.ignore(proposal, reason="", by=by, at=AT)
    assert (proposal.state, proposal.reason) == (Proposal.State.ADOPTED, "")
    assert events()[-2:] == ["needs.proposal_ignored", "needs.proposal_adopted"]


def test_two_of_one_office_do_not_overwrite_each_other():
    one, other = make.person(Role.COORDINATION), make.person(Role.COORDINATION)
    proposal = begun(one)
    with make.as_(one):
        letters.save(proposal, [ROW], answers={}, version=1, by=one, at=AT)
    with make.as_(other), pytest.raises(letters.ProposalChanged):
        letters.save(proposal, [], answers={}, version=1, by=other, at=AT)
    proposal.refresh_from_db()
    assert proposal.rows == [ROW] and Attachment.objects.count() == 1
