"""Finding records that are one: against published sets with known truth, and the simulated company's."""

from __future__ import annotations

import itertools
import re
import time
from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from zhike.analytics.duplicates import find_duplicates, find_links
from zhike.analytics.duplicates.prepare import bare_name
from zhike.analytics.simulate import Settings, combine, stream

Pairs = set[tuple[int, int]]


def pairs_of(groups: Iterable[Hashable]) -> Pairs:
    """All pairs of row numbers with the same group."""
    members = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    return {pair for rows in members.values() for pair in itertools.combinations(rows, 2)}


def found(table: pa.Table) -> Pairs:
    return set(zip(table["left"].to_pylist(), table["right"].to_pylist(), strict=True))


def quality(got: Pairs, truth: Pairs) -> tuple[float, float, float]:
    """(precision, recall, F1)"""
    hits = len(got & truth)
    precision, recall = hits / len(got), hits / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


def febrl(data_dir, name: str) -> tuple[Any, Pairs]:
    import pandas as pd

    frame = pd.read_csv(data_dir / f"febrl/{name}.csv.gz", skipinitialspace=True, dtype=str)
    frame.columns = [column.strip() for column in frame.columns]
    truth = pairs_of(re.match(r"rec-(\d+)", text)[1] for text in frame.pop("rec_id"))
    return frame, truth


@pytest.mark.parametrize(("name", "count"), [("febrl1", 500), ("febrl3", 6538)])
@pytest.mark.parametrize(("without", "least"), [((), 0.998), (("soc_sec_id",), 0.988)])
def test_febrl_is_found_as_well_as_by_the_reference(data_dir, name, count, without, least):
    frame, truth = febrl(data_dir, name)
    assert len(truth) == count
    assert quality(found(find_duplicates(frame.drop(columns=list(without)))), truth)[2] >= least


@pytest.fixture(scope="module")
def company():
    return combine(list(stream(Settings(customers=8_000, seed=11, until=date(2026, 11, 20), years=1.0))))


def simulated(company, kind: str) -> tuple[dict[str, list], Pairs]:
    rows = [row for row in company["customers"].to_pylist() if row["kind"] == kind]
    names = ("name", "phone", "email", "city", "province", "address")
    frame = {name: [row[name] for row in rows] for name in names}
    frame["id"] = [row["customer_id"] for row in rows]
    first = dict(zip(*(company.truth[c].to_pylist() for c in ("customer_id", "duplicate_of")), strict=True))
    seconds = ((number, first[number]) for number in frame["id"])
    truth = {tuple(sorted(pair)) for pair in seconds if pair[1] is not None and pair[1] >= 0}
    return frame, truth


@pytest.mark.parametrize("kind", ["company", "person"])
def test_the_planted_duplicates_of_the_simulated_company_are_found(company, kind):
    frame, truth = simulated(company, kind)
    precision, recall, _f1 = quality(found(find_duplicates(frame, kind, threshold=0.9)), truth)
    assert len(truth) > 30
    assert recall >= 0.97
    assert precision >= 0.95


def test_a_hundred_thousand_companies_take_less_than_a_minute():
    size = 100_000
    places = ["上海", "北京", "杭州", "成都", "深圳"]
    frame = {
        "id": list(range(size)),
        "name": [
            f"{places[n % 5]}{chr(0x4E00 + n % 4999)}{chr(0x5000 + n // 37 % 997)}贸易有限公司"
            for n in range(size)
        ],
        "phone": [f"+861{3 * 10**9 + n:010d}" for n in range(size)],
        "city": [str(1000 + n % 300) for n in range(size)],
    }
    frame["phone"][-100:] = frame["phone"][:100]
    frame["name"][-100:] = frame["name"][:100]
    started = time.perf_counter()
    links = find_links(frame, "company", threshold=0.9)
    assert time.perf_counter() - started < 60
    assert {(n, size - 100 + n) for n in range(100)} <= {(link.left, link.right) for link in links}


def test_the_answer_has_three_columns_and_the_smaller_id_first():
    frame = {
        "id": [9, 4],
        "name": ["上海远达贸易有限公司", "上海远达贸易公司"],
        "phone": ["13800001111", "138 0000 1111"],
    }
    table = find_duplicates(frame, "company")
    assert table.column_names == ["left", "right", "probability"]
    assert found(table) == {(4, 9)}


def test_two_companies_of_one_trade_in_one_city_are_two():
    frame = {
        "name": ["武汉隆邦橡塑制品有限公司", "武汉风邦橡塑制品有限公司"],
        "city": ["4201", "4201"],
        "phone": ["13800001111", "13900002222"],
    }
    assert not find_duplicates(frame, "company").num_rows


def test_the_same_name_alone_is_weak_evidence_for_persons():
    frame = {"name": ["王伟", "王伟"], "phone": ["13800001111", "13900002222"]}
    assert not find_duplicates(frame, "person", threshold=0.9).num_rows


def test_a_number_that_many_share_tells_less():
    """Thirty colleagues behind one switchboard are not thirty times the same person."""
    names = [f"{family}{given}" for family in "赵钱孙李周吴" for given in ("敏", "静", "丽", "强", "磊")]
    frame = {"name": names, "phone": ["021-61234567"] * len(names)}
    assert not find_duplicates(frame, "person", threshold=0.9).num_rows


def test_a_contact_of_two_customers_is_evidence():
    frame = {
        "name": ["上海远达贸易有限公司", "远达贸易"],
        "phones": [["021-61234567", "13800001111"], ["13800001111"]],
        "emails": [["li@yuanda.cn"], ["LI@yuanda.cn"]],
    }
    (link,) = find_links(frame, "company", threshold=0.9)
    assert (link.evidence["phones"], link.evidence["emails"]) == (2, 2)


def test_what_is_missing_tells_nothing():
    with_city = {"name": ["上海远达贸易有限公司"] * 2, "phone": ["13800001111"] * 2, "city": ["3101", None]}
    assert find_duplicates(with_city, "company", threshold=0.9).num_rows == 1


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("上海远达贸易有限公司", "远达贸易"),
        ("上海市远达贸易股份有限公司", "远达贸易"),
        ("远达贸易（上海）有限公司", "远达贸易"),
        ("远达贸易有限公司（总店）", "远达贸易"),
        ("Acme Trading Ltd.", "acmetrading"),
    ],
)
def test_the_bare_name_of_a_company(text, bare):
    assert bare_name(text) == bare


@pytest.mark.parametrize(
    "frame", [{"name": []}, {"name": ["远达"]}, {"color": ["red", "red"]}, {"name": ["", None]}]
)
def test_nothing_to_compare_gives_no_pairs(frame):
    assert find_duplicates(frame, "company").num_rows == 0
