"""Until now every tier was earned; overrides are watched like everything else that decides a tier."""

from __future__ import annotations

from django.db import migrations
from django.db.models import F

from zhike.platform.changes import Watched
from zhike.platform.trigger_migrations import watch


def take_over(apps, schema_editor):
    apps.get_model("insight", "CustomerScore").objects.update(earned_tier=F("tier"))
    activations = apps.get_model("insight", "Activation").objects
    for version in apps.get_model("insight", "Version").objects.order_by("pk"):
        came = activations.create(version=version, by=version.created_by)
        activations.filter(pk=came.pk).update(at=version.created_at)


class Migration(migrations.Migration):
    dependencies = [("insight", "0005_tier_studio"), ("platform", "0001_initial")]
    operations = [
        migrations.RunPython(take_over, migrations.RunPython.noop),
        watch(Watched("insight_tieroverride", "tier_override", "{row}.customer_id")),
    ]
