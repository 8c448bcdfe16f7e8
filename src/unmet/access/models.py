"""Who may act for a party, and what a member lets others see."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from unmet.files.models import StoredFile
from unmet.parties.models import Party, Person


class Role(models.TextChoices):
    """What a person may be appointed as."""

    FOCAL_POINT = "focal_point", _("focal point")
    APPROVER = "approver", _("approver")
    RESPONDER = "responder", _("responder")
    COORDINATION = "coordination", _("coordination")
    OPERATOR = "operator", _("operator")


class Appointment(models.Model):
    """A person's role for a party, with an end date.

    It stands from the moment it is confirmed. The first one of a party is proposed and confirmed by two people of
    coordination on an attached letter; later ones are granted by the party's own approver and stand at once.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    party = models.ForeignKey(Party, models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=12, choices=Role)
    until_on = models.DateField(_("last day; it ends at 24:00 UTC−12"))
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    letter = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "party", "role"], condition=Q(ended_at=None), name="appointment_stands_once"
            ),
            models.CheckConstraint(
                name="appointment_by_two_people_on_a_letter",
                condition=Q(letter=None) | Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                violation_error_message=_("A second person of coordination confirms it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} of {self.party_id}"


class Release(models.Model):
    """A member's standing permission: which need or sector, how much of it, to whom, until when.

    It names its subject by kind and uuid, so that it covers every later version of what it names.
    """

    class Subject(models.TextChoices):
        NEED = "need", _("a need")
        SECTOR = "sector", _("a sector")

    class Level(models.TextChoices):
        FIGURES = "figures", _("figures: sums by item")
        DETAIL = "detail", _("detail: also place, group, needed-by and rank")

    class Audience(models.TextChoices):
        COORDINATION = "coordination", _("the chair’s team")
        MEMBERS = "members", _("all members")
        NAMED = "named", _("named parties")
        EVERYONE = "everyone", _("everyone")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="releases")
    subject_kind = models.CharField(max_length=6, choices=Subject)
    subject = models.UUIDField(_("uuid of the need or the sector"))
    level = models.CharField(max_length=7, choices=Level)
    audience = models.CharField(max_length=12, choices=Audience)
    named = models.ManyToManyField(Party, related_name="+", blank=True)
    until_on = models.DateField(_("last day; it ends at 24:00 UTC−12"), null=True)
    ends_at = models.DateTimeField(_("moment it ends, from the last day"), null=True)
    granted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="release_withdrawn_by_and_at_together",
                condition=Q(withdrawn_by=None, withdrawn_at=None)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="release_ends_at_with_last_day",
                condition=Q(until_on=None, ends_at=None) | Q(until_on__isnull=False, ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="release_ends_after_it_begins", condition=Q(ends_at=None) | Q(ends_at__gt=F("granted_at"))
            ),
        ]
        indexes = [models.Index(fields=["member", "subject"], name="release_by_subject")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.subject_kind} to {self.audience}"


class HoldBack(models.Model):
    """A member keeps one need back from everybody else; it wins over every release at once."""

    member = models.ForeignKey(Party, models.PROTECT, related_name="hold_backs")
    need = models.UUIDField(_("uuid of the need"))
    put_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    put_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["need"], condition=Q(lifted_at=None), name="hold_back_stands_once")
        ]

    def __str__(self) -> str:
        return f"{self.need}"


class SignInLink(models.Model):
    """A one-time sign-in link of a database marked DEMONSTRATION. Only its hash is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    digest = models.CharField(_("SHA-256 of the secret"), max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id}"


class Token(models.Model):
    """A person's key for a program, narrowed by scopes. Only the hash of its secret is kept."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(_("what its owner calls it"), max_length=80)
    digest = models.CharField(_("SHA-256 of the secret"), max_length=64, unique=True)
    ending = models.CharField(_("the last four signs of the secret, to tell tokens apart"), max_length=4)
    scopes = models.CharField(_("what it may be used for, parted by spaces"), max_length=60)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(_("last used, to the hour"), null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="token_expires_after_it_begins", condition=Q(expires_at__gt=F("made_at"))),
        ]

    def __str__(self) -> str:
        return f"token {self.pk} of {self.person_id}"


class Installation(models.Model):
    """The one row about this database: what it is, and whether it is a demonstration."""

    one = models.BooleanField(primary_key=True, default=True)
    demonstration = models.BooleanField(default=False)
    set_up_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="installation_is_one_row", condition=Q(one=True))]

    def __str__(self) -> str:
        return "DEMONSTRATION" if self.demonstration else "installation"
