"""What holds of every history of owners."""

from itertools import pairwise

from zhike.crm.customers.models import OwnerHistory


def assert_gapless(customer) -> None:
    stretches = list(OwnerHistory.objects.filter(customer=customer).order_by("id"))
    for earlier, later in pairwise(stretches):
        assert earlier.valid_to == later.valid_from
        assert (earlier.owner_id, earlier.team_id) != (later.owner_id, later.team_id)
    customer.refresh_from_db()
    if stretches:
        last = stretches[-1]
        assert last.valid_to is None
        assert (last.owner_id, last.team_id) == (customer.owner_id, customer.team_id)
    else:
        assert (customer.owner_id, customer.team_id) == (None, None)
