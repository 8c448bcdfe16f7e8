"""Everything that people are told of: the closed list of kinds, and the sentences of each.

A notice keeps codes and numbers. Here they become whole sentences, in the language that is active, when somebody reads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from unmet.catalogue.models import Item, Round
from unmet.notices.models import Group
from unmet.parties.models import Party

# Which names of `data` hold the code of what; everything else in it is a number.
_PARTIES: Final = ("member", "party")
_ROUND, _ITEM = "round", "item"


@dataclass(frozen=True, slots=True)
class Names:
    """Parties, rounds and items by code, read at once for many notices."""

    parties: Mapping[str, Party] = field(default_factory=dict)
    rounds: Mapping[str, Round] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Iterable[Mapping[str, Any]]) -> "Names":
        """The names behind the codes in the data of some notices."""
        codes: dict[str, set[str]] = {"party": set(), _ROUND: set(), _ITEM: set()}
        for data in told:
            for name, value in data.items():
                kind = "party" if name in _PARTIES else name
                if kind in codes:
                    codes[kind].add(str(value))
        return cls(_by_code(Party, codes["party"]), _by_code(Round, codes[_ROUND]), _by_code(Item, codes[_ITEM]))

    def word(self, name: str, value: Any) -> Any:
        """A name in words where it stands for a code; else as it is. A code whose row is gone stands for itself."""
        rows: Mapping[str, Any] = {_ROUND: self.rounds, _ITEM: self.items}.get(name, {})
        row = (self.parties if name in _PARTIES else rows).get(value)
        return row.name if row is not None else value


def _by_code(model: type[Any], codes: set[str]) -> dict[str, Any]:
    found: Iterable[Any] = model.objects.filter(code__in=codes) if codes else ()
    return {row.code: row for row in found}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the group in which people choose how to be told; what a letter about it is called; what it says.

    `needs` are the names that its data holds, all of them and no others: the placeholders of `says`.
    """

    group: Group
    needs: frozenset[str]
    subject: Any
    says: Any


def _kind(group: Group, needs: str, subject: Any, says: Any) -> Kind:
    return Kind(group, frozenset(needs.split()), subject, says)


