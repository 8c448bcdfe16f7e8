"""Money: who gives how much to whom, and how far it has come: pledged, committed, paid."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.catalogue.models import Emergency, ExchangeRate, Item, Sector
from unmet.needs.models import Need
from unmet.parties.models import Party, Person


class MoneyStage(models.TextChoices):
    """How far money has come (IATI 12/13, 2/11, 1/3)."""

    PLEDGE = "pledge", pgettext_lazy("money", "pledged")
    COMMITMENT = "commitment", pgettext_lazy("money", "committed")
    PAID = "paid", pgettext_lazy("money", "paid")


class Flow(models.Model):
    """Money from one source to one destination or a set of them, known by its source and reference: it counts once.

    Amounts are in the smallest units of `currency`. The stage columns hold how much stands where, and the cents what it
    comes to in US dollars at the rates of its steps; both move by steps only.
    """

    class Via(models.TextChoices):
        BILATERAL = "bilateral", pgettext_lazy("money", "directly")
        WHO = "who", pgettext_lazy("money", "through WHO")
        FUND = "fund", pgettext_lazy("money", "through a fund")
        OTHER = "other", pgettext_lazy("money", "through another party")

    class Instrument(models.TextChoices):
        GRANT = "grant", pgettext_lazy("money", "grant")
        LOAN = "loan", pgettext_lazy("money", "loan")

    class Boundary(models.TextChoices):
        INCOMING = "incoming", pgettext_lazy("money", "incoming")
        INTERNAL = "internal", pgettext_lazy("money", "internal")
        OUTGOING = "outgoing", pgettext_lazy("money", "outgoing")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Party, models.PROTECT, related_name="+")
    destinations = models.ManyToManyField(Party, through="FlowDestination", related_name="+")
    channel = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    via = models.CharField(max_length=9, choices=Via)
    instrument = models.CharField(max_length=5, choices=Instrument)
    boundary = models.CharField(_("seen from the coalition as it was on the first day"), max_length=8, choices=Boundary)
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="+")
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+")
    need = models.ForeignKey(Need, models.PROTECT, null=True, related_name="+")
    passes_on = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="passed_on",
        verbose_name=_("the money that its channel passes on"),
    )
    acceptance = models.OneToOneField(
        "support.Acceptance", models.PROTECT, null=True, related_name="flow", verbose_name=_("what it came of")
    )
    reference = models.CharField(max_length=80)
    text = models.CharField(_("what it is for"), max_length=2000, blank=True)
    fact_source = models.CharField(
        _("where the fact can be read: an address or a document"), max_length=500, blank=True
    )
    currency = models.CharField(_("ISO 4217 code"), max_length=3)
    pledged = models.BigIntegerField(default=0)
    committed = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0)
    pledged_cents = models.BigIntegerField(default=0)
    committed_cents = models.BigIntegerField(default=0)
    paid_cents = models.BigIntegerField(default=0)
    version = models.PositiveIntegerField(_("one more with every step, or change of who is named"), default=1)
    stated_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    public_at = models.DateTimeField(null=True)
    public_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["emergency", "public_at"], name="support_flow_public")]
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="support_flow_once"),
            models.CheckConstraint(name="support_flow_has_reference", condition=~Q(reference="")),
            models.CheckConstraint(
                name="support_flow_public_by_somebody",
                condition=Q(public_at=None, public_by=None) | Q(public_at__isnull=False, public_by__isnull=False),
            ),
            models.CheckConstraint(
                name="support_flow_channel_where_not_direct",
                condition=Q(via="bilateral", channel=None) | (~Q(via="bilateral") & Q(channel__isnull=False)),
            ),
            *(
                models.CheckConstraint(name=f"support_flow_{name}_not_below_zero", condition=Q(**{f"{name}__gte": 0}))
                for name in ("pledged", "committed", "paid", "pledged_cents", "committed_cents", "paid_cents")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}"


class FlowDestination(models.Model):
    """A party that the money is for. A member is named in public only after its own approver agreed to it."""

    flow = models.ForeignKey(Flow, models.PROTECT, related_name="going_to")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(null=True)
    named_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "party"], name="support_flow_destination_once"),
            models.CheckConstraint(
                name="support_flow_named_by_somebody",
                condition=Q(named_at=None, named_by=None) | Q(named_at__isnull=False, named_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} → {self.party_id}"


class FlowStep(models.Model):
    """An amount that came to a stage, moved on or was taken back: who said so, for which day. Append-only (triggers).

    `from_stage` is empty for what was stated for the first time or paid at once, `to_stage` for what was taken back.
    `us_cents` come to `to_stage` at the rate of this step; `us_cents_out` leave `from_stage`, as its share of what had
    come there.
    """

    flow = models.ForeignKey(Flow, models.PROTECT, related_name="steps")
    from_stage = models.CharField(max_length=10, choices=MoneyStage, blank=True)
    to_stage = models.CharField(max_length=10, choices=MoneyStage, blank=True)
    amount = models.BigIntegerField()
    us_cents = models.BigIntegerField()
    us_cents_out = models.BigIntegerField()
    rate = models.CharField(_("exact decimal"), max_length=24)
    quoted = models.CharField(max_length=13, choices=ExchangeRate.Quoted)
    rate_on = models.DateField()
    rate_source = models.CharField(max_length=300, blank=True)
    dated_on = models.DateField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by_party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="support_flow_step_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="support_flow_step_moves",
                condition=Q(us_cents__gte=0, us_cents_out__gte=0) & ~Q(from_stage="", to_stage=""),
            ),
            models.CheckConstraint(name="support_flow_step_taken_back_why", condition=~Q(to_stage="", reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"


class FlowConfirmation(models.Model):
    """A destination's own people say that a payment arrived. It stands beside it, as no second amount. Append-only."""

    step = models.ForeignKey(FlowStep, models.PROTECT, related_name="confirmations")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["step", "party"], name="support_flow_confirmed_once")]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.party_id}"
