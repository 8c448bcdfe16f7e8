"""Around stated money: a destination says that it arrived, a source makes it public, a member agrees to be named.

Nothing here moves an amount.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed, NotAllowed
from unmet.parties.models import Party, Person
from unmet.support import flow_telling as tell
from unmet.support.flow_queries import left_of_payments
from unmet.support.flow_rules import FlowRefused
from unmet.support.models import Flow, FlowConfirmation, FlowDestination, FlowStep


@transaction.atomic
def confirm(step: FlowStep, *, party: Party, by: Person, at: datetime) -> FlowConfirmation:
    """A destination's own people say that a payment arrived. Saying it twice changes nothing.

    Raises:
        NotAllowed: `by` does not speak for the party, or the money is not for it.
        FlowRefused: `not_paid`: the step is no payment, or nothing of it stands any more.
    """
    may.require(Deed.CONFIRM_FLOW, by=by, party=party)
    flow = Flow.objects.select_for_update(no_key=True).select_related("source").get(pk=step.flow_id)
    if not flow.going_to.filter(party=party).exists():
        raise NotAllowed(Deed.CONFIRM_FLOW, party.code)
    if not left_of_payments(flow).get(step.pk):
        raise FlowRefused("not_paid")
    made, new = FlowConfirmation.objects.get_or_create(step=step, party=party, defaults={"by": by, "at": at})
    if new:
        _record("support.money_confirmed", flow, party, at, step=step.pk)
        tell.confirmed(flow, party=party, by=by, at=at)
    return made


@transaction.atomic
def publish(flow: Flow, *, by: Person, at: datetime) -> None:
    """The source shows its money to everyone: amounts, days, instrument and source; no own words, no reference.

    Raises:
        NotAllowed: `by` is no approver or responder of the source.
        FlowRefused: it is `public` already.
    """
    may.require(Deed.PUBLISH_FLOW, by=by, party=flow.source)
    if not Flow.objects.filter(pk=flow.pk, public_at=None).update(public_at=at, public_by=by):
        raise FlowRefused("public")
    _record("support.money_made_public", flow, flow.source, at)
    tell.made_public(flow, by=by, at=at)


@transaction.atomic
def hide(flow: Flow, *, by: Person, at: datetime) -> None:
    """The source shows its money to everyone no longer. Whoever has read or kept it has it still.

    Raises:
        NotAllowed: `by` is no approver or responder of the source.
        FlowRefused: it is `not_public`.
    """
    may.require(Deed.PUBLISH_FLOW, by=by, party=flow.source)
    if not Flow.objects.filter(pk=flow.pk, public_at__isnull=False).update(public_at=None, public_by=None):
        raise FlowRefused("not_public")
    _record("support.money_hidden", flow, flow.source, at)


@transaction.atomic
def agree_to_be_named(flow: Flow, *, party: Party, named: bool, by: Person, at: datetime) -> None:
    """A destination's approver agrees that public money names it, or takes that back.

    Raises:
        NotAllowed: `by` is no approver of the party, or the money is not for it.
        FlowRefused: `named`: it stands so already.
    """
    may.require(Deed.NAME_IN_FLOW, by=by, party=party)
    going_to = FlowDestination.objects.filter(flow=flow, party=party)
    if not going_to.exists():
        raise NotAllowed(Deed.NAME_IN_FLOW, party.code)
    new = {"named_at": at, "named_by": by} if named else {"named_at": None, "named_by": None}
    if not going_to.filter(named_at__isnull=named).update(**new):
        raise FlowRefused("named")
    Flow.objects.filter(pk=flow.pk).update(version=F("version") + 1)  # public pages show another name from now on
    _record("support.money_named" if named else "support.money_not_named", flow, party, at)


def _record(event: str, flow: Flow, party: Party, at: datetime, **detail: object) -> None:
    access.record(event=event, at=at, party=party, subject_kind="flow", subject=flow.uuid, detail=detail)
