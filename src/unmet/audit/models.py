"""Who did what, when and why. Append-only; strings instead of foreign keys, so that a row outlives what it tells of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditRow(models.Model):
    """One thing that was done, in the transaction that did it. Triggers refuse to change or delete it."""

    at = models.DateTimeField(_("when it was done, UTC"))
    event = models.CharField(_("what was done, as room.verb"), max_length=60)
    person = models.CharField(_("opaque id of the person; never a name"), max_length=36, blank=True)
    role = models.CharField(_("role the person acted in"), max_length=20, blank=True)
    via = models.CharField(_("page, console, api or job"), max_length=10)
    party = models.CharField(_("code of the party it concerns"), max_length=20, blank=True)
    subject_kind = models.CharField(max_length=30, blank=True)
    subject = models.CharField(_("uuid of what it was done to"), max_length=36, blank=True)
    reason = models.TextField(_("reason given"), blank=True)
    detail = models.JSONField(_("figures of the act: counts, before and after"), default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject", "id"], name="audit_by_subject"),
            models.Index(fields=["party", "id"], name="audit_by_party"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.event} {self.subject}"
