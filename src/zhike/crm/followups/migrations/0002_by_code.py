"""A rhythm stays with its tier, whatever rank that has."""

from __future__ import annotations

from django.db import migrations, models

from zhike.crm.insight.migrations._ranks import give_codes


def take_over(apps, schema_editor):
    give_codes(apps, ("followups", "ContactPolicy"))


class Migration(migrations.Migration):
    dependencies = [("followups", "0001_initial"), ("insight", "0006_earned_tiers")]
    operations = [
        migrations.AlterModelOptions(
            "contactpolicy", {"ordering": ["code"], "verbose_name": "contact policy"}
        ),
        migrations.AddField("contactpolicy", "code", models.CharField(max_length=60, default="")),
        migrations.RunPython(take_over, migrations.RunPython.noop),
        migrations.RemoveField("contactpolicy", "tier"),
        migrations.AlterField("contactpolicy", "code", models.CharField(max_length=60, unique=True)),
    ]
