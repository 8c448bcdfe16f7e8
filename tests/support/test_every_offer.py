"""Every state × verb × role: offers, what a focal point proposes about them, and how far a technology has come."""

from datetime import date
from typing import Any, cast

import pytest
from tests import make
from tests.state_tables import Verb, people, walk
from tests.support.offers_desk import Desk
from tests.support.test_acceptance_proposals import Proposing

from unmet.access.actors import Actor, acting
from unmet.access.models import Role
from unmet.support import acceptance, acceptance_proposals, giver_names, offer_ending, offers
from unmet.support.giver_names import NameRefused
from unmet.support.models import AcceptanceProposal, Offer, OfferLine, OfferTechnology
from unmet.support.offer_rules import OfferRefused, Technology

pytestmark = pytest.mark.django_db
GIVER = {"responder of the giver", "approver of the giver", "focal point of the giver"}
OWN, APPROVER = {"focal point", "approver"}, {"approver"}
ENDED = {"not_offered", "expired"}


def everybody(desk: Desk) -> dict[str, Any]:
    """Both sides in all their roles, and those who have no part in it."""
    return people(
        **{"responder of the giver": desk.giver, "approver of the giver": make.approver("WHO")},
        **{"focal point of the giver": make.focal_point("WHO"), "focal point": desk.focal, "approver": desk.approver},
        coordination=make.person(Role.COORDINATION),
    )


def past(made: Offer) -> Offer:
    """The same offer after its last day, before any worker has come."""
    Offer.objects.filter(pk=made.pk).update(ends_at=make.AT)
    made.refresh_from_db()
    return made


def expired(made: Offer) -> Offer:
    """The worker has come."""
    with acting(Actor.for_system(at=make.AT)):
        assert offer_ending.expire(past(made).pk, at=make.AT)
    return made


def only(made: Offer) -> OfferLine:
    """The only line of an offer, as it was when its state was reached; asked for once."""
    kept = vars(made)
    if "_only" not in kept:
        kept["_only"] = made.lines.get()
    return cast(OfferLine, kept["_only"])


