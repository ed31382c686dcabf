"""The other half of a restore drill, in the throw-away installation: restore, and say what came back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def try_out(path: Path) -> dict[str, Any]:
    """Restore the backup here; rows, facts, what the store finds wrong, and how many files there are."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from zhike.platform import backup

    backup.make_tables()
    rows = backup.restore(path, audited=False)
    found = {"rows": rows, "facts": backup.read_facts(), "problems": backup.problems()}
    call_command("migrate", interactive=False, verbosity=0)
    executor = MigrationExecutor(connection)
    uploads = Path(settings.MEDIA_ROOT)
    files = [one for one in uploads.rglob("*") if one.is_file()] if uploads.exists() else []
    unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return {**found, "unapplied": len(unapplied), "files": len(files)}


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write("\n" + json.dumps(try_out(Path(sys.argv[1]))) + "\n")
