"""A form that met an expired sign-in: kept on the server, and sent on by one button after signing in.

It is not sent on by itself. The sign-in page may be answered by somebody else at the same screen, and a form that
another site made a browser send must not go through because its owner signs in. So the person sees what is to be sent,
under whose name, and presses the button; the form then carries a fresh token and takes the ordinary way.

The browser holds a random secret in a signed cookie, the server only its hash. A second signed cookie says who was
signed in here last: what that person typed is shown to nobody else who signs in on the same browser.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from unmet.parties.models import Person
from unmet.web.models import KeptPost
from unmet.web.requests import PageRequest, PersonRequest

KEPT_COOKIE = "unmet_kept"
LAST_COOKIE = "unmet_last"
KEPT_FOR = timedelta(hours=24)
LAST_FOR = timedelta(days=30)
# Characters of one form. A browser on which nobody has signed in yet may not fill our disk.
LARGEST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
LARGEST_OF_STRANGERS = 64_000
MOST_ROWS = 5_000
DOORS = ("desk", "respond", "coordination")
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field
_FILE = "\x00file"  # no field of a form can have this name


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent to one address: fields in their order, and names of file fields, whose files are not kept."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...] = ()

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The fields that hold something, for a person to read."""
        return [(name, value) for name, value in self.fields if value.strip()]


def is_behind_door(path: str) -> bool:
    """Whether an address belongs to people who are signed in: `/en/desk/…` and its like."""
    parts = path.split("/")
    return len(parts) > 2 and parts[2].startswith(DOORS)


def typed(request: PageRequest) -> Typed:
    """What this request sent, without its token. Of pages of sign-in, nothing: they hold passwords."""
    if request.method != "POST" or not is_behind_door(request.path):
        return Typed(request.path, ())
    pairs = tuple((name, value) for name, values in request.POST.lists() for value in values if name != _TOKEN)
    return Typed(request.get_full_path(), pairs, tuple(request.FILES))


# ── keeping ──────────────────────────────────────────────────────────────────
def ask_to_sign_in(request: PageRequest, *, at: datetime, person: Person | None = None, to: str = "") -> HttpResponse:
    """Send somebody to the sign-in page (or to the address `to`); what a POST carried is kept for afterwards.

    `person` is who sent it, when that is known.
    """
    to = to or reverse("account_login")
    if request.method != "POST":
        return redirect(f"{to}?{urlencode({'next': request.get_full_path()})}")
    owner = str(person.uuid) if person else last_person(request)
    secret = _keep(typed(request), owner=owner, at=at)
    if not secret:
        # Too much for us to keep: the browser keeps it, in a page whose form can be sent after signing in elsewhere.
        return render(request, "web/errors/sign_in_first.html", {"typed": typed(request)}, status=403)
    response = redirect(to)
    _set_cookie(response, KEPT_COOKIE, [secret, owner], KEPT_FOR)
    return response


def _keep(what: Typed, *, owner: str, at: datetime) -> str:
    """The secret under which it is kept; empty when it is not."""
    body = urlencode([*what.fields, *((_FILE, name) for name in what.files)])
    KeptPost.objects.filter(kept_at__lt=at - KEPT_FOR).delete()
    limit = LARGEST if owner else LARGEST_OF_STRANGERS
    if len(body) > limit or len(what.path) > 500 or KeptPost.objects.count() >= MOST_ROWS:
        return ""
    secret = secrets.token_urlsafe(32)
    KeptPost.objects.create(digest=_digest(secret), path=what.path, body=body, kept_at=at)
    return secret


# ── after signing in ─────────────────────────────────────────────────────────
def pending(request: PageRequest, person: Person, *, at: datetime) -> KeptPost | None:
    """What this browser had sent within a day, if it is this person's or nobody's in particular."""
    value = _read_cookie(request, KEPT_COOKIE, KEPT_FOR)
    if not isinstance(value, list) or len(value) != 2 or value[1] not in {"", str(person.uuid)}:
        return None
    return KeptPost.objects.filter(digest=_digest(value[0]), kept_at__gte=at - KEPT_FOR).first()


def read(row: KeptPost) -> Typed:
    """The fields of a kept form."""
    pairs = parse_qsl(row.body, keep_blank_values=True, max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 100)
    fields = tuple((name, value) for name, value in pairs if name != _FILE)
    return Typed(row.path, fields, tuple(value for name, value in pairs if name == _FILE))


@never_cache
@login_required
def page(request: PersonRequest) -> HttpResponse:
    """What was typed before signing in, with the button that sends it and the one that throws it away."""
    row = pending(request, request.user, at=request.at)
    if row is None:
        return redirect("desk")
    if request.method == "POST":
        row.delete()
        response = redirect("desk")
        response.delete_cookie(KEPT_COOKIE)
        return response
    return render(request, "account/kept.html", {"typed": read(row)})


def settle(request: PageRequest, response: HttpResponseBase) -> None:
    """Forget a kept form once it went through: its own address took the POST and did not refuse it."""
    if request.method != "POST" or KEPT_COOKIE not in request.COOKIES or not request.user.is_authenticated:
        return
    if response.status_code >= 400 or KEPT_COOKIE in response.cookies:
        return
    row = pending(request, request.user, at=request.at)
    if row is not None and row.path == request.get_full_path():
        row.delete()
        response.delete_cookie(KEPT_COOKIE)


def forget(request: PageRequest, response: HttpResponseBase) -> None:
    """Somebody signs out: neither what was kept nor who it was stays with the browser."""
    value = _read_cookie(request, KEPT_COOKIE, KEPT_FOR)
    if isinstance(value, list) and value:
        KeptPost.objects.filter(digest=_digest(str(value[0]))).delete()
    response.delete_cookie(KEPT_COOKIE)
    response.delete_cookie(LAST_COOKIE)


# ── who was here ─────────────────────────────────────────────────────────────
def last_person(request: PageRequest) -> str:
    """The uuid of the person who was signed in on this browser last; empty when nobody was."""
    return str(_read_cookie(request, LAST_COOKIE, LAST_FOR) or "")


def remember_person(request: PageRequest, response: HttpResponseBase, person: Person) -> None:
    """Note on the browser who is signed in."""
    if last_person(request) != str(person.uuid):
        _set_cookie(response, LAST_COOKIE, str(person.uuid), LAST_FOR)


# ── cookies, addresses ───────────────────────────────────────────────────────
def is_own_path(address: str) -> bool:
    """Whether an address is a path of this site, so that nobody is led elsewhere."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


def _set_cookie(response: HttpResponseBase, name: str, value: object, life: timedelta) -> None:
    response.set_cookie(
        name, signing.dumps(value, salt=name), max_age=life, httponly=True, samesite="Lax", secure=settings.UNMET_HTTPS
    )


def _read_cookie(request: PageRequest, name: str, life: timedelta) -> object:
    try:
        return signing.loads(request.COOKIES.get(name, ""), salt=name, max_age=life)
    except signing.BadSignature:
        return None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
