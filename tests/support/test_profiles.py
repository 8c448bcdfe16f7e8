"""The delivery profile: drafted, confirmed, who reads it, the contact office and its end, the tick list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, others, refused
from tests.together import at_once

from unmet.access.actors import NoActor
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.needs.models import Need
from unmet.notices.models import Notice
from unmet.support import profile_contacts as contacts
from unmet.support import profile_form as form
from unmet.support import profile_queries as queries
from unmet.support import profiles, request_queries, requests
from unmet.support.models import DeliveryAsked, DeliveryContact, DeliveryProfile, Line
from unmet.support.profiles import ProfileRefused

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")

GOODS = {
    "consignee": "Ministry of Health\nLusaka", "contact_office": "Central medical store", "delivery_point": "Lusaka",
    "airport": "Lusaka (LUN)", "incoterms": ["DAP", "CIP"], "clears": "consignee", "pays": "giver",
    "exemption": "always", "documents": "Donation certificate",
}  # fmt: skip
OFFICE = {"contact_office": "Central medical store"}


class Desk:
    """Zambia with three open needs, its people, two responders and a neighbour."""

    def __init__(self) -> None:
        self.round = make.round_(freshness_days=4000)
        lines = [make.line(quantity=1000), make.line("VENT-ICU", 20), make.line("TRAIN-IPC", 30)]
        make.approved(lines, of="ZMB", round_=self.round)
        self.zambia = make.party("ZMB")
        self.focal, self.approver = make.focal_point("ZMB"), make.approver("ZMB")
        self.who, self.unicef = make.person(Role.RESPONDER, "WHO"), make.person(Role.RESPONDER, "UNICEF")
        self.cuba = make.focal_point("CUB")

    def save(self, answers: Any = None, *, by: Any = None, at: datetime = make.AT, **read: int) -> DeliveryProfile:
        """Keep a draft."""
        by = by or self.focal
        with make.as_(by, at=at):
            return profiles.save(GOODS if answers is None else answers, member=self.zambia, by=by, at=at, **read)

    def do(self, what: str, draft: DeliveryProfile, *, by: Any = None, edits: int | None = None) -> None:
        """Confirm or discard a draft."""
        by = by or self.approver
        with make.as_(by):
            getattr(profiles, what)(draft, edits=draft.edits if edits is None else edits, by=by, at=make.AT)

    def confirmed(self, answers: Any = None, *, at: datetime = make.AT, **read: int) -> DeliveryProfile:
        """A version that others read."""
        draft = self.save(answers, at=at, **read)
        with make.as_(self.approver, at=at):
            profiles.confirm(draft, edits=draft.edits, by=self.approver, at=at)
        draft.refresh_from_db()
        return draft

    def reads(self, who: Any, *, at: datetime = make.AT) -> dict[str, Any] | None:
        """What somebody reads of what is confirmed; None where there is nothing for that person."""
        with make.as_(who, at=at):
            found = queries.confirmed(self.zambia)
            return queries.answers(found) if found and queries.may_read(self.zambia) else None

    def office(self, who: Any, *, at: datetime = make.AT) -> str | None:
        """The contact office as somebody reads it."""
        found = self.reads(who, at=at)
        return found.get("contact_office") if found else None

    def line(
        self, stage: str, quantity: int = 10, *, reference: str = "BOX-1", at: datetime = make.AT, **more: Any
    ) -> None:
        """State a stage of a line of WHO to Zambia."""
        by = {"pledged": self.who, "in_transit": self.who, "committed": self.approver}.get(stage, self.focal)
        line = make.support_line("WHO", "ZMB", stage, quantity, reference=reference, dated_on=at.date(), **more)
        make.stated([line], by=by, round_=self.round, at=at)

    def asked(self, item: str = "MASK-IIR", *, to: tuple[str, ...] = ("WHO",)) -> Any:
        """A request that was sent."""
        return make.asked(10, of="ZMB", to=to, item_code=item)

    def ready(self, request: Any, who: Any = None, *, at: datetime = make.AT) -> queries.Readiness:
        """The tick list of a request."""
        with make.as_(who or self.focal, at=at):
            return queries.readiness([request])[request.pk]


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`."""
    return fresh


def why(act: Any) -> str:
    """The reason of a refusal."""
    return refused(ProfileRefused, act).reason


