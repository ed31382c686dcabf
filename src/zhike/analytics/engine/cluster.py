"""The way to a Spark cluster: what must be installed, one connection per process, clear words on failure."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from zhike.analytics.words import Words

MIN_JAVA = 17
CONNECT_SECONDS = 5.0
_SCHEME = "spark://"


class EngineUnavailable(RuntimeError):
    """The distributed engine cannot be used here; the message says what is missing and how to get it."""

    code = "engine_unavailable"

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.words = Words(en, zh)
        self.message = en


@dataclass
class Connection:
    """The one Spark application of this process, shared by its sessions."""

    master: str
    spark: Any
    users: int = field(default=0)

    def release(self) -> None:
        global _current
        self.users -= 1
        if self.users == 0:
            _current = None
            self.spark.stop()


_current: Connection | None = None


def connect(master: str, options: Mapping[str, str]) -> Connection:
    """The connection to ``master`` (``spark://host:port``, several masters separated by commas).

    Raises :class:`EngineUnavailable` when pyspark or Java is missing, or nobody answers.
    """
    global _current
    if _current is None or _current.master != master:
        require_software()
        require_master(master)
    if _current is None:
        _current = Connection(master, _start(master, options))
    if _current.master != master:
        raise EngineUnavailable(
            f"this process already works on {_current.master}", f"本进程已在使用 {_current.master}"
        )
    _current.users += 1
    return _current


def require_software() -> None:
    """Raise unless pyspark and a Java runtime are here."""
    if find_spec("pyspark") is None:
        raise EngineUnavailable(
            "the distributed engine needs the extra zhike[spark]: pip install 'zhike[spark]'",
            "分布式引擎需要安装扩展 zhike[spark]：pip install 'zhike[spark]'",
        )
    found = java_version()
    if found is None or found < MIN_JAVA:
        seen = ("none was found", "未找到") if found is None else (f"{found} was found", f"现为 {found}")
        raise EngineUnavailable(
            f"zhike[spark] needs a Java runtime {MIN_JAVA} or newer, {seen[0]}: install one (such as the "
            "system package openjdk-17-jre-headless) or set JAVA_HOME",
            f"zhike[spark] 需要 Java {MIN_JAVA} 或更高版本的运行环境（{seen[1]}）：请安装"
            "（如系统软件包 openjdk-17-jre-headless）或设置 JAVA_HOME",
        )


def java_version() -> int | None:
    """The major version of the Java runtime that Spark would use."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if java is None:
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else None


def require_master(master: str) -> None:
    """Raise unless one of the masters listens: Spark itself would try for a minute."""
    for host, port in _masters(master):
        try:
            socket.create_connection((host, port), CONNECT_SECONDS).close()
            return
        except OSError:
            continue
    raise EngineUnavailable(f"no Spark master answers at {master}", f"{master} 处没有 Spark 主节点应答")


def _masters(master: str) -> list[tuple[str, int]]:
    if not re.fullmatch(r"spark://[^,:/]+:\d{1,5}(,[^,:/]+:\d{1,5})*", master):
        raise EngineUnavailable(
            f"{master!r} is no address of a cluster; it looks like spark://host:7077",
            f"“{master}”不是集群地址，正确的形式如 spark://host:7077",
        )
    pairs = [place.split(":") for place in master.removeprefix(_SCHEME).split(",")]
    return [(host, int(port)) for host, port in pairs]


def _start(master: str, options: Mapping[str, str]) -> Any:
    from pyspark.sql import SparkSession

    # The workers' Python is this one, unless the environment names another.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("zhike").master(master)
    for name, value in {**_DEFAULTS, **_addresses(master), **options}.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except Exception as error:
        raise EngineUnavailable(
            f"the Spark cluster at {master} refused: {error}", f"{master} 处的 Spark 集群拒绝连接：{error}"
        ) from error
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _addresses(master: str) -> dict[str, str]:
    """On a cluster of this machine alone nothing needs to listen to the network."""
    host = _masters(master)[0][0]
    if host != "localhost" and not (_is_address(host) and ip_address(host).is_loopback):
        return {}
    return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


_DEFAULTS = {
    # Nothing is ever put there; the default would make a folder wherever one happens to stand.
    "spark.sql.warehouse.dir": str(Path(tempfile.gettempdir()) / "spark-warehouse"),
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
