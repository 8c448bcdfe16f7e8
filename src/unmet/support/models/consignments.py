"""What travels: a box with its waybill, what is in it, where it has come to, and what each of those who see it saw."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.books.models import Account
from unmet.catalogue.models import Item
from unmet.parties.models import Party, Person, Place
from unmet.support.models.lines import Line


class Consignment(models.Model):
    """One box, however many report it: known by its member and its waybill, read without case, spaces and marks.

    Its lines are support that the member has accepted. Only states move: what that does to quantities stands in the
    steps of the lines, and so in the books. Of a box of several givers it is the part of one of them
    (`support.consignment_boxes`); all parts have the same `box`.
    """

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("a consignment", "planned")
        DISPATCHED = "dispatched", pgettext_lazy("a consignment", "under way")
        AT_PORT = "at_port", pgettext_lazy("a consignment", "at the port of entry")
        HELD = "held", pgettext_lazy("a consignment", "held")
        CLEARED = "cleared", pgettext_lazy("a consignment", "cleared")
        RECEIVED = "received", pgettext_lazy("a consignment", "received")
        DIVERTED = "diverted", pgettext_lazy("a consignment", "diverted")
        LOST = "lost", pgettext_lazy("a consignment", "lost")
        RETURNED = "returned", pgettext_lazy("a consignment", "returned")
        DESTROYED = "destroyed", pgettext_lazy("a consignment", "destroyed")

    class Mode(models.TextChoices):
        AIR = "air", _("by air")
        SEA = "sea", _("by sea")
        ROAD = "road", _("by road")
        RAIL = "rail", _("by rail")
        RIVER = "river", _("by river")
        HAND = "hand", _("by hand")

    class Held(models.TextChoices):
        """Why a consignment cannot go on."""

        PERMIT = "permit", _("a permit is missing")
        CUSTOMS = "customs", _("customs")
        SANCTION = "sanction", _("a sanctions check")
        DEMURRAGE = "demurrage", _("storage charges")
        OTHER = "other", pgettext_lazy("why a consignment is held", "another reason")

    # Between dispatch and receipt: in transit in the books.
    UNDER_WAY = (State.DISPATCHED, State.AT_PORT, State.HELD, State.CLEARED)

    # The same for all parts of one box; they are numbered, from 1, when it is sent.
    box = models.UUIDField(default=uuid.uuid4, editable=False)
    part = models.PositiveSmallIntegerField(default=1)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    giver = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("giver of record"))
    channel = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+", verbose_name=_("channel"))
    carrier = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+", verbose_name=_("carrier"))
    carrier_name = models.CharField(max_length=120, blank=True)
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    waybill = models.CharField(max_length=80, blank=True)
    waybill_folded = models.CharField(max_length=80, blank=True)
    mode = models.CharField(max_length=5, choices=Mode)
    from_place = models.CharField(max_length=200, blank=True)
    to_place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    planned_on = models.DateField(_("planned day of dispatch"), null=True)
    dispatched_on = models.DateField(null=True)
    expected_on = models.DateField(_("expected arrival"), null=True)
    cold_chain = models.CharField(max_length=200, blank=True)
    permit = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    held_why = models.CharField(max_length=9, choices=Held, blank=True)
    held_text = models.CharField(max_length=500, blank=True)
    held_on = models.DateField(_("held since"), null=True)
    version = models.PositiveIntegerField(_("one more with every change of the plan"), default=1)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Every box that was sent has a first part, so there is one box of a waybill; and in it one part of a giver.
            models.UniqueConstraint(
                fields=["member", "waybill_folded", "part"],
                name="support_consignment_one_box",
                condition=~Q(waybill_folded="") & ~Q(state="planned"),
            ),
            models.UniqueConstraint(fields=["box", "giver"], name="support_consignment_one_part_of_a_giver"),
            models.CheckConstraint(name="support_consignment_parts_from_one", condition=Q(part__gte=1)),
            models.CheckConstraint(
                name="support_consignment_dispatched_on",
                condition=Q(state="planned", dispatched_on=None)
                | (~Q(state="planned") & Q(dispatched_on__isnull=False) & ~Q(waybill_folded="")),
            ),
            models.CheckConstraint(
                name="support_consignment_held_why",
                condition=(Q(state="held", held_on__isnull=False) & ~Q(held_why=""))
                | (~Q(state="held") & Q(held_on=None, held_why="", held_text="")),
            ),
            models.CheckConstraint(
                name="support_consignment_held_other_says_why", condition=~Q(held_why="other", held_text="")
            ),
        ]

    def __str__(self) -> str:
        return f"consignment {self.uuid}"


class ConsignmentLine(models.Model):
    """How much of one line of support is in a consignment, of one lot; thousandths of the item's base unit.

    `standing` is the line of the receipt that stands; `account` the account on which its end is booked.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    consignment = models.ForeignKey(Consignment, models.CASCADE, related_name="lines")
    line = models.ForeignKey(Line, models.PROTECT, related_name="consigned")
    quantity = models.BigIntegerField()
    lot = models.CharField(max_length=80, blank=True)
    expires_on = models.DateField(_("expiry date"), null=True)
    standing = models.OneToOneField("support.ReceiptLine", models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_constraint=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["consignment", "line", "lot"], name="support_consignment_line_once"),
            models.CheckConstraint(name="support_consignment_line_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"line {self.uuid}"


class ConsignmentStep(models.Model):
    """A consignment went from one state to another: who said so, for which day. Append-only (triggers).

    `what` is there where the state alone does not say it; a correction keeps what stood there (`was`) and what stands
    there from then on (`now`): a waybill, or a day as 2021-12-31.
    """

    class What(models.TextChoices):
        GOES_ON = "goes_on", pgettext_lazy("a consignment", "goes on after a hold")
        EXPECTED = "expected", pgettext_lazy("a consignment", "expected arrival corrected")
        WAYBILL = "waybill", pgettext_lazy("a consignment", "waybill corrected")

    consignment = models.ForeignKey(Consignment, models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=Consignment.State)
    what = models.CharField(max_length=8, choices=What, blank=True, default="")
    was = models.CharField(max_length=80, blank=True, default="")
    now = models.CharField(max_length=80, blank=True, default="")
    dated_on = models.DateField()
    why = models.CharField(max_length=9, choices=Consignment.Held, blank=True)
    text = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by_party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.state}"


