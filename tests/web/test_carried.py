"""Numbers that a page carries are read back as it wrote them; whatever else comes is none, and no fault of ours."""

import pytest

from unmet.web import carried


@pytest.mark.parametrize("text", ["", " 1", "-1", "1.5", "1e3", "²", "٣", "123456789", "9" * 5000])
def test_what_no_page_wrote_is_no_number(text: str) -> None:
    assert carried.number(text, digits=carried.VERSION) is None


@pytest.mark.parametrize("number", [0, 12, 99_999_999])
def test_what_a_page_wrote_is_read(number: int) -> None:
    assert carried.number(str(number), digits=carried.VERSION) == number


def test_a_row_has_a_number_that_fits_its_column() -> None:
    assert carried.number("9" * carried.ROW, digits=carried.ROW) == 10**18 - 1 < 2**63
    assert carried.number("9" * (carried.ROW + 1), digits=carried.ROW) is None
