"""Daily work runs once per business day, and what an outage swallowed is handed to the next run."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from zhike.platform import daily
from zhike.platform.models import DailyRun, Installation, Job

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAME = "test.work"


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


class Recorder:
    """Work that notes what it was handed and fails or dies on demand."""

    def __init__(self) -> None:
        self.covered: list[list[date]] = []
        self.fate = "done"

    def __call__(self, run: daily.DayRun) -> dict[str, int]:
        if self.fate == "fails":
            raise RuntimeError("the mail server is away")
        if self.fate == "killed":
            raise SystemExit
        self.covered.append(run.missed)
        return {"days": len(run.missed)}


@pytest.fixture
def work(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(daily, "WORKS", {NAME: daily.DailyWork(NAME, 7, recorder, 31)})
    return recorder


MONDAY = date(2026, 11, 16)


@pytest.mark.django_db
def test_work_waits_for_its_hour_and_runs_once_a_day(work):
    assert daily.run_due(at(MONDAY, 6, 59)) == []
    assert daily.run_due(at(MONDAY, 7)) == [NAME]
    assert daily.run_due(at(MONDAY, 23)) == []
    assert daily.run_due(at(MONDAY + timedelta(days=1), 7)) == [NAME]
    assert work.covered == [[MONDAY], [MONDAY + timedelta(days=1)]]


@pytest.mark.django_db
def test_the_day_is_the_companys_not_the_servers(work):
    Installation.objects.update_or_create(pk=1, defaults={"time_zone": "America/Los_Angeles"})
    # 02:00 UTC of the 17th is still the evening of the 16th in California.
    daily.run_due(datetime(2026, 11, 17, 2, tzinfo=ZoneInfo("UTC")))
    assert work.covered == [[MONDAY]]


@pytest.mark.django_db
def test_three_days_of_outage_are_handed_to_the_next_run(work):
    daily.run_due(at(MONDAY))
    daily.run_due(at(MONDAY + timedelta(days=4)))
    assert work.covered[-1] == [MONDAY + timedelta(days=number) for number in (1, 2, 3, 4)]


@pytest.mark.django_db
def test_an_outage_of_a_year_is_handed_over_in_part(work):
    daily.run_due(at(MONDAY))
    later = MONDAY + timedelta(days=365)
    daily.run_due(at(later))
    assert len(work.covered[-1]) == 31
    assert work.covered[-1][-1] == later


@pytest.mark.django_db
def test_a_failure_is_tried_again_after_a_pause(work):
    work.fate = "fails"
    daily.run_due(at(MONDAY))
    work.fate = "done"
    assert daily.run_due(at(MONDAY)) == []
    DailyRun.objects.update(retry_at=at(MONDAY, 9))
    assert daily.run_due(at(MONDAY, 9, 1)) == [NAME]


@pytest.mark.django_db
def test_a_killed_workers_day_is_taken_over_after_its_lease(work):
    work.fate = "killed"
    with pytest.raises(SystemExit):
        daily.run_due(at(MONDAY))
    work.fate = "done"
    assert daily.run_due(at(MONDAY)) == []
    assert daily.run_due(at(MONDAY, 8, 2)) == [NAME]
    assert work.covered == [[MONDAY]]


@pytest.mark.django_db
def test_one_works_failure_does_not_stop_another(monkeypatch):
    good, bad = Recorder(), Recorder()
    bad.fate = "fails"
    works = {"a.bad": daily.DailyWork("a.bad", 6, bad, 31), "b.good": daily.DailyWork("b.good", 7, good, 31)}
    monkeypatch.setattr(daily, "WORKS", works)
    assert daily.run_due(at(MONDAY)) == ["b.good"]


@pytest.mark.django_db(transaction=True)
def test_asking_queues_one_job(work, monkeypatch):
    queued: list[int] = []
    monkeypatch.setattr("zhike.platform.jobs.deliver", queued.append)
    assert daily.ask(at(MONDAY))
    daily.ask(at(MONDAY))
    assert Job.objects.filter(kind=daily.JOB).count() == 1
    assert len(queued) == 1


FATES = st.lists(
    st.tuples(st.integers(1, 40 * 60), st.sampled_from(["done", "done", "fails", "killed"])), max_size=60
)


class EveryDayOnce(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(FATES)
    def test_whatever_dies_no_day_is_covered_twice_and_none_is_lost(self, steps):
        recorder, now = Recorder(), at(MONDAY)
        entry = daily.DailyWork(NAME, 7, recorder, 400)
        original, daily.WORKS = daily.WORKS, {NAME: entry}
        try:
            for minutes, recorder.fate in steps:
                with contextlib.suppress(SystemExit):
                    daily.run_due(now)
                DailyRun.objects.filter(state="failed").update(retry_at=now)
                now += timedelta(minutes=minutes)
        finally:
            daily.WORKS = original
        covered = [day for run in recorder.covered for day in run]
        assert covered == sorted(set(covered))
        done = DailyRun.objects.filter(state="done")
        if done:
            first, last = min(row.day for row in DailyRun.objects.all()), max(row.day for row in done)
            assert covered == [first + timedelta(days=n) for n in range((last - first).days + 1)]
