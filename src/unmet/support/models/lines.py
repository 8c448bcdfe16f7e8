"""What a giver says it gives, what the member accepts and what it says arrived: a line and its steps."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from unmet.books.models import Account
from unmet.catalogue.models import Item, Round
from unmet.parties.models import Party, Person


class Stage(models.TextChoices):
    """Where a quantity stands."""

    PLEDGED = "pledged", _("pledged")
    ALLOCATED = "allocated", _("allocated")
    COMMITTED = "committed", _("committed")
    IN_TRANSIT = "in_transit", _("in transit")
    RECEIVED = "received", _("received")
    REJECTED = "rejected", _("rejected")
    MISSING = "missing", _("missing")


class Line(models.Model):
    """One line of support, known by its giver of record, its reference and its item, so that a box counts once.

    The stage columns hold how much of it stands where; they move by steps only.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    giver = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("giver of record"))
    channel = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+", verbose_name=_("channel"))
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    expected_on = models.DateField(_("expected arrival"), null=True)
    pledged = models.BigIntegerField(default=0)
    allocated = models.BigIntegerField(default=0)
    committed = models.BigIntegerField(default=0)
    in_transit = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    stated_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["giver", "reference", "item"], name="support_line_once"),
            models.CheckConstraint(name="support_line_has_reference", condition=~Q(reference="")),
            *(
                models.CheckConstraint(name=f"support_line_{stage}_not_below_zero", condition=Q(**{f"{stage}__gte": 0}))
                for stage in Stage.values
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}"


class Step(models.Model):
    """A quantity of a line that moved from one stage to another: who said so, for which day. Append-only (triggers).

    `from_stage` is empty for what was stated for the first time, `to_stage` for what was withdrawn.
    """

    line = models.ForeignKey(Line, models.PROTECT, related_name="steps")
    from_stage = models.CharField(max_length=10, choices=Stage, blank=True)
    to_stage = models.CharField(max_length=10, choices=Stage, blank=True)
    quantity = models.BigIntegerField()
    dated_on = models.DateField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by_party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="support_step_positive", condition=Q(quantity__gt=0))]

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"


class Proposal(models.Model):
    """A commitment that the member's focal point proposes; its approver makes it or declines it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for the approver")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    line = models.ForeignKey(Line, models.PROTECT, related_name="proposals")
    quantity = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    dated_on = models.DateField()
    expected_on = models.DateField(null=True)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(state="proposed"), name="support_proposal_one_open"),
            models.CheckConstraint(name="support_proposal_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"proposal for {self.line_id}"

    @property
    def taken_back(self) -> bool:
        """Whether the person who proposed it declined it: it was taken back."""
        return self.state == self.State.DECLINED and self.decided_by_id == self.proposed_by_id
