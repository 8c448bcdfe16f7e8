"""Coordination enters the severity index of a month, a country a line, and takes out its own; all rows or none."""

import html
from datetime import date
from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, refused
from tests.web import desk_world as world
from tests.web.signing_in import demonstration

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.parties import reference
from unmet.parties.models import Severity
from unmet.support import severities
from unmet.support.severities import Entered, SeverityRefused

pytestmark = pytest.mark.django_db
PAGE = "/en/coordination/catalogue/severity"
MONTH = date(2023, 2, 1)


@pytest.fixture
def chair() -> Any:
    """Somebody of coordination at the browser."""
    demonstration()
    make.reference()
    return world.at_the_browser(make.person(Role.COORDINATION))


def typed(**changes: str) -> dict[str, str]:
    """What the form sends: two states that are here, and one that is not."""
    return {"month": "2023-02", "source": "ACAPS, February 2023", "values": "ZMB 3.1\nfji, 1,4\n\nGRC;1.6;", **changes}


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def stated(month_on: date = MONTH) -> dict[str, int]:
    """Code -> tenths, of a month."""
    return dict(Severity.objects.filter(month_on=month_on).values_list("party__code", "tenths"))


def test_a_month_is_entered_once_and_taken_out(chair: Any) -> None:
    audit = last_audit()
    for _again in range(2):
        assert chair.post(PAGE, typed()).status_code == 302
    assert (stated(), events(audit)) == ({"ZMB": 31, "FJI": 14}, ["parties.severity_entered"])
    page = text(chair.get(PAGE))
    assert "February 2023" in page and "May 2022" in page and "/severity/2023-02/drop" in page
    assert "/severity/2022-05/drop" not in page, "it came with the product"
    chair.post(f"{PAGE}/2023-02/drop")
    assert (stated(), events(audit)[-1]) == ({}, "parties.severity_dropped")
    chair.post(f"{PAGE}/2022-05/drop")
    assert len(stated(date(2022, 5, 1))) == 64 and "was entered here" in text(chair.get(PAGE))
    assert chair.post(f"{PAGE}/2022-55/drop").status_code == 404


def test_what_is_entered_for_a_shipped_month_survives_an_upgrade(chair: Any) -> None:
    chair.post(PAGE, typed(month="2022-05", values="ZMB 3.0"))
    reference.load_all()
    assert stated(date(2022, 5, 1))["ZMB"] == 30


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"month": "May 2022"}, "like this: 2022-05"), ({"month": "2022-13"}, "like this: 2022-05"),
        ({"month": "2099-01"}, "still to come"), ({"source": ""}, "This field is required"),
        ({"values": "ZMB 3.1\nZambia 3"}, "Line 2, “Zambia 3”"), ({"values": "ZMB"}, "Line 1"),
        ({"values": "ZMB 3.15"}, "one decimal"), ({"values": "ZMB 5.1"}, "from 0 to 5"),
        ({"values": "ZMB -1"}, "from 0 to 5"), ({"values": "GRC 1.6"}, "None of these countries is here"),
        ({"values": "ZMB 3\nZMB 4"}, "stands there twice"), ({"values": "WHO 3"}, "None of these countries"),
    ],
)  # fmt: skip
def test_what_is_refused_keeps_what_was_typed(chair: Any, changes: dict[str, str], said: str) -> None:
    answer = chair.post(PAGE, typed(**changes))
    assert (answer.status_code == 422 and said in text(answer) and "2023-02" in text(answer)) or "month" in changes
    assert stated() == {}


def test_only_coordination_enters_and_takes_out() -> None:
    make.reference()
    values = {make.party("ZMB"): 30}
    for by in (make.approver("ZMB"), make.person(Role.RESPONDER, "WHO"), make.person()):
        with make.as_(by):
            refused(
                NotAllowed,
                lambda by=by: severities.enter(values, month_on=MONTH, source="A list", by=by, at=make.AT),
            )
            refused(NotAllowed, lambda by=by: severities.drop(MONTH, by=by, at=make.AT))
    by = make.person(Role.COORDINATION)
    with make.as_(by):
        when: Any = {"by": by, "at": make.AT}
        first = severities.enter(values, month_on=date(2021, 1, 15), source="A list", **when)
        more = {make.party("ZMB"): 31, make.party("FJI"): 9}
        other = severities.enter(more, month_on=date(2021, 1, 1), source="A list", **when)
        why = refused(SeverityRefused, lambda: severities.enter(values, month_on=MONTH, source="A list", **when))
    assert (first, other, why.reason) == (Entered(1, 0, 0), Entered(1, 1, 0), "future")
