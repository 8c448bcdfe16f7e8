"""Builders for tests. They go through the services, so that a test cannot stand in a world the product cannot reach."""

import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps
from django.core.serializers import sort_dependencies
from django.db import connection
from django.db.models import Model
from django.db.models.sql import InsertQuery

from unmet.access.actors import Actor, acting
from unmet.access.models import Appointment, Role
from unmet.audit.shipped import Shipped
from unmet.catalogue import reference as catalogue_reference
from unmet.catalogue.models import CatalogueState, Emergency, Item, Round, Sector
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.models import Need, Return
from unmet.parties import reference as parties_reference
from unmet.parties.models import Group, Party, Person
from unmet.support import acceptance, answers, extracts, flow_deeds, flows, offers, requests, stating
from unmet.support.flow_rules import Amount, Money
from unmet.support.line_plan import Planned
from unmet.support.lines import SupportLine
from unmet.support.models import Acceptance, AssistanceRequest, Extract, Flow, FlowConfirmation, Offer, RequestAnswer
from unmet.support.offer_rules import LineDraft, OfferDraft

AT = datetime(2021, 2, 1, 9, tzinfo=UTC)
_numbers = itertools.count(1)


# Whether this test has asked for the shipped data already.
_asked = False
# Statements that write what loading the shipped files leaves behind, kept by the first test of a run that loads them.
_shipped: list[tuple[str, Any]] = []


def begin() -> None:
    """A test begins: what the one before did to the catalogue without saying so must be in no cache of this one."""
    global _asked
    _asked = False


def reference() -> None:
    """The shipped catalogue and parties. Read from their files once a run, then written as they came out."""
    global _asked
    first, _asked = not _asked, True
    if Party.objects.exists():
        if first:
            CatalogueState.changed()
        return
    if _shipped:
        with connection.cursor() as cursor:
            for statement, values in _shipped:
                cursor.execute(statement, values)
        CatalogueState.changed()  # what a test before this one did to its catalogue is in no cache of this one
        return
    catalogue_reference.load_all()
    parties_reference.load_all()
    for model in reference_models():
        _shipped.extend(_inserts(model))


def reference_models() -> list[type[Model]]:
    """The tables that the shipped files fill, those that others name first."""
    rooms = [(room, list(room.get_models())) for room in map(apps.get_app_config, ("parties", "catalogue"))]
    return [model for model in sort_dependencies(rooms) if issubclass(model, Shipped) or model is CatalogueState]


def _inserts(model: type[Model]) -> Iterator[tuple[str, Any]]:
    """The statements that write every row of a table as it stands now."""
    rows = list(model._default_manager.order_by("pk"))
    for start in range(0, len(rows), 50):  # SQLite takes so many values in one statement
        query = InsertQuery(model)
        query.insert_values(model._meta.concrete_fields, rows[start : start + 50])
        yield from query.get_compiler("default").as_sql()


def party(code: str) -> Party:
    """A party of the reference data."""
    reference()
    return Party.objects.get(code=code)


def item(code: str) -> Item:
    """An item of the reference data."""
    reference()
    return Item.objects.get(code=code)


def group(code: str = Group.EVERYONE) -> Group:
    """A population group."""
    reference()
    return Group.objects.get(code=code)


def person(
    role: str | None = None, of: str | None = None, *, until: date = date(2030, 1, 1), email: str = ""
) -> Person:
    """Somebody with one standing appointment; by default with none."""
    number = next(_numbers)
    made = Person.objects.create_user(email or f"person{number}@example.org", office=f"Office {number}")
    if role:
        Appointment.objects.create(
            person=made, party=party(of or "COORD"), role=role, until_on=until,
            proposed_at=datetime(2020, 1, 1, tzinfo=UTC),
            confirmed_at=datetime(2020, 1, 1, tzinfo=UTC),
        )  # fmt: skip
    return made


def focal_point(of: str) -> Person:
    """A focal point of a member."""
    return person(Role.FOCAL_POINT, of)


def approver(of: str) -> Person:
    """An approver of a member."""
    return person(Role.APPROVER, of)


@contextmanager
def as_(who: Person | None, *, at: datetime = AT) -> Iterator[Actor]:
    """Act as a person at a moment; None is the public."""
    actor = _KNOWN.get((who.pk, at)) if who is not None else None
    with acting(actor or Actor.of(who, at=at, via="page")) as actor:
        yield actor


_KNOWN: dict[tuple[int, datetime], Actor] = {}