# ── offers ───────────────────────────────────────────────────────────────────
def test_offers() -> None:
    desk = Proposing()
    to_two = desk.wanted(desk.line(), aim="members", members=[desk.zambia, desk.cuba])
    to_any, for_zambia, for_cuba = desk.wanted(desk.line(), aim="any"), desk.masks, desk.need("MASK-IIR", "CUB")

    def then(act: Any, *said: Any, of: Any = None, **more: Any) -> Any:
        def reach() -> Offer:
            made = desk.offered(of)
            act(made, *said, **more)
            return made

        return reach

    def act(service: Any, *said: Any, **more: Any) -> Any:
        def done(made: Offer, by: Any) -> None:
            with make.as_(by):
                service(made, *said, by=by, at=make.AT, **more)

        return done

    def of_line(service: Any, quantity: int, **more: Any) -> Any:
        """Of the only line; 0 is all that is left."""

        def done(made: Offer, by: Any) -> None:
            line = only(made)
            service(line, quantity or line.left // 1000 or 1, by=by, **{"need": for_zambia} | more)

        return done

    zambia, cuba = {"member": desk.zambia, "reason": ""}, {"member": desk.cuba, "reason": ""}
    states = {
        "draft": desk.save, "offered": desk.offered, "accepted in part": then(desk.accept, 1),
        "accepted in full": then(desk.accept, 400), "declined": then(desk.decline), "withdrawn": then(desk.withdraw),
        "expired": then(expired), "past its day": then(past), "to two members": lambda: desk.offered(to_two),
        "declined by one of two": then(desk.decline, of=to_two), "to any": lambda: desk.offered(to_any),
    }  # fmt: skip
    draft, shared = {"draft"}, {"to two members", "declined by one of two", "to any"}
    stands, of_one = {"offered", "accepted in part", "to two members", "to any"}, set(states) - shared
    ended, changed, another = ENDED | {"already_declined"}, {"changed"}, {"approver of another"}
    verbs = {
        "save": Verb(
            offers.save, lambda made, by: desk.save(to_any, draft=made, version=made.version, by=by), draft, GIVER,
            why=changed,
        ),
        "discard": Verb(offers.discard, act(offers.discard), draft, GIVER, why=changed),
        "offer": Verb(offers.offer, act(offers.offer, version=1), draft, GIVER, why=changed),
        "withdraw": Verb(
            offer_ending.withdraw, act(offer_ending.withdraw, reason=""), stands | {"declined by one of two"}, GIVER,
            why=ENDED,
        ),
        "accept part": Verb(acceptance.accept, of_line(desk.accept, 1), stands, APPROVER, draft, ended),
        "accept all that is left": Verb(acceptance.accept, of_line(desk.accept, 0), stands, APPROVER, draft, ended),
        "accept as a substitute": Verb(
            acceptance.accept, of_line(desk.accept, 5, need=desk.gloves, counts_as=500), stands, APPROVER, draft, ended
        ),
        "decline": Verb(acceptance.decline, act(acceptance.decline, **zambia), stands, APPROVER, draft, ended),
        "accept for Cuba": Verb(
            acceptance.accept, of_line(desk.accept, 1, need=for_cuba, member=desk.cuba), shared, another, of_one
        ),
        "decline for Cuba": Verb(acceptance.decline, act(acceptance.decline, **cuba), shared, another, of_one),
        "propose": Verb(acceptance_proposals.propose, of_line(desk.propose, 7), stands, OWN, draft, ended),
        "propose to decline": Verb(
            acceptance_proposals.propose_decline, act(acceptance_proposals.propose_decline, **zambia), stands, OWN,
            draft, ended,
        ),
        "name the giver": Verb(
            giver_names.say_of_offer, act(giver_names.say_of_offer, "named"), set(states) - draft,
            GIVER - {"focal point of the giver"}, why=draft,
        ),
    }  # fmt: skip
    assert walk((OfferRefused, NameRefused), states, verbs, everybody(desk)) == 11 * 13 * 14


# ── what a focal point proposes ──────────────────────────────────────────────
def test_proposals_about_an_offer() -> None:
    desk = Proposing()

    def then(act: Any) -> Any:
        def reach() -> AcceptanceProposal:
            proposal = desk.propose(desk.offered())
            act(proposal)
            proposal.refresh_from_db()
            return proposal

        return reach

    def of_offer(act: Any) -> Any:
        return then(lambda proposal: act(proposal.offer))

    def take(quantity: int) -> Any:
        return lambda proposal, by: desk.take(proposal, by=by, quantity=quantity)

    states = {
        "waiting": then(lambda proposal: None), "taken": then(desk.take), "sent back": then(desk.send_back),
        "taken back": then(desk.take_back),
        "replaced": then(lambda proposal: desk.propose(proposal.offer, 50)), "withdrawn": of_offer(desk.withdraw),
        "declined": of_offer(desk.decline), "closed": of_offer(lambda made: desk.accept(made, 400)),
        "expired": of_offer(expired), "past its day": of_offer(past),
    }  # fmt: skip
    over = {"withdrawn", "declined", "closed", "expired", "past its day"}
    why, again = ENDED | {"proposal"}, {"proposed_already"} | ENDED
    verbs = {
        "accept it": Verb(acceptance.accept, take(100), {"waiting"}, APPROVER, why=why),
        "accept less": Verb(acceptance.accept, take(30), {"waiting"}, APPROVER, why=why),
        "send it back": Verb(
            acceptance_proposals.send_back, lambda proposal, by: desk.send_back(proposal, by=by), {"waiting"}, APPROVER,
            why=why,
        ),
        "take it back": Verb(
            acceptance_proposals.take_back, lambda proposal, by: desk.take_back(proposal, by=by), {"waiting"},
            {"focal point"}, why=why,
        ),
        "propose the same": Verb(
            acceptance_proposals.propose, lambda proposal, by: desk.propose(proposal.offer_line, by=by),
            set(states) - over - {"waiting"}, OWN, why=again,
        ),
        "propose more": Verb(
            acceptance_proposals.propose, lambda proposal, by: desk.propose(proposal.offer_line, 120, by=by),
            set(states) - over, OWN, why=ENDED,
        ),
    }  # fmt: skip
    assert walk(OfferRefused, states, verbs, everybody(desk)) == 10 * 6 * 14


# ── technology ───────────────────────────────────────────────────────────────
def test_how_far_a_technology_has_come() -> None:
    desk = Desk()
    licence = desk.line(1, "LICENCE-NE", technology=Technology("mRNA vaccine", "A pool", until_on=date(2030, 1, 1)))
    wanted = desk.wanted(licence, kind="technology")
    stages = list(OfferTechnology.Stage.values)

    def move(made: Offer, stage: str, by: Any) -> None:
        with make.as_(by):
            offers.advance(only(made), stage=stage, by=by, at=make.AT)

    def reached(stage: str, *ends: Any, accepted: bool = False) -> Any:
        def reach() -> Offer:
            made = desk.offered(wanted)
            for act in ((lambda made: desk.accept(made, 1, need=None),) if accepted else ()) + ends:
                act(made)
            if stage != "asked":
                move(made, stage, desk.giver)
            return made

        return reach

    states = {
        "draft": lambda: desk.save(wanted), "asked": reached("asked"), "negotiating": reached("negotiating"),
        "withdrawn": reached("asked", desk.withdraw), "past its day": reached("asked", past),
        **{f"accepted, {stage}": reached(stage, accepted=True) for stage in stages},
        "accepted, past its day": reached("asked", past, accepted=True),
    }  # fmt: skip
    # To how many of the stages it may still go, in each state.
    first = {"asked": {"negotiating"}, "accepted, past its day": set(stages[1:])}
    onward = first | {f"accepted, {stage}": set(stages[at + 1 :]) for at, stage in enumerate(stages)}
    why = {"order", "not_offered", "nobody_accepted"}
    verbs = {
        stage: Verb(
            offers.advance, lambda made, by, stage=stage: move(made, stage, by),
            {state for state, to in onward.items() if stage in to}, GIVER, why=why,
        )
        for stage in stages
    }  # fmt: skip
    assert walk(OfferRefused, states, verbs, everybody(desk)) == 11 * 5 * 14
