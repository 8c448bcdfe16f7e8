"""Who is told of what happens to support. Called by the services, in their transactions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q

from unmet.access import telling
from unmet.access.actors import current
from unmet.access.models import Role
from unmet.access.telling import GIVING, OWN
from unmet.books import services as books
from unmet.notices.services import Link
from unmet.parties.models import Party, Person
from unmet.support.lines import SupportLine
from unmet.support.models import Line, Proposal, Stage

# The giver states these, so the member's people are told; of all others the giver's.
_BY_GIVER: Final = frozenset({Stage.PLEDGED, Stage.ALLOCATED, Stage.IN_TRANSIT})


def stated(lines: Sequence[tuple[SupportLine, bool]], *, by: Person, at: datetime) -> None:
    """Of lines that changed something, and whether each was only proposed: one notice for each giver, member and stage.

    A commitment that a focal point proposes is its party's own business: only the member's approvers hear of it.
    """
    together: dict[tuple[str, str, str, bool], list[SupportLine]] = defaultdict(list)
    for line, proposed in lines:
        together[line.giver_code, line.member_code, str(line.stage), proposed].append(line)
    codes = {code for giver, member, _, _ in together for code in (giver, member)}
    parties = {party.code: party for party in Party.objects.filter(code__in=codes)}
    for (giver, member, stage, proposed), found in together.items():
        if proposed:
            people = telling.people_of([parties[member]], [Role.APPROVER], at=at)
        elif stage in _BY_GIVER:
            people = telling.people_of([parties[member]], OWN, at=at)
        else:
            people = telling.people_of([parties[giver]], GIVING, at=at)
        telling.tell(
            "support.proposed" if proposed else f"support.{stage}", people, by=by, at=at, link=_link(found),
            data={"member": member, "party": giver, "lines": len(found)},
        )  # fmt: skip


def _link(found: Sequence[SupportLine]) -> Link:
    """The page of the line, or the list of lines."""
    if len(found) > 1:
        return Link("support")
    [one] = found
    line = Line.objects.get(giver__code=one.giver_code, reference=one.reference, item=one.item_id)
    return Link("support_line", [str(line.uuid)])


def accepted(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """The giver's people, and whoever proposed it."""
    line = proposal.line
    telling.tell(
        "support.committed", telling.people_of([line.giver], GIVING, at=at), by=by, at=at,
        link=Link("support_line", [str(line.uuid)]), data=_of(line) | {"lines": 1},
    )  # fmt: skip
    _to_proposer("support.proposal_accepted", proposal, by=by, at=at)


def declined(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """Whoever proposed it, and nobody of the giver: it never knew."""
    _to_proposer("support.proposal_declined", proposal, by=by, at=at)


def proposal_taken_back(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """The member's approvers, who were told that it waits for them."""
    line = proposal.line
    telling.tell(
        "support.proposal_taken_back", telling.people_of([line.member], [Role.APPROVER], at=at), by=by, at=at,
        link=Link("support_line", [str(line.uuid)]), data=_of(line),
    )  # fmt: skip


def _to_proposer(kind: str, proposal: Proposal, *, by: Person, at: datetime) -> None:
    line = proposal.line
    telling.tell(
        kind, telling.person(proposal.proposed_by, line.member, OWN, at=at), by=by, at=at,
        link=Link("support_line", [str(line.uuid)]), data=_of(line),
    )  # fmt: skip


def withdrawn(line: Line, *, by: Person, at: datetime) -> None:
    """The member's people: what the giver had promised is taken back."""
    telling.tell(
        "support.withdrawn", telling.people_of([line.member], OWN, at=at), by=by, at=at,
        link=Link("support_line", [str(line.uuid)]), data=_of(line),
    )  # fmt: skip


def taken_back(line: Line, *, gives: bool, by: Person, at: datetime) -> None:
    """The other side: the member's people of what the giver takes back, the giver's of what the member does."""
    people = telling.people_of([line.member], OWN, at=at) if gives else telling.people_of([line.giver], GIVING, at=at)
    telling.tell(
        "support.taken_back_by_giver" if gives else "support.taken_back_by_member", people, by=by, at=at,
        link=Link("support_line", [str(line.uuid)]), data=_of(line),
    )  # fmt: skip


@books.watches
def over_covered(needs: Sequence[books.OverCovered], at: datetime) -> None:
    """The member's people, and those of each giver with something on its way: nothing is cancelled silently."""
    by = current().person
    for need in needs:
        under_way = Q(committed__gt=0) | Q(in_transit__gt=0)
        lines = list(
            Line.objects.filter(under_way, account__subject=need.subject).select_related("giver", "member", "item")
        )
        if not lines:  # what has arrived already leaves nothing to ask about
            continue
        data = {"member": lines[0].member.code, "item": lines[0].item.code}
        telling.tell(
            "support.over_covered", telling.people_of([need.member], OWN, at=at), by=by, at=at,
            link=Link("own_needs", [data["member"]]), data=data,
        )  # fmt: skip
        for giver in {line.giver.pk: line.giver for line in lines}.values():
            own = [line for line in lines if line.giver_id == giver.pk]
            link = Link("support_line", [str(own[0].uuid)]) if len(own) == 1 else Link("support")
            telling.tell(
                "support.over_covered_given", telling.people_of([giver], GIVING, at=at), by=by, at=at, link=link,
                data=data,
            )  # fmt: skip


def _of(line: Line) -> dict[str, str | int]:
    return {"member": line.member.code, "party": line.giver.code}
