"""Whether a giver is named in public: who says it, of what, and that the last word of the nearest thing counts."""

from datetime import date
from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.offers_desk import Desk

from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support import giver_names
from unmet.support.giver_names import NameRefused, Says
from unmet.support.models import Line

pytestmark = pytest.mark.django_db


def say(says: str, of: Any = None, *, by: Person) -> None:
    """WHO says something of its name: for all, of an offer or of a line."""
    with make.as_(by):
        if of is None:
            giver_names.say(make.party("WHO"), says, by=by, at=make.AT)
        elif isinstance(of, Line):
            giver_names.say_of_line(of, says, by=by, at=make.AT)
        else:
            giver_names.say_of_offer(of, says, by=by, at=make.AT)


def named() -> set[str]:
    """References of lines whose giver is named."""
    return set(Line.objects.filter(giver_names.named()).values_list("reference", flat=True))


def built() -> Desk:
    """WHO gives masks to Zambia by an offer, and by two lines of its own."""
    made = Desk()
    for reference in ("ONE", "TWO"):
        line = make.support_line("WHO", "ZMB", "received", 5, reference=reference, dated_on=date(2021, 1, 5))
        make.stated([line], by=made.approver, round_=made.round)
    return made


WORLD = built


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `built`."""
    return fresh


def test_the_nearest_word_counts_and_nothing_is_named_before(desk: Desk) -> None:
    offer = desk.offered()
    desk.accept(offer)
    of_offer, one = offer.code, Line.objects.get(reference="ONE")
    assert named() == set() and not giver_names.anybody()
    say("named", by=desk.giver)
    assert {*named()} >= {"ONE", "TWO"} and any(reference.startswith(of_offer) for reference in named())
    say("not_named", one, by=desk.giver)
    say("not_named", offer, by=desk.giver)
    assert named() == {"TWO"}
    say("as_all", one, by=desk.giver)
    say("named", offer, by=desk.giver)
    say("not_named", by=desk.giver)
    assert [reference[: len(of_offer)] for reference in named()] == [of_offer]
    with make.as_(desk.giver):
        assert [(row.offer, row.says) for row in giver_names.exceptions(make.party("WHO"))] == [(offer, "named")]
        assert giver_names.of_line(one) == Says.AS_ALL and giver_names.of_all(make.party("WHO")) == Says.NOT_NAMED


def test_who_hears_of_it(desk: Desk) -> None:
    before, approver = last_audit(), make.approver("WHO")
    offer, line = desk.offered(), Line.objects.get(reference="ONE")
    for by, of in ((approver, None), (desk.giver, offer), (approver, line)):
        say("named", of, by=by)
    assert events(before).count("support.giver_name") == 3
    told = Notice.objects.filter(kind__startswith="support.giver_name")
    assert not told.exclude(party__code="WHO").exists(), "its own people, and nobody else"
    assert set(told.filter(kind="support.giver_name_exception", person=desk.giver)) and (
        not told.filter(kind="support.giver_name", person=approver).exists()
    )


STATES = ("nothing", "named", "not_named", "as_all")


@pytest.mark.parametrize("state", STATES)
def test_every_word_in_every_state(desk: Desk, state: str) -> None:
    """Said again it is refused, on all three; what stands without a word is said already."""
    offer, line = desk.offered(), Line.objects.get(reference="ONE")
    for of in (None, offer, line):
        words = [word for word in STATES[1:] if of is not None or word != "as_all"]
        standing = {None: "not_named"}.get(of, "as_all") if state not in words else state
        if state in words and state != {None: "not_named"}.get(of, "as_all"):
            say(state, of, by=desk.giver)
        for word in words:
            if word == standing:
                assert refused(NameRefused, lambda of=of, word=word: say(word, of, by=desk.giver)).reason == "same"
            else:
                say(word, of, by=desk.giver)
                say(standing, of, by=desk.giver)
    with make.as_(desk.giver), pytest.raises(ValueError, match="as_all"):
        giver_names.say(make.party("WHO"), "as_all", by=desk.giver, at=make.AT)


def test_of_a_draft_and_of_what_came_of_an_offer_it_is_not_said(desk: Desk) -> None:
    draft = desk.save()
    assert refused(NameRefused, lambda: say("named", draft, by=desk.giver)).reason == "draft"
    line = desk.accept(desk.send(draft)).line
    assert refused(NameRefused, lambda: say("named", line, by=desk.giver)).reason == "of_offer"
