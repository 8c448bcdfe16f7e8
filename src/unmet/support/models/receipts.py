"""What arrived of a consignment, as the member's own people state it; a correction is a receipt of its own."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.parties.models import Person
from unmet.support.models.consignments import Consignment, ConsignmentLine


class Receipt(models.Model):
    """What the member says arrived, numbered for each consignment. Append-only (triggers).

    A correction names the receipt that it supersedes, and says all its lines anew.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    consignment = models.ForeignKey(Consignment, models.PROTECT, related_name="receipts")
    number = models.PositiveIntegerField()
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="superseded_by")
    code = models.CharField(_("finds its certificate"), max_length=10, unique=True)
    received_on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["consignment", "number"], name="support_receipt_number"),
            models.CheckConstraint(name="support_receipt_numbered_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"receipt {self.number}"

    @property
    def shown(self) -> str:
        """The code as people read it."""
        return f"{self.code[:5]}-{self.code[5:]}"


class ReceiptLine(models.Model):
    """accepted + rejected + missing = shipped, always, of one lot; a surplus stands beside it. Append-only (triggers).

    Quantities in thousandths of the item's base unit; each shortfall has its reason.
    """

    class Why(models.TextChoices):
        DAMAGED = "damaged", _("damaged")
        EXPIRED = "expired", _("expired, or too short a shelf life")
        COLD_CHAIN = "cold", _("cold chain broken")
        WRONG_ITEM = "wrong", _("another item than stated")
        NOT_ORDERED = "unasked", _("not ordered")
        PAPERS = "papers", _("papers missing")
        LOST = "lost", _("lost on the way")
        SHORT = "short", _("fewer were packed")
        OTHER = "other", pgettext_lazy("why something was rejected or is missing", "another reason")

    # What is there can be rejected; what is not there was lost or never packed.
    OF_REJECTED = (
        Why.DAMAGED, Why.EXPIRED, Why.COLD_CHAIN, Why.WRONG_ITEM, Why.NOT_ORDERED, Why.PAPERS, Why.OTHER,
    )  # fmt: skip
    OF_MISSING = (Why.LOST, Why.SHORT, Why.OTHER)

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="lines")
    line = models.ForeignKey(ConsignmentLine, models.PROTECT, related_name="receipt_lines")
    shipped = models.BigIntegerField()
    accepted = models.BigIntegerField()
    rejected = models.BigIntegerField()
    missing = models.BigIntegerField()
    surplus = models.BigIntegerField()
    rejected_why = models.CharField(max_length=7, choices=Why, blank=True)
    missing_why = models.CharField(max_length=7, choices=Why, blank=True)
    text = models.CharField(_("what there is to say about it"), max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["receipt", "line"], name="support_receipt_line_once"),
            models.CheckConstraint(
                name="support_receipt_line_adds_up",
                condition=Q(shipped=F("accepted") + F("rejected") + F("missing")) & Q(shipped__gt=0),
            ),
            *(
                models.CheckConstraint(
                    name=f"support_receipt_line_{name}_not_below_zero", condition=Q(**{f"{name}__gte": 0})
                )
                for name in ("accepted", "rejected", "missing", "surplus")
            ),
            *(
                models.CheckConstraint(
                    name=f"support_receipt_line_{name}_why",
                    condition=Q(**{name: 0, f"{name}_why": ""}) | (Q(**{f"{name}__gt": 0}) & ~Q(**{f"{name}_why": ""})),
                )
                for name in ("rejected", "missing")
            ),
            models.CheckConstraint(
                name="support_receipt_line_other_says_why",
                condition=~((Q(rejected_why="other") | Q(missing_why="other")) & Q(text="")),
            ),
        ]

    def __str__(self) -> str:
        return f"receipt line {self.pk}"
