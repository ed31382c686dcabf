from django.db import migrations

# What is known when the history begins: the owner of today, since the record was made.
BACK_FILL = """
INSERT INTO customers_ownerhistory (customer_id, owner_id, team_id, valid_from, origin, reason)
SELECT id, owner_id, team_id, created_at, 'created', '' FROM customers_customer
WHERE owner_id IS NOT NULL OR team_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_ownership")]
    operations = [migrations.RunSQL(BACK_FILL, migrations.RunSQL.noop)]
