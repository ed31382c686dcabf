"""What a merge of two customers means for their segments.

What somebody decided by hand goes along. Memberships stay: each record has its own past, the survivor is
judged anew from all orders, and the merged record leaves what it was in.
"""

from __future__ import annotations

from zhike.crm.customers.movers import stays

stays("segments.membership", "the survivor is judged anew from the rows of both, the merged record leaves")
