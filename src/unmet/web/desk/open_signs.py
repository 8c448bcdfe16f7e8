"""The signs of a page that is open, as they are now: the page asks for them by itself, and shows what changed.

A page carries the address of this answer and the mark of what it has shown (`watch`); `static/web/signs.js` asks again,
with the mark, and is told that nothing changed or what is said now. Without script a page says it when it is loaded
again, and dispatch asks.
"""

import base64
import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_GET

from unmet.support import consignment_queries, queries, request_queries, signs
from unmet.support.models import AssistanceRequest, Line
from unmet.support.request_queries import Sign
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest

# Needs or lines in one address, which must stay below the 8 kB that servers take. A longer page is not watched.
MOST: Final = 200
Of = Literal["needs", "lines", "consignment", "request"]


# ── in a page ────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Watched:
    """Where an open page asks for its signs, the mark of those it shows, and its own address ("": it has none)."""

    address: str
    mark: str
    again: str


def watch(
    request: PersonRequest, of: Of, subjects: Iterable[uuid.UUID], said: Iterable[Sign], *, again: str = ""
) -> Watched | None:
    """What lets a page be watched: whose signs it shows, and which these are now. None where there is nothing to ask.

    `again` is the address of the page where it may have been reached by a form.
    """
    asked = sorted(set(subjects))
    if not 0 < len(asked) <= MOST:
        return None
    again = again or (request.get_full_path() if request.method == "GET" else "")
    return Watched(f"{reverse('open_signs', args=[of])}?ids={'.'.join(map(_short, asked))}", mark(said), again)


def mark(said: Iterable[Sign]) -> str:
    """Short text that differs as soon as another sign is said of one of the needs, however signs are put together."""
    told = {
        (sign.kind, str(need), sign.since.isoformat() if sign.since else "", sign.reason)
        for sign in said
        for need in sign.needs
    }
    return hashlib.sha256(repr(sorted(told)).encode()).hexdigest()[:20]


# ── asked by a page ──────────────────────────────────────────────────────────
@desk_page
@require_GET
def now(request: PersonRequest, of: str) -> HttpResponse:
    """What is said now of what a page shows, as a part of a page. Whoever may not see that page finds nothing (404)."""
    read, subjects = _READ.get(of), _ids(request.GET.get("ids", ""))
    said = read(request, subjects) if read is not None and subjects else None
    if said is None:
        raise Http404
    now_marked = mark(said)
    answer = get_conditional_response(request, etag=f'"{now_marked}"')
    if answer is None:
        shown = {"stopped": said, "mark": now_marked}
        answer = HttpResponse(render_to_string("web/desk/_signs_now.html", shown))
    answer.headers["ETag"] = f'"{now_marked}"'
    patch_cache_control(answer, private=True, no_store=True)
    return answer


def _of_needs(_request: PersonRequest, subjects: set[uuid.UUID]) -> list[Sign] | None:
    seen = signs.concerning(subjects)
    return signs.of(seen) if seen else None


def _of_lines(_request: PersonRequest, subjects: set[uuid.UUID]) -> list[Sign] | None:
    """Of lines that the person's parties give or receive, or may pack."""
    lines = Line.objects.filter(uuid__in=subjects)
    own = queries.for_actor().values("pk")
    packs = consignment_queries.sendable().order_by().values("pk")
    found = list(lines.filter(pk__in=own) | lines.filter(pk__in=packs))
    return signs.of_lines(found) if found else None


def _of_consignment(request: PersonRequest, subjects: set[uuid.UUID]) -> list[Sign] | None:
    box = consignment_queries.find(next(iter(subjects)), today=request.at.date())
    if box is None or box.state not in consignment_queries.TRAVELS:
        return None
    parts = consignment_queries.whole(box, today=request.at.date())
    return signs.of_lines(one.line for one in consignment_queries.lines(*parts))


def _of_request(_request: PersonRequest, subjects: set[uuid.UUID]) -> list[Sign] | None:
    asked = request_queries.find(next(iter(subjects)))
    if asked is None or asked.state == AssistanceRequest.State.DRAFT:
        return None
    return signs.of_request(asked, request_queries.lines(asked))


_READ: Final[Mapping[str, Callable[[PersonRequest, set[uuid.UUID]], list[Sign] | None]]] = {
    "needs": _of_needs, "lines": _of_lines, "consignment": _of_consignment, "request": _of_request,
}  # fmt: skip


# ── in an address ────────────────────────────────────────────────────────────
def _short(pk: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(pk.bytes).decode().rstrip("=")


def _ids(text: str) -> set[uuid.UUID]:
    """What `watch` has put into an address; nothing where it was not that."""
    parts = text.split(".")
    try:
        found = {uuid.UUID(bytes=base64.urlsafe_b64decode(f"{part}==")) for part in parts[: MOST + 1]}
    except ValueError:
        return set()
    return found if len(parts) <= MOST else set()
