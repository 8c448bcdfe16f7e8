"""Offers: who may make, accept, decline and withdraw them; each reason; what moves in the books, and what does not."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.offers_desk import UNTIL, Desk, left, state
from tests.together import at_once

from unmet.access.actors import Actor, NoActor, acting
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.books import doctor
from unmet.books.models import Account, Entry, Movement
from unmet.catalogue.windows import end_of_day
from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.needs.models import Need
from unmet.notices.models import Notice
from unmet.support import acceptance, offer_ending, offers, profile_queries, requests, stating
from unmet.support import offer_queries as queries
from unmet.support import queries as lines
from unmet.support.lines import SupportRefused
from unmet.support.models import Acceptance, Line, Offer, OfferDecline, OfferLine, RequestAnswer
from unmet.support.offer_rules import Capacity, OfferRefused, Technology
from unmet.support.requests import RequestRefused

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")
AFTER = end_of_day(UNTIL)


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`."""
    return fresh


def seen(made: Offer, *people: Any) -> list[bool]:
    """Whether each of these people finds the offer."""
    found = []
    for person in people:
        with make.as_(person):
            found.append(queries.find(made.uuid) is not None)
    return found


# ── the draft ────────────────────────────────────────────────────────────────
def test_a_draft_is_its_givers_own_business_and_moves_nothing(desk: Desk) -> None:
    audit, entries = last_audit(), Entry.objects.count()
    draft = desk.save(desk.wanted(conditions=" By air only\r\n\u202eor sea "))
    assert (draft.state, draft.version, draft.conditions, draft.earmarking) == ("draft", 1, "By air only\nor sea", 4)
    assert (events(audit), Entry.objects.count()) == (["support.offer_saved"], entries)
    assert seen(draft, desk.giver, desk.focal, desk.approver, desk.cuban, make.person(Role.COORDINATION)) == [
        True, False, False, False, False
    ]  # fmt: skip
    refused(NotAllowed, lambda: desk.accept(draft))


def test_a_draft_is_saved_again_by_whoever_read_its_version_and_thrown_away(desk: Desk) -> None:
    draft = desk.save()
    again = desk.save(desk.wanted(desk.line(7), aim="any"), draft=draft, version=1)
    assert (again.pk, again.version, again.aim, again.earmarking, left(again)) == (draft.pk, 2, "any", 1, 7)
    assert desk.why(lambda: desk.save(draft=draft, version=1)) == "changed"
    with make.as_(desk.giver):
        offers.discard(draft, by=desk.giver, at=make.AT)
        assert desk.why(lambda: offers.discard(draft, by=desk.giver, at=make.AT)) == "changed"
    assert not OfferLine.objects.exists()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"kind": "gold"}, "kind"), ({"kind": "finance"}, "kind"), ({"aim": "moon"}, "aim"),
        ({"member": None}, "nobody"),
        ({"aim": "members"}, "nobody"), ({"members": "CUB"}, "aim"), ({"member": "WHO"}, "itself"),
        ({"member": "UNICEF"}, "not_a_member"), ({"held_until_on": date(2021, 1, 30)}, "past"),
        ({"lines": []}, "nothing"),
        ({"conditions": "x" * 4001}, "too_long"), ({"quantity": 0}, "quantity"), ({"item": "CASH-TRANSFER"}, "kind"),
        ({"kind": "capacity"}, "capacity"), ({"kind": "technology"}, "kind"), ({"need": "CUB"}, "need"),
        ({"kind": "people"}, "kind"), ({"kind": "service"}, "kind"), ({"kind": "training"}, "kind"),
        ({"item": "LICENCE-NE"}, "kind"), ({"kind": "technology", "item": "LICENCE-NE"}, "technology"),
        ({"expires_on": date(2021, 1, 30)}, "goods_expired"),
        ({"retired": True}, "item"), ({"many": True}, "too_many"),
    ],
)  # fmt: skip
def test_what_a_draft_may_not_say(desk: Desk, more: dict[str, Any], reason: str) -> None:
    line: dict[str, Any] = {"need": desk.masks}
    if "need" in more:
        line["need"] = desk.need("MASK-IIR", more.pop("need"))
    if "expires_on" in more:
        line["expires_on"] = more.pop("expires_on")
    if "quantity" in more or "item" in more:
        line |= {name: more.pop(name) for name in ("quantity", "item") if name in more} | {"need": None}
    if more.pop("retired", False):
        item = make.item("MASK-IIR")
        type(item).objects.filter(pk=item.pk).update(retired_on=date(2021, 1, 1))
    lines = [desk.line(**line)] * (51 if more.pop("many", False) else 1)
    if isinstance(more.get("member"), str):
        more["member"] = make.party(more["member"])
        lines = [desk.line()]
    if "members" in more:
        more["members"] = [make.party(more["members"])]
    if more.get("aim") == "members":
        lines = [desk.line()]
    wanted = desk.wanted(*lines, **more)
    assert desk.why(lambda: desk.save(wanted)) == reason
    assert not Offer.objects.exists()


