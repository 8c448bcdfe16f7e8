"""Money in other currencies: exact, half up, and nothing lost when it leaves in parts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unmet.methods.money import half_up, share_of, us_cents

RATES = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(100_000), places=6)
AMOUNTS = st.integers(min_value=0, max_value=10**15)


@given(AMOUNTS, st.sampled_from([0, 2, 3]), RATES, st.sampled_from(["usd_per_unit", "units_per_usd"]))
def test_a_conversion_is_within_half_a_cent_of_the_exact_value(
    minor: int, digits: int, rate: Decimal, quoted: str
) -> None:
    units = Fraction(minor, 10**digits)
    exact = (units * Fraction(rate) if quoted == "usd_per_unit" else units / Fraction(rate)) * 100
    assert -Fraction(1, 2) < us_cents(minor, digits=digits, rate=rate, quoted=quoted) - exact <= Fraction(1, 2)


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_what_leaves_in_parts_takes_every_cent_with_it(cents: int, parts: list[int]) -> None:
    stands, left = cents, sum(parts)
    for part in parts:
        stands -= share_of(stands, part=part, whole=left)
        left -= part
        assert stands >= 0
    assert (stands, left) == (0, 0)


def test_halves_go_up() -> None:
    assert [half_up(Fraction(n, 2)) for n in range(6)] == [0, 1, 1, 2, 2, 3]
    assert us_cents(1, digits=0, rate=Decimal("0.005"), quoted="usd_per_unit") == 1


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_is_above_zero(rate: str) -> None:
    with pytest.raises(ValueError, match=rate):
        us_cents(1, digits=2, rate=Decimal(rate), quoted="usd_per_unit")
    with pytest.raises(ValueError, match="turned"):
        us_cents(1, digits=2, rate=Decimal(1), quoted="turned")
