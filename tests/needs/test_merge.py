"""A table of many lines is merged before anything is locked; what changed meanwhile is not overlooked."""

from dataclasses import replace
from typing import Any

import pytest
from tests import make

from unmet.books import bulk
from unmet.books.models import Account, Movement
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.merge import LineRefused, Merge
from unmet.needs.models import Need, Return, Statement
from unmet.parties.models import Place

pytestmark = pytest.mark.django_db


def _lines(quantity: int = 1000) -> list[NeedLine]:
    member = make.party("ZMB")
    places = [
        Place.objects.get_or_create(
            party=member, code=f"P{number}", defaults={"kind": Place.Kind.AREA, "own_name": f"Place {number}"}
        )[0].pk
        for number in range(bulk.FEW + 20)
    ]
    return [make.line(quantity=quantity, place_id=place) for place in places]


def _merge(lines: list[NeedLine], round_: Any) -> Merge:
    return Merge(lines, member=make.party("ZMB"), round_=round_, calculations={})


def _submit(lines: list[NeedLine], round_: Any) -> needs.Submitted:
    by = make.focal_point("ZMB")
    with make.as_(by):
        return needs.submit(lines, member=make.party("ZMB"), round_=round_, by=by, at=make.AT)


def test_many_lines_are_merged_once_and_before_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    merged: list[bool] = []
    whole = Merge._merge
    monkeypatch.setattr(Merge, "_merge", lambda self: merged.append(Return.objects.exists()) or whole(self))
    _submit(_lines(), make.round_())
    assert merged == [False] and Need.objects.count() == Statement.objects.count() == bulk.FEW + 20


@pytest.mark.parametrize("meanwhile", ["the same lines", "one other line", "sent and taken back"])
def test_what_was_sent_meanwhile_is_not_overlooked(meanwhile: str) -> None:
    round_, lines = make.round_(), _lines()
    prepared = _merge(lines, round_)
    prepared.prepare()
    assert (prepared.created, prepared.unchanged) == (120, 0)
    first = _submit({"one other line": [make.line()]}.get(meanwhile, lines), round_)
    if meanwhile == "sent and taken back":
        by = make.focal_point("ZMB")
        with make.as_(by):
            needs.withdraw(first.return_, by=by, at=make.AT)
    prepared.settle()
    same = 120 if meanwhile == "the same lines" else 0
    assert (prepared.created, prepared.updated, prepared.unchanged) == (120 - same, 0, same)
    assert len(prepared.keys) == 120
    if prepared.fresh:
        assert first.return_ is not None
        prepared.write(first.return_)
    wanted = 121 if meanwhile == "one other line" else 120
    assert Need.objects.count() == Statement.objects.filter(newest=True).count() == wanted


def test_what_lapsed_meanwhile_is_not_unchanged() -> None:
    round_, lines = make.round_(), _lines()
    make.approved(lines, of="ZMB", round_=round_)
    prepared = _merge(lines, round_)
    prepared.prepare()
    assert not prepared.fresh
    lapsed = Account.objects.all()
    lapsed.update(approved=0, last_stated=1000, not_covered=0, not_in_country=0, out_by=Movement.LAPSED)
    prepared.settle()
    assert (prepared.created, prepared.updated, prepared.unchanged) == (0, 120, 0)


def test_many_lines_with_a_new_place_are_merged_under_the_lock() -> None:
    round_, lines = make.round_(), _lines()
    lines[5] = replace(lines[5], place_id=None, place_name="A place nobody knew")
    prepared = _merge(lines, round_)
    prepared.prepare()
    assert not prepared.fresh and not Place.objects.filter(own_name="A place nobody knew").exists()
    done = _submit(lines, round_)
    assert done.created == 120 and done.keys[5][2] == Place.objects.get(own_name="A place nobody knew").pk


def test_a_refused_line_among_many_leaves_nothing() -> None:
    round_, lines = make.round_(), _lines()
    with pytest.raises(LineRefused) as refused:
        _submit([*lines, lines[7]], round_)
    assert refused.value.reason == "twice" and refused.value.line == lines[7]
    assert not Need.objects.exists() and not Return.objects.exists()


def test_reserved_ids_are_given_once() -> None:
    first, second = bulk.reserve_ids(Need, 3), bulk.reserve_ids(Need, 2)
    assert len({*first, *second}) == 5 and min(second) > max(first)
    _submit([make.line()], make.round_())
    assert Need.objects.get().pk > max(second)
    assert list(bulk.reserve_ids(Need, 0)) == []
