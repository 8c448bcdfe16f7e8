"""A comment stands beside a line that its author sees in detail; the member answers once; nothing is deleted."""

from typing import Any

import pytest
from tests import make

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books.models import Entry
from unmet.needs import comments
from unmet.needs import services as needs
from unmet.needs.models import Need, TechnicalComment
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
AT = make.AT


def line(item: str = "MASK-IIR", **released: Any) -> Need:
    """A need of Zambia, released as told."""
    make.approved([make.line(item)], of="ZMB", round_=make.round_())
    if released:
        make.released("ZMB", sectors=(make.item(item).sector.code,), **released)
    return Need.objects.get()


def write(on: Need, by: Person, text: str = "Which size?", party: str = "WHO") -> TechnicalComment:
    """Something said in the name of a party."""
    with make.as_(by):
        return comments.write(on, text, party=make.party(party), by=by, at=AT)


def who() -> Person:
    """A responder of WHO."""
    return make.person(Role.RESPONDER, "WHO")


def sees(on: Need, by: Person | None) -> bool:
    """Whether somebody sees the line, and so its comments."""
    with make.as_(by):
        return comments.need(on.uuid) is not None


def test_it_is_signed_by_party_and_role_and_changes_no_figure():
    on = line(audience="members", level="detail")
    by, before = make.person(Role.COORDINATION), Entry.objects.count()
    said = write(on, by, "  Which\r\nsize? ", "COORD")
    assert (said.party.code, said.role, said.text) == ("COORD", "coordination", "Which\nsize?")
    assert write(on, by, "Which\nsize?", "COORD") == said and Entry.objects.count() == before
    assert list(AuditRow.objects.filter(event="needs.commented").values_list("subject", flat=True)) == [str(on.uuid)]


def test_nothing_in_it_turns_the_reading_order():
    on = line(audience="members", level="detail")
    said = write(on, make.person(Role.COORDINATION), "send \u202e12\u202c 😀", "COORD")
    assert said.text == "send 12 😀"


@pytest.mark.parametrize(
    ("released", "seen"),
    [
        ({}, [True, False, False, False, False]),
        ({"audience": "coordination", "level": "detail"}, [True, True, False, False, False]),
        ({"audience": "members", "level": "detail"}, [True, True, True, False, False]),
        ({"audience": "members", "level": "figures"}, [True, False, False, False, False]),
        ({"audience": "everyone", "level": "detail"}, [True, True, True, True, False]),
    ],
)
def test_whoever_sees_the_line_in_detail_and_is_signed_in_and_nobody_else(released, seen):
    on = line(**released)
    people = [make.focal_point("ZMB"), make.person(Role.COORDINATION), make.focal_point("CUB"), who(), None]
    assert [sees(on, one) for one in people] == seen
    assert not sees(on, make.person())


def test_a_sensitive_item_is_shown_by_place_to_no_other_party():
    on = line("TLD", audience="everyone", level="detail")
    assert on.item is not None and on.item.sensitive
    assert sees(on, make.focal_point("ZMB")) and not sees(on, who())
    by = who()
    with make.as_(by):
        assert not comments.lines().exists()


def test_a_hold_back_hides_the_line_with_all_that_was_said():
    on = line(audience="everyone", level="detail")
    by = who()
    said = write(on, by)
    approver = make.approver("ZMB")
    with make.as_(approver):
        needs.hold_back(on, by=approver, at=AT)
    with make.as_(by):
        assert comments.comment(said.uuid) is None and not comments.lines().exists()
    with pytest.raises(NotAllowed):
        write(on, by, "Again")


def test_nobody_comments_on_ones_own_line_or_for_another_party():
    on = line(audience="everyone", level="detail")
    for by, party in ((make.focal_point("ZMB"), "ZMB"), (who(), "UNICEF"), (make.focal_point("CUB"), "WHO")):
        with pytest.raises(NotAllowed):
            write(on, by, party=party)
    both = who()
    make.Appointment.objects.create(
        person=both, party=make.party("ZMB"), role=Role.FOCAL_POINT, until_on=make.date(2030, 1, 1), proposed_at=AT,
        confirmed_at=AT,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        write(on, both)


@pytest.mark.parametrize(("text", "reason"), [("  \n ", "blank"), ("...", "blank"), ("x" * 2001, "too_long")])
def test_a_comment_has_words_and_an_end(text, reason):
    on = line(audience="everyone", level="detail")
    with pytest.raises(comments.CommentRefused) as caught:
        write(on, who(), text)
    assert caught.value.reason == reason and not TechnicalComment.objects.exists()
    assert write(on, who(), "x" * 2000).text == "x" * 2000


def test_the_member_answers_once():
    said = write(line(audience="everyone", level="detail"), who())
    focal = make.focal_point("ZMB")
    with make.as_(focal):
        assert list(comments.unanswered(member=make.party("ZMB"))) == [said]
        comments.answer(said, "Adult sizes", by=focal, at=AT)
        with pytest.raises(comments.CommentRefused) as caught:
            comments.answer(said, "Again", by=focal, at=AT)
        assert caught.value.reason == "answered" and not comments.unanswered(member=make.party("ZMB")).exists()
    said.refresh_from_db()
    assert said.answer == "Adult sizes" and AuditRow.objects.filter(event="needs.comment_answered").count() == 1
    for by in (make.focal_point("CUB"), who(), make.person(Role.COORDINATION)):
        with make.as_(by), pytest.raises(NotAllowed):
            comments.answer(said, "For them", by=by, at=AT)


def test_its_party_withdraws_it_and_it_stays():
    on = line(audience="everyone", level="detail")
    said = write(on, who())
    for by in (make.focal_point("ZMB"), make.person(Role.RESPONDER, "UNICEF"), make.person(Role.COORDINATION)):
        with make.as_(by), pytest.raises(NotAllowed):
            comments.withdraw(said, by=by, at=AT)
    colleague = who()
    with make.as_(colleague):
        comments.withdraw(said, by=colleague, at=AT)
        with pytest.raises(comments.CommentRefused):
            comments.withdraw(said, by=colleague, at=AT)
        assert list(comments.of(on)) == [said]
    focal = make.focal_point("ZMB")
    with make.as_(focal):
        with pytest.raises(comments.CommentRefused) as caught:
            comments.answer(said, "Too late", by=focal, at=AT)
        assert caught.value.reason == "withdrawn" and comments.counts([on.uuid]) == {}
    said.refresh_from_db()
    assert said.text == "Which size?" and said.withdrawn_by == colleague
