"""The web server's entry."""

import os
from threading import Thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhike.conf.settings")

from django.core.wsgi import get_wsgi_application

from zhike.analytics.engine.warming import warm_up

application = get_wsgi_application()
# Beside the first answers, which need nothing of it.
Thread(target=warm_up, name="warm-up", daemon=True).start()
