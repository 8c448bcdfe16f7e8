"""Sentences are found in code and templates, and every hole in a translation is named."""

import gettext
from pathlib import Path

import pytest
from tools import messages

pytestmark = pytest.mark.pure

CODE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
title = gettext_lazy("A need")
heading = _("Hello %(name)s")
month = pgettext("month", "May")
count = ngettext("%(n)s line", "%(n)s lines", n)
name = _(variable)
"""
TEMPLATE = """{% load i18n %}
<h1>{% translate "Needs (open)" %}</h1>
{% blocktranslate trimmed with who=person.name %}
  Signed in
  as {{ who }}.
{% endblocktranslate %}
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(messages, "LANGUAGES", ("es",))
    (tmp_path / "templates").mkdir()
    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    return tmp_path


def translate(*pairs: tuple[str, str]) -> None:
    """Fill in msgstr lines of the Spanish file: each pair is what stands there and what shall stand there."""
    path = messages.po_path("es")
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


HELLO = 'msgid "Hello %(name)s"\nmsgstr "'


def test_code_and_templates_are_read() -> None:
    found = {(message.context, message.id) for message in messages.sentences() if message.id}
    assert found == {
        (None, "A need"),
        (None, "Hello %(name)s"),
        ("month", "May"),
        (None, ("%(n)s line", "%(n)s lines")),
        (None, "Needs (open)"),
        (None, "Signed in as %(who)s."),
    }


def test_a_missing_file_misses_every_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert messages.check() == 1
    assert capsys.readouterr().out.count("es: missing:") == 6


def test_update_adds_empty_sentences_and_keeps_translated_ones(tree: Path) -> None:
    messages.update()
    translate(('msgid "A need"\nmsgstr "', 'msgid "A need"\nmsgstr "Una necesidad'))
    (tree / "code.py").write_text('x = _("A need") + _("New")')
    messages.update()
    faults = {(fault.reason, fault.sentence) for fault in messages.faults()}
    assert ("untranslated", "New") in faults
    assert ("untranslated", "A need") not in faults
    assert "May" not in messages.po_path("es").read_text()


def test_a_wrong_placeholder_is_a_fault() -> None:
    messages.update()
    translate((HELLO, f"{HELLO}Hola %(nombre)s"))
    reasons = {fault.sentence: fault.reason for fault in messages.faults()}
    assert "placeholder" in reasons["Hello %(name)s"]


def test_a_fuzzy_sentence_is_a_fault() -> None:
    messages.update()
    translate((f"#, python-format\n{HELLO}", f"#, fuzzy, python-format\n{HELLO}Hola %(name)s"))
    assert {fault.sentence: fault.reason for fault in messages.faults()}["Hello %(name)s"] == "fuzzy"


def test_a_half_translated_plural_is_a_fault() -> None:
    messages.update()
    translate(('msgstr[0] ""', 'msgstr[0] "%(n)s línea"'))
    assert {fault.sentence: fault.reason for fault in messages.faults()}["%(n)s line"] == "untranslated"


def test_the_form_of_millions_is_a_fault_where_two_are_meant() -> None:
    messages.update()
    translate(('msgstr[0] ""', 'msgstr[0] "%(n)s línea"'), ('msgstr[1] ""', 'msgstr[1] "%(n)s de líneas"'))
    assert "millions" in {fault.sentence: fault.reason for fault in messages.faults()}["%(n)s line"]
    translate(("%(n)s de líneas", "%(n)s líneas"))
    assert "%(n)s line" not in {fault.sentence for fault in messages.faults()}


def test_compiled_files_are_what_gettext_reads() -> None:
    messages.update()
    translate((HELLO, f"{HELLO}Hola %(name)s"))
    messages.compile_stale()
    with messages.po_path("es").with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Hello %(name)s") == "Hola %(name)s"
