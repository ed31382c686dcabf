"""The compiled statement and the plain evaluator are written apart; on random trees they must agree."""

from __future__ import annotations

import random

import pytest

from analytics.segments.people import AS_OF, CATALOGUE, load, make
from analytics.segments.trees import LEAVES, leaf, tree
from zhike.analytics.engine import Session
from zhike.analytics.segments import (
    KINDS,
    Definition,
    alone,
    count,
    explain,
    funnel,
    leaves,
    members,
    read,
    truths,
)

TREES, PEOPLE, AT_ONCE = 2_000, 500, 40


@pytest.fixture(scope="module")
def people():
    return make(PEOPLE, seed=7)


@pytest.fixture(scope="module")
def session(people):
    with Session(threads=1) as found:
        load(found, people)
        yield found


def definition(root: dict, **more: object) -> Definition:
    return read({"v": 1, "entity": "customer", "root": root, **more}, CATALOGUE)


def asked(session: Session, found: list[Definition]) -> list[set[int]]:
    query = truths([one.root for one in found], CATALOGUE, AS_OF)
    rows = session.sql(query.text, **query.params).to_pydict()
    return [
        {customer for customer, holds in zip(rows["customer_id"], rows[f"t{n}"], strict=True) if holds}
        for n in range(len(found))
    ]


def test_the_statement_equals_the_plain_evaluator_on_random_trees(session, people):
    chance = random.Random(2026)
    differing = []
    for _batch in range(TREES // AT_ONCE):
        found = [definition(tree(chance)) for _tree in range(AT_ONCE)]
        for one, there in zip(found, asked(session, found), strict=True):
            here = {person.id for person in people if one.root.holds(person, AS_OF)}
            if here != there:
                differing.append((one.source["root"], here ^ there))
    assert differing == []


def test_an_explanation_tells_of_each_leaf_what_the_plain_evaluator_tells(session, people):
    chance = random.Random(31)
    for _tree in range(60):
        one = definition(tree(chance))
        query = explain(one, CATALOGUE, AS_OF, range(1, PEOPLE + 1))
        for customer, *told in session.rows(query.text, **query.params):
            nodes = [one.root, *leaves(one.root)]
            assert told == [node.holds(people[customer - 1], AS_OF) for node in nodes], one.source


def test_equal_leaves_are_computed_once(session):
    asked_twice = {"t": "agg", "source": "order", "fn": "count", "cmp": "gte", "value": 2}
    one = definition({"op": "or", "children": [asked_twice, {"op": "not", "child": asked_twice}]})
    text = members(one, CATALOGUE, AS_OF).text
    assert text.count("COUNT(") == text.count("GROUP BY") == 1


@pytest.mark.parametrize("kind", sorted(LEAVES))
def test_a_leaf_and_its_contrary_make_everybody(session, people, kind):
    chance = random.Random(kind)
    found = []
    for _leaf in range(20):
        one = leaf(chance, kind)
        found += [definition(one), definition({"op": "not", "child": one})]
    answers = asked(session, found)
    everybody = {person.id for person in people}
    assert all(answers[n] | answers[n + 1] == everybody for n in range(0, len(answers), 2))
    assert all(not answers[n] & answers[n + 1] for n in range(0, len(answers), 2))


def test_every_kind_of_leaf_is_tried():
    assert set(LEAVES) == set(KINDS)


def test_members_and_their_count_are_those_of_the_plain_evaluator(session, people):
    """Both write their conditions in ways of their own: tests instead of values, everybody but the few."""
    chance = random.Random(5)
    for _tree in range(300):
        one = definition(tree(chance))
        here = {person.id for person in people if one.root.holds(person, AS_OF)}
        query = members(one, CATALOGUE, AS_OF)
        assert set(session.sql(query.text, **query.params)["customer_id"].to_pylist()) == here, one.source
        query = count(one, CATALOGUE, AS_OF)
        assert session.rows(query.text, **query.params) == [(len(here), PEOPLE)], one.source


def test_a_funnel_counts_who_meets_each_condition_and_who_still_meets_all(session, people):
    chance = random.Random(6)
    for _funnel in range(20):
        nodes = [definition(leaf(chance)).root for _leaf in range(3)]
        wanted = [PEOPLE]
        for n, node in enumerate(nodes):
            wanted.append(sum(node.holds(person, AS_OF) for person in people))
            wanted.append(sum(all(one.holds(person, AS_OF) for one in nodes[: n + 1]) for person in people))
        query = funnel(nodes, CATALOGUE, AS_OF)
        assert list(session.rows(query.text, **query.params)[0]) == wanted
        query = alone(nodes, CATALOGUE, AS_OF)
        assert list(session.rows(query.text, **query.params)[0]) == [PEOPLE, *wanted[1::2]]


def test_a_limit_takes_the_best_and_leaves_the_unknown_for_last(session, people):
    one = definition({"op": "and", "children": []}, limit={"n": 10, "order": "-net_revenue"})
    query = members(one, CATALOGUE, AS_OF)
    best = sorted(
        (person for person in people if person.values["net_revenue"] is not None),
        key=lambda person: (-person.values["net_revenue"], person.id),
    )
    taken = session.sql(query.text, **query.params)["customer_id"].to_pylist()
    assert taken == [person.id for person in best[:10]]


def test_of_equal_ones_a_limit_takes_those_with_the_lower_numbers(people):
    one = definition({"op": "and", "children": []}, limit={"n": 30, "order": "churn.probability"})
    query = members(one, CATALOGUE, AS_OF)
    none = sorted(person.id for person in people if person.values["churn.probability"] == 0)
    with Session(threads=1) as shuffled:
        load(shuffled, random.Random(8).sample(people, PEOPLE))
        taken = shuffled.sql(query.text, **query.params)["customer_id"].to_pylist()
    assert taken == none[:30]
