"""A member asks named parties, or everyone, for help with some of its needs; what they say to each line."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.needs.models import Need
from unmet.parties.models import Party, Person


class AssistanceRequest(models.Model):
    """A member asks named parties, or everyone, for help with some of its needs. It moves nothing in the books.

    `stopped_at` is the asker's *stop sending*: it stands beside the state, and is lifted again.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("a request", "draft")
        SENT = "sent", pgettext_lazy("a request", "sent")
        WITHDRAWN = "withdrawn", pgettext_lazy("a request", "withdrawn")
        CLOSED = "closed", pgettext_lazy("a request", "closed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    to_everyone = models.BooleanField(default=False)
    addressees = models.ManyToManyField(Party, related_name="+")
    text = models.CharField(_("what it is for"), max_length=2000, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("one more with every change of the draft"), default=1)
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    sent_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("withdrawn or closed at"), null=True)
    reason = models.CharField(_("why it was stopped or withdrawn"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="support_request_sent_by_somebody",
                condition=Q(state="draft", sent_at=None, sent_by=None)
                | (~Q(state="draft") & Q(sent_at__isnull=False, sent_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="support_request_ended_once",
                condition=Q(state__in=["draft", "sent"], ended_at=None)
                | Q(state__in=["withdrawn", "closed"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="support_request_draft_not_stopped", condition=~Q(state="draft") | Q(stopped_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.uuid}"


class RequestLine(models.Model):
    """How much of one need is asked for, in thousandths of the item's base unit."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(AssistanceRequest, models.CASCADE, related_name="lines")
    need = models.ForeignKey(Need, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="support_request_line_withdrawn_why",
                condition=Q(withdrawn_at=None, withdrawn_why="") | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
            ),
            models.UniqueConstraint(fields=["request", "need"], name="support_request_line_once"),
            models.CheckConstraint(name="support_request_line_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"line {self.uuid}"

    @property
    def uuid_text(self) -> str:
        """For names of fields in templates."""
        return str(self.uuid)


class NeedStop(models.Model):
    """*Stop sending* for one need, said beside the need itself: whether or not a request asks for it.

    It stands until it is lifted; said again later, it is another row.
    """

    need = models.ForeignKey(Need, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    stopped_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField()
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["need"], condition=Q(lifted_at=None), name="support_need_stop_once"),
            models.CheckConstraint(name="support_need_stop_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="support_need_stop_lifted_by_somebody",
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"stop {self.need_id}"


class RequestAnswer(models.Model):
    """What a party that is asked says to one line; the last one of a party stands. Append-only (triggers).

    It is a word, not support: what is given is stated as a pledge, an allocation or a commitment.
    """

    class Kind(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        UNDER_REVIEW = "review", _("under technical review")
        IN_PART = "part", _("answered in part")
        IN_FULL = "full", _("answered in full")
        REFERRED = "referred", _("referred to another party")
        UNABLE = "unable", _("unable to meet")

    line = models.ForeignKey(RequestLine, models.PROTECT, related_name="answers")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    quantity = models.BigIntegerField(_("how much of it, when answered in part or in full"), null=True)
    referred_to = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="support_answer_quantity",
                condition=Q(kind__in=["part", "full"], quantity__gt=0)
                | (~Q(kind__in=["part", "full"]) & Q(quantity=None)),
            ),
            models.CheckConstraint(
                name="support_answer_referred",
                condition=Q(kind="referred", referred_to__isnull=False) | (~Q(kind="referred") & Q(referred_to=None)),
            ),
            models.CheckConstraint(name="support_answer_unable_why", condition=~Q(kind="unable", reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind}"
