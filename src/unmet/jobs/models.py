"""Durable background work in the database: no broker, survives kill -9."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One thing to do at or after a moment, named by a string so that a new version still knows it."""

    handler = models.CharField(_("registered name of what to do"), max_length=60)
    key = models.CharField(_("stands once per handler: asking twice does it once"), max_length=80)
    payload = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(_("last error, for the operator"), blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handler", "key"], name="job_stands_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="job_waiting")]

    def __str__(self) -> str:
        return f"{self.handler} {self.key}"
