"""Attachments and uploads: content-addressed, with the audience of their owner."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """One file as somebody sent it. The bytes lie under their SHA-256 in the data folder; the name is only data."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    name = models.CharField(_("name as sent"), max_length=255)
    owner = models.CharField(_("code of the party whose people may see it"), max_length=20)
    person = models.CharField(_("opaque id of who sent it"), max_length=36)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "at"], name="file_by_owner")]

    def __str__(self) -> str:
        return self.name


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Attachments, asked for in domain words."""

    def standing(self) -> "AttachmentQuerySet":
        """Not taken back."""
        return self.filter(taken_back_at=None).select_related("file")


class Attachment(models.Model):
    """A file that belongs to something: a return, a proposal. Whoever may see that, and nobody else, may fetch it.

    The subject is named by kind and uuid, without a foreign key: this room lies below all those that have subjects.
    """

    class Kind(models.TextChoices):
        LETTER = "letter", _("letter")
        EVIDENCE = "evidence", _("evidence")
        CERTIFICATE = "certificate", _("certificate")
        SIGNED_PRINT = "signed_print", _("signed print")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="attachments")
    subject_kind = models.CharField(_("kind of what it belongs to"), max_length=20)
    subject = models.UUIDField(_("uuid of what it belongs to"))
    kind = models.CharField(max_length=12, choices=Kind)
    type = models.CharField(_("type, by its content"), max_length=5)
    attached_by = models.CharField(_("opaque id of who attached it"), max_length=36)
    attached_at = models.DateTimeField()
    taken_back_by = models.CharField(_("opaque id of who took it back"), max_length=36, blank=True)
    taken_back_at = models.DateTimeField(null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="attachment_taken_back_by_and_at_together",
                condition=Q(taken_back_by="", taken_back_at=None)
                | ~Q(taken_back_by="") & Q(taken_back_at__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["subject_kind", "subject"], name="attachment_by_subject")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_kind} {self.subject}"
