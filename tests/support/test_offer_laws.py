"""Whatever people do with offers: offered = accepted + left, and the books hold just what the rows say."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make
from tests.support.offers_desk import Desk, left

from unmet.access.actors import Actor, acting
from unmet.books import doctor
from unmet.books.models import Account
from unmet.support import commitments, offer_ending
from unmet.support.models import Acceptance, Line, Offer, OfferLine, Step
from unmet.support.offer_rules import OfferRefused

pytestmark = pytest.mark.django_db

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["offer", "offer several", "offer kit", "accept", "accept", "accept", "decline",
             "withdraw", "expire", "take back"]),
        st.integers(0, 5), st.integers(1, 700), st.booleans(), st.sampled_from(["masks", "gloves", "none"]),
    ),
    min_size=4, max_size=25,
)  # fmt: skip


def _do(desk: Desk, made: list[Offer], step: Any) -> None:
    what, which, quantity, over, need = step
    if what.startswith("offer"):
        item = "GOWN-ISO" if what == "offer kit" else "MASK-IIR"
        aim: dict[str, Any] = {"aim": "members", "members": [desk.zambia]} if what == "offer several" else {}
        made.append(desk.offered(desk.wanted(desk.line(quantity, item, need=None if aim else desk.masks), **aim)))
        return
    if not made:
        return
    one = made[which % len(made)]
    if what == "accept":
        meant = {"masks": desk.masks, "gloves": desk.gloves, "none": None}[need]
        desk.accept(one, quantity, need=meant, counts_as=quantity * 2_000, over=over)
    elif what == "take back":
        lines = list(Line.objects.filter(offered__offer_line__offer=one, committed__gt=0).order_by("pk"))
        if lines:
            line = lines[quantity % len(lines)]
            by, party = (desk.giver, desk.who) if over else (desk.approver, desk.zambia)
            with make.as_(by):
                back = min(quantity * 1_000, line.committed)
                commitments.take_back(line, back, party=party, reason="Spoiled", by=by, at=make.AT)
    elif what == "expire":
        Offer.objects.filter(pk=one.pk).update(ends_at=make.AT - timedelta(hours=1))
        with acting(Actor.for_system(at=make.AT)):
            offer_ending.expire(one.pk, at=make.AT)
    else:
        getattr(desk, what)(one)


def _check(made: list[Offer]) -> None:
    for one in made:
        one.refresh_from_db()
        line = one.lines.get()
        taken = line.acceptances.aggregate(sum=Sum("quantity"))["sum"] or 0
        back = _back(line__offered__offer_line=line)
        assert line.quantity == line.accepted + line.left and line.left >= 0
        assert line.accepted <= taken if back else line.accepted == taken
        if one.state == "offered" and not Line.objects.filter(offered__offer_line=line, committed__gt=0).exists():
            assert line.accepted == 0, "all of it was taken back"
        pledged = Line.objects.filter(offered__offer_line=line).aggregate(sum=Sum("pledged"))["sum"] or 0
        assert pledged == (line.left if one.state == "offered" and one.aim == "member" else 0)
        assert (one.state == "closed") == (line.left == 0)
    counted = {True: 0, False: 0}
    for taken in Acceptance.objects.all():
        counted[taken.need is None] += taken.counts_as or taken.quantity
    for kind, without in ((Account.Kind.NEED, False), (Account.Kind.UNASSIGNED, True)):
        books = Account.objects.filter(kind=kind).aggregate(c=Sum("committed"), p=Sum("pledged"))
        lines = Line.objects.filter(account__kind=kind).aggregate(c=Sum("committed"), p=Sum("pledged"))
        back = _back(line__account__kind=kind)
        assert books == lines and (books["c"] or 0) == counted[without] - back


def _back(**of: Any) -> int:
    """How much of commitments was taken back, in thousandths of their items."""
    return Step.objects.filter(from_stage="committed", to_stage="", **of).aggregate(sum=Sum("quantity"))["sum"] or 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=12)
@given(steps=_STEPS)
def test_offered_is_accepted_and_left_and_the_books_say_the_same(laws_desk: Desk, steps: Any) -> None:
    made: list[Offer] = []
    before = OfferLine.objects.count()
    reasons = set()
    for step in steps:
        try:
            _do(laws_desk, made, step)
        except OfferRefused as refused:
            reasons.add(refused.reason)
    assert OfferLine.objects.count() == before + len(made)
    _check([*Offer.objects.all()])
    assert doctor.differences() == []
    assert reasons <= {"not_offered", "expired", "less_left", "more_than_needed", "already_declined"}
    assert all(left(one) >= 0 for one in made)


@pytest.fixture
def laws_desk() -> Desk:
    """See `Desk`; the offers of one example stay for the next."""
    return Desk()
