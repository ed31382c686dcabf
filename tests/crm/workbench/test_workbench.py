"""From a question to an answer: the job, the rights, what is kept, what can be done with it."""

from __future__ import annotations

import io

import pytest
from django.utils import timezone

from zhike.crm.customers.models import Customer, CustomerList
from zhike.crm.workbench import frames, services
from zhike.crm.workbench.models import Analysis, AnalysisState, AnalysisValue
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import Job

pytestmark = pytest.mark.django_db

RFM = ["recency_days", "frequency", "net_revenue"]
QUESTIONS = {
    "describe": {"variables": ["net_revenue", "frequency", "industry"], "group": ["industry"]},
    "crosstab": {"rows": ["industry"], "columns": ["lifecycle"], "value": ["net_revenue"]},
    "correlation": {"variables": [*RFM, "tenure_days"]},
    "clusters": {"variables": RFM},
    "factor": {"variables": [*RFM, "tenure_days", "orders_90"]},
    "tree": {"target": ["industry"], "predictors": ["recency_days", "tenure_days"]},
    "linear": {"target": ["net_revenue"], "predictors": ["frequency", "industry"]},
    "logistic": {"target": ["industry"], "predictors": ["tenure_days"]},
    "pairs": {},
}


def words(response) -> str:
    return " ".join(response.content.decode().split())


def test_every_recipe_answers_and_reads_in_both_languages(people, company, ask, as_user):
    for recipe, slots in QUESTIONS.items():
        options = {"k": "2"} if recipe == "clusters" else {}
        one = ask(people.owner, recipe, slots, **options)
        assert one.state == AnalysisState.DONE, (recipe, one.error)
        assert one.result["conclusions"] or one.result["caveats"]
        assert one.customers == 240
        for language in ("en", "zh-hans"):
            page = as_user("owner", language).get(f"/workbench/{one.pk}")
            assert page.status_code == 200
            shown = page.context["shown"]
            assert not [text for text in shown.conclusions + shown.caveats if "{" in text]
            assert shown.tables


def test_pair_rules_name_the_products_bought_together(people, company, ask, as_user):
    one = ask(people.owner, "pairs", {})
    page = words(as_user("owner").get(f"/workbench/{one.pk}"))
    assert "产品0" in page
    assert "Who buys" in page


def test_clusters_become_customers_and_lists(people, company, ask, as_user):
    one = ask(people.owner, "clusters", {"variables": RFM}, k="2")
    assert AnalysisValue.objects.filter(analysis=one).count() == 240
    client = as_user("owner")
    found = client.get(f"/customers/?analysis={one.pk}&cluster=1")
    assert "客户" in words(found)
    client.post(f"/workbench/{one.pk}/lists", {"group": ["cluster-1", "cluster-2"]})
    made = CustomerList.objects.filter(owner=people.owner)
    assert made.count() == 2
    assert sum(one.members.count() for one in made) == 240


def test_the_best_fifth_by_a_factor_becomes_a_list(people, company, ask, as_user):
    one = ask(people.owner, "factor", QUESTIONS["factor"], factors="1")
    as_user("owner").post(f"/workbench/{one.pk}/lists", {"group": ["factor_1"]})
    (made,) = CustomerList.objects.filter(owner=people.owner)
    assert made.members.count() == 48


def test_cluster_numbers_follow_the_earlier_run(people, company, ask):
    first = ask(people.owner, "clusters", {"variables": RFM}, k="2")
    again = ask.run(services.again(actor=people.owner, analysis=first))
    before = dict(first.values.values_list("customer_id", "label"))
    assert dict(again.values.values_list("customer_id", "label")) == before
    assert again.result["model"]["drift"] == pytest.approx({"1": 0.0, "2": 0.0}, abs=1e-9)


def test_only_visible_customers_take_part(people, company, ask):
    everybody = ask(people.owner, "describe", {"variables": ["net_revenue"], "group": []})
    mine = ask(people.manager_east, "describe", {"variables": ["net_revenue"], "group": []})
    assert (everybody.customers, mine.customers) == (240, 120)


