"""Attachments and uploads: content-addressed, with the audience of their owner."""

import uuid

from django.db import models
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