def test_a_need_one_may_not_see_is_no_need(desk: Desk) -> None:
    make.approved([make.line("VENT-ICU", 5)], of="ZMB", round_=desk.round)
    hidden = desk.line(1, "VENT-ICU", need=desk.need("VENT-ICU"))
    assert desk.why(lambda: desk.save(desk.wanted(hidden))) == "need"
    known = desk.masks
    tents = Need.objects.create(
        member=known.member, emergency=known.emergency, words="tents", place=known.place, group=known.group
    )
    assert desk.why(lambda: desk.save(desk.wanted(desk.line(need=tents)))) == "need", "in own words: in no book yet"


# ── offering ─────────────────────────────────────────────────────────────────
def test_an_offer_to_one_need_is_a_pledge_and_nothing_more_until_it_is_accepted(desk: Desk) -> None:
    audit = last_audit()
    made = desk.offered()
    assert events(audit) == ["support.offer_saved", "support.offered"]
    assert desk.books() == {"pledged": 400, "committed": 0, "not_covered": 1000}
    line = Line.objects.get()
    assert line.reference == f"{made.code}/1" and Job.objects.get(handler="support.offer_ends").due_at == AFTER
    assert seen(made, desk.giver, desk.focal, desk.approver, desk.cuban, make.person(Role.RESPONDER, "UNICEF")) == [
        True, True, True, False, False
    ]  # fmt: skip
    assert desk.why(lambda: desk.send(made)) == "changed" and doctor.differences() == []


@pytest.mark.parametrize("aim", ["members", "any"])
def test_an_offer_to_several_or_to_any_pledges_to_nobody(desk: Desk, aim: str) -> None:
    members = [desk.zambia, desk.cuba] if aim == "members" else []
    entries = Entry.objects.count()
    made = desk.offered(desk.wanted(desk.line(), aim=aim, members=members))
    assert Entry.objects.count() == entries and not Line.objects.exists() and left(made) == 400
    malawi = make.focal_point("MWI")
    assert seen(made, desk.focal, desk.cuban, malawi, make.person(Role.COORDINATION)) == [
        True, True, aim == "any", aim == "any"
    ]  # fmt: skip
    desk.accept(made, 100)
    desk.accept(made, 250, by=desk.cuban, member=desk.cuba)
    assert desk.books() == {"pledged": 0, "committed": 100, "not_covered": 900} and left(made) == 50
    assert desk.books(desk.need("MASK-IIR", "CUB"))["committed"] == 250 and doctor.differences() == []
    with make.as_(desk.focal):
        assert [one.quantity for one in queries.acceptances(made)] == [100_000], "of others it learns nothing"
    with make.as_(desk.giver):
        assert queries.acceptances(made).count() == 2


def test_to_a_member_without_a_need_it_is_pledged_where_it_has_none(desk: Desk) -> None:
    desk.offered(desk.wanted(desk.line(3, "VENT-ICU")))
    assert Account.objects.get(kind=Account.Kind.UNASSIGNED).pledged == 3000
    desk.offered(desk.wanted(desk.line(5)))
    assert desk.books()["pledged"] == 5, "the only open need of the item"


