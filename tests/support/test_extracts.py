"""The transmission record: what an extract holds, who makes it, what became of it, who reads which part."""

import csv
import hashlib
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from tests import make
from tests.refusals import events, last_audit, others, refused
from tests.together import at_once

from unmet.access.actors import NoActor
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.books import services as books
from unmet.catalogue.models import Sector
from unmet.files import services as files
from unmet.files.models import StoredFile
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.notices.models import Notice
from unmet.support import extract_table as table
from unmet.support import extracts
from unmet.support.extracts import ExtractRefused, Noted
from unmet.support.models import Extract, ExtractStep

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")
DAY = make.AT.date()


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    """Files of these tests lie in a folder of their own."""
    settings.MEDIA_ROOT = tmp_path / "files"


class Desk:
    """Needs of two members, released to everyone, to WHO alone, or as figures; and everybody who makes extracts."""

    def __init__(self) -> None:
        round_ = make.round_()
        lines = [
            make.line("MASK-IIR", 1000),
            make.line("VENT-ICU", 20),
            make.line("TENT-16M2", 7),
            make.line("ORS", 90),
            make.line("TLD", 60),
        ]
        make.approved(lines, of="ZMB", round_=round_)
        make.approved(
            [make.line("COVERALL", 70, place_name="=Depot"), make.line("BLANKET", 9)], of="CUB", round_=round_
        )
        make.released("ZMB", sectors=["IPC", "CDC"])
        make.released("ZMB", sectors=["CASE"], audience="named", named=[make.party("WHO")])
        make.released("ZMB", sectors=["SHEL"], audience="coordination")
        make.released("CUB", sectors=["IPC"], audience="everyone")
        make.released("CUB", sectors=["SHEL"], audience="everyone", level="figures")
        self.zambia, self.chair, self.who = make.party("ZMB"), make.party("COORD"), make.party("WHO")
        self.focal, self.approver = make.focal_point("ZMB"), make.approver("ZMB")
        self.coordination = make.person(Role.COORDINATION)
        self.responder = make.person(Role.RESPONDER, "WHO")

    def extract(self, *, by: Any = None, of: Any = None, to: str = "WHO", **chosen: Any) -> Extract:
        """An extract of coordination, unless told otherwise."""
        by = by or self.coordination
        with make.as_(by):
            return extracts.make(maker=of or self.chair, recipient=make.party(to), by=by, at=make.AT, **chosen)

    def own(self, **chosen: Any) -> Extract:
        """An extract that Zambia makes."""
        return self.extract(by=self.focal, of=self.zambia, **chosen)

    def note(
        self, extract: Extract, kind: str, *, by: Any = None, of: Any = None, on: date = DAY, at: Any = make.AT,
        **said: Any,
    ) -> ExtractStep:  # fmt: skip
        """State what became of it."""
        by = by or (self.coordination if kind == "sent" else self.responder)
        of = of or (self.chair if kind == "sent" else self.who)
        usual = {"sent": {"office": "Supply desk", "text": "By e-mail"}, "acknowledged": {"office": "Supply desk"}}
        said = {**usual.get(kind, {"text": "For a plan"}), **said}
        with make.as_(by, at=at):
            return extracts.note(extract, Noted(kind, on, **said), party=of, by=by, at=at)


@pytest.fixture
def desk() -> Desk:
    """See `Desk`."""
    return Desk()


