"""Settings of the test suite: a throw-away home, plain static files, jobs run where they are enqueued."""

import os
import tempfile

os.environ.setdefault("ZHIKE_HOME", tempfile.mkdtemp(prefix="zhike-test-"))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from zhike.conf.settings import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
Q_CLUSTER = {**Q_CLUSTER, "sync": True}  # noqa: F405
ALLOWED_HOSTS = ["*"]
AXES_ENABLED = False
