"""``zhike backup``, ``zhike restore`` and ``zhike check``."""

from __future__ import annotations

from pathlib import Path

import click

from zhike.platform import backup


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path, dir_okay=False))
def backup_command(target: Path | None) -> None:
    """Write a verified backup (to TARGET, or into the installation's folder)."""
    path = backup.write(target.resolve() if target else None)
    click.echo(f"{path} ({path.stat().st_size:,} bytes, verified)")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore_command(source: Path, yes: bool) -> None:
    """Replace the store and the files by those of the backup SOURCE. Stop the service first."""
    from django.core.management import call_command

    if not yes:
        click.confirm("This replaces everything in this installation. Go on?", abort=True)
    backup.make_tables()
    counts = backup.restore(source)
    call_command("migrate", interactive=False, verbosity=0)
    click.echo(f"Restored {sum(counts.values()):,} rows in {len(counts)} tables; run `zhike evaluate` next.")


@click.command()
def check_command() -> None:
    """Check the settings and the store; ends with an error when something is wrong."""
    from django.core.management import call_command

    call_command("check", deploy=False)
    call_command("migrate", check_unapplied=True, interactive=False, verbosity=0)
    click.echo("ok")
