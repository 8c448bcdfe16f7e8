"""The sentences of Unmet and their translations.

    python tools/messages.py compile    write the .mo files that are older than their .po
    python tools/messages.py check      exit 1 and list what is missing, fuzzy or broken in ar, es, fr
    python tools/messages.py update     bring the .po files up to date with the sentences in the code

Reads the code the way Django's own `makemessages` does, but with Babel in place of the gettext programs, so
that it runs on a machine that has nothing but Python.
"""

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "unmet"
LOCALE = SOURCE / "web" / "locale"
LANGUAGES = ("ar", "es", "fr")
ARABIC_PLURAL = "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5)"
# Spanish and French say "de" after a number from a million on ("un millón de artículos") and never after 2.
MILLIONS = re.compile(r"\)s (?:de (?!ell)|d’(?!entre|eux))")
COMMENT_TAGS = ["Translators"]
# Function → which argument is what, as Babel writes it: None = one sentence, (1, 2) = singular and plural,
# (1, "c") = the first argument is the context.
PLAIN: dict[str, Any] = {
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
KEYWORDS: dict[str, Any] = {
    **PLAIN,
    **{f"{name}_lazy": arguments for name, arguments in PLAIN.items()},
    "gettext_noop": None,
    "_": None,
}


@dataclass(frozen=True)
class Fault:
    """One sentence that a reader of `language` would see wrongly or in English."""

    language: str
    reason: str  # missing, untranslated, fuzzy, or what is wrong with its placeholders
    sentence: str

    def __str__(self) -> str:
        return f"{self.language}: {self.reason}: {self.sentence!r}"


def po_path(language: str) -> Path:
    """Where the translations into `language` are kept."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def sentences() -> Catalog:
    """Every sentence marked for translation in the Python files and templates of src/unmet."""
    catalog = Catalog(project="Unmet", charset="utf-8", fuzzy=False)
    for path in sorted(SOURCE.rglob("*.py")):
        _add(catalog, path, path.read_text(encoding="utf-8"))
    for path in sorted(path for path in SOURCE.rglob("templates/**/*") if path.is_file()):
        _add(catalog, path, _as_python(path.read_text(encoding="utf-8")))
    return catalog


def _as_python(template: str) -> str:
    """A template as Django prepares it for extraction; in brackets, so that its indentation means nothing."""
    from django.utils.translation.template import templatize

    return f"({templatize(template)}\n)"


def _add(catalog: Catalog, path: Path, text: str) -> None:
    # Babel's own annotation of what it yields is narrower than what it yields.
    found: Any = extract_python(io.BytesIO(text.encode()), KEYWORDS, COMMENT_TAGS, {"encoding": "utf-8"})
    for line, function, arguments, comments in found:
        identity, context = _identity(function, arguments)
        if identity:
            catalog.add(
                identity,
                locations=[(str(path.relative_to(ROOT)), line)],
                auto_comments=comments,
                context=context,
            )


def _identity(function: str, arguments: Any) -> tuple[Any, str | None]:
    """The msgid (a pair when it has a plural) and its context; (None, None) when a part is not a plain string."""
    given = list(arguments) if isinstance(arguments, tuple) else [arguments]
    name = function.removesuffix("_lazy")
    context = given.pop(0) if name in {"pgettext", "npgettext"} else None
    wanted = 2 if name in {"ngettext", "npgettext"} else 1
    parts = given[:wanted]
    if len(parts) < wanted or not all(isinstance(part, str) and part for part in parts):
        return None, None
    return (tuple(parts) if wanted == 2 else parts[0]), context


def faults() -> list[Fault]:
    """What keeps the translations from being complete, in the order of the languages and the sentences."""
    wanted = sentences()
    return [fault for language in LANGUAGES for fault in _faults_of(language, wanted)]


def _faults_of(language: str, wanted: Catalog) -> Iterator[Fault]:
    catalog = _read(language)
    for message in wanted:
        if not message.id:
            continue
        sentence = message.id if isinstance(message.id, str) else message.id[0]
        translated = catalog.get(message.id, message.context)
        reason = "missing" if translated is None else _what_is_wrong(translated, catalog)
        if reason:
            yield Fault(language, reason, sentence)


def _what_is_wrong(message: Message, catalog: Catalog) -> str:
    """An empty string when nothing is."""
    if message.fuzzy:
        return "fuzzy"
    strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    if not all(strings):
        return "untranslated"
    one, *others = (str(string) for string in strings)
    if len(others) == 1 and MILLIONS.search(others[0]) and not MILLIONS.search(one):
        return "the form of millions, as in “2 de artículos”"
    return "; ".join(str(error) for error in message.check(catalog))


def _read(language: str) -> Catalog:
    """The catalogue of a language; an empty one while its file does not exist."""
    path = po_path(language)
    if not path.exists():
        catalog = Catalog(locale=language, project="Unmet", charset="utf-8", fuzzy=False)
    else:
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, charset="utf-8")
    if language == "ar":
        # Babel has the last two forms of Arabic the other way round from CLDR and Django: many is 11 to 99.
        catalog._num_plurals, catalog._plural_expr = 6, ARABIC_PLURAL  # type: ignore[assignment]  # no setter
    return catalog


def check() -> int:
    """Print the faults; 1 when there are any."""
    found = faults()
    for fault in found:
        print(fault)
    if found:
        per_language = ", ".join(f"{name} {sum(f.language == name for f in found)}" for name in LANGUAGES)
        print(f"Sentences that are not translated ({per_language}). Run `make i18n`, then translate the .po files.")
    return 1 if found else 0


def update() -> int:
    """Add new sentences, drop those the code no longer has, keep what is translated."""
    wanted = sentences()
    for language in LANGUAGES:
        catalog = _read(language)
        # No guesses from similar sentences: a wrong translation of a need is worse than an English one.
        catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=110, sort_by_file=True, include_lineno=False)
        empty = sum(_what_is_wrong(message, catalog) == "untranslated" for message in catalog if message.id)
        print(f"{path.relative_to(ROOT)}: {len(catalog)} sentences, {empty} to translate")
    return 0


def compile_stale() -> int:
    """Write each .mo that is missing or older than its .po, whole or not at all."""
    for po in sorted(SOURCE.rglob("*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as file:
            catalog = read_po(file, locale=po.parent.parent.name, charset="utf-8")
        unfinished = mo.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            write_mo(file, catalog)
        unfinished.replace(mo)
    return 0


def main() -> int:
    """Run the command that is named on the command line."""
    commands = {"compile": compile_stale, "check": check, "update": update}
    parser = argparse.ArgumentParser(description="Extract, check and compile the translations.")
    parser.add_argument("command", choices=sorted(commands))
    return commands[parser.parse_args().command]()


if __name__ == "__main__":
    sys.exit(main())
