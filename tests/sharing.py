"""How test files are shared out among the workers."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling

# Folders whose files share what takes long to start: a cluster of Spark, three Java machines.
TOGETHER = ("tests/spark/",)


class ByFile(LoadFileScheduling):
    """Each file goes to one worker as a whole; so do the folders that belong together."""

    def _split_scope(self, nodeid: str) -> str:
        folder = next((folder for folder in TOGETHER if nodeid.startswith(folder)), None)
        return folder or str(super()._split_scope(nodeid))


def scheduler(config: Any, log: Any) -> ByFile | None:
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None
