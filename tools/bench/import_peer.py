"""Benchmark (a), the peer: django-import-export with `use_bulk`, into the very same tables."""

import pickle
import resource
from pathlib import Path
from time import perf_counter
from typing import Any

import tablib
from django.conf import settings
from django.db import models, transaction
from import_export import fields, resources, widgets

from tools.bench.import_steps import TABLES, _busy, _same, counts

_WIDGETS: dict[type[models.Field], type[widgets.Widget]] = {
    models.BooleanField: widgets.BooleanWidget, models.DateField: widgets.DateWidget,
    models.DateTimeField: widgets.DateTimeWidget,
    models.CharField: widgets.CharWidget, models.UUIDField: widgets.Widget,
}  # fmt: skip


def _resource(model: type[models.Model]) -> resources.ModelResource:
    """A resource at its fastest: bulk, no look-up of what stands, no differences, no look-up of related rows.

    References are given by id as plain numbers: its own widget for them would run one query for each cell.
    """
    made: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        widget = next((found for kind, found in _WIDGETS.items() if type(field) is kind), widgets.IntegerWidget)
        made[field.attname] = fields.Field(attribute=field.attname, column_name=field.attname, widget=widget())
    made["Meta"] = type("Meta", (), {
        "model": model, "fields": list(made), "use_bulk": True, "batch_size": 5000, "skip_diff": True,
        "skip_html_diff": True,
        "force_init_instance": True, "use_transactions": False, "import_id_fields": [model._meta.pk.attname],
        "report_skipped": False,
    })  # fmt: skip
    return type(f"{model.__name__}Resource", (resources.ModelResource,), made)()


def import_peer(*, folder: str, lines: int) -> dict[str, Any]:
    """Write the first `lines` lines of the first file: needs, statements, accounts, entries of both books, the cube."""
    settings.LOGGING_CONFIG = None
    with Path(folder, "0.rows").open("rb") as file:
        kept = pickle.load(file)
    datasets = []
    for model, (_, _, tuples) in zip(TABLES, kept, strict=True):
        names = [field.attname for field in model._meta.concrete_fields]
        chosen = _chosen(model, tuples, lines, len(kept[0][2]))
        datasets.append((model, tablib.Dataset(*chosen, headers=names)))
    del kept
    rows = sum(len(dataset) for _, dataset in datasets)
    began, begun = _busy(), perf_counter()
    with transaction.atomic():
        for model, dataset in datasets:
            result = _resource(model).import_data(dataset, raise_errors=True)
            _same(f"errors of {model.__name__}", result.has_errors(), False)
    seconds = perf_counter() - begun
    _same("rows of the peer", sum(counts().values()), rows)
    return {
        "rows": rows, "seconds": seconds, "cpu": _busy() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _chosen(model: type[models.Model], tuples: list[Any], lines: int, all_lines: int) -> list[Any]:
    """Rows of the first lines. The file's entries are the own book's lines, then the public book's."""
    if model.__name__ == "Entry":
        return [*tuples[:lines], *tuples[all_lines : all_lines + lines]]
    return tuples if model.__name__ == "Cube" else tuples[:lines]
