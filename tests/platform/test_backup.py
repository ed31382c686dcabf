"""A backup is checked when it is written, and restores exactly, on either store."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from factories import make_customer, make_order, make_people
from zhike.crm.customers.models import Customer
from zhike.crm.orders.models import Order
from zhike.platform import backup
from zhike.platform.errors import DomainError
from zhike.platform.models import AuditEvent, ChangeLog


@pytest.fixture
def company(transactional_db, tmp_path, settings):
    """A little company on a store of its own file, with an uploaded file."""
    settings.MEDIA_ROOT = tmp_path / "files"
    people = make_people()
    customer = make_customer(owner=people.sales_east)
    make_order(customer, date(2026, 5, 1), "123.4567")
    (tmp_path / "files" / "imports").mkdir(parents=True)
    (tmp_path / "files" / "imports" / "a1.csv").write_text("客户,金额\n")
    return people


@pytest.fixture
def written(company, tmp_path) -> Path:
    return backup.write(tmp_path / "one.zip")


def on_disk() -> bool:
    from django.db import connection

    return connection.vendor != "sqlite" or "mode=memory" not in str(connection.settings_dict["NAME"])


def test_a_restored_company_is_the_same(written):
    if not on_disk():
        pytest.fail("the suite must run on a store on disk")
    name = Customer.objects.get().name
    (Path(settings.MEDIA_ROOT) / "imports" / "a1.csv").unlink()
    Order.objects.all().delete()
    Customer.objects.update(name="改了")
    backup.restore(written)
    assert Customer.objects.get().name == name
    assert str(Order.objects.get().revenue) == "123.4567"
    assert (Path(settings.MEDIA_ROOT) / "imports" / "a1.csv").exists()


def test_new_rows_after_a_restore_get_new_numbers_and_are_logged(written):
    backup.restore(written)
    before = ChangeLog.objects.count()
    fresh = make_customer("新客户")
    assert fresh.pk > Customer.objects.order_by("pk").first().pk
    assert ChangeLog.objects.count() > before
    assert AuditEvent.objects.filter(event="backup.restored").exists()


def test_a_damaged_backup_is_refused_and_changes_nothing(written, tmp_path):
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(damaged, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            target.writestr(member, content if member == backup.MANIFEST else content[:-1] + b"\x00")
    with pytest.raises(DomainError):
        backup.restore(damaged)
    assert Customer.objects.count() == 1


def test_something_else_is_no_backup(company, tmp_path):
    other = tmp_path / "other.zip"
    other.write_bytes(b"not a zip")
    with pytest.raises(DomainError):
        backup.restore(other)


def test_a_backup_of_a_newer_version_is_refused(written, monkeypatch):
    monkeypatch.setattr(backup, "known_migrations", set)
    with pytest.raises(DomainError) as raised:
        backup.restore(written)
    assert raised.value.code == "newer_version"


def test_a_full_disk_leaves_no_half_backup(company, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_copy", full)
    with pytest.raises(OSError, match="No space"):
        backup.write(tmp_path / "two.zip")
    assert list(tmp_path.glob("two*")) == []


def test_a_name_never_reaches_beyond_the_folder(settings, tmp_path):
    settings.ZHIKE_HOME = tmp_path
    assert backup.find("../secret_key") is None
