"""What a person is told, how he or she wants to be told, and what became of the letters."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from unmet.parties.models import Party, Person


class Group(models.TextChoices):
    """Kinds of notices that a person chooses about together."""

    WAITING = "waiting", _("what waits for you")
    OUTCOME = "outcome", _("what became of what you sent")
    SUPPORT = "support", _("support: stated, accepted, arrived")
    COMMENTS = "comments", _("what others say beside your lines")
    FOLLOWED = "followed", _("what you follow")


class How(models.TextChoices):
    """How a person is told."""

    AT_ONCE = "at_once", _("by e-mail at once")
    DAILY = "daily", _("by e-mail, once a day")
    HERE = "here", _("here only")


class Preference(models.Model):
    """How a person wants to hear of a group of kinds; without a row, as `services.UNLESS_CHOSEN` says."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    group = models.CharField(max_length=10, choices=Group)
    how = models.CharField(max_length=8, choices=How)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "group"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.group}: {self.how}"


class Follow(models.Model):
    """A person wants to hear what becomes of something; see `following`. It gives no right to see anything.

    `subject` is the uuid of a need or request, the code of an item or member: no foreign key, as in a notice.
    """

    class Kind(models.TextChoices):
        NEED = "need", _("a need")
        REQUEST = "request", _("a request for assistance")
        ITEM = "item", _("an item")
        MEMBER = "member", _("the requests of a member")

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind)
    subject = models.CharField(_("uuid or code"), max_length=40)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "subject"], name="follow_once")]
        indexes = [models.Index(fields=["kind", "subject"], name="follow_by_subject")]

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.kind} {self.subject}"


class FollowedUntil(models.Model):
    """The one row that says up to which sequence of the books followers have been told."""

    one = models.BooleanField(primary_key=True, default=True)
    sequence = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="followed_until_is_one_row", condition=Q(one=True))]

    def __str__(self) -> str:
        return f"followers are told up to {self.sequence}"


class Reading(models.Model):
    """Where somebody stands in the page "What changed": up to when it was read, and in whose codes items are shown."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="+")
    system = models.CharField(_("system of the item codes"), max_length=40, blank=True)
    read_at = models.DateTimeField(_("what happened up to then was read"), null=True)
    sequence = models.BigIntegerField(_("last sequence of the books at that moment"), null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reading_moment_with_its_sequence",
                condition=Q(read_at=None, sequence=None) | Q(read_at__isnull=False, sequence__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} read up to {self.sequence}"


class Delivery(models.Model):
    """One letter to one person: a notice at once, or those of a day. Its Message-ID stays the same on every try."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits to be sent")
        SENT = "sent", _("taken by the mail server")
        FAILED = "failed", _("given up")
        BOUNCED = "bounced", _("came back, or was reported as unwanted")
        SUPPRESSED = "suppressed", _("not sent, on purpose")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    message_id = models.CharField(_("Message-ID, without the angle brackets"), max_length=200, unique=True)
    daily = models.BooleanField(_("those of a day, in one letter"), default=False)
    address = models.EmailField(_("address of the last try"), blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(_("when it is tried next"), null=True)
    ended_at = models.DateTimeField(_("when it was sent, given up or suppressed"), null=True)
    says = models.CharField(_("why it is not sent, for the operator"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="delivery_waiting_or_ended",
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & Q(ended_at__isnull=False)),
            )
        ]
        indexes = [models.Index(fields=["ended_at"], condition=Q(state="failed"), name="delivery_failed")]

    def __str__(self) -> str:
        return f"<{self.message_id}> {self.state}"


class Notice(models.Model):
    """One person is told that one thing happened.

    It keeps codes and numbers only; its sentence is made when it is read, in the reader's language. `party` and `roles`
    say in what capacity the person is told: whoever does not hold one of them any more is not written to.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="notices")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    roles = models.CharField(_("roles of which one must stand, parted by spaces"), max_length=80)
    kind = models.CharField(_("one of `kinds.KINDS`"), max_length=40)
    at = models.DateTimeField()
    link_name = models.CharField(_("name of the page's address"), max_length=60)
    link_arguments = models.JSONField(_("codes in that address"), default=list)
    data = models.JSONField(_("codes and numbers"), default=dict)
    how = models.CharField(_("how the person wanted to be told at that moment"), max_length=8, choices=How)
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="notices")
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="notice_newest"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["person"], condition=Q(how="daily", delivery=None), name="notice_for_the_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"


class SuppressedAddress(models.Model):
    """An address to which no more letters go, until an operator lifts it: it bounced, or its owner complained."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained")

    address = models.EmailField()
    reason = models.CharField(max_length=10, choices=Reason)
    status = models.CharField(_("status of RFC 3463, such as 5.1.1"), max_length=12, blank=True)
    says = models.CharField(_("what the other server said"), max_length=300, blank=True)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(lifted_at=None), name="address_suppressed_once"),
            models.CheckConstraint(name="address_suppressed_lower", condition=Q(address=Lower("address"))),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.status}"
