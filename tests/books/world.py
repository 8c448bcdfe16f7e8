"""One database and one model of it, moved together by the same choices and compared after every step."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from django.db.models import Sum
from tests import make
from tests.books.model import MEASURES, SUPPORT, UNDER_WAY, Key, Model, Need, Round, Said, Stated, told

from unmet.access.models import Release, Role
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account, Cube, Entry, Movement
from unmet.catalogue.models import Item, Price, Sector
from unmet.needs import rounds, standing
from unmet.needs import services as needs
from unmet.needs.models import Need as NeedRow
from unmet.needs.models import Return, Statement
from unmet.parties.models import Party, Person
from unmet.support import line_accounts, proposed_commitments, stating
from unmet.support.line_plan import Planned
from unmet.support.models import Line, Proposal

MEMBERS = ("ZMB", "CUB")
GIVERS = ("WHO", "UNICEF", "CUB")
ITEMS = {"MASK-IIR": "IPC", "HAND-RUB": "IPC", "COVERALL": "IPC", "CASH-TRANSFER": "SOC"}
SECTOR_CHOICES = (("IPC", "SOC"), ("IPC", "SOC"), ("IPC",), ("SOC",))
PLACES = ("", "North")
GROUPS = ("EVERYONE", "UNDER5")
FIRST = datetime(2021, 2, 1, 9, tzinfo=UTC)
_OUT = {
    "lapsed": Movement.LAPSED, "paused": Movement.PAUSED, "covered": Movement.COVERED_NATIONALLY,
    "duplicate": Movement.DUPLICATE,
}  # fmt: skip
T = TypeVar("T")


class Chooser(Protocol):
    """Where the choices of a step come from: a seeded generator, or hypothesis, which can shrink them."""

    def one(self, options: Sequence[T]) -> T:
        """One of the options."""

    def number(self, low: int, high: int) -> int:
        """A whole number between two, both included."""


def chance(choose: Chooser, percent: int) -> bool:
    """True in so many of a hundred cases."""
    return choose.number(1, 100) > 100 - percent


@dataclass(frozen=True)
class Actor:
    """Somebody with one role for one party."""

    person: Person
    party: str
    role: str


class World:
    """See the module. Each public method without underscore is one kind of step."""

    def __init__(self, choose: Chooser) -> None:
        make.reference()
        self.choose = choose
        self.now = FIRST
        self.steps = 0
        self.history: list[str] = []
        self.model = Model(
            sectors=ITEMS, money={"CASH-TRANSFER"}, members=set(MEMBERS),
        )  # fmt: skip
        self.items = {code: Item.objects.get(code=code) for code in ITEMS}
        self.item_codes = {item.pk: code for code, item in self.items.items()}
        self.parties = {code: Party.objects.get(code=code) for code in {*MEMBERS, *GIVERS}}
        self.party_codes = {party.pk: code for code, party in self.parties.items()}
        self.groups = {code: make.group(code).pk for code in GROUPS}
        self.group_codes = {pk: code for code, pk in self.groups.items()}
        self.sectors = dict(Sector.objects.values_list("code", "uuid"))
        self.place_names: dict[int, str] = {}
        self.rounds: dict[str, Any] = {}
        self.round_codes: dict[int, str] = {}
        self.releases: list[Release] = []
        self.posts: list[tuple[int, date, dict[Key, Any]]] = []
        self.focal = {code: Actor(make.focal_point(code), code, "focal_point") for code in MEMBERS}
        self.approvers = {code: [Actor(make.approver(code), code, "approver") for _ in range(2)] for code in MEMBERS}
        self.givers = {code: Actor(make.person(Role.RESPONDER, code), code, "responder") for code in GIVERS}
        self.need_line, self.support_line = make.line(), make.support_line("WHO", "ZMB", "pledged", 1)
        self.coordination = make.person(Role.COORDINATION)
        self._open_round(("IPC", "SOC"), date(2021, 1, 1), 400)

    # ── one step ─────────────────────────────────────────────────────────────
    def step(self, kind: str) -> None:
        """Do one step of a kind in both, and compare."""
        self.steps += 1
        self.now += timedelta(minutes=self.choose.number(0, 90))
        # Now and then a request carries a moment that lies before the last post: it waited for the lock.
        late = timedelta(minutes=self.choose.number(1, 240)) if chance(self.choose, 10) else timedelta()
        at = self.now - late
        self.history.append(f"{self.steps} {at:%Y-%m-%d %H:%M} {kind}")
        if kind not in {"new_round", "wait"}:
            self.model.begin(at)
        getattr(self, kind)(at)
        books.settle(at=self.now)
        self.model.begin(self.now)
        self._note_post()
        self.compare(everything=self.steps % 25 == 0)

    def _say(self, text: str) -> None:
        self.history[-1] += f" {text}"

    def _same(self, expected: Any, act: Callable[[], Any]) -> Any:
        """Do something that the model says is refused (a name) or not; returns what it gave."""
        try:
            got, result = None, act()
        except Exception as error:  # whatever it is, it must be the refusal that the model named
            reason = getattr(error, "reason", None)
            got, result = f"{type(error).__name__}:{reason}" if reason else type(error).__name__, None
            if got != expected:
                raise
        self._say(f"-> {got or 'done'}")
        assert got == expected
        return result

    # ── rounds ───────────────────────────────────────────────────────────────
    def _open_round(self, sectors: tuple[str, ...], period_from: date, freshness: int) -> None:
        for code, round_ in self.model.rounds.items():
            if round_.open and round_.sectors & set(sectors):
                with make.as_(self.coordination, at=self.now):
                    rounds.close_round(self.rounds[code], by=self.coordination, at=self.now)
                round_.open = False
        code = f"r{len(self.rounds) + 1}"
        made = make.round_(
            code, sectors=sectors, freshness_days=freshness, at=self.now, window=(date(2021, 1, 1), date(2060, 1, 1)),
            period=(period_from, period_from + timedelta(days=180)),
        )  # fmt: skip
        prices: dict[str, tuple[date, Fraction]] = {}
        for item, millionths, on in Price.objects.filter(item__code__in=ITEMS).values_list(
            "item__code", "usd_millionths", "dated_on"
        ):
            if on <= self.now.date() and (item not in prices or on >= prices[item][0]):
                prices[item] = (on, Fraction(millionths, 1_000_000))
        self.rounds[code], self.round_codes[made.pk] = made, code
        self.model.rounds[code] = Round(
            period_from, frozenset(sectors), freshness, {item: price for item, (_, price) in prices.items()}
        )

    def new_round(self, at: datetime) -> None:
        """Coordination opens another round, mostly about a later period; prices may have changed."""
        choose = self.choose
        latest = max(round_.period_from for round_ in self.model.rounds.values())
        shift = choose.number(1, 60) if chance(choose, 80) else -choose.number(0, 60)
        if chance(choose, 30):
            code = choose.one(sorted(set(ITEMS) - {"CASH-TRANSFER"}))
            Price.objects.get_or_create(
                item=self.items[code], dated_on=self.now.date(), source="a test",
                defaults={"usd_millionths": choose.number(1, 9_999_999)},
            )  # fmt: skip
        sectors = choose.one(SECTOR_CHOICES)
        self._open_round(sectors, latest + timedelta(days=shift), choose.one([3, 20, 400]))
        self._say(f"{sectors} {latest + timedelta(days=shift)}")

    def wait(self, at: datetime) -> None:
        """Days pass."""
        self.now += timedelta(days=self.choose.number(1, 25))

    # ── returns ──────────────────────────────────────────────────────────────
    def _quantity(self, item: str) -> int:
        kind = self.choose.number(1, 10)
        if kind == 1:
            return 0
        if kind == 2:
            return self.choose.number(1, 10**12) * (1 if item == "HAND-RUB" else 1000)
        return self.choose.number(1, 5_000) * (1 if item == "HAND-RUB" else 1000)

    def _round(self) -> str:
        open_ones = [code for code, round_ in self.model.rounds.items() if round_.open]
        return self.choose.one(open_ones if chance(self.choose, 85) else list(self.rounds)[-4:])

    def submit(self, at: datetime) -> None:
        """Somebody of a member sends a few lines, or nothing to report."""
        choose, member, round_ = self.choose, self.choose.one(MEMBERS), self._round()
        nothing = chance(choose, 4)
        said: dict[Need, Said] = {}
        for _ in range(choose.number(0 if nothing else 1, 3)):
            item = choose.one(list(ITEMS))
            need = (member, item, choose.one(PLACES), choose.one(GROUPS))
            before = self.model.newest.get((need, round_))
            if before and chance(choose, 30):
                said[need] = before
            else:
                pipeline = choose.number(1, 500) * 1000 if chance(choose, 20) else 0
                said[need] = Said(self._quantity(item), pipeline, choose.one([None, 1, 2]))
        by = self.focal[member] if chance(choose, 85) else choose.one(self.approvers[member])
        self._say(f"{member} {round_} {said} nothing={nothing}")
        expected = self.model.submit(member, round_, list(said.items()), by=str(by.person.pk), nothing=nothing)
        lines = [
            replace(
                self.need_line, item_id=self.items[need[1]].pk, quantity=one.requested, pipeline=one.pipeline,
                rank=one.rank, place_name=need[2], group_id=self.groups[need[3]],
            )
            for need, one in said.items()
        ]  # fmt: skip

        def act() -> Any:
            with make.as_(by.person, at=at):
                return needs.submit(
                    lines, member=self.parties[member], round_=self.rounds[round_], by=by.person, at=at,
                    nothing_to_report=nothing,
                )  # fmt: skip

        done = self._same(expected if isinstance(expected, str) else None, act)
        if done is not None:
            assert (done.created, done.updated, done.unchanged) == expected

    def _waiting(self) -> tuple[str, str] | None:
        if self.model.pending:
            return self.choose.one(sorted(self.model.pending))
        return None

    def _return(self, member: str, round_: str) -> Return:
        return Return.objects.pending().select_related("member", "round").get(
            member=self.parties[member], round=self.rounds[round_]
        )  # fmt: skip

    def approve(self, at: datetime) -> None:
        """An approver approves what waits, sometimes with a quantity of his own."""
        found = self._waiting()
        if found is None:
            return
        member, round_ = found
        pending, return_ = self.model.pending[found], self._return(member, round_)
        by = self.choose.one(self.approvers[member])
        revision = pending.revision - (1 if chance(self.choose, 4) else 0)
        changes, wanted = {}, {}
        if pending.lines and chance(self.choose, 25):
            need = self.choose.one(list(pending.lines))
            wanted[need] = self._quantity(need[1])
            statement = Statement.objects.get(
                in_return=return_, newest=True, approved=None, need__item=self.items[need[1]],
                need__group=self.groups[need[3]], need__place__own_name=need[2],
            )  # fmt: skip
            changes[statement.pk] = needs.Change(wanted[need], "less was found")
        self._say(f"{member} {round_} {wanted}")
        expected = self.model.approve(member, round_, by=str(by.person.pk), revision=revision, changes=wanted)

        def act() -> None:
            with make.as_(by.person, at=at):
                needs.approve(return_, by=by.person, at=at, revision=revision, changes=changes)

        self._same(expected, act)

    def send_back(self, at: datetime) -> None:
        """An approver sends back what waits."""
        found = self._waiting()
        if found is None:
            return
        by, return_ = self.choose.one(self.approvers[found[0]]), self._return(*found)
        self._say(str(found))
        expected = self.model.send_back(*found, revision=return_.revision)

        def act() -> None:
            with make.as_(by.person, at=at):
                needs.send_back(return_, comment="Check the unit.", by=by.person, at=at, revision=return_.revision)

        self._same(expected, act)

    def take_back(self, at: datetime) -> None:
        """The member withdraws a return."""
        found = self._waiting()
        if found is None:
            return
        by, return_ = self.focal[found[0]], self._return(*found)
        self._say(str(found))
        with make.as_(by.person, at=at):
            self._same(self.model.withdraw(*found), lambda: needs.withdraw(return_, by=by.person, at=at))

    # ── whether a need stands ────────────────────────────────────────────────
    def _some_need(self, *wanted: str) -> Need | None:
        """Mostly one that stands as the step expects it."""
        fitting = [
            need for need, key in self.model.open.items()
            if (self.model.accounts[key].out or "standing") in wanted
        ]  # fmt: skip
        known = fitting if fitting and chance(self.choose, 85) else list(self._needs())
        return self.choose.one(known) if known else None

    def _change_standing(
        self, need: Need, expected: str | None, act: Callable[[Person, NeedRow], Any], at: datetime
    ) -> None:
        by, row = self.approvers[need[0]][0].person, self._needs()[need]
        self._say(str(need))
        with make.as_(by, at=at):
            self._same(expected, lambda: act(by, row))

    def pause(self, at: datetime) -> None:
        """An approver lets a need wait."""
        if need := self._some_need("standing"):
            self._change_standing(
                need, self.model.pause(need), lambda by, row: standing.pause(row, reason="Later", by=by, at=at), at
            )

    def resume(self, at: datetime) -> None:
        """An approver lets a paused need stand again."""
        if need := self._some_need("paused"):
            self._change_standing(need, self.model.resume(need), lambda by, row: standing.resume(row, by=by, at=at), at)

    def confirm(self, at: datetime) -> None:
        """An approver confirms one need or two as they were."""
        need = self._some_need("lapsed", "lapsed", "standing")
        if need is None:
            return
        mine = [other for other in self._needs() if other[0] == need[0]]
        chosen = list(dict.fromkeys([need, self.choose.one(mine)] if chance(self.choose, 30) else [need]))
        rows = self._needs()
        self._change_standing(
            need, self.model.confirm(chosen),
            lambda by, row: standing.confirm(
                [rows[one] for one in chosen], member=self.parties[need[0]], by=by, at=at
            ), at,
        )  # fmt: skip

    def end(self, at: datetime) -> None:
        """An approver ends a need by name."""
        need = self._some_need("standing", "paused", "lapsed")
        if need is None:
            return
        rows, same_as = self._needs(), None
        if chance(self.choose, 60):
            alike = [other for other in rows if other[:2] == need[:2]]
            same_as = self.choose.one(alike if chance(self.choose, 90) else list(rows))
        self._say(f"as {same_as}")
        self._change_standing(
            need, self.model.end(need, same_as=same_as),
            lambda by, row: standing.end(
                row, covered_nationally=same_as is None, same_as=rows[same_as] if same_as else None,
                reason="Bought at home", by=by, at=at,
            ), at,
        )  # fmt: skip

    # ── releases ─────────────────────────────────────────────────────────────
    def _needs(self) -> dict[Need, NeedRow]:
        return {
            (self.party_codes[row.member_id], self.item_codes[row.item_id], row.place.own_name,
             self.group_codes[row.group_id]): row
            for row in NeedRow.objects.select_related("place", "member").order_by("pk")
        }  # fmt: skip

    def release(self, at: datetime) -> None:
        """A member releases a sector or a need."""
        choose, member = self.choose, self.choose.one(MEMBERS)
        mine = {need: row for need, row in self._needs().items() if need[0] == member}
        if mine and chance(choose, 60):
            need = choose.one(list(mine))
            subject, named_subject = ("need", mine[need].uuid), need
        else:
            named_subject = choose.one(["IPC", "SOC"])
            subject = ("sector", self.sectors[named_subject])
        audience = choose.one(["everyone", "everyone", "everyone", "members", "named", "coordination"])
        named = [choose.one(["WHO", "UNICEF"])] if audience == "named" else []
        until = None
        if chance(choose, 60):
            until = at.date() + timedelta(days=choose.number(-2, 20))
        self._say(f"{member} {named_subject} to {audience} {named} until {until}")
        expected = self.model.release(member, named_subject, audience=audience, named=frozenset(named), until=until)
        by = choose.one(self.approvers[member]).person

        def act() -> list[Release]:
            with make.as_(by, at=at):
                return needs.release(
                    member=self.parties[member], subjects=[subject], level=choose.one(["figures", "detail"]),
                    audience=audience, until_on=until, by=by, at=at, named=[self.parties[code] for code in named],
                )  # fmt: skip

        self.releases.extend(self._same(expected, act) or [])

    def withdraw_release(self, at: datetime) -> None:
        """A member withdraws a release."""
        if not self.releases:
            return
        position = self.choose.number(0, len(self.releases) - 1)
        release, known = self.releases[position], self.model.releases[position]
        by = self.approvers[known.member][0].person
        self._say(f"{known.member} {known.subject}")
        with make.as_(by, at=at):
            self._same(self.model.withdraw_release(known), lambda: needs.withdraw_release(release, by=by, at=at))

    def hold_back(self, at: datetime) -> None:
        """A member holds a need back, or lifts that."""
        found = self._needs()
        if not found:
            return
        need = self.choose.one(list(found))
        lift = need in self.model.held or chance(self.choose, 10)
        by = self.approvers[need[0]][0].person
        self._say(f"{need} lift={lift}")
        with make.as_(by, at=at):
            (needs.lift_hold_back if lift else needs.hold_back)(found[need], by=by, at=at)
        (self.model.lift if lift else self.model.hold_back)(need)

    # ── support ──────────────────────────────────────────────────────────────
    def _stated(self, actor_of: str | None = None) -> Stated:
        choose, known = self.choose, self.model.support
        if known and chance(choose, 70):
            giver, reference, item = choose.one(list(known)[-40:][::-1])
            line = known[giver, reference, item]
            member = line.member if chance(choose, 95) else choose.one(MEMBERS)
            # What can go on from where it stands is the more telling choice.
            here = [stage for stage in SUPPORT if line.stands[stage]] or ["pledged"]
            after = {
                "pledged": ["committed", "allocated"], "allocated": ["committed"], "committed": ["in_transit"],
                "in_transit": ["received", "received", "rejected", "missing"],
            }.get(choose.one(here), list(SUPPORT))  # fmt: skip
            stage = choose.one(after) if chance(choose, 75) else choose.one(SUPPORT)
            options = [line.said[stage], *line.stands.values(), sum(line.stands.values()) // 2, line.proposed]
            quantity = choose.one([option for option in options if option] or [1000])
        else:
            giver, member, item = choose.one(GIVERS), choose.one(MEMBERS), choose.one(list(ITEMS))
            reference = f"R{len(known)}-{uuid.uuid5(uuid.NAMESPACE_OID, str(self.steps)).hex[:4]}"
            stage, quantity = choose.one(["pledged", "pledged", "pledged", *SUPPORT]), choose.number(1, 4_000) * 1000
        need = None
        if self.model.open and chance(choose, 15):
            need = choose.one(list(self.model.open))
        return Stated(giver, member, item, reference, stage, quantity, need, meant=chance(choose, 60))

    def state(self, at: datetime) -> None:
        """Somebody states one line of support, or two of the same reference."""
        choose = self.choose
        stated = [self._stated()]
        if chance(choose, 25):
            first = stated[0]
            stage = choose.one(SUPPORT)
            stated.append(
                Stated(
                    first.giver, first.member, first.item, first.reference, stage, first.quantity, first.need,
                    meant=first.meant,
                )
            )  # fmt: skip
        line = stated[0]
        giving = line.stage in {"pledged", "allocated", "in_transit"}
        if chance(choose, 7):
            by = choose.one([*self.givers.values(), *self.focal.values()])
        elif giving:
            by = self.givers[line.giver]
        elif chance(choose, 30):
            by = self.focal[line.member]
        else:
            by = choose.one(self.approvers[line.member])
        round_, good_rows = self._round(), chance(choose, 40)
        self._say(f"{by.role} of {by.party} in {round_}: {stated} good_rows={good_rows}")
        refusal, outcomes = self.model.state(
            stated, party=by.party, role=by.role, round_=round_, at=at, good_rows=good_rows
        )
        uuids = {need: str(row.uuid) for need, row in self._needs().items()} if any(one.need for one in stated) else {}
        lines = [
            replace(
                self.support_line, giver_code=one.giver, member_code=one.member, stage=one.stage,
                quantity=one.quantity, item_id=self.items[one.item].pk, reference=one.reference, reason="Damaged",
                need_code=uuids[one.need] if one.need else None, meant=one.meant,
            )
            for one in stated
        ]  # fmt: skip

        def act() -> list[Planned]:
            with make.as_(by.person, at=at):
                foreseen = stating.preview(lines, round_=self.rounds[round_])
                done = stating.state(lines, round_=self.rounds[round_], by=by.person, at=at, good_rows=good_rows)
                assert [(one.outcome, one.reason) for one in foreseen] == [(one.outcome, one.reason) for one in done]
                return done

        done = self._same(refusal, act) or []
        assert [one.outcome + (f":{one.reason}" if one.reason else "") for one in done] == outcomes

    def _line(self, key: tuple[str, str, str]) -> Line:
        giver, reference, item = key
        return Line.objects.select_related("giver", "member", "item").get(
            giver=self.parties[giver], reference=reference, item=self.items[item]
        )

    def accept(self, at: datetime) -> None:
        """An approver accepts or declines a proposed commitment, or whoever proposed it takes it back."""
        proposed = [key for key, line in self.model.support.items() if line.proposed]
        if not proposed:
            return
        key = self.choose.one(proposed)
        line, known = self._line(key), self.model.support[key]
        proposal = Proposal.objects.get(line=line, state=Proposal.State.PROPOSED)
        by = self.approvers[known.member][0].person
        decline, back, over = (chance(self.choose, percent) for percent in (20, 10, 60))
        self._say(f"{key} decline={decline} back={back} over={over}")
        if back:
            by = proposal.proposed_by
        with make.as_(by, at=at):
            if decline or back:
                (proposed_commitments.take_back if back else proposed_commitments.decline)(proposal, by=by, at=at)
                known.proposed = 0
            else:
                self._same(
                    self.model.accept(known, over=over),
                    lambda: proposed_commitments.accept(proposal, by=by, at=at, over=over),
                )

    def withdraw_support(self, at: datetime) -> None:
        """A giver takes a pledge back."""
        if not self.model.support:
            return
        key = self.choose.one(list(self.model.support)[-20:])
        line, by = self._line(key), self.givers[key[0]].person
        self._say(str(key))
        with make.as_(by, at=at):
            self._same(
                self.model.withdraw_support(self.model.support[key]), lambda: stating.withdraw(line, by=by, at=at)
            )

    def assign(self, at: datetime) -> None:
        """A member says which need its unassigned support is for."""
        lines = [key for key, line in self.model.support.items() if line.account[0] == "unassigned"]
        if chance(self.choose, 10):
            lines = list(self.model.support)
        if not lines or not self.model.open:
            return
        key = self.choose.one(lines)
        known = self.model.support[key]
        fitting = [target for need, target in self.model.open.items() if need[:2] == (known.member, key[2])]
        target = self.choose.one(fitting if fitting and chance(self.choose, 85) else list(self.model.accounts))
        line, account = self._line(key), self._account(target)
        by = self.focal[known.member].person
        self._say(f"{key} to {target}")
        with make.as_(by, at=at):
            self._same(
                self.model.assign(known, target), lambda: line_accounts.assign(line, account, by=by, at=at, over=True)
            )

    # ── comparing ────────────────────────────────────────────────────────────
    def _place(self, pk: int, place: Any) -> str:
        if pk not in self.place_names:
            self.place_names[pk] = place()
        return self.place_names[pk]

    def _key_of(self, account: Account) -> Key:
        if account.place_id not in self.place_names:
            self.place_names[account.place_id] = account.place.own_name
        return (
            "need" if account.kind == Account.Kind.NEED else "unassigned", self.party_codes[account.member_id],
            self.item_codes[account.item_id], self.place_names[account.place_id], self.group_codes[account.group_id],
            self.round_codes[account.round_id],
        )  # fmt: skip

    def _account(self, key: Key) -> Account:
        kind, member, item, place, group, round_ = key
        return Account.objects.get(
            kind=Account.Kind.NEED if kind == "need" else Account.Kind.UNASSIGNED, member=self.parties[member],
            item=self.items[item], place__own_name=place, group=self.groups[group], round=self.rounds[round_],
        )  # fmt: skip

    def _note_post(self) -> None:
        """What this step changed, for the comparison with every past sequence at the end."""
        snapshot = {}
        for key in self.model.changed:
            account = self.model.accounts[key]
            snapshot[key] = (account.closed, account.public, tuple(self.model.measures(key).values()))
        self.model.changed.clear()
        last = books.last_sequence()
        if not self.posts or self.posts[-1][0] != last:
            self.posts.append((last, self.model.at.date() if self.model.at else FIRST.date(), snapshot))
        else:
            # An account may be opened without a line only when a line follows.
            assert all(not any(own) for _, _, own in snapshot.values())

    def compare(self, *, everything: bool) -> None:
        """Own book, public book and account keys are what the model says; now and then all that is kept is."""
        rows = Account.objects.all() if everything else Account.objects.filter(closed=False)
        kept = {self._key_of(row): row for row in rows}
        wanted = {key: one for key, one in self.model.accounts.items() if everything or not one.closed}
        assert kept.keys() == wanted.keys()
        for key, account in wanted.items():
            row = kept[key]
            told_measures = self.model.measures(key)
            assert {name: getattr(row, name) for name in MEASURES} == told_measures, key
            assert (row.closed, row.public, row.lapses_at) == (account.closed, account.public, account.lapses_at), key
            assert row.out_by == _OUT.get(account.out), key
        cells = {
            (cell.closed, self.party_codes[cell.member_id], self.item_codes[cell.item_id],
             self.round_codes[cell.round_id]): {name: getattr(cell, name) for name in ("accounts", *MEASURES)}
            for cell in Cube.objects.all()
        }  # fmt: skip
        assert {key: cell for key, cell in cells.items() if any(cell.values())} == self.model.cube()
        if everything:
            assert doctor.differences() == []
            self._compare_links(kept)

    def _compare_links(self, kept: dict[Key, Account]) -> None:
        """Each need has its open account, and what is under way on an account is the sum of its lines."""
        open_ones = {
            account.subject: account.pk for account in kept.values() if account.kind == 0 and not account.closed
        }
        for need, row in self._needs().items():
            key = self.model.open.get(need)
            assert open_ones.get(row.uuid) == (kept[key].pk if key else None), need
        sums: dict[Key, dict[str, int]] = {}
        for line in self.model.support.values():
            cell = sums.setdefault(line.account, dict.fromkeys(UNDER_WAY, 0))
            for stage in UNDER_WAY:
                cell[stage] += line.stands[stage]
        for key, row in kept.items():
            lines = sums.get(key, dict.fromkeys(UNDER_WAY, 0))
            assert {stage: getattr(row, stage) for stage in UNDER_WAY} == lines, key
        for key, line in self.model.support.items():
            row = self._line(key)
            assert {stage: getattr(row, stage) for stage in SUPPORT} == line.stands, key

    # ── every past sequence ──────────────────────────────────────────────────
    def compare_the_past(self) -> int:
        """Walk through every line of the books; returns how many.

        After every line, each book of the account satisfies the definitions; after the last line of every post, both
        books are what the model said then, and nothing else was touched; at the end of days the same by SQL sums.
        """
        keys = {row.pk: self._key_of(row) for row in Account.objects.all()}
        entries = Entry.objects.order_by("sequence").values_list("sequence", "book", "closed", "account_id", *MEASURES)
        sums: dict[tuple[int, int, bool], list[int]] = {}
        lines = iter(entries.iterator())
        sequence, states, by_day = 0, {}, {}
        for last, day, snapshot in self.posts:
            touched = set()
            while sequence < last:
                number, book, closed, account, *measures = next(lines)
                sequence += 1
                assert number == sequence
                side = sums.setdefault((account, book, closed), [0] * len(MEASURES))
                for position, change in enumerate(measures):
                    side[position] += change
                self._satisfies(keys[account], side)
                touched.add(account)
            states |= snapshot
            by_day[day] = (last, dict(states))
            by_key = {keys[account]: account for account in touched}
            assert by_key.keys() <= snapshot.keys(), (sequence, by_key.keys() - snapshot.keys())
            for key, (closed, public, own) in snapshot.items():
                if key in by_key:
                    self._stood(sums, by_key[key], closed, public, own)
        assert next(lines, None) is None
        if by_day:
            self._compare_days(keys, by_day)
        return sequence

    def _satisfies(self, key: Key, side: list[int]) -> None:
        stages = dict(zip(MEASURES[: len(MEASURES) - 9], side, strict=False))
        _, _, item, _, _, round_ = key
        assert min(stages.values()) >= 0, key
        price = self.model.rounds[round_].prices.get(item)
        assert list(told(stages, price, money=item == "CASH-TRANSFER").values()) == side, key

    @staticmethod
    def _stood(
        sums: dict[tuple[int, int, bool], list[int]], account: int, closed: bool, public: bool, own: tuple[int, ...]
    ) -> None:
        nothing = [0] * len(MEASURES)
        for book, wanted in ((0, list(own)), (1, list(own) if public else nothing)):
            for side in (False, True):
                assert sums.get((account, book, side), nothing) == (wanted if side == closed else nothing)

    def _compare_days(self, keys: dict[int, Key], by_day: dict[date, tuple[int, dict[Key, Any]]]) -> None:
        """Sums in SQL up to the last line of a day: every day's place, and the sums of about twenty days."""
        last, day = 0, min(by_day)
        while day <= max(by_day):
            last = by_day[day][0] if day in by_day else last
            assert books.last_sequence(on=day) == last
            day += timedelta(days=1)
        for day in sorted(by_day)[:: max(1, len(by_day) // 20)]:
            _, states = by_day[day]
            rows = (
                Entry.objects.filter(sequence__lte=books.last_sequence(on=day))
                .order_by().values("account", "book", "closed").annotate(*(Sum(name) for name in MEASURES))
            )  # fmt: skip
            got = {}
            for row in rows:
                measures = tuple(row[f"{name}__sum"] for name in MEASURES)
                if any(measures):
                    got[keys[row["account"]], row["book"], row["closed"]] = measures
            wanted = {}
            for key, (closed, public, own) in states.items():
                for book in (0, 1) if public else (0,):
                    if any(own):
                        wanted[key, book, closed] = own
            assert got == wanted, day
