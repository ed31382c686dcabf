from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0005_daily_run"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="job",
            name="message",
        ),
        migrations.AddField(
            model_name="job",
            name="words",
            field=models.JSONField(default=dict),
        ),
    ]
