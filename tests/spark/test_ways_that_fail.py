"""What a person reads who asks for the cluster and cannot have it."""

from __future__ import annotations

import sys

import pytest

from zhike.analytics.engine.cluster import EngineUnavailable, java_version, require_master, require_software
from zhike.analytics.engine.distributed import DistributedSession
from zhike.conf import environment
from zhike.crm.insight import places
from zhike.crm.insight.errors import EngineError


def test_without_pyspark_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineUnavailable, match=r"zhike\[spark\]") as found:
        require_software()
    assert "pip install 'zhike[spark]'" in found.value.words.zh


@pytest.mark.parametrize("told", ["", 'openjdk version "11.0.2" 2019-01-15', 'java version "1.8.0_201"'])
def test_without_a_java_runtime_of_today_the_remedy_is_named(monkeypatch, tmp_path, told):
    if told:
        (tmp_path / "java").write_text(f"#!/bin/sh\necho '{told}' >&2\n", encoding="utf-8")
        (tmp_path / "java").chmod(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere")
    with pytest.raises(
        EngineUnavailable, match=r"zhike\[spark\] needs a Java runtime 17 or newer.*JAVA_HOME"
    ):
        require_software()


def test_the_java_of_java_home_counts_first(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/java").write_text(
        "#!/bin/sh\necho 'openjdk version \"21\" 2023-09-19' >&2\n", encoding="utf-8"
    )
    (tmp_path / "bin/java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_version() == 21


@pytest.mark.parametrize(
    "address", ["spark://", "spark://host", "local[2]", "http://host:7077", "spark://a:1,b"]
)
def test_an_address_that_is_none_is_told_with_an_example(address):
    with pytest.raises(EngineUnavailable, match="it looks like spark://host:7077"):
        require_master(address)


def test_a_master_that_does_not_answer_is_told_at_once(tmp_path):
    with pytest.raises(EngineUnavailable, match=r"no Spark master answers at spark://127\.0\.0\.1:9,127"):
        DistributedSession("spark://127.0.0.1:9,127.0.0.1:1", directory=tmp_path)


def test_a_full_run_says_so_in_the_language_of_the_reader(settings, tmp_path):
    settings.ZHIKE_HOME, settings.ANALYSIS_ENGINE = tmp_path, "spark://127.0.0.1:9"
    with pytest.raises(EngineError, match="没有 Spark 主节点应答"), places.full_engine(None):
        pass


def test_the_setting_knows_both_engines_and_nothing_else(monkeypatch):
    for given, meant in {"": "", "embedded": "", " spark://a:7077 ": "spark://a:7077"}.items():
        monkeypatch.setenv("ZHIKE_ENGINE", given)
        assert environment.engine() == meant
    monkeypatch.setenv("ZHIKE_ENGINE", "duckdb")
    with pytest.raises(SystemExit, match="embedded or spark://host:7077"):
        environment.engine()
