"""What the API keeps: the answer to each POST that came with a key, and how often a token asks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from unmet.access.models import Token


class KeptAnswer(models.Model):
    """The answer to a POST with an `Idempotency-Key`: written in the transaction of its effect, so both stand or none.

    Refused requests are not kept: they did nothing, and may be corrected and sent again under the same key. After the
    days of `api.forgetting` the answer goes, and the key is free again.
    """

    token = models.ForeignKey(Token, models.PROTECT, related_name="+")
    key = models.CharField(_("key that the client made"), max_length=100)
    digest = models.CharField(_("SHA-256 of method, address and body"), max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="kept_answer_once")]
        indexes = [models.Index(fields=["made_at"], name="kept_answer_age")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.key}"


class Use(models.Model):
    """How many requests a token made in one minute, as far as the processes have told."""

    token = models.ForeignKey(Token, models.PROTECT, related_name="+")
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "minute"], name="use_once_a_minute")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.minute}"