@contextmanager
def known(people: Iterable[Person], *, at: datetime = AT) -> Iterator[None]:
    """Ask once who these people are, where they act thousands of times and no appointment changes meanwhile."""
    _KNOWN.update({(one.pk, at): Actor.of(one, at=at, via="page") for one in people})
    try:
        yield
    finally:
        _KNOWN.clear()


@contextmanager
def posing(name: Person, actor: Person, *, at: datetime = AT) -> Iterator[None]:
    """Within `known`: what is done in the name of one person is done by another."""
    own, _KNOWN[name.pk, at] = _KNOWN[name.pk, at], _KNOWN[actor.pk, at]
    try:
        yield
    finally:
        _KNOWN[name.pk, at] = own


def emergency(code: str = "test-emergency") -> Emergency:
    """An emergency."""
    names = {f"name_{language}": code for language in ("en", "ar", "es", "fr")}
    made, _ = Emergency.objects.get_or_create(code=code, defaults={"began_on": date(2020, 1, 30), **names})
    return made


def round_(
    code: str = "r1", *, of: str = "test-emergency", period: tuple[date, date] = (date(2021, 1, 1), date(2021, 6, 30)),
    window: tuple[date, date] = (date(2021, 1, 1), date(2022, 12, 31)), freshness_days: int = 400, at: datetime = AT,
    sectors: Sequence[str] = (), opened: bool = True,
) -> Round:  # fmt: skip
    """A round of all sectors (or those named), open unless told otherwise."""
    reference()
    by = person(Role.COORDINATION)
    asked = Sector.objects.filter(code__in=sectors) if sectors else Sector.objects.all()
    with as_(by, at=at):
        made = rounds.plan(
            code=code, names=dict.fromkeys(("en", "ar", "es", "fr"), code), emergency=emergency(of), window=window,
            period=period, sectors=list(asked), freshness_days=freshness_days, by=by, at=at,
        )  # fmt: skip
        if opened:
            rounds.open_round(made, by=by, at=at)
    return made


def line(code: str = "MASK-IIR", quantity: int = 1000, **changes: Any) -> NeedLine:
    """One line; `quantity` in base units."""
    fields: dict[str, Any] = {
        "item_id": item(code).pk, "words": "", "quantity": quantity * 1000, "unit_name": "", "pack_factor": 1000,
        "quantity_typed": str(quantity), "needed_by": date(2021, 6, 30), "rank": None, "stock": None, "pipeline": 0,
        "place_id": None, "place_name": "", "group_id": group().pk, "remark": "", "outcome": "created", "sheet": "",
        "row": 0,
    }  # fmt: skip
    return NeedLine(**fields | changes)


def submitted(
    lines: Sequence[NeedLine], *, of: str, round_: Round, at: datetime = AT, by: Person | None = None
) -> Return:
    """A return that waits for the approver."""
    by = by or focal_point(of)
    with as_(by, at=at):
        done = needs.submit(lines, member=party(of), round_=round_, by=by, at=at)
    assert done.return_ is not None
    return done.return_


def approved(lines: Sequence[NeedLine], *, of: str, round_: Round, at: datetime = AT) -> Return:
    """A return that another person of the member has approved."""
    return_ = submitted(lines, of=of, round_=round_, at=at)
    by = approver(of)
    with as_(by, at=at):
        needs.approve(return_, by=by, at=at, revision=return_.revision)
    return return_


def released(
    of: str, *, audience: str = "everyone", level: str = "detail", sectors: Sequence[str] = ("IPC",),
    until: date | None = None, named: Sequence[Party] = (), at: datetime = AT,
) -> list[Any]:  # fmt: skip
    """Sectors of a member, released."""
    by = approver(of)
    subjects = [("sector", pk) for pk in Sector.objects.filter(code__in=sectors).values_list("uuid", flat=True)]
    with as_(by, at=at):
        return needs.release(
            member=party(of),
            subjects=subjects,
            level=level,
            audience=audience,
            until_on=until,
            by=by,
            at=at,
            named=named,
        )


def support_line(giver: str, member: str, stage: str, quantity: int, **changes: Any) -> SupportLine:
    """One line of support; `quantity` in base units."""
    fields: dict[str, Any] = {
        "giver_code": giver, "channel_code": None, "member_code": member, "item_id": item("MASK-IIR").pk,
        "quantity": quantity * 1000, "stage": stage, "dated_on": date(2021, 2, 1), "expected_on": None,
        "reference": f"REF-{uuid.uuid4().hex[:8]}", "need_code": None,
        "reason": {"rejected": "damaged", "missing": "lost"}.get(stage, ""), "outcome": "created",
        "sheet": "", "row": 0,
    }  # fmt: skip
    return SupportLine(**fields | changes)


