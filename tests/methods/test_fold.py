"""One spelling for every way of writing the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unmet.methods.fold import fold


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Oxygène", "OXYGENE"),
        ("Concentrateur d’oxygène", "concentrateur  d'oxygene"),
        ("Niño/a", "nino a"),
        ("œdème", "oedeme"),
        ("كمامة طبية", "كمامه طبيه"),
        ("أقنعة إضافية آلية", "اقنعة اضافية الية"),
        ("مكثِّف أكسجين", "مكثف اكسجين"),
        ("قنــاع", "قناع"),
        ("کمامه طبی", "كمامة طبي"),  # Persian kaf and yeh
        ("مستشفى", "مستشفي"),
        ("١٢٫٥", "12 5"),
        ("۱۲", "12"),
        ("Ⅻ ﬁlter", "xii filter"),
        ("Nm³/h", "nm3 h"),
        ("ＦＦＰ２", "ffp2"),
        ("N95/FFP2 – respirator", "n95 ffp2 respirator"),
        ("mask\u00a0type\u202fIIR", "mask type iir"),
        ("\u200fقناع\u200e", "قناع"),
        ("soft\u00adhyphen", "softhyphen"),
        ("", " \t\n "),
    ],
)
def test_ways_of_writing_one_word(typed, same):
    assert fold(typed) == fold(same)


@pytest.mark.parametrize(
    ("one", "other"), [("mask", "masks"), ("type II", "type III"), ("كمامة", "كمام"), ("10 L", "1 L")]
)
def test_different_words_stay_different(one, other):
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_only_letters_digits_and_single_spaces_are_left(text):
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert folded == folded.casefold() or not folded.isascii()


@given(st.text(alphabet="abcçéñüABCأإآاةهىيكیک ١٢3"), st.sampled_from(["\u00a0", "  ", "\t", "-", " / "]))
def test_the_kind_of_space_does_not_matter(word, space):
    assert fold(f"{word}{space}x") == fold(f"{word} x")
