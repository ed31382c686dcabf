"""A whole Spark cluster on this machine, for tests, benchmarks and a first try: one master, some workers.

It listens on 127.0.0.1 only and goes with the process that started it, however that ends.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

from zhike.analytics.engine.cluster import EngineUnavailable, require_software

HOST = "127.0.0.1"
START_SECONDS = 180.0
# Below those that the system gives to outgoing connections: what is free now is free when the daemon listens.
PORTS = range(21_000, 32_000)
# Ends the daemon when this process ends: then the pipe closes.
_GUARD = '"$@" </dev/null & pid=$!; cat >/dev/null; kill $pid; wait $pid'
_QUIET = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""
_MASTER, _WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"


class LoopbackCluster:
    """``with LoopbackCluster(folder) as c: DistributedSession(c.url, directory=…, options=c.options)``.

    ``workers`` executors of ``cores`` cores and ``memory`` each; logs lie in ``directory``.
    """

    def __init__(
        self, directory: str | Path, *, workers: int = 2, cores: int = 1, memory: str = "1g"
    ) -> None:
        self.directory = Path(directory).resolve()
        self.workers, self.cores, self.memory = workers, cores, memory
        self._daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> LoopbackCluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def options(self) -> dict[str, str]:
        """What an application says to fill the cluster."""
        quiet = f"-Dlog4j2.configurationFile={(self.directory / 'log4j2.properties').as_uri()}"
        return {
            "spark.executor.memory": self.memory,
            "spark.executor.cores": str(self.cores),
            "spark.cores.max": str(self.workers * self.cores),
            "spark.driver.extraJavaOptions": quiet,
            "spark.executor.extraJavaOptions": quiet,
        }

    def start(self) -> None:
        """Start all daemons and wait until the workers have registered."""
        require_software()
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
        port, page = _free_ports(2)
        self.url = f"spark://{HOST}:{port}"
        try:
            self._daemon("master", _MASTER, "--port", str(port), "--webui-port", str(page))
            self._wait(page, workers=0)
            for number in range(self.workers):
                room = ("--cores", str(self.cores), "--memory", self.memory, "--webui-port", "0")
                self._daemon(f"worker-{number}", _WORKER, *room, self.url)
            self._wait(page, workers=self.workers)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all daemons; workers end their executors."""
        for daemon in reversed(self._daemons):
            assert daemon.stdin is not None
            daemon.stdin.close()
        for daemon in self._daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
        self._daemons.clear()

    def _daemon(self, name: str, kind: str, *arguments: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        command = [str(home / "bin/spark-class"), kind, "--host", HOST, *arguments]
        with (self.directory / f"{name}.log").open("wb") as log:
            self._daemons.append(
                subprocess.Popen(
                    ["/bin/sh", "-c", _GUARD, name, *command],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=self._environment(home),
                )
            )

    def _environment(self, home: Path) -> dict[str, str]:
        # A variable MASTER would be taken for an argument.
        kept = {name: value for name, value in os.environ.items() if name != "MASTER"}
        return kept | {
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(self.directory),
            "SPARK_LOCAL_IP": HOST,
            "SPARK_WORKER_DIR": str(self.directory / "work"),
            "SPARK_LOCAL_DIRS": str(self.directory / "local"),
            "SPARK_DAEMON_MEMORY": "256m",
            # They hardly do anything but start.
            "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        }

    def _wait(self, page: int, *, workers: int) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if any(daemon.poll() is not None for daemon in self._daemons):
                break
            state = _state(page)
            if state is not None and state["aliveworkers"] >= workers:
                return
            time.sleep(0.1)
        raise EngineUnavailable(
            f"the local cluster did not start; its logs are in {self.directory}",
            f"本机集群未能启动，日志在 {self.directory}",
        )


def _state(page: int) -> dict[str, Any] | None:
    try:
        with urlopen(f"http://{HOST}:{page}/json/", timeout=2) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (OSError, ValueError):
        # Not listening, or not ready to tell.
        return None


def _free_ports(count: int) -> list[int]:
    shuffled = random.SystemRandom().sample(PORTS, len(PORTS))
    return list(itertools.islice(filter(_is_free, shuffled), count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
