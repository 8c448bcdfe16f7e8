"""The demonstration: what it holds, and that it is marked."""

from datetime import date

from django.test import TestCase
from django.utils import timezone

from unmet.access.actors import Actor, acting
from unmet.books import doctor
from unmet.books.models import Account
from unmet.catalogue.models import Round
from unmet.config import demonstration
from unmet.figures import given
from unmet.figures.totals import Scope, total
from unmet.needs.models import Return, Statement
from unmet.parties.models import Party, Person
from unmet.support import flow_queries, offer_queries
from unmet.support.models import (
    AcceptanceProposal,
    AssistanceRequest,
    Consignment,
    Flow,
    ReceiptLine,
    RequestAnswer,
)


class TheDemonstration(TestCase):
    """Loaded once for all of these."""

    @classmethod
    def setUpTestData(cls):
        demonstration.load()

    def test_rounds_have_their_codes_and_states(self):
        assert dict(Round.objects.values_list("code", "state")) == {"covid-19-2020": "closed", "covid-19-2021": "open"}

    def test_two_members_show_all_44_items_of_the_method_and_the_calculation_behind_each(self):
        for code in ("AFG", "NGA"):
            rows = Statement.objects.filter(need__member__code=code, round__code="covid-19-2020")
            assert rows.count() == 44
            assert all(row.calculation and row.calculated == row.requested == row.approved for row in rows)
            assert "not stated by the member" in rows[0].remark

    def test_every_member_has_its_vaccine_need_and_namibia_is_there(self):
        accounts = Account.objects.filter(item__code=demonstration.VACCINE, kind=0, closed=False, public=True)
        members = Party.objects.members(on=date(2021, 2, 10)).values_list("code", flat=True)
        assert set(accounts.values_list("member__code", flat=True)) == set(members) and len(members) == 120
        assert accounts.filter(member__code="NAM").exists()

    def test_what_covax_allocated_is_booked_as_allocated_and_lowers_no_gap(self):
        item = Account.objects.filter(item__code=demonstration.VACCINE).values_list("item_id", flat=True)[0]
        for code, doses in (("GTM", 847_200), ("HND", 496_800)):
            sums = total(Scope(member=Party.objects.get(code=code).pk, item=item))
            assert sums["allocated"] == doses * 1000 and sums["not_covered"] == sums["approved"] > 0

    def test_one_full_return_for_each_domain(self):
        invented = Statement.objects.filter(
            need__member__code__in=("ZMB", "HND", "ETH"), in_return__note__startswith="Invented"
        )
        domains = set(invented.values_list("need__item__sector__domain", flat=True))
        assert domains == {"medical", "social", "humanitarian"}

    def test_some_givers_show_their_name_and_others_do_not(self):
        received = given.public(given.Wanted())
        codes = dict(Party.objects.values_list("pk", "code"))
        named = {codes[band.giver] for band in received if band.giver}
        assert named and named <= {"UNICEF", "WHO"} and any(not band.giver and band.received for band in received)

    def test_every_stage_of_support_occurs_and_the_books_are_right(self):
        sums = total(Scope(round=Round.objects.get(code="covid-19-2020").pk), goods=False)
        for stage in ("received", "rejected", "missing"):
            assert Account.objects.filter(**{f"{stage}__gt": 0}).exists(), stage
        assert sums is not None and doctor.differences() == []

    def test_two_people_stand_behind_every_return(self):
        assert not any(return_.decided_by_id == return_.submitted_by_id for return_ in Return.objects.all())

    def test_requests_for_assistance_occur_and_say_that_they_are_invented(self):
        kinds = set(RequestAnswer.objects.values_list("kind", flat=True))
        assert {"acknowledged", "review", "part", "referred", "unable"} <= kinds
        texts = set(AssistanceRequest.objects.values_list("state", "to_everyone", "text"))
        assert texts == {
            ("sent", False, "Invented for the demonstration."),
            ("sent", True, "Invented for the demonstration."),
        }

    def test_a_proposal_about_an_offer_waits_and_its_offer_and_office_say_that_it_is_invented(self):
        proposal = AcceptanceProposal.objects.get()
        assert (proposal.state, proposal.member.code, proposal.offer.giver.code) == ("proposed", "ETH", "WHO")
        assert proposal.offer.conditions.startswith("Invented for the demonstration.")
        assert proposal.by.office.endswith("demonstration")
        approver = Person.objects.get(email="approver@eth.demonstration.invalid")
        with acting(Actor.of(approver, at=timezone.now(), via="console")):
            assert list(offer_queries.proposals(at=timezone.now())) == [proposal]

    def test_consignments_occur_in_three_states_and_say_that_they_are_invented(self):
        # What no consignment held has one without a waybill once it is received.
        boxes = Consignment.objects.exclude(waybill="").order_by("pk")
        assert [(box.member.code, box.state, box.held_why) for box in boxes] == [
            ("HND", "received", ""), ("ZMB", "held", "permit"), ("ZMB", "dispatched", ""),
        ]  # fmt: skip
        assert all(box.waybill.startswith("DEMO-") and box.carrier_name.startswith("Invented") for box in boxes)
        short = ReceiptLine.objects.get(line__consignment__in=boxes)
        assert (short.rejected_why, short.missing_why) == ("damaged", "short") and "Invented" in short.text
        today = timezone.now().date()
        assert all(box.dispatched_on < today for box in boxes) and boxes[2].expected_on > today

    def test_public_money_is_a_cited_fact_and_the_rest_says_that_it_is_invented(self):
        shown = flow_queries.public()
        assert [(flow.source.code, flow.committed_cents, flow.paid_cents) for flow in shown] == [
            ("AZE", 500_000_000, 0), ("AZE", 500_000_000, 0),
        ]  # fmt: skip
        assert all(flow.fact_source.startswith("https://") and flow.boundary == "outgoing" for flow in shown)
        others = Flow.objects.filter(public_at=None)
        assert set(others.values_list("text", flat=True)) == {"Invented for the demonstration."}
