"""Take a lost second factor off, so that its owner can set up another one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.access.services import record
from unmet.parties.models import Person


class SecondFactorRefused(Exception):
    """The second factor stays; `reason` says why: `reason` (none given), `own` (one's own), `none` (there is none)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reset:
    """What a reset took off: kinds of factor (`totp`, `webauthn`, `recovery_codes`), and how many sessions ended."""

    removed: tuple[str, ...]
    sessions: int


@transaction.atomic
def reset(person: Person, *, reason: str, by: Person, at: datetime) -> Reset:
    """An operator takes all second factors off a person who lost them, recovery codes and passkeys included.

    The person's sessions end everywhere, half-finished sign-ins too. The password stays; whoever needs a second factor
    reaches no page of the desk before a new one is set up.

    Raises:
        NotAllowed: `by` is no operator.
        SecondFactorRefused: see there; nothing is changed.
    """
    may.require(Deed.RESET_SECOND_FACTOR, by=by)
    if not reason.strip():
        raise SecondFactorRefused("reason")
    if person.pk == by.pk:  # another operator does it: two people, so that one stolen session takes nothing off
        raise SecondFactorRefused("own")
    held = Authenticator.objects.filter(user=person)
    removed = tuple(sorted(held.values_list("type", flat=True)))
    if not removed:
        raise SecondFactorRefused("none")
    held.delete()
    keys = list(_sessions(person))
    Session.objects.filter(pk__in=keys).delete()
    record(
        event="access.second_factor_reset", at=at, role=Role.OPERATOR, subject_kind="person", subject=person.uuid,
        reason=reason.strip(), removed=removed, sessions=len(keys),
    )  # fmt: skip
    return Reset(removed, len(keys))


def _sessions(person: Person) -> Iterator[str]:
    """Keys of the sessions in which the person is signed in, or has typed the password and not yet the code.

    A session names its person inside what it holds, so all are read: some thousands at most, and this is rare.
    """
    signed_in, half = str(person.pk), user_pk_to_url_str(person)
    for session in Session.objects.iterator():
        held = session.get_decoded()
        if held.get(SESSION_KEY) == signed_in or (held.get(LOGIN_SESSION_KEY) or {}).get("user_pk") == half:
            yield session.session_key
