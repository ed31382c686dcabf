"""The API against its own description: generated requests find no crash and no undocumented answer."""

from __future__ import annotations

import pytest
import schemathesis
from factories import make_customer, make_order
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from zhike.conf.wsgi import application
from zhike.crm.accounts.services import create_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(people):
    from datetime import date

    customer = make_customer(owner=people.sales_east)
    make_order(customer, date(2026, 5, 1))
    _token, text = create_token(actor=people.owner, name="schema")
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    return found, {"Authorization": f"Bearer {text}"}


lazy = schemathesis.pytest.from_fixture("described")


@pytest.fixture
def described(schema):
    return schema[0]


@lazy.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_generated_requests_get_documented_answers(case, schema):
    response = case.call(headers=schema[1])
    case.validate_response(
        response,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