def test_filters_and_lists_narrow_the_customers(people, company, ask):
    one = ask(people.owner, "describe", {"variables": ["net_revenue"], "group": []}, "industry=C")
    assert one.customers == 120
    assert frames.selection(_query("industry=C&sort=-name&evil=1&own_x=2")) == "industry=C&own_x=2"


def test_a_customer_who_is_not_to_be_profiled_takes_no_part(people, company, ask):
    first = Customer.objects.order_by("pk").first()
    Customer.objects.filter(pk=first.pk).update(no_profiling=True)
    one = ask(people.owner, "clusters", {"variables": RFM}, k="2")
    assert one.customers == 239
    assert not AnalysisValue.objects.filter(customer_id=first.pk).exists()
    assert "not_profiled" in [caveat["code"] for caveat in one.result["caveats"]]


def test_a_report_is_shared_only_with_those_who_see_as_much(people, company, ask, as_user):
    whole = ask(people.owner, "describe", {"variables": ["net_revenue"], "group": []})
    services.save_report(actor=people.owner, analysis=whole, name="收入分布", shared=True)
    east = ask(people.manager_east, "clusters", {"variables": RFM}, k="2")
    services.save_report(actor=people.manager_east, analysis=east, name="华东分群", shared=True)
    assert _status(as_user, "analyst", whole) == 200
    assert _status(as_user, "manager_east", whole) == 404
    assert _status(as_user, "manager_west", east) == 404
    assert _status(as_user, "owner", east) == 200
    private = ask(people.owner, "describe", {"variables": ["net_revenue"], "group": []})
    assert _status(as_user, "analyst", private) == 404


def test_a_foreign_analysis_filters_nobody(people, company, ask, as_user):
    one = ask(people.owner, "clusters", {"variables": RFM}, k="2")
    page = as_user("manager_east").get(f"/customers/?analysis={one.pk}&cluster=1")
    assert "客户1" not in words(page)
    assert "客户1" not in words(as_user("owner").get("/customers/?cluster=1"))


def test_only_its_author_changes_or_deletes_an_analysis(people, company, ask):
    one = ask(people.owner, "describe", {"variables": ["net_revenue"], "group": []})
    services.save_report(actor=people.owner, analysis=one, name="x", shared=True)
    with pytest.raises(NotAllowed):
        services.save_report(actor=people.analyst, analysis=one, name="y", shared=True)
    with pytest.raises(NotAllowed):
        services.delete(actor=people.analyst, analysis=one)
    services.delete(actor=people.owner, analysis=one)
    assert not Analysis.objects.exists()


def test_an_analysis_can_be_stopped_while_it_waits_and_while_it_runs(
    people, company, ask, as_user, monkeypatch
):
    client = as_user("owner")
    waiting = ask.start(people.owner, "clusters", {"variables": RFM}, k="2")
    client.post(f"/system/jobs/{waiting.job_id}/cancel")
    client.get(f"/workbench/{waiting.pk}/progress")
    waiting.refresh_from_db()
    assert waiting.state == AnalysisState.CANCELLED
    running = ask.start(people.owner, "clusters", {"variables": RFM}, k="2")
    Job.objects.filter(pk=running.job_id).update(cancel_requested=True)
    ask.run(running)
    assert running.state == AnalysisState.CANCELLED
    assert running.error
    assert not running.values.exists()


def test_progress_shows_and_the_page_comes_anew_at_the_end(people, company, ask, as_user):
    one = ask.start(people.owner, "describe", {"variables": ["net_revenue"], "group": []})
    client = as_user("owner")
    assert client.get(f"/workbench/{one.pk}/progress").status_code == 200
    ask.run(one)
    assert client.get(f"/workbench/{one.pk}/progress").status_code == 286


def test_the_form_starts_an_analysis(people, company, as_user):
    client = as_user("owner")
    page = words(client.get("/workbench/new/crosstab?industry=C"))
    assert "120 customers" in page
    answer = client.post(
        "/workbench/new/crosstab",
        {"slot_rows": "industry", "slot_columns": "lifecycle", "query": "industry=C"},
    )
    assert answer.status_code == 302
    one = Analysis.objects.get()
    assert one.query == "industry=C"
    assert one.choice["slots"] == {"rows": ["industry"], "columns": ["lifecycle"], "value": []}
    assert words(client.get(f"/workbench/new/crosstab?like={one.pk}")).count("selected") >= 2