# ── the form ─────────────────────────────────────────────────────────────────
def test_the_form_is_whole() -> None:
    names = [field.name for field in form.FIELDS]
    assert len(set(names)) == len(names)
    assert {field.section for field in form.FIELDS} == {section.name for section in form.SECTIONS}
    assert {section.name for section in form.SECTIONS if section.restricted} == {form.CONTACT}
    assert all(bool(field.choices) == (field.shape in ("choice", "choices")) for field in form.FIELDS)
    assert set(form.For) - {field.asked_for for field in form.FIELDS} == set(), "every kind of goods asks for something"


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("consignee", "  a\r\nb ", "a\nb"), ("airport_runway", "03200.50", "3200.5"), ("airport_runway", "", ""),
        ("voltage", "both", "both"), ("incoterms", ["DAP", "CIP", "DAP"], ["CIP", "DAP"]), ("incoterms", "", []),
        ("consignee", "x" * 1000, "x" * 1000), ("store_ultra", "0", "0"),
    ],
)  # fmt: skip
def test_a_value_is_kept_in_one_way(name: str, typed: Any, kept: Any) -> None:
    assert form.read(form.BY_NAME[name], typed) == kept


@pytest.mark.parametrize(
    ("name", "typed", "wrong"),
    [
        ("airport_runway", "-1", "number"), ("airport_runway", "NaN", "number"), ("airport_runway", "1.2345", "number"),
        ("airport_runway", "10000000", "number"), ("airport_runway", "long", "number"), ("voltage", "12", "choice"),
        ("voltage", ["both"], "choice"), ("incoterms", ["XXX"], "choice"), ("airport", "x" * 201, "too_long"),
        ("consignee", "x" * 1001, "too_long"),
    ],
)  # fmt: skip
def test_what_a_field_does_not_take_is_named(name: str, typed: Any, wrong: str) -> None:
    with pytest.raises(form.Unreadable) as caught:
        form.read(form.BY_NAME[name], typed)
    assert caught.value.wrong == wrong


# ── drafts, versions ─────────────────────────────────────────────────────────
def test_a_draft_is_kept_confirmed_and_then_never_changes(desk: Desk) -> None:
    audit = last_audit()
    draft = desk.save(GOODS | {"airport_runway": "3962", "cultural": "\u202eNo\u202c "})
    assert (draft.version, draft.edits, draft.state) == (1, 1, "draft")
    assert draft.answers["incoterms"] == ["CIP", "DAP"] and draft.answers["cultural"] == "No"
    assert "contact_office" not in draft.answers and draft.contact.answers == OFFICE
    assert desk.reads(desk.focal) is None, "nothing is confirmed"
    desk.do("confirm", draft)
    assert events(audit) == ["support.profile_saved", "support.profile_confirmed"]
    assert AuditRow.objects.latest("pk").role == Role.APPROVER
    next_one = desk.save(GOODS | {"airport": "Ndola"}, version=1, by=desk.approver)
    assert (next_one.version, next_one.edits) == (2, 1)
    assert DeliveryProfile.objects.get(version=1).answers["airport"] == "Lusaka (LUN)"
    assert desk.reads(desk.focal)["airport"] == "Lusaka (LUN)", "others read what is confirmed"
    desk.do("confirm", next_one)
    assert desk.reads(desk.focal)["airport"] == "Ndola"
    assert list(DeliveryProfile.objects.order_by("version").values_list("state", flat=True)) == ["confirmed"] * 2


def test_the_same_again_changes_nothing_and_what_is_stale_is_refused(desk: Desk) -> None:
    desk.save()
    audit = last_audit()
    assert desk.save().edits == 1 and desk.save(version=1, edits=1).edits == 1, "pressed twice"
    assert events(audit) == []
    assert desk.save(GOODS | {"airport": "Ndola"}, version=1, edits=1, by=desk.approver).edits == 2
    assert why(lambda: desk.save(GOODS | {"airport": "Livingstone"}, version=1, edits=1)) == "changed"
    assert why(lambda: desk.save({"airport": "Livingstone"})) == "changed"
    draft = DeliveryProfile.objects.get()
    assert why(lambda: desk.do("confirm", draft, edits=1)) == "changed", "the approver has read another text"
    assert why(lambda: desk.do("discard", draft, edits=1)) == "changed"
    desk.do("confirm", draft)
    assert why(lambda: desk.save({"airport": "x"}, version=1, edits=2)) == "changed", "it is no draft any more"
    assert why(lambda: desk.save({"airport": "x"})) == "changed", "another version was confirmed since"


