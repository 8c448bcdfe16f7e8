"""The loop from offer to receipt and a plain-Python model of it: what each deed may do, and where every unit stands.

The model knows nothing of the tables: a quantity is a number in a dictionary, and each deed says by arithmetic alone
whether it must be taken, and what it moves. After every step the books, lines and offers must say the same.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from tests import make

from unmet.access.actors import Actor, acting
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.books import doctor
from unmet.books.models import Account
from unmet.needs import rounds
from unmet.needs.models import Need
from unmet.parties.models import Place
from unmet.support import (
    acceptance,
    attestations,
    commitments,
    consignment_boxes,
    consignment_corrections,
    consignment_ways,
    consignments,
    line_accounts,
    line_receipts,
    offer_ending,
    offers,
    receipts,
    stating,
)
from unmet.support.acceptance import Accepted
from unmet.support.attestations import Seen
from unmet.support.consignments import ConsignmentRefused, Packed, Plan
from unmet.support.line_receipts import Arrived
from unmet.support.lines import SupportRefused
from unmet.support.models import Consignment, Line, Offer, OfferLine
from unmet.support.offer_rules import LineDraft, OfferDraft, OfferRefused
from unmet.support.receipts import Counted

T = TypeVar("T")
REFUSED = (OfferRefused, ConsignmentRefused, SupportRefused, NotAllowed)
MEMBERS, GIVERS, HUB, ITEM = ("ZMB", "CUB"), ("WHO", "UNDP"), "UNICEF", "MASK-IIR"
STAGES = ("pledged", "committed", "in_transit", "received", "rejected", "missing")
UNDER_WAY = ("dispatched", "at_port", "held", "cleared")


class Choice(Protocol):
    """Where choices come from: a seed, or hypothesis."""

    def one(self, options: Any) -> Any:
        """One of the options."""

    def number(self, low: int, high: int) -> int:
        """A whole number between two."""


# A member's need in a round; or, marked so, where it keeps in a round what is for no need yet.
Key = tuple[str, int] | tuple[str, int, str]


@dataclass
class Offered:
    """An offer of one line: how much is left, and until when."""

    giver: str
    member: str | None
    left: int
    until: date
    state: str = "offered"
    line: int | None = None
    round: int = 0  # in which it was made
    hub: bool = False
    accepted: set[int] = field(default_factory=set)  # lines of what was accepted of it


@dataclass
class Parcel:
    """What one consignment holds of a line. `booked` is accepted, rejected, missing, surplus; None under way."""

    line: int
    quantity: int
    booked: tuple[int, int, int, int] | None = None
    account: Key | None = None


@dataclass
class Box:
    """A consignment: where it has come to, what is in it, and the lines that its newest receipts name together.

    Of a box of several givers it is the part of one; all have the same `box`. `hub`: the hub carries it.
    """

    giver: str
    member: str
    parcels: list[Parcel]
    state: str = "planned"
    box: int = 0
    hub: bool = False
    before_hold: str = ""
    waybill: str = ""
    receipts: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def sent_by(self, who: str) -> bool:
        """Whether somebody is its giver or its channel."""
        return who == self.giver or (self.hub and who == HUB)


@dataclass
class Model:
    """Every quantity, in base units. `free_of_need` says where those lines stand that are for no need yet."""

    round: int = 0
    approved: dict[tuple[str, int], int] = field(default_factory=dict)
    accounts: dict[Key, Counter[str]] = field(default_factory=dict)
    free_of_need: dict[int, Key] = field(default_factory=dict)
    lines: dict[int, Counter[str]] = field(default_factory=dict)
    of: dict[int, tuple[str, str]] = field(default_factory=dict)
    carried: set[int] = field(default_factory=set)  # lines that the hub carries
    offers: dict[int, Offered] = field(default_factory=dict)
    boxes: dict[int, Box] = field(default_factory=dict)
    sent: set[int] = field(default_factory=set)

    def account(self, line: int) -> Key:
        """On which account a line stands now."""
        return self.free_of_need.get(line, (self.of[line][1], self.round))

    def assign(self, line: int) -> None:
        """All of a line, what has arrived too, goes to the need of its member."""
        source = self.free_of_need.pop(line)
        for stage in STAGES:
            self.accounts[source][stage] -= self.lines[line][stage]
            self.accounts[self.account(line)][stage] += self.lines[line][stage]
        for box in self.boxes.values():
            for parcel in box.parcels:
                if parcel.line == line and parcel.account == source:
                    parcel.account = self.account(line)

    def move(self, line: int, source: str, target: str, quantity: int, account: Key | None = None) -> None:
        """Move a quantity of a line, on its open account or on the one where its end was booked."""
        where = account or self.account(line)
        for row in (self.lines[line], self.accounts.setdefault(where, Counter())):
            if source:
                row[source] -= quantity
            if target:
                row[target] += quantity
            assert min(row.values(), default=0) >= 0, "the model itself went below zero"

    def free(self, line: int) -> int:
        """What is committed of a line and not packed."""
        packed = sum(
            parcel.quantity
            for box in self.boxes.values()
            if box.state == "planned"
            for parcel in box.parcels
            if parcel.line == line
        )
        return self.lines[line]["committed"] - packed

    def loose(self, line: int) -> dict[str, int]:
        """What is under way of a line and in no consignment."""
        boxed = sum(
            parcel.quantity
            for box in self.boxes.values()
            if box.state in UNDER_WAY
            for parcel in box.parcels
            if parcel.line == line and parcel.booked is None
        )
        return {"in_transit": self.lines[line]["in_transit"] - boxed, "committed": self.free(line)}

    def parts(self, box: int) -> dict[int, Box]:
        """The parts of a box, by their keys."""
        return {pk: part for pk, part in self.boxes.items() if part.box == box}

    def spoken(self, pk: int, who: str) -> dict[int, Box]:
        """The parts of the box of one for which somebody speaks as its sender."""
        return {key: part for key, part in self.parts(self.boxes[pk].box).items() if part.sent_by(who)}

    def whole(self, pk: int, who: str) -> bool:
        """Whether somebody sends all that is in the box."""
        return len(self.spoken(pk, who)) == len(self.parts(self.boxes[pk].box))

    def bears(self, waybill: str, who: str, member: str, givers: set[str], *, but: int = 0) -> int | None:
        """The box that what somebody sends with a waybill joins; 0: it is a box of its own; None: it is refused."""
        known = {part.box for part in self.boxes.values() if (part.member, part.waybill) == (member, waybill)}
        for box in sorted(known - {but}):
            parts = list(self.parts(box).values())
            states = {part.state for part in parts}
            if any(part.sent_by(who) for part in parts):
                joins = all(part.hub for part in parts) and who == HUB and not givers & {part.giver for part in parts}
                return box if joins and "planned" not in states and states & set(UNDER_WAY) else None
            if states != {"planned"}:
                return None
        return 0

    def not_covered(self, member: str) -> int:
        """The definition of the books."""
        row = self.accounts[member, self.round]
        under_way = row["received"] + row["in_transit"] + row["committed"]
        return max(self.approved[member, self.round] - under_way, 0)


class World:
    """Two members that need masks, two givers, and every deed of the loop, each a method named `do_…`."""

    def __init__(self, choose: Choice) -> None:
        self.choose, self.model, self.at = choose, Model(), make.AT
        self.history: list[str] = []
        self.steps = self.waybills = self.references = 0
        self.rounds = [make.round_()]
        self.people = {code: make.approver(code) for code in MEMBERS} | {
            code: make.person(Role.RESPONDER, code) for code in (*GIVERS, HUB)
        }
        for code in MEMBERS:
            make.released(code)
            self._state(code, 1000)

    # ── how a deed is done and judged ────────────────────────────────────────
    def step(self, kind: str) -> None:
        """Take one step of a kind; what there is nothing for is no step."""
        self.at += timedelta(minutes=1)
        getattr(self, f"do_{kind}")()
        self.steps += 1

    def _try(self, who: str, act: Callable[[], T], *, should: bool, said: str) -> T | None:
        """Do a deed that must be taken, or must be refused and leave everything as it was."""
        self.history.append(f"{said} (should {'pass' if should else 'be refused'})")
        done, refusal = None, None
        try:
            with make.as_(self.people[who], at=self.at):
                done = act()
        except REFUSED as error:
            refusal = error
        assert (refusal is None) == should, f"{said}: {refusal!r}"
        return done

    def _need(self, member: str) -> Need:
        return Need.objects.get(member__code=member, item__code=ITEM)

    def _pick(self, options: list[T]) -> T | None:
        return self.choose.one(options) if options else None

    def _amount(self, standing: int) -> int:
        """Mostly what can be taken, now and then more."""
        return self.choose.number(1, standing + 20) if standing > 0 else self.choose.number(1, 20)

    # ── needs and rounds ─────────────────────────────────────────────────────
    def _state(self, member: str, quantity: int) -> None:
        key = (member, self.model.round)
        quantity += quantity == self.model.approved.get(key)  # the same again would change nothing
        make.approved([make.line(ITEM, quantity=quantity)], of=member, round_=self.rounds[-1], at=self.at)
        self.model.approved[key] = quantity
        self.model.accounts.setdefault(key, Counter())

    def do_restate(self) -> None:
        """A member says anew how much it needs: the box under way stays where it is."""
        member, quantity = self.choose.one(MEMBERS), self.choose.number(1, 1500)
        self.history.append(f"{member} needs {quantity}")
        self._state(member, quantity)

    def do_new_round(self) -> None:
        """A later round takes the needs on: what is under way goes along, what arrived stays."""
        coordination = make.person(Role.COORDINATION)
        with make.as_(coordination, at=self.at):
            rounds.close_round(self.rounds[-1], by=coordination, at=self.at)
        number = len(self.rounds)
        begin = date(2021, 1, 1) + timedelta(days=30 * number)
        self.rounds.append(make.round_(f"loop-{number}", period=(begin, begin + timedelta(days=29)), at=self.at))
        self.model.round = number
        for member in MEMBERS:
            older = self.model.accounts[member, number - 1]
            self._state(member, self.choose.number(1, 1500))
            newer = self.model.accounts[member, number]
            for stage in ("pledged", "committed", "in_transit"):
                newer[stage] += older[stage]
                older[stage] = 0
        self.history.append(f"round {number}")

    # ── offers ───────────────────────────────────────────────────────────────
    def do_offer(self) -> None:
        """Something for one member's need, or for whoever needs it."""
        giver, quantity = self.choose.one(GIVERS), self.choose.number(1, 400)
        member = self.choose.one([*MEMBERS, None])
        until = self.at.date() + timedelta(days=self.choose.number(-1, 20))
        need, hub = self._need(member) if member else None, self.choose.one([True, True, True, False])
        wanted = OfferDraft(
            channel=make.party(HUB) if hub else None,
            kind="supplies", aim="member" if member else "any", member=make.party(member) if member else None,
            held_until_on=until, lines=[LineDraft(make.item(ITEM), quantity * 1000, need=need)],
        )  # fmt: skip

        def act() -> Offer:
            by = self.people[giver]
            draft = offers.save(wanted, giver=make.party(giver), by=by, at=self.at)
            return offers.offer(draft, version=draft.version, by=by, at=self.at)

        # A day ends at 24:00 UTC−12, half a day after it ends here.
        should = datetime.combine(until, datetime.min.time(), self.at.tzinfo) + timedelta(hours=36) > self.at
        made = self._try(giver, act, should=should, said=f"{giver} offers {quantity} to {member} until {until}")
        if made is None:
            return
        self.model.offers[made.pk] = Offered(giver, member, quantity, until, round=self.model.round, hub=hub)
        if member:
            line = Line.objects.get(offered__offer_line__offer=made).pk
            self.model.lines[line], self.model.of[line] = Counter(), (giver, member)
            self.model.offers[made.pk].line = line
            self.model.carried |= {line} if hub else set()
            self.model.move(line, "", "pledged", quantity)

    def _expired(self, offered: Offered) -> bool:
        end = datetime.combine(offered.until, datetime.min.time(), self.at.tzinfo) + timedelta(hours=36)
        return end <= self.at

    def _live(self, offered: Offered) -> bool:
        return offered.state == "offered" and not self._expired(offered)

    def do_accept(self) -> None:
        """Some of an offer, by the member it is for or by another; more than is left or needed is refused.

        What is offered to it alone a member may take for no need, and assign it later.
        """
        pk = self._pick(list(self.model.offers))
        if pk is None:
            return
        offered, member = self.model.offers[pk], self.choose.one(MEMBERS)
        if offered.member and self.choose.number(0, 9):
            member = offered.member
        quantity, over = self._amount(offered.left), bool(self.choose.number(0, 2) == 0)
        fits = offered.member in (None, member) and self._live(offered) and quantity <= offered.left
        line = OfferLine.objects.get(offer=pk)
        # Now and then the second press of a form that was read before something else was accepted.
        stale = not self.choose.number(0, 7)
        # Of what is to be shared out nobody takes more than it needs.
        over_allowed = over and offered.member is not None
        for_none = offered.member is not None and not self.choose.number(0, 3)
        should = fits and not stale and (for_none or over_allowed or quantity <= self.model.not_covered(member))
        read = line.accepted + 1000 if stale else line.accepted
        said = Accepted(quantity * 1000, need=None if for_none else self._need(member), over=over, read=read)

        def act() -> Any:
            return acceptance.accept(line, said, member=make.party(member), by=self.people[member], at=self.at)

        told = f"{member} accepts {quantity} of offer {pk}, over {over}, for no need {for_none}"
        done = self._try(member, act, should=should, said=told)
        if done is None:
            return
        offered.left -= quantity
        offered.accepted.add(done.line_id)
        if done.line_id not in self.model.lines:
            self.model.lines[done.line_id], self.model.of[done.line_id] = Counter(), (offered.giver, member)
            self.model.carried |= {done.line_id} if offered.hub else set()
        if for_none:
            self.model.free_of_need[done.line_id] = (member, offered.round, "unassigned")
            self.model.move(offered.line, "pledged", "", quantity)
        self.model.move(done.line_id, "pledged" if offered.member and not for_none else "", "committed", quantity)
        if not offered.left:
            offered.state = "closed"

    def do_assign(self) -> None:
        """A member says that a line is for its need: once, and for more than is not covered only where it says so."""
        line = self._pick(list(self.model.free_of_need))
        if line is None or not self.choose.number(0, 9):
            line = self._pick(list(self.model.lines))
        if line is None:
            return
        member, over = self.model.of[line][1], not self.choose.number(0, 2)
        fits = over or self.model.lines[line]["committed"] <= self.model.not_covered(member)
        open_one = Account.objects.get(subject=self._need(member).uuid, kind=Account.Kind.NEED, closed=False)

        def act() -> bool:
            by = self.people[member]
            line_accounts.assign(Line.objects.get(pk=line), open_one, by=by, at=self.at, over=over)
            return True

        should = line in self.model.free_of_need and fits
        if self._try(member, act, should=should, said=f"{member} assigns line {line} to its need, over {over}"):
            self.model.assign(line)

    def _take_back(self, offered: Offered, state: str) -> None:
        offered.state = state
        if offered.line is not None and offered.left:
            self.model.move(offered.line, "pledged", "", offered.left)

    def do_decline(self) -> None:
        """The member it is for alone ends it so; what it had accepted stays."""
        pk = self._pick([pk for pk, offered in self.model.offers.items() if offered.member])
        if pk is None:
            return
        offered = self.model.offers[pk]
        member = str(offered.member)

        def act() -> Any:
            return acceptance.decline(
                Offer.objects.get(pk=pk), member=make.party(member), reason="", by=self.people[member], at=self.at
            )

        if self._try(member, act, should=self._live(offered), said=f"{member} declines offer {pk}") is not None:
            self._take_back(offered, "declined")

    def do_withdraw(self) -> None:
        """Its giver takes back what nobody has accepted."""
        pk = self._pick(list(self.model.offers))
        if pk is None:
            return
        offered, should = self.model.offers[pk], self._live(self.model.offers[pk])

        def act() -> bool:
            offer_ending.withdraw(Offer.objects.get(pk=pk), reason="", by=self.people[offered.giver], at=self.at)
            return True

        if self._try(offered.giver, act, should=should, said=f"offer {pk} is withdrawn"):
            self._take_back(offered, "withdrawn")

    def do_take_back(self) -> None:
        """Part of a commitment, by its giver or its member; what is packed stays. A standing offer has it again."""
        line = self._pick([line for line, row in self.model.lines.items() if row["committed"]])
        if line is None:
            return
        quantity = self._amount(self.model.free(line))
        who = self.choose.one(self.model.of[line])
        read = self.choose.one([None, self.model.lines[line]["committed"], self.model.lines[line]["committed"] + 1])
        standing = read in (None, self.model.lines[line]["committed"])

        def act() -> bool:
            commitments.take_back(
                Line.objects.get(pk=line), quantity * 1000, party=make.party(who), reason="Not to be had",
                by=self.people[who], at=self.at, read=None if read is None else read * 1000,
            )  # fmt: skip
            return True

        should = standing and quantity <= self.model.free(line)
        if not self._try(who, act, should=should, said=f"{who} takes {quantity} of line {line} back, read {read}"):
            return
        self.model.move(line, "committed", "", quantity)
        offered = next((one for one in self.model.offers.values() if line in one.accepted), None)
        if offered is not None and self._live(offered):
            offered.left += quantity
            if offered.line is not None:
                self.model.move(offered.line, "", "pledged", quantity)

    def do_wait(self) -> None:
        """Days pass; offers whose day has ended leave the books, late or not."""
        self.at += timedelta(days=self.choose.number(1, 4))
        self.history.append(f"it is {self.at:%Y-%m-%d}")
        for pk, offered in self.model.offers.items():
            if offered.state == "offered" and self._expired(offered) and self.choose.number(0, 3):
                with acting(Actor.for_system(at=self.at)):
                    assert offer_ending.expire(pk, at=self.at)
                self._take_back(offered, "expired")

    # ── support without an offer ─────────────────────────────────────────────
    def do_commit(self) -> None:
        """A member accepts what it was told of, without an offer: more than is not covered only where it says so."""
        giver, member, quantity = self.choose.one(GIVERS), self.choose.one(MEMBERS), self.choose.number(1, 300)
        self.references += 1
        meant = bool(self.references % 4)
        reference, hub = f"R-{self.references}", self.choose.one([True, True, True, False])
        line = make.support_line(
            giver, member, "committed", quantity, reference=reference, dated_on=self.at.date(), expected_on=None,
            channel_code=HUB if hub else None, meant=meant,
        )  # fmt: skip

        def act() -> Any:
            return stating.state([line], round_=self.rounds[-1], by=self.people[member], at=self.at)

        should = meant or quantity <= self.model.not_covered(member)
        said = f"{member} accepts {quantity} of {giver}, {reference}, meant {meant}"
        if self._try(member, act, should=should, said=said):
            kept = Line.objects.get(reference=reference).pk
            self.model.lines[kept], self.model.of[kept] = Counter(), (giver, member)
            self.model.carried |= {kept} if hub else set()
            self.model.move(kept, "", "committed", quantity)

    def do_send(self) -> None:
        """The giver says that some of a line is on its way, without a consignment: once for each line."""
        line = self._pick([line for line in self.model.lines if line not in self.model.sent])
        if line is None:
            return
        (giver, member), quantity = self.model.of[line], self._amount(self.model.free(line))
        reference = Line.objects.get(pk=line).reference
        row = make.support_line(
            giver, member, "in_transit", quantity, reference=reference, dated_on=self.at.date(), expected_on=None
        )

        def act() -> Any:
            return stating.state([row], round_=self.rounds[-1], by=self.people[giver], at=self.at)

        should = quantity <= self.model.free(line)
        if self._try(giver, act, should=should, said=f"{giver} sends {quantity} of line {line}"):
            self.model.sent.add(line)
            self.model.move(line, "committed", "in_transit", quantity)

    def do_receive_line(self) -> None:
        """What no consignment holds arrives: some of it, and the rest is still on its way."""
        line = self._pick(list(self.model.lines))
        if line is None:
            return
        (giver, member), loose = self.model.of[line], self.model.loose(line)
        under_way = sum(loose.values())
        came = self.choose.number(1, under_way) if under_way else 5
        told = self._count(came)
        rest = under_way - came + (0 if self.choose.number(0, 6) else 1)
        arrived = Arrived(
            *(value * 1000 for value in told), rest * 1000, rejected_why="damaged" if told[1] else "",
            missing_why="short" if told[2] else "",
        )  # fmt: skip

        def act() -> Any:
            kept = Line.objects.select_related("member").get(pk=line)
            return line_receipts.receive(kept, arrived, on=self.at.date(), by=self.people[member], at=self.at)

        should = rest == under_way - came and under_way > 0
        made = self._try(member, act, should=should, said=f"{member} receives {told} of line {line}, {rest} to come")
        if made is None:
            return
        sent = min(came, loose["in_transit"])
        for stage, quantity in (("in_transit", sent), ("committed", came - sent)):
            self.model.move(line, stage, "", quantity)
        for stage, quantity in zip(("received", "rejected", "missing", "received"), told, strict=True):
            self.model.move(line, "", stage, quantity)
        parcel = Parcel(line, came, told, self.model.account(line))
        self.model.boxes[made.consignment_id] = Box(
            giver, member, [parcel], "received", made.consignment_id, line in self.model.carried, receipts=[(1, (0,))]
        )

    # ── consignments ─────────────────────────────────────────────────────────
    def do_plan(self) -> None:
        """Some of several lines for one member: of one giver, or of several that the hub carries all of."""
        first = self._pick([line for line, row in self.model.lines.items() if row["committed"]])
        if first is None:
            return
        giver, member = self.model.of[first]
        who = self.choose.one([giver, HUB, HUB]) if first in self.model.carried else giver
        others = [
            line for line, of in self.model.of.items()
            if line != first and (of == (giver, member) or (who == HUB and of[1] == member))
        ]  # fmt: skip
        if who == HUB:  # what others give first
            others.sort(key=lambda line: (self.model.of[line][0] == giver, line not in self.model.carried, line))
        chosen = [first, *[line for line in others if self.model.free(line) > 0][: self.choose.number(0, 3)]]
        packed = [(line, self._amount(self.model.free(line))) for line in chosen]
        givers = {self.model.of[line][0] for line in chosen}
        self.waybills += 1
        waybill = f"W {self.waybills}"
        if not self.choose.number(0, 3):  # one that somebody wrote already
            waybill = self._pick([box.waybill for box in self.model.boxes.values() if box.waybill]) or waybill
        carried = [line in self.model.carried for line in chosen]
        should = all(quantity <= self.model.free(line) for line, quantity in packed)
        should = (
            should and (who == giver or all(carried)) and self.model.bears(waybill, who, member, givers) is not None
        )
        plan = Plan(
            packed=[Packed(Line.objects.select_related("giver", "member", "channel").get(pk=line), quantity * 1000)
                    for line, quantity in packed],
            to_place=Place.objects.whole_country(make.party(member)), mode="sea", waybill=waybill,
        )  # fmt: skip

        def act() -> Consignment:
            return consignments.plan(plan, by=self.people[who], at=self.at)

        made = self._try(who, act, should=should, said=f"{who} packs {packed} of {givers} for {member}, {waybill}")
        if made is None:
            return
        for part in consignment_boxes.parts(made):
            parcels = [Parcel(line, n) for line, n in packed if self.model.of[line][0] == part.giver.code]
            self.model.boxes[part.pk] = Box(
                part.giver.code, member, parcels, box=made.pk, hub=all(carried), waybill=waybill
            )  # fmt: skip

    def _box(self, *states: str) -> tuple[int, Box] | None:
        """A consignment: mostly one that stands where it should, now and then any."""
        fitting = [pair for pair in self.model.boxes.items() if pair[1].state in states]
        if not fitting or not self.choose.number(0, 7):
            fitting = list(self.model.boxes.items())
        return self._pick(fitting)

    def _sender(self, box: Box) -> str:
        """Its giver, or the hub that carries it."""
        who: str = self.choose.one([box.giver, HUB]) if box.hub else box.giver
        return who

    def do_discard(self) -> None:
        """A plan is thrown away, and what it held is free; a giver takes out its part."""
        found = self._box("planned")
        if found is None:
            return
        pk, box = found
        who = self._sender(box)

        def act() -> bool:
            consignments.discard(self._of(pk), by=self.people[who], at=self.at)
            return True

        if self._try(who, act, should=box.state == "planned", said=f"{who}: plan {pk} is thrown away"):
            for key in self.model.spoken(pk, who):
                del self.model.boxes[key]

    @staticmethod
    def _of(pk: int) -> Consignment:
        return Consignment.objects.select_related("giver", "member", "channel", "carrier").get(pk=pk)

    def do_dispatch(self) -> None:
        """From committed to in transit, of all givers in the box; what the hub sends may join what is under way."""
        found = self._box("planned")
        if found is None:
            return
        pk, box = found
        who = self._sender(box)
        parts = self.model.parts(box.box)
        givers = {part.giver for part in parts.values()}
        joined = self.model.bears(box.waybill, who, box.member, givers, but=box.box)
        should = box.state == "planned" and self.model.whole(pk, who) and joined is not None

        def act() -> bool:
            standing = self._of(pk)
            consignments.dispatch(
                standing, on=self.at.date(), by=self.people[who], at=self.at, version=standing.version
            )
            return True

        if self._try(who, act, should=should, said=f"{who}: consignment {pk} is sent with {box.waybill}"):
            for part in parts.values():
                part.state, part.box = "dispatched", joined or part.box
                for parcel in part.parcels:
                    self.model.sent.add(parcel.line)
                    self.model.move(parcel.line, "committed", "in_transit", parcel.quantity)

    def do_go(self) -> None:
        """To the port, held, cleared; or lost, destroyed, returned, diverted."""
        found = self._box(*UNDER_WAY)
        if found is None:
            return
        pk, box = found
        verb = self.choose.one(
            ["arrive", "hold", "resume", "clear", "arrive", "hold", "clear", "lose", "destroy", "return", "divert"]
        )
        before = {
            "arrive": ("dispatched", "held"),
            "hold": ("dispatched", "at_port", "cleared"),
            "resume": ("held",),
            "clear": ("dispatched", "at_port", "held"),
        }
        who = self._sender(box)
        moved = [one for one in self.model.spoken(pk, who).values() if one.state in before.get(verb, UNDER_WAY)]
        words = {"hold": {"why": "customs"}, "arrive": {}, "clear": {}, "resume": {}}.get(
            verb, {"text": "The ship burnt"}
        )

        def act() -> bool:
            consignment_ways.go(self._of(pk), verb, on=self.at.date(), by=self.people[who], at=self.at, **words)
            return True

        if self._try(who, act, should=bool(moved), said=f"{who}: {verb} consignment {pk}"):
            for part in moved:
                self._gone(part, verb, ends=verb not in before)

    def _gone(self, box: Box, verb: str, *, ends: bool) -> None:
        after = {"arrive": "at_port", "hold": "held", "clear": "cleared", "lose": "lost", "destroy": "destroyed",
                 "return": "returned", "divert": "diverted", "resume": box.before_hold}  # fmt: skip
        if verb == "hold":
            box.before_hold = box.state
        box.state = after[verb]
        for parcel in box.parcels if ends else ():
            if parcel.booked is None:
                missing = verb in ("lose", "destroy")
                parcel.account = self.model.account(parcel.line)
                self.model.move(parcel.line, "in_transit", "missing" if missing else "", parcel.quantity)

    def do_correct_way(self) -> None:
        """Another waybill, or another day on which it is expected: nothing moves, and the state stays."""
        found = self._box(*UNDER_WAY)
        if found is None:
            return
        pk, box = found
        day = self.at.date() + timedelta(days=self.choose.number(-1, 20))
        who = self.choose.one([self._sender(box), self._sender(box), box.member])
        known = self.choose.one([*(one.waybill for one in self.model.boxes.values() if one.member == box.member), ""])
        self.waybills += 1
        number, waybill = self.choose.number(0, 1), known or f"W {self.waybills}"
        parts = self.model.spoken(pk, who)
        under_way = [key for key, part in parts.items() if part.state in UNDER_WAY]
        if number:
            should = day >= self.at.date() and any(self._of(key).expected_on != day for key in under_way)
        else:
            should = self.model.whole(pk, who) and waybill != box.waybill and bool(under_way)
            should = should and self.model.bears(waybill, who, box.member, set(GIVERS), but=box.box) == 0

        def act() -> bool:
            said = {"why": "It was wrong", "by": self.people[who], "at": self.at}
            if number:
                consignment_corrections.correct_expected(self._of(pk), day, **said)
            else:
                consignment_corrections.correct_waybill(self._of(pk), waybill, **said)
            return True

        wrote = f"expected on {day}" if number else f"with waybill {waybill}"
        if self._try(who, act, should=should, said=f"{who}: consignment {pk} is {wrote}") and not number:
            for part in parts.values():
                part.waybill = waybill

    def do_attest(self) -> None:
        """Somebody says how many it saw, again and again: nothing moves."""
        found = self._box(*UNDER_WAY, "received")
        if found is None:
            return
        pk, box = found
        who = self.choose.one([self._sender(box), box.member])

        def act() -> Any:
            seen = [Seen(line, self.choose.number(0, 5) * 1000) for line in self._of(pk).lines.all()]
            return attestations.attest(
                self._of(pk), seen, place="Port", on=self.at.date(), by=self.people[who], at=self.at
            ) or True  # fmt: skip

        self._try(who, act, should=box.state != "planned", said=f"{who} saw consignment {pk}")

    # ── receipts ─────────────────────────────────────────────────────────────
    def _count(self, quantity: int) -> tuple[int, int, int, int]:
        accepted = self.choose.number(0, quantity) if self.choose.number(0, 1) else quantity
        rejected = self.choose.number(0, quantity - accepted)
        surplus = self.choose.number(1, 9) if not self.choose.number(0, 5) else 0
        return accepted, rejected, quantity - accepted - rejected, surplus

    def _receive(self, pk: int, box: Box, chosen: list[int], *, corrects: int | None, should: bool) -> None:
        rows = list(self._of(pk).lines.order_by("pk"))
        counts = {number: self._count(box.parcels[number].quantity) for number in chosen}
        counted = [
            Counted(
                rows[number], *(value * 1000 for value in told), rejected_why="damaged" if told[1] else "",
                missing_why="short" if told[2] else "",
            )
            for number, told in counts.items()
        ]  # fmt: skip
        earlier = self._of(pk).receipts.get(number=corrects) if corrects else None

        def act() -> Any:
            return receipts.receive(
                self._of(pk), counted, on=self.at.date(), by=self.people[box.member], at=self.at, supersedes=earlier
            )

        made = self._try(
            box.member, act, should=should, said=f"{box.member} receives {counts} of {pk}, correcting {corrects}"
        )
        if made is None:
            return
        for number, told in counts.items():
            self._book(box, box.parcels[number], told)
        box.receipts = [one for one in box.receipts if one[0] != corrects] + [(made.number, tuple(chosen))]
        if all(parcel.booked is not None for parcel in box.parcels) and box.state in (*UNDER_WAY, "lost"):
            box.state = "received"

    def _book(self, box: Box, parcel: Parcel, told: tuple[int, int, int, int]) -> None:
        """From in transit, or from what an earlier receipt or a loss had booked, to what was counted."""
        model, line = self.model, parcel.line
        before = parcel.booked or ((0, 0, parcel.quantity, 0) if box.state == "lost" else None)
        if before is None:
            model.move(line, "in_transit", "", parcel.quantity)
            parcel.account = model.account(line)
        else:
            for stage, quantity in zip(("received", "rejected", "missing", "received"), before, strict=True):
                model.move(line, stage, "", quantity, parcel.account)
        for stage, quantity in zip(("received", "rejected", "missing", "received"), told, strict=True):
            model.move(line, "", stage, quantity, parcel.account)
        parcel.booked = told

    def do_receive(self) -> None:
        """All lines or some; short, rejected, with a surplus."""
        found = self._box(*UNDER_WAY, "lost")
        if found is None:
            return
        pk, box = found
        waiting = [number for number, parcel in enumerate(box.parcels) if parcel.booked is None]
        chosen = waiting[: self.choose.number(1, len(waiting))] if waiting else [0]
        should = bool(waiting) and box.state in (*UNDER_WAY, "lost")
        self._receive(pk, box, chosen, corrects=None, should=should)

    def do_correct(self) -> None:
        """The newest word about some lines, said anew; nobody corrects what was corrected."""
        found = self._pick([pair for pair in self.model.boxes.items() if pair[1].receipts])
        if found is None:
            return
        pk, box = found
        number, chosen = self.choose.one(box.receipts)
        self._receive(pk, box, list(chosen), corrects=number, should=True)

    # ── comparing ────────────────────────────────────────────────────────────
    def compare(self, *, everything: bool = False) -> None:
        """The books, lines and offers say what the model says; with `everything`, the books are recomputed too."""
        model = self.model
        codes = {round_.pk: number for number, round_ in enumerate(self.rounds)}
        for account in Account.objects.select_related("member"):
            key: Key = (account.member.code, codes[account.round_id])
            if account.kind == Account.Kind.UNASSIGNED:
                key = (*key[:2], "unassigned")
            told = {stage: getattr(account, stage) for stage in STAGES}
            wanted = model.accounts.get(key, Counter())
            assert told == {stage: wanted[stage] * 1000 for stage in STAGES}, (key, account.kind)
        for line in Line.objects.all():
            told = {stage: getattr(line, stage) for stage in STAGES}
            assert told == {stage: model.lines[line.pk][stage] * 1000 for stage in STAGES}, line.reference
        kept = {line.offer_id: line.left // 1000 for line in OfferLine.objects.exclude(offer__state="draft")}
        assert kept == {pk: offered.left for pk, offered in model.offers.items()}
        states = dict(Offer.objects.exclude(state="draft").values_list("pk", "state"))
        assert states == {pk: offered.state for pk, offered in model.offers.items()}
        assert {pk: said for pk, *said in Consignment.objects.values_list("pk", "state", "waybill")} == {
            pk: [box.state, box.waybill] for pk, box in model.boxes.items()
        }
        together = {}
        for pk, box in Consignment.objects.values_list("pk", "box"):
            together.setdefault(box, set()).add(pk)
        assert {frozenset(parts) for parts in together.values()} == {
            frozenset(model.parts(box.box)) for box in model.boxes.values()
        }
        if everything:
            assert doctor.differences() == []
