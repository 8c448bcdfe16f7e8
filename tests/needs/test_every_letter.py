"""Every state × verb × role: letters that somebody else types, own words, drafts, prints, files and first answers."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests import make
from tests.files import samples
from tests.needs import test_letters as letters_desk
from tests.needs import test_picking as picking_desk
from tests.needs.test_every_round import do, everybody, reached
from tests.state_tables import Verb, walk

from unmet.files.models import Attachment
from unmet.needs import attachments, countersign, drafts, first, letter_offices, letters, picking, rounds
from unmet.needs import services as needs
from unmet.needs.attachments import NotAttached, ReturnDecided
from unmet.needs.countersign import CodeUnknown
from unmet.needs.drafts import DraftChanged
from unmet.needs.first import AnswerChanged, Said
from unmet.needs.letter_offices import OfficeRefused
from unmet.needs.letters import ProposalChanged, ProposalDecided
from unmet.needs.models import Draft, FirstAnswer, Proposal, Return
from unmet.needs.picking import PickRefused
from unmet.needs.services import NotYoursToApprove, RoundNotOpen

pytestmark = pytest.mark.django_db
OWN, APPROVER, OFFICE = {"focal point", "approver"}, {"approver"}, {"coordination"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """A folder of this test."""
    settings.MEDIA_ROOT = tmp_path


# ── letters ──────────────────────────────────────────────────────────────────
def test_letters() -> None:
    make.round_()
    who = everybody()
    chair, focal, approver = who["coordination"], who["focal point"], who["approver"]
    lines = [make.line()]

    def typed() -> Proposal:
        return letters_desk.begun(chair)

    def save(letter: Proposal, by: Any) -> None:
        do(letters.save, [letters_desk.ROW], answers={}, version=letter.version)(letter, by)

    def close(letter: Proposal, _by: Any) -> None:
        do(rounds.close_round)(letter.round, chair)

    propose, withdraw = do(letters.propose, lines, rows=[letters_desk.ROW]), do(letters.withdraw)
    adopt, ignore = do(letters.adopt), do(letters.ignore, reason="")
    after_all, sent = do(letters.adopt, after_all=True), (propose, chair)

    def discard(letter: Proposal, by: Any) -> None:
        do(drafts.discard_draft)(Draft.objects.get(proposals=letter), by)

    states = {
        "typed": typed, "proposed": reached(typed, sent), "withdrawn": reached(typed, (withdraw, chair)),
        "adopted": reached(typed, sent, (adopt, focal)), "left aside": reached(typed, sent, (ignore, focal)),
        "adopted after all": reached(typed, sent, (ignore, focal), (after_all, approver)),
        "waits again": reached(typed, sent, (adopt, focal), (discard, focal)),
        "round closed": reached(typed, sent, (close, chair)),
    }  # fmt: skip
    waits = {"proposed", "waits again"}
    verbs = {
        "save": Verb(letters.save, save, {"typed"}, OFFICE),
        "propose": Verb(letters.propose, propose, {"typed"}, OFFICE),
        "withdraw": Verb(letters.withdraw, withdraw, waits | {"typed", "round closed"}, OFFICE),
        "adopt": Verb(letters.adopt, adopt, waits, OWN),
        "adopt after all": Verb(letters.adopt, after_all, {"left aside"}, OWN),
        "leave aside": Verb(letters.ignore, ignore, waits | {"round closed"}, OWN),
    }
    assert walk((ProposalDecided, ProposalChanged, RoundNotOpen), states, verbs, who) == 8 * 6 * 13


def test_offices_and_the_letters_they_begin() -> None:
    make.round_()
    who, zambia, until = everybody(), make.party("ZMB"), date(2021, 6, 30)
    approver, unicef = who["approver"], make.party("WHO")
    revoke = do(letter_offices.revoke_office)

    def name(_named: Any, by: Any) -> Any:
        with make.as_(by):
            return letter_offices.name_office(member=zambia, office=unicef, until_on=until, by=by, at=make.AT)

    def named() -> Any:
        return name(None, approver)

    def begin(_named: Any, by: Any) -> None:
        letters_desk.begun(by, office="WHO")

    states = {
        "named": named, "revoked": reached(named, (revoke, approver)), "named anew": reached(named, (name, approver)),
    }  # fmt: skip
    verbs = {
        "name": Verb(letter_offices.name_office, name, set(states), APPROVER),
        "revoke": Verb(letter_offices.revoke_office, revoke, {"named"}, APPROVER, why={"past"}),
        "begin a letter": Verb(letters.begin, begin, {"named", "named anew"}, {"responder"}, {"revoked"}),
    }
    assert walk(OfficeRefused, states, verbs, who) == 3 * 3 * 13


# ── own words ────────────────────────────────────────────────────────────────
def test_items_proposed_for_own_words() -> None:
    world = picking_desk.World()
    world.release()
    who = everybody()
    statement, word, mask = world.statement(), world.word(), make.item("MASK-IIR")
    decline = do(picking.decline, reason="Not this one")

    def propose(_proposal: Any, by: Any) -> Any:
        return do(picking.propose, mask, note="")(world.need, by)

    def confirm(_proposal: Any, by: Any) -> None:
        world.confirm(statement=statement, by=by, word=word)

    def approved(_proposal: Any, by: Any) -> None:
        confirm(_proposal, by)
        world.approve(Return.objects.get(submitted_by=by, state="submitted"))

    focal = who["focal point"]
    states = {
        "proposed": world.propose, "declined": reached(world.propose, (decline, focal)),
        "replaced": reached(world.propose, (propose, who["coordination"])),
        "confirmed": reached(world.propose, (confirm, focal)), "approved": reached(world.propose, (approved, focal)),
    }  # fmt: skip
    open_ = {"proposed", "declined", "replaced"}
    verbs = {
        "propose again": Verb(picking.propose, propose, open_, OFFICE, why={"ended"}),
        "decline": Verb(picking.decline, decline, {"proposed"}, OWN, why={"decided"}),
        "confirm": Verb(picking.confirm, confirm, open_, OWN, why={"ended"}),
    }
    assert walk(PickRefused, states, verbs, who) == 5 * 3 * 13


# ── drafts ───────────────────────────────────────────────────────────────────
def test_drafts() -> None:
    round_, who = make.round_(), everybody()
    focal, approver, zambia = who["focal point"], who["approver"], make.party("ZMB")
    discard = do(drafts.discard_draft)

    def save(draft: Draft | None, by: Any) -> Draft:
        version = None if draft is None else draft.version
        with make.as_(by):
            rows = [letters_desk.ROW]
            return drafts.save_draft(rows, member=zambia, round_=round_, by=by, at=make.AT, version=version)

    def kept() -> Draft:
        return save(None, focal)

    def stale() -> Draft:
        """A draft as somebody read it before a colleague saved another version."""
        draft = kept()
        save(Draft.objects.get(), approver)
        return draft

    states = {"kept": kept, "saved again": reached(kept, (save, approver)), "saved since": stale}
    verbs = {
        "save": Verb(drafts.save_draft, save, {"kept", "saved again"}, OWN),
        "discard": Verb(drafts.discard_draft, lambda draft, by: discard(Draft.objects.get(), by), set(states), OWN),
    }
    assert walk(DraftChanged, states, verbs, who) == 3 * 2 * 13


# ── what belongs to a return ─────────────────────────────────────────────────
def test_prints_and_files_of_a_return() -> None:
    round_, who = make.round_(), everybody()
    focal, approver = who["focal point"], who["approver"]

    def submitted() -> Return:
        made = make.submitted([make.line()], of="ZMB", round_=round_, by=focal)
        do(countersign.make)(made, focal)
        attach(made, focal)
        return made

    def attach(return_: Return, by: Any) -> Attachment:
        with make.as_(by):
            return attachments.attach(return_, [samples.PDF], name="a.pdf", kind="letter", by=by, at=make.AT)

    def take_back(return_: Return, by: Any) -> None:
        with make.as_(by):
            attachments.take_back(Attachment.objects.get(subject=return_.uuid, kind="letter"), by=by, at=make.AT)

    def signed(return_: Return, by: Any) -> None:
        code = return_.prints.latest("pk").code
        with make.as_(by):
            countersign.attach(return_, [samples.PDF], code=code, name="signed.pdf", by=by, at=make.AT)

    def submit(return_: Return, by: Any) -> None:
        said = {"member": return_.member, "round_": return_.round, "by": by, "at": make.AT}
        with make.as_(by):
            needs.submit([make.line(quantity=7)], **said)

    states = {
        "submitted": submitted, "file taken back": reached(submitted, (take_back, focal)),
        "approved": reached(submitted, (do(needs.approve, revision=1), approver)),
        "sent back": reached(submitted, (do(needs.send_back, revision=1, comment="Again"), approver)),
        "withdrawn": reached(submitted, (do(needs.withdraw), focal)),
    }  # fmt: skip
    waits, open_ = {"submitted", "file taken back"}, {"submitted", "file taken back", "sent back"}
    verbs = {
        "submit again": Verb(needs.submit, submit, set(states), OWN),
        "print": Verb(countersign.make, do(countersign.make), waits, OWN),
        "attach the signed print": Verb(countersign.attach, signed, waits, OWN),
        "attach": Verb(attachments.attach, attach, open_, OWN),
        "take a file back": Verb(attachments.take_back, take_back, open_ - {"file taken back"}, OWN),
    }
    errors = (NotYoursToApprove, CodeUnknown, ReturnDecided, NotAttached)
    assert walk(errors, states, verbs, who) == 5 * 5 * 13


# ── first answers ────────────────────────────────────────────────────────────
def test_first_answers() -> None:
    who, zambia, emergency = everybody(), make.party("ZMB"), make.emergency()
    question, focal = "seen_by", who["focal point"]

    def give(choice: str, by: Any, seen: int | None) -> FirstAnswer:
        said = {"member": zambia, "emergency": emergency, "by": by, "at": make.AT, "seen": seen}
        with make.as_(by):
            return first.answer(question, Said(choice), **said)

    def given() -> FirstAnswer:
        return give("nobody", focal, None)

    def since() -> FirstAnswer:
        """What somebody read before a colleague said otherwise."""
        read = given()
        give("members", focal, read.pk)
        return read

    states = {"given": given, "said otherwise since": since}
    verbs = {
        "answer": Verb(first.answer, lambda read, by: give("everyone", by, read.pk), {"given"}, OWN),
        "still so": Verb(first.still_so, do(first.still_so), {"given"}, OWN),
    }
    assert walk(AnswerChanged, states, verbs, who) == 2 * 2 * 13
