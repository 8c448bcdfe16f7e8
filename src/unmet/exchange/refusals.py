"""Every refusal of a service as a sentence for the person who is refused: what it was, and what to do.

The pages of the desk and the API say the same words.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unmet.access.services import ReleaseRefused
from unmet.books.services import BelowZero, LaterRoundHolds
from unmet.exchange import request_refusals
from unmet.exchange.download import number_text
from unmet.exchange.import_report import CountsDiffer
from unmet.exchange.receipts_import import ReceiptsChanged
from unmet.exchange.table import FileRefused
from unmet.files.services import TooLarge
from unmet.needs import countersign, letter_offices, letters
from unmet.needs import services as needs
from unmet.support.lines import SupportRefused
from unmet.support.receipt_lookup import NothingSent
from unmet.support.requests import RequestRefused

REFUSED: Final = (
    BelowZero, CountsDiffer, FileRefused, LaterRoundHolds, NothingSent, ReceiptsChanged, ReleaseRefused, RequestRefused,
    SupportRefused, TooLarge,
    needs.DraftChanged, needs.LineRefused, needs.NotAMember, needs.NothingSaid, needs.NotYoursToApprove,
    needs.OpenNeedsStand, needs.ReasonMissing, needs.ReturnChanged, needs.RoundNotOpen,
    needs.ScanNotYours, countersign.CodeUnknown,
    letter_offices.OfficeRefused, letters.ProposalChanged, letters.ProposalDecided,
)  # fmt: skip


def sentence(refused: Exception, *, shown: Callable[[int], str] = lambda of: number_text(Decimal(of) / 1000)) -> str:
    """Why nothing was done, and what to do, in the reader's language. `shown` writes a quantity of thousandths."""
    if isinstance(refused, FileRefused):
        return refused.sentence
    if isinstance(refused, TooLarge):
        return _("The file is larger than %(megabytes)s MB. Send only the sheet with the table, or split it.") % {
            "megabytes": refused.limit // 1_000_000
        }
    if isinstance(refused, needs.OpenNeedsStand):
        return ngettext(
            "%(count)s need of this emergency is still open. End it by stating 0; then you can report nothing.",
            "%(count)s needs of this emergency are still open. End each by stating 0; then you can report nothing.",
            refused.count,
        ) % {"count": refused.count}
    if isinstance(refused, needs.LineRefused):
        return _line(refused.reason)
    if isinstance(refused, letter_offices.OfficeRefused):
        return _office(refused.reason)
    if isinstance(refused, ReleaseRefused):
        return _release(refused.reason)
    if isinstance(refused, SupportRefused):
        return _support(refused, shown)
    if isinstance(refused, RequestRefused):
        return request_refusals.sentence(refused)
    return _plain(refused)


def _plain(refused: Exception) -> str:
    sentences = {
        needs.RoundNotOpen: _("This round takes no returns now: its window has not begun or has ended."),
        needs.NotAMember: _("This party is not a member today, so it states no needs here. It can give support."),
        needs.NothingSaid: _("There is no line to send. Write at least one line, or report that there is nothing."),
        needs.NotYoursToApprove: _(
            "This return does not wait for you: it was decided already, or you entered lines of it. "
            "Who entered a return cannot approve it."
        ),
        needs.ReturnChanged: _("Somebody sent a newer version while this page was open. Please read it again."),
        needs.ReasonMissing: _("Please write why: a changed quantity and a return sent back need a reason."),
        letters.ProposalChanged: _("A colleague saved these lines while your page was open. Nothing was overwritten."),
        letters.ProposalDecided: _("This letter was proposed, adopted, left aside or withdrawn meanwhile."),
        needs.ScanNotYours: _(
            "This scan cannot be confirmed by you: it is of another version, or you attached it yourself. "
            "Who attached a signed print cannot confirm it."
        ),
        countersign.CodeUnknown: _(
            "This code is not that of the version that waits. Look at the foot of the signed page; after a change, "
            "print and sign it again."
        ),
        needs.DraftChanged: _("A colleague saved this draft while your page was open. Nothing was overwritten."),
        LaterRoundHolds: _(
            "A later round has taken some of these needs on, so they can no longer be stated for this round. "
            "State them in the later round."
        ),
        NothingSent: _("Nothing was packed for this member yet, so there is nothing to receive."),
        ReceiptsChanged: _(
            "Somebody stated something about these consignments while the table was being checked. Nothing was "
            "written; read the page again."
        ),
        BelowZero: _("More would be taken away than stands there. Please read the page again."),
        CountsDiffer: _("The rows read back were not the rows sent, so nothing was written. Please tell the operator."),
    }
    return sentences[type(refused)]


