from django.db import migrations


def add_index(apps, schema_editor):
    """PostgreSQL reads the log by transaction; SQLite by its key, where an index would only cost."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX IF NOT EXISTS changelog_xid ON platform_changelog (xid)")


def remove_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS changelog_xid")


class Migration(migrations.Migration):
    dependencies = [("platform", "0002_append_only")]
    operations = [migrations.RunPython(add_index, remove_index)]
