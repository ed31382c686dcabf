"""The page as data: candidates from every source, one line per customer, in the order of their rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from zhike.crm.accounts.models import User
from zhike.crm.customers.callees import Callee, callees
from zhike.crm.customers.models import Customer
from zhike.crm.prediction.choices import ChurnStatus
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.tasks.models import Task
from zhike.crm.today import dates, kinds, ranking, standing, talk
from zhike.crm.today.kinds import Counted
from zhike.crm.today.models import PutAside
from zhike.crm.today.ranking import Rank, Reason
from zhike.crm.today.viewer import Viewer
from zhike.platform.permissions import RowScope, allowed, row_scope, visible_team_ids
from zhike.platform.templatetags import zhike_format as say

#: So many lines stand on the page at first, and at most.
FIRST, MOST = 30, 200
#: What is not read for a line.
BULKY = ("score__reasons", "prediction__churn_reasons", "prediction__expected_need", "prediction__versions")
SOURCES: tuple[Callable[[Viewer], standing.Found], ...] = (
    talk.promises,
    talk.complaints,
    talk.silence,
    standing.overdue_orders,
    standing.fallen_tiers,
    standing.fallen_stages,
    dates.tasks,
    dates.occasions,
    dates.alerts,
)


@dataclass(frozen=True)
class Line:
    """A customer with everything that speaks for a contact today."""

    place: int
    customer: Customer
    rank: Rank
    tier: int
    tier_name: str
    # What customers of the tier are given, in a line.
    strategy: str = ""
    # What the models expect the customer to be worth, and how much of it they may lose.
    foreseen: CustomerPrediction | None = None
    # Whom to call.
    callee: Callee | None = None

    @property
    def situation(self) -> list[str]:
        return [reason.key for reason in self.rank.reasons]


@dataclass(frozen=True)
class Board:
    """``total`` counts all lines of the kind, shown or not; ``hidden`` are those that were put aside.

    ``everything`` counts the lines of every kind; ``value`` is what the customers of ``total`` bring in a
    year, ``at_stake`` the part of it that is urgent: both in units.
    ``more``: there are more than are counted.
    """

    viewer: Viewer
    lines: list[Line]
    total: int
    everything: int
    value: int
    at_stake: int
    kinds: list[Counted]
    more: bool = False
    hidden: list[PutAside] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)

    @property
    def cut(self) -> bool:
        return any(one.more for one in self.kinds)

    @property
    def counted(self) -> str:
        """How many lines there are, as the page writes it."""
        return f"{say.number(self.total)}{'+' if self.more else ''}"

    @property
    def as_of(self) -> date | None:
        return self.viewer.base.as_of if self.viewer.base else None


def board(viewer: Viewer, *, count: int = FIRST, kind: str = "") -> Board:
    """The day of the viewer, or one kind of its reasons: the first lines in order, the others counted."""
    everybody, hidden, cut = ranked(viewer)
    counted = kinds.counted(everybody, cut)
    ranks = kinds.narrowed(everybody, kind)
    order = ranking.in_order(ranks)
    return Board(
        viewer,
        _lines(viewer, order[:count], ranks),
        total=len(order),
        everything=len(everybody),
        value=sum(rank.value for rank in ranks.values()),
        at_stake=sum(rank.at_stake for rank in ranks.values()),
        kinds=counted,
        more=any(one.more for one in counted if kind in ("", one.kind.code)),
        hidden=hidden,
        tasks=[] if kind else dates.other_tasks(viewer),
    )


def ranked(viewer: Viewer) -> tuple[dict[int, Rank], list[PutAside], set[str]]:
    """Every customer with a reason, except what was put aside; what was; which reasons were cut short."""
    reasons, cut = _reasons(viewer)
    put = {one.customer_id: one for one in _put_aside(viewer)}
    hidden = [one for pk, one in put.items() if pk in reasons and one.hides({r.key for r in reasons[pk]})]
    for one in hidden:
        del reasons[one.customer_id]
    values, usual = standing.values(viewer, reasons), standing.usual(viewer.base)
    ranks = {pk: ranking.rank(found, values.get(pk, 0), usual) for pk, found in reasons.items()}
    return ranks, hidden, cut


def _reasons(viewer: Viewer) -> tuple[dict[int, list[Reason]], set[str]]:
    """All reasons by customer, as far as the person sees the customer and no contact answered them.

    And the codes of those whose source held more than are read.
    """
    found: dict[int, list[Reason]] = defaultdict(list)
    tasked: set[int] = set()
    cut: set[str] = set()
    for source in SOURCES:
        read = list(source(viewer))
        if len(read) >= standing.CAP:
            cut.add(read[0][1].code)
        for customer, reason in read:
            found[customer].append(reason)
            if reason.code == "task":
                tasked.add(customer)
    seen = _seen(viewer, list(found), tasked)
    kept = {pk: _unanswered(viewer, found[pk], last) for pk, last in seen.items()}
    return {pk: reasons for pk, reasons in kept.items() if reasons}, cut


def _seen(viewer: Viewer, customers: list[int], tasked: set[int]) -> dict[int, datetime | None]:
    """Those that the person sees, with the last contact; a task may be about a colleague's customer."""
    rows = Customer.objects.visible_to(viewer.user).filter(pk__in=customers)
    owned = viewer.owned()
    if owned:
        # Nothing "or" something would be the something.
        rows = rows.filter(owned | Q(pk__in=tasked))
    return dict(rows.values_list("pk", "last_contact_at"))


