"""``zhike sync``, ``zhike evaluate`` and ``zhike events``."""

from __future__ import annotations

import signal
import threading
from datetime import datetime

import click
from django.utils import translation

from zhike.crm.insight import events as fast_lane
from zhike.crm.insight import lake, places, services


@click.command()
@click.option("--full", is_flag=True, help="Compare everything and repair what differs.")
def sync(full: bool) -> None:
    """Bring the analytical store up to date."""
    with places.heavy_session() as session:
        synced = lake.sync(session)
        click.echo(f"{synced.rows:,} orders of known customers at position {synced.position}")
        if full:
            found = lake.compare(session)
            click.echo(f"{found.parts} ranges compared, {len(found.repaired)} repaired")


@click.command()
@click.option("--recalibrate", is_flag=True, help="Fix a new version first.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day of the analysis (default: today).")
def evaluate(recalibrate: bool, as_of: datetime | None) -> None:
    """Evaluate every customer and publish scores and tiers."""
    with translation.override("en"):
        job = services.run_now(
            recalibrate=recalibrate, as_of=as_of.date() if as_of else None, progress=click.echo
        )
    found = job.result
    click.echo(
        f"{found['customers']:,} customers as of {found['as_of']}, version {found['version']}: "
        f"{found['published']:,} rows published"
    )


@click.command()
def events() -> None:
    """Serve the fast lane: evaluate customers as soon as something of theirs changes."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stop.set())
    fast_lane.run_forever(stop)
