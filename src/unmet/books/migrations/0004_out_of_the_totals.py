"""By which movement a need left the totals: until now each that did had lapsed."""

from django.db import migrations, models
from django.db.models import Q

_LAPSED = 3


def _name_the_lapses(apps, schema_editor):
    apps.get_model("books", "Account").objects.filter(last_stated__gt=0).update(out_by=_LAPSED)


class Migration(migrations.Migration):
    dependencies = [("books", "0003_room_for_release")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="out_by",
            field=models.SmallIntegerField(null=True, verbose_name="movement that took its quantity out of the totals"),
        ),
        migrations.RunPython(_name_the_lapses, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=Q(last_stated=0, out_by=None) | Q(approved=0, out_by__isnull=False),
                name="account_out_of_the_totals_by_a_movement",
            ),
        ),
    ]
