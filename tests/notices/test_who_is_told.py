"""Each deed, and exactly who is told of it: never whoever did it, never anybody else."""

import pytest

from tests import make
from tests.notices.letters_world import work
from unmet.access import services as access
from unmet.access.models import Role
from unmet.files import services as files
from unmet.needs import comments, flash, letter_offices, letters
from unmet.needs import services as needs
from unmet.needs.models import Need, Statement
from unmet.needs.services import Change
from unmet.notices import gates, kinds
from unmet.notices.models import Notice
from unmet.parties.models import Party
from unmet.support import proposed_commitments, stating
from unmet.support.lines import SupportRefused
from unmet.support.models import Line

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
        notice, says = only("needs.approved_changed")
        assert says.endswith("The approver changed the quantity of 1 line.")
        assert "Stock" not in str(notice.data)

    def test_whoever_has_lost_the_appointment_is_not_told(self):
        round_, focal, approver = make.round_(), make.focal_point(A), make.approver(A)
        return_ = make.submitted([make.line()], of=A, round_=round_, by=focal)
        focal.appointments.update(ended_at=make.AT)
        with make.as_(approver):
            needs.approve(return_, by=approver, at=make.AT, revision=1)
        assert told("needs.approved") == set()


def may_still(kind, at=make.AT):
    """Whether the gates let the one notice of a kind through."""
    return gates.may_be_told(Notice.objects.get(kind=kind), at=at)


class TestLetters:
    """The member decides; the office that typed hears what was decided."""

    @pytest.fixture
    def world(self):
        """A letter of A that an office, named by A, has typed and proposed."""
        round_, typist, colleague = (
            make.round_(),
            make.person(Role.RESPONDER, "WHO"),
            make.person(Role.RESPONDER, "WHO"),
        )
        approver, focal = make.approver(A), make.focal_point(A)
        make.approver(B), make.person(Role.RESPONDER, "UNICEF"), make.person(Role.COORDINATION)
        with make.as_(approver):
            named = letter_offices.name_office(
                member=make.party(A), office=make.party("WHO"), until_on=make.AT.date().replace(year=2022), by=approver,
                at=make.AT,
            )  # fmt: skip
        with make.as_(typist):
            proposal = letters.begin(
                [b"Letter"], name="letter.txt", member=make.party(A), round_=round_, office=make.party("WHO"),
                kind="letter", reference="secret reference", dated_on=make.AT.date(), by=typist, at=make.AT,
            )  # fmt: skip
            letters.propose(
                proposal, [make.line()], rows=[{"item": "MASK-IIR", "quantity": "1"}], by=typist, at=make.AT
            )
        return proposal, named, {typist, colleague}, approver, focal

    def test_proposed(self, world):
        _, _, _, approver, focal = world
        assert told("needs.letter_proposed") == {approver, focal}
        notice = Notice.objects.filter(kind="needs.letter_proposed")[0]
        assert "secret" not in str(notice.data) and notice.data["party"] == "WHO"

    @pytest.mark.parametrize("kind", ["needs.letter_adopted", "needs.letter_ignored"])
    def test_decided(self, world, kind):
        proposal, named, office, approver, focal = world
        with make.as_(focal):
            if kind == "needs.letter_adopted":
                letters.adopt(proposal, by=focal, at=make.AT)
            else:
                letters.ignore(proposal, reason="sent twice", by=focal, at=make.AT)
        assert told(kind) == office
        notices = Notice.objects.filter(kind=kind)
        assert all(gates.may_be_told(notice, at=make.AT) for notice in notices)
        assert "twice" not in str([notice.data for notice in notices])
        with make.as_(approver):
            letter_offices.revoke_office(named, by=approver, at=make.AT)
        assert not any(gates.may_be_told(notice, at=make.AT) for notice in notices)

    def test_typed_by_coordination(self):
        round_, chair = make.round_(), make.person(Role.COORDINATION)
        others = set(type(chair).objects.filter(appointments__party__code="COORD")) - {chair}
        focal = make.focal_point(A)
        with make.as_(chair):
            proposal = letters.begin(
                [b"Letter"], name="letter.txt", member=make.party(A), round_=round_, office=make.party("COORD"),
                kind="letter", reference="", dated_on=make.AT.date(), by=chair, at=make.AT,
            )  # fmt: skip
            letters.propose(proposal, [make.line()], rows=[{"item": "MASK-IIR"}], by=chair, at=make.AT)
        with make.as_(focal):
            letters.adopt(proposal, by=focal, at=make.AT)
        assert told("needs.letter_adopted") == others | {chair}