def stated(lines: Sequence[SupportLine], *, by: Person, round_: Round, at: datetime = AT) -> list[Planned]:
    """Lines of support, booked."""
    with as_(by, at=at):
        return stating.state(lines, round_=round_, by=by, at=at)


def asked(
    quantity: int, *, of: str, to: Sequence[str] = (), item_code: str = "MASK-IIR", text: str = "", at: datetime = AT
) -> AssistanceRequest:
    """A request for assistance that was sent, with one line; to everyone when nobody is named."""
    by, need = approver(of), Need.objects.get(member__code=of, item__code=item_code)
    wanted = requests.Wanted(
        lines=[(need, quantity * 1000)], addressees=[party(code) for code in to], to_everyone=not to, text=text
    )
    with as_(by, at=at):
        draft = requests.save(wanted, member=party(of), by=by, at=at)
        requests.send(draft, version=1, until_on=None, by=by, at=at)
    draft.refresh_from_db()
    return draft


def answered(
    request: AssistanceRequest, *, of: str, kind: str = "unable", reason: str = "None left", at: datetime = AT
) -> RequestAnswer:
    """The first line of a request, answered in the name of a party."""
    by = person(Role.RESPONDER, of)
    with as_(by, at=at):
        said = answers.Said(kind, reason=reason)
        return answers.answer(request.lines.order_by("pk")[0], said, party=party(of), by=by, at=at)


def offered(
    quantity: int, *, of: str, to: str, item_code: str = "MASK-IIR", until: date = date(2021, 12, 31), at: datetime = AT
) -> Offer:
    """One line, offered to one member."""
    by, line = person(Role.RESPONDER, of), LineDraft(item(item_code), quantity * 1000)
    wanted = OfferDraft("supplies", Offer.Aim.MEMBER, until, [line], member=party(to))
    with as_(by, at=at):
        draft = offers.save(wanted, giver=party(of), by=by, at=at)
        return offers.offer(draft, version=1, by=by, at=at)


def accepted(made: Offer, quantity: int, *, of: str, at: datetime = AT) -> Acceptance:
    """Some of the first line of an offer, accepted by a member for its need of the item."""
    by, line = approver(of), made.lines.order_by("pk")[0]
    said = acceptance.Accepted(quantity * 1000, need=Need.objects.get(member__code=of, item=line.item))
    with as_(by, at=at):
        return acceptance.accept(line, said, member=party(of), by=by, at=at)


def declined(made: Offer, *, of: str, at: datetime = AT) -> None:
    """An offer, declined by a member."""
    by = approver(of)
    with as_(by, at=at):
        acceptance.decline(made, member=party(of), reason="No store", by=by, at=at)


def money(
    minor: int, *, of: str, to: Sequence[str] = ("WHO",), stage: str = "pledge", currency: str = "USD",
    by: Person | None = None, on: date | None = None, rate: Any = None, at: datetime = AT, **changes: Any,
) -> Flow:  # fmt: skip
    """Money of a party, stated; `minor` in the smallest units of its currency."""
    said: dict[str, Any] = {
        "destinations": [party(code) for code in to], "emergency": emergency(), "currency": currency,
        "reference": f"MONEY-{next(_numbers)}",
    }  # fmt: skip
    by = by or person(Role.RESPONDER, of)
    with as_(by, at=at):
        made, _new = flows.state(
            Money(**said | changes), stage, Amount(minor, on or at.date(), rate), source=party(of), by=by, at=at
        )
    return made


def confirmed(flow: Flow, *, of: str, at: datetime = AT) -> FlowConfirmation:
    """The first payment of a flow, confirmed by a member that it is for."""
    by = focal_point(of)
    with as_(by, at=at):
        return flow_deeds.confirm(flow.steps.filter(to_stage="paid")[0], party=party(of), by=by, at=at)


def extracted(*, of: str, to: str, at: datetime = AT) -> Extract:
    """An extract of a member's own needs that a body may see in detail, sent."""
    by, maker = focal_point(of), party(of)
    with as_(by, at=at):
        made = extracts.make(maker=maker, recipient=party(to), by=by, at=at)
        extracts.note(made, extracts.Noted("sent", at.date(), "Office", "By e-mail"), party=maker, by=by, at=at)
    return made
