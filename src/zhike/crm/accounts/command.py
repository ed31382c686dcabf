"""``zhike user``: the first user of an installation, and a way back in."""

from __future__ import annotations

import secrets

import click
from django.core.management import call_command

from zhike.crm.accounts import services
from zhike.crm.accounts.models import Role, User


@click.command()
@click.argument("username")
@click.option("--name", default="", help="Name that colleagues see.")
@click.option("--role", default="owner", help="Code of the role.")
def user(username: str, name: str, role: str) -> None:
    """Create USERNAME, or give an existing one a new random password; prints the password."""
    call_command("migrate", interactive=False, verbosity=0)
    services.ensure_starting_roles()
    password = secrets.token_urlsafe(12)
    existing = User.objects.filter(username=username).first()
    if existing:
        services.set_password(actor=None, user=existing, password=password)
    else:
        found = Role.objects.filter(code=role).first()
        if found is None:
            raise click.BadParameter(f"unknown role {role}")
        services.create_user(
            actor=None, username=username, display_name=name or username, password=password, role=found
        )
    click.echo(f"user: {username}\npassword: {password}")
