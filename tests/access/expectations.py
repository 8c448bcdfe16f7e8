"""What each page may show to whom, written from the design and from nothing in the code.

Three tables: who sees which audience; which kinds of fields a level adds; and one line for every route. A route that is
not declared here fails the matrix with its name. To add one: give it a door (who is let in) and, where its address
names something, the things of the world that it is asked about.
"""

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any, Final

from tests.access.canaries import Canary, Kind
from tests.access.world import (
    ANSWERED,
    CHAIR,
    GIVER,
    NAMED,
    NEEDS,
    PLANS,
    ROLES,
    ROUND,
    SILENT,
    UNNAMED,
    A,
    Audience,
    B,
    Plan,
    Who,
    World,
)  # fmt: skip

from unmet.books.models import Account
from unmet.catalogue.models import ExchangeRate, Item
from unmet.needs.models import Need
from unmet.notices.models import Notice
from unmet.support.models import AcceptanceProposal

# ── who sees what ────────────────────────────────────────────────────────────
ALL, LEVEL, NOTHING = "everything", "as the level says", "nothing"

# Audience of a need of A → what each actor sees of it (DESIGN.md §2 promise 1, RULES.md 10–12). A wider audience
# includes the narrower ones; named parties stand by themselves; an appointment that has ended is nobody's.
SEES: Final[Mapping[Audience, Mapping[Who, str]]] = {
    audience: {
        Who.NOBODY: everyone, Who.FOCAL_A: ALL, Who.APPROVER_A: ALL, Who.FOCAL_B: members, Who.APPROVER_B: members,
        Who.COORDINATION: chair, Who.NAMED: named, Who.UNNAMED: everyone, Who.EXPIRED: everyone,
    }
    for audience, chair, members, named, everyone in (
        (Audience.OWN, NOTHING, NOTHING, NOTHING, NOTHING),
        (Audience.COORDINATION, LEVEL, NOTHING, NOTHING, NOTHING),
        (Audience.MEMBERS, LEVEL, LEVEL, NOTHING, NOTHING),
        (Audience.NAMED, NOTHING, NOTHING, LEVEL, NOTHING),
        (Audience.EVERYONE, LEVEL, LEVEL, LEVEL, LEVEL),
    )
}  # fmt: skip
# What a level shows. Remarks, own words, stock, calculated and requested quantities, files, persons and single lines of
# support are in none of them.
SHOWS: Final[Mapping[str, frozenset[Kind]]] = {
    "": frozenset(),
    "figures": frozenset({Kind.FIGURE}),
    "detail": frozenset({Kind.FIGURE, Kind.DETAIL}),
}
_MIRRORED = {
    Who.FOCAL_A: Who.FOCAL_B,
    Who.APPROVER_A: Who.APPROVER_B,
    Who.FOCAL_B: Who.FOCAL_A,
    Who.APPROVER_B: Who.APPROVER_A,
}


def party_of(who: Who) -> str:
    """The party for which an actor speaks today; empty for nobody and for whoever's appointment has ended."""
    return "" if who in (Who.NOBODY, Who.EXPIRED) else ROLES[who][1]


def seen_of_need(who: Who, plan: Plan) -> str:
    """What an actor sees of a need: of A as the table says, of B by the same table with A and B changed about."""
    row = SEES[plan.audience]
    if plan.member == A:
        return row[who]
    if plan.member == B:
        return row[_MIRRORED.get(who, who)]
    return row[Who.FOCAL_B if who in _MIRRORED else who]


def sees_detail(who: Who, plan: Plan) -> bool:
    """Whether an actor sees a need in detail: whoever does reads what was said beside it, if signed in."""
    seen = seen_of_need(who, plan)
    return seen == ALL or (seen == LEVEL and Kind.DETAIL in SHOWS[plan.level])


def may_see(who: Who, canary: Canary) -> bool:
    """Whether an actor may find a field anywhere at all."""
    party = party_of(who)
    if canary.kind == Kind.PERSON:
        own_person = canary.name.startswith(f"{who.value} ")
        return own_person or who == Who.COORDINATION or (bool(party) and party == canary.party)
    if party and canary.giver == party:
        return True  # its own line of support
    if not canary.need:
        return bool(party) and party == canary.party
    plan = PLANS[canary.need]
    seen = seen_of_need(who, plan)
    if canary.kind == Kind.COMMENT:
        return bool(party) and sees_detail(who, plan)
    return seen == ALL or (seen == LEVEL and canary.kind in SHOWS[plan.level])


def own_person(who: Who, canary: Canary) -> bool:
    """Whether a field is the actor's own e-mail address or office."""
    return canary.kind == Kind.PERSON and canary.name.startswith(f"{who.value} ")


