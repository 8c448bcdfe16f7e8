"""What a focal point proposes about an offer: nothing moves before the approver decides; no proposal outlives it."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import make, once
from tests.refusals import refused
from tests.support.offers_desk import Desk, left, state

from unmet.access.actors import Actor, acting
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books.models import Entry
from unmet.notices import gates
from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support import acceptance, acceptance_proposals, offer_ending, offer_queries, requests
from unmet.support.acceptance import Accepted
from unmet.support.history import of_offer
from unmet.support.models import Acceptance, AcceptanceProposal, Offer, OfferLine

pytestmark = pytest.mark.django_db


class Proposing(Desk):
    """The same desk, where the focal point of Zambia proposes."""

    def propose(self, made: Offer | OfferLine, quantity: int = 100, *, by: Any = None, **said: Any) -> Any:
        """Propose to accept some of the first line, by default for the need of masks."""
        by, at = by or self.focal, said.pop("at", make.AT)
        line = made if isinstance(made, OfferLine) else made.lines.order_by("pk")[0]
        said.setdefault("need", self.masks)
        member = said.pop("member", self.zambia)
        with make.as_(by, at=at):
            return acceptance_proposals.propose(line, Accepted(quantity * 1000, **said), member=member, by=by, at=at)

    def propose_decline(self, made: Offer, *, by: Any = None, reason: str = "No store") -> Any:
        """Propose to decline it."""
        by = by or self.focal
        with make.as_(by):
            return acceptance_proposals.propose_decline(made, member=self.zambia, reason=reason, by=by, at=make.AT)

    def send_back(self, proposal: AcceptanceProposal, *, by: Any = None, word: str = "Take less") -> None:
        """Send it back."""
        by = by or self.approver
        with make.as_(by):
            acceptance_proposals.send_back(proposal, word=word, by=by, at=make.AT)

    def take_back(self, proposal: AcceptanceProposal, *, by: Any = None, word: str = "Too early") -> None:
        """Take it back."""
        by = by or self.focal
        with make.as_(by):
            acceptance_proposals.take_back(proposal, word=word, by=by, at=make.AT)

    def take(self, proposal: AcceptanceProposal, *, by: Any = None, quantity: int = 100, **said: Any) -> Acceptance:
        """The approver accepts what was proposed, or something else."""
        by = by or self.approver
        assert proposal.offer_line is not None
        with make.as_(by):
            return acceptance.accept(
                proposal.offer_line, Accepted(quantity * 1000, **{"need": self.masks} | said), member=self.zambia,
                by=by, at=make.AT, proposal=proposal.uuid,
            )  # fmt: skip

    def waiting(self, who: Person | None = None, *, at: Any = make.AT) -> list[AcceptanceProposal]:
        """What waits, as somebody reads it."""
        with make.as_(who or self.approver, at=at):
            return list(offer_queries.proposals(at=at))


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Proposing]:
    """See `Proposing`."""
    yield from once.a_file(django_db_blocker, Proposing)


def states() -> list[str]:
    """Where all proposals stand, the oldest first."""
    return list(AcceptanceProposal.objects.values_list("state", flat=True))


def kinds(who: Person) -> list[str]:
    """Of what somebody was told, the oldest first."""
    return list(Notice.objects.filter(person=who).order_by("pk").values_list("kind", flat=True))


# ── proposing ────────────────────────────────────────────────────────────────
def test_nothing_moves_and_the_approver_is_told(desk: Proposing) -> None:
    made = desk.offered()
    before = Entry.objects.count(), desk.books(), left(made)
    proposal = desk.propose(made, 150, expected_on=date(2021, 3, 1))
    assert (Entry.objects.count(), desk.books(), left(made)) == before and state(made) == "offered"
    assert desk.waiting() == desk.waiting(desk.focal) == [proposal]
    for who in (desk.giver, desk.cuban, make.person(Role.COORDINATION)):
        assert desk.waiting(who) == []
    row = AuditRow.objects.latest("pk")
    assert (row.event, row.party, row.role, row.subject) == (
        "support.acceptance_proposed", "ZMB", Role.FOCAL_POINT, str(made.uuid)
    )  # fmt: skip
    assert kinds(desk.approver)[-1] == "support.acceptance_proposed"
    assert "support.acceptance_proposed" not in kinds(desk.focal) + kinds(desk.giver)


def test_the_giver_reads_nothing_of_it(desk: Proposing) -> None:
    made = desk.offered()
    desk.send_back(desk.propose(made))
    desk.propose_decline(made, reason="Secret of Zambia")

    def read(who: Person) -> list[str]:
        with make.as_(who):
            return [one.event for one in of_offer(made)]

    among = ["support.decline_proposed", "support.proposal_sent_back", "support.acceptance_proposed"]
    assert read(desk.focal)[:3] == read(desk.approver)[:3] == among
    assert not set(read(desk.giver)) & set(among) and "support.offered" in read(desk.giver)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"quantity": 0}, "quantity"), ({"quantity": 401}, "less_left"),
        ({"expected_on": date(2020, 1, 1)}, "expected"),
        ({"need": "gloves"}, "counts_as"), ({"need": "gloves", "counts_as": 501_000}, "more_than_needed"),
        ({"need": "cuba"}, "need"),
    ],
)  # fmt: skip
def test_what_could_not_be_accepted_is_not_proposed(desk: Proposing, said: dict[str, Any], reason: str) -> None:
    needs = {"gloves": desk.gloves, "cuba": desk.need("MASK-IIR", "CUB")}
    said = said | ({"need": needs[said["need"]]} if "need" in said else {})
    made = desk.offered(desk.wanted(desk.line(need=desk.masks), conditions="By sea only"))
    assert desk.why(partial(desk.propose, made, said.pop("quantity", 100), **said)) == reason
    assert states() == []
    assert desk.propose(made, need=None), "the conditions are read by the approver"


def test_a_need_that_says_stop_sending_is_refused(desk: Proposing) -> None:
    made = desk.offered()
    asked = make.asked(100, of="ZMB", to=["WHO"])
    with make.as_(desk.approver):
        requests.stop(asked, reason="The store is full", by=desk.approver, at=make.AT)
    assert desk.why(partial(desk.propose, made)) == "stopped"


def test_a_newer_one_replaces_it_and_the_same_again_is_said_once(desk: Proposing) -> None:
    made = desk.offered()
    desk.propose(made, 100)
    assert desk.why(partial(desk.propose, made, 100)) == "proposed_already"
    newest = desk.propose(made, 200)
    assert states() == ["replaced", "proposed"] and desk.waiting() == [newest]
    desk.propose_decline(made)
    assert desk.why(partial(desk.propose_decline, made)) == "proposed_already"
    desk.propose_decline(made, reason="Another")
    assert states() == ["replaced", "proposed", "replaced", "proposed"], "to decline is a proposal of its own"


# ── deciding ─────────────────────────────────────────────────────────────────
def test_accepted_as_it_is_or_changed(desk: Proposing) -> None:
    made = desk.offered()
    proposal = desk.propose(made, 100)
    taken = desk.take(proposal)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.acceptance, proposal.decided_by) == ("taken", taken, desk.approver)
    assert desk.books()["committed"] == 100
    assert kinds(desk.focal)[-2:] == ["support.acceptance_proposal_decided", "support.profile_asked"]
    again = desk.propose(made, 100)
    assert desk.take(again, quantity=40, need=None).quantity == 40_000, "the approver changed it"
    assert (desk.books()["committed"], states()) == (100, ["taken", "taken"])


def test_a_kit_counts_as_what_was_proposed_only_when_the_approver_says_so(desk: Proposing) -> None:
    made = desk.offered()
    proposal = desk.propose(made, 5, need=desk.gloves, counts_as=50_000)
    assert proposal.counts_as == 50_000 and desk.books(desk.gloves)["committed"] == 0
    assert desk.why(partial(desk.take, proposal, quantity=5, need=desk.gloves)) == "counts_as"
    desk.take(proposal, quantity=5, need=desk.gloves, counts_as=50_000)
    assert desk.books(desk.gloves)["committed"] == 50


def test_a_proposal_that_was_replaced_meanwhile_is_not_accepted_unread(desk: Proposing) -> None:
    made = desk.offered()
    old = desk.propose(made, 100)
    desk.propose(made, 200)
    assert desk.why(partial(desk.take, old)) == "proposal"
    assert desk.books()["committed"] == 0 and states() == ["replaced", "proposed"]
    desk.accept(made, 10)
    assert states() == ["replaced", "proposed"], "what the approver did without it leaves it waiting"
    other = desk.offered()
    assert desk.why(partial(_take_elsewhere, desk, other)) == "proposal"


def _take_elsewhere(desk: Proposing, other: Offer) -> None:
    [waiting] = desk.waiting()
    waiting.offer_line = other.lines.get()
    desk.take(waiting)


def test_sent_back_with_a_word(desk: Proposing) -> None:
    made = desk.offered()
    proposal = desk.propose(made)
    for word, reason in (("  ", "word"), ("x" * 501, "too_long")):
        assert desk.why(partial(desk.send_back, proposal, word=word)) == reason
    desk.send_back(proposal, word="Only 50 fit")
    assert desk.why(partial(desk.send_back, proposal)) == desk.why(partial(desk.take, proposal)) == "proposal"
    assert kinds(desk.focal)[-1] == "support.acceptance_proposal_sent_back" and desk.waiting() == []
    with make.as_(desk.focal):
        assert offer_queries.sent_back(made, member=desk.zambia) == [proposal]
    with make.as_(desk.giver):
        assert offer_queries.sent_back(made, member=desk.zambia) == []
    desk.propose(made, 50)
    with make.as_(desk.focal):
        assert offer_queries.sent_back(made, member=desk.zambia) == [], "it was proposed anew"


def test_declined_as_proposed(desk: Proposing) -> None:
    made = desk.offered()
    desk.propose(made)
    proposal = desk.propose_decline(made)
    with make.as_(desk.approver):
        acceptance.decline(
            made, member=desk.zambia, reason=proposal.reason, by=desk.approver, at=make.AT, proposal=proposal.uuid
        )
    assert state(made) == "declined" and states() == ["ended", "taken"]
    assert kinds(desk.focal)[-1] == "support.acceptance_proposal_decided"


# ── it ends with its offer ───────────────────────────────────────────────────
def _expire(desk: Proposing, made: Offer) -> None:
    Offer.objects.filter(pk=made.pk).update(ends_at=make.AT)
    with acting(Actor.for_system(at=make.AT)):
        assert offer_ending.expire(made.pk, at=make.AT)


ENDS = {
    "withdrawn": lambda desk, made: desk.withdraw(made), "expired": _expire,
    "declined": lambda desk, made: desk.decline(made), "closed": lambda desk, made: desk.accept(made, 400),
}  # fmt: skip


@pytest.mark.parametrize("how", sorted(ENDS))
def test_no_proposal_outlives_its_offer(desk: Proposing, how: str) -> None:
    made = desk.offered()
    proposals = [desk.propose(made), desk.propose_decline(made)]
    notices = list(Notice.objects.filter(person=desk.approver, kind__endswith="_proposed").order_by("pk"))
    assert len(notices) == 2 and all(gates.is_still_so(one, at=make.AT) for one in notices)
    ENDS[how](desk, made)
    assert states() == ["ended", "ended"] and desk.waiting() == [] and state(made) == how
    assert not any(gates.is_still_so(one, at=make.AT) for one in notices), "no letter is written about it"
    for proposal in proposals:
        assert desk.why(partial(desk.send_back, proposal)) in {"not_offered", "expired", "already_declined"}


def test_past_its_last_day_nothing_waits_before_any_worker_comes(desk: Proposing) -> None:
    made = desk.offered()
    desk.propose(made)
    late = made.ends_at + timedelta(seconds=1)
    with make.as_(desk.approver, at=late):
        assert list(offer_queries.proposals(at=late)) == []
    assert states() == ["proposed"]
    assert desk.why(partial(desk.propose, made, 7, at=late)) == "expired"


def test_what_another_member_takes_ends_it_only_with_the_last_of_it(desk: Proposing) -> None:
    made = desk.offered(desk.wanted(desk.line(), aim="members", members=[desk.zambia, desk.cuba]))
    proposal = desk.propose(made, 200)
    desk.accept(made, 300, by=desk.cuban, member=desk.cuba)
    assert desk.waiting() == [proposal]
    assert desk.why(partial(desk.take, proposal, quantity=200)) == "less_left"
    desk.accept(made, 100, by=desk.cuban, member=desk.cuba, need=None)
    assert states() == ["ended"]


def test_a_member_of_a_set_that_declines_ends_its_own_alone(desk: Proposing) -> None:
    made = desk.offered(desk.wanted(desk.line(), aim="members", members=[desk.zambia, desk.cuba]))
    desk.propose(made)
    desk.propose(made, 5, by=make.focal_point("CUB"), member=desk.cuba, need=None)
    desk.decline(made)
    assert states() == ["ended", "proposed"]


# ── taken back ───────────────────────────────────────────────────────────────
def test_taken_back_by_whoever_proposed_it_and_by_nobody_else(desk: Proposing) -> None:
    made = desk.offered()
    first = desk.propose(made, 150)
    colleague = make.focal_point("ZMB")
    refused(NotAllowed, partial(desk.take_back, first, by=colleague))
    assert desk.why(partial(desk.take_back, first, word=" ")) == "word"
    desk.take_back(first, word="The store is full")
    first.refresh_from_db()
    assert (first.state, first.taken_back, first.word, desk.waiting()) == ("sent_back", True, "The store is full", [])
    row = AuditRow.objects.latest("pk")
    assert (row.event, row.reason, row.role) == (
        "support.proposal_taken_back", "The store is full", Role.FOCAL_POINT
    )  # fmt: skip
    told = "support.acceptance_proposal_taken_back"
    assert kinds(desk.approver)[-1] == told and told not in kinds(desk.focal)
    assert not {kind for kind in kinds(desk.giver) if "proposal" in kind}
    assert desk.why(partial(desk.take_back, first)) == "proposal", "pressed twice"
    assert desk.why(partial(desk.take, first)) == "proposal", "the approver who read it before"
    decided = desk.propose(made, 50)
    desk.take(decided, quantity=50)
    assert desk.why(partial(desk.take_back, decided)) == "proposal", "decided meanwhile"
    back = desk.propose(made, 60)
    desk.send_back(back)
    back.refresh_from_db()
    assert not back.taken_back and desk.why(partial(desk.take_back, back)) == "proposal"


def test_the_database_keeps_one_that_waits_and_whole_rows(desk: Proposing) -> None:
    made = desk.offered()
    line, rows = made.lines.get(), AcceptanceProposal.objects
    common = {"offer": made, "member": desk.zambia, "by": desk.focal, "at": make.AT}
    rows.create(offer_line=line, quantity=1, **common)
    rows.create(**common)
    for wrong in (
        {"offer_line": line, "quantity": 2}, {}, {"offer_line": line, "state": "ended", "ended_at": make.AT},
        {"offer_line": line, "quantity": 0, "state": "ended", "ended_at": make.AT},
        {"quantity": 1, "state": "ended", "ended_at": make.AT}, {"state": "replaced"},
        {"state": "sent_back", "ended_at": make.AT, "decided_by": desk.approver},
        {"state": "taken", "ended_at": make.AT}, {"state": "ended", "ended_at": make.AT, "word": "No"},
        {"offer_line": line, "quantity": 1, "counts_as": 1, "state": "ended", "ended_at": make.AT},
        {"offer_line": line, "quantity": 1, "reason": "No", "state": "ended", "ended_at": make.AT},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.create(**common | wrong)
