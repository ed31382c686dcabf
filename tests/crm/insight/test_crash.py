"""A run that is killed anywhere and taken up again ends where an undisturbed one ends."""

from __future__ import annotations

import pytest

from dying import Killed, let_the_lease_run_out
from zhike.crm.insight import jobs, publishing, runs
from zhike.crm.insight.models import CustomerScore, Run, StageHistory, TierHistory, Version
from zhike.platform.jobs import run as run_job
from zhike.platform.models import Job

pytestmark = pytest.mark.django_db


class Faults:
    """Kills at the n-th point; points are before each step and after each committed chunk."""

    def __init__(self) -> None:
        self.left = 0

    def point(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def around(self, work, *, after: bool):
        def guarded(*args, **kwargs):
            if not after:
                self.point()
            result = work(*args, **kwargs)
            if after:
                self.point()
            return result

        return guarded


@pytest.fixture
def faults(monkeypatch) -> Faults:
    faults = Faults()
    for name in ("CHUNK", "SMALLEST", "LARGEST"):
        monkeypatch.setattr(runs, name, 8)
    monkeypatch.setattr(runs.Analysis, "report", faults.around(lambda *args: None, after=False))
    monkeypatch.setattr(publishing, "publish", faults.around(publishing.publish, after=True))
    monkeypatch.setattr(publishing, "_upsert", faults.around(publishing._upsert, after=True))
    return faults


def outcome():
    fields = [f.attname for f in CustomerScore._meta.concrete_fields]
    fields = [f for f in fields if f not in ("evaluated_at", "version_id", "seq", "revision")]
    scores = list(CustomerScore.objects.order_by("pk").values_list(*fields))
    tiers = TierHistory.objects.order_by("customer_id", "valid_from")
    stages = StageHistory.objects.order_by("customer_id", "valid_from")
    return (
        scores,
        list(tiers.values_list("customer_id", "tier", "tier_score", "valid_from", "valid_to")),
        list(stages.values_list("customer_id", "lifecycle", "valid_from", "valid_to")),
        Version.objects.count(),
        Run.objects.filter(finished_at__isnull=False).count(),
    )


def forget_everything() -> None:
    for model in (CustomerScore, TierHistory, StageHistory, Run, Version):
        model.objects.all().delete()


def run_until_done(faults: Faults, kill_at: int) -> int:
    """Run with a kill at the n-th point, take the job up again; returns how often it was killed."""
    record = Job.objects.create(kind=jobs.RUN)
    faults.left, killed = kill_at, 0
    for _attempt in range(3):
        try:
            run_job(record.pk)
            break
        except Killed:
            killed += 1
            let_the_lease_run_out(record.pk)
    record.refresh_from_db()
    assert record.state == Job.State.DONE, record.error
    return killed


def test_a_run_killed_at_any_point_ends_as_if_nothing_had_happened(company, faults):
    assert run_until_done(faults, 0) == 0
    wanted = outcome()
    points = 0
    while True:
        forget_everything()
        if not run_until_done(faults, points + 1):
            break
        points += 1
        assert outcome() == wanted, f"killed at point {points}"
    assert points >= 12


def test_a_cancelled_run_stops_and_the_next_one_completes(company, monkeypatch):
    def cancel(analysis, *_args):
        Job.objects.filter(pk=analysis.job.record.pk).update(cancel_requested=True)
        analysis.job.progress(1, 1)

    with monkeypatch.context() as patched:
        patched.setattr(runs, "_publish", cancel)
        record = Job.objects.create(kind=jobs.RUN)
        run_job(record.pk)
        record.refresh_from_db()
        assert record.state == Job.State.CANCELLED
    assert not CustomerScore.objects.exists()
    again = Job.objects.create(kind=jobs.RUN)
    run_job(again.pk)
    assert CustomerScore.objects.count() == 30


def test_a_full_disk_stops_the_run_with_clear_words_and_leaves_the_last_result(
    company, full_run, monkeypatch
):
    import errno

    from zhike.crm.insight import snapshots

    full_run()
    before, name = outcome(), snapshots.reader().meta()

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(snapshots, "publish", full)
    record = Job.objects.create(kind=jobs.RUN)
    run_job(record.pk)
    record.refresh_from_db()
    assert record.state == Job.State.FAILED
    assert "磁盘" in record.error or "disk is full" in record.error
    assert outcome() == before
    assert snapshots.reader().meta() == name
