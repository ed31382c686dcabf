"""A real cluster on this machine: a master and two workers, ended with the tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from zhike.analytics import Session
from zhike.analytics.engine.cluster import MIN_JAVA, java_version
from zhike.analytics.engine.distributed import DistributedSession
from zhike.analytics.engine.loopback import LoopbackCluster

# The cluster lives for seconds: quick compilation, small tables in few parts.
QUICK = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: Any) -> Iterator[LoopbackCluster]:
    if (java_version() or 0) < MIN_JAVA:
        pytest.fail("Java is missing: run `make system`")
    with LoopbackCluster(tmp_path_factory.mktemp("cluster"), workers=2, memory="768m") as found:
        yield found


@pytest.fixture(scope="session")
def options(cluster: LoopbackCluster) -> dict[str, str]:
    kept = cluster.options
    for side in ("driver", "executor"):
        kept[f"spark.{side}.extraJavaOptions"] += f" {QUICK}"
    return kept | {"spark.sql.shuffle.partitions": "3", "spark.driver.memory": "768m"}


@pytest.fixture(scope="session")
def distributed(
    cluster: LoopbackCluster, options: dict[str, str], tmp_path_factory: Any
) -> Iterator[DistributedSession]:
    directory = tmp_path_factory.mktemp("shared")
    with DistributedSession(cluster.url, directory=directory, options=options) as session:
        yield session


@pytest.fixture
def embedded() -> Iterator[Session]:
    with Session(threads=1) as session:
        yield session
