"""``zhike simulate``: a simulated company as files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from zhike.analytics.simulate.export import Form, write_stream
from zhike.analytics.simulate.settings import Settings


@click.command("simulate")
@click.option(
    "--customers", type=click.IntRange(min=1), default=20_000, show_default=True, help="Customer records."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds give equal companies.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last simulated day (default: today).")
@click.option(
    "--years", type=click.FloatRange(min=0.1), default=3.0, show_default=True, help="Length of the history."
)
@click.option("--orders-per-customer", type=click.FloatRange(min=1.1), default=7.0, show_default=True)
@click.option("--one-time-share", type=click.FloatRange(0, 1), help="At least this share buys exactly once.")
@click.option("--format", "form", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to."
)
def simulate_command(
    customers: int,
    seed: int,
    until: datetime | None,
    years: float,
    orders_per_customer: float,
    one_time_share: float | None,
    form: Form,
    out: Path,
) -> None:
    """Write a simulated Chinese trading company: invented customers, orders and the truth behind them."""
    settings = Settings(
        customers=customers,
        seed=seed,
        until=(until or datetime.now()).date(),
        years=years,
        orders_per_customer=orders_per_customer,
        one_time_share=one_time_share,
    )
    with click.progressbar(length=customers, label="Simulating", show_pos=True) as bar:

        def reached(done: int, _total: int) -> None:
            bar.update(done - bar.pos)

        rows = write_stream(settings, out, form=form, progress=reached)["rows"]
    count = f"{rows['customers']:,} simulated customers, {rows['orders']:,} orders"
    click.echo(f"{count} until {settings.until} written to {out}")
