from django.db import migrations, models

CAPABILITY = "followups.edit"
#: Roles of older installations that get the right; new ones start with it.
ROLES = ("owner", "sales_manager")


def give_the_right(apps, schema_editor):
    for role in apps.get_model("accounts", "Role").objects.filter(code__in=ROLES):
        if CAPABILITY not in role.capabilities:
            role.capabilities = [*role.capabilities, CAPABILITY]
            role.save(update_fields=["capabilities"])


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ContactPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tier", models.PositiveSmallIntegerField(unique=True)),
                (
                    "every_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="at least every (days)"
                    ),
                ),
                (
                    "at_most",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="at most (contacts)"
                    ),
                ),
                (
                    "within_days",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="within (days)"),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={"verbose_name": "contact policy", "ordering": ["-tier"]},
        ),
        migrations.RunPython(give_the_right, migrations.RunPython.noop),
    ]
