from django.db import migrations

from zhike.platform.changes import Watched
from zhike.platform.trigger_migrations import watch


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0001_initial"),
        ("customers", "0010_facets"),
        ("platform", "0001_initial"),
    ]
    operations = [
        watch(Watched("customers_customer_tags", "tag", "{row}.customer_id")),
        watch(Watched("customers_listmember", "list", "{row}.customer_id")),
    ]
