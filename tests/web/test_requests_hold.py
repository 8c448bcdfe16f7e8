"""Twenty people at once who press twice, go away before the answer and try again: every sum is exact."""

import random
from collections import Counter
from pathlib import Path

import pytest
from django.db.models import Sum
from tests import make
from tests.conftest import prove_scale
from tests.together import at_once
from tests.web import desk_world as world
from tests.web.served import Served, cookie_of, served

from unmet.books import doctor
from unmet.books.models import Account, Clock, Entry
from unmet.needs.models import Return
from unmet.support.models import Line, Step

pytestmark = pytest.mark.usefixtures("committed_db")
REQUESTS, CLIENTS = int(10_000 * prove_scale()), 20
MEMBERS = ("ZMB", "CUB", "NPL", "HND")
ITEMS = ("MASK-IIR", "GLOVE-EXAM", "COVERALL")
# What a person may be told who comes second; anything else is a fault.
FINE = {302, 409, 422}


class Client:
    """One client: a giver that pledges and a member that states and approves, as their forms would."""

    def __init__(self, number: int, site: Served) -> None:
        self.chance, self.number, self.site = random.Random(number), number, site
        self.member = MEMBERS[number % len(MEMBERS)]
        self.giver, self.focal = cookie_of(world.responder("WHO")[1]), cookie_of(world.focal_point(self.member)[1])
        self.approver = cookie_of(world.approver(self.member)[1])
        self.sent: Counter[str] = Counter()
        self.pledged: list[tuple[str, str, int]] = []

    def work(self) -> None:
        """Send until the share of this client is used up."""
        deeds = [self.pledge, self.pledge, self.state, self.decide]
        while sum(self.sent.values()) < REQUESTS // CLIENTS:
            self.chance.choice(deeds)()

    def _send(self, path: str, fields: dict[str, str], cookie: str) -> int:
        """A form, perhaps left before its answer and sent again, perhaps sent twice after it."""
        if self.chance.random() < 0.2:
            self.site.post(path, fields, cookie=cookie, leave=True)
            self.sent["left"] += 1
        status = self.site.post(path, fields, cookie=cookie)
        self.sent[str(status)] += 1
        if self.chance.random() < 0.3:
            again = self.site.post(path, fields, cookie=cookie)
            self.sent[str(again)] += 1
            assert again in FINE
        assert status in FINE, (path, status)
        return status

    def pledge(self) -> None:
        """A new consignment, with a reference of its own."""
        reference, quantity = f"{self.number}-{len(self.pledged)}", self.chance.randint(1, 500)
        item = self.chance.choice(ITEMS)
        fields = {
            "giver": "WHO", "member": self.member, "item": item, "quantity": str(quantity), "stage": "pledged",
            "date": world.today().isoformat(), "reference": reference, "round": "r-now",
        }  # fmt: skip
        assert self._send("/en/desk/support/new", fields, self.giver) == 302
        self.pledged.append((self.member, item, quantity))

    def state(self) -> None:
        """What the member needs, typed in the grid without a draft."""
        rows = [{"item": item, "quantity": str(self.chance.randint(1, 9999))} for item in ITEMS]
        self._send(f"/en/desk/{self.member}/r-now/lines", world.grid(*rows, do="send"), self.focal)

    def decide(self) -> None:
        """Approve what waits, or whatever this client still takes for waiting."""
        return_ = Return.objects.filter(member__code=self.member).order_by("-revision").first()
        if return_ is not None:
            fields = {"revision": str(return_.revision), "comment": ""}
            self._send(f"/en/desk/returns/{return_.uuid}/approve", fields, self.approver)


def test_duplicates_timeouts_and_retries_leave_exact_sums(tmp_path: Path) -> None:
    round_ = world.open_round()
    for code in MEMBERS:
        world.approved(*(make.line(item, 500) for item in ITEMS), round_=round_, of=code)
        make.released(code, at=world.now())
    with served(tmp_path) as site:
        clients = [Client(number, site) for number in range(CLIENTS)]
        faults = [outcome for outcome in at_once([client.work for client in clients]) if outcome is not None]
        log = (tmp_path / "server.log").read_text()
    assert faults == [], log[-3000:]
    assert "Traceback" not in log, log[-3000:]
    sent = sum((client.sent for client in clients), Counter())
    assert sum(sent.values()) >= REQUESTS and sent["left"] and sent["302"]

    pledged = [one for client in clients for one in client.pledged]
    assert Line.objects.count() == Step.objects.count() == len(pledged)
    for code in MEMBERS:
        for item in ITEMS:
            stated = 1000 * sum(quantity for member, what, quantity in pledged if (member, what) == (code, item))
            mine = {"member__code": code, "item__code": item}
            assert (Line.objects.filter(**mine).aggregate(n=Sum("pledged"))["n"] or 0) == stated
            assert (Account.objects.filter(**mine).aggregate(n=Sum("pledged"))["n"] or 0) == stated
    assert doctor.differences() == []
    assert list(Entry.objects.values_list("sequence", flat=True).order_by("sequence")) == list(
        range(1, Clock.objects.get().sequence + 1)
    )
