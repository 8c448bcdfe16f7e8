"""One world for the matrix of who sees what, built through the services, with a canary in every field.

A canary is a word, an odd number, a day or a uuid that stands in this world once. Whoever may not see a field must not
find its canary anywhere in an answer: body, headers, or what is inside a workbook.

The members are Zambia (A), Cuba (B), Malawi, which answered and released nothing, and Botswana, which is silent.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Max
from django.test import Client
from django.urls import reverse
from tests import make
from tests.access.canaries import Canaries, Kind

from unmet.access import services as access
from unmet.access.models import Appointment, Release, Role
from unmet.books.models import Account
from unmet.catalogue.models import Item, RoundPrice, Sector
from unmet.files import services as files
from unmet.files.models import Attachment
from unmet.needs import comments, countersign, first, flash, letter_offices, letters, standing
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.models import Calculation, Need, Return, Statement, TechnicalComment
from unmet.needs.services import Change
from unmet.parties.models import Party, Person, Place
from unmet.support import (
    acceptance_proposals,
    answers,
    consignment_ways,
    consignments,
    extracts,
    flow_deeds,
    flows,
    giver_names,
    line_accounts,
    offers,
    profile_form,
    profiles,
    receipts,
    requests,
    signs,
)
from unmet.support.acceptance import Accepted
from unmet.support.flow_rules import Amount
from unmet.support.lines import SupportLine
from unmet.support.models import AssistanceRequest, Consignment, Extract, Flow, Line, Offer, Receipt
from unmet.support.offer_rules import LineDraft, OfferDraft
from unmet.web.models import Upload

# The whole world lives at one fixed moment, so that the pages are the same whenever the tests run.
NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
A, B, ANSWERED, SILENT = "ZMB", "CUB", "MWI", "BWA"
NAMED, UNNAMED, GIVER, CHAIR = "WHO", "UNICEF", "GFATM", "COORD"
ROUND, EMERGENCY = "round-of-july", "matrix-emergency"


class Who(StrEnum):
    """The actors of the matrix."""

    NOBODY = "nobody"
    FOCAL_A = "focal point of A"
    APPROVER_A = "approver of A"
    FOCAL_B = "focal point of B"
    APPROVER_B = "approver of B"
    COORDINATION = "coordination"
    NAMED = "named responder"
    UNNAMED = "unnamed responder"
    EXPIRED = "expired appointment of A"


ROLES = {
    Who.FOCAL_A: (Role.FOCAL_POINT, A),
    Who.APPROVER_A: (Role.APPROVER, A),
    Who.FOCAL_B: (Role.FOCAL_POINT, B),
    Who.APPROVER_B: (Role.APPROVER, B),
    Who.COORDINATION: (Role.COORDINATION, CHAIR),
    Who.NAMED: (Role.RESPONDER, NAMED),
    Who.UNNAMED: (Role.RESPONDER, UNNAMED),
    Who.EXPIRED: (Role.FOCAL_POINT, A),
}


class Audience(StrEnum):
    """To whom a need of the world is released."""

    OWN = "own"
    COORDINATION = "coordination"
    MEMBERS = "members"
    NAMED = "named"
    EVERYONE = "everyone"


@dataclass(frozen=True)
class Plan:
    """One need as the world plans it. `audience` is who sees it now; `until` what happened to its release since."""

    key: str
    item: str
    audience: Audience
    level: str = ""  # figures | detail; empty: only the member's own people
    since: str = ""  # held | withdrawn | expired: it was released to everyone in detail, and is not any more
    by_sector: str = ""  # the release names this sector, not the need
    member: str = A


NEEDS = (
    Plan("own", "MASK-IIR", Audience.OWN),
    Plan("coordination-figures", "GLOVE-EXAM", Audience.COORDINATION, "figures"),
    Plan("coordination-detail", "GLOVE-SURG", Audience.COORDINATION, "detail"),
    Plan("members-figures", "GOWN-ISO", Audience.MEMBERS, "figures"),
    Plan("members-detail", "APRON", Audience.MEMBERS, "detail"),
    Plan("named-figures", "FACE-SHIELD", Audience.NAMED, "figures"),
    Plan("named-detail", "GOGGLES", Audience.NAMED, "detail"),
    Plan("everyone-figures", "HAND-RUB", Audience.EVERYONE, "figures"),
    Plan("everyone-detail", "RESP-N95", Audience.EVERYONE, "detail"),
    Plan("held-back", "WASTE-BAG", Audience.OWN, since="held"),
    Plan("withdrawn", "OXIMETER", Audience.OWN, since="withdrawn"),
    Plan("expired", "HFNO", Audience.OWN, since="expired"),
    # A sensitive item: released in detail, and its place still nobody's business.
    Plan("sensitive", "TLD", Audience.EVERYONE, "figures"),
    # One item twice: the public half, and the half that must not slip into its sum.
    Plan("half-public", "SUCTION", Audience.EVERYONE, "figures"),
    Plan("half-own", "SUCTION", Audience.OWN),
    # Released as figures: only the sum of the two.
    Plan("sum-one", "ULTRASOUND", Audience.OWN),
    Plan("sum-two", "ULTRASOUND", Audience.OWN),
    Plan("sector-everyone", "TENT-16M2", Audience.EVERYONE, "figures", by_sector="SHEL"),
    Plan("sector-coordination", "RUTF", Audience.COORDINATION, "detail", by_sector="NUT"),
    Plan("money", "CASH-TRANSFER", Audience.EVERYONE, "detail"),
    Plan("b-own", "MASK-IIR", Audience.OWN, member=B),
    Plan("b-members", "VAC-PENTA", Audience.MEMBERS, "detail", member=B),
    Plan("b-everyone", "PCR-CARTRIDGE", Audience.EVERYONE, "detail", member=B),
    Plan("answered-own", "RDT-AG-RESP", Audience.OWN, member=ANSWERED),
)
PLANS = {plan.key: plan for plan in NEEDS}
SUMMED = ("sum-one", "sum-two")
STAGES = ("received", "in_transit", "committed", "pledged", "rejected", "missing")


@dataclass
class World:
    """What the tests ask for."""

    canaries: Canaries
    people: dict[Who, Person] = field(default_factory=dict)
    browsers: dict[Who, Client] = field(default_factory=dict)
    needs: dict[str, Need] = field(default_factory=dict)
    round: Any = None
    returns: dict[str, Return] = field(default_factory=dict)  # the pending one of each member, if any; else the newest
    releases: dict[str, list[Release]] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    upload: Upload | None = None
    print_code: str = ""
    comments: dict[str, TechnicalComment] = field(default_factory=dict)  # by the need each is beside
    letters: dict[str, Any] = field(default_factory=dict)
    requests: dict[str, AssistanceRequest] = field(default_factory=dict)  # named | everyone | draft (of B)
    offers: dict[str, Offer] = field(default_factory=dict)  # set (of NAMED, to A) | draft (of UNNAMED)
    money: dict[str, Flow] = field(default_factory=dict)  # a-to-b | public (A to B) | named-to-a | unnamed-to-b
    extracts: dict[str, Extract] = field(default_factory=dict)  # by who made it for NAMED
    boxes: dict[str, Consignment] = field(default_factory=dict)  # planned | held | received, of a named party to A
    receipt: Receipt | None = None
    attachments: dict[str, Attachment] = field(default_factory=dict)  # by what each belongs to
    appointments: dict[str, Appointment] = field(default_factory=dict)
    books: dict[str, dict[str, int]] = field(default_factory=dict)  # measures of each need, computed here in Python

    @property
    def giver(self) -> str:
        """The name of the giver, which has released nothing."""
        return "Global Fund"

    def party(self, code: str) -> Party:
        """A party."""
        return Party.objects.get(code=code)


def days(number: int) -> datetime:
    """So many days from now; before it when negative."""
    return NOW + timedelta(days=number)


@contextmanager
def standing_still() -> Iterator[None]:
    """Every page is asked for at the one moment of the world."""
    with patch("django.utils.timezone.now", lambda: NOW):
        yield


def build() -> World:
    """The world. Call it inside a transaction that is rolled back."""
    return _Builder().build()


class _Builder:
    def __init__(self) -> None:
        self.random = random.Random(20200504)
        self.canaries = Canaries(self.random)
        self.world = World(self.canaries)
        self.people: dict[tuple[str, str], Person] = {}
        self.to_book: dict[tuple[int, int], tuple[Person, list[SupportLine]]] = {}
        self.to_assign: list[tuple[Plan, Need, str]] = []
        self.to_keep: list[tuple[str, str]] = []

    def build(self) -> World:
        """Everything in the order in which it would happen."""
        world = self.world
        make.reference()
        access.Installation.objects.update_or_create(one=True, defaults={"demonstration": True, "set_up_at": days(-60)})
        self._appoint()
        self._open_round()
        for member in (A, B, ANSWERED):
            self._state(member)
        for key in PLANS:
            self._support(key)
        self._book()
        self._support_without_need()
        self._support_of_actors()
        self._to_consign()
        self._book()
        self._consign()
        self._release()
        self._compute()
        self._not_yet_approved()
        self._letter()
        self._first_screen()
        for who in Who:
            world.browsers[who] = self._browser(who)
        self._upload()
        self._attach()
        self._letters()
        self._comments()
        self._requests()
        self._profiles()
        self._offers()
        self._money()
        self._giver_name()
        self._extracts()
        self._stops()  # the last: nothing is given for it from now on
        focal = world.people[Who.FOCAL_A]
        with make.as_(focal, at=days(-1)):
            world.print_code = countersign.make(world.returns[A], by=focal, at=days(-1)).code
        return world

    # ── people ───────────────────────────────────────────────────────────────
    def _person(self, role: str, of: str, name: str, until: date = date(2028, 1, 1)) -> Person:
        canaries = self.canaries
        email = canaries.word(f"{name} e-mail", party=of, kind=Kind.PERSON)
        office = canaries.word(f"{name} office", party=of, kind=Kind.PERSON)
        person = Person.objects.create_user(f"{email}@example.org", office=f"Office {office}")
        appointment = Appointment.objects.create(
            person=person, party=Party.objects.get(code=of), role=role, until_on=until, proposed_at=days(-90),
            confirmed_at=days(-90),
        )  # fmt: skip
        self.world.appointments[name] = appointment
        return person

    def _appoint(self) -> None:
        for who, (role, of) in ROLES.items():
            until = days(-3).date() if who == Who.EXPIRED else date(2028, 1, 1)
            self.world.people[who] = self._person(role, of, who.value, until)
            if who != Who.EXPIRED:
                self.people[role, of] = self.world.people[who]
        for role in (Role.FOCAL_POINT, Role.APPROVER):
            self.people[role, ANSWERED] = self._person(role, ANSWERED, f"{role} of the third member")
        self.people[Role.RESPONDER, GIVER] = self._person(Role.RESPONDER, GIVER, "giver")
        self.second_of_coordination = self._person(Role.COORDINATION, CHAIR, "second of coordination")

    def _browser(self, who: Who) -> Client:
        browser = Client()
        if who != Who.NOBODY:
            browser.force_login(self.world.people[who], backend="django.contrib.auth.backends.ModelBackend")
        return browser

    # ── needs ────────────────────────────────────────────────────────────────
    def _open_round(self) -> None:
        self.world.round = make.round_(
            ROUND, of=EMERGENCY, window=(days(-40).date(), days(40).date()),
            period=(days(-30).date(), days(150).date()), at=days(-35),
        )  # fmt: skip
        # An older round, closed: how many answered it is public.
        make.round_(
            "round-before", of="older-emergency", window=(days(-200).date(), days(-150).date()),
            period=(days(-200).date(), days(-120).date()), at=days(-190), sectors=("WASH",),
        )  # fmt: skip

    def _line(self, plan: Plan) -> NeedLine:
        canaries, own = self.canaries, {"party": plan.member, "need": plan.key}
        money = plan.item == "CASH-TRANSFER"
        scale = 100_000 if money else 1000
        place = canaries.word(f"{plan.key} place", kind=Kind.DETAIL, **own)
        requested = canaries.number(f"{plan.key} requested", **own)
        number = 1_000 + len(self.world.books)
        self.world.books[plan.key] = {}
        return NeedLine(
            item_id=Item.objects.get(code=plan.item).pk,
            words="",
            quantity=requested * scale,
            unit_name="" if money else canaries.word(f"{plan.key} unit", **own),
            pack_factor=scale,
            quantity_typed=str(requested),
            needed_by=canaries.day(
                f"{plan.key} needed by", date(2029, 1, 1) + timedelta(days=7 * (number - 999)), **own
            ),
            rank=canaries.number(f"{plan.key} rank", kind=Kind.DETAIL, **own),
            stock=canaries.number(f"{plan.key} stock", **own) * scale,
            pipeline=self._in(plan, canaries.number(f"{plan.key} pipeline", **own)),
            place_id=None,
            place_name=f"District {place}",
            group_id=make.group().pk,
            remark=f"Remark {canaries.word(f'{plan.key} remark', **own)}",
            outcome="created",
            sheet="",
            row=0,
        )

    @staticmethod
    def _in(plan: Plan, quantity: int) -> int:
        return quantity * (100_000 if plan.item == "CASH-TRANSFER" else 1000)

    def _own_words(self) -> NeedLine:
        words = self.canaries.word("own words", party=A, need="own")
        place = self.canaries.word("own words place", party=A, need="own")
        requested = self.canaries.number("own words requested", party=A, need="own")
        return NeedLine(
            item_id=None, words=f"lamp {words}", quantity=requested * 1000, unit_name="", pack_factor=1000,
            quantity_typed=str(requested), needed_by=date(2028, 12, 31), rank=None, stock=None, pipeline=0,
            place_id=None, place_name=f"District {place}", group_id=make.group().pk, remark="", outcome="created",
            sheet="", row=0,
        )  # fmt: skip

    def _calculation(self, plan: Plan) -> Calculation:
        canaries, own = self.canaries, {"party": plan.member, "need": plan.key}
        inputs = {"cases": canaries.number(f"{plan.key} input of its calculation", **own)}
        quantity = self._in(plan, canaries.number(f"{plan.key} calculated", **own))
        return Calculation.objects.create(
            method=canaries.word(f"{plan.key} method", **own), version="v1", inputs=inputs,
            inputs_digest=hashlib.sha256(plan.key.encode()).hexdigest(), result={"quantity": quantity},
            made_at=days(-30),
        )  # fmt: skip

    def _state(self, member: str) -> None:
        """Submitted, sent back with a comment, submitted again, and approved with quantities of the approver's own."""
        canaries, world = self.canaries, self.world
        plans = [plan for plan in NEEDS if plan.member == member]
        lines = [self._line(plan) for plan in plans]
        if member == A:
            lines.append(self._own_words())
        calculations = {position: self._calculation(plan) for position, plan in enumerate(plans)}
        focal, approver = self.people[Role.FOCAL_POINT, member], self.people[Role.APPROVER, member]
        party = world.party(member)
        note = canaries.word(f"note of the return of {member}", party=member)
        comment = canaries.word(f"comment of the approver of {member}", party=member)
        with make.as_(focal, at=days(-26)):
            done = needs.submit(
                lines[:1], member=party, round_=world.round, by=focal, at=days(-26), note=note,
                calculations={0: calculations[0]},
            )  # fmt: skip
        with make.as_(approver, at=days(-25)):
            needs.send_back(done.return_, comment=comment, by=approver, at=days(-25), revision=1)
        with make.as_(focal, at=days(-24)):
            done = needs.submit(
                lines, member=party, round_=world.round, by=focal, at=days(-24), note=note, calculations=calculations
            )
        return_ = done.return_
        assert return_ is not None
        changes = {}
        for plan in plans:
            statement = Statement.objects.get(in_return=return_, newest=True, need__place__own_name=self._place(plan))
            world.needs[plan.key] = statement.need
            own = {"party": member, "need": plan.key}
            stated = canaries.number(f"{plan.key} stated by the approver", low=70_000_000, **own)
            reason = canaries.word(f"{plan.key} reason", **own)
            changes[statement.pk] = Change(self._in(plan, stated), f"Reason {reason}")
            world.books[plan.key]["approved"] = self._in(plan, stated) + statement.pipeline
            canaries.identifier(f"{plan.key} uuid", statement.need.uuid, kind=Kind.DETAIL, **own)
        with make.as_(approver, at=days(-23)):
            needs.approve(return_, by=approver, at=days(-23), revision=return_.revision, changes=changes)
        world.returns[member] = return_
        if member == A:
            self._paused(approver)

    def _paused(self, approver: Person) -> None:
        """What everybody sees waited for a day; why is for the member's own people."""
        key, need = "everyone-detail", self.world.needs["everyone-detail"]
        reason = self.canaries.word(f"{key} reason of the pause", party=A, need=key)
        with make.as_(approver, at=days(-22)):
            standing.pause(need, reason=f"Wait: {reason}", by=approver, at=days(-22))
            standing.resume(need, by=approver, at=days(-22))

    def _place(self, plan: Plan) -> str:
        word = self.canaries.named(f"{plan.key} place").forms
        return f"District {next(iter(word))}"

    # ── support ──────────────────────────────────────────────────────────────
    def _support(self, key: str) -> None:
        """One line for each stage, of one giver; the figures are their sums."""
        plan = PLANS[key]
        if plan.member == ANSWERED:
            return
        need = self.world.needs[key]
        numbers = {
            "received": self._number(key, "received", 1), "shipped": self._number(key, "shipped", 6),
            "committed": self._number(key, "committed", 2), "pledged": self._number(key, "pledged", 3),
            "rejected": self._number(key, "rejected", 1), "missing": self._number(key, "missing", 1),
        }  # fmt: skip
        late = key in ("own", "everyone-detail", "half-own")
        expected = days(-2).date() if late else None
        receipt, sent, accepted, pledge = (
            self._reference(key, name) for name in ("receipt", "sent", "accepted", "pledge")
        )
        focal, approver = Role.FOCAL_POINT, Role.APPROVER
        told = self._tell
        told(1, plan, need, receipt, "received", numbers["received"], focal)
        told(2, plan, need, sent, "committed", numbers["shipped"], approver)
        told(3, plan, None, sent, "in_transit", numbers["shipped"], None)
        told(4, plan, None, sent, "rejected", numbers["rejected"], focal, reason=self._reference(key, "rejection"))
        told(4, plan, None, sent, "missing", numbers["missing"], focal, reason=self._reference(key, "loss"))
        told(2, plan, need, accepted, "committed", numbers["committed"], approver, expected=expected)
        told(3, plan, None, pledge, "pledged", numbers["pledged"], None)
        self.to_assign.append((plan, need, pledge))
        measures = self.world.books[key]
        for stage in ("received", "committed", "pledged", "rejected", "missing"):
            measures[stage] = self._in(plan, numbers[stage])
        measures["in_transit"] = self._in(plan, numbers["shipped"] - numbers["rejected"] - numbers["missing"])
        self.to_keep.append((key, accepted))

    def _number(self, key: str, name: str, millions: int) -> int:
        plan = PLANS[key]
        return self.canaries.number(
            f"{key} {name} (one line)", low=millions * 1_000_000, high=(millions + 1) * 1_000_000, party=plan.member,
            need=key, kind=Kind.SUPPORT, giver=GIVER,
        )  # fmt: skip

    def _reference(self, key: str, name: str, giver: str = GIVER) -> str:
        return self.canaries.word(f"{key} {name}", party=PLANS[key].member, need=key, kind=Kind.SUPPORT, giver=giver)

    def _tell(
        self, phase: int, plan: Plan, need: Need | None, reference: str, stage: str, quantity: int, role: str | None, *,
        reason: str = "", expected: date | None = None, giver: str = GIVER,
    ) -> None:  # fmt: skip
        """State one stage: as the giver's people where `role` is None, else as the member's."""
        by = self.people[role, plan.member] if role else self.people[Role.RESPONDER, giver]
        line = make.support_line(
            giver, plan.member, stage, self._in(plan, quantity) // 1000,
            item_id=Item.objects.get(code=plan.item).pk, reference=reference,
            dated_on=days(-22).date(), expected_on=expected,
            need_code=str(need.uuid) if need else None, reason=reason,
        )  # fmt: skip
        self.to_book.setdefault((phase, by.pk), (by, []))[1].append(line)

    def _book(self) -> None:
        """Book what was told, phase by phase, each person's lines together; then assign what has no need."""
        for _, (by, lines) in sorted(self.to_book.items()):
            make.stated(lines, by=by, round_=self.world.round, at=days(-21))
        self.to_book.clear()
        for plan, need, reference in self.to_assign:
            self._assign(plan, need, reference)
        self.world.lines |= {name: Line.objects.get(reference=reference) for name, reference in self.to_keep}
        self.to_assign.clear()
        self.to_keep.clear()

    def _assign(self, plan: Plan, need: Need, reference: str) -> None:
        line = Line.objects.get(reference=reference)
        if line.account.kind == Account.Kind.UNASSIGNED:
            by = self.people[Role.FOCAL_POINT, plan.member]
            with make.as_(by, at=days(-20)):
                line_accounts.assign(line, Account.objects.get(subject=need.uuid, closed=False), by=by, at=days(-20))

    def _support_without_need(self) -> None:
        """Pledges for which there is no need: of a sector that will be public, and of one that will not."""
        for name, item, kind in (("public", "BLANKET", Kind.FIGURE), ("private", "BED-HOSP", Kind.PRIVATE)):
            audience = "sector-everyone" if name == "public" else "own"
            quantity = self.canaries.number(f"unassigned {name}", party=A, need=audience, kind=kind, giver=GIVER)
            reference = self._reference(audience, f"unassigned {name} reference")
            plan = Plan(audience, item, Audience.OWN)
            self._tell(1, plan, None, reference, "pledged", quantity, None)
            self.to_keep.append((f"unassigned-{name}", reference))

    def _support_of_actors(self) -> None:
        """Each of the two responders gives something, so that each has lines of its own to see and others' not to."""
        for giver, key in ((NAMED, "everyone-detail"), (UNNAMED, "own")):
            plan = PLANS[key]
            quantity = self.canaries.number(
                f"{key} pledge of {giver}",
                low=3_000_000,
                high=4_000_000,
                party=A,
                need=key,
                kind=Kind.SUPPORT,
                giver=giver,
            )
            reference = self._reference(key, f"reference of {giver}", giver)
            self._tell(1, plan, None, reference, "pledged", quantity, None, giver=giver)
            self.to_assign.append((plan, self.world.needs[key], reference))
            self.world.books[key]["pledged"] += self._in(plan, quantity)
            self.to_keep.append((f"of-{giver}", reference))
            if giver == NAMED:
                # The focal point would accept some of it. Until the approver says so, the giver does not know.
                some = self.canaries.number("proposal to a giver", low=1_000_000, high=2_000_000, party=A, need=key)
                self._tell(2, plan, None, reference, "committed", some, Role.FOCAL_POINT, giver=giver)
        # A commitment that the focal point proposes, and nobody has decided.
        quantity = self._number("own", "proposed", 4)
        reference = self._reference("own", "proposal")
        self._tell(1, PLANS["own"], self.world.needs["own"], reference, "committed", quantity, Role.FOCAL_POINT)
        self.to_keep.append(("proposed", reference))

    # ── releases ─────────────────────────────────────────────────────────────
    def _release(self) -> None:
        for plan in NEEDS:
            if plan.since or plan.key == "sensitive":
                self._grant(plan, Audience.EVERYONE, "detail")
            elif plan.key in SUMMED:
                self._grant(plan, Audience.EVERYONE, "figures")
            elif plan.audience != Audience.OWN:
                self._grant(plan, plan.audience, plan.level)
        approver = self.people[Role.APPROVER, A]
        with make.as_(approver, at=days(-10)):
            needs.withdraw_release(self.world.releases["withdrawn"][0], by=approver, at=days(-10))
            needs.hold_back(self.world.needs["held-back"], by=approver, at=days(-9))

    def _grant(self, plan: Plan, audience: str, level: str) -> None:
        approver = self.people[Role.APPROVER, plan.member]
        subject = ("need", self.world.needs[plan.key].uuid)
        if plan.by_sector:
            subject = ("sector", Sector.objects.get(code=plan.by_sector).uuid)
        with make.as_(approver, at=days(-15)):
            self.world.releases[plan.key] = needs.release(
                member=self.world.party(plan.member), subjects=[subject], level=level, audience=audience,
                until_on=days(-5).date() if plan.since == "expired" else None, by=approver, at=days(-15),
                named=[self.world.party(NAMED)] if audience == Audience.NAMED else [],
            )  # fmt: skip

    # ── what follows from it, computed here and not by the product ───────────
    def _compute(self) -> None:
        """The published definitions, once more, in plain Python; and the canaries of every figure."""
        prices = dict(RoundPrice.objects.filter(round=self.world.round).values_list("item__code", "usd_millionths"))
        for key, measures in self.world.books.items():
            got = {stage: measures.get(stage, 0) for stage in STAGES}
            approved = measures["approved"]
            measures["not_covered"] = approved - got["received"] - got["in_transit"] - got["committed"]
            measures["not_in_country"] = approved - got["received"]
            assert min(measures["not_covered"], measures["not_in_country"]) > 0
            price = prices.get(PLANS[key].item)
            if price is not None and PLANS[key].item != "CASH-TRANSFER":
                for name in ("approved", "not_covered", "not_in_country"):
                    # thousandths of a unit × millionths of a dollar → cents, half up
                    measures[f"value_{name}"] = (measures[name] * price + 5_000_000) // 10_000_000
            self._register(key, measures, key)
        together = {
            name: sum(self.world.books[key].get(name, 0) for key in SUMMED) for name in self.world.books["sum-one"]
        }
        self._register("sum", together, "half-public")
        halves = {
            name: sum(self.world.books[key].get(name, 0) for key in ("half-public", "half-own"))
            for name in self.world.books["half-own"]
        }
        self._register("both halves", halves, "half-own")

    def _register(self, name: str, measures: dict[str, int], need: str) -> None:
        plan = PLANS[need]
        for measure, value in measures.items():
            if value:
                self.canaries.amount(
                    f"{name} {measure}", value, money=plan.item == "CASH-TRANSFER", cents=measure.startswith("value_"),
                    party=plan.member, need=need, kind=Kind.FIGURE,
                )  # fmt: skip

    # ── what is under way at the desk ────────────────────────────────────────
    def _not_yet_approved(self) -> None:
        """A correction that waits for the approver, and a draft, both of needs that are public."""
        canaries, world = self.canaries, self.world
        focal = self.people[Role.FOCAL_POINT, A]
        need = world.needs["everyone-detail"]
        own = {"party": A, "need": "everyone-detail"}
        requested = canaries.number("correction requested", low=60_000_000, **own)
        remark = canaries.word("correction remark", **own)
        standing = Statement.objects.get(need=need, newest=True)
        line = make.line(
            "RESP-N95",
            requested,
            place_id=need.place_id,
            remark=remark,
            needed_by=standing.needed_by_on,
            rank=canaries.number("correction rank", **own),
            stock=canaries.number("correction stock", **own) * 1000,
        )
        with make.as_(focal, at=days(-2)):
            done = needs.submit([line], member=world.party(A), round_=world.round, by=focal, at=days(-2))
            assert done.return_ is not None
            world.returns[A] = done.return_
            typed = canaries.number("draft quantity", **own)
            rows = [{"item": "RESP-N95", "quantity": str(typed), "remark": canaries.word("draft remark", **own)}]
            needs.save_draft(rows, member=world.party(A), round_=world.round, by=focal, at=days(-1), version=None)

    def _first_screen(self) -> None:
        """What A's people answered on the first screen, and a flash round that runs."""
        focal, chair = self.people[Role.FOCAL_POINT, A], self.world.people[Who.COORDINATION]
        words = self.canaries.word("asked elsewhere, in own words", party=A)
        said = first.Said(first.Choice.YES, words=f"The neighbours {words}")
        with make.as_(focal, at=days(-3)):
            first.answer(
                first.Question.ELSEWHERE, said, member=self.world.party(A), emergency=self.world.round.emergency,
                by=focal, at=days(-3),
            )  # fmt: skip
            wish = first.Said(first.Choice.NAMED, [self.world.party(UNNAMED)])
            first.answer(
                first.Question.SEEN_BY, wish, member=self.world.party(A), emergency=self.world.round.emergency,
                by=focal, at=days(-3),
            )  # fmt: skip
        with make.as_(chair, at=days(-1)):
            flash.open_call(self.world.round, note="After the flood", by=chair, at=days(-1))

    def _letter(self) -> None:
        """Coordination proposes somebody for A, on a letter."""
        canaries, by = self.canaries, self.world.people[Who.COORDINATION]
        email = canaries.word("proposed person e-mail", party=A, kind=Kind.PERSON)
        name = canaries.word("letter name", party=CHAIR, kind=Kind.PERSON)
        inside = canaries.word("letter inside", party=CHAIR, kind=Kind.PERSON)
        letter = files.keep(
            [f"%PDF-1.4 {inside}".encode()], name=f"{name}.pdf", owner=CHAIR, person=str(by.uuid), at=days(-4)
        )
        with make.as_(by, at=days(-4)):
            self.world.appointments["proposed"] = access.propose_appointment(
                person=Person.objects.create_user(f"{email}@example.org"), party=self.world.party(A),
                role=Role.FOCAL_POINT, until_on=date(2027, 1, 1), letter=letter, by=by, at=days(-4),
            )  # fmt: skip

    def _upload(self) -> None:
        """A table that A's focal point has sent and not yet written."""
        canaries = self.canaries
        name = canaries.word("upload name", party=A)
        quantity = canaries.number("upload quantity", party=A)
        remark = canaries.word("upload remark", party=A)
        content = f"item,quantity,remark\nVAC-BCG,{quantity},{remark}\n"
        file = SimpleUploadedFile(f"{name}.csv", content.encode(), content_type="text/csv")
        address = reverse("needs_import", args=[A, ROUND])
        with standing_still():
            answer = self.world.browsers[Who.FOCAL_A].post(address, {"file": file})
        assert answer.status_code == 302, answer.content.decode()
        self.world.upload = Upload.objects.get(file__name=f"{name}.csv")

    def _attach(self) -> None:
        """A's focal point attaches a file to the return that waits."""
        name, inside = (self.canaries.word(f"attachment {part}", party=A) for part in ("name", "inside"))
        self.world.attachments["return"] = self._attached(
            Who.FOCAL_A, "return_attach", self.world.returns[A], name, inside
        )

    def _attached(self, who: Who, route: str, to: Any, name: str, inside: str) -> Attachment:
        file = SimpleUploadedFile(f"{name}.txt", f"Letter {inside}".encode())
        with standing_still():
            answer = self.world.browsers[who].post(reverse(route, args=[to.uuid]), {"file": file, "kind": "letter"})
        assert answer.status_code == 302, answer.content.decode()
        return Attachment.objects.get(file__name=f"{name}.txt")

    def _letters(self) -> None:
        """Coordination types a letter of A and proposes it; B names an office, which types a letter of B still."""
        office, approver = self.world.people[Who.NAMED], self.world.people[Who.APPROVER_B]
        with make.as_(approver, at=days(-2)):
            self.world.letters["office"] = letter_offices.name_office(
                member=self.world.party(B), office=self.world.party(NAMED), until_on=date(2027, 1, 1), by=approver,
                at=days(-2),
            )  # fmt: skip
        chair = self.world.people[Who.COORDINATION]
        proposal = self.world.letters["proposed"] = self._typed(chair, CHAIR, A, "typed letter")
        self.world.letters["typing"] = self._typed(office, NAMED, B, "letter being typed")
        with make.as_(chair, at=days(-1)):
            letters.propose(proposal, [make.line("VAC-YF")], rows=proposal.rows, by=chair, at=days(-1))
        self.world.attachments["letter"] = letters.letters(proposal).get()

    def _typed(self, by: Person, office: str, of: str, name: str) -> letters.Proposal:
        canaries, own = self.canaries, {"party": of, "giver": office}
        said = {part: canaries.word(f"{name} {part}", **own) for part in ("reference", "scan", "inside", "remark")}
        quantity = canaries.number(f"{name} quantity", **own)
        with make.as_(by, at=days(-1)):
            proposal = letters.begin(
                [f"Letter {said['inside']}".encode()], name=f"{said['scan']}.txt", member=self.world.party(of),
                round_=self.world.round, office=self.world.party(office), kind="letter", reference=said["reference"],
                dated_on=days(-3).date(), by=by, at=days(-1),
            )  # fmt: skip
            rows = [{"item": "VAC-YF", "quantity": str(quantity), "remark": said["remark"]}]
            letters.save(proposal, rows, answers={}, version=1, by=by, at=days(-1))
        return proposal

    def _stops(self) -> None:
        """A says stop sending for a need that is shown in detail: whoever sees it there reads why."""
        by, own = self.world.people[Who.FOCAL_A], {"party": A, "need": "named-detail", "kind": Kind.COMMENT}
        reason = self.canaries.word("named-detail stop sending", **own)
        with make.as_(by, at=days(-1)):
            signs.stop(self.world.needs["named-detail"], reason=f"Full {reason}", by=by, at=days(-1))

    def _comments(self) -> None:
        """Three parties say something beside needs that they see in detail; A answers one."""
        said = (("members-detail", Who.COORDINATION), ("named-detail", Who.NAMED), ("everyone-detail", Who.UNNAMED))
        for key, who in said:
            by, own = self.world.people[who], {"party": A, "need": key, "kind": Kind.COMMENT}
            text = self.canaries.word(f"{key} comment", **own)
            with make.as_(by, at=days(-1)):
                made = comments.write(
                    self.world.needs[key], text, party=self.world.party(ROLES[who][1]), by=by, at=days(-1)
                )
            self.world.comments[key] = made
        focal = self.world.people[Who.FOCAL_A]
        words = self.canaries.word("answer", party=A, need="named-detail", kind=Kind.COMMENT)
        with make.as_(focal, at=days(-1)):
            comments.answer(self.world.comments["named-detail"], words, by=focal, at=days(-1))

    def _requests(self) -> None:
        """A asks a named party, which answers, and everyone; B is about to ask for something."""
        canaries, people = self.canaries, self.world.people
        kinds = {
            "named": ("named-detail", [NAMED], {"kind": Kind.SUPPORT, "giver": NAMED}),
            "everyone": ("everyone-detail", [], {"kind": Kind.COMMENT}),
            "draft": ("b-own", [NAMED], {}),
        }
        for name, (key, to, seen) in kinds.items():
            plan = PLANS[key]
            by = people[Who.APPROVER_A if plan.member == A else Who.APPROVER_B]
            own = {"party": plan.member, "need": key, **seen}
            wanted = requests.Wanted(
                lines=[(self.world.needs[key], canaries.number(f"{name} asked for", **own) * 1000)],
                addressees=[self.world.party(code) for code in to], to_everyone=not to,
                text=f"For {canaries.word(f'{name} request', **own)}",
            )  # fmt: skip
            with make.as_(by, at=days(-1)):
                made = requests.save(wanted, member=self.world.party(plan.member), by=by, at=days(-1))
                if name != "draft":
                    requests.send(made, version=1, until_on=None, by=by, at=days(-1))
            self.world.requests[name] = made
        reason = canaries.word("answer to a request", party=A, need="named-detail", kind=Kind.SUPPORT, giver=NAMED)
        by, line = people[Who.NAMED], self.world.requests["named"].lines.get()
        with make.as_(by, at=days(-1)):
            said = answers.Said("unable", reason=reason)
            answers.answer(line, said, party=self.world.party(NAMED), by=by, at=days(-1))

    def _profiles(self) -> None:
        """A has confirmed how it takes delivery, and drafts another version; B drafts its first one."""
        asked = {"need": "everyone-detail", "kind": Kind.COMMENT}  # A asks everyone: whoever is signed in reads it
        office = {"need": "own", "kind": Kind.SUPPORT, "giver": NAMED}  # NAMED has something under way to A
        for member, name, seen in ((A, "profile", asked), (A, "profile draft", {}), (B, "profile of B", {})):
            said: dict[str, Any] = {}
            for one in profile_form.FIELDS:
                if one.shape in ("text", "lines"):
                    of = office if seen and one.name in profile_form.RESTRICTED else seen
                    said[one.name] = f"Office {self.canaries.word(f'{one.name} in the {name}', party=member, **of)}"
            number = self.canaries.number(f"{name} runway", party=member, **seen)
            by = self.world.people[Who.APPROVER_A if member == A else Who.APPROVER_B]
            version = 1 if name == "profile draft" else 0
            with make.as_(by, at=days(-1)):
                made = profiles.save(
                    {**said, "airport_runway": str(number), "voltage": "both"}, member=self.world.party(member), by=by,
                    at=days(-1), version=version,
                )  # fmt: skip
                if name == "profile":
                    profiles.confirm(made, edits=1, by=by, at=days(-1))

    def _offers(self) -> None:
        """A named party offers something to A among others; another one is about to offer something to B."""
        for name, giver, who, of in (("set", NAMED, Who.NAMED, A), ("draft", UNNAMED, Who.UNNAMED, UNNAMED)):
            own = {"party": of, "giver": giver, "kind": Kind.SUPPORT}
            said = {part: self.canaries.word(f"{name} offer {part}", **own) for part in ("lot", "papers", "stands_at")}
            line = LineDraft(
                Item.objects.get(code="BED-HOSP"),
                self.canaries.number(f"{name} offered", **own) * 1000,
                **said,
                expires_on=days(200).date(),
            )
            to = self.world.party(A if name == "set" else B)
            wanted = OfferDraft(
                kind="supplies", aim="members", members=[to], held_until_on=days(40).date(), lines=[line],
                conditions=f"Only {self.canaries.word(f'{name} conditions', **own)}",
            )  # fmt: skip
            by = self.world.people[who]
            with make.as_(by, at=days(-1)):
                made = offers.save(wanted, giver=self.world.party(giver), by=by, at=days(-1))
                if name == "set":
                    made = offers.offer(made, version=1, by=by, at=days(-1))
            self.world.offers[name] = made
        self._proposed(self.world.offers["set"])

    def _proposed(self, made: Offer) -> None:
        """A's focal point proposes what to do with it: one proposal waits, one was sent back, one is to decline it."""
        focal, approver = self.people[Role.FOCAL_POINT, A], self.people[Role.APPROVER, A]
        [line], member, at = made.lines.all(), self.world.party(A), days(-1)
        seen = {"party": A}
        quantities = [
            self.canaries.number(f"proposed to be accepted {n}", low=100_000, high=1_000_000, **seen) for n in "12"
        ]
        word, why = (self.canaries.word(f"proposal {part}", **seen) for part in ("sent back", "to decline"))
        for quantity in quantities:
            with make.as_(focal, at=at):
                said = Accepted(quantity * 1000)
                proposal = acceptance_proposals.propose(line, said, member=member, by=focal, at=at)
            if quantity == quantities[0]:
                with make.as_(approver, at=at):
                    acceptance_proposals.send_back(proposal, word=f"Rather {word}", by=approver, at=at)
        with make.as_(focal, at=at):
            acceptance_proposals.propose_decline(made, member=member, reason=f"Since {why}", by=focal, at=at)

    def _giver_name(self) -> None:
        """Whoever gives what was received shows its name to everyone: that shows nobody more of what is not public."""
        by = self.people[Role.RESPONDER, GIVER]
        with make.as_(by, at=days(-1)):
            giver_names.say(self.world.party(GIVER), "named", by=by, at=days(-1))

    # ── money ────────────────────────────────────────────────────────────────
    def _money(self) -> None:
        """Members and organisations give money; one flow is public: its amounts, and neither reference nor words."""
        people = self.world.people
        for name, source, who, to in (
            ("a-to-b", A, Who.APPROVER_A, B), ("public", A, Who.APPROVER_A, B), ("named-to-a", NAMED, Who.NAMED, A),
            ("unnamed-to-b", UNNAMED, Who.UNNAMED, B),
        ):  # fmt: skip
            own = {"party": to, "giver": source, "kind": Kind.SUPPORT}
            dollars = 34_567 if name == "public" else self.canaries.number(f"money {name} amount", **own)
            flow = make.money(
                dollars * 100, of=source, to=(to,), stage="commitment", by=people[who], at=days(-2),
                emergency=make.emergency(EMERGENCY), reference=self.canaries.word(f"money {name} reference", **own),
                text=f"For {self.canaries.word(f'money {name} words', **own)}",
                fact_source="" if name == "public" else f"Letter {self.canaries.word(f'money {name} source', **own)}",
            )  # fmt: skip
            by = people[who]
            with make.as_(by, at=days(-1)):
                paid = Amount(100, days(-1).date())
                flows.move_on(flow, "paid", paid, version=flow.version, by=by, at=days(-1))
                flow.refresh_from_db()
                flows.take_back(
                    flow, "commitment", 100, dated_on=days(-1).date(), version=flow.version, by=by, at=days(-1),
                    reason=f"Because {self.canaries.word(f'money {name} reason', **own)}",
                )  # fmt: skip
                if name == "public":
                    flow_deeds.publish(flow, by=by, at=days(-1))
            flow.refresh_from_db()
            self.world.money[name] = flow

    def _extracts(self) -> None:
        """A and coordination each make an extract for a body, which acknowledges it and says what it used."""
        for maker, who in ((A, Who.APPROVER_A), (CHAIR, Who.COORDINATION)):
            own = {"party": maker, "giver": NAMED}
            words = {
                kind: self.canaries.word(f"{kind}: extract of {maker}", **own) for kind in ("sent", "seen", "used")
            }
            by, body = self.world.people[who], self.world.people[Who.NAMED]
            with make.as_(by, at=days(-1)):
                made = extracts.make(
                    maker=self.world.party(maker), recipient=self.world.party(NAMED), by=by, at=days(-1)
                )
                sent = extracts.Noted("sent", made.made_at.date(), "Office", f"By {words['sent']}")
                extracts.note(made, sent, party=self.world.party(maker), by=by, at=days(-1))
            with make.as_(body, at=days(-1)):
                for kind, office, text in (("acknowledged", words["seen"], ""), ("used", "", words["used"])):
                    noted = extracts.Noted(kind, made.made_at.date(), office, text)
                    extracts.note(made, noted, party=self.world.party(NAMED), by=body, at=days(-1))
            self.world.extracts[maker] = made

    # ── consignments ─────────────────────────────────────────────────────────
    def _to_consign(self) -> None:
        """What A accepted of a named party for a need of its own, to be packed: one line for each consignment."""
        for name in ("planned", "held", "received"):
            quantity = self.canaries.number(
                f"{name} consigned", low=2_000_000, high=3_000_000, party=A, need="own", kind=Kind.SUPPORT, giver=NAMED
            )
            reference = self._reference("own", f"consigned {name}", NAMED)
            need = self.world.needs["own"]
            self._tell(1, PLANS["own"], need, reference, "committed", quantity, Role.APPROVER, giver=NAMED)
            self.world.books["own"]["committed"] += quantity * 1000
            self.to_keep.append((f"consigned-{name}", reference))

    def _consign(self) -> None:
        """One consignment is planned, one held on its way, and one was received short."""
        for number, name in enumerate(("planned", "held", "received")):
            line, by = self.world.lines[f"consigned-{name}"], self.world.people[Who.NAMED]
            with make.as_(by, at=days(-19)):
                box = consignments.plan(self._box(line, name, number), by=by, at=days(-19))
                if name != "planned":
                    consignments.dispatch(box, on=days(-18).date(), by=by, at=days(-18), version=1)
                if name == "held":
                    said = self._said("held because")
                    consignment_ways.go(box, "hold", on=days(-17).date(), by=by, at=days(-17), why="other", text=said)
            self.world.boxes[name] = box
            books = self.world.books["own"]
            if name != "planned":
                books["committed"] -= line.committed
                books["in_transit"] += line.committed
        self._receive_short(self.world.boxes["received"], line.committed)

    def _said(self, name: str) -> str:
        return self.canaries.word(name, party=A, need="own", kind=Kind.SUPPORT, giver=NAMED)

    def _box(self, line: Line, name: str, number: int) -> consignments.Plan:
        words = {
            part: self._said(f"{name} consignment {part}")
            for part in ("carrier_name", "waybill", "from_place", "cold_chain", "permit")
        }
        expiry = days(120).date() if name == "held" else date(2032, 3, 1 + number)
        packed = consignments.Packed(line, line.committed, self._said(f"{name} lot"), expiry)
        whole = Place.objects.whole_country(self.world.party(A))
        return consignments.Plan([packed], whole, "air", **words, planned_on=days(-18).date())

    def _receive_short(self, box: Consignment, shipped: int) -> None:
        rejected, missing = (
            self.canaries.number(
                f"{name} of a receipt", low=200_000, high=300_000, party=A, need="own", kind=Kind.SUPPORT, giver=NAMED
            )
            * 1000
            for name in ("rejected", "missing")
        )
        counted = receipts.Counted(
            box.lines.get(), shipped - rejected - missing, rejected, missing, rejected_why="other",
            missing_why="short", text=self._said("why in a receipt"),
        )  # fmt: skip
        by = self.world.people[Who.FOCAL_A]
        with make.as_(by, at=days(-16)):
            self.world.receipt = receipts.receive(
                box, [counted], on=days(-16).date(), by=by, at=days(-16), note=self._said("note of a receipt")
            )
        books = self.world.books["own"]
        books["in_transit"] -= shipped
        for name, quantity in (("received", counted.accepted), ("rejected", rejected), ("missing", missing)):
            books[name] += quantity


def fingerprint(models: Sequence[type[Any]]) -> tuple[Any, ...]:
    """What stands in some tables, as far as a new row would show."""
    return tuple((model.objects.count(), model.objects.aggregate(last=Max("pk"))["last"]) for model in models)
