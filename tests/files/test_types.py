"""What a file is, is told by its content; what could act on the reader's machine is refused by its reason."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.files import samples

from unmet.files import types
from unmet.files.types import TypeRefused


def told(folder: Path, content: bytes) -> str:
    """The code of the type of these bytes."""
    path = folder / "file"
    path.write_bytes(content)
    return types.tell(path).code


@pytest.mark.parametrize("code", samples.GOOD)
def test_each_type_is_told_by_its_content(tmp_path, code):
    assert told(tmp_path, samples.GOOD[code]) == code


@pytest.mark.parametrize("name", samples.REFUSED)
def test_what_could_do_harm_is_refused_by_its_reason(tmp_path, name):
    reason, content = samples.REFUSED[name]
    with pytest.raises(TypeRefused) as caught:
        told(tmp_path, content)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text",
    ["MZ, Mozambique", "رسالة من الوزارة", "a < b and c > d", "Dear Sir,\f\nsecond page", "item;no\n1;2\n"],
)
def test_text_that_only_looks_odd_is_text(tmp_path, text):
    assert told(tmp_path, text.encode()) in ("txt", "csv")


def test_old_windows_letters_and_utf16_are_text(tmp_path):
    assert told(tmp_path, "Señor; año\n1; 2\n".encode("cp1252")) == "csv"
    assert told(tmp_path, "رسالة".encode("utf-16")) == "txt"


def test_printer_settings_of_office_are_no_program(tmp_path):
    assert told(tmp_path, samples.docx({"word/printerSettings1.bin": b"x"})) == "docx"


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(st.binary(max_size=400), st.sampled_from(list(samples.GOOD.values())).flatmap(
    lambda good: st.tuples(st.integers(0, len(good)), st.binary(max_size=9), st.integers(0, 9)).map(
        lambda cut: good[: cut[0]] + cut[1] + good[cut[0] + cut[2] :]
    )
)))  # fmt: skip
def test_whatever_comes_is_a_type_or_a_named_refusal(tmp_path_factory, content):
    with suppress(TypeRefused):
        assert told(tmp_path_factory.getbasetemp(), content) in types.TYPES
