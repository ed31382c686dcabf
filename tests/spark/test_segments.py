"""The conditions of segments mean on the cluster what they mean on one machine and in plain Python."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from analytics.segments.people import AS_OF, CATALOGUE, load, make
from analytics.segments.trees import LEAVES, leaf, tree
from zhike.analytics.engine import Engine, Session
from zhike.analytics.engine.distributed import DistributedSession
from zhike.analytics.segments import Definition, count, members, read, truths

TREES, PEOPLE, AT_ONCE = 2_000, 500, 500
#: Long statements over few rows: to compile them, and to cut the rows into parts, costs more than it saves.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}


@pytest.fixture(scope="module")
def people():
    return make(PEOPLE, seed=41)


@pytest.fixture(scope="module")
def engines(cluster, options, people, tmp_path_factory):
    directory = tmp_path_factory.mktemp("shared")
    with (
        Session(threads=1) as embedded,
        DistributedSession(cluster.url, directory=directory, options=options) as distributed,
    ):
        for name, value in SMALL.items():
            distributed._spark.conf.set(name, value)
        for engine in (embedded, distributed):
            load(engine, people)
        yield embedded, distributed


def definition(root: dict) -> Definition:
    return read({"v": 1, "entity": "customer", "root": root}, CATALOGUE)


def asked(engine: Engine, found: Sequence[Definition]) -> list[set[int]]:
    query = truths([one.root for one in found], CATALOGUE, AS_OF)
    rows = engine.sql(query.text, **query.params).to_pydict()
    return [
        {customer for customer, holds in zip(rows["customer_id"], rows[f"t{n}"], strict=True) if holds}
        for n in range(len(found))
    ]


def test_random_trees_hold_for_the_same_customers_on_every_engine(engines, people):
    chance = random.Random(500)
    differing = []
    for _batch in range(TREES // AT_ONCE):
        found = [definition(tree(chance)) for _tree in range(AT_ONCE)]
        here, there = (asked(engine, found) for engine in engines)
        plain = [{person.id for person in people if one.root.holds(person, AS_OF)} for one in found]
        differing += [
            one.source["root"]
            for one, *answers in zip(found, here, there, plain, strict=True)
            if any(answer != answers[0] for answer in answers)
        ]
    assert differing == []


def test_a_leaf_of_any_kind_and_its_contrary_make_everybody(engines, people):
    chance = random.Random(7)
    found = []
    for kind in sorted(LEAVES):
        for one in (leaf(chance, kind) for _leaf in range(5)):
            found += [definition(one), definition({"op": "not", "child": one})]
    answers = asked(engines[1], found)
    everybody = {person.id for person in people}
    for n in range(0, len(answers), 2):
        assert answers[n] | answers[n + 1] == everybody, found[n].source
        assert not answers[n] & answers[n + 1], found[n].source


def test_members_and_their_count_are_those_of_the_embedded_engine(engines):
    chance = random.Random(3)
    one = definition({"op": "and", "children": [leaf(chance, "attr"), leaf(chance, "agg")]})
    for query in (members(one, CATALOGUE, AS_OF), count(one, CATALOGUE, AS_OF)):
        here, there = (sorted(engine.rows(query.text, **query.params)) for engine in engines)
        assert here == there
