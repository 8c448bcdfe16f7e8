"""Days and months as each language writes them, and as its forms read them back."""

from datetime import date

import pytest
from django.utils.translation import override

from unmet.exchange.typed import parse_date
from unmet.web import formats
from unmet.web.templatetags import show

DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [
        ("en", "26 November 2026", "November 2026"), ("fr", "26 novembre 2026", "novembre 2026"),
        ("es", "26 de noviembre de 2026", "noviembre de 2026"),
        ("ar", "26 تشرين الثاني/نوفمبر 2026", "تشرين الثاني/نوفمبر 2026"),
    ],
)  # fmt: skip
def test_a_day_is_written_and_read_back(language: str, day: str, month: str) -> None:
    with override(language):
        written = formats.day(DAY)
        assert written.replace(formats.NO_BREAK, " ") == day
        assert formats.month(DAY).replace(formats.NO_BREAK, " ") == month
    assert parse_date(written, order=None, window=(date(2019, 1, 1), date(2032, 1, 1))) == DAY


def test_a_day_in_large_letters_may_go_on_in_the_next_line() -> None:
    with override("es"):
        assert formats.day(DAY) == "26\xa0de\xa0noviembre de\xa02026"  # half a phone is not wide enough for all of it
        assert show.large_day(DAY) == "26 de noviembre de 2026" and show.large_day(None) == "–"
