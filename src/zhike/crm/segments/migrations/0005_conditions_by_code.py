"""Conditions and saved views name tiers by code: ranks are read by the version in force."""

from __future__ import annotations

import hashlib
import json

from django.db import migrations

from zhike.crm.insight.migrations._ranks import codes_in_force
from zhike.crm.segments.migrations._conditions import of_address, translated


def translate(apps, schema_editor):
    codes = codes_in_force(apps)
    for name in ("Segment", "SegmentVersion"):
        rows = apps.get_model("segments", name).objects
        for pk, before in rows.order_by("pk").values_list("pk", "definition"):
            after = translated(before, codes)
            if after != before:
                hashed = {"sha256": _sha256(after)} if name == "SegmentVersion" else {}
                rows.filter(pk=pk).update(definition=after, **hashed)
    views = apps.get_model("platform", "SavedView").objects
    for pk, query in views.filter(entity="customer", query__contains="tier=").values_list("pk", "query"):
        views.filter(pk=pk).update(query=of_address(query, codes))


def _sha256(definition):
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0007_given_at"),
        ("segments", "0004_tallies"),
        ("platform", "0006_job_words"),
    ]
    operations = [migrations.RunPython(translate, migrations.RunPython.noop)]