def test_without_a_need_it_stands_where_its_item_is_asked_for_and_the_member_has_needs(desk: Desk) -> None:
    wash = make.round_("wash", of="flood", period=(date(2021, 2, 1), date(2021, 5, 1)), sectors=("WASH",))
    other = make.round_("cholera", of="cholera", period=(date(2021, 3, 1), date(2021, 5, 1)))
    assert [one.code for one in (wash, other)] == ["wash", "cholera"], "both begin later than the round of the needs"
    made = desk.offered(desk.wanted(desk.line(3, "VENT-ICU")))
    assert Line.objects.get(offered__offer_line__offer=made).round == desk.round
    make.approved([make.line(quantity=1)], of="CUB", round_=other)
    to_cuba = desk.offered(desk.wanted(desk.line(3, "VENT-ICU"), member=desk.cuba))
    assert Line.objects.get(offered__offer_line__offer=to_cuba).round == other, "the newer of two where it has needs"


def test_when_it_is_too_late_to_make_one(desk: Desk) -> None:
    draft = desk.save()
    refused(NoActor, lambda: offers.save(desk.wanted(), giver=desk.who, by=desk.giver, at=make.AT))
    assert desk.why(lambda: desk.send(draft, version=9)) == "changed"
    assert desk.why(lambda: desk.send(draft, at=AFTER)) == "past"
    Account.objects.filter(subject=desk.masks.uuid).update(closed=True)
    assert desk.why(lambda: desk.send(draft)) == "need"
    assert state(draft) == "draft" and not Line.objects.exists()


# ── accepting ────────────────────────────────────────────────────────────────
def test_accepting_part_then_the_rest(desk: Desk) -> None:
    made, audit = desk.offered(), last_audit()
    first = desk.accept(made, 150, expected_on=date(2021, 4, 1))
    assert events(audit) == ["support.offer_accepted"]
    assert desk.books() == {"pledged": 250, "committed": 150, "not_covered": 850}
    assert (state(made), left(made), first.counts_as, first.over) == ("offered", 250, None, False)
    second = desk.accept(made, 250, expected_on=date(2021, 5, 1))
    assert desk.books() == {"pledged": 0, "committed": 400, "not_covered": 600} and state(made) == "closed"
    line = Line.objects.get()
    assert first.line == second.line == line and line.expected_on == date(2021, 5, 1)
    assert (line.committed, line.account.subject) == (400_000, desk.masks.uuid) and doctor.differences() == []
    assert desk.why(lambda: desk.accept(made, 1)) == "not_offered"


def test_what_is_accepted_without_a_day_is_late_some_day(desk: Desk) -> None:
    made = desk.offered()
    first = desk.accept(made, 50)
    account = Account.objects.get(subject=desk.masks.uuid)
    assert first.expected_on == Line.objects.get().expected_on
    assert first.expected_on == max(make.AT.date() + timedelta(days=30), account.needed_by_on or make.AT.date())
    far = make.AT.date() + timedelta(days=300)
    Account.objects.filter(pk=account.pk).update(needed_by_on=far)
    assert desk.accept(made, 50).expected_on == far
    assert lines.late(Line.objects.all(), today=far + timedelta(days=1)).exists()


@pytest.mark.parametrize(
    ("quantity", "said", "reason"),
    [
        (0, {}, "quantity"), (-5, {}, "quantity"), (401, {}, "less_left"),
        (100, {"conditions_seen": False}, "conditions"),
        (100, {"need": "CUB"}, "need"), (100, {"need": "GLOVE-EXAM"}, "counts_as"),
        (100, {"need": "GLOVE-EXAM", "counts_as": 0}, "counts_as"),
        (100, {"need": "GLOVE-EXAM", "counts_as": -1}, "counts_as"),
        (100, {"need": "GLOVE-EXAM", "counts_as": 500_001}, "more_than_needed"),
        (100, {"expected_on": date(2021, 1, 1)}, "expected"),
    ],
)  # fmt: skip
def test_what_cannot_be_accepted(desk: Desk, quantity: int, said: dict[str, Any], reason: str) -> None:
    made = desk.offered(desk.wanted(conditions="By sea"))
    if said.get("need"):
        said = said | {"need": desk.need("MASK-IIR", "CUB") if said["need"] == "CUB" else desk.gloves}
    assert desk.why(lambda: desk.accept(made, quantity, **{"conditions_seen": True} | said)) == reason
    assert desk.books()["pledged"] == 400 and left(made) == 400 and not Acceptance.objects.exists()


