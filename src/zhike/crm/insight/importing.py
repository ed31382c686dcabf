"""Whether a file is being imported: until it is in, an analysis would show the tiers of a part."""

from __future__ import annotations

from django.db.models import Q

from zhike.platform.models import Job


def is_at_work() -> bool:
    """An import, the undoing of one, or the loading of a simulated company waits or works."""
    bringing = Q(kind__startswith="imports.") | Q(kind="demo.load")
    return Job.objects.open().filter(bringing).exists()
