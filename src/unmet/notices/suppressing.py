"""Addresses to which nothing more is sent, until an operator lifts it."""

from datetime import datetime

from django.db import transaction

from unmet.audit.models import AuditRow
from unmet.notices.models import SuppressedAddress
from unmet.parties.models import Person

Reason = SuppressedAddress.Reason


def standing(address: str) -> SuppressedAddress | None:
    """Why nothing is sent to an address now; None when letters go there."""
    return SuppressedAddress.objects.filter(address=address.lower(), lifted_at=None).first()


@transaction.atomic
def suppress(address: str, *, status: str, says: str, at: datetime, via: str, reason: Reason = Reason.BOUNCED) -> bool:
    """Send nothing more to an address; False when that stood already. The audit names the person, not the address."""
    _, made = SuppressedAddress.objects.get_or_create(
        address=address.lower(), lifted_at=None,
        defaults={"reason": reason, "status": status[:12], "says": " ".join(says.split())[:300], "at": at},
    )  # fmt: skip
    if made:
        _record("notices.address_suppressed", address, at=at, via=via, detail={"reason": reason, "status": status})
    return made


@transaction.atomic
def lift(address: str, *, at: datetime, by: Person, via: str) -> bool:
    """Send to an address again; False when it was not suppressed. The caller has checked that `by` may."""
    found = SuppressedAddress.objects.filter(address=address.lower(), lifted_at=None)
    if not found.update(lifted_at=at):
        return False
    _record("notices.address_lifted", address, at=at, via=via, detail={}, by=by)
    return True


def _record(
    event: str, address: str, *, at: datetime, via: str, detail: dict[str, str], by: Person | None = None
) -> None:
    owner = Person.objects.filter(email=address.lower()).first()
    AuditRow.objects.create(
        at=at, event=event, person=str(by.uuid) if by else "", via=via, subject_kind="person",
        subject=str(owner.uuid) if owner else "", detail=detail,
    )  # fmt: skip
