"""CDNOW as published: weeks, calibrated to 1997-09-30, 39 weeks held out."""

from datetime import date

import pyarrow.csv
import pytest

from zhike.analytics.clv import RFMTable

CALIBRATION_END, HOLDOUT_END = date(1997, 9, 30), date(1998, 6, 30)


@pytest.fixture(scope="session")
def cdnow_events(data_dir):
    return pyarrow.csv.read_csv(data_dir / "cdnow_sample" / "cdnow_sample.csv.gz")


@pytest.fixture(scope="session")
def cdnow(cdnow_events):
    """All 2,357 customers, those included who only took free discs."""
    return RFMTable.from_events(cdnow_events, when="date", until=HOLDOUT_END)


@pytest.fixture(scope="session")
def cdnow_weeks(cdnow):
    table = cdnow.split(CALIBRATION_END).calibration
    return {"x": table["x"], "t_x": table["t_x"] / 7, "T": table["T"] / 7}
