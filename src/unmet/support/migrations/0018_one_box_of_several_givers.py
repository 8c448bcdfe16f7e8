"""A box of several givers: a part of it for each of them. Every consignment that stands is a box of its own."""

import uuid
from typing import Any

from django.db import migrations, models
from django.db.models import F, Q


def each_its_own(apps: Any, _editor: Any) -> None:
    """What was kept before is a box of one giver."""
    apps.get_model("support", "Consignment").objects.update(box=F("uuid"))


class Migration(migrations.Migration):
    dependencies = [("support", "0017_consignment_ways")]

    operations = [
        migrations.AddField(
            model_name="consignment",
            name="box",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consignment",
            name="part",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.RunPython(each_its_own, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="consignment",
            name="box",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.RemoveConstraint(model_name="consignment", name="support_consignment_one_box"),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.UniqueConstraint(
                fields=("member", "waybill_folded", "part"),
                name="support_consignment_one_box",
                condition=~Q(waybill_folded="") & ~Q(state="planned"),
            ),
        ),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.UniqueConstraint(fields=("box", "giver"), name="support_consignment_one_part_of_a_giver"),
        ),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.CheckConstraint(name="support_consignment_parts_from_one", condition=Q(part__gte=1)),
        ),
    ]
