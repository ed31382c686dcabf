"""Weights of a draft: by experts' pairwise judgements, by the data, by both; contradictions are refused."""

from __future__ import annotations

import numpy as np
import pytest

from zhike.analytics import AnalysisSettings
from zhike.analytics.voice import ahp_weights, group_judgements
from zhike.crm.insight import versions
from zhike.crm.insight.models import CustomerScore
from zhike.crm.studio import services
from zhike.crm.studio.errors import InconsistentError
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db

CONSISTENT = [[1, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]]
OTHER = [[1, 1, 2], [1, 1, 2], [1 / 2, 1 / 2, 1]]
CONTRADICTING = [[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]]


@pytest.fixture
def draft(db, people, definition):
    definition["tiers"]["dimensions"] = definition["tiers"]["dimensions"][:3]
    found = services.create_draft(people.analyst, model=versions.ensure_default_model())
    return services.save_draft(people.analyst, found, definition=definition)


def weights(draft) -> dict[str, float]:
    return {d["code"]: d["weight"] for d in draft.definition["tiers"]["dimensions"]}


def test_two_experts_weigh_by_the_geometric_mean_of_their_judgements(draft, people):
    services.set_judgements(people.analyst, draft, "销售总监", CONSISTENT)
    services.set_judgements(people.analyst, draft, "财务总监", OTHER)
    draft = services.compute_weights(people.analyst, draft, "ahp")
    expected = 100 * ahp_weights(group_judgements([CONSISTENT, OTHER]))[0]
    assert list(weights(draft).values()) == pytest.approx(expected, abs=0.01)
    assert sum(weights(draft).values()) == pytest.approx(100)
    assert draft.weights["method"] == "ahp"
    assert len(draft.weights["experts"]) == 2
    assert AuditEvent.objects.filter(event="tiers.judged").count() == 2


def test_an_expert_who_judges_again_replaces_the_earlier_judgements(draft, people):
    services.set_judgements(people.analyst, draft, "销售总监", OTHER)
    services.set_judgements(people.analyst, draft, "销售总监", CONSISTENT)
    draft = services.compute_weights(people.analyst, draft, "ahp")
    assert list(weights(draft).values()) == pytest.approx([57.14, 28.57, 14.29], abs=0.011)
    services.remove_judgements(people.analyst, draft, "销售总监")
    with pytest.raises(DomainError):
        services.compute_weights(people.analyst, draft, "ahp")


def test_contradicting_judgements_are_kept_but_not_computed_with_unless_somebody_says_why(draft, people):
    found = services.set_judgements(people.analyst, draft, "销售总监", CONTRADICTING)
    assert not found.is_consistent
    assert found.worst
    with pytest.raises(InconsistentError) as caught:
        services.compute_weights(people.analyst, draft, "ahp")
    assert caught.value.expert == "销售总监"
    assert caught.value.worst
    services.set_judgements(people.analyst, draft, "销售总监", CONTRADICTING, overruled="赶时间，下月重评")
    draft = services.compute_weights(people.analyst, draft, "ahp")
    assert draft.weights["experts"][0]["overruled"] == "赶时间，下月重评"


@pytest.mark.parametrize(
    "matrix", [[[1, 2], [0.5, 1]], [[1, 2, 3], [2, 1, 2], [1, 1, 1]], [[1, 0, 1]] * 3, [[1]], []]
)
def test_a_matrix_that_is_none_is_refused(draft, people, matrix):
    with pytest.raises(DomainError) as caught:
        services.set_judgements(people.analyst, draft, "销售总监", matrix)
    assert caught.value.field == "matrix"


def test_judgements_survive_a_dropped_dimension_but_not_a_new_one(draft, people, definition):
    services.set_judgements(people.analyst, draft, "销售总监", CONSISTENT)
    dimensions = definition["tiers"]["dimensions"]
    fewer = {**definition, "tiers": {**definition["tiers"], "dimensions": [dimensions[2], dimensions[0]]}}
    draft = services.save_draft(people.analyst, draft, definition=fewer)
    draft = services.compute_weights(people.analyst, draft, "ahp")
    assert list(weights(draft).values()) == pytest.approx([20, 80])
    new = {**dimensions[1], "code": "margin", "feature": "margin"}
    more = {**definition, "tiers": {**definition["tiers"], "dimensions": [*dimensions, new]}}
    draft = services.save_draft(people.analyst, draft, definition=more)
    with pytest.raises(DomainError) as caught:
        services.compute_weights(people.analyst, draft, "ahp")
    assert caught.value.code == "incomplete_judgements"


def test_weights_changed_by_hand_are_no_longer_the_computed_ones(draft, people, definition):
    services.set_judgements(people.analyst, draft, "销售总监", CONSISTENT)
    draft = services.compute_weights(people.analyst, draft, "ahp")
    draft = services.save_draft(people.analyst, draft, note="没有变化")
    assert draft.weights["method"] == "ahp"
    draft = services.save_draft(people.analyst, draft, definition=definition)
    assert draft.weights["method"] == "hand"
    assert len(draft.weights["experts"]) == 1


def test_the_spread_of_the_customers_weighs_and_both_blend(draft, people, analysed):
    draft = services.compute_weights(people.analyst, draft, "entropy")
    measured = weights(draft)
    assert sum(measured.values()) == pytest.approx(100)
    model = AnalysisSettings.from_dict(draft.definition).tiers
    amounts = np.array(CustomerScore.objects.values_list("net_revenue", flat=True), dtype=float)
    assert model.dimensions[0].transform == "linear"
    assert len(amounts) == 30
    services.set_judgements(people.analyst, draft, "销售总监", CONSISTENT)
    draft = services.compute_weights(people.analyst, draft, "blend", share=0.5)
    halves = [(a + b) / 2 for a, b in zip([57.14, 28.57, 14.29], measured.values(), strict=True)]
    assert list(weights(draft).values()) == pytest.approx(halves, abs=0.02)
    assert draft.weights["share"] == 0.5
    draft = services.compute_weights(people.analyst, draft, "blend")
    products = np.array([57.14, 28.57, 14.29]) * np.array(list(measured.values()))
    assert list(weights(draft).values()) == pytest.approx(100 * products / products.sum(), abs=0.02)
    with pytest.raises(DomainError):
        services.compute_weights(people.analyst, draft, "blend", share=2)


def test_only_those_with_the_right_weigh(draft, people):
    with pytest.raises(NotAllowed):
        services.set_judgements(people.sales_east, draft, "我", CONSISTENT)
    with pytest.raises(DomainError):
        services.compute_weights(people.analyst, draft, "dice")
