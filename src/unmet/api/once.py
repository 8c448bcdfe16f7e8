"""The same POST sent twice has one effect: its answer is kept in the transaction of the effect, under the client's key.

Refused requests are rolled back with their key: they did nothing, and may be sent again corrected.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from unmet.access.models import Token
from unmet.api import forgetting
from unmet.api.models import KeptAnswer
from unmet.api.problems import Problem, bad

HEADER: Final = "Idempotency-Key"
PATTERN: Final = "^[A-Za-z0-9_.:-]{8,100}$"
_KEPT: Final = ("Content-Type", "ETag", "Location", "Content-Language")


def key_of(request: HttpRequest) -> str:
    """The key of a request; empty where none was sent.

    Raises:
        Problem: it is no key.
    """
    key = request.headers.get(HEADER, "")
    if HEADER in request.headers and not re.fullmatch(PATTERN, key, re.ASCII):
        raise bad(f"header: {HEADER}", _("A key has 8 to 100 letters, digits or signs of _ . : -"))
    return key


def again(key: str, *, token: Token, request: HttpRequest, at: datetime) -> HttpResponse | None:
    """The answer that is kept under a key; None when nothing came under it within the days of `forgetting`.

    Raises:
        Problem: `key-reused` when another request came under it.
    """
    kept = forgetting.standing(at=at).filter(token=token, key=key).first()
    return None if kept is None else _again(kept, _digest(request))


def once(
    key: str, *, token: Token, request: HttpRequest, at: datetime, act: Callable[[], HttpResponse]
) -> HttpResponse:
    """What `act` answers, or what it answered when the same request came before under the same key.

    Raises:
        Problem: `key-reused` when another request came under it.
    """
    digest = _digest(request)
    try:
        with transaction.atomic():
            KeptAnswer.objects.filter(token=token, key=key, made_at__lte=at - forgetting.KEPT_FOR).delete()
            # First of all, so that another one with this key waits here until this one is done.
            kept = KeptAnswer.objects.create(token=token, key=key, digest=digest, made_at=at)
            forgetting.ask(at=at)
            response = act()
            KeptAnswer.objects.filter(pk=kept.pk).update(
                status=response.status_code,
                headers={name: response.headers[name] for name in _KEPT if name in response.headers},
                body=response.content.decode(),
            )
    except IntegrityError:
        other = KeptAnswer.objects.filter(token=token, key=key).first()
        if other is None:  # it was not about the key
            raise
        return _again(other, digest)
    return response


def _again(kept: KeptAnswer, digest: str) -> HttpResponse:
    if kept.digest != digest:
        raise Problem("key-reused")
    response = HttpResponse(kept.body, status=kept.status, headers=kept.headers)
    response.headers["Idempotency-Replayed"] = "yes"
    return response


def _digest(request: HttpRequest) -> str:
    """SHA-256 of what was asked: method, address, and the body or the form with its files."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode("utf-8", "surrogatepass"))
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    digest.update(repr(sorted((name, request.POST.getlist(name)) for name in request.POST)).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            content = hashlib.sha256()
            for chunk in file.chunks():
                content.update(chunk)
            file.seek(0)
            digest.update(f"{name} {file.name} {content.hexdigest()}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
