"""The first screen and flash rounds: what a member's people are asked first, and ten lines in 72 hours."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from unmet.catalogue.models import Emergency, Round
from unmet.parties.models import Party, Person


class FirstAnswer(models.Model):
    """What a member's people answered on the first screen, about one emergency: kept with who and when.

    Never edited: another answer, and "still so", is a new row; the newest of a question counts. It releases nothing:
    who may see is a wish, which the member's approver grants or not.
    """

    class Question(models.TextChoices):
        HAVE = "have", _("whether there is a list or a letter already")
        ELSEWHERE = "elsewhere", _("whether others were asked already")
        SEEN_BY = "seen_by", _("who may see, as a wish")

    class Choice(models.TextChoices):
        TABLE = "table", _("a list or table")
        LETTER = "letter", _("a letter")
        NEITHER = "neither", _("neither")
        YES = "yes", _("yes")
        NO = "no", _("no")
        NOBODY = "nobody", _("nobody else")
        COORDINATION = "coordination", _("the chair’s team")
        MEMBERS = "members", _("all members")
        NAMED = "named", _("named parties")
        EVERYONE = "everyone", _("everyone")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="+")
    question = models.CharField(max_length=10, choices=Question)
    choice = models.CharField(max_length=12, choices=Choice)
    parties = models.ManyToManyField(Party, related_name="+", blank=True)
    words = models.CharField(_("others who were asked, in the member's own words"), max_length=500, blank=True)
    asked_on = models.DateField(_("day on which they were asked"), null=True)
    said_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="first_answer_fits_its_question",
                condition=Q(question="have", choice__in=["table", "letter", "neither"])
                | Q(question="elsewhere", choice__in=["yes", "no"])
                | Q(question="seen_by", choice__in=["nobody", "coordination", "members", "named", "everyone"]),
            ),
            models.CheckConstraint(
                name="first_answer_details_only_of_those_asked",
                condition=Q(question="elsewhere", choice="yes") | Q(words="", asked_on=None),
            ),
        ]
        indexes = [models.Index(fields=["member", "emergency", "question"], name="first_answer_newest")]

    def __str__(self) -> str:
        return f"{self.question} of {self.member_id}: {self.choice}"


class FlashCall(models.Model):
    """Coordination asks all members, within an open round, for their most urgent lines, in a few hours.

    It ends by itself at `until_at`, or when coordination ends it; whoever asks compares with the moment. Its lines are
    lines of the round.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="flash_calls")
    note = models.CharField(_("why, in the words of coordination"), max_length=500, blank=True)
    most_lines = models.PositiveSmallIntegerField(default=10)
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    until_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="flash_call_ends_after_it_begins", condition=Q(until_at__gt=F("opened_at"))),
            models.CheckConstraint(name="flash_call_asks_for_lines", condition=Q(most_lines__gt=0)),
            models.CheckConstraint(
                name="flash_call_ended_by_and_at_together",
                condition=Q(ended_by=None, ended_at=None) | Q(ended_by__isnull=False, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"flash call in {self.round_id}"


class FlashAnswer(models.Model):
    """That a member sent something for the round while a flash call ran. Only their number is ever told."""

    call = models.ForeignKey(FlashCall, models.PROTECT, related_name="answers")
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "member"], name="flash_answer_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.call_id}"