def test_a_draft_is_discarded_and_the_confirmed_version_stands(desk: Desk) -> None:
    desk.confirmed()
    draft = desk.save(GOODS | {"airport": "Ndola"}, version=1)
    audit = last_audit()
    desk.do("discard", draft, by=desk.focal)
    assert events(audit) == ["support.profile_discarded"] and DeliveryContact.objects.count() == 1
    assert desk.reads(desk.focal)["airport"] == "Lusaka (LUN)"


# ── refusals: every state × deed × role ──────────────────────────────────────
def test_what_cannot_be_kept_names_its_field(desk: Desk) -> None:
    for answers, reason, field in (
        ({"airport": "x" * 201}, "too_long", "airport"), ({"port_draught": "deep"}, "number", "port_draught"),
        ({"voltage": "12"}, "choice", "voltage"), ({"nonsense": "x"}, "unknown", None), ({}, "nothing", None),
        ({"airport": "   ", "incoterms": []}, "nothing", None),
    ):  # fmt: skip
        error = refused(ProfileRefused, lambda answers=answers: desk.save(answers))
        assert (error.reason, error.field.name if error.field else None) == (reason, field)
    assert not DeliveryProfile.objects.exists()


def test_who_may_not(desk: Desk) -> None:
    draft = desk.save()
    for person in others():
        refused(NotAllowed, lambda person=person: desk.save(by=person))
        refused(NotAllowed, lambda person=person: desk.do("confirm", draft, by=person))
        refused(NotAllowed, lambda person=person: desk.do("discard", draft, by=person))
    refused(NotAllowed, lambda: desk.do("confirm", draft, by=desk.focal))
    refused(NoActor, lambda: profiles.save(GOODS, member=desk.zambia, by=desk.focal, at=make.AT))


@pytest.mark.parametrize("state", ["draft", "confirmed", "discarded"])
@pytest.mark.parametrize("what", ["confirm", "discard"])
def test_a_deed_comes_from_a_draft_only(desk: Desk, state: str, what: str) -> None:
    draft = desk.save()
    if state != "draft":
        desk.do("confirm" if state == "confirmed" else "discard", draft)
        draft = DeliveryProfile(pk=draft.pk or 0, member=desk.zambia, edits=1) if state == "discarded" else draft
        assert why(lambda: desk.do(what, draft, by=desk.approver)) == "not_draft"
    else:
        desk.do(what, draft, by=desk.approver)


# ── who reads it ─────────────────────────────────────────────────────────────
def test_those_asked_read_it_without_the_contact_office(desk: Desk) -> None:
    desk.confirmed()
    nobody = make.person()
    for person in (desk.who, desk.unicef, desk.cuba, nobody, make.person(Role.COORDINATION), None):
        assert desk.reads(person) is None
    request = desk.asked()
    read = desk.reads(desk.who)
    assert read is not None and read["airport"] == "Lusaka (LUN)" and "contact_office" not in read
    assert desk.office(desk.focal) == desk.office(desk.approver) == "Central medical store"
    assert [desk.reads(one) for one in (desk.unicef, desk.cuba, nobody, None)] == [None] * 4
    with make.as_(desk.approver):
        requests.close(request, by=desk.approver, at=make.AT)
    assert desk.reads(desk.who) is None, "nobody is asked any more"


def test_a_pledge_opens_nothing_and_what_the_member_accepted_opens_all(desk: Desk) -> None:
    desk.confirmed()
    desk.line("pledged")
    assert desk.reads(desk.who) is None, "the member has agreed to nothing"
    desk.line("committed", 4)
    assert desk.office(desk.who) == "Central medical store" and desk.reads(desk.unicef) is None
    desk.line("in_transit", 4)
    assert desk.office(desk.who) == "Central medical store"
    desk.line("received", 4)
    assert desk.reads(desk.who) is None, "all of it has arrived"


def test_the_channel_reads_the_contact_office_too(desk: Desk) -> None:
    desk.confirmed()
    desk.line("committed", channel_code="UNICEF")
    assert desk.office(desk.unicef) == desk.office(desk.who) == "Central medical store"
    assert desk.office(make.person(Role.RESPONDER, "WHO", until=make.AT.date() - timedelta(days=2))) is None


def test_a_draft_is_shown_to_nobody_else(desk: Desk) -> None:
    desk.confirmed()
    desk.line("committed")
    draft = desk.save(GOODS | {"contact_office": "Another office"}, version=1)
    assert desk.office(desk.who) == "Central medical store"
    with make.as_(desk.who):
        assert contacts.readable(draft) is None
    with make.as_(desk.focal):
        assert contacts.readable(draft).answers == {"contact_office": "Another office"}


