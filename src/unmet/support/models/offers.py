"""What a party offers, to one member, to a set of members or to whoever needs it; what a member accepts or declines."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.catalogue.models import Item
from unmet.needs.models import Need
from unmet.parties.models import Party, Person
from unmet.support.models.lines import Line
from unmet.support.models.requests import RequestLine


class Offer(models.Model):
    """A conditional offer, held until a day. Nothing of it moves before the receiving member accepts.

    Once offered it is never edited, and one to a set of members stays with those who were in it that day. How much was
    accepted stands on its lines; whether the day has passed is compared by every reader, so that a late worker never
    shows an expired offer as one that can be accepted.
    """

    class Kind(models.TextChoices):
        SUPPLIES = "supplies", pgettext_lazy("kind of offer", "supplies")
        SERVICE = "service", pgettext_lazy("kind of offer", "a service")
        PEOPLE = "people", pgettext_lazy("kind of offer", "people")
        TRAINING = "training", pgettext_lazy("kind of offer", "training places")
        CAPACITY = "capacity", pgettext_lazy("kind of offer", "production capacity")
        TECHNOLOGY = "technology", pgettext_lazy("kind of offer", "technology or a licence")
        FINANCE = "finance", pgettext_lazy("kind of offer", "money")

    class Aim(models.TextChoices):
        MEMBER = "member", _("one member")
        MEMBERS = "members", _("several members")
        ANY = "any", _("any member that needs it")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("an offer", "draft")
        OFFERED = "offered", pgettext_lazy("an offer", "offered")
        CLOSED = "closed", pgettext_lazy("an offer", "accepted in whole")
        DECLINED = "declined", pgettext_lazy("an offer", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("an offer", "withdrawn")
        EXPIRED = "expired", pgettext_lazy("an offer", "expired")

    class Earmarking(models.IntegerChoices):
        """The four categories of IATI."""

        UNEARMARKED = 1, _("unearmarked")
        SOFTLY = 2, _("softly earmarked")
        EARMARKED = 3, _("earmarked")
        TIGHTLY = 4, _("tightly earmarked")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    giver = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("giver of record"))
    channel = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+", verbose_name=_("channel"))
    kind = models.CharField(max_length=10, choices=Kind)
    aim = models.CharField(max_length=7, choices=Aim)
    member = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    addressees = models.ManyToManyField(Party, related_name="+")
    to_set = models.CharField(
        _("key of the set that the addressees are, beside those named"), max_length=40, blank=True
    )
    earmarking = models.PositiveSmallIntegerField(choices=Earmarking)
    conditions = models.CharField(_("conditions, shown in full before acceptance"), max_length=4000, blank=True)
    held_until_on = models.DateField(_("last day on which it can be accepted"))
    ends_at = models.DateTimeField(_("24:00 UTC−12 of that day"))
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("one more with every change of the draft"), default=1)
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    offered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    offered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("accepted in whole, declined, withdrawn or expired at"), null=True)
    reason = models.CharField(_("why it was withdrawn"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="support_offer_offered_by_somebody",
                condition=Q(state="draft", offered_at=None, offered_by=None)
                | (~Q(state="draft") & Q(offered_at__isnull=False, offered_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="support_offer_ended_once",
                condition=Q(state__in=["draft", "offered"], ended_at=None)
                | (~Q(state__in=["draft", "offered"]) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="support_offer_to_one_member",
                condition=Q(aim="member", member__isnull=False) | (~Q(aim="member") & Q(member=None)),
            ),
            models.CheckConstraint(name="support_offer_set_is_of_several", condition=Q(to_set="") | Q(aim="members")),
            models.CheckConstraint(
                name="support_offer_earmarking", condition=Q(earmarking__gte=1) & Q(earmarking__lte=4)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """By it the support that comes of the offer is known: the reference of its lines begins so."""
        return f"OFFER-{self.uuid.hex[:8].upper()}"


class OfferLine(models.Model):
    """How much of one item is offered, in thousandths of its base unit, and how much of that members have accepted.

    `need` is the one it is meant for, `request_line` the line of a request that it answers; both may be missing.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    accepted = models.BigIntegerField(default=0)
    need = models.ForeignKey(Need, models.PROTECT, null=True, related_name="+")
    request_line = models.ForeignKey(RequestLine, models.PROTECT, null=True, related_name="+")
    lot = models.CharField(max_length=80, blank=True)
    expires_on = models.DateField(_("expiry date of the goods"), null=True)
    papers = models.CharField(_("quality papers"), max_length=500, blank=True)
    stands_at = models.CharField(_("where it stands"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="support_offer_line_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="support_offer_line_not_overcommitted",
                condition=Q(accepted__gte=0) & Q(accepted__lte=F("quantity")),
                violation_error_message=_("More cannot be accepted than is offered."),
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.uuid}"

    @property
    def left(self) -> int:
        """What nobody has accepted yet, in thousandths."""
        return self.quantity - self.accepted

    @property
    def uuid_text(self) -> str:
        """For names of fields in templates."""
        return str(self.uuid)


class OfferCapacity(models.Model):
    """What an offer of production capacity says beside the quantity: how fast, from when, what holds it up."""

    line = models.OneToOneField(OfferLine, models.CASCADE, related_name="capacity")
    a_month = models.BigIntegerField(_("thousandths of the base unit a month"))
    from_on = models.DateField(_("from when"))
    bottleneck = models.CharField(_("what holds more up"), max_length=500, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="support_offer_capacity_positive", condition=Q(a_month__gt=0))]

    def __str__(self) -> str:
        return f"capacity of {self.line_id}"


