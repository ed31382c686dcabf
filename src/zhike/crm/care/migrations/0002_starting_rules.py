from django.db import migrations

# occasion, lead, unit, ranks of tiers (empty: all), active
STARTING = [
    ("birthday", 1, "working_days", [], True),
    ("own_date", 3, "working_days", [], True),
    ("spring_festival", 7, "working_days", [3, 4], True),
    ("mid_autumn", 5, "working_days", [3, 4], True),
    ("dragon_boat", 3, "working_days", [4], True),
    ("new_year", 3, "working_days", [4], True),
    ("first_order", 3, "working_days", [3, 4], True),
    ("christmas", 3, "working_days", [], False),
    ("qingming", 3, "working_days", [], False),
]


def write(apps, _schema_editor):
    rules = apps.get_model("care", "CareRule")
    for position, (occasion, lead, unit, tiers, active) in enumerate(STARTING):
        rules.objects.create(
            occasion=occasion, lead=lead, lead_in=unit, tiers=tiers, active=active, position=position
        )


class Migration(migrations.Migration):
    dependencies = [("care", "0001_initial")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
