"""How often one address may ask without a token: at most `UNMET_API_PUBLIC_RATE` requests in a minute of the clock.

No address is kept, nor a hash of one. A keyed hash of the address and the minute only chooses counters out of many, in
rows that mix the addresses differently; the smallest of an address's counters is how often it asked, or more where it
shares all of them with others, which hardly happens. Each process counts in a file of its own, which all processes of
the machine map into memory, and reads the sum; counters of an earlier minute are nothing.
"""

import hashlib
import hmac
import ipaddress
import mmap
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from unmet.api.problems import Problem

FOLDER: Final = "limits"
_ROWS, _PLACES = 4, 1 << 14  # 256 kB a process
_SIZE: Final = 4 * (1 + _ROWS * _PLACES)
_IPV6_NETWORK: Final = 64  # what one household or office has at its own disposal


def begin_anew(data: Path) -> None:
    """Forget the counts of an earlier run; called before any process serves pages."""
    for path in (data / FOLDER).glob("*.counts"):
        path.unlink(missing_ok=True)


def count(request: HttpRequest, *, at: datetime) -> None:
    """Count one request of somebody without a token.

    Raises:
        Problem: `too-often`, with the seconds until the next minute in `Retry-After`.
    """
    seconds = int(at.timestamp())
    asked = _counting().add(_places(_network(request), seconds // 60), seconds // 60)
    if asked > settings.UNMET_API_PUBLIC_RATE:
        raise Problem("too-often", headers={"Retry-After": str(60 - seconds % 60)})


def _network(request: HttpRequest) -> str:
    """Where a request comes from, as the nearest proxy of ours says where there are any; of IPv6 the network."""
    typed = request.META.get("REMOTE_ADDR", "")
    if settings.UNMET_PROXIES:
        passed = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
        typed = passed[-settings.UNMET_PROXIES] if len(passed) >= settings.UNMET_PROXIES and passed[0] else typed
    try:
        address = ipaddress.ip_address(typed)
    except ValueError:
        return ""  # all that cannot be read are one
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)


def _places(network: str, minute: int) -> list[int]:
    """One counter in each row."""
    key = f"unmet.api.public_rates {settings.SECRET_KEY}".encode()
    digest = hmac.digest(key, f"{minute} {network}".encode(), hashlib.sha256)
    chosen = (int.from_bytes(digest[4 * row : 4 * row + 4]) % _PLACES for row in range(_ROWS))
    return [1 + row * _PLACES + place for row, place in enumerate(chosen)]


class _Counts:
    """The counters of this process, and those of the others to be read. The first word of a file is its minute."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.pid, self._lock = folder, os.getpid(), threading.Lock()
        self._maps: dict[str, memoryview] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._mine = self._open(folder / f"{self.pid}.counts", create=True)

    def add(self, places: list[int], minute: int) -> int:
        """Count one request; how many it is of this minute, over all processes."""
        with self._lock:
            if self._mine[0] != minute:
                self._mine[0] = 0  # nobody adds what is being emptied
                self._mine[1:] = memoryview(bytes(_SIZE - 4)).cast("I")
                self._mine[0] = minute
            for place in places:
                self._mine[place] += 1
            counted = [one for one in self._all() if one[0] == minute]
            return min(sum(one[place] for one in counted) for place in places)

    def _all(self) -> list[memoryview]:
        for entry in os.scandir(self._folder):
            if entry.name.endswith(".counts") and entry.name not in self._maps:
                self._open(Path(entry.path))
        return list(self._maps.values())

    def _open(self, path: Path, *, create: bool = False) -> memoryview:
        with path.open("r+b" if path.exists() or not create else "w+b") as file:
            file.truncate(_SIZE)
            view = memoryview(mmap.mmap(file.fileno(), _SIZE)).cast("I")
        self._maps[path.name] = view
        return view


_counts: _Counts | None = None
_making = threading.Lock()


def _counting() -> _Counts:
    global _counts
    with _making:
        if _counts is None or _counts.pid != os.getpid():
            _counts = _Counts(Path(settings.UNMET_DATA) / FOLDER)
        return _counts