def test_a_flash_round_is_told_to_the_people_of_every_member_once_each():
    round_, chair = make.round_(), make.person(Role.COORDINATION)
    two, approver, focal = make.focal_point(A), make.approver(B), make.focal_point(B)
    two.appointments.create(
        party=make.party(B), role=Role.APPROVER, until_on=make.AT.date().replace(year=2030), proposed_at=make.AT,
        confirmed_at=make.AT,
    )  # fmt: skip
    make.person(Role.RESPONDER, "WHO"), make.person(Role.APPROVER, "SLV")  # an observer, no member
    with make.as_(chair):
        flash.open_call(round_, note="secret", by=chair, at=make.AT)
    assert told("needs.flash_called") == {two, approver, focal}
    notice = Notice.objects.filter(kind="needs.flash_called")[0]
    assert notice.data == {"round": "r1", "lines": 10, "hours": 72}


class TestComments:
    """The member hears of a comment, whoever wrote it of the answer; both only while they see the line."""

    @pytest.fixture
    def world(self):
        round_, author = make.round_(), make.person(Role.RESPONDER, "WHO")
        make.approved([make.line()], of=A, round_=round_)
        release = make.released(A, audience="named", named=[make.party("WHO")])[0]
        Notice.objects.all().delete()
        with make.as_(author):
            said = comments.write(Need.objects.get(), "a secret remark", party=make.party("WHO"), by=author, at=make.AT)
        return said, author, release

    def test_written(self, world):
        own = {one.person for one in make.party(A).appointments.select_related("person")}
        assert told("needs.commented") == own and len(own) > 1
        assert "secret" not in str(Notice.objects.values_list("data", flat=True))

    def test_answered(self, world):
        said, author, release = world
        make.person(Role.RESPONDER, "WHO")
        focal = make.focal_point(A)
        with make.as_(focal):
            comments.answer(said, "a secret answer", by=focal, at=make.AT)
        assert told("needs.comment_answered") == {author}
        _, says = only("needs.comment_answered")
        assert says.startswith("Zambia answered what World Health Organization said") and "secret" not in says
        assert may_still("needs.comment_answered")
        approver = make.approver(A)
        with make.as_(approver):
            needs.withdraw_release(release, by=approver, at=make.AT)
        assert not may_still("needs.comment_answered"), "who does not see the line any more is not written to about it"