# ── visits: an address filled from the world ─────────────────────────────────
@dataclass(frozen=True)
class Visit:
    """One address: the arguments of its route, its query, the need it is about (if one), and whose row it names."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    about: str = ""
    of: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    past: bool = False  # asks for a past day, when what was withdrawn or has expired since was public


Visits = Callable[[World], Iterator[Visit]]


def plain(_world: World) -> Iterator[Visit]:
    """An address without arguments."""
    yield Visit()


def forms(visits: Visits) -> Visits:
    """The same as files."""

    def files(world: World) -> Iterator[Visit]:
        for visit in visits(world):
            for form in ("csv", "xlsx", "json"):
                yield replace(visit, arguments={**visit.arguments, "form": form})

    return files


def in_turn(visits: Visits) -> Visits:
    """The same as files, each in one of the three forms."""

    def files(world: World) -> Iterator[Visit]:
        for visit, form in zip(visits(world), cycle(("csv", "xlsx", "json")), strict=False):
            yield replace(visit, arguments={**visit.arguments, "form": form})

    return files


def each_item(_world: World) -> Iterator[Visit]:
    """The item of each need, and that of support without a need."""
    for plan in NEEDS:
        yield Visit({"code": plan.item}, about=plan.key)
    for item in ("BLANKET", "BED-HOSP"):
        yield Visit({"code": item})


def each_member(_world: World) -> Iterator[Visit]:
    """Members of all sorts, and bodies that are none."""
    for code in (A, B, ANSWERED, SILENT, NAMED, GIVER, CHAIR):
        yield Visit({"code": code}, of=code)


def each_sector(_world: World) -> Iterator[Visit]:
    """Sectors of the needs."""
    for code in ("IPC", "CASE", "SHEL", "NUT", "SOC", "CDC"):
        yield Visit({"code": code})


def each_emergency(_world: World) -> Iterator[Visit]:
    """The two emergencies."""
    for code in ("matrix-emergency", "older-emergency"):
        yield Visit({"code": code})


FIGURES_OF_ONE_ITEM = ("not_covered", "not_in_country", "coverage", "approved", "received", "in_transit", "committed",
                       "rejected", "missing", "allocated", "pledged", "last_stated", "at_risk")  # fmt: skip
FIGURES_OVER_ALL = ("needs_open", "needs_met", "needs_unpriced", "coverage_by_value", "value_approved",
                    "value_not_covered", "value_not_in_country", "finance_not_covered", "members_public",
                    "members_reported")  # fmt: skip


def each_figure(world: World) -> Iterator[Visit]:
    """Every figure over all; opened for each need of A, by its number, and as known on a past day."""
    for code in (*FIGURES_OVER_ALL, *FIGURES_OF_ONE_ITEM):
        yield Visit({"code": code})
    yield Visit({"code": "value_approved"}, query="on=2026-06-20", past=True)
    yield Visit({"code": "members_reported"}, query="round=round-before")
    for plan in NEEDS:
        asked = f"member={plan.member}&item={plan.item}"
        yield Visit({"code": "not_covered"}, query=asked, about=plan.key)
        yield Visit({"code": "approved"}, query=f"{asked}&on=2026-06-20", about=plan.key, past=True)
        yield Visit({"code": "committed"}, query=f"need={world.needs[plan.key].uuid}", about=plan.key)


def file_of_figures(world: World) -> Iterator[Visit]:
    """The same as files: each figure over all once, everything that is about one need once."""
    for visit in forms(each_figure)(world):
        wanted = "json" if not visit.about else "xlsx" if visit.arguments["code"] == "not_covered" else "csv"
        if visit.arguments["form"] == wanted:
            yield visit


def needs_list(world: World) -> Iterator[Visit]:
    """The list whole, in each order, and filtered."""
    yield Visit()
    for query in ("sort=item", "sort=member", "uncovered=1", f"member={A}", "sector=IPC", "domain=medical",
                  "needed_by=2035-01-01", "emergency=matrix-emergency", "q=Zambia"):  # fmt: skip
        yield Visit(query=query)
    for key in ("own", "members-detail", "everyone-figures", "sensitive", "half-own", "sum-one"):
        yield Visit(query=f"item={PLANS[key].item}", about=key)


def searches(world: World) -> Iterator[Visit]:
    """Nothing typed; words that find items, members and needs of every audience; one group; words of what is hidden."""
    yield Visit()
    for query in ("q=mask", "q=Zambia", "q=zambya+respirator", "q=district", "q=district&in=needs",
                  "q=zam&in=parties"):  # fmt: skip
        yield Visit(query=query)
    for key in ("own", "coordination-detail", "members-detail", "named-detail", "everyone-figures", "held-back"):
        yield Visit(query=f"q={PLANS[key].item}", about=key)
    for key in ("own", "members-detail", "everyone-figures", "everyone-detail", "sensitive"):
        place = world.canaries.named(f"{key} place").forms
        yield Visit(query=f"q={next(iter(place))}", about=key)


def searches_at_the_desk(world: World) -> Iterator[Visit]:
    """What many places have in their names, and words of what is hidden."""
    yield Visit()
    yield Visit(query="q=district&in=needs")
    for key in ("own", "coordination-detail", "members-figures", "sensitive"):
        place = world.canaries.named(f"{key} place").forms
        yield Visit(query=f"q={next(iter(place))}+{PLANS[key].item}", about=key)


def some(visits: Visits, count: int) -> Visits:
    """The first few."""

    def first(world: World) -> Iterator[Visit]:
        for number, visit in enumerate(visits(world)):
            if number < count:
                yield visit

    return first


def both_members(_world: World) -> Iterator[Visit]:
    """Of A and of B."""
    yield Visit({"member": A}, of=A, sent={"subjects": "", "level": "detail", "audience": "everyone"})
    yield Visit({"member": B}, of=B)


def both_rounds(_world: World) -> Iterator[Visit]:
    """The round, of A and of B."""
    for code in (A, B):
        yield Visit({"member": code, "code": ROUND}, of=code, sent={"version": "1", "do": "all"})


def both_returns(world: World) -> Iterator[Visit]:
    """The newest return of A and of B."""
    for code in (A, B):
        return_ = world.returns[code]
        sent = {"revision": str(return_.revision), "comment": "Please look again"}
        yield Visit({"pk": return_.uuid}, of=code, sent=sent)


def each_attachment(world: World) -> Iterator[Visit]:
    """A file attached to the return of A, and the scan of a letter of A that coordination typed."""
    for key, of in (("return", A), ("letter", f"{A} {CHAIR}")):
        yield Visit({"pk": world.attachments[key].uuid}, of=of)


def each_letter(world: World) -> Iterator[Visit]:
    """A letter of A that coordination typed and proposed, and one that an office named by B types still."""
    sent = {"version": "1", "rows": "0", "do": "save", "reason": "Already sent"}
    yield Visit({"pk": world.letters["proposed"].uuid}, of=f"{A} {CHAIR}", sent=sent)
    yield Visit({"pk": world.letters["typing"].uuid}, of=f"- {NAMED}", sent=sent)


def each_office(world: World) -> Iterator[Visit]:
    """The office that B has named."""
    yield Visit({"pk": world.letters["office"].uuid}, of=B)


def each_comment(world: World) -> Iterator[Visit]:
    """A comment of the chair, of the named responder and of the other one, each beside a need of another audience."""
    for key, by in (("members-detail", CHAIR), ("named-detail", NAMED), ("everyone-detail", UNNAMED)):
        yield Visit({"pk": world.comments[key].uuid}, about=key, of=f"{A} {by}", sent={"text": "Thank you"})


def each_release(world: World) -> Iterator[Visit]:
    """A release of every audience."""
    for key in ("coordination-detail", "members-detail", "named-detail", "everyone-detail", "b-members"):
        yield Visit({"pk": world.releases[key][0].uuid}, about=key, of=PLANS[key].member)


def each_need(world: World) -> Iterator[Visit]:
    """A need of every audience."""
    keys = ("own", "coordination-detail", "members-detail", "named-detail", "everyone-detail", "held-back", "b-members")
    for key in keys:
        sent = {"do": "lift" if key == "held-back" else "hold"}
        yield Visit({"pk": world.needs[key].uuid}, about=key, of=PLANS[key].member, sent=sent)


def each_standing(world: World) -> Iterator[Visit]:
    """The same, to be paused."""
    for visit in each_need(world):
        yield replace(visit, sent={"do": "pause", "reason": "It waits"})


def each_stop(world: World) -> Iterator[Visit]:
    """The same, to stop sending for it."""
    for visit in each_need(world):
        yield replace(visit, sent={"reason": "The store is full"})


def one_upload(world: World) -> Iterator[Visit]:
    """The table that A's focal point has sent."""
    assert world.upload is not None
    yield Visit({"member": A, "code": ROUND, "pk": world.upload.uuid}, of=A, sent={"do": "all"})
    # Under B's name it does not exist, not even for B.
    yield Visit({"member": B, "code": ROUND, "pk": world.upload.uuid}, of="")


def each_money(world: World) -> Iterator[Visit]:
    """Money between members, private and public, and of each responder to a member."""
    for name, of in (
        ("a-to-b", f"{B} {A}"), ("public", f"{B} {A}"), ("named-to-a", f"{A} {NAMED}"),
        ("unnamed-to-b", f"{B} {UNNAMED}"),
    ):  # fmt: skip
        flow = world.money[name]
        paid = flow.steps.get(to_stage="paid")
        sent = {"party": of.split()[0], "named": "1", "step": str(paid.pk)}
        for deed, stage in (("commit", "commitment"), ("pay", "paid"), ("add", "pledge"), ("back", "commitment")):
            typed = {"version": str(flow.version), "stage": stage, "amount": "1", "dated_on": "2026-06-30"}
            sent |= {f"{deed}-{field}": value for field, value in (typed | {"reason": "Typed wrongly"}).items()}
        yield Visit({"pk": flow.uuid}, of=of, sent=sent)


def each_giver(_world: World) -> Iterator[Visit]:
    """The name of both members and both responders, to be shown to everyone."""
    for code in (A, B, NAMED, UNNAMED):
        yield Visit({"giver": code}, of=code, sent={"says": "not_named" if code == NAMED else "named"})


def naming(visits: Visits) -> Visits:
    """The same, with the giver's name to be shown to everyone."""
    return lambda world: (replace(visit, sent={"says": "named"}) for visit in visits(world))


def shipped_rate(_world: World) -> Iterator[Visit]:
    """A rate that came with the product; nobody may take it out."""
    yield Visit({"pk": ExchangeRate.objects.order_by("pk")[0].pk})


def shipped_month(_world: World) -> Iterator[Visit]:
    """A month that came with the product; nobody may take it out."""
    yield Visit({"month": "2022-05"})


def public_money(_world: World) -> Iterator[Visit]:
    """All of it, of an emergency, of an item, of one total, and what is not there."""
    for query in ("", "emergency=matrix-emergency", "item=MASK-IIR", "boundary=internal&instrument=grant&stage=paid",
                  "stage=sent"):  # fmt: skip
        yield Visit(query=query)


def foreign_upload(world: World) -> Iterator[Visit]:
    """That table, asked for as a support sheet: it is none."""
    assert world.upload is not None
    yield Visit({"pk": world.upload.uuid}, of="")


def upload_as_receipts(world: World) -> Iterator[Visit]:
    """That table, asked for as one of receipts: it is none."""
    assert world.upload is not None
    for code in (A, B):
        yield Visit({"member": code, "pk": world.upload.uuid}, of="")


