"""Reference rows that come with the package: who changed them, and how an upgrade treats them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Shipped(models.Model):
    """A row that was shipped with an edition of the package, or that was made here.

    An upgrade changes only rows that nobody here edited; the others are listed for a person to look at.
    """

    edition = models.CharField(_("edition it was shipped with; empty when made here"), max_length=20, blank=True)
    edited_here = models.BooleanField(_("changed by coordination after it was shipped"), default=False)

    class Meta:
        abstract = True


class Named(models.Model):
    """Something with an official name in each of the four languages."""

    name_en = models.CharField(max_length=200)
    name_ar = models.CharField(max_length=200)
    name_es = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return str(getattr(self, f"name_{(get_language() or 'en')[:2]}", self.name_en))

    def __str__(self) -> str:
        return self.name


M = TypeVar("M", bound=Shipped)


@dataclass(slots=True)
class Loaded:
    """What a load did, by key of the rows."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)  # edited or struck out here, and the shipped row differs


def label_of(identity: Iterable[object]) -> str:
    """What identifies a shipped row, as one text."""
    return " ".join(str(part) for part in identity)


@transaction.atomic
def load(
    model: type[M],
    rows: Iterable[Mapping[str, Any]],
    *,
    key: tuple[str, ...],
    edition: str,
    struck: Collection[str] = (),
) -> Loaded:
    """Bring shipped rows into a table.

    `rows` hold field values; `key` names the fields that identify a row. Rows that coordination edited stay, and those
    it struck out (`struck`: their `label`s) do not come back.
    """
    loaded = Loaded()
    standing = {tuple(getattr(row, name) for name in key): row for row in model._default_manager.all()}
    fresh: list[M] = []
    for values in rows:
        identity = tuple(values[name] for name in key)
        label = label_of(identity)
        row = standing.get(identity)
        if row is None and label in struck:
            loaded.kept.append(label)
        elif row is None:
            fresh.append(model(**values, edition=edition))
            loaded.created.append(label)
        elif all(getattr(row, name) == value for name, value in values.items()):
            loaded.unchanged += 1
        elif row.edited_here:
            loaded.kept.append(label)
        else:
            model._default_manager.filter(pk=row.pk).update(**values, edition=edition)
            loaded.updated.append(label)
    model._default_manager.bulk_create(fresh, batch_size=500)
    return loaded