class TestSupport:
    """The member's people hear from the giver, the giver's from the member; a proposal stays at home."""

    @pytest.fixture
    def world(self):
        round_, giver, colleague = make.round_(), make.person(Role.RESPONDER, "WHO"), make.person(Role.RESPONDER, "WHO")
        focal, approver = make.focal_point(A), make.approver(A)
        make.approver(B), make.person(Role.RESPONDER, "UNICEF"), make.person(Role.COORDINATION)
        return round_, giver, colleague, focal, approver

    def state(self, world, stage, by, *, lines=1, reference="R"):
        return make.stated(
            [
                make.support_line("WHO", A, stage, 100, reference=f"{reference}{number}", reason="secret")
                for number in range(lines)
            ],
            by=by, round_=world[0],
        )  # fmt: skip

    @pytest.mark.parametrize("stage", ["pledged", "allocated"])
    def test_stated_by_the_giver(self, world, stage):
        _, giver, _, focal, approver = world
        self.state(world, stage, giver)
        assert told(f"support.{stage}") == {focal, approver}
        assert {notice.link_name for notice in Notice.objects.all()} == {"support_line"}
        assert "secret" not in str(Notice.objects.values_list("data", flat=True))

    def test_many_lines_are_one_notice(self, world):
        _, giver, _, focal, approver = world
        self.state(world, "pledged", giver, lines=30)
        assert Notice.objects.count() == 2 and told("support.pledged") == {focal, approver}
        notice = Notice.objects.all()[0]
        assert notice.data["lines"] == 30 and notice.link_name == "support"

    def test_the_same_again_tells_nobody(self, world):
        for _ in range(2):
            self.state(world, "pledged", world[1])
        assert Notice.objects.count() == 2

    def test_what_is_refused_tells_nobody(self, world):
        with pytest.raises(SupportRefused):
            make.stated(
                [make.support_line("WHO", A, "pledged", 1), make.support_line("UNICEF", A, "pledged", 1)],
                by=world[1], round_=world[0],
            )  # fmt: skip
        assert not Notice.objects.exists()

    def test_all_the_way(self, world):
        _, giver, colleague, focal, approver = world
        self.state(world, "pledged", giver)
        self.state(world, "committed", approver)
        assert told("support.committed") == {giver, colleague}
        self.state(world, "in_transit", giver)
        assert told("support.in_transit") == {focal, approver}
        make.stated(
            [
                make.support_line("WHO", A, stage, quantity, reference="R0", reason="secret")
                for stage, quantity in (("received", 90), ("rejected", 6), ("missing", 4))
            ],
            by=focal, round_=world[0],
        )  # fmt: skip
        for stage in ("received", "rejected", "missing"):
            assert told(f"support.{stage}") == {giver, colleague}

    def proposed(self, world):
        self.state(world, "pledged", world[1])
        self.state(world, "committed", world[3])
        return Line.objects.get().proposals.get()

    def test_a_proposal_is_told_to_the_approvers_only(self, world):
        self.proposed(world)
        assert told("support.proposed") == {world[4]}
        assert not told("support.committed")

    def test_accepted(self, world):
        _, giver, colleague, focal, approver = world
        proposal = self.proposed(world)
        with make.as_(approver):
            proposed_commitments.accept(proposal, by=approver, at=make.AT)
        assert told("support.committed") == {giver, colleague}
        assert told("support.proposal_accepted") == {focal}

    def test_declined_is_told_to_whoever_proposed_and_never_to_the_giver(self, world):
        _, _, _, focal, approver = world
        proposal = self.proposed(world)
        Notice.objects.all().delete()
        with make.as_(approver):
            proposed_commitments.decline(proposal, by=approver, at=make.AT)
        assert told("support.proposal_declined") == {focal} and Notice.objects.count() == 1

    def test_a_proposal_taken_back_is_told_to_the_approvers_only(self, world):
        _, _, _, focal, approver = world
        proposal = self.proposed(world)
        Notice.objects.all().delete()
        with make.as_(focal):
            proposed_commitments.take_back(proposal, by=focal, at=make.AT)
        assert told("support.proposal_taken_back") == {approver} and Notice.objects.count() == 1

    def test_taken_back(self, world):
        _, giver, _, focal, approver = world
        self.state(world, "pledged", giver)
        with make.as_(giver):
            stating.withdraw(Line.objects.get(), by=giver, at=make.AT, reason="secret")
        assert told("support.withdrawn") == {focal, approver}

    def test_a_member_gives_too(self, world):
        round_, focal, approver = world[0], world[3], world[4]
        make.stated([make.support_line(A, B, "pledged", 5)], by=focal, round_=round_)
        other = make.party(B).appointments.get().person
        assert told("support.pledged") == {other}
        make.stated(
            [make.support_line(A, B, "committed", 5, reference=Line.objects.get().reference)], by=other, round_=round_
        )
        assert told("support.committed") == {focal, approver}


