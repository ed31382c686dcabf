"""A job is done once, resumes where it stopped, and answers for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from zhike.platform import jobs
from zhike.platform.errors import DomainError
from zhike.platform.every_language import filled
from zhike.platform.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind():
    """Registers a kind of job for one test; assign its work to ``kind.work``."""
    name = "test.work"
    jobs.KINDS[name] = jobs.JobKind(name, "Work", lambda run: {})
    yield jobs.KINDS[name]
    del jobs.KINDS[name]


def waiting(**fields) -> Job:
    return Job.objects.create(kind="test.work", **fields)


def test_a_job_ends_with_its_result(kind):
    kind.work = lambda run: {"rows": run.params["rows"]}
    job = waiting(params={"rows": 3})
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.DONE, {"rows": 3})


def test_a_job_that_somebody_holds_is_left_alone(kind):
    seen = []
    kind.work = seen.append
    job = waiting(state=Job.State.RUNNING, lease="other", heartbeat_at=timezone.now())
    jobs.run(job.pk)
    assert seen == []


def test_a_job_whose_holder_died_resumes_at_its_checkpoint(kind):
    seen = []
    kind.work = lambda run: seen.append(run.checkpoint["row"])
    old = timezone.now() - timedelta(minutes=5)
    job = waiting(state=Job.State.RUNNING, lease="dead", heartbeat_at=old, checkpoint={"row": 41})
    jobs.run(job.pk)
    assert seen == [41]


def test_a_worker_that_lost_its_lease_writes_nothing_more(kind):
    def work(run):
        Job.objects.filter(pk=run.record.pk).update(lease="successor")
        run.checkpoint["row"] = 99
        run.save_checkpoint()

    kind.work = work
    job = waiting()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.checkpoint, job.state, job.lease) == ({}, Job.State.RUNNING, "successor")


def test_a_broken_rule_fails_the_job_with_its_own_words(kind):
    def work(run):
        raise DomainError("No column holds the amount.")

    kind.work = work
    job = waiting()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "No column holds the amount.")


def test_a_full_disk_is_told_in_clear_words(kind):
    def work(run):
        raise OSError(28, "No space left on device")

    kind.work = work
    job = waiting()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    for language, words in (("en", "The disk is full"), ("zh-hans", "磁盘已满")):
        with translation.override(language):
            assert words in job.error


def test_what_nobody_expected_names_the_line_of_the_log_and_no_code(kind, caplog):
    def work(run):
        raise KeyError("secret")

    kind.work = work
    job = waiting()
    jobs.run(job.pk)
    job.refresh_from_db()
    with translation.override("en"):
        assert f"“job {job.pk}”" in job.error
        assert "secret" not in job.error
    assert f"job {job.pk} failed" in caplog.text


def test_cancelling_stops_the_job_at_its_next_report(kind, people):
    def work(run):
        jobs.cancel(run.record.pk, actor=people.owner)
        run.progress(1, 10)

    kind.work = work
    job = waiting()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_one_key_gives_one_open_job(kind, people):
    first = jobs.enqueue("test.work", {}, requested_by=people.owner, key="nightly")
    second = jobs.enqueue("test.work", {}, requested_by=people.owner, key="nightly")
    assert first.pk == second.pk


def test_lost_jobs_are_delivered_again(kind, monkeypatch):
    delivered = []
    monkeypatch.setattr(jobs, "deliver", delivered.append)
    old = timezone.now() - timedelta(minutes=5)
    dead = waiting(state=Job.State.RUNNING, heartbeat_at=old)
    waiting(state=Job.State.RUNNING, heartbeat_at=timezone.now())
    forgotten = waiting()
    Job.objects.filter(pk=forgotten.pk).update(created_at=old)
    jobs.redeliver_lost()
    assert sorted(delivered) == sorted([dead.pk, forgotten.pk])


def test_people_see_their_own_jobs_and_the_owner_sees_all(people):
    mine = waiting(requested_by=people.sales_east)
    other = waiting(requested_by=people.sales_west)
    assert set(Job.objects.visible_to(people.sales_east)) == {mine}
    assert set(Job.objects.visible_to(people.owner)) == {mine, other}


def test_the_test_store_is_the_one_asked_for():
    import os

    asked = os.environ.get("ZHIKE_TEST_STORE", "sqlite")
    assert connection.vendor == asked


def test_everybody_reads_the_progress_in_the_own_language(kind):
    message = filled(gettext_lazy("Training: %(model)s"), model=gettext_lazy("Churn"))

    def work(run):
        run.progress(1, 2, message)

    kind.work = work
    job = waiting()
    jobs.run(job.pk)
    job.refresh_from_db()
    with translation.override("en"):
        assert job.message == "Training: Churn"
    with translation.override("zh-hans"):
        assert job.message == "正在训练：流失"


def test_a_command_joins_what_was_interrupted_and_hears_its_words(kind):
    kind.work = lambda run: run.progress(1, 1, "halfway")
    begun = waiting(key="one")
    heard: list[str] = []
    assert jobs.run_here("test.work", {}, key="one", progress=heard.append) == begun
    assert heard == ["halfway"]


def test_a_command_joins_what_somebody_else_asks_for_at_the_same_moment(kind, monkeypatch):
    look, looks = jobs._open_job, iter([None])
    theirs = jobs.enqueue("test.work", {}, key="one")
    Job.objects.update(state=Job.State.QUEUED, finished_at=None)
    monkeypatch.setattr(jobs, "_open_job", lambda kind, key: next(looks, look(kind, key)))
    assert jobs.run_here("test.work", {}, key="one") == theirs


def test_a_command_learns_why_its_job_failed(kind):
    def work(run):
        raise DomainError("The disk is gone.")

    kind.work = work
    with pytest.raises(DomainError, match="The disk is gone"):
        jobs.run_here("test.work", {}, key="one")
