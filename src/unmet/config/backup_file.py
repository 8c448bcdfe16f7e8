"""The file of a backup: an ordinary zip that any machine can open, whose last bytes are the SHA-256 of all the others.

A zip alone does not notice every changed bit: dates and sizes stand in it twice. Here one changed, missing or added
byte anywhere is found before anything is unpacked. It finds damage, not forgery: who can write the file can also
write a new SHA-256.
"""

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

FORMAT, FORMAT_VERSION = "unmet-backup", 1
MANIFEST = "manifest.json"
_MARK = b"unmet-backup sha256 "
_TAIL = len(_MARK) + 64
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 256 << 20
# What a backup may hold. A name becomes a path, so nothing else is ever unpacked.
NAMES = re.compile(
    r"database\.(?:sqlite3|pgdump)|files/[0-9a-f]{64}|texts/[a-z]{1,20}\.[a-z]{2}\.txt|map\.json|settings\.json"
    r"|secret_key|coalition/[a-z_]{1,20}\.(?:csv|json)"
)


class BackupRefused(Exception):
    """The file cannot be used as a backup, or none can be made; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a backup: its name in the file, its bytes and their SHA-256."""

    name: str
    size: int
    sha256: str


class Writer:
    """Writes a backup beside its name and puts it in its place when it is whole: half a backup never has the name."""

    def __init__(self, path: Path) -> None:
        self.path, self._beside = path, path.with_name(f".{path.name}.{os.getpid()}.partial")
        self.parts: list[Part] = []
        # Password hashes and what no one released are in it: for its owner only.
        descriptor = os.open(self._beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()  # does nothing when all went well
        self._file.close()
        self._beside.unlink(missing_ok=True)

    def add(self, name: str, source: Path, *, squeeze: bool = False) -> Part:
        """Put the bytes of a file into the backup; `squeeze` what is not small already."""
        with source.open("rb") as file:
            return self._add(name, iter(lambda: file.read(_CHUNK), b""), squeeze)

    def add_bytes(self, name: str, content: bytes) -> Part:
        """Put a few bytes into the backup."""
        return self._add(name, iter([content]), True)

    def _add(self, name: str, chunks: Iterator[bytes], squeeze: bool) -> Part:
        told = zipfile.ZipInfo(name)
        told.compress_type = zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED
        told.external_attr = 0o600 << 16
        size, digest = 0, hashlib.sha256()
        with self._zip.open(told, "w", force_zip64=True) as out:
            for chunk in chunks:
                size += len(chunk)
                digest.update(chunk)
                out.write(chunk)
        part = Part(name, size, digest.hexdigest())
        self.parts.append(part)
        return part

    def finish(self, manifest: dict[str, Any]) -> str:
        """Write the manifest and the SHA-256, make all of it durable, and give the file its name. Returns the SHA-256.

        Raises:
            BackupRefused: meanwhile there is a file of that name.
        """
        told = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            **manifest,
            "parts": [asdict(part) for part in self.parts],
        }
        self._zip.writestr(MANIFEST, json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True))
        self._zip.comment = _MARK + b"0" * 64
        self._zip.close()
        digest = _digest_of_all_but_the_tail(self._file)
        self._file.seek(-64, os.SEEK_END)
        self._file.write(digest.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._name()
        sync_folder(self.path.parent)
        return digest

    def _name(self) -> None:
        taken = BackupRefused(f"There is a file {self.path} already. A backup never replaces another one.")
        try:
            os.link(self._beside, self.path)  # unlike a rename, it never takes the place of another backup
        except FileExistsError:
            raise taken from None
        except OSError:  # a disk that knows no second names, such as a memory stick
            if self.path.exists():
                raise taken from None
            os.rename(self._beside, self.path)


def _digest_of_all_but_the_tail(file: Any) -> str:
    digest = hashlib.sha256()
    left = file.seek(0, os.SEEK_END) - _TAIL
    file.seek(0)
    while left > 0 and (chunk := file.read(min(left, _CHUNK))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Backup:
    """A backup whose bytes are all as they were written, opened for reading."""

    def __init__(self, archive: zipfile.ZipFile, digest: str) -> None:
        self._zip, self.sha256 = archive, digest
        self.manifest = self._read_manifest()
        self.parts = {part["name"]: Part(**part) for part in self.manifest["parts"]}
        inside = archive.namelist()
        if len(self.parts) != len(self.manifest["parts"]) or sorted(inside) != sorted([*self.parts, MANIFEST]):
            raise BackupRefused("The backup does not hold the parts that its manifest lists. Use another backup.")
        if strange := [name for name in self.parts if not NAMES.fullmatch(name)]:
            raise BackupRefused(f"The backup holds a part of an unknown name: {strange[0]!r}. Use another backup.")

    def _read_manifest(self) -> dict[str, Any]:
        try:
            if self._zip.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
                raise BackupRefused("The manifest of the backup is too large to be one.")
            told = json.loads(self._zip.read(MANIFEST))
            kind, version = told["format"], told["format_version"]
        except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise BackupRefused("The file has no manifest that can be read, so it is no backup of Unmet.") from error
        if kind != FORMAT or version != FORMAT_VERSION:
            raise BackupRefused(
                f"The backup has the form {kind!r} {version!r}; this version of Unmet reads {FORMAT!r} "
                f"{FORMAT_VERSION}. Restore it with the version that made it."
            )
        return dict(told)

    def unpack(self, name: str, target: Path) -> None:
        """Write a part to a new file, durably, and compare it with what the manifest says of it.

        Raises:
            BackupRefused: its size or SHA-256 is another.
        """
        part, size, digest = self.parts[name], 0, hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._zip.open(name) as inside, _new_file(target) as out:
                while size <= part.size and (chunk := inside.read(_CHUNK)):
                    size += len(chunk)
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise BackupRefused(f"The part {name} of the backup cannot be read. Use another backup.") from error
        if (size, digest.hexdigest()) != (part.size, part.sha256):
            raise BackupRefused(f"The part {name} of the backup is not what its manifest says. Use another backup.")


@contextmanager
def _new_file(path: Path) -> Iterator[Any]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """A backup, after every byte of it was compared with its SHA-256.

    Raises:
        BackupRefused: the file is not there, is no backup, is cut short or was altered.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupRefused(f"The file {path} cannot be read: {error.strerror}.") from error
    with file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _TAIL, 0))
        tail = file.read()
        if size <= _TAIL or not tail.startswith(_MARK):
            raise BackupRefused(f"{path.name} is no whole backup of Unmet: it is cut short or is another kind of file.")
        digest = _digest_of_all_but_the_tail(file)
        if tail != _MARK + digest.encode():
            raise BackupRefused(f"{path.name} is damaged: its bytes are not those that were written. Use another one.")
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError) as error:
            raise BackupRefused(f"{path.name} cannot be read as a backup of Unmet.") from error
        with archive:
            yield Backup(archive, digest)