def _line(reason: str) -> str:
    sentences = {
        "sector": _("One line is of a sector that this round does not ask about. State it in a round that does."),
        "twice": _("The same item, place and group stands in two lines. Keep one line with the whole quantity."),
        "words": _("One line names no item: its words have neither a letter nor a digit. Write what is needed."),
    }
    return sentences.get(reason, _("One line names a place or a group that is not known. Please correct it."))


def _office(reason: str) -> str:
    sentences = {
        "past": _("The last day has passed, or it was revoked already. Choose a later day."),
        "own_party": _("Your own people type returns themselves. Choose another party."),
        "coordination": _("Coordination may take in letters already. Choose another party."),
    }
    return sentences[reason]


def _release(reason: str) -> str:
    sentences = {
        "past": _("The last day has passed already. Choose a later day, or none."),
        "no_party": _("Choose at least one party, or another audience."),
        "own_party": _("Your own people see everything already. Choose other parties."),
        "nothing": _("Choose at least one sector or need."),
        "withdrawn": _("This permission was withdrawn already."),
    }
    return sentences[reason]


def _support(refused: SupportRefused, shown: Callable[[int], str]) -> str:
    sentences = {
        "not_yours": _(
            "You may not state this stage. Givers state pledges, allocations and transit; the member states what it "
            "accepts and receives."
        ),
        "own_giver": _("A party cannot give to itself."),
        "unknown_need": _("This is not an open need of this member and item. Choose another, or none."),
        "other_member": _("This reference is already known for another member. Give the line a reference of its own."),
        "reference_taken": _(
            "This reference cannot be used for this line. Ask the giver which reference it is, or give the line a "
            "reference of its own."
        ),
        "other_quantity": _(
            "This reference was stated before at the same stage with another quantity, %(standing)s. "
            "Give a new consignment a reference of its own."
        ),
        "received_before": _(
            "%(standing)s of this line was stated at this stage before. What arrived later, or otherwise, is stated on "
            "the page of the line; a wrong number is corrected by a new receipt."
        ),
        "reason": _("Please write why it was rejected or is missing."),
        "future": _("This day has not come yet. Write the day on which it happened."),
        "more_than_stands": _("That is more than stands there, which is %(standing)s. Correct the quantity."),
        "not_accepted": _("Nothing of this line is accepted by the member yet, so it cannot be on its way."),
        "of_offer": _(
            "This line came of an offer, so it is pledged, accepted and taken back with the offer. Open the offer."
        ),
        "in_consignment": _(
            "%(standing)s of this line is in a consignment. Its own page states what becomes of it and what arrived."
        ),
        "quantity": _("Write a quantity above zero."),
        "why": _("Please write why: the other side reads it."),
        "too_long": _("The text is too long. Shorten it."),
        "changed": _(
            "Something of this line was accepted, taken back or sent meanwhile, perhaps by yourself in another window. "
            "Please read it again."
        ),
        "stopped": _("A request of your party says stop sending for this need. Let sending go on first."),
        "more_than_needed": _(
            "This is more than is not covered, which is %(standing)s. Take less, choose another need, or tick that you "
            "want more."
        ),
        "sending_stopped": _(
            "The member says stop sending for this need. Ask it before you send, or say that you mean it."
        ),
        "sending_paused": _("The member lets this need wait. Ask it before you send, or say that you mean it."),
        "already_proposed": _("A proposal for this line was made or decided already. Please read the page again."),
    }
    return sentences[refused.reason] % {"standing": shown(refused.standing)}
