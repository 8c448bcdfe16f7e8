"""What the books must say, in plain Python: dicts of accounts, and its own formulas.

Written from the rules alone. It imports nothing of the product, so that the same mistake cannot stand on both sides.
Quantities are whole thousandths of the item's base unit, values whole US cents. Every method that may be refused
returns the name of the refusal (a class, or class:reason) or None, and changes nothing when it refuses.
"""

import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import floor

UNDER_WAY = ("pledged", "allocated", "committed", "in_transit")
ARRIVALS = ("received", "rejected", "missing")
SUPPORT = UNDER_WAY + ARRIVALS
STAGES = ("approved", *SUPPORT, "last_stated", "superseded")
COUNTS = ("needs_open", "needs_met", "needs_covered", "needs_unpriced")
VALUES = ("value_approved", "value_not_covered", "value_not_in_country")
MEASURES = (*STAGES, "not_covered", "not_in_country", *COUNTS, *VALUES)

Need = tuple[str, str, str, str]  # member, item, place, group
Key = tuple[str, str, str, str, str, str]  # kind, member, item, place, group, round


def end_of_day(day: date) -> datetime:
    """A last day ends everywhere on earth: 24:00 at UTC-12."""
    return datetime.combine(day, time(0), tzinfo=UTC) + timedelta(hours=36)


def cents(quantity: int, price: Fraction) -> int:
    """Value of a quantity at US dollars a unit, half a cent up."""
    return floor(Fraction(quantity, 1000) * price * 100 + Fraction(1, 2))


def told(stages: dict[str, int], price: Fraction | None, *, money: bool) -> dict[str, int]:
    """All measures that follow from the stages of one account."""
    in_country = min(stages["received"], stages["approved"])
    gap = stages["approved"] - in_country
    uncovered = max(0, stages["approved"] - stages["received"] - stages["in_transit"] - stages["committed"])
    counts = stages["approved"] > 0 and stages["superseded"] == 0
    priced = price is not None and not money
    return dict(stages) | {
        "not_covered": uncovered,
        "not_in_country": gap,
        "needs_open": int(counts and gap > 0),
        "needs_met": int(counts and stages["received"] >= stages["approved"]),
        "needs_covered": int(counts and uncovered == 0),
        "needs_unpriced": int(counts and price is None and not money),
        "value_approved": cents(stages["approved"], price) if priced else 0,
        "value_not_covered": cents(uncovered, price) if priced else 0,
        "value_not_in_country": cents(gap, price) if priced else 0,
    }


@dataclass
class Round:
    """A round: when its period begins, what it asks about, how long a statement stays fresh, its frozen prices."""

    period_from: date
    sectors: frozenset[str]
    freshness: int
    prices: dict[str, Fraction]
    open: bool = True


@dataclass
class Account:
    """One need in one round, or support without a need."""

    stages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    closed: bool = False
    public: bool = False
    lapses_at: datetime | None = None
    out: str = ""  # why its quantity left the totals: lapsed, paused, covered, duplicate


@dataclass
class Release:
    """A standing permission. `subject` is a sector or a need."""

    member: str
    subject: str | Need
    audience: str
    named: frozenset[str]
    granted_at: datetime
    ends_at: datetime | None
    withdrawn: bool = False

    def stands(self, at: datetime) -> bool:
        """Whether it covers anything at a moment."""
        return not self.withdrawn and (self.ends_at is None or at < self.ends_at)


@dataclass
class Said:
    """What one statement says: requested, pipeline, rank."""

    requested: int
    pipeline: int
    rank: int | None


@dataclass
class Pending:
    """A return that waits or was sent back."""

    revision: int
    typists: set[str]
    lines: dict[Need, Said] = field(default_factory=dict)
    sent_back: bool = False
    nothing: bool = False


@dataclass
class Support:
    """One line of support: what stands at each stage, what was ever said of each, and on which account."""

    member: str
    account: Key
    stands: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUPPORT, 0))
    said: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUPPORT, 0))
    proposed: int = 0


