"""Keep and fetch files by their content."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from unmet.files.models import StoredFile


class TooLarge(Exception):
    """The file has more bytes than the limit; `limit` says how many are allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def keep(chunks: Iterable[bytes], *, name: str, owner: str, person: str, at: datetime) -> StoredFile:
    """Write the bytes under their SHA-256 and note who sent them. The same bytes are kept once.

    Raises:
        TooLarge: more than `UNMET_FILE_LIMIT` bytes; nothing is kept.
    """
    folder = settings.MEDIA_ROOT
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as temporary:
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.UNMET_FILE_LIMIT:
                    raise TooLarge(settings.UNMET_FILE_LIMIT)
                digest.update(chunk)
                temporary.write(chunk)
            temporary.flush()
            os.fsync(temporary.fileno())
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise
    os.replace(temporary.name, folder / digest.hexdigest())
    return StoredFile.objects.create(
        sha256=digest.hexdigest(), size=size, name=name[:255], owner=owner, person=person, at=at
    )


def path(file: StoredFile) -> Path:
    """Where the bytes lie."""
    return Path(settings.MEDIA_ROOT) / file.sha256
