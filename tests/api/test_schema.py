"""The API against its own description: generated requests find no crash and no undocumented answer."""

from __future__ import annotations

from datetime import date

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from factories import make_customer, make_order
from zhike.conf.wsgi import application
from zhike.crm.accounts.services import create_token

pytestmark = pytest.mark.django_db


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture(autouse=True)
def open_connection():
    """A real server closes old connections around a request; a test's transaction needs its own to stay."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(people):
    """A token of the owner, in a company with one customer and one order."""
    make_order(make_customer(owner=people.sales_east), date(2026, 5, 1))
    _token, text = create_token(actor=people.owner, name="schema")
    return {"Authorization": f"Bearer {text}"}


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_generated_requests_get_documented_answers(case, headers):
    response = case.call(headers=headers)
    case.validate_response(
        response,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
