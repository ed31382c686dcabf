"""A small company's features, for what is calibrated on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics.samples import AS_OF, features_of, small_company
from zhike.analytics import Session


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Session, str, int]]:
    """Session, name of the feature table, and its day."""
    with features_of(small_company()) as session:
        yield session, "features", AS_OF
