"""Every state × verb × role: rounds, flash calls, releases and hold-backs, comments, items of the catalogue."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests import make
from tests.needs.test_rounds import plan
from tests.state_tables import Verb, people, walk

from unmet.access.models import Role
from unmet.access.services import ReleaseRefused
from unmet.catalogue.models import Item, Round
from unmet.needs import catalogue_items, comments, flash, releases, rounds
from unmet.needs.catalogue_changes import CatalogueRefused
from unmet.needs.comments import CommentRefused
from unmet.needs.flash import FlashRefused
from unmet.needs.models import FlashCall, Need, TechnicalComment
from unmet.needs.rounds import RoundRefused

pytestmark = pytest.mark.django_db
CHAIR, APPROVER, OWN = {"coordination"}, {"approver"}, {"focal point", "approver"}


def everybody(**more: Any) -> dict[str, Any]:
    """Coordination, the member's people and a party that helps, and those who have no part in it."""
    return people(
        **{"focal point": make.focal_point("ZMB"), "approver": make.approver("ZMB")},
        coordination=make.person(Role.COORDINATION), responder=make.person(Role.RESPONDER, "WHO"),
        **{"expired coordination": make.person(Role.COORDINATION, until=date(2021, 1, 1))}, **more,
    )  # fmt: skip


def do(service: Any, *said: Any, at: Any = make.AT, **more: Any) -> Any:
    """A service, done to a thing by a person."""

    def act(thing: Any, by: Any) -> Any:
        with make.as_(by, at=at):
            return service(thing, *said, by=by, at=at, **more)

    return act


def reached(begin: Any, *deeds: Any) -> Any:
    """What was begun, and what was done to it then: pairs of a deed and who does it."""

    def reach() -> Any:
        thing = begin()
        for deed, by in deeds:
            deed(thing, by)
        thing.refresh_from_db()
        return thing

    return reach


def test_rounds_and_flash_calls() -> None:
    make.reference()
    who = everybody()
    chair = who["coordination"]
    open_, close = do(rounds.open_round), do(rounds.close_round)
    call, end = do(flash.open_call), do(flash.end_call)

    def planned() -> Round:
        with make.as_(chair):
            return plan(chair)

    def taken() -> Round:
        """Another open round of the emergency asks about its sectors."""
        with make.as_(chair):
            open_(plan(chair, code="r10"), chair)
        return planned()

    running = reached(planned, (open_, chair), (call, chair))
    states = {
        "planned": planned, "sectors taken": taken, "open": reached(planned, (open_, chair)),
        "flash call runs": running,
        "flash call ended": reached(running, (lambda one, by: end(FlashCall.objects.get(round=one), by), chair)),
        "closed": reached(planned, (open_, chair), (close, chair)),
    }  # fmt: skip
    is_open = {"open", "flash call runs", "flash call ended"}
    verbs = {
        "open": Verb(rounds.open_round, open_, {"planned"}, CHAIR, why={"state", "overlap"}),
        "close": Verb(rounds.close_round, close, is_open, CHAIR, why={"state"}),
        "call": Verb(flash.open_call, call, is_open - {"flash call runs"}, CHAIR, why={"round", "running"}),
    }
    assert walk((RoundRefused, FlashRefused), states, verbs, who) == 6 * 3 * 13

    def called(*deeds: Any, over: bool = False) -> Any:
        def reach() -> FlashCall:
            made = FlashCall.objects.get(round=running())
            if over:
                FlashCall.objects.filter(pk=made.pk).update(
                    opened_at=make.AT - timedelta(days=4), until_at=make.AT - timedelta(days=1)
                )
            for deed in deeds:
                deed(made, chair)
            return made

        return reach

    states = {
        "runs": called(), "ended": called(end), "over": called(over=True),
        "round closed": called(lambda made, by: close(made.round, by)),
    }  # fmt: skip
    verbs = {"end": Verb(flash.end_call, end, {"runs"}, CHAIR, why={"over"})}
    assert walk(FlashRefused, states, verbs, who) == 4 * 13


def test_who_may_see_a_need() -> None:
    make.approved([make.line(quantity=5)], of="ZMB", round_=make.round_())
    who, need, zambia = everybody(), Need.objects.get(), make.party("ZMB")
    withdraw, hold = do(releases.withdraw_release), do(releases.hold_back)
    lift, approver = do(releases.lift_hold_back), who["approver"]

    def released() -> Any:
        [made] = make.released("ZMB")
        return made

    states = {
        "released": released, "withdrawn": reached(released, (withdraw, approver)),
        "held back": reached(released, (lambda _one, by: hold(need, by), approver)),
    }  # fmt: skip

    def again(_one: Any, by: Any) -> None:
        said = {"level": "figures", "audience": "everyone", "until_on": None}
        with make.as_(by):
            releases.release(member=zambia, subjects=[("need", need.uuid)], by=by, at=make.AT, **said)

    every = set(states)
    verbs = {
        "release": Verb(releases.release, again, every, APPROVER),
        "withdraw": Verb(releases.withdraw_release, withdraw, {"released", "held back"}, APPROVER),
        # Said again they change nothing.
        "hold back": Verb(releases.hold_back, lambda _one, by: hold(need, by), every, APPROVER),
        "lift": Verb(releases.lift_hold_back, lambda _one, by: lift(need, by), every, APPROVER),
    }
    assert walk(ReleaseRefused, states, verbs, who) == 3 * 4 * 13


def test_comments_beside_a_need() -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_())
    make.released("ZMB")
    who, need, helper = everybody(), Need.objects.get(), make.party("WHO")
    answer, withdraw = do(comments.answer, "Any size"), do(comments.withdraw)
    focal, responder = who["focal point"], who["responder"]

    def write(_said: Any, by: Any) -> TechnicalComment:
        with make.as_(by):
            return comments.write(need, "Which size?", party=helper, by=by, at=make.AT)

    def said() -> TechnicalComment:
        return write(None, responder)

    states = {
        "said": said, "answered": reached(said, (answer, focal)), "withdrawn": reached(said, (withdraw, responder)),
        "answered, withdrawn": reached(said, (answer, focal), (withdraw, responder)),
    }  # fmt: skip
    verbs = {
        "write": Verb(comments.write, write, set(states), {"responder"}),
        "answer": Verb(comments.answer, answer, {"said"}, OWN, why={"answered", "withdrawn"}),
        "withdraw": Verb(comments.withdraw, withdraw, {"said", "answered"}, {"responder"}, why={"withdrawn"}),
    }
    assert walk(CommentRefused, states, verbs, who) == 4 * 3 * 13


def test_items_of_the_catalogue() -> None:
    make.reference()
    who = everybody()
    chair = who["coordination"]

    def deed(service: Any, **said: Any) -> Any:
        return lambda item, by: do(service, version=item.version, **said)(item, by)

    retire = deed(catalogue_items.retire_item, successor=None, reason="Recalled")
    back = deed(catalogue_items.bring_back_item)

    def item() -> Item:
        return make.item("MASK-IIR")

    states = {
        "in use": item, "retired": reached(item, (retire, chair)),
        "brought back": reached(item, (retire, chair), (lambda _one, by: back(item(), by), chair)),
    }  # fmt: skip
    verbs = {
        "retire": Verb(catalogue_items.retire_item, retire, {"in use", "brought back"}, CHAIR, why={"retired"}),
        "bring back": Verb(catalogue_items.bring_back_item, back, {"retired"}, CHAIR, why={"in_use"}),
    }
    assert walk(CatalogueRefused, states, verbs, who) == 3 * 2 * 13