def _unanswered(viewer: Viewer, reasons: list[Reason], last: datetime | None) -> list[Reason]:
    if not talk.rests(last, viewer):
        return reasons
    return [reason for reason in reasons if reason.code not in talk.ANSWERED]


def _put_aside(viewer: Viewer) -> list[PutAside]:
    rows = PutAside.objects.visible_to(viewer.user).filter(viewer.owned("customer__"))
    return list(rows.filter(ended_at__isnull=True, until__gt=viewer.today).select_related("customer", "by"))


def _lines(viewer: Viewer, order: list[int], ranks: dict[int, Rank]) -> list[Line]:
    may_see = allowed(viewer.user, "insight.view")
    rows = Customer.objects.visible_to(viewer.user).select_related("owner", "score", "prediction")
    found = rows.defer(*BULKY).in_bulk(order)
    reached, lines = callees(viewer.user, found.values()), []
    for place, pk in enumerate(order, 1):
        score = getattr(found[pk], "score", None) if may_see else None
        tier = score.tier if score else 0
        given = viewer.strategies[tier].short if tier in viewer.strategies else ""
        foreseen = _foreseen(found[pk]) if may_see else None
        name = viewer.tier_names.get(tier, "")
        lines.append(Line(place, found[pk], ranks[pk], tier, name, given, foreseen, reached.get(pk)))
    return lines


def _foreseen(customer: Customer) -> CustomerPrediction | None:
    """What the models say the customer is worth; of who is lost already they say next to nothing."""
    found: CustomerPrediction | None = getattr(customer, "prediction", None)
    if found is None or found.clv is None or customer.no_profiling:
        return None
    return None if found.churn_status == ChurnStatus.LOST else found


@dataclass(frozen=True)
class PersonCount:
    """``user`` None is nobody: customers without an owner."""

    user: User | None
    steps: int
    silent: int
    overdue: int


_BY_OWNER = """
SELECT c.owner_id, COUNT(*) AS customers FROM customers c
WHERE {scope} AND c.profiled AND c.purchase_days > 1 AND c.revenue_365 > 0 AND c.overdue_ratio >= $from
GROUP BY 1
"""


def people(viewer: Viewer) -> list[PersonCount]:
    """What waits for each colleague in the row scope, and for nobody."""
    steps = talk.due_steps(viewer).order_by().values_list("customer__owner_id")
    waiting = dict(steps.annotate(n=Count("customer_id", distinct=True)))
    silent = dict(talk.silent_customers(viewer).order_by().values_list("owner_id").annotate(n=Count("pk")))
    rows = viewer.rows(_BY_OWNER, **{"from": ranking.RHYTHM_FROM})
    overdue = {row["owner_id"]: row["customers"] for row in rows}
    everybody: list[Any] = [*colleagues(viewer.user), None]
    return [
        PersonCount(one, *(found.get(one.pk if one else None, 0) for found in (waiting, silent, overdue)))
        for one in everybody
    ]


def colleagues(user: Any) -> list[User]:
    """Active people who own customers that the user sees."""
    people = User.objects.filter(is_active=True)
    if row_scope(user) != RowScope.ALL:
        people = people.filter(Q(pk=user.pk) | Q(team_id__in=visible_team_ids(user)))
    owned = Customer.objects.filter(owner=OuterRef("pk"), deleted_at__isnull=True)
    return list(people.filter(Exists(owned)))
