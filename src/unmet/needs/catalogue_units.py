"""Coordination adds base units, and corrects their names."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.catalogue.models import CatalogueState, Unit
from unmet.methods.fold import fold
from unmet.needs.catalogue_changes import LANGUAGES, CatalogueRefused, check_names
from unmet.parties.models import Person


@transaction.atomic
def save_unit(
    *, unit: Unit | None, code: str, names: Mapping[str, str], aliases: str, by: Person, at: datetime
) -> Unit:  # fmt: skip
    """Add a base unit, or correct the names of one; its code stays.

    Raises:
        NotAllowed: `by` is not of coordination.
        CatalogueRefused: `name`, `code` (another unit is written so).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    check_names(names)
    code = unit.code if unit else code.strip()
    if not code:
        raise CatalogueRefused("name")
    columns = {
        **{f"name_{language}": names[language].strip() for language in LANGUAGES},
        "aliases": "|".join(filter(None, map(str.strip, aliases.split("|")))),
    }
    words = {fold(word) for word in (code, *names.values(), *aliases.split("|"))} - {""}
    for other in Unit.objects.exclude(pk=unit.pk if unit else 0):
        theirs = (
            other.code,
            *(getattr(other, f"name_{language}") for language in LANGUAGES),
            *other.aliases.split("|"),
        )
        if words & {fold(word) for word in theirs}:
            raise CatalogueRefused("code", other.code)
    if unit is None:
        unit = Unit.objects.create(code=code, **columns, edited_here=True)
    else:
        Unit.objects.filter(pk=unit.pk).update(**columns, edited_here=True)
        unit.refresh_from_db()
    CatalogueState.changed()
    access.record(event="catalogue.unit_saved", at=at, role=Role.COORDINATION, subject_kind="unit", code=code)
    return unit