class Model:
    """Everything the books should say now."""

    def __init__(self, *, sectors: dict[str, str], money: set[str], members: set[str]) -> None:
        self.sectors, self.money, self.members = sectors, money, members
        self.rounds: dict[str, Round] = {}
        self.accounts: dict[Key, Account] = {}
        self.open: dict[Need, Key] = {}
        self.pending: dict[tuple[str, str], Pending] = {}
        self.revisions: dict[tuple[str, str], int] = {}
        self.newest: dict[tuple[Need, str], Said] = {}
        self.approved: dict[tuple[Need, str], Said] = {}
        self.releases: list[Release] = []
        self.held: set[Need] = set()
        self.support: dict[tuple[str, str, str], Support] = {}
        self.at: datetime | None = None  # moment of the last post
        self.post_at: datetime | None = None  # moment of this one
        self.changed: set[Key] = set()

    # ── reading ──────────────────────────────────────────────────────────────
    def measures(self, key: Key) -> dict[str, int]:
        """All measures of an account."""
        _, _, item, _, _, round_ = key
        return told(self.accounts[key].stages, self.rounds[round_].prices.get(item), money=item in self.money)

    def cube(self) -> dict[tuple[bool, str, str, str], dict[str, int]]:
        """The public book by (closed, member, item, round), with the number of accounts."""
        cells: dict[tuple[bool, str, str, str], dict[str, int]] = {}
        for key, account in self.accounts.items():
            if account.public:
                _, member, item, _, _, round_ = key
                cell = cells.setdefault(
                    (account.closed, member, item, round_), dict.fromkeys(("accounts", *MEASURES), 0)
                )
                cell["accounts"] += 1
                for name, value in self.measures(key).items():
                    cell[name] += value
        return cells

    def sees(self, party: str, key: Key, at: datetime) -> bool:
        """Whether people of a party may know of another party's account."""
        kind, member, item, place, group, _ = key
        if party == member:
            return True
        need = (member, item, place, group)
        if kind == "need" and need in self.held:
            return False
        return any(
            release.member == member
            and release.granted_at <= at
            and release.stands(at)
            and (release.subject == self.sectors[item] or (kind == "need" and release.subject == need))
            and (
                release.audience == "everyone"
                or (release.audience == "members" and party in self.members)
                or (release.audience == "named" and party in release.named)
            )
            for release in self.releases
        )

    # ── time ─────────────────────────────────────────────────────────────────
    def begin(self, at: datetime) -> None:
        """A post or a read at a moment: what came due before it is posted first; time never goes backwards."""
        now = max(at, self.at) if self.at else at
        self.post_at = now
        for key, account in self.accounts.items():
            if account.lapses_at and account.lapses_at <= now:
                account.stages["last_stated"], account.stages["approved"] = account.stages["approved"], 0
                account.lapses_at, account.out = None, "lapsed"
                self._posted(key)
        self._publish(now)

    def _posted(self, key: Key) -> None:
        self.changed.add(key)
        self.at = self.post_at

    def _to_everyone(self, now: datetime) -> set[tuple[str, str | Need]]:
        return {
            (release.member, release.subject)
            for release in self.releases
            if release.audience == "everyone" and release.stands(now)
        }

    def _covers(self, standing: set[tuple[str, str | Need]], key: Key) -> bool:
        kind, member, item, place, group, _ = key
        need = (member, item, place, group)
        if kind == "need" and need in self.held:
            return False
        return (member, self.sectors[item]) in standing or (kind == "need" and (member, need) in standing)

    def _publish(self, now: datetime) -> None:
        standing = self._to_everyone(now)
        for key, account in self.accounts.items():
            covered = self._covers(standing, key)
            if covered != account.public:
                account.public = covered
                self._posted(key)

    # ── returns ──────────────────────────────────────────────────────────────
    def submit(
        self, member: str, round_: str, lines: list[tuple[Need, Said]], *, by: str, nothing: bool
    ) -> str | tuple[int, int, int]:
        """Refusal, or (created, updated, unchanged)."""
        asked, at_door = self.rounds[round_], (member, round_)
        if not asked.open:
            return "RoundNotOpen"
        if nothing:
            standing = [
                need for need, key in self.open.items() if need[0] == member and self.accounts[key].stages["approved"]
            ]
            if standing or lines:
                return "OpenNeedsStand"
        elif not lines:
            return "NothingSaid"
        if any(self.sectors[need[1]] not in asked.sectors for need, _ in lines):
            return "LineRefused:sector"
        if len({need for need, _ in lines}) < len(lines):
            return "LineRefused:twice"
        fresh, created, updated, unchanged = [], 0, 0, 0
        for need, said in lines:
            before = self.newest.get((need, round_))
            account = self.accounts.get(("need", *need, round_))
            lapsed = account is not None and not account.closed and account.out != ""
            if before is None:
                created += 1
            elif before == said and not lapsed:
                unchanged += 1
                continue
            else:
                updated += 1
            fresh.append((need, said))
        pending = self.pending.get(at_door)
        waits = pending is not None and not pending.sent_back
        if (not fresh and not nothing and (waits or pending is None)) or (nothing and waits and pending.nothing):
            return created, updated, unchanged
        self.revisions[at_door] = self.revisions.get(at_door, 0) + 1
        if pending is None:
            pending = self.pending[at_door] = Pending(0, set())
        pending.revision, pending.sent_back = self.revisions[at_door], False
        pending.typists.add(by)
        pending.nothing = nothing
        if nothing:
            self._forget(member, round_, pending)
        for need, said in fresh:
            pending.lines[need] = self.newest[need, round_] = said
        return created, updated, unchanged

    def _forget(self, member: str, round_: str, pending: Pending) -> None:
        for need in pending.lines:
            if before := self.approved.get((need, round_)):
                self.newest[need, round_] = before
            else:
                del self.newest[need, round_]
        pending.lines = {}

    def withdraw(self, member: str, round_: str) -> str | None:
        """The member takes a pending return back."""
        pending = self.pending.pop((member, round_), None)
        if pending is None:
            return "NotYoursToApprove"
        self._forget(member, round_, pending)
        return None

    def send_back(self, member: str, round_: str, *, revision: int) -> str | None:
        """An approver sends it back."""
        pending = self.pending.get((member, round_))
        if pending is None or pending.sent_back:
            return "NotYoursToApprove"
        if pending.revision != revision:
            return "ReturnChanged"
        pending.sent_back = True
        return None

    def approve(self, member: str, round_: str, *, by: str, revision: int, changes: dict[Need, int]) -> str | None:
        """An approver decides; the lines go into the books."""
        pending = self.pending.get((member, round_))
        if pending is None or pending.sent_back:
            return "NotYoursToApprove"
        if pending.revision != revision:
            return "ReturnChanged"
        if by in pending.typists:
            return "NotYoursToApprove"
        begins = self.rounds[round_].period_from
        for need in pending.lines:
            holder = self.open.get(need)
            if holder and holder[5] != round_ and self.rounds[holder[5]].period_from >= begins:
                return "LaterRoundHolds"
        for need, said in pending.lines.items():
            self._restate(need, round_, changes.get(need, said.requested) + said.pipeline)
            self.approved[need, round_] = said
        del self.pending[member, round_]
        return None

    def _restate(self, need: Need, round_: str, approved: int) -> None:
        key: Key = ("need", *need, round_)
        holder = self.open.get(need)
        if holder is None and not approved:
            return
        if holder != key:
            self._open(key)
            self.open[need] = key
            if holder is not None:
                self._carry_over(holder, key)
        account = self.accounts[key]
        if account.stages["approved"] != approved or account.stages["last_stated"]:
            account.stages |= {"approved": approved, "last_stated": 0}
            self._posted(key)
        limit = self.post_at.date() + timedelta(days=self.rounds[round_].freshness)
        account.lapses_at, account.out = end_of_day(limit) if approved else None, ""

    def _open(self, key: Key) -> None:
        self.accounts[key] = Account(public=self._covers(self._to_everyone(self.post_at), key))
        self.changed.add(key)

    def _carry_over(self, older: Key, newer: Key) -> None:
        old, new = self.accounts[older], self.accounts[newer]
        for stage in UNDER_WAY:
            new.stages[stage], old.stages[stage] = old.stages[stage], 0
        met = min(old.stages["approved"], old.stages["received"])
        old.stages["superseded"] = old.stages["approved"] - met + old.stages["last_stated"]
        old.stages |= {"approved": met, "last_stated": 0}
        old.closed, old.lapses_at, old.out = True, None, ""
        for line in self.support.values():
            if line.account == older:
                line.account = newer
        self._posted(older)
        self._posted(newer)

    # ── whether a need stands ────────────────────────────────────────────────
    def _stands(self, need: Need) -> str:
        if need not in self.open:
            return "none"
        account = self.accounts[self.open[need]]
        return account.out or ("standing" if account.stages["approved"] else "ended")

    def pause(self, need: Need) -> str | None:
        """It leaves the totals and lapses no more."""
        if self._stands(need) != "standing":
            return "StandingRefused:not_standing"
        key = self.open[need]
        account = self.accounts[key]
        account.stages["last_stated"], account.stages["approved"] = account.stages["approved"], 0
        account.out, account.lapses_at = "paused", None
        self._posted(key)
        return None

    def resume(self, need: Need) -> str | None:
        """What was paused stands again, fresh from now on."""
        if self._stands(need) != "paused":
            return "StandingRefused:not_paused"
        self._stand_again(need)
        return None

    def confirm(self, needs: list[Need]) -> str | None:
        """All of them or none: what stands is fresh, what lapsed stands again."""
        if any(self._stands(need) not in ("standing", "lapsed") for need in needs):
            return "StandingRefused:not_to_confirm"
        for need in needs:
            self._stand_again(need)
        return None

    def _stand_again(self, need: Need) -> None:
        key = self.open[need]
        account = self.accounts[key]
        if account.out:
            account.stages["approved"], account.stages["last_stated"] = account.stages["last_stated"], 0
            self._posted(key)
        limit = self.post_at.date() + timedelta(days=self.rounds[key[5]].freshness)
        account.out, account.lapses_at = "", end_of_day(limit)

    def end(self, need: Need, *, same_as: Need | None) -> str | None:
        """It is over: covered by the member, or the same as another need, which then has its support."""
        if self._stands(need) not in ("standing", "lapsed", "paused"):
            return "StandingRefused:ended"
        other = None
        if same_as is not None:
            if same_as == need or same_as[:2] != need[:2] or self._stands(same_as) != "standing":
                return "StandingRefused:same_as"
            other = self.open[same_as]
        key = self.open[need]
        account = self.accounts[key]
        account.stages["approved"] = account.stages["last_stated"] = 0
        account.out, account.lapses_at = "covered" if other is None else "duplicate", None
        self._posted(key)
        if other is not None:
            self._hand_on(key, other)
        return None

    def _hand_on(self, ended: Key, other: Key) -> None:
        stages = SUPPORT if ended[5] == other[5] else UNDER_WAY
        moved = {stage: self.accounts[ended].stages[stage] for stage in stages}
        for stage, quantity in moved.items():
            self.accounts[ended].stages[stage] -= quantity
            self.accounts[other].stages[stage] += quantity
        for line in self.support.values():
            if line.account == ended:
                line.account = other
        if any(moved.values()):
            self._posted(ended)
            self._posted(other)

    # ── releases ─────────────────────────────────────────────────────────────
    def release(
        self, member: str, subject: str | Need, *, audience: str, named: frozenset[str], until: date | None
    ) -> str | None:
        """A member lets others see."""
        ends_at = end_of_day(until) if until else None
        if ends_at and ends_at <= self.post_at:
            return "ReleaseRefused:past"
        self.releases.append(Release(member, subject, audience, named, self.post_at, ends_at))
        self._publish(self.post_at)
        return None

    def withdraw_release(self, release: Release) -> str | None:
        """It takes a release back."""
        if release.withdrawn:
            return "ReleaseRefused:withdrawn"
        release.withdrawn = True
        self._publish(self.post_at)
        return None

    def hold_back(self, need: Need) -> None:
        """It keeps one need from everybody."""
        self.held.add(need)
        self._publish(self.post_at)

    def lift(self, need: Need) -> None:
        """It lets the releases cover the need again."""
        self.held.discard(need)
        self._publish(self.post_at)

    # ── support ──────────────────────────────────────────────────────────────
    def state(
        self, lines: list["Stated"], *, party: str, role: str, round_: str, at: datetime, good_rows: bool
    ) -> tuple[str | None, list[str]]:
        """(refusal of the whole, outcome of each line). All or none unless only the good rows are asked for."""
        before = copy.deepcopy(self.__dict__) if len(lines) > 1 and not good_rows else None
        outcomes = []
        for line in lines:
            outcome = self._state_one(line, party=party, role=role, round_=round_, at=at)
            if outcome.startswith("refused") and not good_rows:
                if before is not None:
                    self.__dict__.update(before)
                return outcome.replace("refused", "SupportRefused"), []
            outcomes.append(outcome)
        return None, outcomes

    def _state_one(self, line: "Stated", *, party: str, role: str, round_: str, at: datetime) -> str:
        known = self.support.get((line.giver, line.reference, line.item))
        proposing = False
        if line.giver == line.member:
            return "refused:own_giver"
        if line.stage in ("pledged", "allocated", "in_transit"):
            if party != line.giver:
                return "refused:not_yours"
        elif party != line.member or role == "responder":
            return "refused:not_yours"
        elif line.stage == "committed" and role == "focal_point":
            proposing = True
        taken_unseen = False
        if known and known.member != line.member:
            if party == line.giver:
                return "refused:other_member"
            known, taken_unseen = None, True  # nobody but the giver learns more than that it cannot be used
        said = known.said[line.stage] if known else 0
        if said:
            if said == line.quantity:
                return "unchanged"
            ended = line.stage in ("received", "rejected", "missing")
            return "refused:received_before" if ended else "refused:other_quantity"
        if proposing and known and known.proposed:
            return "unchanged" if known.proposed == line.quantity else "refused:already_proposed"
        taken = self._take_from(known, line.stage, line.quantity)
        if isinstance(taken, str):
            return f"refused:{taken}"
        if taken_unseen:
            lost = line.need is not None and self._account_for(line, party, round_, at) is None
            return "refused:unknown_need" if lost else "refused:reference_taken"
        account: Key | None = None
        if known is None:
            account = self._account_for(line, party, round_, at)
            if account is None:
                return "refused:unknown_need"
        if asked := self._asked(account if known is None else known.account, line.stage, line.quantity, line.meant):
            return f"refused:{asked}"
        if known is None:
            known = self.support[line.giver, line.reference, line.item] = Support(line.member, account)
            outcome = "created"
        else:
            outcome = "updated"
        if proposing:
            known.proposed = line.quantity
            return "proposed"
        self._move(known, taken, line.stage)
        if line.stage == "committed":
            known.proposed = 0  # the approver's own word decides what was proposed
        return outcome

    def _asked(self, account: Key | None, stage: str, quantity: int, meant: bool) -> str:
        """What is asked about a need: more is committed than it lacks, or it is sent though its member lets it wait."""
        key = self.open.get(account[1:5]) if account is not None and account[0] == "need" else None
        if key is None or meant:
            return ""
        stages = self.accounts[key].stages
        lacks = stages["approved"] - stages["committed"] - stages["in_transit"] - stages["received"]
        if stage == "committed" and quantity > max(0, lacks):
            return "more_than_needed"
        return "sending_paused" if stage == "in_transit" and self.accounts[key].out == "paused" else ""

    def _take_from(self, known: Support | None, stage: str, quantity: int) -> dict[str, int] | str:
        """From which stages a quantity comes; "" is from nothing."""
        if known is None or not any(known.said.values()):
            if stage in ("pledged", "allocated", "committed", "received"):
                return {"": quantity}
            return "not_accepted" if stage == "in_transit" else "more_than_stands"
        order = {
            "pledged": (), "allocated": ("pledged",), "committed": ("allocated", "pledged"),
            "in_transit": ("committed",),
        }.get(stage, ("in_transit", "committed"))  # fmt: skip
        taken, left = {}, quantity
        for source in order:
            taken[source] = min(left, known.stands[source])
            left -= taken[source]
        if left:
            return "not_accepted" if stage == "in_transit" and not known.stands["committed"] else "more_than_stands"
        return {source: part for source, part in taken.items() if part}

    def _account_for(self, line: "Stated", party: str, round_: str, at: datetime) -> Key | None:
        candidates = [
            key for need, key in self.open.items() if need[:2] == (line.member, line.item) and self.sees(party, key, at)
        ]
        if line.need is not None:
            return next((key for key in candidates if key[1:5] == line.need), None)
        if len(candidates) == 1:
            return candidates[0]
        key: Key = ("unassigned", line.member, line.item, "", "EVERYONE", round_)
        if key not in self.accounts:
            self._open(key)
        return key

    def _move(self, line: Support, taken: dict[str, int], stage: str) -> None:
        stages = self.accounts[line.account].stages
        for source, part in taken.items():
            for standing in (line.stands, stages):
                if source:
                    standing[source] -= part
                standing[stage] += part
            line.said[stage] += part
        self._posted(line.account)

    def accept(self, line: Support, *, over: bool) -> str | None:
        """The member's approver accepts what its focal point proposed; `over` says that more than it lacks is meant."""
        if not line.proposed:
            return "SupportRefused:already_proposed"
        taken = self._take_from(line, "committed", line.proposed)
        if isinstance(taken, str):
            return f"SupportRefused:{taken}"
        if asked := self._asked(line.account, "committed", line.proposed, over):
            return f"SupportRefused:{asked}"
        self._move(line, taken, "committed")
        line.proposed = 0
        return None

    def withdraw_support(self, line: Support) -> str | None:
        """The giver takes back what was not accepted: it was never said."""
        if not line.stands["pledged"] and not line.stands["allocated"]:
            return "SupportRefused:more_than_stands"
        stages = self.accounts[line.account].stages
        for stage in ("pledged", "allocated"):
            gone = line.stands[stage]
            line.stands[stage] = 0
            stages[stage] -= gone
            line.said["pledged"] = max(0, line.said["pledged"] - gone)
            if stage == "allocated":
                line.said["allocated"] -= gone
        self._posted(line.account)
        return None

    def assign(self, line: Support, target: Key) -> str | None:
        """The member's people say which need unassigned support is for."""
        source = line.account
        if source[0] != "unassigned" or target[:3] != ("need", line.member, source[2]) or self.accounts[target].closed:
            return "SupportRefused:unknown_need"
        for stage, quantity in line.stands.items():
            self.accounts[source].stages[stage] -= quantity
            self.accounts[target].stages[stage] += quantity
        if any(line.stands.values()):
            self._posted(source)
            self._posted(target)
        line.account = target
        return None


@dataclass
class Stated:
    """One line of support as somebody states it."""

    giver: str
    member: str
    item: str
    reference: str
    stage: str
    quantity: int
    need: Need | None = None
    meant: bool = False
