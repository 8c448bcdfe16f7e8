"""Who is told about a delivery profile: its member is asked once; approvers confirm; who ships learns of a change."""

from datetime import datetime

from unmet.access import telling
from unmet.access.actors import Actor, acting
from unmet.access.models import Role
from unmet.access.telling import GIVING, OWN
from unmet.notices import gates
from unmet.notices.gates import still_so
from unmet.notices.models import Notice
from unmet.notices.services import Link
from unmet.parties.models import Party, Person
from unmet.support import profile_queries as queries
from unmet.support.models import DeliveryAsked, DeliveryProfile, Line
from unmet.support.profile_contacts import UNDER_WAY

ASKED, DRAFTED, CONFIRMED = "support.profile_asked", "support.profile_drafted", "support.profile_confirmed"


def ask_once(member: Party, *, by: Person, at: datetime) -> None:
    """A party answered a request, or goods were accepted: ask the member for its delivery profile, once."""
    if queries.confirmed(member) is not None:
        return
    _asked, first = DeliveryAsked.objects.get_or_create(member=member, defaults={"at": at})
    if first:
        people = telling.people_of([member], OWN, at=at)
        telling.tell(ASKED, people, by=by, at=at, link=_link(member), data={"member": member.code})


def drafted(draft: DeliveryProfile, *, by: Person, at: datetime) -> None:
    """The member's approvers: a version waits for them."""
    member = draft.member
    people = telling.people_of([member], [Role.APPROVER], at=at)
    data = {"member": member.code, "version": draft.version}
    telling.tell(DRAFTED, people, by=by, at=at, link=_link(member), data=data)


def confirmed(profile: DeliveryProfile, *, by: Person, at: datetime) -> None:
    """Givers and channels that have something under way to the member: where to and how may have changed."""
    member = profile.member
    lines = Line.objects.filter(UNDER_WAY, member=member)
    parties = {party for pair in lines.values_list("giver", "channel") for party in pair if party} - {member.pk}
    people = telling.people_of(Party.objects.filter(pk__in=parties), GIVING, at=at)
    data = {"member": member.code, "version": profile.version}
    telling.tell(CONFIRMED, people, by=by, at=at, link=_link(member), data=data)


def _link(member: Party) -> Link:
    return Link("profile", [member.code])


@still_so(ASKED)
def _still_asked(notice: Notice, at: datetime) -> bool:
    """Until something is confirmed."""
    member = Party.objects.get(code=notice.link_arguments[0])
    return queries.confirmed(member) is None


@still_so(DRAFTED)
def _still_waits(notice: Notice, at: datetime) -> bool:
    """As long as that version is a draft."""
    return DeliveryProfile.objects.filter(
        member__code=notice.link_arguments[0], version=notice.data["version"], state=DeliveryProfile.State.DRAFT
    ).exists()


@gates.gate(CONFIRMED)
def _still_read(notice: Notice, at: datetime) -> bool:
    """Whether the person may read the profile still."""
    with acting(Actor.of(notice.person, at=at, via="job")):
        return queries.may_read(Party.objects.get(code=notice.link_arguments[0]))
