"""Structures that hold data."""

from __future__ import annotations

from collections.abc import Iterator

from dataknobs_common import DataknobsError

__all__ = ["Tree"]


class Tree:
    """A node with ordered children; a tree is its root."""

    def __init__(self, data: object) -> None:
        """Make a root without children."""
        self.data = data
        self.parent: Tree | None = None
        self.children: list[Tree] = []

    def add_child(self, data: object) -> Tree:
        """Append a child with this data, or a whole tree, and return the child."""
        child = data if isinstance(data, Tree) else Tree(data)
        if child.parent is not None or child is self.root:
            raise DataknobsError("the child stands in this or another tree already")
        child.parent = self
        self.children.append(child)
        return child

    @property
    def root(self) -> Tree:
        """The topmost node."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    @property
    def num_children(self) -> int:
        """How many children this node has, without theirs."""
        return len(self.children)

    def walk(self) -> Iterator[Tree]:
        """Yield this node, then each subtree in order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))
