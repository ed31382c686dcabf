"""A strategy stays with its tier, whatever rank that has."""

from __future__ import annotations

from django.db import migrations, models

from zhike.crm.insight.migrations._ranks import give_codes


def take_over(apps, schema_editor):
    give_codes(apps, ("strategy", "TierStrategy"), ("strategy", "Benefit"))


class Migration(migrations.Migration):
    dependencies = [("strategy", "0001_initial"), ("insight", "0006_earned_tiers")]
    operations = [
        migrations.AlterModelOptions(
            "tierstrategy", {"ordering": ["code"], "verbose_name": "strategy of a tier"}
        ),
        migrations.AlterModelOptions("benefit", {"ordering": ["code", "position", "pk"]}),
        migrations.AddField("tierstrategy", "code", models.CharField(max_length=60, default="")),
        migrations.AddField("benefit", "code", models.CharField(max_length=60, default="")),
        migrations.RunPython(take_over, migrations.RunPython.noop),
        migrations.RemoveConstraint("benefit", "benefit_once_per_tier"),
        migrations.RemoveField("tierstrategy", "tier"),
        migrations.RemoveField("benefit", "tier"),
        migrations.AlterField("tierstrategy", "code", models.CharField(max_length=60, unique=True)),
        migrations.AlterField("benefit", "code", models.CharField(max_length=60, db_index=True)),
        migrations.AddConstraint(
            "benefit",
            models.UniqueConstraint(fields=["code", "name"], name="benefit_once_per_tier_code"),
        ),
    ]