# ── the end of the contact office ────────────────────────────────────────────
CLOSED = datetime(2021, 3, 31, 12, tzinfo=UTC)
GONE = datetime(2021, 9, 30, 12, tzinfo=UTC)


def arrived(desk: Desk) -> None:
    """A commitment that arrived at `CLOSED`."""
    desk.line("committed")
    desk.line("received", at=CLOSED)


def test_the_contact_office_is_not_read_six_months_after_the_last_arrival_and_then_deleted(desk: Desk) -> None:
    desk.confirmed()
    arrived(desk)
    assert desk.office(desk.focal, at=GONE - timedelta(seconds=1)) == "Central medical store"
    assert desk.office(desk.focal, at=GONE) is None, "read no more, though the job has not run"
    assert DeliveryContact.objects.get().answers == OFFICE
    audit = last_audit()
    job = Job.objects.get(handler=contacts.JOB)
    assert GONE < job.due_at <= GONE + timedelta(days=1)
    jobs.run_due(at=job.due_at)
    gone = DeliveryContact.objects.get()
    assert gone.answers == {} and gone.purged_at == job.due_at and events(audit) == ["support.contact_purged"]
    assert desk.reads(desk.focal, at=job.due_at)["airport"] == "Lusaka (LUN)", "the rest stands"


def test_all_versions_are_purged_and_what_is_stated_later_stays(desk: Desk) -> None:
    desk.confirmed()
    desk.confirmed(GOODS | {"airport": "Ndola"}, version=1)
    arrived(desk)
    assert [one.stated_at for one in DeliveryContact.objects.all()] == [make.AT] * 2, "the same words keep their moment"
    later = CLOSED + timedelta(days=100)
    desk.confirmed(GOODS | {"contact_office": "New store"}, version=2, at=later)
    assert contacts.purge(desk.zambia, at=GONE - timedelta(seconds=1)) == 0
    with make.as_(desk.focal, at=GONE):
        assert contacts.purge(desk.zambia, at=GONE) == 2
        assert contacts.purge(desk.zambia, at=GONE) == 0
    assert desk.office(desk.focal, at=GONE + timedelta(days=900)) == "New store"


def test_what_is_under_way_again_keeps_it(desk: Desk) -> None:
    desk.confirmed()
    arrived(desk)
    desk.line("committed", reference="BOX-2", at=CLOSED + timedelta(days=30))
    assert desk.office(desk.who, at=GONE + timedelta(days=60)) == "Central medical store"
    jobs.run_due(at=GONE + timedelta(days=2))
    assert DeliveryContact.objects.get().answers == OFFICE
    later = CLOSED + timedelta(days=300)
    desk.line("received", reference="BOX-2", at=later)
    jobs.run_due(at=contacts.kept_until(later) - timedelta(seconds=1))
    assert DeliveryContact.objects.get().answers == OFFICE, "six months count from the last of it"
    jobs.run_due(at=contacts.kept_until(later) + timedelta(days=1))
    assert DeliveryContact.objects.get().answers == {}


def test_without_a_contact_office_no_job_is_written(desk: Desk) -> None:
    desk.confirmed({"airport": "Lusaka"})
    arrived(desk)
    desk.line("pledged", reference="BOX-3")
    assert not Job.objects.filter(handler=contacts.JOB).exists()


# ── asked once, and who is told ──────────────────────────────────────────────
def told(person: Any, kind: str) -> int:
    """How often somebody was told of something."""
    return Notice.objects.filter(person=person, kind=kind).count()


def test_the_member_is_asked_once_and_only_after_somebody_has_answered(desk: Desk) -> None:
    first, second = desk.asked(), desk.asked("VENT-ICU")
    with make.as_(desk.focal):
        assert queries.asks_for([desk.zambia]) == []
    make.answered(first, of="WHO", kind="acknowledged", reason="")
    make.answered(second, of="WHO", kind="acknowledged", reason="")
    assert told(desk.focal, "support.profile_asked") == told(desk.approver, "support.profile_asked") == 1
    assert DeliveryAsked.objects.count() == 1
    with make.as_(desk.focal):
        assert queries.asks_for([desk.zambia, make.party("CUB")]) == [desk.zambia]
    desk.confirmed()
    with make.as_(desk.focal):
        assert queries.asks_for([desk.zambia]) == []


def test_who_has_stated_it_already_is_not_asked(desk: Desk) -> None:
    desk.confirmed()
    make.answered(desk.asked(), of="WHO")
    assert told(desk.focal, "support.profile_asked") == 0 and not DeliveryAsked.objects.exists()


