"""The widest audience of each need, as the desk shows it beside the line."""

import uuid
from datetime import date

import pytest
from tests import make

from unmet.access import audiences
from unmet.access.audiences import ONLY_OWN
from unmet.catalogue.models import Sector
from unmet.needs import services as needs
from unmet.needs.models import Need

pytestmark = pytest.mark.django_db
NEED = uuid.uuid4()


def seen(need: uuid.UUID = NEED, sector: str = "IPC", **named):
    pairs = [(Sector.objects.get(code=sector).uuid, need)]
    return audiences.for_subjects(member=make.party("ZMB"), pairs=pairs, at=named.get("at", make.AT))[need]


def test_without_a_release_only_the_own_people_see_it():
    make.released("CUB")
    assert seen() == ONLY_OWN and not seen().everyone


@pytest.mark.parametrize(
    ("given", "widest"),
    [
        (("coordination",), "coordination"),
        (("members", "coordination"), "members"),
        (("coordination", "everyone", "members"), "everyone"),
        (("named", "coordination"), "coordination"),
    ],
)
def test_the_widest_of_several_releases_counts(given, widest):
    for audience in given:
        make.released("ZMB", audience=audience, named=[make.party("WHO")] if audience == "named" else ())
    assert seen().audience == widest
    assert [party.code for party in seen().named] == (["WHO"] if "named" in given else [])


def test_a_release_of_the_need_counts_beside_that_of_its_sector():
    make.released("ZMB", audience="coordination", level="figures")
    by = make.approver("ZMB")
    with make.as_(by):
        needs.release(
            member=make.party("ZMB"), subjects=[("need", NEED)], level="detail", audience="members", until_on=None,
            by=by, at=make.AT,
        )  # fmt: skip
    assert (seen().audience, seen().level) == ("members", "detail")
    assert seen(uuid.uuid4()).audience == "coordination"


def test_the_longest_release_to_the_widest_audience_says_until_when():
    make.released("ZMB", until=date(2021, 3, 1))
    make.released("ZMB", until=date(2021, 6, 1))
    make.released("ZMB", audience="members")
    assert seen().until_on == date(2021, 6, 1)
    make.released("ZMB")
    assert seen().until_on is None


def test_what_is_held_back_or_has_ended_is_seen_by_nobody_else():
    make.approved([make.line()], of="ZMB", round_=make.round_())
    make.released("ZMB", until=date(2021, 3, 1))
    need = Need.objects.get()
    assert seen(need.uuid).everyone
    assert seen(need.uuid, at=make.AT.replace(month=4)) == ONLY_OWN
    by = make.approver("ZMB")
    with make.as_(by):
        needs.hold_back(need, by=by, at=make.AT)
    assert seen(need.uuid).held_back and not seen(need.uuid).everyone
