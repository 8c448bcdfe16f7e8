"""What a member said of the standing of a need: that it waits, stands, or is over, and why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from unmet.needs.models.returns import Need
from unmet.parties.models import Person


class StandingChange(models.Model):
    """One change of the standing of a need by its member's approver. Append-only (triggers).

    Whether a need stands now is what the books say (`Account.out_by`); this is who said so and why. The words are the
    member's own, for its own people only.
    """

    class Kind(models.TextChoices):
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("resumed")
        CONFIRMED = "confirmed", _("confirmed")
        COVERED_NATIONALLY = "covered_nationally", _("covered by the member itself")
        DUPLICATE = "duplicate", _("the same as another need")

    need = models.ForeignKey(Need, models.PROTECT, related_name="standing_changes")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.CharField(max_length=500, blank=True)
    same_as = models.ForeignKey(Need, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="standing_change_has_its_reason",
                condition=Q(kind__in=["resumed", "confirmed", "duplicate"]) | ~Q(reason=""),
                violation_error_message=_("Please write why."),
            ),
            models.CheckConstraint(
                name="standing_change_names_the_other_need",
                condition=Q(kind="duplicate", same_as__isnull=False) | ~Q(kind="duplicate") & Q(same_as=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.need_id}"
