"""Texts that the coalition words itself: files beside the database, one for each language, read anew when changed.

`texts/disclaimer.en.txt` in the data folder replaces our words about borders, names and designations. Plain text;
an empty line parts paragraphs.
"""

from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

LARGEST = 20_000  # bytes; the disclaimer stands under every map
NAMES = ("disclaimer", "terms")


def coalition() -> str:
    """Name of the coalition in the reader's language: as the operator set it, else that of the shipped one."""
    return own_coalition() or _("Non-Aligned Movement")


def own_coalition() -> str:
    """Name of a coalition that is not the shipped one; empty for that."""
    names = settings.UNMET_COALITION_NAMES
    return settings.UNMET_COALITION or names.get((get_language() or "")[:2]) or next(iter(names.values()), "")


def own(name: str) -> str:
    """The coalition's own wording in the reader's language; empty when there is none."""
    path = _path(name, (get_language() or "en")[:2])
    try:
        return path.read_bytes()[:LARGEST].decode("utf-8", errors="replace").strip()
    except OSError:
        return ""


def changed() -> tuple[int, ...]:
    """When each of the texts last changed; a page that shows one depends on it."""
    found = []
    for name in NAMES:
        path = _path(name, (get_language() or "en")[:2])
        found.append(path.stat().st_mtime_ns if path.is_file() else 0)
    return tuple(found)


def _path(name: str, language: str) -> Path:
    return Path(settings.UNMET_DATA) / "texts" / f"{name}.{language}.txt"