KINDS: Final[dict[str, Kind]] = {
    # ── returns ──────────────────────────────────────────────────────────────
    "needs.submitted": _kind(
        Group.WAITING, "member round version", _("A return waits for your approval"),
        _("%(member)s: version %(version)s of the return for %(round)s waits for your approval."),
    ),
    "needs.sent_back": _kind(
        Group.OUTCOME, "member round version", _("Your return was sent back"),
        _(
            "%(member)s: the approver sent version %(version)s of the return for %(round)s back. "
            "Please read the comment and correct it."
        ),
    ),
    "needs.approved": _kind(
        Group.OUTCOME, "member round version", _("Your return is approved"),
        _("%(member)s: version %(version)s of the return for %(round)s is approved."),
    ),
    "needs.approved_changed": _kind(
        Group.OUTCOME, "member round version changed", _("Your return is approved with other quantities"),
        ngettext_lazy(
            "%(member)s: version %(version)s of the return for %(round)s is approved. "
            "The approver changed the quantity of %(changed)s line.",
            "%(member)s: version %(version)s of the return for %(round)s is approved. "
            "The approver changed the quantity of %(changed)s lines.",
            "changed",
        ),
    ),
    "needs.lapsing_in_two_weeks": _kind(
        Group.WAITING, "member round needs", _("Needs lapse in two weeks"),
        ngettext_lazy(
            "%(member)s: %(needs)s need stated for %(round)s lapses in two weeks unless it is confirmed.",
            "%(member)s: %(needs)s needs stated for %(round)s lapse in two weeks unless they are confirmed.",
            "needs",
        ),
    ),
    "needs.lapsing_in_days": _kind(
        Group.WAITING, "member round needs", _("Needs lapse in three days"),
        ngettext_lazy(
            "%(member)s: %(needs)s need stated for %(round)s lapses in three days unless it is confirmed.",
            "%(member)s: %(needs)s needs stated for %(round)s lapse in three days unless they are confirmed.",
            "needs",
        ),
    ),
    "needs.lapsing_soon": _kind(
        Group.WAITING, "member round needs", _("Needs lapse soon"),
        ngettext_lazy(
            "%(member)s: %(needs)s need stated for %(round)s lapses soon unless it is confirmed.",
            "%(member)s: %(needs)s needs stated for %(round)s lapse soon unless they are confirmed.",
            "needs",
        ),
    ),
    "needs.paused": _kind(
        Group.OUTCOME, "member item", _("A need was paused"),
        _("%(member)s: the need for %(item)s is paused. It counts in no total until an approver resumes it."),
    ),
    "needs.resumed": _kind(
        Group.OUTCOME, "member item", _("A need stands again"),
        _("%(member)s: the need for %(item)s stands again and counts in the totals."),
    ),
    "needs.covered_nationally": _kind(
        Group.OUTCOME, "member item", _("A need was ended"),
        _("%(member)s: the need for %(item)s was ended, because the member covers it itself."),
    ),
    "needs.duplicate": _kind(
        Group.OUTCOME, "member item", _("A need was ended"),
        _("%(member)s: the need for %(item)s was ended, because it is the same as another need."),
    ),
    # ── letters ──────────────────────────────────────────────────────────────
    "needs.letter_proposed": _kind(
        Group.WAITING, "member party round", _("A letter was typed for you to decide on"),
        _("%(party)s typed a letter of %(member)s for %(round)s. Please adopt it or leave it aside."),
    ),
    "needs.letter_adopted": _kind(
        Group.OUTCOME, "member party round", _("A letter that your office typed was adopted"),
        _("%(member)s adopted the letter that %(party)s typed for %(round)s."),
    ),
    "needs.letter_ignored": _kind(
        Group.OUTCOME, "member party round", _("A letter that your office typed was left aside"),
        _("%(member)s left aside the letter that %(party)s typed for %(round)s."),
    ),
    # ── flash rounds, comments ───────────────────────────────────────────────
    "needs.flash_called": _kind(
        Group.WAITING, "round lines hours", _("Your most urgent lines are asked for"),
        ngettext_lazy(
            "A flash round runs in %(round)s. Please send your most urgent lines, at most %(lines)s, "
            "within %(hours)s hour.",
            "A flash round runs in %(round)s. Please send your most urgent lines, at most %(lines)s, "
            "within %(hours)s hours.",
            "hours",
        ),
    ),
    "needs.commented": _kind(
        Group.COMMENTS, "member party item", _("A comment beside one of your lines"),
        _("%(party)s says something about a line of %(member)s: %(item)s."),
    ),
    "needs.comment_answered": _kind(
        Group.COMMENTS, "member party item", _("Your comment was answered"),
        _("%(member)s answered what %(party)s said about a line: %(item)s."),
    ),
    # ── support: to the member's people ──────────────────────────────────────
    "support.pledged": _kind(
        Group.SUPPORT, "member party lines", _("Support was pledged"),
        ngettext_lazy(
            "%(party)s pledged support to %(member)s: %(lines)s line.",
            "%(party)s pledged support to %(member)s: %(lines)s lines.", "lines",
        ),
    ),
    "support.allocated": _kind(
        Group.SUPPORT, "member party lines", _("Support was allocated"),
        ngettext_lazy(
            "%(party)s allocated support to %(member)s: %(lines)s line.",
            "%(party)s allocated support to %(member)s: %(lines)s lines.", "lines",
        ),
    ),
    "support.in_transit": _kind(
        Group.SUPPORT, "member party lines", _("Support is on its way"),
        ngettext_lazy(
            "%(party)s states that support to %(member)s is on its way: %(lines)s line.",
            "%(party)s states that support to %(member)s is on its way: %(lines)s lines.", "lines",
        ),
    ),
    "support.over_covered": _kind(
        Group.WAITING, "member item", _("More is on its way than is needed now"),
        _(
            "%(member)s: more %(item)s is committed, in transit or received than is approved now. "
            "Nothing is cancelled by itself: please agree with those who give what becomes of the rest."
        ),
    ),
    "support.over_covered_given": _kind(
        Group.WAITING, "member item", _("A member needs less than you send"),
        _(
            "%(member)s now needs less %(item)s than is committed, in transit or received, and part of it is yours. "
            "Nothing is cancelled by itself: please ask the member before more is sent."
        ),
    ),
    "support.withdrawn": _kind(
        Group.SUPPORT, "member party", _("Support was taken back"),
        _("%(party)s took back support to %(member)s that was not accepted yet."),
    ),
    "support.taken_back_by_giver": _kind(
        Group.SUPPORT, "member party", _("Part of a commitment was taken back"),
        _(
            "%(party)s took back support to %(member)s that was accepted and not sent. "
            "It covers nothing any more; the line says how much it is and why."
        ),
    ),
    "support.taken_back_by_member": _kind(
        Group.SUPPORT, "member party", _("Part of a commitment was taken back"),
        _(
            "%(member)s takes some of what it had accepted of %(party)s no more. Please do not send it; "
            "the line says how much it is and why."
        ),
    ),
    "support.proposed": _kind(
        Group.WAITING, "member party lines", _("Support waits for you to accept it"),
        ngettext_lazy(
            "%(member)s: accepting support of %(party)s is proposed and waits for your decision: %(lines)s line.",
            "%(member)s: accepting support of %(party)s is proposed and waits for your decision: %(lines)s lines.",
            "lines",
        ),
    ),
    "support.proposal_accepted": _kind(
        Group.OUTCOME, "member party", _("The support you proposed to accept is accepted"),
        _("%(member)s: the approver accepted support of %(party)s as you proposed."),
    ),
    "support.proposal_declined": _kind(
        Group.OUTCOME, "member party", _("The support you proposed to accept is not accepted"),
        _("%(member)s: the approver did not accept support of %(party)s as you proposed."),
    ),
    "support.proposal_taken_back": _kind(
        Group.OUTCOME, "member party", _("A proposal to accept support was taken back"),
        _("%(member)s: that support of %(party)s be accepted was proposed to you and is taken back. Nothing waits."),
    ),
    # ── support: to the giver's people ───────────────────────────────────────
    "support.committed": _kind(
        Group.SUPPORT, "member party lines", _("Support was accepted"),
        ngettext_lazy(
            "%(member)s accepted support of %(party)s: %(lines)s line.",
            "%(member)s accepted support of %(party)s: %(lines)s lines.", "lines",
        ),
    ),
    "support.received": _kind(
        Group.SUPPORT, "member party lines", _("Support arrived"),
        ngettext_lazy(
            "%(member)s states that support of %(party)s arrived: %(lines)s line.",
            "%(member)s states that support of %(party)s arrived: %(lines)s lines.", "lines",
        ),
    ),
    "support.rejected": _kind(
        Group.SUPPORT, "member party lines", _("Support was rejected on arrival"),
        ngettext_lazy(
            "%(member)s states that it rejected support of %(party)s on arrival: %(lines)s line.",
            "%(member)s states that it rejected support of %(party)s on arrival: %(lines)s lines.", "lines",
        ),
    ),
    "support.missing": _kind(
        Group.SUPPORT, "member party lines", _("Support is missing"),
        ngettext_lazy(
            "%(member)s states that support of %(party)s is missing: %(lines)s line.",
            "%(member)s states that support of %(party)s is missing: %(lines)s lines.", "lines",
        ),
    ),
    # ── consignments ─────────────────────────────────────────────────────────
    "support.consignment_sent": _kind(
        Group.SUPPORT, "member party lines", _("A consignment is on its way"),
        ngettext_lazy(
            "%(party)s states that a consignment to %(member)s is on its way: %(lines)s line.",
            "%(party)s states that a consignment to %(member)s is on its way: %(lines)s lines.", "lines",
        ),
    ),
    "support.consignment_at_port": _kind(
        Group.SUPPORT, "member party", _("A consignment is at the port of entry"),
        _("%(party)s states that a consignment to %(member)s is at the port of entry."),
    ),
    "support.consignment_held": _kind(
        Group.SUPPORT, "member party", _("A consignment is held"),
        _("%(party)s states that a consignment to %(member)s is held. The page says why."),
    ),
    "support.consignment_cleared": _kind(
        Group.SUPPORT, "member party", _("A consignment is cleared"),
        _("%(party)s states that a consignment to %(member)s is cleared."),
    ),
    "support.consignment_goes_on": _kind(
        Group.SUPPORT, "member party", _("A consignment goes on after a hold"),
        _("%(party)s states that a consignment to %(member)s is held no more and goes on."),
    ),
    "support.consignment_expected": _kind(
        Group.SUPPORT, "member party", _("A consignment is expected on another day"),
        _("%(party)s states another day on which a consignment to %(member)s is expected. The page says why."),
    ),
    "support.consignment_waybill": _kind(
        Group.SUPPORT, "member party", _("The waybill of a consignment was corrected"),
        _("%(party)s corrected the waybill of a consignment to %(member)s. The page has the new number."),
    ),
    "support.consignment_ended": _kind(
        Group.SUPPORT, "member party", _("A consignment will not arrive"),
        _("%(party)s states that a consignment to %(member)s will not arrive. The page says why."),
    ),
    "support.consignment_received": _kind(
        Group.SUPPORT, "member", _("A consignment was received"),
        _("%(member)s states what arrived of a consignment. The page has the certificate of receipt."),
    ),
    "support.receipt_corrected": _kind(
        Group.SUPPORT, "member", _("A receipt was corrected"),
        _("%(member)s corrected the receipt of a consignment. The page shows the newest."),
    ),
    # ── requests for assistance ──────────────────────────────────────────────
    "support.request_sent": _kind(
        Group.WAITING, "member lines", _("A request for assistance asks you"),
        ngettext_lazy(
            "%(member)s asks you for assistance: %(lines)s line waits for your answer.",
            "%(member)s asks you for assistance: %(lines)s lines wait for your answer.", "lines",
        ),
    ),
    "support.request_answered": _kind(
        Group.SUPPORT, "member party lines", _("Your request for assistance has an answer"),
        ngettext_lazy(
            "%(party)s answered %(lines)s line of the request of %(member)s.",
            "%(party)s answered %(lines)s lines of the request of %(member)s.", "lines",
        ),
    ),
    "support.request_stopped": _kind(
        Group.WAITING, "member", _("Stop sending for a request"),
        _("%(member)s asks you not to send for its request. The page says why."),
    ),
    "support.sending_stopped": _kind(
        Group.WAITING, "member", _("Stop sending for a need"),
        _("%(member)s asks you not to send for a need that you could ship for. The page says why."),
    ),
    "support.request_lifted": _kind(
        Group.WAITING, "member", _("A request asks again"),
        _("%(member)s lets sending for its request go on."),
    ),
    "support.sending_lifted": _kind(
        Group.WAITING, "member", _("Sending may go on"),
        _("%(member)s lets sending go on for a need that you could ship for."),
    ),
    "support.need_paused": _kind(
        Group.WAITING, "member", _("A need waits"),
        _("%(member)s lets a need wait that you could ship for. Please ask the member before you send."),
    ),
    "support.need_resumed": _kind(
        Group.WAITING, "member", _("A need that waited stands again"),
        _("%(member)s lets a need stand again that you could ship for."),
    ),
    "support.request_withdrawn": _kind(
        Group.OUTCOME, "member", _("A request was withdrawn"),
        _("%(member)s withdrew its request for assistance. Nothing is asked of you any more."),
    ),
    "support.request_line_withdrawn": _kind(
        Group.OUTCOME, "member item", _("A line of a request was withdrawn"),
        _("%(member)s withdrew the line for %(item)s of its request for assistance. The other lines still ask."),
    ),
    "support.request_closed": _kind(
        Group.OUTCOME, "member", _("A request was closed"),
        _("%(member)s closed its request for assistance. Nothing is asked of you any more."),
    ),
    "access.appointment_ended": _kind(
        Group.OUTCOME, "party", _("Your appointment has ended"),
        _("Your appointment for %(party)s was ended. If this is a mistake, write to an approver of that party."),
    ),
    "access.appointment_of_another_ended": _kind(
        Group.OUTCOME, "party", _("An appointment of your party has ended"),
        _("An appointment for %(party)s was ended. The list of its people shows who speaks for it now."),
    ),
    # ── what somebody follows ────────────────────────────────────────────────
    "follow.need_stated": _kind(
        Group.FOLLOWED, "member item", _("A need you follow is stated again"),
        _("%(member)s states again what it needs: %(item)s."),
    ),
    "follow.need_revised": _kind(
        Group.FOLLOWED, "member item", _("A need you follow was revised"),
        _("%(member)s revised how much it needs: %(item)s."),
    ),
    "follow.need_ended": _kind(
        Group.FOLLOWED, "member item", _("A need you follow has ended"),
        _("%(member)s does not need it any more: %(item)s."),
    ),
    "follow.need_lapsed": _kind(
        Group.FOLLOWED, "member item", _("A need you follow has lapsed"),
        _("A need of %(member)s was not confirmed in time and stands as last stated: %(item)s."),
    ),
    "follow.need_set_aside": _kind(
        Group.FOLLOWED, "member item", _("A need you follow is set aside"),
        _("%(member)s set a need aside; it stands as last stated: %(item)s."),
    ),
    "follow.need_covered": _kind(
        Group.FOLLOWED, "member item", _("More of a need you follow is covered"),
        _("More of what %(member)s needs is covered: %(item)s."),
    ),
    "follow.need_less_covered": _kind(
        Group.FOLLOWED, "member item", _("Less of a need you follow is covered"),
        _("Less of what %(member)s needs is covered than before: %(item)s."),
    ),
    "follow.need_received": _kind(
        Group.FOLLOWED, "member item", _("Something arrived for a need you follow"),
        _("%(member)s states that something arrived: %(item)s."),
    ),
    "follow.need_met": _kind(
        Group.FOLLOWED, "member item", _("A need you follow is met"),
        _("A need of %(member)s is met: %(item)s."),
    ),
    "follow.commented": _kind(
        Group.FOLLOWED, "member party item", _("A comment beside a need you follow"),
        _("%(party)s says something about a need of %(member)s: %(item)s."),
    ),
    "follow.item_stated": _kind(
        Group.FOLLOWED, "member item", _("A new need of an item you follow"),
        _("%(member)s states a need of an item you follow: %(item)s."),
    ),
    "follow.item_changed": _kind(
        Group.FOLLOWED, "member item", _("Something changed about an item you follow"),
        _("What %(member)s needs, or what is covered of it, changed: %(item)s."),
    ),
    "follow.request_sent": _kind(
        Group.FOLLOWED, "member", _("A new request for assistance"), _("%(member)s asks for assistance."),
    ),
    "follow.request_stopped": _kind(
        Group.FOLLOWED, "member", _("Stop sending for a request you follow"),
        _("%(member)s asks not to send for a request that you follow. The page says why."),
    ),
    "follow.request_lifted": _kind(
        Group.FOLLOWED, "member", _("A request you follow asks again"),
        _("%(member)s lets sending for a request that you follow go on."),
    ),
    "follow.request_line_withdrawn": _kind(
        Group.FOLLOWED, "member item", _("A line of a request you follow was withdrawn"),
        _("%(member)s withdrew the line for %(item)s of a request for assistance that you follow."),
    ),
    "follow.request_withdrawn": _kind(
        Group.FOLLOWED, "member", _("A request you follow was withdrawn"),
        _("%(member)s withdrew a request for assistance that you follow."),
    ),
    "follow.request_closed": _kind(
        Group.FOLLOWED, "member", _("A request you follow was closed"),
        _("%(member)s closed a request for assistance that you follow."),
    ),
    # ── delivery profiles ────────────────────────────────────────────────────
    "support.profile_asked": _kind(
        Group.WAITING, "member", _("Your delivery profile is asked for"),
        _("Others are ready to help %(member)s. Please say once how you take delivery, so that they can ship."),
    ),
    "support.profile_drafted": _kind(
        Group.WAITING, "member version", _("A delivery profile waits for you to confirm it"),
        _("%(member)s: version %(version)s of the delivery profile is drafted. Others read it once you confirm it."),
    ),
    "support.profile_confirmed": _kind(
        Group.SUPPORT, "member version", _("A delivery profile has changed"),
        _("%(member)s confirmed version %(version)s of its delivery profile. You have support under way to it."),
    ),
    # ── offers ───────────────────────────────────────────────────────────────
    "support.offered": _kind(
        Group.WAITING, "party lines", _("You are offered something"),
        ngettext_lazy(
            "%(party)s offers you something: %(lines)s line. Read its conditions, and accept or decline it.",
            "%(party)s offers you something: %(lines)s lines. Read its conditions, and accept or decline them.",
            "lines",
        ),
    ),
    "support.offer_accepted": _kind(
        Group.SUPPORT, "member party", _("Your offer was accepted"),
        _("%(member)s accepted an offer of %(party)s. The page says how much."),
    ),
    "support.offer_declined": _kind(
        Group.SUPPORT, "member party", _("Your offer was declined"),
        _("%(member)s declined what is left of an offer of %(party)s."),
    ),
    "support.offer_withdrawn": _kind(
        Group.SUPPORT, "party", _("An offer was withdrawn"),
        _("%(party)s withdrew what is left of an offer. What was accepted stays accepted."),
    ),
    "support.offer_expired": _kind(
        Group.SUPPORT, "party", _("An offer expired"),
        _("The last day of an offer of %(party)s has passed. What was accepted stays accepted."),
    ),
    "support.own_offer_expired": _kind(
        Group.SUPPORT, "party", _("Your offer expired"),
        _("The last day of an offer of %(party)s has passed. What nobody accepted is held no longer."),
    ),
    "support.acceptance_proposed": _kind(
        Group.WAITING, "member party", _("A proposal to accept an offer waits for you"),
        _("%(member)s: it is proposed to accept some of an offer of %(party)s. Accept it, change it or send it back."),
    ),
    "support.decline_proposed": _kind(
        Group.WAITING, "member party", _("A proposal to decline an offer waits for you"),
        _("%(member)s: it is proposed to decline what is left of an offer of %(party)s. Please decide."),
    ),
    "support.acceptance_proposal_decided": _kind(
        Group.OUTCOME, "member party", _("What you proposed for an offer is decided"),
        _("%(member)s: the approver decided on what you proposed for an offer of %(party)s. The page says how."),
    ),
    "support.acceptance_proposal_sent_back": _kind(
        Group.OUTCOME, "member party", _("What you proposed for an offer was sent back"),
        _("%(member)s: the approver sent back what you proposed for an offer of %(party)s. Please read why."),
    ),
    "support.acceptance_proposal_taken_back": _kind(
        Group.OUTCOME, "member party", _("A proposal about an offer was taken back"),
        _("%(member)s: what was proposed to you for an offer of %(party)s was taken back. You need not decide on it."),
    ),
    "support.technology_moved": _kind(
        Group.SUPPORT, "party", _("A transfer of technology came further"),
        _("%(party)s says that a transfer of technology it offered has come further."),
    ),
    "support.giver_name": _kind(
        Group.SUPPORT, "party", _("What everyone reads of your party’s name changed"),
        _("For all that it gives, %(party)s is named to everyone from now on, or no longer. The page says which."),
    ),
    "support.giver_name_exception": _kind(
        Group.SUPPORT, "party", _("What everyone reads of your party’s name changed"),
        _("For one offer or one line of support, %(party)s is named to everyone or not named. The page says which."),
    ),
    "support.technology_negotiating": _kind(
        Group.SUPPORT, "party", _("A transfer of technology came further"),
        _("%(party)s says that a transfer of technology it offered is being negotiated."),
    ),
    "support.technology_signed": _kind(
        Group.SUPPORT, "party", _("A transfer of technology came further"),
        _("%(party)s says that a transfer of technology it offered is signed."),
    ),
    "support.technology_transferred": _kind(
        Group.SUPPORT, "party", _("A transfer of technology came further"),
        _("%(party)s says that a technology it offered is transferred."),
    ),
    "support.technology_first_batch": _kind(
        Group.SUPPORT, "party", _("A transfer of technology came further"),
        _("%(party)s says that the first batch was made with a technology it offered."),
    ),
    # ── money ────────────────────────────────────────────────────────────────
    "support.money_pledged": _kind(
        Group.SUPPORT, "party", _("Money was pledged"),
        _("%(party)s pledged money that concerns your party. A pledge is not money yet."),
    ),
    "support.money_committed": _kind(
        Group.SUPPORT, "party", _("Money was committed"), _("%(party)s committed money that concerns your party."),
    ),
    "support.money_paid": _kind(
        Group.SUPPORT, "party", _("Money was paid"),
        _("%(party)s states that it paid money that concerns your party. If it reached you, please confirm it."),
    ),
    "support.money_taken_back": _kind(
        Group.SUPPORT, "party", _("Money was taken back or corrected"),
        _("%(party)s took back or corrected money that concerns your party. The page says why."),
    ),
    "support.money_public": _kind(
        Group.SUPPORT, "party", _("Money was made public"),
        _("%(party)s shows money that concerns your party to everyone. A member is named only if its approver agrees."),
    ),
    "support.money_confirmed": _kind(
        Group.SUPPORT, "party", _("A payment arrived"), _("%(party)s confirms that a payment of your party arrived."),
    ),
    # ── extracts ─────────────────────────────────────────────────────────────
    "support.extract_sent": _kind(
        Group.SUPPORT, "party lines", _("An extract of needs was sent to you"),
        ngettext_lazy(
            "%(party)s sent your party an extract of %(lines)s need that you may see in detail.",
            "%(party)s sent your party an extract of %(lines)s needs that you may see in detail.", "lines",
        ),
    ),
    "support.extract_acknowledged": _kind(
        Group.OUTCOME, "party", _("Your extract was acknowledged"),
        _("%(party)s acknowledged the extract of needs that you sent."),
    ),
    "support.extract_used": _kind(
        Group.OUTCOME, "party", _("What was used of your extract"),
        _("%(party)s states what it used of the extract of needs that you sent."),
    ),
    # ── tables, appointments ─────────────────────────────────────────────────
    "web.table_checked": _kind(
        Group.OUTCOME, "member round", _("Your table is checked"),
        _("%(member)s: your table for %(round)s is checked. Nothing is written yet: please read and decide."),
    ),
    "web.table_written": _kind(
        Group.OUTCOME, "member round", _("Your table is written"),
        _("%(member)s: your table for %(round)s is written."),
    ),
    "web.table_stopped": _kind(
        Group.OUTCOME, "member round", _("The work on your table stopped"),
        _(
            "%(member)s: the work on your table for %(round)s stopped, and nothing of it is written. "
            "The operator of this installation can look why and have it done again."
        ),
    ),
    "access.appointment_proposed": _kind(
        Group.WAITING, "party", _("An appointment waits to be confirmed"),
        _("An appointment for %(party)s is proposed on its letter. A second person of coordination confirms it."),
    ),
}  # fmt: skip


def subject(kind: str) -> str:
    """What a letter about one notice is called, in the active language."""
    return str(KINDS[kind].subject)


def says(kind: str, data: Mapping[str, Any], names: Names) -> str:
    """What happened, in one or two whole sentences of the active language."""
    return str(KINDS[kind].says % {name: names.word(name, value) for name, value in data.items()})
