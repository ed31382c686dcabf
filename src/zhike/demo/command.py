"""``zhike demo``: a simulated company from nothing to a served product, in one command."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from zhike.cli import django_ready
from zhike.platform.errors import Text

USERNAME = "boss"
SECONDS_BETWEEN_LINES = 3.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--customers", default=20_000, show_default=True, help="Size of the simulated company.")
@click.option("--seed", default=2026, show_default=True)
@click.option("--no-serve", is_flag=True, help="Prepare everything, do not serve.")
def demo(host: str, port: int, customers: int, seed: int, no_serve: bool) -> None:
    """Create a simulated company (once), analyze it and serve it."""
    django_ready()
    from zhike.conf.running import prepare, run_all, web_command, worker_commands
    from zhike.crm.accounts.models import User
    from zhike.demo.life import enliven

    with step("Preparing the store"):
        prepare()
    load_once(customers, seed)
    announce(host, port)
    with step("Adding tasks, birthdays and a list") as say:
        enliven(User.objects.get(username=USERNAME), say)
    if not no_serve:
        run_all({"web": web_command(host, port, threads=4), **worker_commands()})


def load_once(customers: int, seed: int) -> None:
    """Load and analyze the company unless an earlier demo finished that."""
    from zhike.crm.insight.models import Run

    if Run.objects.filter(finished_at__isnull=False).exists():
        click.echo("The company is there already; its data are kept.")
        return
    from django.utils import translation

    from zhike.crm.insight.services import run_now
    from zhike.crm.prediction.services import score_now
    from zhike.demo.loader import load

    with step(f"Simulating {customers:,} customers and loading them") as say:
        load(customers=customers, seed=seed, progress=say)
    with step("Analyzing every customer") as say, translation.override("en"):
        run_now(progress=say)
    with step("Training the models and predicting") as say, translation.override("en"):
        score_now(progress=say)


@contextmanager
def step(title: str) -> Iterator[Callable[[Text], None]]:
    """One line per step with its duration; below it the progress, a line every few seconds."""
    started = said = time.monotonic()
    click.echo(f"{title} …")

    def say(text: Text) -> None:
        nonlocal said
        if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            click.echo(f"  {text}")

    yield say
    click.echo(f"  done in {time.monotonic() - started:.1f} s")


def announce(host: str, port: int) -> None:
    """Print the address and the sign-in; the password is new at every start."""
    from zhike.crm.accounts import services
    from zhike.crm.accounts.models import Role, User

    password = secrets.token_urlsafe(9)
    user = User.objects.filter(username=USERNAME).first()
    fields: dict[str, Any] = {"username": USERNAME, "display_name": "陈总", "password": password}
    if user is None:
        services.create_user(actor=None, role=Role.objects.get(code="owner"), **fields)
    else:
        services.set_password(actor=None, user=user, password=password)
    click.echo(f"\nZhike 知客   http://{host}:{port}/\n  user      {USERNAME}\n  password  {password}\n")
