from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from unmet.books.measures import MEASURES

_KEY = ("closed", "member_id", "sector_id", "item_id", "emergency_id", "round_id")


def fill(apps: Any, schema_editor: Any) -> None:
    """The cells of the accounts that are there; the writer keeps them from now on."""
    sums = {f"sum_{name}": models.Sum(name) for name in MEASURES}
    rows = apps.get_model("books", "Account").objects.order_by().values(*_KEY)
    cube = apps.get_model("books", "OwnCube")
    cube.objects.bulk_create(
        (
            cube(
                **{name: row[name] for name in _KEY}, accounts=row["n"],
                **{name: row[f"sum_{name}"] for name in MEASURES},
            )
            for row in rows.annotate(n=models.Count("pk"), **sums).iterator()
        ),
        batch_size=1000,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0005_movements_of_standing"),
        ("catalogue", "0002_administered"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnCube",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("approved", models.BigIntegerField(default=0, verbose_name="approved")),
                ("pledged", models.BigIntegerField(default=0, verbose_name="pledged")),
                ("allocated", models.BigIntegerField(default=0, verbose_name="allocated")),
                ("committed", models.BigIntegerField(default=0, verbose_name="committed")),
                ("in_transit", models.BigIntegerField(default=0, verbose_name="in transit")),
                ("received", models.BigIntegerField(default=0, verbose_name="received")),
                ("rejected", models.BigIntegerField(default=0, verbose_name="rejected")),
                ("missing", models.BigIntegerField(default=0, verbose_name="missing")),
                ("last_stated", models.BigIntegerField(default=0, verbose_name="last stated")),
                ("superseded", models.BigIntegerField(default=0, verbose_name="superseded")),
                ("not_covered", models.BigIntegerField(default=0, verbose_name="not covered")),
                ("not_in_country", models.BigIntegerField(default=0, verbose_name="not yet in the country")),
                ("needs_open", models.BigIntegerField(default=0, verbose_name="needs open")),
                ("needs_met", models.BigIntegerField(default=0, verbose_name="needs met")),
                ("needs_covered", models.BigIntegerField(default=0, verbose_name="needs covered")),
                ("needs_unpriced", models.BigIntegerField(default=0, verbose_name="needs unpriced")),
                ("value_approved", models.BigIntegerField(default=0, verbose_name="value approved")),
                ("value_not_covered", models.BigIntegerField(default=0, verbose_name="value not covered")),
                (
                    "value_not_in_country",
                    models.BigIntegerField(default=0, verbose_name="value not yet in the country"),
                ),
                ("closed", models.BooleanField()),
                ("accounts", models.BigIntegerField(default=0, verbose_name="accounts")),
                (
                    "emergency",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.emergency",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.item",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.round",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.sector",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("closed", "member", "sector", "item", "emergency", "round"), name="own_cube_cell"
                    )
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
