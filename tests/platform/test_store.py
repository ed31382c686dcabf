"""What differs between the stores and the rest of the product need not know."""

from __future__ import annotations

import pytest
from django.db import connection

from zhike.crm.customers.models import Tag
from zhike.platform.store import gather_statistics, is_sqlite

pytestmark = pytest.mark.django_db


def test_after_writing_much_the_planner_knows_it(django_assert_num_queries):
    Tag.objects.bulk_create(Tag(name=f"标签{n}") for n in range(500))
    with django_assert_num_queries(0 if is_sqlite() else 1):
        gather_statistics(Tag)
    if not is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT n_distinct FROM pg_stats WHERE tablename = 'customers_tag' AND attname = 'name'"
            )
            assert cursor.fetchall() == [(-1.0,)]