def test_more_than_is_not_covered_only_where_the_member_says_so(desk: Desk) -> None:
    made = desk.offered(desk.wanted(desk.line(1200, need=desk.masks)))
    error = refused(OfferRefused, lambda: desk.accept(made, 1001))
    assert (error.reason, error.standing) == ("more_than_needed", 1_000_000)
    assert desk.accept(made, 1001, over=True).over
    assert desk.books() == {"pledged": 199, "committed": 1001, "not_covered": 0} and doctor.differences() == []


def test_what_is_to_be_shared_out_is_taken_for_an_open_need_and_no_more_than_it_lacks(desk: Desk) -> None:
    made = desk.offered(desk.wanted(desk.line(5000), aim="any"))
    assert desk.why(lambda: desk.accept(made, 50, need=None)) == "no_need"
    for over in (False, True):
        error = refused(OfferRefused, lambda over=over: desk.accept(made, 1001, over=over))
        assert (error.reason, error.standing) == ("beyond_need", 1_000_000)
    taken = desk.accept(made, 1000, over=True)
    assert not taken.over and desk.books()["not_covered"] == 0
    assert refused(OfferRefused, lambda: desk.accept(made, 1)).standing == 0
    kit = desk.offered(desk.wanted(desk.line(10, "GOWN-ISO"), aim="any"))
    assert desk.why(lambda: desk.accept(kit, 1, need=desk.gloves, counts_as=500_001)) == "beyond_need"
    assert desk.accept(kit, 1, need=desk.gloves, counts_as=500_000).counts_as == 500_000
    named = desk.offered(desk.wanted(desk.line(50), aim="members", members=[desk.zambia, desk.cuba]))
    assert desk.accept(named, 20, need=None), "whoever is named may keep it without a need"
    Offer.objects.filter(pk=named.pk).update(to_set="sids")
    assert desk.why(lambda: desk.accept(named, 20, need=None)) == "no_need"


def test_a_substitute_counts_as_what_the_member_says(desk: Desk) -> None:
    made = desk.offered(desk.wanted(desk.line(10, "GOWN-ISO", need=desk.masks)))
    assert desk.books()["pledged"] == 0 and Account.objects.get(kind=1).pledged == 10_000
    taken = desk.accept(made, 4, counts_as=60_000)
    assert desk.books() == {"pledged": 0, "committed": 60, "not_covered": 940}
    assert Account.objects.get(kind=1).pledged == 6_000 and left(made) == 6
    assert (taken.counts_as, taken.line.item.code) == (60_000, "MASK-IIR") and doctor.differences() == []
    without = desk.accept(made, 6, need=None)
    assert without.counts_as is None and Account.objects.get(kind=1).committed == 6_000 and state(made) == "closed"


def test_a_pledge_to_one_need_accepted_for_another_moves_there(desk: Desk) -> None:
    made = desk.offered()
    taken = desk.accept(made, 30, need=None)
    assert taken.line.account.kind == Account.Kind.UNASSIGNED and desk.books()["pledged"] == 370
    assert Account.objects.get(kind=1).committed == 30_000 and doctor.differences() == []
    assert Entry.objects.filter(movement=Movement.WITHDRAWN_SUPPORT).count() == 2, "in the own and in the public book"


