"""The builders of the tests build what the product builds."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction

from tests import make
from unmet.catalogue import reference as catalogue_reference
from unmet.parties import reference as parties_reference

pytestmark = pytest.mark.django_db


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of both rooms; what is made at random, and what stands for it, left out."""
    found = {}
    for room in ("parties", "catalogue"):
        for model in apps.get_app_config(room).get_models():
            kept = [
                field.name
                for field in model._meta.concrete_fields
                if not isinstance(field, models.UUIDField | models.AutoField)
            ]
            codes = {name: f"{name}__code" for name in ("party", "item", "base_unit", "sector", "party_set")}
            readable = [codes.get(name, name) for name in kept]
            found[model.__name__] = sorted(model._default_manager.values_list(*readable), key=repr)
    return found


def test_the_reference_data_of_a_test_is_what_loading_the_shipped_files_leaves() -> None:
    make.reference()  # so that it is written as it came out, at the latest the next time
    with transaction.atomic():
        undo = transaction.savepoint()
        for model in reversed(make.reference_models()):
            model._default_manager.all().delete()
        make.reference()
        written = everything()
        for model in reversed(make.reference_models()):
            model._default_manager.all().delete()
        catalogue_reference.load_all()
        parties_reference.load_all()
        assert everything() == written
        transaction.savepoint_rollback(undo)
    assert len(written["Item"]) > 135 and len(written["Party"]) > 121
