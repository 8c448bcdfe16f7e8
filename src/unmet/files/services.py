"""Keep and fetch files by their content."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from unmet.files.models import StoredFile


class TooLarge(Exception):
    """The file has more bytes than the limit; `limit` says how many are allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that has come and is not kept yet: its bytes lie at `path`, `size` of them."""

    path: Path
    sha256: str
    size: int


@contextmanager
def received(chunks: Iterable[bytes], *, limit: int) -> Iterator[Incoming]:
    """The bytes in a file of their own, to be looked at and then stored. What is not stored is gone afterwards.

    Raises:
        TooLarge: more than `limit` bytes.
    """
    folder = settings.MEDIA_ROOT
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as temporary:
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(limit)
                digest.update(chunk)
                temporary.write(chunk)
            temporary.flush()
            os.fsync(temporary.fileno())
            yield Incoming(Path(temporary.name), digest.hexdigest(), size)
        finally:
            Path(temporary.name).unlink(missing_ok=True)


def store(incoming: Incoming, *, name: str, owner: str, person: str, at: datetime) -> StoredFile:
    """Put the bytes under their SHA-256 and note who sent them. The same bytes are kept once."""
    os.replace(incoming.path, settings.MEDIA_ROOT / incoming.sha256)
    return StoredFile.objects.create(
        sha256=incoming.sha256, size=incoming.size, name=name[:255], owner=owner, person=person, at=at
    )


def keep(chunks: Iterable[bytes], *, name: str, owner: str, person: str, at: datetime) -> StoredFile:
    """Write the bytes under their SHA-256 and note who sent them. The same bytes are kept once.

    Raises:
        TooLarge: more than `UNMET_FILE_LIMIT` bytes; nothing is kept.
    """
    with received(chunks, limit=settings.UNMET_FILE_LIMIT) as incoming:
        return store(incoming, name=name, owner=owner, person=person, at=at)


def path(file: StoredFile) -> Path:
    """Where the bytes lie."""
    return Path(settings.MEDIA_ROOT) / file.sha256
