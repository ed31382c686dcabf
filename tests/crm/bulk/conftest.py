"""Acts on customers, confirmed and run where they are enqueued."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from zhike.crm.bulk import services
from zhike.crm.bulk.models import BulkAct
from zhike.platform import jobs


class Worker:
    """Prepares, confirms and runs an act, as the pages and the queue do."""

    def draft(self, actor: Any, kind: str, params: dict[str, Any], query: str = "") -> BulkAct:
        return services.draft(actor=actor, kind=kind, params=params, query=QueryDict(query))

    def confirmed(
        self, actor: Any, kind: str, params: dict[str, Any], query: str = "", **more: Any
    ) -> BulkAct:
        """Confirmed, its job waiting."""
        return services.confirm(actor=actor, act=self.draft(actor, kind, params, query), **more)

    def __call__(
        self, actor: Any, kind: str, params: dict[str, Any], query: str = "", **more: Any
    ) -> BulkAct:
        return self.run(self.confirmed(actor, kind, params, query, **more))

    def run(self, act: BulkAct) -> BulkAct:
        assert act.job is not None
        jobs.run(act.job.pk)
        act.refresh_from_db()
        return act

    def undo(self, actor: Any, act: BulkAct) -> BulkAct:
        return self.run(services.undo(actor=actor, act=act))


@pytest.fixture
def work() -> Worker:
    return Worker()