class OfferTechnology(models.Model):
    """What an offer of technology or of a licence says, and how far the transfer has come."""

    class Stage(models.TextChoices):
        ASKED = "asked", pgettext_lazy("technology", "asked for")
        NEGOTIATING = "negotiating", pgettext_lazy("technology", "negotiating")
        SIGNED = "signed", pgettext_lazy("technology", "signed")
        TRANSFERRED = "transferred", pgettext_lazy("technology", "transferred")
        FIRST_BATCH = "first_batch", pgettext_lazy("technology", "first batch made")

    line = models.OneToOneField(OfferLine, models.CASCADE, related_name="technology")
    product = models.CharField(_("product"), max_length=200)
    holder = models.CharField(_("who holds the right"), max_length=200)
    territory = models.CharField(_("territory"), max_length=300, blank=True)
    terms = models.CharField(_("terms"), max_length=1000, blank=True)
    until_on = models.DateField(_("until when the licence runs"), null=True)
    stage = models.CharField(max_length=11, choices=Stage, default=Stage.ASKED)

    def __str__(self) -> str:
        return f"technology of {self.line_id}"


class OfferedLine(models.Model):
    """A line of support that came of a line of an offer: its pledge, and what was accepted of it.

    Its pledge and its commitment move by the offer alone, so that what is left of the offer is always right.
    """

    offer_line = models.ForeignKey(OfferLine, models.PROTECT, related_name="support")
    line = models.OneToOneField(Line, models.PROTECT, related_name="offered")

    def __str__(self) -> str:
        return f"{self.line_id} of offer line {self.offer_line_id}"


class Acceptance(models.Model):
    """A member accepted some of a line of an offer: a commitment, with an expected arrival. Append-only (triggers).

    `quantity` is in thousandths of the offered item's base unit. `counts_as` is in those of the need's item, and is
    there only where the member took a kit or a substitute for it.
    """

    offer_line = models.ForeignKey(OfferLine, models.PROTECT, related_name="acceptances")
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    line = models.ForeignKey(Line, models.PROTECT, related_name="+", verbose_name=_("line of support that it made"))
    need = models.ForeignKey(Need, models.PROTECT, null=True, related_name="+")
    quantity = models.BigIntegerField()
    counts_as = models.BigIntegerField(null=True)
    over = models.BooleanField(_("the member knew that it is more than is not covered"), default=False)
    conditions_seen = models.BooleanField(default=False)
    expected_on = models.DateField(null=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="support_acceptance_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="support_acceptance_counts_as",
                condition=Q(counts_as=None) | Q(counts_as__gt=0, need__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"acceptance of {self.offer_line_id}"


class OfferDecline(models.Model):
    """A member does not take what it was offered, or no more of it. Append-only (triggers)."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="declines")
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["offer", "member"], name="support_offer_declined_once")]

    def __str__(self) -> str:
        return f"{self.member_id} declined {self.offer_id}"