class Attestation(models.Model):
    """What a party saw of one lot: where, how many, when. Append-only (triggers); it moves nothing in the books.

    A lot that is not in the packing list is named by its consignment, its item and its number instead of a line.
    """

    class Role(models.TextChoices):
        GIVER = "giver", _("giver")
        CHANNEL = "channel", _("channel")
        CARRIER = "carrier", _("carrier")
        MEMBER = "member", _("member")

    line = models.ForeignKey(ConsignmentLine, models.PROTECT, null=True, related_name="attestations")
    consignment = models.ForeignKey(Consignment, models.PROTECT, null=True, related_name="unlisted")
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+")
    lot = models.CharField(max_length=80, blank=True, default="")
    role = models.CharField(max_length=7, choices=Role)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    place = models.CharField(max_length=200)
    seen_on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    remark: str  # the note, for whoever may read it: of `consignment_queries.attestations` and `.lines`
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="support_attestation_not_below_zero", condition=Q(quantity__gte=0)),
            models.CheckConstraint(name="support_attestation_has_place", condition=~Q(place="")),
            models.CheckConstraint(
                name="support_attestation_of_a_line_or_unlisted",
                condition=Q(line__isnull=False, consignment=None, item=None, lot="")
                | Q(line=None, consignment__isnull=False, item__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} saw {self.quantity}"

    @property
    def of_item(self) -> Item:
        """What was seen: the item of its line, or the one that was named."""
        found = self.line.line.item if self.line is not None else self.item
        assert found is not None  # the constraint has it so
        return found

    @property
    def of_lot(self) -> str:
        """The lot that was seen."""
        return self.line.lot if self.line is not None else self.lot
