from django.db import migrations

from zhike.platform.changes import Watched
from zhike.platform.trigger_migrations import watch


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("platform", "0001_initial")]
    operations = [watch(Watched("orders_order", "order", "{row}.customer_id"))]