def each_line(world: World) -> Iterator[Visit]:
    """A line of support of every audience, those of the two responders, one without a need, one that is proposed."""
    for key in ("own", "coordination-detail", "members-detail", "named-detail", "everyone-detail", "b-own", "proposed",
                "unassigned-public", "unassigned-private", f"of-{NAMED}", f"of-{UNNAMED}"):  # fmt: skip
        line = world.lines[key]
        # The account of a need that is nobody's business: whoever may not assign learns nothing by naming it.
        account = Account.objects.get(subject=world.needs["own"].uuid, closed=False)
        sent = {"quantity": "1", "date": "2026-06-30", "received": "1", "account": str(account.pk)}
        proposal = line.proposals.first()
        if proposal is not None:
            sent["proposal"] = str(proposal.pk)
        about = key if key in PLANS else ""
        yield Visit({"pk": line.uuid}, about=about, of=f"{line.member.code} {line.giver.code}", sent=sent)


def deed_lines(world: World) -> Iterator[Visit]:
    """Those of them on which a deed may be done by different people."""
    wanted = {world.lines[key].uuid for key in ("own", "everyone-detail", "b-own", "proposed", f"of-{NAMED}")}
    return (visit for visit in each_line(world) if visit.arguments["pk"] in wanted)


def gaps(_world: World) -> Iterator[Visit]:
    """The largest gaps that a giver may see, filtered too, and who needs an item of each audience and level."""
    yield Visit()
    for query in (
        "needed_by=2035-01-01",
        "region=Africa&sector=IPC&by=not_in_country",
        "q=mask&needed_by=nonsense",
        "ready=1",
        "severity=2&region=LDC",
    ):
        yield Visit(query=query)
    yield Visit(query=f"item={PLANS['members-detail'].item}&needed_by=2035-01-01", about="members-detail")
    for key in (
        "own", "coordination-figures", "coordination-detail", "members-figures", "members-detail", "named-figures",
        "named-detail", "everyone-figures", "held-back", "expired", "half-own", "sum-one", "b-members",
    ):  # fmt: skip
        yield Visit(query=f"item={PLANS[key].item}", about=key)


def each_appointment(world: World) -> Iterator[Visit]:
    """Appointments of A, B and coordination, and the one that is proposed."""
    named = {Who.APPROVER_A.value: A, Who.FOCAL_B.value: B, "second of coordination": CHAIR, "proposed": A}
    for name, code in named.items():
        yield Visit({"uuid": world.appointments[name].uuid}, of=code)


def first_key(_world: World) -> Iterator[Visit]:
    """Somebody's key of the second factor."""
    yield Visit({"pk": 1})


def other_body(_world: World) -> Iterator[Visit]:
    """Another body that vouches for addresses; none is set up."""
    yield Visit({"provider_id": "none"})


def catalogue_item(_world: World) -> Iterator[Visit]:
    """Items of needs that coordination may see and of others, and what belongs to one of them."""
    for key in ("own", "coordination-detail", "sensitive"):
        yield Visit({"code": PLANS[key].item}, about=key)


def each_item_list(_world: World) -> Iterator[Visit]:
    """What belongs to the items, list by list."""
    for listed in ("packs", "prices", "codes", "names"):
        yield Visit({"listed": listed})


def parts_of_items(_world: World) -> Iterator[Visit]:
    """Each kind of thing that belongs to an item."""
    for part in ("packs", "codes", "names", "prices"):
        yield Visit({"code": "MASK-IIR", "part": part})


def one_pack(_world: World) -> Iterator[Visit]:
    """A pack of an item."""
    yield Visit({"code": "MASK-IIR", "pk": Item.objects.get(code="MASK-IIR").packs.order_by("pk")[0].pk})


def dropped_pack(world: World) -> Iterator[Visit]:
    """The same, to be taken out."""
    for visit in one_pack(world):
        yield Visit({**visit.arguments, "part": "packs"}, sent={"version": "1"})


def words_of(*arguments: str) -> Visits:
    """The need of A in its own words, which only its own people see."""

    def visits(_world: World) -> Iterator[Visit]:
        need = Need.objects.get(item=None, member__code=A)
        named = {"member": A, "pk": need.uuid, "code": "MASK-IIR"}
        yield Visit({name: named[name] for name in arguments}, of=A, about="own", sent={"item": "MASK-IIR"})

    return visits


def _asked(of: str, visit: Visit, *, by: str = "") -> Visit:
    short = base64.urlsafe_b64encode(visit.arguments["pk"].bytes).decode().rstrip("=")
    return Visit({"of": of}, query=f"ids={short}", about=visit.about, of=by or visit.of)


def open_pages(world: World) -> Iterator[Visit]:
    """What is said now of a need of every audience, of lines of support, of consignments and of requests."""
    for visit in each_need(world):
        # Both responders give something for the first.
        yield _asked("needs", visit, by=f"{NAMED} {UNNAMED}" if visit.about == "own" else "-")
    for visit in deed_lines(world):
        yield _asked("lines", visit)
    for visit, key in zip(each_consignment(world), world.boxes, strict=True):
        yield _asked("consignment", visit, by="-" if key == "received" else "")
    for visit, key in zip(each_request(world), ("named", "everyone", "draft"), strict=True):
        yield _asked("request", visit, by="-" if key == "draft" else "")
    yield Visit({"of": "nothing"}, query="ids=AAAA", of="-")


def each_notice(world: World) -> Iterator[Visit]:
    """The newest notice of each actor who was told something."""
    for who, person in world.people.items():
        notice = Notice.objects.filter(person=person).order_by("-pk").first()
        if notice is not None:
            yield Visit({"pk": notice.uuid}, of=who.value)


def last_notice(_world: World) -> Iterator[Visit]:
    """All up to a number that no notice has."""
    yield Visit(sent={"until": "0"})


def each_request(world: World) -> Iterator[Visit]:
    """What A asks a named party and everyone, and what B is about to ask."""
    everybody = " ".join([A, *sorted({code for _role, code in ROLES.values()} - {A})])
    for name, of in (("named", f"{A} {NAMED}"), ("everyone", everybody), ("draft", B)):
        sent = {"version": "1", "reason": "The store is full", "do": "save"}
        yield Visit({"pk": world.requests[name].uuid}, of=of, sent=sent)


def each_follow(world: World) -> Iterator[Visit]:
    """Needs of every audience and level, the requests, an item and a member."""
    for visit in each_need(world):
        yield replace(visit, arguments={"kind": "need", "key": str(visit.arguments["pk"])})
    for visit in each_request(world):
        yield Visit({"kind": "request", "key": str(visit.arguments["pk"])}, of=visit.of)
    yield Visit({"kind": "item", "key": "MASK-IIR"})
    yield Visit({"kind": "member", "key": A})


def changes_since(_world: World) -> Iterator[Visit]:
    """Since Monday, since before anything was released, and since before some of it was taken back."""
    for day in ("", "since=2026-06-01", "since=2026-06-18", "since=2026-06-24"):
        yield Visit(query=day)


def named_request(world: World) -> Iterator[Visit]:
    """What A asks a named party."""
    yield Visit({"pk": world.requests["named"].uuid}, of=f"{A} {NAMED}")


def named_line(world: World) -> Iterator[Visit]:
    """Its line."""
    sent = {"kind": "review", "reason": "We look at it"}
    yield Visit({"pk": world.requests["named"].lines.get().uuid}, of=f"{A} {NAMED}", sent=sent)


def each_profile(_world: World) -> Iterator[Visit]:
    """How A and B take delivery; its own people see their draft first, and ask for what is confirmed."""
    for code in (A, B):
        yield Visit({"member": code}, of=code)
    yield Visit({"member": A}, query="version=1", of=A)


def each_offer(world: World) -> Iterator[Visit]:
    """What a named party offers to A, and what another one is about to offer."""
    for name, of in (("set", f"{A} {NAMED}"), ("draft", f"- {UNNAMED}")):
        sent = {"version": "1", "reason": "Given elsewhere", "do": "more"}
        yield Visit({"pk": world.offers[name].uuid}, of=of, sent=sent)


def each_offered_line(world: World) -> Iterator[Visit]:
    """Their lines."""
    for name, of in (("set", f"{A} {NAMED}"), ("draft", f"- {UNNAMED}")):
        sent = {"quantity": "1", "need": "none", "conditions": "on", "stage": "signed", "expected": "1 July 2031"}
        yield Visit({"pk": world.offers[name].lines.get().uuid}, of=of, sent=sent)


