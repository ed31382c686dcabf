from django.conf import settings
from django.db import migrations, models


def keep(apps, _editor):
    """What failed jobs said in one language stays, whatever the reader speaks."""
    failed = apps.get_model("platform", "Job").objects.exclude(error="")
    for pk, error in failed.values_list("pk", "error"):
        failed.filter(pk=pk).update(error_words={settings.LANGUAGE_CODE: error})


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0006_job_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="error_words",
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="job",
            name="error",
        ),
    ]
