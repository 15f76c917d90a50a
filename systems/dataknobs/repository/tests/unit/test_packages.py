"""The four packages, one by one."""

import pytest

from dataknobs_common import DataknobsError, Settings
from dataknobs_structures import Tree
from dataknobs_utils import batches, flatten, tree_of
from dataknobs_xization import Token, normalize, tokenize

COMPLETE = {
    "ENVIRONMENT": "development",
    "LOG_LEVEL": "DEBUG",
    "DATABASE_URL": "postgresql://dev-db:5432/dataknobs_dev",
    "ELASTICSEARCH_URL": "http://dev-elasticsearch:9200",
}


def test_settings_are_read():
    assert Settings.from_environment(COMPLETE).environment == "development"


def test_every_fault_of_the_settings_is_named():
    with pytest.raises(DataknobsError) as caught:
        Settings.from_environment({"LOG_LEVEL": "LOUD", "ENVIRONMENT": "staging"})
    for part in ("DATABASE_URL", "ELASTICSEARCH_URL", "LOUD"):
        assert part in str(caught.value)


def test_a_tree_knows_its_children_and_its_root():
    root = Tree("root")
    leaf = root.add_child("child").add_child("leaf")
    assert (root.num_children, leaf.root) == (1, root)
    assert [node.data for node in root.walk()] == ["root", "child", "leaf"]


def test_a_tree_has_no_circle_and_no_second_parent():
    root = Tree("root")
    child = root.add_child("child")
    for add in (lambda: child.add_child(root), lambda: Tree("other").add_child(child)):
        with pytest.raises(DataknobsError):
            add()


def test_nested_data_is_flattened():
    assert dict(flatten({"a": {"b": [1, 2]}, "c": 3})) == {
        "a.b[0]": 1,
        "a.b[1]": 2,
        "c": 3,
    }


def test_nested_data_becomes_a_tree():
    assert [node.data for node in tree_of("r", {"a": 1}).walk()] == ["r", "a", 1]


def test_batches_have_the_size_but_for_the_last():
    assert list(batches(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
    with pytest.raises(DataknobsError):
        list(batches(iter([1]), 0))


def test_text_is_normalized():
    assert normalize("  Café\tCRÈME ") == "cafe creme"


def test_words_are_found_where_they_stand():
    assert list(tokenize("don't stop")) == [Token("don't", 0, 5), Token("stop", 6, 10)]
