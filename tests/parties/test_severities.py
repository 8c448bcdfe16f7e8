"""What an index of others states of a month: shipped with its source, the newest month counts, its own categories."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import make

from unmet.parties import severities
from unmet.parties.models import Severity

pytestmark = pytest.mark.django_db


def test_may_2022_ships_with_its_source_and_nothing_is_filled_in() -> None:
    found = severities.newest(on=date(2026, 1, 1))
    assert len(found) == Severity.objects.count() == 64
    row = found[make.party("ZMB").pk]
    assert (row.tenths, str(row.value), row.level.label, row.month_on) == (29, "2.9", "medium", date(2022, 5, 1))
    assert "ACAPS" in row.source and "May 2022" in row.source
    assert make.party("CUB").pk not in found, "the index states nothing of it"
    assert severities.newest(on=date(2022, 4, 30)) == {}


@pytest.mark.parametrize(
    ("code", "value", "level"),
    [
        ("AFG", "4.4", "very high"), ("HTI", "4.0", "high"), ("MDG", "3.0", "medium"), ("NIC", "1.9", "low"),
        ("YEM", "4.8", "very high"), ("PHL", "3.1", "high"), ("PER", "2.9", "medium"),
    ],
)  # fmt: skip
def test_values_and_categories_are_those_that_the_index_states(code: str, value: str, level: str) -> None:
    row = severities.newest(on=date(2022, 6, 1))[make.party(code).pk]
    assert (str(row.value), row.level.label) == (value, level)


@pytest.mark.parametrize(("tenths", "level"), [(0, 1), (10, 1), (11, 2), (20, 2), (21, 3), (30, 3), (40, 4), (41, 5)])
def test_each_category_is_one_unit_wide(tenths: int, level: int) -> None:
    assert Severity(tenths=tenths).level == level


def test_the_newest_month_counts_up_to_the_day() -> None:
    zambia = make.party("ZMB")
    Severity.objects.create(party=zambia, tenths=35, month_on=date(2023, 2, 1), source="A list")
    by_day = [severities.newest(on=day)[zambia.pk].tenths for day in (date(2023, 1, 31), date(2023, 2, 1))]
    assert by_day == [29, 35]


@pytest.mark.parametrize("said", [{"tenths": 51}, {"source": ""}, {"month_on": date(2022, 5, 1)}])
def test_what_a_row_may_not_be(said: dict[str, object]) -> None:
    row = {"tenths": 20, "month_on": date(2023, 2, 1), "source": "A list"} | said
    with pytest.raises(IntegrityError), transaction.atomic():
        Severity.objects.create(party=make.party("ZMB"), **row)
