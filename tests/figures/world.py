"""A small world for the figures: two members, two rounds' worth of support, released in different ways."""

from datetime import UTC, date, datetime

from tests import make

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.catalogue.models import Round
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Place

LATER = datetime(2021, 3, 1, 9, tzinfo=UTC)
LATEST = datetime(2021, 4, 1, 9, tzinfo=UTC)


def places(of: str, *names: str) -> list[Place]:
    """Areas of a member."""
    return [
        Place.objects.create(party=make.party(of), code=name[:8].upper(), kind=Place.Kind.AREA, own_name=name)
        for name in names
    ]


def support(
    stage: str, quantity: int, *, reference: str, round_: Round, at: datetime = make.AT, **changes: object
) -> None:
    """One line of support of WHO for Zambia, stated by whoever may state its stage."""
    by = make.person(Role.RESPONDER, "WHO") if stage in {"pledged", "allocated", "in_transit"} else make.approver("ZMB")
    line = make.support_line("WHO", "ZMB", stage, quantity, reference=reference, **changes)
    make.stated([line], by=by, round_=round_, at=at)


def shipped(quantity: int, *, reference: str, round_: Round, expected_on: date | None = None) -> None:
    """Committed and sent."""
    support("committed", quantity, reference=reference, round_=round_, expected_on=expected_on)
    support("in_transit", quantity, reference=reference, round_=round_, at=LATER)


def hold_back(account: Account) -> None:
    """The member holds one need back."""
    by = make.approver(account.member.code)
    with make.as_(by, at=LATER):
        needs.hold_back(Need.objects.get(uuid=account.subject), by=by, at=LATER)