def rows(extract: Extract) -> list[dict[str, str]]:
    """The table, read from the disk."""
    content = files.path(extract.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == extract.file.sha256
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def items(extract: Extract) -> list[tuple[str, str]]:
    """Whose items it holds."""
    return [(row["member"], row["item"]) for row in rows(extract)]


def why(act: Any) -> str:
    """The reason of a refusal."""
    return refused(ExtractRefused, act).reason


# ── what it holds ────────────────────────────────────────────────────────────
def test_it_holds_what_both_recipient_and_maker_may_see_in_detail(desk: Desk) -> None:
    audit = last_audit()
    made = desk.extract()
    assert items(made) == [("CUB", "COVERALL"), ("ZMB", "MASK-IIR"), ("ZMB", "ORS")]
    assert (made.rows, made.sequence) == (3, books.last_sequence())
    assert {share.member.code: share.rows for share in made.shares.all()} == {"CUB": 1, "ZMB": 2}
    assert events(audit) == ["support.extract_made"]
    assert items(desk.own()) == [("ZMB", "MASK-IIR"), ("ZMB", "ORS"), ("ZMB", "VENT-ICU")], "WHO alone sees the third"
    assert items(desk.extract(to="UNICEF")) == items(made)


def test_quantities_places_and_names_stand_in_one_way(desk: Desk) -> None:
    by_item = {row["item"]: row for row in rows(desk.extract())}
    assert list(by_item["MASK-IIR"]) == list(table.HEADER)
    mask, coverall = by_item["MASK-IIR"], by_item["COVERALL"]
    assert (mask["approved"], mask["not_covered"], mask["unit"], mask["place"]) == (
        "1000",
        "1000",
        "piece",
        "whole country",
    )
    assert coverall["place"] == "'=Depot", "no spreadsheet runs it"
    assert "TLD" not in by_item, "a sensitive item is shown to nobody line by line"
    assert mask["need"] == str(Need.objects.get(item__code="MASK-IIR").uuid)


def test_sectors_and_emergency_narrow_it(desk: Desk) -> None:
    ipc = list(Sector.objects.filter(code="IPC"))
    assert items(desk.extract(sectors=ipc)) == [("CUB", "COVERALL"), ("ZMB", "MASK-IIR")]
    assert desk.extract(emergency=make.emergency()).rows == 3
    assert why(lambda: desk.extract(emergency=make.emergency("another"))) == "nothing"
    assert StoredFile.objects.count() == Extract.objects.count() == 2


def test_what_is_held_back_or_withdrawn_or_expired_is_not_in_it(desk: Desk) -> None:
    with make.as_(desk.approver):
        needs.hold_back(Need.objects.get(item__code="MASK-IIR"), by=desk.approver, at=make.AT)
    assert items(desk.extract()) == [("CUB", "COVERALL"), ("ZMB", "ORS")]
    assert items(desk.own()) == [("ZMB", "ORS"), ("ZMB", "VENT-ICU")], "own people see it, the recipient does not"


def test_the_same_again_is_the_one_that_stands_until_it_is_sent(desk: Desk) -> None:
    made = desk.extract()
    assert desk.extract() == made and Extract.objects.count() == 1 and StoredFile.objects.count() == 1
    desk.note(made, "sent")
    assert desk.extract() != made


def test_it_never_changes_though_the_needs_do(desk: Desk) -> None:
    made = desk.extract()
    before = files.path(made.file).read_bytes()
    with make.as_(desk.approver):
        needs.hold_back(Need.objects.get(item__code="MASK-IIR"), by=desk.approver, at=make.AT)
    assert files.path(made.file).read_bytes() == before


# ── refusals ─────────────────────────────────────────────────────────────────
def test_what_cannot_be_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why(lambda: desk.extract(to="COORD")) == why(lambda: desk.own(to="ZMB")) == "itself"
    assert why(lambda: desk.extract(by=make.focal_point("CUB"), of=make.party("CUB"), to="WHO", sectors=[
        Sector.objects.get(code="SHEL")
    ])) == "nothing", "figures are no detail"  # fmt: skip
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    assert why(desk.extract) == "too_many"
    assert not Extract.objects.exists() and not StoredFile.objects.exists()


def test_who_may_not(desk: Desk) -> None:
    made, own = desk.extract(), desk.own()
    for person in others():
        refused(NotAllowed, lambda person=person: desk.extract(by=person, of=desk.zambia))
        refused(NotAllowed, lambda person=person: desk.note(own, "sent", by=person, of=desk.zambia))
    refused(NotAllowed, lambda: desk.extract(by=desk.approver))
    refused(NotAllowed, lambda: desk.extract(by=desk.responder, of=desk.who, to="UNICEF"))
    refused(NotAllowed, lambda: desk.note(made, "sent", by=desk.responder, of=desk.who))
    refused(NotAllowed, lambda: desk.note(made, "used", by=desk.approver, of=desk.zambia))
    refused(NoActor, lambda: extracts.make(maker=desk.chair, recipient=desk.who, by=desk.coordination, at=make.AT))


@pytest.mark.parametrize("state", ["", "sent", "acknowledged", "used"])
@pytest.mark.parametrize("kind", ["sent", "acknowledged", "used"])
def test_each_step_follows_the_one_before_it(desk: Desk, state: str, kind: str) -> None:
    made, order = desk.extract(), ["", "sent", "acknowledged", "used"]
    for before in order[1 : order.index(state) + 1]:
        desk.note(made, before)
    other = {"office": "Another desk"} if kind != "used" else {"text": "For another plan"}
    allowed = order.index(kind) == order.index(state) + 1 or (kind, state) == ("used", "used")
    if allowed:
        desk.note(made, kind, **other)
    else:
        assert why(lambda: desk.note(made, kind, **other)) == "order"


def test_what_is_stated_wrongly_is_named(desk: Desk) -> None:
    made = desk.extract()
    tomorrow, yesterday = DAY + timedelta(days=1), DAY - timedelta(days=1)
    for said, reason in (
        ({"on": tomorrow}, "date"), ({"on": yesterday}, "date"), ({"office": " "}, "office"), ({"text": ""}, "text"),
        ({"office": "x" * 201}, "too_long"), ({"text": "x" * 1001}, "too_long"),
    ):  # fmt: skip
        assert why(lambda said=said: desk.note(made, "sent", **said)) == reason
    assert why(lambda: desk.note(made, "nonsense", by=desk.coordination, of=desk.chair)) == "order"
    desk.note(made, "sent")
    desk.note(made, "acknowledged")
    for rows_used, reason in ((4, "count"), (-1, "count")):
        assert why(lambda rows_used=rows_used: desk.note(made, "used", rows_used=rows_used)) == reason


def test_steps_are_kept_and_the_same_again_is_nothing_new(desk: Desk) -> None:
    made, later = desk.extract(), make.AT + timedelta(days=3)
    first = desk.note(made, "sent")
    assert desk.note(made, "sent") == first
    desk.note(made, "acknowledged", by=desk.coordination, of=desk.chair, at=later, on=later.date())
    used = desk.note(made, "used", rows_used=2, at=later, on=later.date())
    assert desk.note(made, "used", rows_used=2, at=later, on=later.date()) == used
    desk.note(made, "used", rows_used=3, text="Two more lines", at=later, on=later.date())
    assert [(step.kind, step.by_party.code, step.rows_used) for step in made.steps.all()] == [
        ("sent", "COORD", None), ("acknowledged", "COORD", None), ("used", "WHO", 2), ("used", "WHO", 3),
    ]  # fmt: skip
    for act in (lambda: made.steps.all().delete(), lambda: ExtractStep.objects.update(text="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


# ── who reads it, who is told ────────────────────────────────────────────────
def seen(who: Any) -> tuple[int, list[tuple[str, int]]]:
    """How many extracts somebody reads whole, and of which somebody knows that they held own rows."""
    with make.as_(who):
        return extracts.whole().count(), [(one.member.code, one.rows) for one in extracts.holding_own()]


def test_both_ends_read_it_and_each_member_learns_that_it_held_its_rows(desk: Desk) -> None:
    made = desk.extract()
    assert seen(desk.coordination) == (1, []) and seen(desk.responder) == (0, []), "not sent yet"
    desk.note(made, "sent")
    assert seen(desk.responder) == (1, [])
    assert seen(desk.focal) == (0, [("ZMB", 2)]) and seen(make.focal_point("CUB")) == (0, [("CUB", 1)])
    assert seen(make.person(Role.RESPONDER, "UNICEF")) == seen(make.focal_point("MWI")) == (0, [])
    own = desk.own()
    assert seen(desk.coordination) == (1, []), "a member's own extract is its own business"
    assert seen(desk.approver) == (1, [("ZMB", own.rows), ("ZMB", 2)])


def test_the_other_end_is_told(desk: Desk) -> None:
    made = desk.extract()
    assert not Notice.objects.filter(kind__startswith="support.extract").exists()
    desk.note(made, "sent")
    desk.note(made, "acknowledged")
    desk.note(made, "used")
    told = Notice.objects.filter(kind__startswith="support.extract").order_by("pk").values_list("kind", "person")
    assert ("support.extract_sent", desk.responder.pk) in told
    assert {person for kind, person in told if kind != "support.extract_sent"} == {desk.coordination.pk, *_chairs(desk)}


def _chairs(desk: Desk) -> set[int]:
    """The others of coordination, such as whoever opened the round."""
    return set(
        desk.coordination.__class__.objects.filter(appointments__role=Role.COORDINATION).values_list("pk", flat=True)
    )


# ── together ─────────────────────────────────────────────────────────────────
@COMMITTED_DB
def test_of_two_who_state_that_it_was_sent_one_wins() -> None:
    desk = Desk()
    made = desk.extract()
    second = make.person(Role.COORDINATION)
    done = at_once([lambda: desk.note(made, "sent"), lambda: desk.note(made, "sent", by=second, office="Another desk")])
    assert sorted(type(one).__name__ for one in done) == ["ExtractRefused", "ExtractStep"]