def each_proposal(_world: World) -> Iterator[Visit]:
    """What A's people proposed about the first: to accept some, and to decline it."""
    for proposal in AcceptanceProposal.objects.filter(state=AcceptanceProposal.State.PROPOSED).order_by("pk"):
        yield Visit({"pk": proposal.uuid}, of=f"{A} {NAMED}", sent={"word": "Less"})


def api_proposals(_world: World) -> Iterator[Visit]:
    """The same, and what was sent back."""
    for proposal in AcceptanceProposal.objects.order_by("pk"):
        yield Visit({"id": proposal.offer.uuid, "proposal": proposal.uuid})


def filled_offers(world: World) -> Iterator[Visit]:
    """The form as it is, and filled in from needs of every audience and from a line of a request."""
    yield Visit(sent={"do": "more"})
    for key in (
        "own", "coordination-detail", "members-detail", "named-figures", "named-detail", "everyone-figures",
        "everyone-detail", "held-back", "sensitive", "b-members",
    ):  # fmt: skip
        yield Visit(query=f"need={world.needs[key].uuid}", about=key)
    yield Visit(query=f"line={world.requests['named'].lines.get().uuid}", about="named-detail")


def each_extract(world: World) -> Iterator[Visit]:
    """What A and coordination made for a body."""
    for maker in (A, CHAIR):
        yield Visit({"pk": world.extracts[maker].uuid}, of=f"{maker} {NAMED}")


def each_extract_used(world: World) -> Iterator[Visit]:
    """What was used of them."""
    for visit in each_extract(world):
        sent = {"used-dated_on": "2026-06-30", "used-text": "A plan"}
        yield replace(visit, arguments={**visit.arguments, "kind": "used"}, sent=sent)


def each_consignment(world: World) -> Iterator[Visit]:
    """A consignment that is planned, one that is held and one that was received, of a named party to A."""
    for box in world.boxes.values():
        sent = {"version": "1", "do": "all", "place": "The port", f"saw-{box.lines.get().uuid}": "3"}
        yield Visit({"pk": box.uuid}, of=f"{A} {NAMED}", sent=sent)


def ways_of(*verbs: str) -> Visits:
    """What happens to each of them on the way."""

    def visits(world: World) -> Iterator[Visit]:
        for visit in each_consignment(world):
            for verb in verbs:
                said = {"text": "It is so", "why": "permit"}
                yield replace(visit, arguments={**visit.arguments, "verb": verb}, sent=said)

    return visits


def one_receipt(world: World) -> Iterator[Visit]:
    """The certificate of the one that was received."""
    assert world.receipt is not None
    yield Visit({"code": world.receipt.shown}, of=f"{A} {NAMED}")


def both_sides(_world: World) -> Iterator[Visit]:
    """The lists of consignments that come and that are sent."""
    for side in ("coming", "sent"):
        yield Visit(query=f"side={side}")
        for listed in ("planned", "held", "received"):
            yield Visit(query=f"side={side}&list={listed}")


def each_progress(_world: World) -> Iterator[Visit]:
    """Every list of what stands where: whole, of one tab, and of one party."""
    for section in ("offers", "not-sent", "not-received", "at-risk", "held", "lots", "requests"):
        yield Visit({"section": section})
    for section, tab in (("offers", "offered"), ("not-sent", "late"), ("held", "other"), ("requests", "never")):
        yield Visit({"section": section}, query=f"tab={tab}&party={NAMED}")


def gifts(_world: World) -> Iterator[Visit]:
    """What is given: all of it in both orders, of a sector, of the round, and of items of every audience."""
    for query in ("", f"sort=member&sector=IPC&period={ROUND}", "item=BLANKET"):
        yield Visit(query=query)
    for key in (
        "own", "coordination-figures", "members-figures", "named-figures", "everyone-figures", "held-back", "half-own",
        "money",
    ):  # fmt: skip
        yield Visit(query=f"item={PLANS[key].item}", about=key)


def gifts_as_asked(world: World) -> Iterator[Visit]:
    """The same for programs, which sort for themselves and name the round as such."""
    for visit in gifts(world):
        parts = [part for part in visit.query.split("&") if part and not part.startswith("sort=")]
        yield replace(visit, query="&".join(parts).replace("period=", "round="))


def each_round(_world: World) -> Iterator[Visit]:
    """The open round."""
    yield Visit({"code": ROUND})


# ── doors: who is let in ─────────────────────────────────────────────────────
Statuses = frozenset[int]
OPEN: Final = frozenset({200})
SEEN: Final = frozenset({200, 302, 409, 422})
GONE: Final = frozenset({404})
REFUSED: Final = frozenset({403, 404})
NO_METHOD: Final = frozenset({405})
SIGN_IN: Final = frozenset({302, 403})
ANSWERS: Final = frozenset({200, 302, 400, 403, 404, 405, 409, 410, 422, 429, 401})

Door = Callable[[Who, str, Visit], Statuses]


def world_door(_who: Who, method: str, _visit: Visit) -> Statuses:
    """A public page: everybody reads it, nobody sends anything to it."""
    return frozenset({200, 404}) if method == "GET" else NO_METHOD


def _behind(
    inside: Callable[[Who, Visit], bool], *, refused: Statuses = GONE, reads: bool = True, sends: bool = True
) -> Door:
    def door(who: Who, method: str, visit: Visit) -> Statuses:
        if who == Who.NOBODY:
            return SIGN_IN
        if who == Who.EXPIRED:
            return frozenset({403})
        if (method == "GET" and not reads) or (method == "POST" and not sends):
            return NO_METHOD | REFUSED
        if inside(who, visit):
            return SEEN | (GONE if method == "POST" else frozenset())
        return refused if method == "GET" else REFUSED

    return door


def _own(who: Who, visit: Visit) -> bool:
    return who in _MIRRORED and party_of(who) in visit.of.split()


def _party_to(who: Who, visit: Visit) -> bool:
    return party_of(who) in visit.of.split()


def _approver(who: Who, visit: Visit) -> bool:
    return who in (Who.APPROVER_A, Who.APPROVER_B) and _own(who, visit)


def _receiver(who: Who, visit: Visit) -> bool:
    return who in _MIRRORED and party_of(who) == visit.of.split()[0]


def _giver(who: Who, visit: Visit) -> bool:
    return party_of(who) == visit.of.split()[1]


def _sees_detail(who: Who, visit: Visit) -> bool:
    return sees_detail(who, PLANS[visit.about])


def _told(who: Who, visit: Visit) -> bool:
    return who.value == visit.of


def _reads_profile(who: Who, visit: Visit) -> bool:
    return visit.of == A or _own(who, visit)


def _comments_on(who: Who, visit: Visit) -> bool:
    return _sees_detail(who, visit) and party_of(who) != visit.of


def _may_follow(who: Who, visit: Visit) -> bool:
    """Whoever sees it: a need in detail, a request that asks the party, items and members without more."""
    return {
        "need": lambda: _sees_detail(who, visit), "request": lambda: _party_to(who, visit),
    }.get(visit.arguments["kind"], lambda: True)()  # fmt: skip


def _asks_signs(who: Who, visit: Visit) -> bool:
    return _party_to(who, visit) or (visit.arguments["of"] == "needs" and _sees_detail(who, visit))


