"""The analytical engine: sessions, one SQL text for every dialect, the lake and published snapshots."""

from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.dialect import UnsupportedSqlError, render
from zhike.analytics.engine.lake import Lake
from zhike.analytics.engine.session import Session
from zhike.analytics.engine.snapshot import NoSnapshotError, Reader, SnapshotInfo, SnapshotReader, publish

__all__ = [
    "Engine",
    "Lake",
    "NoSnapshotError",
    "Reader",
    "Session",
    "SnapshotInfo",
    "SnapshotReader",
    "UnsupportedSqlError",
    "publish",
    "render",
]
