"""Requests for assistance: who may ask, send, stop, answer; each reason; who sees which line; one audit row a deed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make
from tests.refusals import events, last_audit, others, refused
from tests.together import at_once

from unmet.access.actors import NoActor
from unmet.access.may import NotAllowed
from unmet.access.models import Release, Role
from unmet.access.services import ReleaseRefused
from unmet.books import doctor
from unmet.books.models import Account, Entry
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import answers, requests
from unmet.support import request_queries as queries
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest, RequestAnswer, RequestLine
from unmet.support.requests import RequestRefused, Wanted

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")
Kind = RequestAnswer.Kind


class Desk:
    """Three open needs of Zambia that nobody else sees, and everybody who comes to them."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved(
            [make.line(quantity=1000), make.line("GLOVE-EXAM", 500), make.line("VENT-ICU", 20)], of="ZMB",
            round_=self.round,
        )  # fmt: skip
        make.approved([make.line("COVERALL", 70)], of="CUB", round_=self.round)
        self.zambia = make.party("ZMB")
        self.focal, self.approver = make.focal_point("ZMB"), make.approver("ZMB")
        self.who, self.unicef = make.person(Role.RESPONDER, "WHO"), make.person(Role.RESPONDER, "UNICEF")
        self.cuba = make.focal_point("CUB")
        self.needs = {need.item.code: need for need in Need.objects.select_related("item") if need.item}

    def wanted(self, *lines: tuple[str, int], to: tuple[str, ...] = ("WHO",), **more: Any) -> Wanted:
        """What a request says; quantities in base units."""
        chosen = lines or (("MASK-IIR", 400), ("GLOVE-EXAM", 500))
        return Wanted(
            lines=[(self.needs[code], quantity * 1000) for code, quantity in chosen],
            addressees=[make.party(code) for code in to], **more,
        )  # fmt: skip

    def save(self, wanted: Wanted | None = None, *, by: Any = None, **more: Any) -> AssistanceRequest:
        """Keep a draft."""
        by = by or self.focal
        with make.as_(by):
            return requests.save(wanted or self.wanted(), member=self.zambia, by=by, at=make.AT, **more)

    def send(self, draft: AssistanceRequest, *, by: Any = None, version: int | None = None, until: Any = None) -> Any:
        """Send a draft."""
        by = by or self.approver
        with make.as_(by):
            return requests.send(
                draft, version=draft.version if version is None else version, until_on=until, by=by, at=make.AT
            )

    def sent(self, wanted: Wanted | None = None) -> AssistanceRequest:
        """A request that was sent."""
        draft = self.save(wanted)
        self.send(draft)
        draft.refresh_from_db()
        return draft

    def do(self, what: str, request: AssistanceRequest, *, by: Any = None, **more: Any) -> Any:
        """Stop, lift, withdraw, close or discard."""
        by = by or self.approver
        with make.as_(by):
            room = answers if what == "acknowledge" else requests
            return getattr(room, what)(request, by=by, at=make.AT, **more)

    def line(self, request: AssistanceRequest, code: str = "MASK-IIR") -> RequestLine:
        """A line of a request."""
        return request.lines.get(need__item__code=code)

    def answer(self, line: RequestLine, kind: str, *, by: Any = None, of: str = "WHO", **more: Any) -> RequestAnswer:
        """Answer a line."""
        by = by or self.who
        with make.as_(by):
            return answers.answer(line, Said(kind, **more), party=make.party(of), by=by, at=make.AT)

    def seen(self, request: AssistanceRequest, by: Any) -> list[str] | None:
        """The items that somebody sees of a request; None where there is none."""
        with make.as_(by):
            found = queries.find(request.uuid)
            return None if found is None else [line.need.item.code for line in queries.lines(found)]

    def why(self, act: Any) -> str:
        """The reason of a refusal."""
        return refused(RequestRefused, act).reason


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`."""
    return fresh


# ── drafts ───────────────────────────────────────────────────────────────────
def test_a_draft_is_its_members_own_business(desk: Desk) -> None:
    audit = last_audit()
    draft = desk.save(desk.wanted(text="  For the ward\r\n\u202eof Kitwe "))
    assert (draft.state, draft.version, draft.text) == ("draft", 1, "For the ward\nof Kitwe")
    assert events(audit) == ["support.request_saved"]
    assert desk.seen(draft, desk.focal) == desk.seen(draft, desk.approver) == ["MASK-IIR", "GLOVE-EXAM"]
    assert [desk.seen(draft, who) for who in (desk.who, desk.cuba, make.person(Role.COORDINATION))] == [None] * 3
    assert not Entry.objects.filter(book=2).exists() and Release.objects.count() == 0


def test_a_draft_is_saved_again_by_whoever_read_its_version(desk: Desk) -> None:
    draft = desk.save()
    again = desk.save(desk.wanted(("VENT-ICU", 3), to=("UNICEF", "WHO")), draft=draft, version=1, by=desk.approver)
    assert (again.pk, again.version, again.lines.count()) == (draft.pk, 2, 1)
    assert {party.code for party in again.addressees.all()} == {"UNICEF", "WHO"}
    assert desk.why(lambda: desk.save(draft=draft, version=1)) == "changed"
    assert again.lines.count() == 1


def test_who_may_not_draft(desk: Desk) -> None:
    draft = desk.save()
    for person in others():
        refused(NotAllowed, lambda person=person: desk.save(by=person))
        refused(NotAllowed, lambda person=person: desk.do("discard", draft, by=person))
    refused(NoActor, lambda: requests.save(desk.wanted(), member=desk.zambia, by=desk.focal, at=make.AT))


@pytest.mark.parametrize(
    ("lines", "more", "reason"),
    [
        ([("MASK-IIR", 1)], {"to": ()}, "nobody"), ([("MASK-IIR", 1)], {"to": ("ZMB",)}, "itself"),
        ([("COVERALL", 1)], {}, "need"), ([("MASK-IIR", 0)], {}, "quantity"), ([("MASK-IIR", -1)], {}, "quantity"),
        ([("MASK-IIR", 1001)], {}, "more_than_approved"), ([("MASK-IIR", 1), ("MASK-IIR", 2)], {}, "twice"),
        ([("MASK-IIR", 1)], {"text": "x" * 2001}, "too_long"),
    ],
)  # fmt: skip
def test_what_a_draft_may_not_say(desk: Desk, lines: Any, more: dict[str, Any], reason: str) -> None:
    assert desk.why(lambda: desk.save(desk.wanted(*lines, **more))) == reason
    assert not AssistanceRequest.objects.exists()


def test_an_empty_draft_and_a_closed_need(desk: Desk) -> None:
    assert desk.why(lambda: desk.save(Wanted([], [make.party("WHO")]))) == "nothing"
    Account.objects.filter(subject=desk.needs["MASK-IIR"].uuid).update(closed=True)
    assert desk.why(desk.save) == "need"


def test_a_draft_is_thrown_away_and_a_sent_request_is_not(desk: Desk) -> None:
    draft = desk.save()
    desk.do("discard", draft, by=desk.focal)
    assert not AssistanceRequest.objects.exists()
    assert desk.why(lambda: desk.do("discard", draft)) == "changed"
    assert desk.why(lambda: desk.do("discard", desk.sent())) == "changed"


# ── sending ──────────────────────────────────────────────────────────────────
def test_sending_shows_each_line_to_those_asked_and_to_nobody_else(desk: Desk) -> None:
    draft, audit = desk.save(desk.wanted(to=("WHO", "CUB"))), last_audit()
    with make.as_(desk.approver):
        missing = requests.lacking(draft, at=make.AT)
    assert [(one.need.item.code, {party.code for party in one.parties}) for one in missing] == [
        ("MASK-IIR", {"WHO", "CUB"}), ("GLOVE-EXAM", {"WHO", "CUB"})
    ]  # fmt: skip
    granted = desk.send(draft, until=date(2021, 12, 31))
    assert {(one.audience, one.level, one.until_on) for one in granted} == {("named", "detail", date(2021, 12, 31))}
    assert events(audit) == ["access.released", "access.released", "support.request_sent"]
    assert desk.seen(draft, desk.who) == desk.seen(draft, desk.cuba) == ["MASK-IIR", "GLOVE-EXAM"]
    assert desk.seen(draft, desk.unicef) is None and desk.seen(draft, make.person(Role.COORDINATION)) is None
    assert not Account.objects.filter(public=True).exists() and doctor.differences() == []


def test_what_those_asked_see_already_is_not_released_again(desk: Desk) -> None:
    make.released("ZMB", audience="named", named=[make.party("WHO")], sectors=["IPC"])
    draft = desk.save(desk.wanted(("MASK-IIR", 1), ("VENT-ICU", 1), to=("WHO", "UNICEF")))
    with make.as_(desk.approver):
        missing = {
            one.need.item.code: [party.code for party in one.parties] for one in requests.lacking(draft, at=make.AT)
        }
    assert missing == {"MASK-IIR": ["UNICEF"], "VENT-ICU": ["UNICEF", "WHO"]}
    assert len(desk.send(draft)) == 2
    make.released("ZMB", sectors=["IPC"])
    assert desk.send(desk.save(desk.wanted(to=("UNDP",)))) == [], "public in detail: everybody sees it"


@pytest.mark.parametrize(
    ("audience", "level"), [("members", "detail"), ("everyone", "figures"), ("coordination", "detail")]
)
def test_another_audience_counts_only_for_who_is_in_it_and_in_detail(desk: Desk, audience: str, level: str) -> None:
    make.released("ZMB", audience=audience, level=level, sectors=["IPC"])
    draft = desk.save(desk.wanted(("MASK-IIR", 1), to=("WHO", "CUB")))
    with make.as_(desk.approver):
        [one] = requests.lacking(draft, at=make.AT)
    assert [party.code for party in one.parties] == (["WHO"] if audience == "members" else ["CUB", "WHO"])


def test_a_request_to_everyone_makes_its_needs_public(desk: Desk) -> None:
    request = desk.sent(desk.wanted(("MASK-IIR", 400), to=(), to_everyone=True))
    assert Account.objects.get(public=True).subject == desk.needs["MASK-IIR"].uuid
    assert desk.seen(request, desk.unicef) == desk.seen(request, desk.cuba) == ["MASK-IIR"]
    assert desk.seen(request, None) is None, "a request is read by those who could answer"
    assert doctor.differences() == []


def test_when_a_release_ends_its_line_is_no_longer_seen(desk: Desk) -> None:
    request = desk.sent()
    release = Release.objects.get(subject=desk.needs["MASK-IIR"].uuid)
    with make.as_(desk.approver):
        needs.withdraw_release(release, by=desk.approver, at=make.AT)
    assert desk.seen(request, desk.who) == ["GLOVE-EXAM"]
    refused(NotAllowed, lambda: desk.answer(desk.line(request), Kind.UNABLE, reason="none left"))


def test_who_may_not_send_and_what_may_not_be_sent(desk: Desk) -> None:
    draft = desk.save()
    for person in (*others(), desk.focal):
        refused(NotAllowed, lambda person=person: desk.send(draft, by=person))
    assert desk.why(lambda: desk.send(draft, version=7)) == "changed"
    refused(ReleaseRefused, lambda: desk.send(draft, until=date(2020, 1, 1)))
    with make.as_(desk.approver):
        needs.hold_back(desk.needs["GLOVE-EXAM"], by=desk.approver, at=make.AT)
    held = refused(RequestRefused, lambda: desk.send(draft))
    assert (held.reason, held.need) == ("held_back", desk.needs["GLOVE-EXAM"])
    with make.as_(desk.approver):
        needs.lift_hold_back(desk.needs["GLOVE-EXAM"], by=desk.approver, at=make.AT)
    make.approved([make.line(quantity=399)], of="ZMB", round_=desk.round)
    assert desk.why(lambda: desk.send(draft)) == "more_than_approved"
    assert Release.objects.count() == 0
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_request_is_sent_once(desk: Desk) -> None:
    draft = desk.save()
    desk.send(draft)
    assert desk.why(lambda: desk.send(draft)) == "changed"
    assert desk.why(lambda: desk.save(draft=draft, version=1)) == "changed"


# ── stop, lift, withdraw, close ──────────────────────────────────────────────
def test_stop_sending_is_seen_at_once_and_lifted(desk: Desk) -> None:
    request, audit = desk.sent(), last_audit()
    desk.do("stop", request, reason=" The ward is full ", by=desk.focal)
    with make.as_(desk.who):
        found = queries.find(request.uuid)
        assert found is not None and found.stopped_at == make.AT and found.reason == "The ward is full"
    assert [sign.reason for sign in queries.stopped([desk.needs["MASK-IIR"].uuid])] == [
        "The ward is full"
    ] and queries.stopped([desk.needs["VENT-ICU"].uuid]) == []
    assert desk.why(lambda: desk.do("stop", request, reason="again")) == "stopped"
    assert desk.why(lambda: desk.answer(desk.line(request), Kind.IN_FULL)) == "stopped"
    assert desk.why(lambda: desk.answer(desk.line(request), Kind.IN_PART, quantity=1000)) == "stopped"
    desk.answer(desk.line(request), Kind.ACKNOWLEDGED)
    desk.do("lift", request, by=desk.focal)
    assert queries.stopped([desk.needs["MASK-IIR"].uuid]) == []
    assert desk.why(lambda: desk.do("lift", request)) == "not_stopped"
    desk.answer(desk.line(request), Kind.IN_FULL)
    assert events(audit) == [
        "support.request_stopped", "support.request_answered", "support.request_lifted", "support.request_answered"
    ]  # fmt: skip


@pytest.mark.parametrize(("what", "more"), [("withdraw", {"reason": "Met at home"}), ("close", {})])
def test_an_ended_request_is_shown_as_ended_and_asks_nobody(desk: Desk, what: str, more: dict[str, str]) -> None:
    request = desk.sent()
    desk.do(what, request, **more)
    with make.as_(desk.who):
        found = queries.find(request.uuid)
        assert found is not None and found.state == {"withdraw": "withdrawn", "close": "closed"}[what]
    assert desk.why(lambda: desk.answer(desk.line(request), Kind.IN_FULL)) == "not_sent"
    for again, said in (("withdraw", {"reason": "x"}), ("close", {}), ("stop", {"reason": "x"}), ("lift", {})):
        assert desk.why(lambda again=again, said=said: desk.do(again, request, **said)) == "not_sent"


def test_who_may_not_stop_or_end_it(desk: Desk) -> None:
    request, draft = desk.sent(), desk.save()
    for person in others():
        for what, more in (("stop", {"reason": "x"}), ("lift", {}), ("withdraw", {"reason": "x"}), ("close", {})):
            refused(NotAllowed, lambda p=person, w=what, m=more: desk.do(w, request, by=p, **m))
    refused(NotAllowed, lambda: desk.do("withdraw", request, by=desk.focal, reason="x"))
    for what in ("stop", "withdraw"):
        assert desk.why(lambda what=what: desk.do(what, request, reason="  ")) == "why"
        assert desk.why(lambda what=what: desk.do(what, request, reason="x" * 501)) == "too_long"
        assert desk.why(lambda what=what: desk.do(what, draft, reason="x")) == "not_sent"


# ── answers ──────────────────────────────────────────────────────────────────
def test_an_answer_moves_nothing_in_the_books(desk: Desk) -> None:
    request = desk.sent()
    entries = Entry.objects.count()
    desk.answer(desk.line(request), Kind.IN_PART, quantity=150_000, reason="What stands in Dubai")
    assert Entry.objects.count() == entries and doctor.differences() == []


def test_the_last_answer_of_each_party_stands(desk: Desk) -> None:
    request = desk.sent(desk.wanted(to=("WHO", "UNICEF")))
    line = desk.line(request)
    desk.answer(line, Kind.ACKNOWLEDGED)
    desk.answer(line, Kind.IN_PART, quantity=150_000)
    desk.answer(line, Kind.IN_FULL, quantity=400_000)
    desk.answer(line, Kind.REFERRED, by=desk.unicef, of="UNICEF", referred_to=make.party("UNDP"))
    with make.as_(desk.focal):
        said = [(one.party.code, one.kind, one.quantity) for one in queries.answers([line])[line.pk]]
    assert said == [("UNICEF", "referred", None), ("WHO", "full", 400_000)]
    with make.as_(desk.who):
        assert [one.party.code for one in queries.answers([line])[line.pk]] == ["WHO"], "others' answers are not its"
    assert RequestAnswer.objects.count() == 4


def test_the_same_answer_again_changes_nothing(desk: Desk) -> None:
    line = desk.line(desk.sent())
    first, audit = desk.answer(line, Kind.IN_FULL), last_audit()
    assert desk.answer(line, Kind.IN_FULL) == first and last_audit() == audit


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        (Kind.IN_PART, {}, "quantity"), (Kind.IN_PART, {"quantity": 0}, "quantity"),
        (Kind.IN_PART, {"quantity": 400_000}, "part_is_all"), (Kind.IN_PART, {"quantity": 400_001}, "more_than_asked"),
        (Kind.UNABLE, {"reason": " "}, "why"), (Kind.UNABLE, {"reason": "x" * 501}, "too_long"),
        (Kind.REFERRED, {}, "referred_to"), ("nonsense", {}, "order"),
    ],
)  # fmt: skip
def test_what_an_answer_may_not_say(desk: Desk, kind: str, more: dict[str, Any], reason: str) -> None:
    line = desk.line(desk.sent())
    assert desk.why(lambda: desk.answer(line, kind, **more)) == reason


def test_nobody_is_referred_to_itself_or_back_to_the_member(desk: Desk) -> None:
    line = desk.line(desk.sent())
    for code in ("WHO", "ZMB"):
        assert (
            desk.why(lambda code=code: desk.answer(line, Kind.REFERRED, referred_to=make.party(code))) == "referred_to"
        )


def test_nobody_goes_back_to_seen(desk: Desk) -> None:
    line = desk.line(desk.sent())
    desk.answer(line, Kind.UNABLE, reason="None left")
    assert desk.why(lambda: desk.answer(line, Kind.ACKNOWLEDGED)) == "order"
    desk.answer(line, Kind.UNDER_REVIEW)
    assert desk.why(lambda: desk.answer(line, Kind.ACKNOWLEDGED)) == "order"


def test_who_may_not_answer(desk: Desk) -> None:
    line, draft = desk.line(desk.sent()), desk.line(desk.save())
    refused(NotAllowed, lambda: desk.answer(line, Kind.UNABLE, reason="x", by=desk.unicef, of="UNICEF"))
    refused(NotAllowed, lambda: desk.answer(line, Kind.UNABLE, reason="x", by=desk.unicef, of="WHO"))
    refused(NotAllowed, lambda: desk.answer(line, Kind.UNABLE, reason="x", by=desk.focal, of="ZMB"))
    refused(NotAllowed, lambda: desk.answer(draft, Kind.UNABLE, reason="x"))
    expired = make.person(Role.RESPONDER, "WHO", until=date(2021, 1, 1))
    refused(NotAllowed, lambda: desk.answer(line, Kind.UNABLE, reason="x", by=expired))
    chair = make.person(Role.COORDINATION)
    refused(NotAllowed, lambda: desk.answer(line, Kind.UNABLE, reason="x", by=chair, of="COORD"))


def test_acknowledging_says_seen_to_what_is_not_answered(desk: Desk) -> None:
    request = desk.sent()
    desk.answer(desk.line(request), Kind.UNABLE, reason="None left")
    assert desk.do("acknowledge", request, by=desk.who, party=make.party("WHO")) == 1
    assert desk.do("acknowledge", request, by=desk.who, party=make.party("WHO")) == 0
    assert sorted(RequestAnswer.objects.values_list("kind", flat=True)) == ["acknowledged", "unable"]
    refused(NotAllowed, lambda: desk.do("acknowledge", request, by=desk.unicef, party=make.party("UNICEF")))
    refused(NotAllowed, lambda: desk.do("acknowledge", request, by=desk.unicef, party=make.party("WHO")))


def test_an_answer_is_never_changed_or_deleted(desk: Desk) -> None:
    answer = desk.answer(desk.line(desk.sent()), Kind.IN_FULL)
    for act in (
        lambda: RequestAnswer.objects.filter(pk=answer.pk).update(reason="x"),
        lambda: RequestAnswer.objects.filter(pk=answer.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


# ── laws ─────────────────────────────────────────────────────────────────────
_SAID = st.lists(
    st.tuples(st.sampled_from([*Kind.values]), st.integers(-5, 405), st.sampled_from(["", "None left"])), max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=_SAID)
def test_whatever_is_said_the_rows_only_grow_and_the_last_good_answer_stands(desk: Desk, said: Any) -> None:
    request = desk.sent()
    line, good, reasons = desk.line(request), [], set()
    for kind, quantity, reason in said:
        try:
            said_of = None if quantity < 0 else quantity * 1000
            made = desk.answer(line, kind, quantity=said_of, reason=reason, referred_to=make.party("UNDP"))
        except RequestRefused as error:
            reasons.add(error.reason)
            continue
        if not good or good[-1] != made:
            good.append(made)
        assert made.quantity is None or 0 < made.quantity <= line.quantity
    assert reasons <= {"quantity", "more_than_asked", "part_is_all", "not_all", "no_quantity", "why", "order"}
    assert list(RequestAnswer.objects.filter(line=line)) == good
    with make.as_(desk.focal):
        assert queries.answers([line])[line.pk] == good[-1:]


# ── together ─────────────────────────────────────────────────────────────────
@COMMITTED_DB
def test_of_two_who_send_one_wins_and_nobody_answers_a_request_that_ends() -> None:
    desk = Desk()
    draft = desk.save()
    second = make.approver("ZMB")
    done = at_once([lambda: desk.send(draft), lambda: desk.send(draft, by=second)])
    assert sorted(type(one).__name__ for one in done) == ["RequestRefused", "list"]
    assert Release.objects.count() == 2
    draft.refresh_from_db()
    line = desk.line(draft)
    done = at_once([lambda: desk.do("close", draft), lambda: desk.answer(line, Kind.IN_FULL)])
    answered = RequestAnswer.objects.count()
    assert done[0] is None and answered == (0 if isinstance(done[1], RequestRefused) else 1)
    assert AssistanceRequest.objects.get().state == "closed"


def test_who_is_party_to_nothing_sees_nothing(desk: Desk) -> None:
    desk.sent(desk.wanted(("MASK-IIR", 1), to=(), to_everyone=True))
    with make.as_(make.person()):
        assert not queries.received().exists() and not queries.own().exists()
    late = make.AT + timedelta(days=4000)
    with make.as_(desk.who, at=late):
        assert not queries.received().exists(), "the appointment has ended"
    assert Party.objects.filter(code="WHO").exists()
