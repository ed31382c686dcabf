"""Backups by plan, and the drill that proves that one can be restored."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from factories import make_customer, make_order, make_people
from zhike.platform import alarms, backup, backup_plan, facts, restore_drill
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent, BackupPlan, Job

# Eleven o'clock of a Sunday in Shanghai.
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def home(settings, tmp_path):
    settings.ZHIKE_HOME = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


@pytest.fixture
def company(transactional_db, home):
    people = make_people()
    customer = make_customer(owner=people.sales_east)
    make_order(customer, date(2026, 5, 1), "123.4567")
    (home / "files").mkdir()
    (home / "files" / "a.csv").write_text("客户\n")
    return people


def plan(people, **fields) -> BackupPlan:
    return backup_plan.save_plan(actor=people.owner, **{"frequency": "daily", "hour": 2} | fields)


class TestPlan:
    def test_without_a_plan_nothing_is_due(self, people):
        assert backup_plan.start_due(NOW) is None

    def test_a_daily_backup_is_asked_for_once_per_day(self, people):
        plan(people)
        first = backup_plan.start_due(NOW)
        assert first is not None
        assert backup_plan.start_due(NOW) is None
        Job.objects.update(state="done")
        assert backup_plan.start_due(NOW) is None
        assert backup_plan.start_due(NOW.replace(day=23)) is not None

    def test_after_an_outage_only_the_latest_counts(self, people):
        plan(people)
        backup_plan.start_due(NOW)
        Job.objects.update(state="done")
        assert backup_plan.start_due(NOW.replace(day=28)) is not None
        assert Job.objects.filter(kind=backup_plan.BACKUP).count() == 2

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"hour": 2}, "2026-11-22T02:00:00+08:00"),
            ({"hour": 11}, "2026-11-22T11:00:00+08:00"),
            ({"hour": 12}, "2026-11-21T12:00:00+08:00"),
            ({"frequency": "weekly", "weekday": 6, "hour": 2}, "2026-11-22T02:00:00+08:00"),
            ({"frequency": "weekly", "weekday": 6, "hour": 12}, "2026-11-15T12:00:00+08:00"),
            ({"frequency": "weekly", "weekday": 0, "hour": 2}, "2026-11-16T02:00:00+08:00"),
        ],
    )
    def test_moments_follow_the_companys_clock(self, people, fields, expected):
        assert backup_plan.latest_moment(plan(people, **fields), NOW).isoformat() == expected

    @pytest.mark.parametrize("fields", [{"frequency": "hourly"}, {"hour": 24}, {"keep": 0}, {"weekday": 7}])
    def test_a_plan_outside_its_bounds_is_refused(self, people, fields):
        with pytest.raises(DomainError):
            plan(people, **fields)

    def test_only_who_may_back_up_plans(self, people):
        with pytest.raises(NotAllowed):
            backup_plan.save_plan(actor=people.sales_east, frequency="daily")

    def test_planned_backups_give_way_and_others_stay(self, home):
        for number in range(5):
            (backup.folder() / f"{backup.PLANNED}2026-11-0{number}.zip").write_bytes(b"x")
        (backup.folder() / "zhike-2026-10-01.zip").write_bytes(b"x")
        assert len(backup.keep_newest(2)) == 3
        assert len(backup.existing()) == 3
        assert (backup.folder() / "zhike-2026-10-01.zip").exists()


class TestDrill:
    def test_a_good_backup_comes_back_whole_and_the_installation_stays_as_it_is(self, company, client):
        path, before = backup.write(), backup.read_facts()
        report = restore_drill.run(path, lambda *_: None)
        assert report.ok, report.checks
        codes = [check["code"] for check in report.checks]
        assert codes[:6] == list(restore_drill.CHECKS)
        assert set(facts.FACTS) <= set(codes)
        found = {check["code"]: check["found"] for check in report.checks}
        assert found["files"] == "1"
        assert found["orders.revenue"] == "123.46"
        assert ["customers_customer", 1, 1] in report.tables
        assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("drill-*")) == []
        assert backup.read_facts() == before
        Job.objects.create(kind=backup_plan.DRILL, state="done", result=report.as_json())
        client.force_login(company.owner, "django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("platform:backups")).content.decode()
        assert path.name in page
        assert "customers_customer" in page
        assert "zhike restore" in page

    def test_a_fact_that_differs_is_reported(self, company):
        path = _changed(backup.write(), lambda manifest: manifest["facts"].update({"orders.revenue": "5.00"}))
        report = restore_drill.run(path, lambda *_: None)
        assert not report.ok
        assert [check["code"] for check in report.checks if not check["ok"]] == ["orders.revenue"]

    def test_a_backup_that_lost_rows_cannot_be_restored(self, company):
        path = _changed(backup.write(), lambda manifest: manifest["rows"].update(customers_customer=7))
        with pytest.raises(DomainError):
            restore_drill.run(path, lambda *_: None)

    def test_the_people_in_charge_hear_of_a_failure(self, company):
        heard: list[str] = []

        def hear(reason, **_rest):
            heard.append(reason)

        alarms.drill_failed.connect(hear)
        (backup.folder() / "zhike-broken.zip").write_bytes(b"no zip")
        with pytest.raises(DomainError):
            _run(backup_plan.start_drill(actor=company.owner))
        alarms.drill_failed.disconnect(hear)
        assert heard

    def test_a_full_disk_is_an_alarm_too(self, company, monkeypatch):
        heard: list[str] = []

        def hear(reason, **_rest):
            heard.append(reason)

        def full(*_args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(backup, "_copy", full)
        alarms.backup_failed.connect(hear)
        with pytest.raises(OSError, match="No space"):
            _run(Job.objects.create(kind=backup_plan.BACKUP))
        alarms.backup_failed.disconnect(hear)
        assert heard == ["[Errno 28] No space left on device"]


class TestPage:
    def test_without_a_backup_it_shows_no_command_to_restore_one(self, company, client):
        client.force_login(company.owner, "django.contrib.auth.backends.ModelBackend")
        assert "zhike restore" not in client.get(reverse("platform:backups")).content.decode()

    def test_the_plan_is_saved_and_wrong_input_stays(self, people, client):
        client.force_login(people.owner, "django.contrib.auth.backends.ModelBackend")
        fields = {"frequency": "weekly", "weekday": "2", "hour": "4", "keep": "9", "drill": "on"}
        assert client.post(reverse("platform:backups"), fields).status_code == 302
        found = BackupPlan.current()
        assert (found.frequency, found.weekday, found.hour, found.keep, found.drill) == (
            "weekly",
            2,
            4,
            9,
            True,
        )
        assert client.post(reverse("platform:backups"), fields | {"keep": "0"}).status_code == 422
        assert AuditEvent.objects.filter(event="backup.planned").count() == 1

    def test_a_download_is_written_down(self, company, client):
        path = backup.write()
        client.force_login(company.owner, "django.contrib.auth.backends.ModelBackend")
        answer = client.get(reverse("platform:download_backup", args=[path.name]))
        assert b"".join(answer.streaming_content)[:2] == b"PK"
        assert AuditEvent.objects.get(event="backup.downloaded").note == path.name

    def test_others_may_do_none_of_it(self, people, client):
        client.force_login(people.manager_east, "django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("platform:backups")).status_code == 403
        assert client.post(reverse("platform:start_drill")).status_code == 403


def _run(job: Job) -> None:
    """The job's work itself, without the worker around it."""
    from zhike.platform.jobs import KINDS, JobRun

    Job.objects.filter(pk=job.pk).update(state="running", lease="x")
    KINDS[job.kind].work(JobRun(Job.objects.get(pk=job.pk)))


def _changed(path: Path, change) -> Path:
    """The same backup with another manifest."""
    fresh = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(fresh, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == backup.MANIFEST:
                manifest = json.loads(content)
                change(manifest)
                content = json.dumps(manifest).encode()
            target.writestr(name, content)
    return fresh


def test_a_drill_tells_its_figures_as_people_read_them():
    assert facts.said("orders.revenue", "16556422.66") == "¥16,556,422.66"
    assert facts.said("customers.count", "20000") == "20,000"
    assert facts.said("interactions.newest", "") == "—"
