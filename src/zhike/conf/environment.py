"""What the environment may set, read once; everything else has one place in ``settings``."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-64000; "
    # Rows are read where the system keeps them, without copying each page first.
    "PRAGMA mmap_size=2147418112;"
)

EMAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def home() -> Path:
    """The folder that holds all state of an installation."""
    folder = Path(os.environ.get("ZHIKE_HOME") or "var").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def secret_key(folder: Path) -> str:
    """The installation's own random secret, made at first use."""
    given = os.environ.get("ZHIKE_SECRET_KEY")
    if given:
        return given
    path = folder / "secret_key"
    if not path.exists():
        fresh = folder / f"secret_key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        # The link fails when another process was first: its secret stands.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


# Pages look up a few rows of large tables on solid-state disks; the helpers of a parallel plan take longer to
# start than that. ``?options=`` in the address replaces it.
POSTGRESQL_PLANNING = (
    "-c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c work_mem=32MB -c jit=off"
)


def database(folder: Path) -> dict[str, object]:
    """Django's settings for ``DATABASE_URL`` (postgresql://…), or SQLite in the home folder."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return _sqlite(folder)
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SystemExit("DATABASE_URL must start with postgresql://")
    options: dict[str, object] = {"options": POSTGRESQL_PLANNING, **dict(parse_qsl(parts.query))}
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _sqlite(folder: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "zhike.sqlite3"),
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
    }


def engine() -> str:
    """Where full runs compute: "" for the embedded engine, or the address of a Spark cluster."""
    found = os.environ.get("ZHIKE_ENGINE", "").strip()
    if found in ("", "embedded"):
        return ""
    if not found.startswith("spark://"):
        raise SystemExit("ZHIKE_ENGINE must be embedded or spark://host:7077")
    return found


def email() -> dict[str, object]:
    """Django's settings for the mail server named by ``ZHIKE_EMAIL_HOST``; without it e-mail is off."""
    host = os.environ.get("ZHIKE_EMAIL_HOST", "").strip()
    backend = "smtp" if host else "dummy"
    security = os.environ.get("ZHIKE_EMAIL_SECURITY", "starttls").lower()
    if security not in EMAIL_PORTS:
        raise SystemExit("ZHIKE_EMAIL_SECURITY must be starttls, tls or none")
    port = os.environ.get("ZHIKE_EMAIL_PORT", "") or str(EMAIL_PORTS[security])
    if not port.isdigit():
        raise SystemExit("ZHIKE_EMAIL_PORT must be a number")
    sender = os.environ.get("ZHIKE_EMAIL_FROM", "").strip()
    if host and "@" not in sender:
        raise SystemExit("ZHIKE_EMAIL_FROM must be the sender's address when ZHIKE_EMAIL_HOST is set")
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{backend}.EmailBackend",
        "EMAIL_HOST": host or "localhost",
        "EMAIL_PORT": int(port),
        "EMAIL_HOST_USER": os.environ.get("ZHIKE_EMAIL_USER", ""),
        "EMAIL_HOST_PASSWORD": os.environ.get("ZHIKE_EMAIL_PASSWORD", ""),
        "EMAIL_USE_TLS": security == "starttls",
        "EMAIL_USE_SSL": security == "tls",
        "EMAIL_TIMEOUT": 15,
        "DEFAULT_FROM_EMAIL": sender or "zhike@localhost",
    }


def address(origins: list[str]) -> str:
    """Where people reach the product, for links in e-mails and calendars: the first trusted origin."""
    return (os.environ.get("ZHIKE_ADDRESS", "").strip() or (origins[0] if origins else "")).rstrip("/")


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def names(variable: str) -> list[str]:
    return [part.strip() for part in os.environ.get(variable, "").split(",") if part.strip()]
