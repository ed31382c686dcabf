"""The command ``zhike``: a thin door to the services and to the library."""

from __future__ import annotations

import os

import click


def django_ready() -> None:
    """Load Django once a command needs it; the analytical commands never do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhike.conf.settings")
    import django

    django.setup()


@click.group()
@click.version_option(package_name="zhike")
def main() -> None:
    """Zhike 知客 – know what every customer is worth, and act on it."""


@main.command()
@click.argument("job_id", type=int)
def job(job_id: int) -> None:
    """Run one background job (started by the worker)."""
    django_ready()
    from zhike.platform.jobs import run

    run(job_id)


if __name__ == "__main__":
    main()
