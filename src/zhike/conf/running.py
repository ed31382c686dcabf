"""Starting what runs: the web server, the worker and the supervisor over both."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import sys
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command

PACKAGE = Path(__file__).resolve().parent.parent


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=4, show_default=True, help="Threads of the web process.")
def serve(host: str, port: int, threads: int) -> None:
    """Run web and worker until Ctrl-C or SIGTERM."""
    prepare()
    say_setup_code(f"http://{host}:{port}/welcome/")
    run_all({"web": web_command(host, port, threads), **worker_commands()})


@click.command()
def worker() -> None:
    """Run the worker alone (events and jobs), for installations that run the web server elsewhere."""
    prepare()
    run_all(worker_commands())


@click.command()
@click.argument("job_id", type=int)
def job(job_id: int) -> None:
    """Run one background job (started by the worker)."""
    from zhike.platform.jobs import run

    run(job_id)


@click.command()
def migrate() -> None:
    """Bring the store up to this version."""
    prepare()
    say_setup_code("/welcome/")


def say_setup_code(address: str) -> None:
    """While nobody can manage users: print the code that opens the set-up."""
    from zhike.crm.welcome import code

    if code.is_open():
        click.echo(f"\nZhike 知客 is empty. Set it up at {address}\n  set-up code  {code.issue()}\n")


def run_all(commands: dict[str, list[str]]) -> None:
    from zhike.platform.supervisor import Supervisor

    sys.exit(Supervisor(commands).run())


def web_command(host: str, port: int, threads: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        str(threads),
        "--no-ws",
        "--log-level",
        "warning",
        "zhike.conf.wsgi:application",
    ]


def worker_commands() -> dict[str, list[str]]:
    return {
        "events": [sys.executable, "-m", "zhike", "events"],
        # Checks would load every page of the web server before the first job runs.
        "jobs": [sys.executable, "-m", "django", "qcluster", "--skip-checks"],
    }


def prepare() -> None:
    """Migrations, starting roles and static files; quick when nothing changed."""
    from zhike.crm.accounts.services import ensure_starting_roles

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhike.conf.settings")
    call_command("migrate", interactive=False, verbosity=0)
    ensure_starting_roles()
    collect_static()


def collect_static() -> None:
    """Collect the static files when the version or a file changed."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    state = _static_state()
    if stamp.exists() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(state)


def _static_state() -> str:
    digest = hashlib.sha256(importlib.metadata.version("zhike").encode())
    for path in sorted(PACKAGE.glob("**/static/**/*")):
        if path.is_file():
            digest.update(f"{path.name} {path.stat().st_mtime_ns} {path.stat().st_size}".encode())
    return digest.hexdigest()
