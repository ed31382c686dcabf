"""`zhike analyze` from the shell."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from analytics.analyze.test_analyze import orders, some_orders
from zhike.analytics.analyze.command import analyze_command


@pytest.fixture
def run():
    def call(*arguments: object):
        return CliRunner().invoke(analyze_command, [str(argument) for argument in arguments])

    return call


def test_it_writes_the_files_and_says_where(run, tmp_path):
    done = run(some_orders(tmp_path / "a.csv"), "--out", tmp_path / "o")
    assert done.exit_code == 0, done.output
    assert "report.html" in done.output
    names = {path.name for path in (tmp_path / "o").iterdir()}
    assert names == {"customers.csv", "customers.parquet", "summary.json", "report.html"}


def test_quiet_prints_nothing(run, tmp_path):
    assert run(some_orders(tmp_path / "a.csv"), "--out", tmp_path / "o", "--quiet").output == ""


def test_columns_day_and_language_are_taken_from_the_options(run, tmp_path):
    path = orders(tmp_path / "a.csv", "x1,2026-01-01,5,7,t\nx2,2026-01-02,6,8,t\n", "who,when,n1,n2,kind\n")
    out = tmp_path / "o"
    done = run(
        path,
        "--out",
        out,
        "--customer",
        "who",
        "--date",
        "when",
        "--amount",
        "n2",
        "--column",
        "category=kind",
        "--as-of",
        "2026-06-30",
        "--lang",
        "en",
    )
    assert done.exit_code == 0, done.output
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (found["revenue"], found["as_of"], found["columns"]["category"]) == (15, "2026-06-30", "kind")
    assert "2 customers" in done.output


@pytest.mark.parametrize("name", ["a.json", "a.toml"])
def test_settings_come_from_json_or_toml(run, tmp_path, name):
    text = '{"abc": {"a_share": 0.5}}' if name.endswith("json") else "[abc]\na_share = 0.5\n"
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = run(some_orders(tmp_path / "a.csv"), "--out", tmp_path / "o", "--config", tmp_path / name)
    assert done.exit_code == 0, done.output
    models = json.loads((tmp_path / "o/summary.json").read_text(encoding="utf-8"))["models"]
    assert models["segments"]["params"]["settings"]["abc"]["a_share"] == 0.5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "无法读取"),
        ("[]", "无法读取"),
        ('{"colour": {}}', "colour"),
        ('{"abc": {"a_share": 7}}', "abc.a_share"),
        ('{"rfm": {"monetary": "love"}}', "rfm.monetary"),
        ('{"rfm": {"monetray": "revenue"}}', "rfm.monetray"),
    ],
)
def test_mistakes_in_the_settings_are_named_by_field(run, tmp_path, content, words):
    (tmp_path / "c.json").write_text(content, encoding="utf-8")
    done = run(some_orders(tmp_path / "a.csv"), "--out", tmp_path / "o", "--config", tmp_path / "c.json")
    assert done.exit_code == 1
    assert words in done.output
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--as-of", "tomorrow"], "--as-of"),
        (["--customer", "谁"], "没有名为“谁”的列"),
        (["--column", "colour=x"], "colour"),
        (["--column", "category"], "字段=列名"),
        (["--encoding", "klingon"], "klingon"),
        (["--config", "nowhere.json"], "nowhere.json"),
    ],
)
def test_mistakes_in_the_options_are_named(run, tmp_path, options, words):
    done = run(some_orders(tmp_path / "a.csv"), "--out", tmp_path / "o", *options)
    assert done.exit_code != 0
    assert words in done.output
    assert "Traceback" not in done.output


def test_errors_come_in_the_chosen_language(run, tmp_path):
    assert "错误：找不到文件" in run(tmp_path / "no.csv", "--out", tmp_path / "o").output
    assert (
        "Error: There is no file" in run(tmp_path / "no.csv", "--out", tmp_path / "o", "--lang", "en").output
    )
