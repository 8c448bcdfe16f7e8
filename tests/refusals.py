"""What the tests of services share: who may not, and that a refusal leaves nothing behind."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from tests import make
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books.models import Entry


def last_audit() -> int:
    """Where the audit stands."""
    return AuditRow.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def events(before: int = 0) -> list[str]:
    """Audit events written since."""
    return list(AuditRow.objects.filter(pk__gt=before).order_by("pk").values_list("event", flat=True))


def refused(error: type[Exception], act: Callable[[], Any]) -> Any:
    """The act is refused so, and leaves no audit row and no line in the books."""
    audit, entries = last_audit(), Entry.objects.count()
    with pytest.raises(error) as caught, transaction.atomic():
        act()
    assert (last_audit(), Entry.objects.count()) == (audit, entries)
    return caught.value


def others(member: str = "ZMB") -> list[Any]:
    """Seven people who may do nothing for this member."""
    return [
        make.focal_point("CUB"), make.approver("CUB"), make.person(Role.RESPONDER, "WHO"),
        make.person(Role.COORDINATION), make.person(Role.OPERATOR), make.person(),
        make.person(Role.APPROVER, member, until=date(2021, 1, 1)),  # expired
    ]  # fmt: skip
