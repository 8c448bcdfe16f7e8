"""The application's own settings on a data folder of their own, so that tests never touch anybody's data."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Memory where the system offers it: SQLite syncs as strictly as in production, and that must not cost minutes.
_MEMORY = Path("/dev/shm")
_PARENT = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
_PREFIX = "unmet-tests-"


def _sweep() -> None:
    """Remove the folders of runs that were killed before they could do it themselves."""
    for folder in _PARENT.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError):
            continue


_sweep()
_owner = os.getpid()
_data = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{_owner}-", dir=_PARENT))


@atexit.register
def _remove() -> None:
    if os.getpid() == _owner:  # a forked child must not take the folder away from its parent
        shutil.rmtree(_data, ignore_errors=True)


os.environ["UNMET_DATA"] = str(_data)

from unmet.config.settings import *  # noqa: E402, F403, TID251
from unmet.config.settings import DATABASES  # noqa: E402, TID251

# A file instead of SQLite's memory database: threads and live servers then lock each other as they do in earnest.
if "sqlite3" in str(DATABASES["default"]["ENGINE"]):
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}

# Hundreds of sign-ins; the strength of the real hash is Django's to prove, not ours.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# All tests together ask from one address; the test of the limit sets one of its own.
UNMET_API_PUBLIC_RATE = 10_000_000

# Commands that a test starts as their own process use the real settings, on the same data folder.
os.environ["DJANGO_SETTINGS_MODULE"] = "unmet.config.settings"
