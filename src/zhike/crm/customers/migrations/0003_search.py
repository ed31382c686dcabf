from typing import Any

from django.db import migrations

SQLITE = [
    "CREATE VIRTUAL TABLE customers_search USING fts5("
    "names, reach, tokenize = \"unicode61 remove_diacritics 0\", prefix = '1 2 3')"
]
POSTGRESQL = [
    "CREATE TABLE customers_search (customer_id bigint PRIMARY KEY REFERENCES customers_customer (id) "
    "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, body tsvector NOT NULL)",
    "CREATE INDEX customers_search_body ON customers_search USING gin (body)",
]


def create(_apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def drop(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE customers_search", params=None)


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_change_log")]
    operations = [migrations.RunPython(create, drop)]
