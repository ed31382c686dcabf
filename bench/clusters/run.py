"""Clusters of a million customers: choosing k, fitting, assigning everybody, rules and names.

    python -m bench clusters [--customers 1000000] [--columns 6]

Goal: the whole within 15 s on two cores, assigning alone within 1 s.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from zhike.analytics.clusters import CustomerClusters


def customers(count: int, columns: int) -> dict[str, np.ndarray]:
    """Four groups of customers on skewed scales, with as many further columns as asked for."""
    rng = np.random.default_rng(1)
    group = rng.choice(4, count, p=[0.4, 0.3, 0.2, 0.1])
    means = np.array([[5.0, 0.9, 5.5], [3.0, 1.2, 6.5], [3.5, 1.9, 7.5], [1.5, 2.8, 9.0]])[group]
    logs = rng.normal(means, 0.45)
    names = ("recency_days", "frequency", "net_revenue")
    frame = {name: np.expm1(np.abs(logs[:, i])).round(2) for i, name in enumerate(names)}
    for extra in range(columns - len(names)):
        frame[f"extra_{extra}"] = np.expm1(np.abs(rng.normal(2 + group / 2, 0.8)))
    return frame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=6)
    given = parser.parse_args()
    frame = customers(given.customers, given.columns)
    start, cpu = time.perf_counter(), time.process_time()
    model = CustomerClusters().fit(frame)
    fitted, fitted_cpu = time.perf_counter() - start, time.process_time() - cpu
    start = time.perf_counter()
    labels = model.predict(frame)
    assigned = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.customers:,} customers, {given.columns} columns")
    print(f"k = {model.k_}, stability {model.stability_:.3f}, sizes {np.bincount(labels)[1:].tolist()}")
    print(f"choose k and fit {fitted:.1f} s ({fitted_cpu:.1f} CPU s), assign everybody {assigned:.2f} s")
    print(f"whole {fitted + assigned:.1f} s, peak {peak:,.0f} MB")


if __name__ == "__main__":
    main()
