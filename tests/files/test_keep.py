"""Files are kept by their content: once, whole or not at all, and never under the name they came with."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests import make

from unmet.files import services as files
from unmet.files.models import StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder of this test, and a small limit."""
    settings.MEDIA_ROOT, settings.UNMET_FILE_LIMIT = tmp_path / "uploads", 10
    return tmp_path / "uploads"


def keep(*chunks: bytes, name: str = "needs.xlsx") -> StoredFile:
    """Keep these bytes."""
    return files.keep(chunks, name=name, owner="ZMB", person="0", at=make.AT)


def test_the_bytes_lie_under_their_digest(folder: Path) -> None:
    kept = keep(b"ab", b"", b"c")
    assert kept.sha256 == hashlib.sha256(b"abc").hexdigest() and kept.size == 3
    assert files.path(kept).read_bytes() == b"abc"
    assert [path.name for path in folder.iterdir()] == [kept.sha256]


def test_the_same_bytes_lie_once_and_each_sender_is_noted(folder: Path) -> None:
    keep(b"abc")
    keep(b"abc", name="again.xlsx")
    assert len(list(folder.iterdir())) == 1 and StoredFile.objects.count() == 2


def test_a_name_is_only_data(folder: Path) -> None:
    kept = keep(b"abc", name="../../etc/passwd" + "x" * 300)
    assert files.path(kept).parent == folder and len(kept.name) == 255


def test_the_limit_itself_is_allowed_and_one_byte_more_keeps_nothing(folder: Path) -> None:
    keep(b"0123456789")
    with pytest.raises(files.TooLarge) as caught:
        keep(b"0123456789", b"x")
    assert caught.value.limit == 10
    assert len(list(folder.iterdir())) == 1 and StoredFile.objects.count() == 1


def test_a_sender_that_breaks_off_leaves_nothing(folder: Path) -> None:
    def broken() -> Any:
        yield b"abc"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        files.keep(broken(), name="x", owner="ZMB", person="0", at=make.AT)
    assert list(folder.iterdir()) == [] and not StoredFile.objects.exists()
