"""From the analyzed company to every customer's prediction."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from factories import make_customer, make_order
from zhike.analytics.cycles import expected_need, purchase_cycles
from zhike.analytics.recommend import rebuy
from zhike.crm.catalog.models import Product
from zhike.crm.customers.models import Customer
from zhike.crm.insight import days
from zhike.crm.orders.models import Order, OrderLine
from zhike.crm.prediction import jobs, queries, rescoring, sources
from zhike.crm.prediction.kinds import churn, products, value
from zhike.crm.prediction.models import CustomerPrediction, ModelVersion, PairRule, Recommendation
from zhike.crm.prediction.services import score_now
from zhike.platform.models import Job

UNIT = Decimal("0.0001")


@pytest.fixture(scope="module")
def opened(company):
    """The session that the models read from."""
    with sources.opened() as found:
        yield found


def buy(customer: Customer, product: Product, on: date) -> None:
    """An order of one line."""
    order = make_order(customer, on, 500)
    OrderLine.objects.create(order=order, position=1, product=product, quantity=5, unit_price=100, amount=500)


def published() -> dict[int, CustomerPrediction]:
    return {row.customer_id: row for row in CustomerPrediction.objects.all()}


def test_every_profiled_buyer_has_a_prediction_and_nobody_else(predicted):
    buyers = Order.objects.filter(revenue__gt=0, status="confirmed", customer__deleted_at__isnull=True)
    wanted = set(buyers.filter(customer__no_profiling=False).values_list("customer_id", flat=True))
    assert set(published()) == wanted
    assert Customer.objects.filter(no_profiling=True, orders__revenue__gt=0).exists()
    recommended = set(Recommendation.objects.values_list("customer_id", flat=True))
    assert recommended <= wanted


def test_published_values_are_those_of_the_library(predicted, opened):
    version = queries.active_version("value")
    rows = value.scored(opened.session, opened.facts, opened.day, version.parameters).to_pylist()
    found = published()
    assert len(rows) == len(found)
    for row in rows:
        one = found[row["customer_id"]]
        assert one.p_active == pytest.approx(row["p_active"], rel=1e-12)
        assert one.expected_orders == pytest.approx(row["expected_orders"], rel=1e-12)
        assert [one.clv, one.clv_low, one.clv_high, one.value_kept] == [
            row[name] * UNIT for name in ("clv", "clv_low", "clv_high", "value_kept")
        ]
        assert one.clv_low <= one.clv <= one.clv_high or one.clv_high <= one.clv
        assert one.versions == {
            "basis": "margin",
            "churn": 1,
            "recommendation": 1,
            "rhythm": 1,
            "value": version.number,
        }


def test_leaving_is_counted_once_and_only_for_those_still_here(predicted):
    for one in published().values():
        if one.churn_status != "scored":
            assert one.value_at_risk is None
            continue
        assert float(one.value_at_risk) == pytest.approx(
            one.churn_probability * float(one.value_kept), abs=2e-4
        )
        # What a customer who is certain to stay would bring is never less than what one may bring.
        assert one.clv <= one.value_kept + 1


def test_churn_and_reasons_are_those_of_the_library(predicted, opened):
    version = queries.active_version("churn")
    training = churn._training(version.parameters)
    rows = churn.score_churn(opened.session, opened.facts, opened.day, training).to_pylist()
    found = published()
    for row in rows:
        one = found[row["customer_id"]]
        assert (one.churn_status, one.churn_probability) == (row["status"], row["churn_probability"])
        if one.churn_status == "scored":
            assert one.churn_reasons
            assert all({"f", "v", "e"} <= set(reason) for reason in one.churn_reasons)


def test_rhythm_is_that_of_the_library_and_no_date_lies_in_the_past(predicted, opened):
    rows = purchase_cycles(opened.session, opened.facts, opened.day).to_pylist()
    found = published()
    for row in rows:
        one = found[row["customer_id"]]
        assert one.rhythm_status == row["status"]
        assert one.next_order_expected == days.day_of(row["next_expected"])
        if one.next_order_expected:
            assert one.next_order_low <= one.next_order_expected <= one.next_order_high
            assert one.next_order_low > opened.as_of
            assert one.cycle_days == pytest.approx(row["cycle_days"], rel=1e-9)


def test_products_are_those_of_the_library_with_their_evidence(predicted, opened):
    drop = products.not_goods()
    filters = products.on_sale()
    rows = rebuy(opened.session, opened.lines, opened.day, 5, filters=filters, drop=drop).to_pylist()
    wanted = {(row["customer_id"], row["rank"]): row["product_id"] for row in rows}
    found = Recommendation.objects.filter(kind="rebuy")
    assert {(one.customer_id, one.rank): one.product_id for one in found} == wanted
    assert all(one.evidence["code"] == "bought_times" for one in found)
    fresh = Recommendation.objects.filter(kind="discover")
    counted = Order.objects.filter(status="confirmed", lines__kind="purchase")
    bought = set(counted.values_list("customer_id", "lines__product_id"))
    assert fresh.exists()
    assert not {(one.customer_id, one.product_id) for one in fresh} & bought


def test_rules_of_pairs_keep_exact_counts(predicted):
    rule = PairRule.objects.first()
    if rule is None:
        pytest.skip("no pair of this small company is sure enough")
    both = Order.objects.filter(lines__product=rule.left, lines__kind="purchase").filter(
        lines__product=rule.right, lines__kind="purchase"
    )
    assert rule.confidence == pytest.approx(rule.n_both / rule.n_left)
    assert both.distinct().count() >= rule.n_both


def test_scoring_again_writes_nothing(predicted):
    before = published()
    again = score_now()
    assert again.result["published"] == 0
    assert again.result["retired"] == 0
    assert {c: one.written_at for c, one in published().items()} == {
        c: one.written_at for c, one in before.items()
    }


def test_only_what_changed_is_written_again(predicted):
    one, other = list(published().values())[:2]
    CustomerPrediction.objects.filter(pk=one.pk).update(churn_probability=0.123, clv=1)
    Recommendation.objects.filter(customer_id=other.pk).delete()
    CustomerPrediction.objects.filter(pk=other.pk).update(products_mark=1)
    assert score_now().result["published"] == 2
    assert published()[one.pk].clv == one.clv
    assert Recommendation.objects.filter(customer_id=other.pk).exists()


def test_a_row_that_an_event_wrote_later_is_left_alone(predicted):
    one = next(iter(published().values()))
    CustomerPrediction.objects.filter(pk=one.pk).update(seq=10**15, clv=1)
    score_now()
    assert published()[one.pk].clv == 1


def test_who_may_not_be_profiled_any_more_loses_everything(predicted, opened):
    customer = Recommendation.objects.values_list("customer_id", flat=True)[0]
    Customer.objects.filter(pk=customer).update(no_profiling=True)
    assert rescoring.rescore([customer]) == 0
    assert customer not in published()
    assert not Recommendation.objects.filter(customer_id=customer).exists()


def test_one_customer_after_an_event_equals_the_scoring_of_all(predicted):
    ids = sorted(published())[:40]
    before = {c: one for c, one in published().items() if c in ids}
    assert rescoring.rescore(ids) == len(ids)
    for customer, one in published().items():
        if customer in before:
            old = before[customer]
            assert one.clv == old.clv
            assert one.churn_status == old.churn_status
            assert (one.churn_probability or 0) == pytest.approx(old.churn_probability or 0, rel=1e-9)
            assert one.next_order_expected == old.next_order_expected
            assert one.products_mark == old.products_mark
            assert one.expected_need == old.expected_need
            assert one.need_mark == old.need_mark


def test_the_next_order_holds_what_the_library_expects(predicted, opened):
    drop, gone = products.not_goods(), products.off_sale()
    rows = expected_need(opened.session, opened.lines, opened.day, 5, drop=drop, exclude=gone).to_pylist()
    wanted: dict[int, list] = {}
    for row in rows:
        wanted.setdefault(row["customer_id"], []).append(
            (row["product_id"], row["expected_on"], round(row["quantity"], 3))
        )
    found = {
        one.customer_id: [(need["product"], need["on"], need["quantity"]) for need in one.expected_need]
        for one in published().values()
        if one.expected_need
    }
    assert found.keys() == wanted.keys()
    assert {c: sorted(rows) for c, rows in found.items()} == {c: sorted(rows) for c, rows in wanted.items()}
    assert all(day > opened.day for rows in found.values() for _product, day, _quantity in rows)


def test_the_rhythm_says_how_well_it_expects_products(predicted):
    version = queries.active_version("rhythm")
    tested = version.validation["need"]
    assert tested["customers"] >= 30
    assert 0 < tested["expected"]["precision"] <= 1


def test_an_order_renews_the_products_of_its_customer(predicted, opened):
    liked = Recommendation.objects.filter(kind="discover", rank=1).select_related("customer").first()
    before = Recommendation.objects.filter(customer=liked.customer, kind="discover").count()
    buy(liked.customer, liked.product, opened.as_of)
    assert rescoring.rescore([liked.customer_id]) == 1
    rows = Recommendation.objects.filter(customer=liked.customer)
    again = rows.get(kind="rebuy", product=liked.product)
    assert again.evidence["times"] == 1
    fresh = rows.filter(kind="discover")
    assert not fresh.filter(product=liked.product).exists()
    assert [one.rank for one in fresh.order_by("rank")] == list(range(1, before))
    mark = CustomerPrediction.objects.get(pk=liked.customer_id).products_mark
    assert rescoring.rescore([liked.customer_id]) == 1
    assert CustomerPrediction.objects.get(pk=liked.customer_id).products_mark == mark


def test_an_older_event_takes_nothing_newer_away(predicted):
    one = Recommendation.objects.select_related("customer__prediction").first()
    Order.objects.filter(customer_id=one.customer_id).update(status="cancelled")
    CustomerPrediction.objects.filter(pk=one.customer_id).update(seq=10**15)
    assert rescoring.rescore([one.customer_id]) == 0
    assert CustomerPrediction.objects.filter(pk=one.customer_id).exists()
    assert Recommendation.objects.filter(customer_id=one.customer_id).exists()
    score_now()
    assert CustomerPrediction.objects.filter(pk=one.customer_id).exists()


def test_an_older_scoring_leaves_newer_products_alone(predicted):
    one = Recommendation.objects.select_related("customer__prediction").first()
    CustomerPrediction.objects.filter(pk=one.customer_id).update(seq=10**15)
    Recommendation.objects.filter(pk=one.pk).update(score=-1)
    buy(one.customer, one.product, one.as_of)
    rescoring.rescore([one.customer_id])
    assert Recommendation.objects.filter(pk=one.pk, score=-1).exists()


def test_an_order_changes_what_is_predicted_at_once(predicted):
    late = CustomerPrediction.objects.filter(rhythm_status="overdue").first()
    day = late.as_of
    make_order(late.customer, day, 500)
    assert rescoring.rescore([late.pk]) == 1
    late.refresh_from_db()
    assert late.rhythm_status == "not_due"
    assert late.next_order_expected > day
    newcomer = make_customer("新客户")
    make_order(newcomer, day - timedelta(days=2), 300)
    assert rescoring.rescore([newcomer.pk]) == 1
    assert CustomerPrediction.objects.get(pk=newcomer.pk).churn_status == "new"


def test_who_took_every_order_back_by_cancelling_loses_the_prediction(predicted):
    one = CustomerPrediction.objects.first()
    Order.objects.filter(customer_id=one.pk).update(status="cancelled")
    assert rescoring.rescore([one.pk]) == 0
    assert not CustomerPrediction.objects.filter(pk=one.pk).exists()


def test_the_look_scores_what_changed_since_the_last_one(predicted, monkeypatch):
    monkeypatch.setattr(rescoring, "_mark", 0)
    rescoring.look()
    assert rescoring.look() == 0
    one = CustomerPrediction.objects.filter(rhythm_status="overdue").first()
    make_order(one.customer, one.as_of, 500)
    if rescoring.look() == 0:
        pytest.skip("inside one transaction the log of this store does not move")
    one.refresh_from_db()
    assert one.rhythm_status == "not_due"


def test_a_finished_analysis_asks_for_one_scoring(predicted):
    assert jobs.score_after_analysis() is None
    Job.objects.filter(kind=jobs.SCORE).update(params={"run": 0})
    asked = jobs.score_after_analysis()
    assert asked.kind == jobs.SCORE
    assert jobs.score_after_analysis() is None or Job.objects.filter(kind=jobs.SCORE).count() == 2


def test_versions_say_what_they_learned_from(predicted):
    for version in ModelVersion.objects.all():
        assert version.state == "active"
        assert version.reason["code"] in ("first", "rules")
        assert version.data["customers"] == len(published())
        assert version.data["hash"]
        assert version.data["libraries"]["numpy"]
    found = queries.active_version("value").parameters["transactions"]
    assert set(found["params"]) == set(found["se"])


def test_a_large_base_is_scored_in_parts_that_give_the_same(predicted, opened, monkeypatch):
    monkeypatch.setattr(sources, "PART", 50)
    parts = [opened.session.rows(f"SELECT COUNT(*) AS n FROM {part}")[0][0] for part in opened.parts()]
    whole = opened.session.rows(f"SELECT COUNT(*) AS n FROM {opened.facts}")[0][0]
    assert len(parts) > 3
    assert sum(parts) == whole
    assert score_now().result["published"] == 0


def test_a_sample_holds_whole_customers(predicted, opened):
    name = opened.sample(60)
    text = "SELECT COUNT(*) AS n, COUNT(DISTINCT customer_id) AS c FROM "
    ((rows, customers),) = opened.session.connection.execute(text + name).fetchall()
    ((same,),) = opened.session.connection.execute(
        f"SELECT COUNT(*) FROM {opened.facts} WHERE customer_id IN (SELECT customer_id FROM {name})"
    ).fetchall()
    assert same == rows
    assert 30 <= customers <= 90
    assert opened.sample(10_000) == opened.facts