def test_nothing_is_accepted_for_a_need_that_says_stop_sending(desk: Desk) -> None:
    made, asked = desk.offered(), make.asked(200, of="ZMB", to=("WHO",))
    with make.as_(desk.approver):
        requests.stop(asked, reason="The store burnt", by=desk.approver, at=make.AT)
    assert desk.why(lambda: desk.accept(made)) == "stopped"
    with make.as_(desk.approver):
        requests.lift(asked, by=desk.approver, at=make.AT)
    assert desk.accept(made)


# ── declining, withdrawing, expiring ─────────────────────────────────────────
@pytest.mark.parametrize("how", ["decline", "withdraw", "expire"])
def test_what_was_not_accepted_is_freed_and_what_was_stays(desk: Desk, how: str) -> None:
    made = desk.offered()
    desk.accept(made, 150)
    audit = last_audit()
    if how == "decline":
        desk.decline(made, reason="No store")
    elif how == "withdraw":
        desk.withdraw(made, reason="Given elsewhere")
    else:
        with acting(Actor.for_system(at=AFTER)):
            assert jobs.run_due(at=AFTER) >= 1
    ended = {"decline": "declined", "withdraw": "withdrawn", "expire": "expired"}[how]
    assert state(made) == ended and f"support.offer_{ended}" in events(audit)
    assert desk.books() == {"pledged": 0, "committed": 150, "not_covered": 850} and doctor.differences() == []
    again = {"decline": lambda: desk.decline(made), "withdraw": lambda: desk.withdraw(made),
             "accept": lambda: desk.accept(made, 1)}  # fmt: skip
    for act in again.values():
        assert desk.why(act) == ("expired" if how == "expire" and act is not again["withdraw"] else "not_offered")


def test_an_offer_past_its_day_is_expired_for_every_reader_before_the_job_runs(desk: Desk) -> None:
    made, just = desk.offered(), AFTER - timedelta(seconds=1)
    with make.as_(desk.approver, at=just):
        assert list(queries.waiting(at=just)) == [made]
        assert not offer_ending.expire(made.pk, at=just) and state(made) == "offered"
    with make.as_(desk.approver, at=AFTER):
        assert not queries.waiting(at=AFTER).exists()
    for act in (lambda: desk.accept(made, at=AFTER), lambda: desk.decline(made, at=AFTER),
                lambda: desk.withdraw(made, at=AFTER)):  # fmt: skip
        assert desk.why(act) == "expired"
    assert desk.accept(made, at=just)
    with acting(Actor.for_system(at=AFTER)):
        assert offer_ending.expire(made.pk, at=AFTER) and not offer_ending.expire(made.pk, at=AFTER)


def test_one_member_of_a_set_declines_and_the_others_go_on(desk: Desk) -> None:
    made = desk.offered(desk.wanted(desk.line(), aim="members", members=[desk.zambia, desk.cuba]))
    desk.decline(made)
    assert desk.why(lambda: desk.decline(made)) == desk.why(lambda: desk.accept(made)) == "already_declined"
    assert state(made) == "offered" and desk.accept(made, by=desk.cuban, member=desk.cuba)
    with make.as_(desk.approver):
        assert queries.accepting(made) == [] and list(queries.waiting(at=make.AT)) == []


# ── lines of support that came of an offer ───────────────────────────────────
def test_such_a_line_is_pledged_accepted_and_taken_back_with_its_offer_alone(desk: Desk) -> None:
    made = desk.offered()
    line = Line.objects.get()
    for by, stage in ((desk.giver, "pledged"), (desk.giver, "allocated"), (desk.approver, "committed"),
                      (desk.focal, "committed")):  # fmt: skip
        said = make.support_line("WHO", "ZMB", stage, 10, reference=line.reference)
        error = refused(SupportRefused, lambda by=by, said=said: make.stated([said], by=by, round_=desk.round))
        assert error.reason == "of_offer"
    with make.as_(desk.giver):
        error = refused(SupportRefused, lambda: stating.withdraw(line, by=desk.giver, at=make.AT))
    assert error.reason == "of_offer"
    desk.accept(made, 100)
    sent = make.support_line("WHO", "ZMB", "in_transit", 40, reference=line.reference)
    make.stated([sent], by=desk.giver, round_=desk.round)
    got = make.support_line("WHO", "ZMB", "received", 40, reference=line.reference)
    make.stated([got], by=desk.focal, round_=desk.round)
    desk.accept(made, 300)
    line.refresh_from_db()
    assert (line.pledged, line.committed, line.received) == (0, 360_000, 40_000) and doctor.differences() == []


