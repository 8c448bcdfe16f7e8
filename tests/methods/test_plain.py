"""Text is read in the order in which it is stored, and keeps the marks that languages need."""

from hypothesis import given
from hypothesis import strategies as st

from unmet.methods.plain import TURNING, plain


def test_signs_that_turn_the_reading_order_are_left_out() -> None:
    assert plain("send \u202e12\u202c or \u2066x\u2069") == "send 12 or x"
    assert plain("\u202d \x00 \n") == ""


def test_marks_joiners_and_lines_stay() -> None:
    kept = "نمی\u200cخواهم\u200f (A\u200e)\n\t2"
    assert plain(f" {kept} ") == kept


@given(st.text())
def test_it_is_done_once(text: str) -> None:
    once = plain(text)
    assert plain(once) == once and not {chr(code) for code in TURNING} & set(once)
