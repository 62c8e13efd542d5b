"""What a SEARCH is made of: keys, and the tree that joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mailstore.model.sequence_set import Ranges
from mailstore.store.ports import Column

if TYPE_CHECKING:
    from mailstore.imap.session import Session
    from mailstore.imap.view import View
    from mailstore.imap.wire.cursor import Cursor

Decode = Callable[[bytes], str]
"""A string of the command, in the charset that the command declared."""

Test = Callable[..., Any]
"""Whether a message matches; true or false in the sense of ``bool``."""


class Cost(IntEnum):
    """Keys are tried in this order."""

    ROW = 0
    """A few values of an index row."""
    FIELDS = 1
    """Decoding header fields from the index."""
    HEADER = 2
    """Reading the header of the message."""
    BODY = 3
    """Reading and decoding the whole message."""


class Moment(NamedTuple):
    """What a key may depend on besides the message. ``now`` is seconds since the epoch."""

    view: View
    now: int


@dataclass(frozen=True, slots=True)
class RowKey:
    """A key that columns of the index answer.

    Attributes:
        columns: What ``test`` gets, in this order.
        prepare: Makes the test, once for each search. Raises Unacceptable.
        cost: ROW or FIELDS.
        within: The messages that it matches, if it is only that; then no other is looked at.
    """

    columns: tuple[Column, ...]
    prepare: Callable[[Moment], Test]
    cost: Cost = Cost.ROW
    within: Callable[[View], Ranges] | None = None


@dataclass(frozen=True, slots=True)
class MessageKey:
    """A key for which messages are read, in a worker thread.

    ``test`` gets the :class:`~mailstore.store.ports.StoredMessage`, then the ``columns``.
    """

    columns: tuple[Column, ...]
    test: Test
    cost: Cost


Key = RowKey | MessageKey


@dataclass(frozen=True, slots=True)
class Leaf:
    """One key, or its opposite."""

    key: Key
    negated: bool = False

    @property
    def cost(self) -> Cost:
        return self.key.cost

    @property
    def depth(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Every:
    """All of ``nodes`` match, which stand in the order of their cost. Without any: true."""

    nodes: tuple[Node, ...]
    cost: Cost
    depth: int


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of ``nodes`` matches. Without any: false."""

    nodes: tuple[Node, ...]
    cost: Cost
    depth: int


Node = Leaf | Every | Some

ALL: Final = Every((), Cost.ROW, 0)


def every(nodes: Iterable[Node]) -> Node:
    """Nodes joined by AND; those that are so joined already become part of it."""
    return _join(Every, nodes)


def some(nodes: Iterable[Node]) -> Node:
    """Nodes joined by OR; ``OR a OR b c`` is one node of three."""
    return _join(Some, nodes)


def _join(kind: type[Every] | type[Some], nodes: Iterable[Node]) -> Node:
    flat: list[Node] = []
    for node in nodes:
        if isinstance(node, kind):
            flat.extend(node.nodes)
        else:
            flat.append(node)
    if len(flat) == 1:
        return flat[0]
    flat.sort(key=lambda node: node.cost)
    cost = max((node.cost for node in flat), default=Cost.ROW)
    depth = 1 + max((node.depth for node in flat), default=0)
    return kind(tuple(flat), cost, depth)


def negate(node: Node) -> Node:
    """NOT, moved down to the leaves (De Morgan)."""
    if isinstance(node, Leaf):
        return Leaf(node.key, not node.negated)
    opposite = Some if isinstance(node, Every) else Every
    return opposite(tuple(map(negate, node.nodes)), node.cost, node.depth)


@dataclass(frozen=True, slots=True)
class SearchKey:
    """Declares a key.

    Attributes:
        name: In upper case.
        parse: Reads what follows the name, and the space before it.
        enables: Runs before a SEARCH with the key, for keys that switch something on.
    """

    name: bytes
    parse: Callable[[Cursor, Decode], Node]
    enables: Callable[[Session], None] | None = None
