"""Import a text as a file, in the foreground, as the command line does."""

from __future__ import annotations

from typing import Any

import pytest

from zhike.crm.imports import services
from zhike.crm.imports.models import Import
from zhike.platform import jobs


class Importer:
    """``importer("customers", text)`` carries a whole import through and returns it."""

    def receive(self, entity: str, data: str | bytes, *, actor: Any = None, **kw: Any) -> Import:
        content = data.encode() if isinstance(data, str) else data
        name = kw.pop("file_name", "file.csv")
        return services.receive_file(actor=actor, entity=entity, chunks=[content], file_name=name, **kw)

    def run(self, run: Import, *, actor: Any = None, dry_run: bool = False) -> Import:
        job = services.start(actor=actor, run=run, dry_run=dry_run, deliver=False)
        jobs.run(job.pk)
        run.refresh_from_db()
        return run

    def __call__(
        self,
        entity: str,
        data: str | bytes,
        *,
        actor: Any = None,
        dry_run: bool = False,
        mapping: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        **kw: Any,
    ) -> Import:
        run = self.receive(entity, data, actor=actor, **kw)
        services.choose_mapping(actor=actor, run=run, mapping=mapping or run.mapping, options=options or {})
        return self.run(run, actor=actor, dry_run=dry_run)

    def undo(self, run: Import, *, actor: Any = None) -> Import:
        job = services.undo(actor=actor, run=run, deliver=False)
        jobs.run(job.pk)
        run.refresh_from_db()
        return run


def outcome(run: Import) -> dict[str, int]:
    """The outcomes that occurred, after checking that they add up to the rows."""
    counts = run.counts
    assert sum(counts[name] for name in ("created", "updated", "skipped", "failed")) == counts["rows"]
    names = ("created", "updated", "skipped", "failed", "doubtful")
    return {name: counts[name] for name in names if counts[name]}


@pytest.fixture
def importer(db: Any) -> Importer:
    return Importer()
