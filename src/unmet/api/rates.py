"""How often a token may ask: at most `UNMET_API_RATE` requests in a minute, over all processes.

Each process counts by itself and tells the database every `EVERY` requests, so that a reading request does not write;
the limit is exact to that many for each process.
"""

import threading
import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from unmet.access.models import Token
from unmet.api.models import Use
from unmet.api.problems import Problem

EVERY: Final = 20
_lock = threading.Lock()
_told: Counter[tuple[uuid.UUID, datetime]] = Counter()
_untold: Counter[tuple[uuid.UUID, datetime]] = Counter()


def count(token: Token, *, at: datetime) -> None:
    """Count one request.

    Raises:
        Problem: `too-often`.
    """
    minute = at.replace(second=0, microsecond=0)
    key = (token.uuid, minute)
    with _lock:
        _untold[key] += 1
        waiting = _untold[key]
        known = _told[key]
        if waiting >= EVERY:
            _untold[key] = 0
    if waiting >= EVERY:
        known = _tell(token, minute, waiting)
        with _lock:
            _told[key] = known
            _forget(minute)
        waiting = 0
    if known + waiting > settings.UNMET_API_RATE:
        left = (minute + timedelta(minutes=1) - at).seconds + 1
        raise Problem("too-often", headers={"Retry-After": str(left)})


def _tell(token: Token, minute: datetime, waiting: int) -> int:
    """Add to what all processes have counted; the sum so far. Older minutes are of no use to anybody."""
    with transaction.atomic():
        use, _made = Use.objects.get_or_create(token=token, minute=minute)
        Use.objects.filter(pk=use.pk).update(count=F("count") + waiting)
        Use.objects.filter(token=token, minute__lt=minute).delete()
        return Use.objects.values_list("count", flat=True).get(pk=use.pk)


def _forget(minute: datetime) -> None:
    for counted in (_told, _untold):
        for key in [key for key in counted if key[1] < minute]:
            del counted[key]
