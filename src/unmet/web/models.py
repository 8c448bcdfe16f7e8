"""What a page keeps between two requests."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from unmet.catalogue.models import Round
from unmet.files.models import StoredFile
from unmet.parties.models import Party, Person


class KeptPost(models.Model):
    """A form that met an expired sign-in. It goes through after signing in; the browser holds only its secret."""

    digest = models.CharField(_("SHA-256 of the secret in the cookie"), max_length=64, unique=True)
    path = models.CharField(max_length=500)
    body = models.TextField(_("fields as sent, url-encoded, without the form token"))
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.path


class CacheRow(models.Model):
    """What Django's database cache keeps: how often somebody tried to sign in. A migration makes it, no command."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key


class Upload(models.Model):
    """A table somebody sent, and the answers given to its questions so far. Nothing of it is written until then.

    A small table is checked and written while the person waits, and its `state` stays empty. A large one is checked
    and written by jobs: `run` counts them, and `checked` keeps what the page shows, ready in each language.
    """

    class Kind(models.TextChoices):
        NEEDS = "needs", _("needs")
        SUPPORT = "support", _("support")

    # A third kind, which came after the table was made: a value like the others, of which the database knows no rule.
    RECEIPTS = "receipts"

    class State(models.TextChoices):
        AT_ONCE = "", _("checked while the person waits")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        WRITING = "writing", _("being written")
        WRITTEN = "written", _("written")
        LEFT = "left", _("left aside: nothing was imported")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    sent_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.AT_ONCE, blank=True)
    run = models.PositiveIntegerField(_("number of the job that was asked for last"), default=0)
    checked = models.JSONField(_("what the page shows, by language"), null=True)
    counts = models.JSONField(_("what writing did: read, created, updated, unchanged, refused"), null=True)
    ended_at = models.DateTimeField(_("when the last job was done"), null=True)
    seen_at = models.DateTimeField(_("when the person looked at its result"), null=True)

    class Meta:
        indexes = [models.Index(fields=["sent_by", "sent_at"], name="upload_by_person")]

    def __str__(self) -> str:
        return self.file.name
