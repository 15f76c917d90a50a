"""Small tools for nested data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dataknobs_common import DataknobsError
from dataknobs_structures import Tree

__all__ = ["batches", "flatten", "tree_of"]


def flatten(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield each leaf of nested data with its path, as in ``a.b[0]``."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from flatten(member, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from flatten(member, f"{path}[{index}]")
    else:
        yield path, value


def batches(values: Iterator[object], size: int) -> Iterator[list[object]]:
    """Yield lists of ``size`` values, the last one perhaps shorter."""
    if size < 1:
        raise DataknobsError(f"size is {size}: a batch has at least one value")
    while batch := list(islice(values, size)):
        yield batch


def tree_of(name: str, value: object) -> Tree:
    """Make a tree of nested dictionaries; what is no dictionary is a leaf."""
    node = Tree(name)
    if isinstance(value, dict):
        for key, member in value.items():
            node.add_child(tree_of(str(key), member))
    else:
        node.add_child(value)
    return node
