"""The pages of the studio: who may do what, what a form keeps, and the way of a draft into force and back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import make_customer
from zhike.crm.insight.models import CustomerScore, TierModel, TierOverride, Version
from zhike.crm.studio import reviews, services
from zhike.crm.studio.choices import DraftState, Method
from zhike.crm.studio.models import Draft
from zhike.crm.studio.tier_forms import TiersForm
from zhike.platform.errors import DomainError

pytestmark = pytest.mark.django_db
CONSISTENT = [[1, 3, 3, 3, 3], *([1 / 3, 1, 1, 1, 1] for _ in range(4))]


@pytest.fixture
def signed_in():
    def sign_in(person) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["zhike_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def owner(people, signed_in):
    return signed_in(people.owner)


@pytest.fixture
def draft(people):
    """A model that is new; most of its pages need no analysis."""
    return services.create_draft(people.owner, name="By value")


def change(people) -> Draft:
    """A change of the primary model."""
    from zhike.crm.insight import versions

    return services.create_draft(people.owner, model=versions.ensure_default_model(), name="Customer value")


def address(name: str, draft: Draft) -> str:
    return reverse(f"studio:{name}", args=[draft.pk])


def rows(draft: Draft, **changes: str) -> dict[str, str]:
    """The form of the dimensions as the page sends it."""
    found = draft.definition["tiers"]["dimensions"]
    data = {"name": draft.name, "dimensions-TOTAL_FORMS": str(len(found))}
    data["dimensions-INITIAL_FORMS"] = data["dimensions-TOTAL_FORMS"]
    for place, one in enumerate(found):
        fields = {"code": one["code"], "feature": one["feature"], "direction": one["direction"]}
        fields |= {"transform": "percentile", **one["name"]}
        data |= {f"dimensions-{place}-{name}": value for name, value in fields.items()}
    return data | changes


def tiers(draft: Draft, **changes: str) -> dict[str, str]:
    found = draft.definition["tiers"]["tiers"][::-1]
    data = {"cut": "share", "grace_days": "30", "tiers-TOTAL_FORMS": str(len(found))}
    data["tiers-INITIAL_FORMS"] = data["tiers-TOTAL_FORMS"]
    for place, one in enumerate(found):
        share = "" if one["share"] is None else str(100 * one["share"])
        bounds = {"share": share, "min_score": str(one["min_score"] or "")}
        fields = {"code": one["code"], "color": one["color"], **bounds, **one["name"]}
        data |= {f"tiers-{place}-{name}": value for name, value in fields.items()}
    return data | changes


def others(draft: Draft, **changes: str) -> dict[str, str]:
    """The other settings of the primary model as its page sends them."""
    form = TiersForm(draft.definition, review_on=None, others=True).others
    sent = {field.html_name: str(field.value()) for field in form}
    return sent | {f"settings-{name}": value for name, value in changes.items()}


def judged(name: str = "Chen", matrix=None, overruled: str = "") -> str:
    return json.dumps([{"name": name, "matrix": matrix or CONSISTENT, "overruled": overruled}])


def test_who_may_not_change_tiers_sees_models_but_no_draft(signed_in, people, draft):
    sales = signed_in(people.sales_east)
    assert sales.get(reverse("studio:list")).status_code == 200
    assert sales.get(address("draft", draft)).status_code == 404
    assert sales.post(reverse("studio:create"), {"name": "Mine"}).status_code == 403
    assert sales.post(address("simulate", draft), {"act": "discard"}).status_code == 404


def test_a_new_model_begins_as_a_draft_with_the_dimensions_of_the_primary(owner):
    answer = owner.post(reverse("studio:create"), {"name": "By potential"})
    found = Draft.objects.get()
    assert answer.headers["Location"] == address("draft", found)
    assert "Net revenue" in owner.get(address("draft", found)).content.decode()
    assert "By potential" in owner.get(reverse("studio:list")).content.decode()


def test_dimensions_are_named_by_words_and_typed_in_whole_currency(owner, draft):
    changes = {"dimensions-0-feature": "Net revenue", "dimensions-0-transform": "log"}
    changes |= {"dimensions-0-low": "100", "dimensions-0-high": "5000", "then": "weights"}
    answer = owner.post(address("draft", draft), rows(draft, **changes))
    assert answer.headers["Location"] == address("weights", draft)
    draft.refresh_from_db()
    first = draft.definition["tiers"]["dimensions"][0]
    assert (first["transform"], first["low"], first["high"]) == ("log", 1_000_000, 50_000_000)
    assert 'value="5000"' in owner.get(address("draft", draft)).content.decode()


def test_another_measure_is_another_dimension_that_nobody_has_judged(owner, draft):
    owner.post(address("weights", draft), {"method": "ahp", "experts": judged()})
    draft.refresh_from_db()
    before = [one["code"] for one in draft.definition["tiers"]["dimensions"]]
    owner.post(address("draft", draft), rows(draft, **{"dimensions-0-feature": "margin"}))
    weight = draft.definition["tiers"]["dimensions"][0]["weight"]
    draft.refresh_from_db()
    after = draft.definition["tiers"]["dimensions"]
    assert [one["code"] for one in after] == ["margin", *before[1:]]
    assert (after[0]["weight"], draft.weights["method"]) == (weight, Method.HAND)
    with pytest.raises(DomainError):
        services.compute_weights(draft.author, draft, Method.AHP)


def test_a_form_sent_back_as_it_was_changes_nothing(owner, people):
    draft = change(people)
    for name, given in (("draft", rows(draft)), ("cuts", tiers(draft) | others(draft))):
        assert owner.post(address(name, draft), given).status_code == 302
    before = draft.definition
    draft.refresh_from_db()
    assert draft.definition == before


def test_the_address_of_the_older_settings_leads_to_the_primary_model(signed_in, people):
    from zhike.crm.insight import versions

    answer = signed_in(people.sales_east).get(reverse("insight:tier_settings"))
    primary = versions.ensure_default_model()
    assert answer.headers["Location"] == reverse("studio:model", args=[primary.pk])


def test_scores_and_stages_are_set_along_with_the_primary_model_alone(owner, people, draft):
    primary = change(people)
    given = tiers(primary) | others(primary, a_share="70", lost_ratio="1.5")
    answer = owner.post(address("cuts", primary), given)
    assert answer.context["form"].others.errors["lost_ratio"]
    assert owner.post(address("cuts", primary), {**given, "settings-lost_ratio": "6"}).status_code == 302
    primary.refresh_from_db()
    assert (primary.definition["abc"]["a_share"], primary.definition["lifecycle"]["lost_ratio"]) == (0.7, 6)
    assert "settings-a_share" not in owner.get(address("cuts", draft)).content.decode()


def test_a_tier_is_added_at_the_top_and_another_taken_out(owner, draft):
    changes = {
        "tiers-TOTAL_FORMS": "5",
        "tiers-4-en": "Crown",
        "tiers-4-share": "1",
        "tiers-4-color": "rose",
        "tiers-2-DELETE": "on",
    }
    answer = owner.post(address("cuts", draft), tiers(draft, **changes))
    assert answer.status_code == 302
    draft.refresh_from_db()
    codes = [tier["code"] for tier in draft.definition["tiers"]["tiers"]]
    assert codes == ["bronze", "gold", "diamond", "crown"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dimensions-1-feature", "nonsense"),
        ("dimensions-1-steps", "a=b"),
        ("dimensions-1-steps", "nan=inf"),
        ("dimensions-1-high", "-5"),
    ],
)
def test_a_wrong_dimension_is_pointed_out_and_what_was_typed_stays(owner, draft, field, value):
    changes = {field: value, "dimensions-1-low": "3", "dimensions-1-zh": "改过的名字"}
    changes["dimensions-1-transform"] = "steps" if field.endswith("steps") else "linear"
    answer = owner.post(address("draft", draft), rows(draft, **changes))
    text = answer.content.decode()
    assert (answer.status_code, "改过的名字" in text, "is-invalid" in text) == (422, True, True)
    draft.refresh_from_db()
    assert "改过的名字" not in json.dumps(draft.definition, ensure_ascii=False)


def test_every_measure_has_its_picture(owner, draft, analysed):
    shown = {"dimensions-0-feature": "net_revenue", "dimensions-0-direction": "higher"}
    text = owner.get(address("spread", draft), shown).content.decode()
    assert text.count("<rect") == 30
    assert "<polyline" in text
    # A form that cannot be changed sends no fields, only which dimension it is.
    assert owner.get(address("spread", draft), {"code": "amount"}).content.decode() == text
    for odd in ({"transform": "steps"}, {"transform": "log", "low": "0", "high": "5"}, {"feature": "x"}):
        given = shown | {f"dimensions-0-{name}": value for name, value in odd.items()}
        assert "<polyline" not in owner.get(address("spread", draft), given).content.decode()


def test_weights_by_hand_count_by_their_share(owner, draft):
    codes = [one["code"] for one in draft.definition["tiers"]["dimensions"]]
    typed = {f"weight-{code}": "10" for code in codes} | {"method": "hand"}
    assert owner.post(address("weights", draft), typed).status_code == 302
    assert owner.get(address("weights", draft)).content.decode().count("20.0%") >= len(codes)


def test_weights_put_back_into_ones_own_hand_are_called_so(owner, draft):
    owner.post(address("weights", draft), {"method": "ahp", "experts": judged()})
    draft.refresh_from_db()
    same = {f"weight-{d['code']}": str(d["weight"]) for d in draft.definition["tiers"]["dimensions"]}
    owner.post(address("weights", draft), same | {"method": "hand"})
    draft.refresh_from_db()
    assert (draft.weights["method"], len(draft.weights["experts"])) == (Method.HAND, 1)


def test_weights_by_judgement_are_kept_with_who_judged(owner, draft):
    answer = owner.post(address("weights", draft), {"method": "ahp", "experts": judged(), "then": "cuts"})
    assert answer.headers["Location"] == address("cuts", draft)
    draft.refresh_from_db()
    assert draft.weights["method"] == Method.AHP
    weights = [one["weight"] for one in draft.definition["tiers"]["dimensions"]]
    assert weights[0] == pytest.approx(3 * weights[1], rel=1e-2)


def test_contradictions_are_refused_but_not_lost_and_count_with_a_reason(owner, draft):
    odd = [row[:] for row in CONSISTENT]
    odd[1][2], odd[2][1] = 9, 1 / 9
    odd[0][1], odd[1][0] = 1 / 9, 9
    odd[0][2], odd[2][0] = 9, 1 / 9
    odd[2][3], odd[3][2] = 9, 1 / 9
    answer = owner.post(address("weights", draft), {"method": "ahp", "experts": judged(matrix=odd)})
    assert answer.status_code == 422
    assert "contradict" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.weights["experts"][0]["matrix"][1][2] == 9
    given = {"method": "ahp", "experts": judged(matrix=odd, overruled="The founder insists")}
    assert owner.post(address("weights", draft), given).status_code == 302


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", "NaN", '[{"name":"A","matrix":[[1]]}]', '{"a":1}'])
def test_judgements_that_are_none_are_refused(owner, draft, text):
    answer = owner.post(address("weights", draft), {"method": "ahp", "experts": text})
    assert answer.status_code == 422


def test_the_data_have_their_say(owner, draft, analysed):
    for method in ("entropy", "blend"):
        given = {"method": method, "experts": judged(), "share": "40"}
        assert owner.post(address("weights", draft), given).status_code == 302
        draft.refresh_from_db()
        assert draft.weights["method"] == method
    assert "Entropy" in owner.get(address("weights", draft)).content.decode()


def test_tiers_are_cut_named_and_colored(owner, draft):
    day = timezone.localdate() + timedelta(days=90)
    changes = {"cut": "breaks", "tiers-0-en": "Platinum", "tiers-0-color": "teal"}
    answer = owner.post(address("cuts", draft), tiers(draft, review_on=day.isoformat(), **changes))
    assert answer.status_code == 302
    draft.refresh_from_db()
    top = draft.definition["tiers"]["tiers"][-1]
    cut = draft.definition["tiers"]["cut"]
    assert (top["name"]["en"], top["color"], cut) == ("Platinum", "teal", "breaks")
    assert draft.review_on == day
    owner.post(address("cuts", draft), tiers(draft, review_on=""))
    draft.refresh_from_db()
    assert draft.review_on is None


def test_the_next_review_is_set_and_dropped_on_the_page_of_the_model(owner, signed_in, people):
    draft, day = change(people), timezone.localdate() + timedelta(days=60)
    page = reverse("studio:review", args=[draft.model_id])
    assert signed_in(people.sales_east).post(page, {"review_on": day.isoformat()}).status_code == 403
    owner.post(page, {"review_on": day.isoformat()})
    draft.refresh_from_db()
    assert (reviews.due_on(draft.model), draft.review_on) == (day, day)
    for wrong in ("2020-01-01", "nonsense"):
        owner.post(page, {"review_on": wrong})
        assert reviews.due_on(draft.model) == day
    owner.post(page, {"review_on": ""})
    assert reviews.due_on(draft.model) is None


def test_wrong_tiers_are_pointed_out_and_stay_as_typed(owner, draft):
    answer = owner.post(
        address("cuts", draft), tiers(draft, **{"tiers-0-share": "80", "tiers-1-share": "90"})
    )
    assert (answer.status_code, "80" in answer.content.decode()) == (422, True)
    answer = owner.post(address("cuts", draft), tiers(draft, **{"tiers-0-zh": "", "tiers-0-en": ""}))
    assert (answer.status_code, "Give the tier a name." in answer.content.decode()) == (422, True)


def test_the_scores_follow_what_is_typed(owner, draft, analysed):
    text = owner.post(address("scores", draft), tiers(draft)).content.decode()
    assert "data-chart" in text
    text = owner.post(address("scores", draft), tiers(draft, **{"tiers-0-color": "red"})).content.decode()
    assert "Correct the marked fields" in text


def test_from_a_draft_into_force_and_back(signed_in, people, boss, analysed, finish):
    owner, second, draft = signed_in(people.owner), signed_in(boss), change(people)
    weights = {f"weight-{d['code']}": "1" for d in draft.definition["tiers"]["dimensions"]}
    owner.post(address("weights", draft), weights | {"method": "hand"})
    page = address("simulate", draft)
    assert "Not simulated yet" in owner.get(page).content.decode()
    assert owner.post(page, {"act": "submit", "note": "early"}).status_code == 422
    owner.post(page, {"act": "simulate"})
    text = owner.get(page).content.decode()
    assert all(part in text for part in ("Who would move", "Side by side", "Submit for approval"))
    assert "would get another tier" in text
    assert owner.post(page, {"act": "submit", "note": "Simpler"}).status_code == 302
    assert 'value="approve"' not in owner.get(page).content.decode()
    assert owner.post(page, {"act": "approve"}).status_code in (403, 422)
    assert "Waiting for approval" in second.get(reverse("studio:list")).content.decode()
    assert 'value="approve"' in second.get(page).content.decode()
    answer = second.post(page, {"act": "approve"})
    model = answer.headers["Location"]
    finish()
    text = second.get(model).content.decode()
    assert all(part in text for part in ("Simpler", "approved by boss", "v2"))
    first = Version.objects.order_by("number").first()
    back = reverse("studio:rollback", args=[first.pk])
    assert owner.get(back).status_code == 200
    assert second.post(back, {"reason": ""}).status_code == 422
    assert second.post(back, {"reason": "Too harsh"}).status_code == 302
    first.refresh_from_db()
    assert first.is_current
    assert "Too harsh" in second.get(model).content.decode()


def test_a_draft_is_sent_back_with_an_answer_and_taken_up_again(signed_in, people, boss, analysed):
    owner, second, draft = signed_in(people.owner), signed_in(boss), change(people)
    page = address("simulate", draft)
    for act in ({"act": "simulate"}, {"act": "submit", "note": "Try"}):
        owner.post(page, act)
    assert second.post(page, {"act": "reject", "note": ""}).status_code == 422
    assert second.post(page, {"act": "reject", "note": "Not before spring"}).status_code == 302
    assert "Not before spring" in owner.get(page).content.decode()
    assert owner.post(page, {"act": "withdraw"}).headers["Location"] == address("draft", draft)
    draft.refresh_from_db()
    assert draft.state == DraftState.EDITING


def test_who_would_move_is_listed_by_flow_and_within_ones_own_sight(signed_in, people, analysed):
    owner, draft = signed_in(people.owner), change(people)
    dimensions = draft.definition["tiers"]["dimensions"]
    weights = {f"weight-{d['code']}": "100" if d["code"] == "recency" else "0" for d in dimensions}
    owner.post(address("weights", draft), weights | {"method": "hand"})
    owner.post(address("simulate", draft), {"act": "simulate"})
    flow = next(f for f in Draft.objects.get(pk=draft.pk).simulation["flows"] if f[0] != f[1])
    text = owner.get(address("simulate", draft), {"before": flow[0], "after": flow[1]}).content.decode()
    listed = text[text.index('id="movers"') :]
    assert listed.count("客户") >= min(flow[2], 2)
    assert "All that move" in listed
    assert owner.get(address("simulate", draft), {"before": "x", "after": "٣"}).status_code == 200
    assert "Newer data" not in text
    draft.refresh_from_db()
    Draft.objects.filter(pk=draft.pk).update(simulation={**draft.simulation, "as_of": "2020-01-01"})
    assert "Newer data" in owner.get(address("simulate", draft)).content.decode()


def test_a_tier_is_set_by_hand_shown_and_ended(owner, people, analysed):
    score = CustomerScore.objects.filter(tier=1).first()
    page = reverse("studio:override", args=[score.pk])
    day = timezone.localdate() + timedelta(days=30)
    given = {"tier": "4", "reason": "Strategic partner", "expires_on": day.isoformat()}
    assert owner.post(page, given | {"reason": " "}).status_code == 422
    assert owner.post(page, given | {"expires_on": "2020-01-01"}).status_code == 422
    assert owner.post(page, given).status_code == 302
    cards = owner.get(reverse("customers:side_cards", args=[score.pk])).content.decode()
    assert "Strategic partner" in cards
    text = owner.get(reverse("studio:list")).content.decode()
    address = f"{reverse('customers:list')}?tier_by_hand="
    assert all(part in text for part in (f"{address}now", f"{address}soon", "1 ends within 30 days"))
    assert [row.record for row in owner.get(f"{address}soon").context["table"].rows] == [score.customer]
    whole = owner.get(reverse("customers:detail", args=[score.pk])).content.decode()
    assert "by the rules it would be Bronze" in whole
    owner.post(reverse("studio:end_override", args=[score.pk]))
    assert TierOverride.objects.get().ended_at is not None


def test_nobody_sets_a_tier_without_the_right_or_out_of_sight(signed_in, people):
    page = reverse("studio:override", args=[make_customer("甲").pk])
    assert signed_in(people.sales_east).get(page).status_code == 403
    people.manager_east.role.capabilities.append("tiers.edit")
    people.manager_east.role.save()
    assert signed_in(people.manager_east).get(page).status_code == 404


def test_two_models_are_crossed_once_there_are_two(owner, people, draft, analysed, finish):
    services.simulate(people.owner, draft)
    text = owner.get(address("simulate", draft)).content.decode()
    assert all(words in text for words in ("How the tiers cross", "In the primary model"))
    services.submit(people.owner, draft, note="Beside")
    text = owner.get(address("draft", draft)).content.decode()
    assert "waits for approval" in text
    assert owner.post(address("draft", draft), rows(draft)).status_code == 422
    services.approve(people.owner, Draft.objects.get(pk=draft.pk))
    assert "How they cross shows after" in owner.get(reverse("studio:list")).content.decode()
    finish()
    text = owner.get(reverse("studio:list")).content.decode()
    assert all(part in text for part in ("Two models compared", "By value", "primary"))
    assert text.count("studio-differs") == 0
    beside = TierModel.objects.get(name="By value")
    owner.post(reverse("studio:create"), {"name": "Like it", "like": str(beside.pk)})
    like = Draft.objects.get(name="Like it")
    assert (like.model, like.definition) == (None, draft.definition)
    TierModel.objects.filter(pk=beside.pk).update(definition={**draft.definition, "tiers": fewer(draft)})
    text = owner.get(reverse("studio:list")).content.decode()
    # Five dimensions, the grace period, the highest tier.
    assert text.count("studio-differs") == 7
    assert "less is better" in text
    assert owner.post(reverse("studio:create"), {"name": "X", "like": "x"}).status_code == 404


def fewer(draft: Draft) -> dict[str, object]:
    """Without the highest tier and the first dimension, and another grace period."""
    tiers = draft.definition["tiers"]
    rest = {"dimensions": tiers["dimensions"][1:], "tiers": tiers["tiers"][:-1], "grace_days": 7}
    return {**tiers, **rest}
