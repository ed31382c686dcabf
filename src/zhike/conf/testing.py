"""Settings of the test suite: a throw-away home, plain static files, jobs run where they are enqueued.

``ZHIKE_TEST_STORE=postgresql`` runs the suite on a PostgreSQL server that is started for it.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "ZHIKE_HOME" not in os.environ:
    os.environ["ZHIKE_HOME"] = tempfile.mkdtemp(prefix="zhike-test-")
    atexit.register(shutil.rmtree, os.environ["ZHIKE_HOME"], ignore_errors=True)
# Workers inherit the home of the process that starts them, and would sweep each other's files away.
worker, shared_home = os.environ.get("PYTEST_XDIST_WORKER"), Path(os.environ["ZHIKE_HOME"])
if worker and shared_home.name != worker:
    (shared_home / worker).mkdir(parents=True, exist_ok=True)
    os.environ["ZHIKE_HOME"] = str(shared_home / worker)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# A test run never touches an installation's database by accident.
os.environ.pop("DATABASE_URL", None)

if os.environ.get("ZHIKE_TEST_STORE") == "postgresql":
    # The server is started, and its place filled in, before the first connection (tests/postgres.py).
    os.environ["DATABASE_URL"] = "postgresql:///"

from zhike.conf.settings import *

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
Q_CLUSTER = {**Q_CLUSTER, "sync": True}
ALLOWED_HOSTS = ["*"]
AXES_ENABLED = False

# A file, not memory: backups and columnar connections open it by path.
if str(DATABASES["default"]["ENGINE"]).endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(ZHIKE_HOME / "test.sqlite3")}

STATIC_ROOT.mkdir(exist_ok=True)
