"""A company on disk: the same in both forms, the truth apart, by function and by command."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from zhike.analytics.simulate import Settings, simulate, write, write_stream
from zhike.analytics.simulate.command import simulate_command

UNTIL = date(2026, 11, 21)


def test_parquet_holds_the_tables_exactly(tmp_path: Path) -> None:
    company = simulate(60, seed=4, until=UNTIL)
    write(company, tmp_path)
    for name, table in {**company.tables, "truth": company.truth}.items():
        # Parquet knows no seconds: times come back in milliseconds.
        assert pq.read_table(tmp_path / f"{name}.parquet").cast(table.schema) == table
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["simulated"] is True


def test_csv_holds_money_with_its_decimals_and_the_truth_stays_parquet(tmp_path: Path) -> None:
    company = simulate(60, seed=4, until=UNTIL)
    write(company, tmp_path, form="csv")
    text = pa_csv.ConvertOptions(column_types={"amount": "string", "number": "string"})
    read = pa_csv.read_csv(tmp_path / "orders.csv", convert_options=text)
    assert read["amount"].to_pylist() == [str(value) for value in company["orders"]["amount"].to_pylist()]
    assert read["number"].to_pylist() == company["orders"]["number"].to_pylist()
    assert (tmp_path / "truth.parquet").exists()
    assert not (tmp_path / "truth.csv").exists()


def test_a_stream_is_written_as_if_at_once(tmp_path: Path) -> None:
    seen: list[int] = []
    settings = Settings(customers=250, seed=4, until=UNTIL, block=100)
    facts = write_stream(settings, tmp_path, progress=lambda done, total: seen.append(done))
    assert seen == [100, 200, 250]
    rows = facts["rows"]
    assert isinstance(rows, dict)
    assert pq.read_table(tmp_path / "customers.parquet").num_rows == rows["customers"] == 250
    assert pq.read_table(tmp_path / "products.parquet").num_rows == rows["products"]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_command_writes_a_company_and_says_so(tmp_path: Path, form: str) -> None:
    words = [
        "--customers",
        "50",
        "--seed",
        "3",
        "--until",
        "2026-11-21",
        "--format",
        form,
        "--out",
        str(tmp_path),
    ]
    result = CliRunner().invoke(simulate_command, words)
    assert result.exit_code == 0, result.output
    assert "50 simulated customers" in result.output
    assert (tmp_path / f"orders.{form}").exists()


def test_the_command_refuses_an_empty_company(tmp_path: Path) -> None:
    result = CliRunner().invoke(simulate_command, ["--customers", "0", "--out", str(tmp_path)])
    assert result.exit_code != 0
