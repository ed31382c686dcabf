"""The command ``zhike``: a thin door to the services and to the library."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

# name → (module:attribute, needs Django). Loaded when called, so that each command starts fast.
COMMANDS: dict[str, tuple[str, bool]] = {
    "analyze": ("zhike.analytics.analyze.command:analyze_command", False),
    "simulate": ("zhike.analytics.simulate.command:simulate_command", False),
    "demo": ("zhike.demo.command:demo", False),
    "serve": ("zhike.conf.running:serve", True),
    "worker": ("zhike.conf.running:worker", True),
    "job": ("zhike.conf.running:job", True),
    "migrate": ("zhike.conf.running:migrate", True),
    "user": ("zhike.crm.accounts.command:user", True),
    "import": ("zhike.crm.imports.command:import_group", True),
    "sync": ("zhike.crm.insight.command:sync", True),
    "evaluate": ("zhike.crm.insight.command:evaluate", True),
    "events": ("zhike.crm.insight.command:events", True),
    "backup": ("zhike.platform.command:backup_command", True),
    "restore": ("zhike.platform.command:restore_command", True),
    "check": ("zhike.platform.command:check_command", True),
}


class LazyGroup(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        place, needs_django = COMMANDS[cmd_name]
        if needs_django:
            django_ready()
        module, _colon, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


def django_ready() -> None:
    """Load Django for the commands that need it; the analytical ones never do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhike.conf.settings")
    import django

    django.setup()


@click.command(cls=LazyGroup)
@click.version_option(package_name="zhike")
def cli() -> None:
    """Zhike 知客 – know what every customer is worth, and act on it."""


def main() -> Any:
    """Entry point; a broken rule is one line on the screen, not a traceback."""
    try:
        return cli(standalone_mode=True)
    except Exception as error:
        if type(error).__module__ == "django.db.utils" and _is_unprepared():
            raise SystemExit("zhike: the store is not ready for this version: run `zhike migrate`") from error
        if hasattr(error, "message") and hasattr(error, "code"):
            raise SystemExit(f"zhike: {error}") from error
        raise


def _is_unprepared() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


if __name__ == "__main__":
    main()
