"""The virus scanner of the host, if one is set: a command that gets the path of a file.

It ends with 0 for a clean file and with 1 for an infected one, as `clamscan` and `clamdscan` do. Anything else means
that the file could not be checked, and an unchecked file is refused.
"""

import logging
import shlex
import subprocess
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)


class Infected(Exception):
    """The scanner says that the file is infected."""


class NotChecked(Exception):
    """The scanner could not be run, did not end in time, or ended with neither 0 nor 1."""


def scan(path: Path) -> None:
    """Have a file checked. Without a scanner nothing is checked.

    Raises:
        Infected, NotChecked: see there.
    """
    if not settings.UNMET_VIRUS_SCANNER:
        return
    try:
        command = [*shlex.split(settings.UNMET_VIRUS_SCANNER), str(path.resolve())]
        ended = subprocess.run(  # no shell: the command is the operator's, the path is ours
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=settings.UNMET_VIRUS_SCANNER_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.TimeoutExpired) as failed:
        logger.error("The virus scanner could not check a file: %s", type(failed).__name__)
        raise NotChecked from failed
    if ended.returncode == 1:
        raise Infected
    if ended.returncode:
        logger.error("The virus scanner ended with %s", ended.returncode)
        raise NotChecked
