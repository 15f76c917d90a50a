"""Critical paths, measured; compare_benchmarks.py compares with baseline.json."""

import pytest

from dataknobs_structures import Tree
from dataknobs_utils import flatten
from dataknobs_xization import normalize, tokenize

pytestmark = pytest.mark.performance


def test_calibration(benchmark):
    """Python's own speed on this machine: the others are judged in multiples of it."""

    def count():
        table = {}
        for number in range(20_000):
            table[number % 97] = table.get(number % 97, 0) + number
        return table

    assert len(benchmark(count)) == 97


def test_tree_creation_performance(benchmark):
    def create_large_tree():
        root = Tree("root")
        for i in range(1000):
            child = root.add_child(f"child_{i}")
            for j in range(10):
                child.add_child(f"grandchild_{i}_{j}")
        return root

    assert benchmark(create_large_tree).num_children == 1000


def test_flatten_performance(benchmark):
    data = {f"key_{i}": {"values": list(range(10))} for i in range(200)}
    assert benchmark(lambda: len(list(flatten(data)))) == 2000


def test_tokenization_performance(benchmark):
    text = "Don't stop the Café-Crème. " * 500
    assert (
        benchmark(lambda: len([normalize(token.text) for token in tokenize(text)]))
        == 2000
    )
