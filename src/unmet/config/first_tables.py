"""The tables of an empty database, made as they are today and not by way of everything they have been.

Django draws the models anew for each of some two hundred steps of the migrations, which takes longer than everything
else that a first start does. So the steps are noted as gone through, and none is taken. What they did besides tables is
done after every migrate: `unmet.audit.append_only`, `unmet.audit.page_room`. A test compares what both ways make.
"""

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def make() -> None:
    """Make all tables, all or none. The database is empty."""
    steps = MigrationLoader(None, ignore_no_migrations=True).graph.nodes
    applied = MigrationRecorder(connection).Migration
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        editor.create_model(applied)
        applied.objects.using(connection.alias).bulk_create(applied(app=app, name=name) for app, name in sorted(steps))