@pytest.mark.parametrize(
    ("recipe", "data"),
    [
        ("crosstab", {"slot_rows": "industry", "slot_columns": "industry"}),
        ("crosstab", {"slot_rows": "industry", "slot_columns": "password"}),
        ("correlation", {"slot_variables": ["net_revenue"]}),
        ("clusters", {"slot_variables": RFM, "option_k": "99"}),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_with_words(company, as_user, recipe, data):
    answer = as_user("owner").post(f"/workbench/new/{recipe}", data)
    assert answer.status_code == 422
    assert not Analysis.objects.exists()


def test_nothing_but_the_catalogue_reaches_a_query(people, ask):
    with pytest.raises(DomainError):
        ask.start(people.owner, "describe", {"variables": ['x" FROM customers; --'], "group": []})


def test_the_levels_of_a_target_are_offered(company, as_user):
    page = words(as_user("owner").get("/workbench/levels?slot_target=industry"))
    assert 'value="C"' in page
    assert 'value="F"' in page
    assert "<option" in words(as_user("owner").get("/workbench/levels?slot_target=nothing"))


def test_the_export_holds_the_tables_and_only_visible_customers(people, company, ask, as_user):
    from openpyxl import load_workbook

    one = ask(people.owner, "clusters", {"variables": RFM}, k="2")
    gone, exempt = Customer.objects.order_by("pk")[:2]
    Customer.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    Customer.objects.filter(pk=exempt.pk).update(no_profiling=True)
    client = as_user("owner")
    book = load_workbook(io.BytesIO(client.get(f"/workbench/{one.pk}/export?format=xlsx").content))
    assert len(book.sheetnames) >= 4
    assert book.worksheets[-1].max_row == 239
    text = client.get(f"/workbench/{one.pk}/export?format=csv").content.decode("utf-8-sig")
    assert text.count("\n") > 240
    assert client.get(f"/workbench/{one.pk}/export?format=exe").status_code == 422


def test_names_that_a_spreadsheet_would_run_are_defused(people, company, ask, as_user):
    Customer.objects.filter(name="客户1").update(name="=1+1")
    one = ask(people.owner, "clusters", {"variables": RFM}, k="2")
    text = as_user("owner").get(f"/workbench/{one.pk}/export?format=csv").content.decode("utf-8-sig")
    assert "'=1+1" in text


def test_who_may_not_see_insight_sees_no_workbench(people, company, ask, as_user):
    from zhike.crm.accounts.models import Role

    role = Role.objects.get(code="sales")
    if "insight.view" in role.capabilities:
        role.capabilities = [one for one in role.capabilities if one != "insight.view"]
        role.save()
    assert as_user("sales_east").get("/workbench/").status_code == 403


def _status(as_user, name, analysis) -> int:
    return as_user(name).get(f"/workbench/{analysis.pk}").status_code


def _query(text):
    from django.http import QueryDict

    return QueryDict(text)


def test_every_variable_of_the_catalogue_can_be_chosen(people, company, ask):
    from zhike.crm.customers.models import CustomField
    from zhike.crm.workbench import catalogue

    CustomField.objects.create(key="visits", label="到访次数", field_type="number")
    CustomField.objects.create(key="grade", label="级别", field_type="choice", choices=["甲", "乙"])
    for n, customer in enumerate(Customer.objects.order_by("pk")):
        customer.custom = {"visits": n, "grade": "甲" if n % 2 else "乙"}
        customer.save(update_fields=["custom"])
    names = list(catalogue.entries())
    assert {"own.visits", "own.grade", "tier", "clv"} <= set(names)
    for first in range(0, len(names), 20):
        one = ask(people.owner, "describe", {"variables": names[first : first + 20], "group": []})
        assert one.state == AnalysisState.DONE, one.error
    one = ask(people.owner, "correlation", {"variables": ["own.visits", "net_revenue"]})
    assert one.customers == 240
