"""How a member takes delivery: its profile in versions, and the contact office, which is kept apart and purged."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.parties.models import Party, Person


class DeliveryProfile(models.Model):
    """One version of a member's delivery profile. A confirmed one never changes: what others saw can be told later.

    `answers` holds what is stated, by name of the field (`support.profile_form`); never the contact office.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("a delivery profile", "draft")
        CONFIRMED = "confirmed", pgettext_lazy("a delivery profile", "confirmed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    answers = models.JSONField(default=dict)
    edits = models.PositiveIntegerField(_("one more with every change of the draft"), default=1)
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["member_id", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["member", "version"], name="support_profile_version_once"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(state="draft"), name="support_profile_one_draft"
            ),
            models.CheckConstraint(
                name="support_profile_confirmed_by_somebody",
                condition=Q(state="draft", confirmed_at=None, confirmed_by=None)
                | Q(state="confirmed", confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"version {self.version}"


class DeliveryContact(models.Model):
    """The contact office of one version: offices, never persons. Purged in all versions at once.

    `stated_at` is when these words were first typed; a new version that repeats them keeps it.
    """

    profile = models.OneToOneField(DeliveryProfile, models.CASCADE, related_name="contact")
    answers = models.JSONField(default=dict)
    stated_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"contact of {self.profile_id}"


class DeliveryAsked(models.Model):
    """A member was asked for its delivery profile: once, when a party first said something to a request of it."""

    member = models.OneToOneField(Party, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"asked {self.member_id}"