own_door = _behind(_own)
own_page = _behind(_own, sends=False)
own_deed = _behind(_own, reads=False)
approver_deed = _behind(_approver, reads=False)
line_page = _behind(_party_to, sends=False)
receiver_deed = _behind(_receiver, reads=False)
# Only whoever proposed it: A's focal point.
proposer_deed = _behind(lambda who, visit: who == Who.FOCAL_A and _receiver(who, visit), reads=False)
receiving_approver_deed = _behind(lambda who, visit: _approver(who, visit) and _receiver(who, visit), reads=False)
giver_deed = _behind(_giver, reads=False)
# What a responder may do for its party, and of a member only its approver.
publishing_deed = _behind(lambda who, visit: _giver(who, visit) and who not in (Who.FOCAL_A, Who.FOCAL_B), reads=False)
naming_deed = _behind(lambda who, visit: _party_to(who, visit) and who not in (Who.FOCAL_A, Who.FOCAL_B), reads=False)
desk_page = _behind(lambda _who, _visit: True, sends=False)
# Sums of what is at risk are for coordination; its own lines everybody reads beside them.
progress_door = _behind(
    lambda who, visit: who == Who.COORDINATION or visit.arguments["section"] != "at-risk", sends=False
)
members_page = _behind(lambda who, _visit: who in _MIRRORED)
givers_form = _behind(lambda who, _visit: who != Who.COORDINATION)
givers_page = _behind(lambda who, _visit: who != Who.COORDINATION, sends=False)
nobodys_form = _behind(lambda _who, _visit: False)
nobodys_page = _behind(lambda _who, _visit: False, sends=False)
coordination_page = _behind(lambda who, _visit: who == Who.COORDINATION)
coordination_deed = _behind(lambda who, _visit: who == Who.COORDINATION, reads=False)


def own_page_of_approvers(who: Who, method: str, visit: Visit) -> Statuses:
    """Its own people read it; its approver sends it."""
    return own_door(who, method, visit) if method == "GET" else approver_deed(who, method, visit)


def account_door(_who: Who, _method: str, _visit: Visit) -> Statuses:
    """Pages of sign-in: whatever they answer, it is about the person alone."""
    return ANSWERS


def program_door(_who: Who, method: str, _visit: Visit) -> Statuses:
    """Asked by the programs that keep the installation up: it says the same to everybody."""
    return OPEN if method == "GET" else NO_METHOD


def nowhere(_who: Who, method: str, _visit: Visit) -> Statuses:
    """Not there until an operator sets it up: see tests/config/test_metrics.py."""
    return GONE if method == "GET" else NO_METHOD


@dataclass(frozen=True)
class Declared:
    """One route. `public`: it shows to everybody what everyone may see, and no more, whoever is signed in.

    `alone`: it shows nobody's rows, only the person's own address and office.
    """

    door: Door
    visits: Visits = plain
    public: bool = False
    alone: bool = False


def _world(visits: Visits = plain) -> Declared:
    return Declared(world_door, visits, public=True)


def api_door(_who: Who, method: str, _visit: Visit) -> Statuses:
    """What the API says to everybody. A signed-in browser is nobody there: its cookie is not looked at."""
    return frozenset({200, 404, 422}) if method == "GET" else NO_METHOD | frozenset({401})


def token_door(_who: Who, method: str, _visit: Visit) -> Statuses:
    """What the API says to a token only. Tokens are asked in tests/api; here, nobody has one."""
    return frozenset({401}) if method == "GET" else NO_METHOD | frozenset({401})


def token_deed(_who: Who, method: str, _visit: Visit) -> Statuses:
    """A deed of a token."""
    return NO_METHOD if method == "GET" else frozenset({401})


def api_codes(*codes: str) -> Visits:
    """Things by their codes."""
    return lambda _world: iter([Visit({"code": code}, of=code) for code in codes])


def api_totals(_world: World) -> Iterator[Visit]:
    """Totals over all, by item and of one member."""
    for query in ("by=member", "by=item", f"by=item&member={A}", "by=sector", "by=member&item=MASK-IIR",
                  "by=member&on=2026-06-20"):  # fmt: skip
        yield Visit(query=query, past="on=" in query)


def api_needs(_world: World) -> Iterator[Visit]:
    """The list whole and filtered."""
    yield Visit()
    for query in (f"member={A}", f"member={B}", "sector=IPC", "uncovered=true", "limit=1"):
        yield Visit(query=query)


def api_figures(_world: World) -> Iterator[Visit]:
    """Figures over all, and of one member and item."""
    for code in FIGURES_OVER_ALL:
        yield Visit({"code": code})
    for plan in NEEDS:
        for code in ("not_covered", "approved"):
            yield Visit({"code": code}, query=f"member={plan.member}&item={plan.item}", about=plan.key)


def api_returns(world: World) -> Iterator[Visit]:
    """The newest return of A and of B."""
    for code in (A, B):
        yield Visit({"id": world.returns[code].uuid}, of=code)


def api_own_needs(world: World) -> Iterator[Visit]:
    """A need of A and of B."""
    for code in (A, B):
        yield Visit({"id": Need.objects.filter(member__code=code).order_by("pk")[0].uuid}, of=code)


def api_releases(world: World) -> Iterator[Visit]:
    """Releases of A and B."""
    for key in ("members-detail", "b-members"):
        yield Visit({"id": world.releases[key][0].uuid}, of=PLANS[key].member)


def api_requests(world: World) -> Iterator[Visit]:
    """What A asks a named party and everyone, and what B is about to ask."""
    for name in ("named", "everyone", "draft"):
        yield Visit({"id": world.requests[name].uuid})


def api_request_lines(world: World) -> Iterator[Visit]:
    """A line of the first."""
    asked = world.requests["named"]
    yield Visit({"id": asked.uuid, "line": asked.lines.get().uuid})


def api_offers(world: World) -> Iterator[Visit]:
    """What a named party offers to A, and what another one is about to offer."""
    for name in world.offers:
        yield Visit({"id": world.offers[name].uuid})


def api_offer_lines(world: World) -> Iterator[Visit]:
    """A line of each."""
    for made in world.offers.values():
        yield Visit({"id": made.uuid, "line": made.lines.get().uuid})


def api_consignments(world: World) -> Iterator[Visit]:
    """Consignments of a named party to A."""
    for box in world.boxes.values():
        yield Visit({"id": box.uuid})


def api_receipts(world: World) -> Iterator[Visit]:
    """The certificate of the one that was received."""
    assert world.receipt is not None
    yield Visit({"code": world.receipt.shown})


def api_lines(world: World) -> Iterator[Visit]:
    """Lines of support."""
    for key in ("own", "everyone-detail", "b-own"):
        yield Visit({"id": world.lines[key].uuid})


def api_money(world: World) -> Iterator[Visit]:
    """Money between members, private and public, and of each responder to a member."""
    for flow in world.money.values():
        yield Visit({"id": flow.uuid})


def api_money_lists(_world: World) -> Iterator[Visit]:
    """What one's parties give, and what comes to them or through them."""
    yield Visit()
    yield Visit(query="side=coming")


def api_money_steps(world: World) -> Iterator[Visit]:
    """The payment of each."""
    for flow in world.money.values():
        yield Visit({"id": flow.uuid, "number": 2})


def api_public_money(_world: World) -> Iterator[Visit]:
    """All of it, of an emergency and of an item."""
    for query in ("", "emergency=matrix-emergency", "item=MASK-IIR"):
        yield Visit(query=query)


def api_profiles(_world: World) -> Iterator[Visit]:
    """How A and B take delivery."""
    for code in (A, B):
        yield Visit({"member": code})


def api_extracts(world: World) -> Iterator[Visit]:
    """What A and coordination made for a body."""
    for made in world.extracts.values():
        yield Visit({"id": made.uuid})


def _api(visits: Visits = plain) -> Declared:
    return Declared(api_door, visits, public=True)


def _token(visits: Visits = plain, *, deed: bool = False) -> Declared:
    return Declared(token_deed if deed else token_door, visits)


def since_then(_world: World) -> Iterator[Visit]:
    """From before anything of the world happened."""
    yield Visit(query="since=2021-01-01")


def _asked_of(_world: World) -> Iterator[Visit]:
    for code in (A, B):
        yield Visit(query=f"member={code}", of=code)


def api_gaps(_world: World) -> Iterator[Visit]:
    """All of them, and narrowed by a day, which is detail."""
    for query in ("", "needed_by=2035-01-01", "sector=IPC&members=Africa&by=not_in_country", "ready=true"):
        yield Visit(query=query)


def api_gap_members(_world: World) -> Iterator[Visit]:
    """Who needs the items of two audiences."""
    for key in ("members-detail", "named-figures"):
        yield Visit(query=f"item={PLANS[key].item}", about=key)


