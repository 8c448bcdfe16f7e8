"""Durable background work in the database: no broker, survives kill -9."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs by where they stand."""

    def waiting(self) -> "JobQuerySet":
        """Not done, and not given up."""
        return self.filter(done_at=None, dead_at=None)

    def dead(self) -> "JobQuerySet":
        """Given up after too many tries: an operator looks at the error and tries them again."""
        return self.filter(done_at=None, dead_at__isnull=False)


class Job(models.Model):
    """One thing to do at or after a moment, named by a string so that a new version still knows it."""

    handler = models.CharField(_("registered name of what to do"), max_length=60)
    key = models.CharField(_("stands once per handler: asking twice does it once"), max_length=80)
    payload = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    # A new word for every try. Whoever finishes must still find its own here: that is the fence.
    leased_by = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(_("given up: no more tries by itself"), null=True)
    error = models.TextField(_("last error, for the operator"), blank=True)
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(_("0: not known"), default=0)
    progress_says = models.CharField(_("key of the sentence that says what is being done"), max_length=40, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handler", "key"], name="job_stands_once"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(dead_at=None), name="job_done_or_dead"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, dead_at=None), name="job_due"),
            models.Index(fields=["dead_at"], condition=Q(dead_at__isnull=False), name="job_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {self.key}"
