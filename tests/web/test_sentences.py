"""Sentences reach the translators whole, and a word that means two things reaches them twice."""

import ast
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils.translation import gettext, override, pgettext

import unmet.web
from unmet.web import formats
from unmet.web.desk.approve import button

TEMPLATES = Path(unmet.web.__file__).parent / "templates"
_END = r"\{% (?:translate [^%]*|endblocktranslate) %\}"
_TAGS = r"(?:</?(?:b|i|a|bdi|small|span|strong)\b[^<>]*>)*"
PIECES = {
    "a mark after a translated piece": re.compile(_END + _TAGS + r"[,:;.]"),
    "a mark between a value and a translated piece": re.compile(
        r"\}\}" + _TAGS + r"[,:;] ?" + _TAGS + r"\{% (?:block)?translate"
    ),
    "a comma between the things of a list": re.compile(r"forloop\.(?:last|first) %\}[,;]|join:\", \"\|"),
}


@pytest.mark.parametrize("kind", sorted(PIECES))
def test_no_template_builds_a_sentence_from_pieces(kind: str) -> None:
    files = list(TEMPLATES.rglob("*.html"))
    assert len(files) > 50, "no templates found: this guard looks in the wrong place"
    found = [
        f"{path.relative_to(TEMPLATES)}: …{match[0]}"
        for path in files
        for match in PIECES[kind].finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_no_sentence_hides_in_an_f_string() -> None:
    """The translators' list is read from plain calls: one inside the braces of an f-string never reaches it."""
    calls = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext"}
    files = list(TEMPLATES.parents[1].rglob("*.py"))
    assert len(files) > 200, "no code found: this guard looks in the wrong place"
    found = [
        f"{path.name}:{call.lineno}"
        for path in files
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in calls
    ]
    assert not found


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A, B, and C"), ("es", "A, B y C"), ("fr", "A, B et C"), ("ar", "A وB وC")],
)
def test_names_stand_one_after_the_other_as_the_language_writes_them(language: str, said: str) -> None:
    with override(language):
        assert formats.listed(["A", "B", "C"]) == said


def test_names_in_a_list_are_escaped_and_keep_their_direction() -> None:
    shown = Template("{% load show %}{{ names|listed }}").render(Context({"names": ["<b>", "{0}"]}))
    assert shown == "<bdi>&lt;b&gt;</bdi> and <bdi>{0}</bdi>"


@pytest.mark.parametrize(
    ("context", "word"),
    [
        ("state of a return", "approved"), ("what a person does", 'Change<span class="vh"> %(item)s</span>'),
        ("rows of a table", "Created"), ("lines of a return", "Unchanged"), ("state of a need", "Open"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ar", "es", "fr"])
def test_a_word_of_several_meanings_is_translated_for_each(language: str, context: str, word: str) -> None:
    with override(language):
        assert pgettext(context, word) != word


def test_a_return_and_a_quantity_are_approved_in_their_own_gender() -> None:
    with override("fr"):
        assert (gettext("approved"), pgettext("state of a return", "approved")) == ("approuvé", "approuvée")


def test_the_button_says_how_many_lines_and_how_many_become_public() -> None:
    assert button(3, 0, nothing=False) == "Approve 3 lines"
    assert button(1, 1, nothing=False) == "Approve 1 line and publish it to everyone"
    assert button(2, 2, nothing=False) == "Approve 2 lines and publish all of them to everyone"
    assert button(11, 6, nothing=False) == "Approve 11 lines and publish 6 to everyone"
    assert button(0, 0, nothing=True) == "Approve “nothing to report”"