def test_an_appointment_is_confirmed_by_somebody_else_of_coordination():
    make.reference()
    first, second = make.person(Role.COORDINATION), make.person(Role.COORDINATION)
    make.person(Role.OPERATOR), make.approver(A)
    letter = files.keep([b"%PDF-1.4"], name="l.pdf", owner="COORD", person=str(first.uuid), at=make.AT)
    with make.as_(first):
        access.propose_appointment(
            person=make.person(), party=Party.objects.get(code=A), role=Role.FOCAL_POINT,
            until_on=make.AT.date().replace(year=2022), letter=letter, by=first, at=make.AT,
        )  # fmt: skip
    assert told("access.appointment_proposed") == {second}


def still_so(kind, at=make.AT):
    """Whether a letter would be written about the newest notice of a kind."""
    return gates.is_still_so(Notice.objects.filter(kind=kind).order_by("-pk")[0], at=at)


class TestStillSo:
    """A letter that something waits is not written about what waits no longer; the inbox keeps that it did."""

    def test_a_return(self):
        round_, focal, first = make.round_(), make.focal_point(A), make.approver(A)
        make.approver(A)
        return_ = make.submitted([make.line()], of=A, round_=round_, by=focal)
        old = Notice.objects.filter(kind="needs.submitted")[0]
        assert still_so("needs.submitted")
        return_ = make.submitted([make.line(quantity=5)], of=A, round_=round_, by=focal)
        assert still_so("needs.submitted") and not gates.is_still_so(old, at=make.AT), "a newer version came"
        with make.as_(first):
            needs.approve(return_, by=first, at=make.AT, revision=return_.revision)
        assert not still_so("needs.submitted") and still_so("needs.approved")

    def test_a_letter(self):
        round_, chair, focal = make.round_(), make.person(Role.COORDINATION), make.focal_point(A)
        with make.as_(chair):
            proposal = letters.begin(
                [b"Letter"], name="letter.txt", member=make.party(A), round_=round_, office=make.party("COORD"),
                kind="letter", reference="", dated_on=make.AT.date(), by=chair, at=make.AT,
            )  # fmt: skip
            letters.propose(proposal, [make.line()], rows=[{"item": "MASK-IIR"}], by=chair, at=make.AT)
        assert still_so("needs.letter_proposed")
        with make.as_(focal):
            letters.ignore(proposal, reason="", by=focal, at=make.AT)
        assert not still_so("needs.letter_proposed") and still_so("needs.letter_ignored")

    def test_a_flash_round(self):
        round_, chair = make.round_(), make.person(Role.COORDINATION)
        make.focal_point(A)
        with make.as_(chair):
            call = flash.open_call(round_, by=chair, at=make.AT)
            assert still_so("needs.flash_called")
            assert not still_so("needs.flash_called", at=call.until_at)
            flash.end_call(call, by=chair, at=make.AT)
        assert not still_so("needs.flash_called")

    @pytest.mark.parametrize("lines", [1, 2])
    def test_a_proposal_to_accept(self, lines):
        round_, giver, focal, approver = (
            make.round_(),
            make.person(Role.RESPONDER, "WHO"),
            make.focal_point(A),
            make.approver(A),
        )
        for stage, by in (("pledged", giver), ("committed", focal)):
            make.stated(
                [make.support_line("WHO", A, stage, 5, reference=f"R{number}") for number in range(lines)],
                by=by, round_=round_,
            )  # fmt: skip
        for line in Line.objects.all():
            assert still_so("support.proposed")
            with make.as_(approver):
                proposed_commitments.decline(line.proposals.get(), by=approver, at=make.AT)
        assert not still_so("support.proposed")


def test_no_letter_is_written_about_what_was_decided_meanwhile(mail_server):
    round_, focal, first, second = make.round_(), make.focal_point(A), make.approver(A), make.approver(A)
    return_ = make.submitted([make.line()], of=A, round_=round_, by=focal)
    with make.as_(first):
        needs.approve(return_, by=first, at=make.AT, revision=1)
    work()
    assert [letter["Subject"] for letter in mail_server.taken] == ["Unmet: Your return is approved"]
    assert Notice.objects.filter(person=second, kind="needs.submitted", read_at=None).exists()
