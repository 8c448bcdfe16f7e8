"""Tokens: how a program acts as a person, with that person's appointments, narrowed by scopes.

The secret is 256 random bits behind a prefix that scanners of leaked secrets recognise. It is shown once; only its
SHA-256 is kept, which is enough for a secret that nobody can guess.

Whoever can publish signs in with two factors, and a program has only one: the token itself. So an approver or somebody
of coordination makes a token only with a second factor set up; a token that approves or releases lives a month, not a
year; and it does nothing any more from the moment its person has no second factor.
"""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet

from unmet.access import may
from unmet.access.actors import Actor, current
from unmet.access.may import ROLES, Deed
from unmet.access.models import Role, Token
from unmet.access.services import is_demonstration, record
from unmet.methods.plain import plain
from unmet.parties.models import Person

PREFIX: Final = "unmet_"
LONGEST: Final = timedelta(days=365)
LONGEST_PUBLISHING: Final = timedelta(days=31)
MOST: Final = 20  # standing tokens of one person
LONGEST_NAME: Final = 80
_SEEN_EVERY: Final = timedelta(hours=1)

READ, NEEDS, APPROVE, RELEASE, SUPPORT = "read", "needs", "approve", "release", "support"
# Scope → the deeds it lets through. A scope gives no right: the person must hold it by an appointment of today.
DEEDS: Final[dict[str, frozenset[Deed]]] = {
    READ: frozenset(),
    NEEDS: frozenset({Deed.ENTER_NEEDS}),
    APPROVE: frozenset({Deed.APPROVE_NEEDS, Deed.SET_STANDING, Deed.ACCEPT_SUPPORT, Deed.CONFIRM_PROFILE}),
    RELEASE: frozenset({Deed.RELEASE, Deed.SEND_REQUEST, Deed.PUBLISH_FLOW, Deed.NAME_IN_FLOW, Deed.NAME_GIVER}),
    SUPPORT: frozenset(
        {
            Deed.STATE_SUPPORT, Deed.PROPOSE_COMMITMENT, Deed.RECEIVE_SUPPORT, Deed.ASSIGN_SUPPORT, Deed.ASK,
            Deed.ANSWER_REQUEST, Deed.STATE_FLOW, Deed.CONFIRM_FLOW, Deed.EDIT_PROFILE, Deed.MAKE_EXTRACT,
            Deed.NOTE_EXTRACT,
        }
    ),
}  # fmt: skip
SCOPES: Final = tuple(DEEDS)
PUBLISHING: Final = frozenset({APPROVE, RELEASE})
# Whose people sign in with two factors on the pages too: their programs are no way around it.
TWO_FACTORS: Final = (Role.APPROVER, Role.COORDINATION, Role.OPERATOR)


class TokenRefused(Exception):
    """The token is not made or ended; `reason` says why.

    `name` (none, or too long), `scopes` (none, unknown, or not within the person's rights), `past`, `too_long`,
    `too_many`, `second_factor` (the person has none), `ended` (it was ended before).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who sends a token: the token, and the actor that it makes. `missing` are scopes that cannot be used now."""

    token: Token
    actor: Actor
    scopes: frozenset[str]
    missing: frozenset[str] = frozenset()


def scopes_of(actor: Actor) -> tuple[str, ...]:
    """The scopes that a person may give to a token: those with a deed that an appointment of today allows."""
    return tuple(
        scope
        for scope, deeds in DEEDS.items()
        if (actor.roles if not deeds else any(actor.is_(*ROLES[deed]) for deed in deeds))
    )


@transaction.atomic
def make(*, name: str, scopes: Iterable[str], expires_at: datetime, by: Person, at: datetime) -> tuple[Token, str]:
    """A new token of the acting person, and its secret, which is known nowhere else from then on.

    Raises:
        NotAllowed: the person holds no appointment, or comes with a token itself.
        TokenRefused: see there.
    """
    actor = may.require(Deed.MAKE_TOKEN, by=by)
    wanted, name = frozenset(scopes), plain(name)
    if not name or len(name) > LONGEST_NAME:
        raise TokenRefused("name")
    if not wanted or not wanted <= set(scopes_of(actor)):
        raise TokenRefused("scopes")
    if expires_at <= at:
        raise TokenRefused("past")
    if expires_at - at > (LONGEST_PUBLISHING if wanted & PUBLISHING else LONGEST):
        raise TokenRefused("too_long")
    if (wanted & PUBLISHING or actor.is_(*TWO_FACTORS)) and not has_second_factor(by):
        raise TokenRefused("second_factor")
    if own(by).filter(ended_at=None, expires_at__gt=at).count() >= MOST:
        raise TokenRefused("too_many")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        person=by, name=name, digest=digest(secret), ending=secret[-4:], expires_at=expires_at, made_at=at,
        scopes=" ".join(scope for scope in SCOPES if scope in wanted),
    )  # fmt: skip
    record(
        event="access.token_made", at=at, subject_kind="token", subject=token.uuid, scopes=sorted(wanted),
        until=expires_at.isoformat(),
    )  # fmt: skip
    return token, secret


@transaction.atomic
def end(token: Token, *, by: Person, at: datetime) -> None:
    """Its person ends a token; nothing is done with it from then on. No appointment is needed for that.

    Raises:
        NotAllowed: it is somebody else's, or the person comes with a token itself.
        TokenRefused: `ended` before.
    """
    actor = current()
    if actor.person is None or actor.person.pk != by.pk or token.person_id != by.pk or actor.deeds is not None:
        raise may.NotAllowed(Deed.MAKE_TOKEN)
    if not Token.objects.filter(pk=token.pk, ended_at=None).update(ended_at=at):
        raise TokenRefused("ended")
    record(event="access.token_ended", at=at, subject_kind="token", subject=token.uuid)


def own(person: Person) -> QuerySet[Token]:
    """The tokens of a person, the newest first."""
    return Token.objects.filter(person=person).order_by("-pk")


def find_own(person: Person, token: uuid.UUID) -> Token | None:
    """One token of a person."""
    return own(person).filter(uuid=token).first()


def bearer(secret: str, *, at: datetime) -> Bearer | None:
    """Who comes with this secret; None when no token stands behind it, or its person's account is closed.

    The actor holds the appointments of this moment: what ended since the token was made is gone from it too.
    """
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = (
        Token.objects.filter(digest=digest(secret), ended_at=None, expires_at__gt=at).select_related("person").first()
    )
    if token is None or not token.person.is_active:
        return None
    scopes = frozenset(token.scopes.split()) & set(SCOPES)
    actor = Actor.of(token.person, at=at, via="api")
    wanting = scopes if actor.is_(*TWO_FACTORS) else scopes & PUBLISHING
    missing = wanting if wanting and not has_second_factor(token.person) else frozenset()
    usable = scopes - missing
    actor = replace(actor, deeds=frozenset(deed for scope in usable for deed in DEEDS[scope]))
    return Bearer(token, actor, usable, missing)


def seen(token: Token, *, at: datetime) -> None:
    """Note that a token was used; written once an hour at most, so that reading does not write."""
    if token.last_used_at is None or at - token.last_used_at >= _SEEN_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=at - _SEEN_EVERY)
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=at)


def has_second_factor(person: Person) -> bool:
    """Whether a person signs in with two factors. A demonstration asks nobody for it."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user=person, type__in=kinds).exists() or is_demonstration()


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