def test_approvers_hear_of_a_draft_and_shippers_of_a_new_version(desk: Desk) -> None:
    draft = desk.save()
    desk.save(GOODS | {"airport": "Ndola"}, version=1, edits=1)
    assert told(desk.approver, "support.profile_drafted") == 1 and told(desk.focal, "support.profile_drafted") == 0
    draft.refresh_from_db()
    desk.do("confirm", draft)
    assert told(desk.who, "support.profile_confirmed") == 0
    desk.line("committed")
    desk.confirmed(GOODS | {"airport": "Livingstone"}, version=1)
    assert told(desk.who, "support.profile_confirmed") == 1 and told(desk.unicef, "support.profile_confirmed") == 0


# ── ready to ship ────────────────────────────────────────────────────────────
def missing(found: queries.Readiness) -> set[str]:
    """Names of the first field of everything that is not stated."""
    return {tick.fields[0].name for tick in found.ticks if not tick.done}


def test_each_kind_of_goods_asks_for_its_own_fields(desk: Desk) -> None:
    masks, ventilators, training = desk.asked(), desk.asked("VENT-ICU"), desk.asked("TRAIN-IPC")
    goods = {
        "consignee", "contact_office", "delivery_point", "airport", "incoterms", "clears", "pays", "exemption",
        "documents",
    }  # fmt: skip
    assert missing(desk.ready(masks)) == goods
    assert missing(desk.ready(ventilators)) == goods | {"voltage", "frequency", "plugs", "oxygen_fitting"}
    assert desk.ready(training).ticks == () and not desk.ready(training).ready, "a training is not shipped"
    desk.save()
    assert missing(desk.ready(masks)) == goods, "a draft readies nothing"
    desk.do("confirm", DeliveryProfile.objects.get())
    assert desk.ready(masks).ready and desk.ready(masks, desk.who).ready
    assert missing(desk.ready(ventilators)) == {"voltage", "frequency", "plugs", "oxygen_fitting"}
    with make.as_(desk.who):
        assert queries.ready(request_queries.received()) == [masks.pk]


def test_one_point_of_entry_of_three_will_do(desk: Desk) -> None:
    request = desk.asked()
    desk.confirmed({**GOODS, "airport": "", "crossing": "Chirundu"})
    assert desk.ready(request).ready


def test_a_purged_contact_office_is_missing_again(desk: Desk) -> None:
    request = desk.asked()
    desk.confirmed()
    arrived(desk)
    assert desk.ready(request, at=GONE - timedelta(seconds=1)).ready
    assert missing(desk.ready(request, at=GONE)) == {"contact_office"}


@pytest.mark.parametrize(
    ("item", "asks"),
    [
        ("VAC-C19-MRNA", {"store_ultra", "shelf_life", "label_languages", "permit"}),
        ("INSULIN-10ML", {"store_fridge", "shelf_life", "label_languages", "permit"}),
        ("PCR-MANUAL", {"store_freezer", "platforms", "shelf_life", "label_languages"}),
        ("HAND-RUB", {"dangerous"}), ("BLANKET", set()),
    ],
)  # fmt: skip
def test_flags_of_the_catalogue_decide(item: str, asks: set[str]) -> None:
    found = make.item(item)
    everything = {tick.fields[0].name for tick in form.ticks(form.wants(found.kind, found.flags), [])}
    plain = {tick.fields[0].name for tick in form.ticks({form.For.GOODS}, [])}
    assert everything - plain == asks


# ── together ─────────────────────────────────────────────────────────────────
@COMMITTED_DB
def test_of_two_who_save_or_confirm_at_once_one_wins() -> None:
    desk = Desk()
    second = make.focal_point("ZMB")
    done = at_once([lambda: desk.save(), lambda: desk.save(GOODS | {"airport": "Ndola"}, by=second)])
    assert sorted(type(one).__name__ for one in done) == ["DeliveryProfile", "ProfileRefused"]
    draft = DeliveryProfile.objects.get()
    done = at_once(
        [lambda: desk.do("confirm", draft), lambda: desk.save({"airport": "x"}, version=1, edits=1, by=second)]
    )
    assert sum(isinstance(one, ProfileRefused) for one in done) == 1
    assert Need.objects.exists() and not Line.objects.exists()


def test_a_line_that_was_withdrawn_asks_for_nothing(desk: Desk) -> None:
    request = desk.asked("VENT-ICU")
    request.lines.update(withdrawn_at=make.AT, withdrawn_why="Not needed any more")
    assert desk.ready(request).ticks == ()
