"""Roles that could change tiers or start analyses before segments existed may work with segments too."""

from __future__ import annotations

from django.db import migrations

NEW = {
    "owner": ("segments.edit", "tiers.approve"),
    "sales_manager": ("segments.edit",),
    "analyst": ("segments.edit",),
}


def grant(apps, schema_editor):
    for role in apps.get_model("accounts", "Role").objects.filter(code__in=NEW):
        role.capabilities = [*role.capabilities, *(c for c in NEW[role.code] if c not in role.capabilities)]
        role.save(update_fields=["capabilities"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
