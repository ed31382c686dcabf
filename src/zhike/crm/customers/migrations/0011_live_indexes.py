from django.db import migrations

# Which customers a person sees, answered from the index alone: through the table PostgreSQL would read a
# page of it for each, tens of thousands for one person's customers.
INDEXES = {
    "customer_live_owner": "(owner_id, id) INCLUDE (team_id)",
    "customer_live": "(id) INCLUDE (owner_id, team_id)",
}


def add_indexes(apps, schema_editor):
    """SQLite has its own such index, ``customer_facets``, and plans with it."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, columns in INDEXES.items():
        schema_editor.execute(
            f"CREATE INDEX IF NOT EXISTS {name} ON customers_customer {columns} WHERE deleted_at IS NULL"
        )


def remove_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_facets")]
    operations = [migrations.RunPython(add_indexes, remove_indexes)]