def test_a_reference_that_the_giver_uses_already_is_left_alone(desk: Desk) -> None:
    draft = desk.save()
    taken = make.support_line("WHO", "ZMB", "pledged", 7, reference=f"{draft.code}/1")
    make.stated([taken], by=desk.giver, round_=desk.round)
    desk.send(draft)
    assert set(Line.objects.values_list("reference", "pledged")) == {
        (f"{draft.code}/1", 7000), (f"{draft.code}/2", 400_000)
    }  # fmt: skip


def test_an_offer_to_a_line_of_a_request_answers_it(desk: Desk) -> None:
    asked = make.asked(500, of="ZMB", to=("WHO",))
    line = asked.lines.get()
    part = desk.offered(desk.wanted(desk.line(400, need=desk.masks, request_line=line)))
    answer = RequestAnswer.objects.get()
    assert (answer.kind, answer.quantity, answer.party.code) == ("part", 400_000, "WHO") and state(part) == "offered"
    desk.offered(desk.wanted(desk.line(100, need=desk.masks, request_line=line)))
    assert RequestAnswer.objects.latest("pk").kind == "full"
    assert desk.why(lambda: desk.save(desk.wanted(desk.line(1, request_line=line)))) == "request"
    with make.as_(desk.approver):
        requests.stop(asked, reason="Full", by=desk.approver, at=make.AT)
    draft = desk.save(desk.wanted(desk.line(300, need=desk.masks, request_line=line)))
    assert refused(RequestRefused, lambda: desk.send(draft)).reason == "stopped" and state(draft) == "draft"
    with make.as_(desk.approver):
        requests.close(asked, by=desk.approver, at=make.AT)
    assert desk.send(draft).state == "offered", "a request that asks nobody needs no answer"


# ── capacity, technology, money ──────────────────────────────────────────────
def test_capacity_is_accepted_and_commits_nothing_until_it_is_offered_as_supplies(desk: Desk) -> None:
    capacity = Capacity(50_000, date(2021, 3, 1), "Two lines only")
    for aim in ("member", "any"):
        made = desk.offered(desk.wanted(desk.line(need=desk.masks if aim == "member" else None, capacity=capacity),
                                        kind="capacity", aim=aim))  # fmt: skip
        assert made.lines.get().capacity.bottleneck == "Two lines only"
        taken = desk.accept(made, 150, expected_on=date(2021, 5, 1))
        assert left(made) == 250 and taken.line.expected_on is None, "nothing of it can be late"
        assert desk.books() == {"pledged": 250 if aim == "member" else 0, "committed": 0, "not_covered": 1000}
        desk.withdraw(made)
        assert desk.books()["pledged"] == 0 and doctor.differences() == []
    assert not Line.objects.filter(committed__gt=0).exists()


def test_technology_moves_forward_and_no_further_than_its_acceptance(desk: Desk) -> None:
    technology = Technology("mRNA vaccine", "A pool", "Africa", "Royalty-free", date(2030, 1, 1))
    licence = desk.line(1, "LICENCE-NE", technology=technology)
    assert desk.why(lambda: desk.save(desk.wanted(replace(licence, item=make.item("VAC-C19-VV")), kind="technology")))
    made = desk.offered(desk.wanted(licence, kind="technology"))
    line = made.lines.get()

    def said(stage: str) -> str:
        audit = last_audit()
        try:
            with make.as_(desk.giver):
                offers.advance(line, stage=stage, by=desk.giver, at=make.AT)
        except OfferRefused as error:
            assert events(audit) == []
            return str(error.reason)
        return ""

    assert [said(stage) for stage in ("negotiating", "signed", "nonsense")] == ["", "nobody_accepted", "order"]
    desk.accept(made, 1, need=None)
    steps = [said(stage) for stage in ("signed", "negotiating", "signed", "first_batch")]
    assert steps == ["", "order", "order", ""], "accepted in whole it goes on"
    line.technology.refresh_from_db()
    assert line.technology.stage == "first_batch"