API_OF_ALL: Final[dict[str, Visits]] = {"asked": plain}
API_STANDS: Final[dict[str, Visits]] = {
    "gaps": api_gaps, "gap_members": api_gap_members,
    "own_asked": _asked_of, "needs_changed": since_then, "requests_changed": since_then,
    **{
        f"progress_{name}": plain
        for name in ("offers", "not_sent", "not_received", "at_risk", "held", "lots", "requests")
    },
}  # fmt: skip
ACCOUNT: Final = Declared(account_door, alone=True)

# ── every route ──────────────────────────────────────────────────────────────
ROUTES: Final[dict[str, Declared]] = {
    "root": Declared(account_door, alone=True),
    "healthz": Declared(program_door, public=True),
    "metrics": Declared(nowhere, public=True),
    "overview": _world(),
    "overview_file": _world(forms(plain)),
    "needs": _world(needs_list),
    "needs_file": _world(some(forms(needs_list), 12)),
    "members": _world(),
    "members_file": _world(forms(plain)),
    "member": _world(each_member),
    "member_file": _world(forms(each_member)),
    "items": _world(),
    "items_file": _world(forms(plain)),
    "item_list_file": _world(forms(each_item_list)),
    "item": _world(each_item),
    "item_file": _world(in_turn(each_item)),
    "asked": _world(),
    "asked_file": _world(forms(plain)),
    "given": _world(gifts),
    "given_file": _world(in_turn(gifts)),
    "sectors": _world(),
    "sectors_file": _world(forms(plain)),
    "sector": _world(each_sector),
    "sector_file": _world(in_turn(each_sector)),
    "emergency": _world(each_emergency),
    "emergency_file": _world(forms(each_emergency)),
    "money": _world(public_money),
    "money_file": _world(in_turn(public_money)),
    "money_fts": _world(in_turn(plain)),
    "figures": _world(),
    "figures_file": _world(forms(plain)),
    "figure": _world(each_figure),
    "figure_file": _world(file_of_figures),
    "about": _world(),
    "search": _world(searches),
    # the desk
    "desk": Declared(desk_page),
    "desk_search": Declared(desk_page, searches_at_the_desk),
    # where things stand, and what is given: nothing that is not on the page of each
    "progress": Declared(desk_page),
    "progress_list": Declared(progress_door, each_progress),
    "progress_file": Declared(progress_door, some(in_turn(each_progress), 7)),
    "given_desk": Declared(desk_page, gifts),
    "given_desk_file": Declared(desk_page, some(in_turn(gifts), 8)),
    # a notice exists for the person who is told, and for nobody else
    "inbox": Declared(desk_page),
    "inbox_choices": Declared(_behind(lambda _who, _visit: True)),
    "inbox_read": Declared(_behind(lambda _who, _visit: True, reads=False), last_notice),
    "notice": Declared(_behind(_told, sends=False), each_notice),
    "follow": Declared(_behind(_may_follow), each_follow),
    "people": Declared(members_page),
    "appointment_end": Declared(approver_deed, each_appointment),
    "appointment_letter": Declared(approver_deed, each_appointment),
    "returns": Declared(desk_page),
    "approve": Declared(own_page_of_approvers, both_returns),
    "send_back": Declared(approver_deed, both_returns),
    "return_withdraw": Declared(own_deed, both_returns),
    "return_attach": Declared(own_deed, both_returns),
    "attachment": Declared(line_page, each_attachment),
    "attachment_take_back": Declared(own_deed, each_attachment),
    "print_make": Declared(own_deed, both_returns),
    "print_signed": Declared(own_deed, both_returns),
    "print_find": Declared(
        _behind(lambda who, _visit: who in _MIRRORED, sends=False), lambda _world: iter([Visit(query="code=none")])
    ),
    "print": Declared(own_page, lambda world: iter([Visit({"code": world.print_code}, of=A)])),
    # letters: B has named one office, so its people and coordination may type
    "letters": Declared(_behind(lambda who, _visit: who in (Who.COORDINATION, Who.NAMED), sends=False)),
    "letter_new": Declared(_behind(lambda who, _visit: who in (Who.COORDINATION, Who.NAMED))),
    "letter": Declared(line_page, each_letter),
    "letter_lines": Declared(_behind(_giver), each_letter),
    "letter_withdraw": Declared(giver_deed, each_letter),
    "letter_adopt": Declared(receiver_deed, each_letter),
    "letter_ignore": Declared(receiver_deed, each_letter),
    "letter_office_revoke": Declared(approver_deed, each_office),
    "own_letters": Declared(own_page_of_approvers, both_members),
    "releases": Declared(desk_page),
    "release_withdraw": Declared(approver_deed, each_release),
    "need_hold": Declared(approver_deed, each_need),
    "need_standing": Declared(own_page_of_approvers, each_standing),
    "need_stop": Declared(own_deed, each_stop),
    "need_lift": Declared(own_deed, each_need),
    "needs_confirm": Declared(approver_deed, both_members),
    "member_releases": Declared(own_door, both_members),
    "own_needs": Declared(own_page, both_members),
    # requests for assistance
    "assistance": Declared(desk_page, lambda _world: iter([Visit(), Visit(query="list=received")])),
    "assistance_file": Declared(desk_page, forms(lambda _world: iter([Visit(), Visit(query="list=received")]))),
    "assistance_lines_file": Declared(line_page, in_turn(each_request)),
    "assistance_new": Declared(own_door, both_members),
    "assistance_numbers": Declared(own_page, both_members),
    "assistance_numbers_file": Declared(own_page, in_turn(both_members)),
    "assistance_one": Declared(line_page, each_request),
    "assistance_edit": Declared(_behind(_receiver), each_request),
    "assistance_send": Declared(receiving_approver_deed, each_request),
    "assistance_stop": Declared(receiver_deed, each_request),
    "assistance_ask_too": Declared(receiver_deed, named_line),
    "assistance_lift": Declared(receiver_deed, each_request),
    "assistance_withdraw": Declared(receiving_approver_deed, each_request),
    "assistance_close": Declared(receiver_deed, each_request),
    "assistance_discard": Declared(receiver_deed, each_request),
    "assistance_acknowledge": Declared(giver_deed, named_request),
    "assistance_answer": Declared(giver_deed, named_line),
    "assistance_line_withdraw": Declared(receiving_approver_deed, named_line),
    # the delivery profile: A asks everyone, B nobody
    "profile": Declared(_behind(_reads_profile, sends=False), each_profile),
    "profile_file": Declared(_behind(_reads_profile, sends=False), in_turn(both_members)),
    "profile_edit": Declared(own_door, both_members),
    "profile_confirm": Declared(approver_deed, both_members),
    "profile_discard": Declared(own_deed, both_members),
    # extracts: the two ends read one
    "extracts": Declared(desk_page),
    "extract_new": Declared(_behind(lambda who, _visit: who in _MIRRORED or who == Who.COORDINATION)),
    "extract": Declared(line_page, each_extract),
    "extract_file": Declared(line_page, each_extract),
    "extract_step": Declared(_behind(_party_to, reads=False), each_extract_used),
    "own_words": Declared(own_page, both_members),
    "own_words_pick": Declared(own_door, words_of("member", "pk", "code")),
    # offers
    "offers": Declared(desk_page, lambda _world: iter([Visit(), Visit(query="list=received")])),
    "offers_file": Declared(desk_page, in_turn(lambda _world: iter([Visit(), Visit(query="list=received"), Visit()]))),
    "offer_new": Declared(givers_form, filled_offers),
    "offer": Declared(line_page, each_offer),
    "offer_edit": Declared(_behind(_giver), each_offer),
    "offer_send": Declared(giver_deed, each_offer),
    "offer_discard": Declared(giver_deed, each_offer),
    "offer_withdraw": Declared(giver_deed, each_offer),
    "offer_decline": Declared(receiving_approver_deed, each_offer),
    "offer_accept": Declared(receiving_approver_deed, each_offered_line),
    "offer_advance": Declared(giver_deed, each_offered_line),
    "offer_propose": Declared(receiver_deed, each_offered_line),
    "offer_propose_decline": Declared(receiver_deed, each_offer),
    "offer_send_back": Declared(receiving_approver_deed, each_proposal),
    "offer_proposal_take_back": Declared(proposer_deed, each_proposal),
    "own_words_decline": Declared(own_deed, words_of("member", "pk")),
    "return": Declared(own_page, both_rounds),
    "return_lines": Declared(own_door, both_rounds),
    "return_unchanged": Declared(own_deed, both_rounds),
    "first": Declared(own_page, both_rounds),
    "first_have": Declared(own_door, both_rounds),
    "first_lines": Declared(own_door, both_rounds),
    "first_asked": Declared(own_door, both_rounds),
    "first_seen": Declared(own_door, both_rounds),
    "first_send": Declared(own_door, both_rounds),
    "return_nothing": Declared(own_deed, both_rounds),
    "draft_discard": Declared(own_deed, both_rounds),
    "needs_import": Declared(own_door, both_rounds),
    "needs_workbook": Declared(own_page, both_rounds),
    "needs_upload": Declared(own_door, one_upload),
    "needs_marked": Declared(own_page, one_upload),
    "support": Declared(desk_page),
    "support_new": Declared(givers_form),
    "support_import": Declared(givers_form),
    # money
    "money_desk": Declared(desk_page, lambda _world: iter([Visit(), Visit(query="list=coming")])),
    "money_fts_csv": Declared(desk_page),
    "money_csv": Declared(desk_page, lambda _world: iter([Visit(), Visit(query="list=coming")])),
    "money_new": Declared(givers_form),
    "money_one": Declared(line_page, each_money),
    "money_commit": Declared(giver_deed, each_money),
    "money_pay": Declared(giver_deed, each_money),
    "money_add": Declared(giver_deed, each_money),
    "money_back": Declared(giver_deed, each_money),
    "money_publish": Declared(publishing_deed, each_money),
    "money_hide": Declared(publishing_deed, each_money),
    "money_confirm": Declared(receiver_deed, each_money),
    "money_name": Declared(receiving_approver_deed, each_money),
    # the name of a giver in public: its own people read it, and those who may make its money public say it
    "giver_names": Declared(givers_page),
    "giver_name": Declared(line_page, each_giver),
    "giver_name_say": Declared(naming_deed, each_giver),
    "offer_money": Declared(giver_deed, each_offer),
    "offer_name": Declared(publishing_deed, naming(each_offer)),
    "support_name": Declared(publishing_deed, naming(deed_lines)),
    "support_upload": Declared(nobodys_form, foreign_upload),
    "support_marked": Declared(nobodys_page, foreign_upload),
    "support_line": Declared(line_page, each_line),
    "support_accept": Declared(lambda *asked: receiver_deed(*asked) | REFUSED, deed_lines),
    "support_decline": Declared(receiving_approver_deed, deed_lines),
    "support_proposal_take_back": Declared(proposer_deed, deed_lines),
    "support_receive": Declared(receiver_deed, deed_lines),
    "support_assign": Declared(receiver_deed, deed_lines),
    "support_send": Declared(giver_deed, deed_lines),
    "support_withdraw": Declared(giver_deed, deed_lines),
    "support_take_back": Declared(lambda *asked: giver_deed(*asked) | receiving_approver_deed(*asked), deed_lines),
    # consignments and receipts: of those who give, pass on, carry and await them
    "consignments": Declared(desk_page, both_sides),
    "consignments_file": Declared(desk_page, both_sides),
    "consignment_new": Declared(givers_form),
    "consignment": Declared(line_page, each_consignment),
    "consignment_edit": Declared(_behind(_giver, refused=REFUSED), each_consignment),
    "consignment_dispatch": Declared(giver_deed, each_consignment),
    "consignment_discard": Declared(giver_deed, each_consignment),
    "consignment_expected": Declared(giver_deed, each_consignment),
    "consignment_waybill": Declared(giver_deed, each_consignment),
    "consignment_attest": Declared(_behind(_party_to, reads=False), each_consignment),
    "consignment_receive": Declared(_behind(_receiver), each_consignment),
    "consignment_go": Declared(_behind(_party_to, reads=False), ways_of("arrive", "hold", "resume", "clear")),
    # a table of receipts: of the member whose warehouse counts
    "receipts_workbook": Declared(own_page, both_members),
    "receipts_import": Declared(own_door, both_members),
    "receipts_upload": Declared(nobodys_form, upload_as_receipts),
    "receipts_marked": Declared(nobodys_page, upload_as_receipts),
    "receipt_find": Declared(
        _behind(lambda _who, _visit: True, sends=False), lambda _world: iter([Visit(query="code=none")])
    ),
    "receipt": Declared(line_page, one_receipt),
    # what is said of a page that is open: to whoever sees that page
    "open_signs": Declared(_behind(_asks_signs, sends=False), open_pages),
    # responders
    "respond": Declared(givers_page, gaps),
    "gaps_file": Declared(givers_page, in_turn(gaps)),
    # lines in detail, and what is said beside them
    "detail_lines": Declared(desk_page),
    "changes": Declared(_behind(lambda _who, _visit: True), changes_since),
    "changes_file": Declared(_behind(lambda _who, _visit: True, sends=False), forms(changes_since)),
    "detail_line": Declared(_behind(_sees_detail, sends=False), each_need),
    "comment_write": Declared(_behind(_comments_on, reads=False), each_need),
    "comment_answer": Declared(receiver_deed, each_comment),
    "comment_withdraw": Declared(giver_deed, each_comment),
    # coordination
    "rounds": Declared(coordination_page),
    "round_plan": Declared(coordination_page),
    "round_open": Declared(coordination_deed, each_round),
    "round_close": Declared(coordination_deed, each_round),
    "flash": Declared(coordination_page, each_round),
    "flash_end": Declared(coordination_deed, each_round),
    "catalogue": Declared(_behind(lambda who, _visit: who == Who.COORDINATION, sends=False)),
    "catalogue_export": Declared(_behind(lambda who, _visit: who == Who.COORDINATION, sends=False)),
    "catalogue_import": Declared(coordination_page),
    "catalogue_new": Declared(coordination_page),
    "catalogue_units": Declared(coordination_page),
    "exchange_rates": Declared(coordination_page),
    "exchange_rate_drop": Declared(coordination_deed, shipped_rate),
    "severities": Declared(coordination_page),
    "severity_drop": Declared(coordination_deed, shipped_month),
    "catalogue_item": Declared(_behind(lambda who, _visit: who == Who.COORDINATION, sends=False), catalogue_item),
    "catalogue_edit": Declared(coordination_page, catalogue_item),
    "catalogue_retire": Declared(coordination_page, catalogue_item),
    "catalogue_back": Declared(coordination_deed, catalogue_item),
    "catalogue_contents": Declared(coordination_page, catalogue_item),
    "catalogue_add": Declared(coordination_page, parts_of_items),
    "catalogue_pack": Declared(coordination_page, one_pack),
    "catalogue_drop": Declared(coordination_deed, dropped_pack),
    "proposals": Declared(_behind(lambda who, _visit: who == Who.COORDINATION, sends=False)),
    "propose_item": Declared(coordination_deed, words_of("pk")),
    "appointments": Declared(coordination_page),
    "appointment_confirm": Declared(coordination_deed, each_appointment),
    "coordination_appointment_end": Declared(coordination_deed, each_appointment),
    "coordination_appointment_letter": Declared(coordination_deed, each_appointment),
    "appointment_letter_file": Declared(lambda *asked: coordination_page(*asked) | GONE, each_appointment),
    # the API
    "api_openapi": _api(),
    "api_docs": _world(),
    "api_problem": _world(api_codes("not-found", "nothing")),
    "api_to_docs": Declared(account_door, alone=True),
    "api_to_problem": Declared(account_door, api_codes("not-found"), alone=True),
    "api_parties": _api(),
    "api_parties_csv": _api(),
    "api_party": _api(api_codes(A, GIVER, "NOBODY")),
    "api_emergencies": _api(),
    "api_emergencies_csv": _api(),
    "api_sectors": _api(),
    "api_sectors_csv": _api(),
    "api_items": _api(),
    "api_items_csv": _api(),
    "api_packs": _api(),
    "api_packs_csv": _api(),
    "api_prices": _api(),
    "api_prices_csv": _api(),
    "api_codes": _api(),
    "api_codes_csv": _api(),
    "api_item": _api(api_codes("MASK-IIR", "NOTHING")),
    "api_rounds": _api(),
    "api_rounds_csv": _api(),
    "api_round": _api(api_codes(ROUND, "nothing")),
    "api_figures": _api(),
    "api_figures_csv": _api(),
    "api_figure": _api(api_figures),
    "api_figure_rows": _api(api_figures),
    "api_figure_rows_csv": _api(some(api_figures, 12)),
    "api_totals": _api(api_totals),
    "api_totals_csv": _api(api_totals),
    "api_public_needs": _api(api_needs),
    "api_public_needs_csv": _api(api_needs),
    "api_returns": _token(),
    "api_returns_csv": _token(),
    "api_submit_return": _token(),
    "api_return": _token(api_returns),
    "api_return_lines": _token(api_returns),
    "api_return_lines_csv": _token(api_returns),
    "api_approve_return": _token(api_returns, deed=True),
    "api_send_back_return": _token(api_returns, deed=True),
    "api_own_needs": _token(),
    "api_own_needs_csv": _token(),
    "api_own_need": _token(api_own_needs),
    "api_confirm_needs": _token(deed=True),
    **{f"api_{deed}_need": _token(api_own_needs, deed=True) for deed in ("pause", "resume", "end", "stop", "lift")},
    "api_requests": _token(),
    "api_requests_csv": _token(),
    "api_draft_request": _token(),
    "api_request": _token(api_requests),
    "api_request_lines": _token(api_requests),
    "api_request_lines_csv": _token(api_requests),
    "api_request_readiness": _token(api_requests),
    "api_request_readiness_csv": _token(api_requests),
    **{
        f"api_{deed}_request": _token(api_requests, deed=True)
        for deed in ("replace", "discard", "send", "stop", "lift", "withdraw", "close", "acknowledge")
    },
    "api_withdraw_request_line": _token(api_request_lines, deed=True),
    "api_answer_request": _token(api_request_lines, deed=True),
    "api_offers": _token(),
    "api_offers_csv": _token(),
    "api_draft_offer": _token(),
    "api_offer": _token(api_offers),
    "api_offer_lines": _token(api_offers),
    "api_offer_lines_csv": _token(api_offers),
    **{
        f"api_{deed}_offer": _token(api_offers, deed=True)
        for deed in ("replace", "discard", "make", "withdraw", "decline")
    },
    "api_accept_offer": _token(api_offer_lines, deed=True),
    "api_advance_technology": _token(api_offer_lines, deed=True),
    "api_offer_proposals": _token(api_offers),
    "api_offer_proposals_csv": _token(api_offers),
    "api_propose_acceptance": _token(api_offer_lines, deed=True),
    "api_propose_decline": _token(api_offers),
    "api_send_back_proposal": _token(api_proposals, deed=True),
    "api_take_back_proposal": _token(api_proposals, deed=True),
    "api_state_offer_money": _token(api_offers, deed=True),
    "api_consignments": _token(),
    "api_consignments_csv": _token(),
    "api_packable": _token(),
    "api_packable_csv": _token(),
    "api_plan_consignment": _token(),
    "api_consignment": _token(api_consignments),
    **{
        f"api_consignment_{part}{form}": _token(api_consignments)
        for part in ("lines", "steps", "attestations")
        for form in ("", "_csv")
    },
    "api_step_consignment": _token(api_consignments),
    "api_expect_consignment": _token(api_consignments, deed=True),
    "api_correct_waybill": _token(api_consignments, deed=True),
    "api_attest_consignment": _token(api_consignments),
    **{
        f"api_{deed}_consignment": _token(api_consignments, deed=True)
        for deed in ("replan", "discard", "send", "receive")
    },
    "api_receipts": _token(),
    "api_receipts_csv": _token(),
    "api_certificate": _token(api_receipts),
    "api_receipt_lines": _token(api_receipts),
    "api_receipt_lines_csv": _token(api_receipts),
    "api_correct_receipt": _token(api_receipts, deed=True),
    "api_releases": _token(),
    "api_releases_csv": _token(),
    "api_grant_releases": _token(),
    "api_release": _token(api_releases),
    "api_withdraw_release": _token(api_releases, deed=True),
    "api_support": _token(),
    "api_support_csv": _token(),
    "api_state_support": _token(),
    "api_support_line": _token(api_lines),
    "api_given": _api(gifts_as_asked),
    "api_given_csv": _api(gifts_as_asked),
    "api_given_seen": _token(gifts_as_asked),
    "api_given_seen_csv": _token(gifts_as_asked),
    "api_giver_names_said": _token(),
    "api_giver_names_said_csv": _token(),
    "api_name_giver": _token(),
    "api_name_giver_of_offer": _token(api_offers, deed=True),
    "api_name_giver_of_support": _token(api_lines, deed=True),
    "api_receive_line": _token(api_lines, deed=True),
    "api_take_back_commitment": _token(api_lines, deed=True),
    "api_give_up_commitment": _token(api_lines, deed=True),
    "api_public_money_fts": _api(),
    "api_public_money_fts_csv": _api(),
    "api_money_seen_fts": _token(),
    "api_money_seen_fts_csv": _token(),
    "api_public_money": _api(api_public_money),
    "api_public_money_csv": _api(api_public_money),
    "api_money_totals": _api(api_public_money),
    "api_money_totals_csv": _api(api_public_money),
    "api_money": _token(api_money_lists),
    "api_money_csv": _token(api_money_lists),
    "api_state_money": _token(),
    "api_money_one": _token(api_money),
    "api_money_steps": _token(api_money),
    "api_money_steps_csv": _token(api_money),
    **{
        f"api_{deed}_money": _token(api_money, deed=True)
        for deed in ("advance", "add", "take_back", "publish", "hide", "name_in")
    },
    "api_confirm_money": _token(api_money_steps, deed=True),
    "api_profiles": _token(),
    "api_profiles_csv": _token(),
    "api_profile_form": _api(),
    "api_profile_form_csv": _api(),
    **{
        f"api_{name}": _token(api_profiles)
        for name in ("profile", "profile_answers", "profile_answers_csv", "profile_versions", "profile_versions_csv")
    },
    **{f"api_{deed}_profile": _token(api_profiles, deed=True) for deed in ("draft", "confirm", "discard")},
    "api_extracts": _token(),
    "api_extracts_csv": _token(),
    "api_extract_shares": _token(),
    "api_extract_shares_csv": _token(),
    "api_make_extract": _token(),
    **{
        f"api_{name}": _token(api_extracts)
        for name in ("extract", "extract_steps", "extract_steps_csv", "extract_table", "note_extract")
    },
    # what stands where
    **{f"api_{name}{form}": _api(visits) for name, visits in API_OF_ALL.items() for form in ("", "_csv")},
    **{f"api_{name}{form}": _token(visits) for name, visits in API_STANDS.items() for form in ("", "_csv")},
    "api_import_needs": _token(deed=True),
    # signing in
    "enter": Declared(account_door, lambda _world: iter([Visit({"secret": "guessed"})]), alone=True),
    "account_reset_password_from_key": Declared(
        account_door, lambda _world: iter([Visit({"uidb36": "1", "key": "guessed-key"})]), alone=True
    ),
    "account_token_end": Declared(account_door, lambda _world: iter([Visit({"pk": uuid.UUID(int=5)})]), alone=True),
    "mail_stop": Declared(account_door, lambda _world: iter([Visit({"token": "guessed"})]), alone=True),
    "mfa_edit_webauthn": Declared(account_door, first_key, alone=True),
    "mfa_remove_webauthn": Declared(account_door, first_key, alone=True),
    "openid_connect_login": Declared(account_door, other_body, alone=True),
    "openid_connect_callback": Declared(account_door, other_body, alone=True),
    **dict.fromkeys(
        (
            "account_login", "account_logout", "account_inactive", "account_settings", "account_tokens", "kept",
            "account_reauthenticate",
            "account_change_password", "account_set_password", "account_reset_password", "account_reset_password_done",
            "account_reset_password_from_key_done", "mfa_index", "mfa_authenticate", "mfa_reauthenticate",
            "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
            "mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_login_webauthn",
            "mfa_reauthenticate_webauthn", "socialaccount_login_cancelled", "socialaccount_login_error",
            "socialaccount_signup",
        ),
        ACCOUNT,
    ),
}  # fmt: skip
