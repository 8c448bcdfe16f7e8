"""One line of a request is withdrawn: from which state, by whom, and what those asked read."""

from typing import Any

import pytest
from tests import make
from tests.refusals import events, others, refused
from tests.support.test_requests import Desk

from unmet.access.may import NotAllowed
from unmet.books import doctor
from unmet.books.models import Entry
from unmet.notices.models import Notice
from unmet.support import answers, request_lines
from unmet.support import request_queries as queries
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest, RequestLine
from unmet.support.requests import RequestRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def line_of(request: AssistanceRequest, item: str = "MASK-IIR") -> RequestLine:
    return request.lines.get(need__item__code=item)


def withdraw(desk: Desk, line: RequestLine, *, by: Any = None, reason: str = "Bought at home") -> bool:
    by = by or desk.approver
    with make.as_(by):
        return request_lines.withdraw(line, reason=reason, by=by, at=make.AT)


def test_those_asked_read_it_and_the_other_lines_still_ask(desk: Desk) -> None:
    request, posted = desk.sent(), Entry.objects.count()
    assert withdraw(desk, line_of(request)) is False
    line = line_of(request)
    assert (line.withdrawn_at, line.withdrawn_why) == (make.AT, "Bought at home")
    assert events().count("support.request_line_withdrawn") == 1
    assert [notice.person for notice in Notice.objects.filter(kind="support.request_line_withdrawn")] == [desk.who]
    with make.as_(desk.who):
        for said in (Said("full"), Said("unable", reason="None left")):
            why = refused(
                RequestRefused,
                lambda said=said: answers.answer(line, said, party=make.party("WHO"), by=desk.who, at=make.AT),
            )
            assert why.reason == "line_withdrawn"
        assert answers.acknowledge(request, party=make.party("WHO"), by=desk.who, at=make.AT) == 1
        assert queries.summaries([request])[request.pk] == queries.Summary(lines=1, answered=0, seen=1)
    request.refresh_from_db()
    assert request.state == "sent" and Entry.objects.count() == posted and doctor.differences() == []


def test_the_last_line_withdraws_the_request(desk: Desk) -> None:
    request = desk.sent()
    assert [withdraw(desk, line) for line in request.lines.order_by("pk")] == [False, True]
    request.refresh_from_db()
    assert (request.state, request.reason) == ("withdrawn", "Bought at home")
    assert events().count("support.request_withdrawn") == 1


def test_who_may_not_and_what_is_refused(desk: Desk) -> None:
    request = desk.sent()
    line = line_of(request)
    for by in [desk.focal, *others("ZMB")]:
        with pytest.raises(NotAllowed):
            withdraw(desk, line, by=by)
    for reason, why in ((" ", "why"), ("x" * 501, "too_long")):
        assert refused(RequestRefused, lambda reason=reason: withdraw(desk, line, reason=reason)).reason == why
    withdraw(desk, line)
    assert refused(RequestRefused, lambda: withdraw(desk, line)).reason == "line_withdrawn"
    assert events().count("support.request_line_withdrawn") == 1


@pytest.mark.parametrize("state", ["draft", "withdrawn", "closed"])
def test_only_a_line_that_asks_is_withdrawn(desk: Desk, state: str) -> None:
    request = desk.save() if state == "draft" else desk.sent()
    if state == "withdrawn":
        desk.do("withdraw", request, by=desk.approver, reason="Met")
    elif state == "closed":
        desk.do("close", request)
    line = line_of(request)
    assert refused(RequestRefused, lambda: withdraw(desk, line)).reason == "not_sent"


def test_a_stopped_request_stops_only_for_lines_that_ask(desk: Desk) -> None:
    request = desk.sent()
    desk.do("stop", request, reason="The store is full")
    withdraw(desk, line_of(request))
    assert queries.stopped([desk.needs["MASK-IIR"].uuid]) == []
    gloves = desk.needs["GLOVE-EXAM"].uuid
    assert [(sign.kind, sign.needs, sign.reason) for sign in queries.stopped([gloves])] == [
        ("stopped", {gloves}, "The store is full")
    ]