def test_money_is_pledged_as_money(desk: Desk) -> None:
    money = desk.offered(desk.wanted(desk.line(100_000, "CASH-TRANSFER"), kind="finance"))
    assert Account.objects.get(item__code="CASH-TRANSFER").pledged == 100_000_000 and left(money) == 100_000


def test_goods_that_expire_while_the_draft_waits_are_not_offered(desk: Desk) -> None:
    good = desk.line(need=desk.masks, expires_on=date(2021, 3, 1))
    draft = desk.save(desk.wanted(good))
    later = end_of_day(date(2021, 3, 2))
    assert desk.why(lambda: desk.send(draft, at=later)) == "goods_expired" and state(draft) == "draft"


# ── what the database itself refuses ─────────────────────────────────────────
def test_the_database_refuses_more_than_is_offered_and_keeps_what_was_accepted(desk: Desk) -> None:
    made = desk.offered()
    taken, declined = desk.accept(made), None
    other = desk.offered()
    declined = desk.decline(other)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferLine.objects.filter(offer=made).update(accepted=400_001)
    for row in (taken, declined):
        for act in (lambda row=row: type(row).objects.filter(pk=row.pk).update(member=desk.cuba),
                    lambda row=row: type(row).objects.filter(pk=row.pk).delete()):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
    assert OfferDecline.objects.count() == Acceptance.objects.count() == 1


# ── together ─────────────────────────────────────────────────────────────────
@COMMITTED_DB
def test_two_who_press_at_once_overcommit_neither_the_offer_nor_the_need() -> None:
    desk = Desk()
    second = make.approver("ZMB")
    made = desk.offered()
    done = at_once([lambda: desk.accept(made, 300), lambda: desk.accept(made, 300, by=second)])
    assert sorted(getattr(one, "reason", "") for one in done) == ["", "less_left"]
    assert desk.books() == {"pledged": 100, "committed": 300, "not_covered": 700}
    more = [desk.offered(desk.wanted(desk.line(700, need=desk.masks))) for _ in range(2)]
    done = at_once([lambda: desk.accept(more[0], 600), lambda: desk.accept(more[1], 600, by=second)])
    assert sorted(getattr(one, "reason", "") for one in done) == ["", "more_than_needed"]
    done = at_once([lambda: desk.accept(made, 100), lambda: desk.withdraw(made), lambda: desk.decline(made, by=second)])
    won = [position for position, one in enumerate(done) if not isinstance(one, Exception)]
    assert len(won) >= 1 and state(made) in {"closed", "withdrawn", "declined"}
    committed = 900 + 100 * (not isinstance(done[0], Exception))
    assert desk.books()["committed"] == committed and doctor.differences() == []
    assert desk.books()["pledged"] == 1400 - 600


def test_whoever_is_party_to_nothing_sees_no_offer(desk: Desk) -> None:
    made = desk.offered(desk.wanted(desk.line(), aim="any"))
    assert (
        seen(made, make.person(), make.person(Role.OPERATOR), make.person(Role.RESPONDER, "UNICEF"), None)
        == [False] * 4
    )
    assert acceptance.is_for(made, desk.zambia, at=make.AT) and not acceptance.is_for(made, desk.who, at=make.AT)


def test_whoever_accepts_goods_is_asked_once_how_it_takes_delivery(desk: Desk) -> None:
    made = desk.offered()
    for quantity in (100, 50):
        desk.accept(made, quantity)
    asked = list(Notice.objects.filter(kind="support.profile_asked").values_list("person", flat=True))
    assert desk.focal.pk in asked and desk.giver.pk not in asked and len(asked) == len(set(asked)), "once"
    with make.as_(desk.focal):
        assert profile_queries.asks_for([desk.zambia, desk.cuba]) == [desk.zambia]
