from django.db import migrations

from zhike.platform.trigger_migrations import append_only


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]
    operations = [append_only("platform_auditevent")]
