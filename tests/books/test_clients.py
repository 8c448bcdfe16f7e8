"""Twenty clients at once: no deadlock, no error, no gap in the sequence, and an exact cube."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum
from tests import make
from tests.conftest import engine, prove_scale
from tests.together import at_once

from unmet.access.models import Role
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account, Clock, Cube, Entry, Movement
from unmet.needs import services as needs
from unmet.needs.models import Return
from unmet.support import stating
from unmet.support.lines import SupportRefused
from unmet.support.models import Line, Step

pytestmark = pytest.mark.usefixtures("committed_db")

CLIENTS, DEEDS = (20, int(120 * prove_scale())) if engine() == "postgresql" else (6, 8)
# What two people who work on the same return may be told; anything else is an error.
REFUSALS = (needs.NotYoursToApprove, needs.ReturnChanged, SupportRefused)
MEMBERS = ("ZMB", "CUB", "NPL")


class Client:
    """One client: people of a member and a giver, working on needs that other clients work on too."""

    def __init__(self, number: int, round_: Any) -> None:
        self.number, self.round = number, round_
        self.random = random.Random(number)
        self.code = MEMBERS[number % len(MEMBERS)]
        self.member = make.party(self.code)
        self.focal, self.approver = make.focal_point(self.code), make.approver(self.code)
        self.giver = make.person(Role.RESPONDER, "WHO")
        self.line = make.line("MASK-IIR")
        self.items = [make.item(code).pk for code in ("MASK-IIR", "GLOVE-EXAM", "COVERALL")]
        self.support = make.support_line("WHO", self.code, "pledged", 100)
        self.done: Counter[str] = Counter()

    def work(self) -> Counter[str]:
        """All deeds of this client; every exception that is no refusal goes up."""
        for deed in range(DEEDS):
            act = self.random.choice([self.give, self.give, self.correct, self.approve])
            try:
                act(deed)
                self.done[act.__name__] += 1
            except REFUSALS:
                self.done["refused"] += 1
        return self.done

    def give(self, deed: int) -> None:
        """A pledge, accepted, sent, and received in part."""
        at = make.AT + timedelta(seconds=deed)
        line = replace(
            self.support,
            reference=f"{self.number}-{deed}",
            item_id=self.random.choice(self.items),
            quantity=100_000,
            meant=True,  # whatever is still needed
        )
        for by, stage, quantity in (
            (self.giver, "pledged", 100_000), (self.approver, "committed", 80_000),
            (self.giver, "in_transit", 80_000), (self.focal, "received", 50_000),
        ):  # fmt: skip
            with make.as_(by, at=at):
                stating.state([replace(line, stage=stage, quantity=quantity)], round_=self.round, by=by, at=at)

    def correct(self, deed: int) -> None:
        """A new version of what the member needs."""
        at = make.AT + timedelta(seconds=deed)
        lines = [
            replace(self.line, item_id=item, quantity=self.random.randint(1, 9_999) * 1000) for item in self.items[:2]
        ]
        with make.as_(self.focal, at=at):
            needs.submit(lines, member=self.member, round_=self.round, by=self.focal, at=at)

    def approve(self, deed: int) -> None:
        """What waits of the member goes into the books."""
        at = make.AT + timedelta(seconds=deed)
        waiting = Return.objects.submitted().filter(member=self.member).select_related("member", "round").first()
        if waiting is not None:
            with make.as_(self.approver, at=at):
                needs.approve(waiting, by=self.approver, at=at, revision=waiting.revision)


def test_clients_on_the_same_accounts_leave_exact_books_and_no_error():
    round_ = make.round_()
    for code in MEMBERS:
        make.released(code)
        lines = [make.line(item, quantity=500) for item in ("MASK-IIR", "GLOVE-EXAM")]
        make.approved(lines, of=code, round_=round_)
    clients = [Client(number, round_) for number in range(CLIENTS)]
    outcomes = at_once([client.work for client in clients])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    done = sum(outcomes, Counter())
    assert sum(done.values()) == CLIENTS * DEEDS and done["give"] and done["correct"] and done["approve"]

    assert doctor.differences() == []
    sequences = list(Entry.objects.values_list("sequence", flat=True))
    assert sequences == list(range(1, Clock.objects.get().sequence + 1))
    moments = list(Entry.objects.order_by("sequence").values_list("at", flat=True))
    assert moments == sorted(moments)
    # What was given adds up over accounts, lines and the public book, however the clients met.
    given = Line.objects.aggregate(received=Sum("received"), in_transit=Sum("in_transit"), pledged=Sum("pledged"))
    assert given == Account.objects.aggregate(
        received=Sum("received"), in_transit=Sum("in_transit"), pledged=Sum("pledged")
    )
    assert given["received"] == 50_000 * done["give"]
    public = Cube.objects.aggregate(received=Sum("received"))["received"]
    assert public == Account.objects.filter(public=True).aggregate(received=Sum("received"))["received"] > 0
    assert Step.objects.count() == 4 * done["give"]


@pytest.mark.postgresql
def test_small_posts_of_twenty_clients_lose_nothing():
    """One post is `books.open` with one `move` of a public account: lock, account, line, cube, clock, commit.

    How fast that is, beside pgbench, is measured by `make bench ARGS="--only e"`.
    """
    round_ = make.round_()
    for code in MEMBERS:
        make.released(code)
        make.approved([make.line(quantity=500), make.line("GLOVE-EXAM")], of=code, round_=round_)
    accounts = list(Account.objects.values_list("pk", flat=True))
    assert Account.objects.filter(public=True).count() == len(accounts) == 2 * len(MEMBERS)
    each, before = 25, Clock.objects.get().sequence

    def client(number: int) -> None:
        for deed in range(each):
            with books.open(at=make.AT) as book:
                account = book.account(accounts[(number + deed) % len(accounts)])
                book.move(account, Movement.PLEDGED, {"pledged": 1000})

    assert at_once([lambda number=number: client(number) for number in range(20)]) == [None] * 20
    # Each post writes a line of the own book and one of the public book.
    posts = 20 * each
    assert Clock.objects.get().sequence == before + posts * 2
    assert Cube.objects.aggregate(pledged=Sum("pledged"))["pledged"] == posts * 1000
    assert doctor.differences() == []
