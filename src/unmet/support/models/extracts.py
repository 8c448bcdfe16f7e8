"""The transmission record: which extract of released needs went to whom, and what its recipient says became of it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.catalogue.models import Emergency, Sector
from unmet.files.models import StoredFile
from unmet.parties.models import Party, Person


class Extract(models.Model):
    """A dated table of needs that one body might see in detail at that moment. It never changes.

    `maker` is coordination, for all members, or a member, for its own needs. The file's bytes lie under its SHA-256.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    maker = models.ForeignKey(Party, models.PROTECT, related_name="+")
    recipient = models.ForeignKey(Party, models.PROTECT, related_name="+")
    emergency = models.ForeignKey(Emergency, models.PROTECT, null=True, related_name="+")
    sectors = models.ManyToManyField(Sector, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField()
    sequence = models.BigIntegerField(_("last sequence of the books when it was made"))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="support_extract_to_another", condition=~Q(maker=F("recipient"))),
            models.CheckConstraint(name="support_extract_holds_rows", condition=Q(rows__gt=0)),
        ]

    def __str__(self) -> str:
        return f"extract {self.uuid}"


class ExtractShare(models.Model):
    """How many rows of an extract are of one member."""

    extract = models.ForeignKey(Extract, models.PROTECT, related_name="shares")
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["extract", "member"], name="support_extract_share_once")]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.rows}"


class ExtractStep(models.Model):
    """What happened to an extract, as one of its two ends states it. Append-only (triggers)."""

    class Kind(models.TextChoices):
        SENT = "sent", pgettext_lazy("an extract", "sent")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("an extract", "acknowledged")
        USED = "used", pgettext_lazy("an extract", "used")

    extract = models.ForeignKey(Extract, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    dated_on = models.DateField()
    office = models.CharField(_("office it went to, or that acknowledged it"), max_length=200, blank=True)
    text = models.CharField(_("how it was sent, or what was used of it"), max_length=1000, blank=True)
    rows_used = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by_party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["extract", "kind"], condition=Q(kind__in=["sent", "acknowledged"]),
                name="support_extract_step_once",
            ),
            models.CheckConstraint(
                name="support_extract_step_office",
                condition=Q(kind="used", office="") | (~Q(kind="used") & ~Q(office="")),
            ),
            models.CheckConstraint(
                name="support_extract_step_text", condition=Q(kind="acknowledged") | ~Q(text="")
            ),
            models.CheckConstraint(
                name="support_extract_step_count", condition=Q(kind="used") | Q(rows_used=None)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} on {self.dated_on}"
