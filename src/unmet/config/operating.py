"""The commands of whoever keeps Unmet up: `unmet backup` and `unmet restore`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone

from unmet.access import services as access
from unmet.access.actors import Actor, acting
from unmet.config import backup, restore

OK, REFUSED = 0, 1


def make_backup(given: argparse.Namespace) -> int:
    """`unmet backup FILE`; with `--verify` nothing is written, the file is restored for a while and compared."""
    path, at = Path(given.file), timezone.now()
    if given.verify:
        return _told(given, {"verified": str(path), **asdict(restore.verify(path))})
    with acting(Actor.of(None, at=at, via="console")):
        made = backup.make(path, at=at, with_secret_key=given.with_secret_key)
    told = asdict(made) | {"path": str(made.path)}
    _told(given, told)
    # A file that is gone must be noticed while there may be an older backup that has it.
    return REFUSED if made.lost else OK


def restore_backup(given: argparse.Namespace) -> int:
    """`unmet restore FILE`: into an empty folder and database."""
    proved = restore.restore(Path(given.file))
    at = timezone.now()
    with acting(Actor.of(None, at=at, via="console")):
        access.record(event="config.backup_restored", at=at, made_at=proved.made_at, sequence=proved.sequence)
    return _told(given, asdict(proved))


def _told(given: argparse.Namespace, told: dict[str, Any]) -> int:
    if given.json:
        print(json.dumps(told, ensure_ascii=False))
        return OK
    if "seconds" in told:
        print(
            f"The books are proved: {told['sequence']} entries, {told['accounts']} accounts of {told['members']} "
            f"members,\nas of {told['made_at'][:19]}Z; {told['files']} stored files.\n"
            f"From the file to books that stand: {told['seconds']} seconds."
        )
        if "verified" not in told:
            print(f"What was set there stands in {restore.SETTINGS_FILE}. Start with: unmet serve")
        return OK
    print(f"{told['path']}: {told['size']} bytes, {told['sequence']} entries, {told['files']} stored files.")
    for sha256 in told["lost"]:
        print(f"  not on the disk, or not whole: the stored file {sha256}")
    return OK
