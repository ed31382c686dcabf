"""Rows and pairs that wait for a decision, and short ways to what a person sees of them."""

from __future__ import annotations

import pytest

from crm.imports.conftest import Importer
from factories import make_customer
from zhike.crm.customers import services as customers
from zhike.crm.customers.models import Customer
from zhike.crm.decisions import queries, scanning
from zhike.crm.decisions.models import DuplicatePair
from zhike.crm.imports.models import ImportIssue

HEADER = "客户名称,电话,邮箱\n"


@pytest.fixture
def importer(db):
    return Importer()


def customer(name: str, owner=None, **fields) -> Customer:
    keys = customers.derive_keys(name, fields.get("phone", ""), fields.get("email", ""))
    return make_customer(name, owner=owner, **fields, **keys)


def kinds(user) -> dict[str, int]:
    return {count.source.kind: count.number for count in queries.counts(user) if count.number}


def issues(run, **fields) -> list[ImportIssue]:
    return list(run.issues.filter(decision="", **fields))


@pytest.fixture
def pair(people):
    """Two records of one company, found by the search."""
    left = customer("上海远达贸易有限公司", people.sales_east, phone="13800001111", email="li@yuanda.cn")
    right = customer("上海远达贸易公司", people.sales_east2, phone="138 0000 1111", email="LI@yuanda.cn")
    scanning.scan()
    return DuplicatePair.objects.get(left=left, right=right)


@pytest.fixture
def doubtful(people, importer):
    customer("王芳", people.sales_east, phone="13800001111", kind="person")
    customer("李强", people.sales_east, phone="13900002222", kind="person")
    text = HEADER + "王小芳,13800001111,\n李小强,13900002222,\n"
    return importer("customers", text, actor=people.manager_east, options={"default_kind": "person"})


@pytest.fixture
def rejected(people, importer):
    text = HEADER + "远达贸易有限公司,123,a@b.cn\n新程软件有限公司,13900002222,\n"
    return importer("customers", text, actor=people.manager_east)
