"""What a SEARCH is made of: keys, and the tree that joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter
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
        prepare: Makes the test, once for each search.
        cost: ROW or FIELDS.
        within: The messages that it matches, if it is only that; then no other is looked at.
        scores: ``test`` says how well a message matches, from 1 to 100, or 0.
    """

    columns: tuple[Column, ...]
    prepare: Callable[[Moment], Test]
    cost: Cost = Cost.ROW
    within: Callable[[View], Ranges] | None = None
    scores: bool = False


@dataclass(frozen=True, slots=True)
class MessageKey:
    """A key for which messages are read, in a worker thread.

    ``test`` gets the :class:`~mailstore.store.ports.StoredMessage`, then the ``columns``.

    Attributes:
        needles: Folded texts, all of which a message that matches has in its texts. So one
            that is known to lack any is not read.
        scores: ``test`` says how well a message matches, from 1 to 100, or 0.
    """

    columns: tuple[Column, ...]
    test: Test
    cost: Cost
    needles: tuple[str, ...] = ()
    scores: bool = False


Key = RowKey | MessageKey


@dataclass(frozen=True, slots=True)
class Leaf:
    """One key, or its opposite. ``fuzzy`` is what FUZZY makes of the key (RFC 6203)."""

    key: Key
    negated: bool = False
    fuzzy: Key | None = None

    @property
    def cost(self) -> Cost:
        return self.key.cost


@dataclass(frozen=True, slots=True)
class Every:
    """All of ``nodes`` match, which stand in the order of their cost. Without any: true."""

    nodes: tuple[Node, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of ``nodes`` matches. Without any: false."""

    nodes: tuple[Node, ...]
    cost: Cost


Node = Leaf | Every | Some


def join(kind: type[Every] | type[Some], nodes: Iterable[Node]) -> Node:
    """Nodes joined by AND or OR, the cheap ones first; a single node is itself."""
    ordered = sorted(nodes, key=attrgetter("cost"))
    if len(ordered) == 1:
        return ordered[0]
    return kind(tuple(ordered), ordered[-1].cost if ordered else Cost.ROW)


ALL: Final = Every((), Cost.ROW)


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


@dataclass(frozen=True, slots=True)
class SearchModifier:
    """Declares a word that stands before a key and changes it, leaf by leaf."""

    name: bytes
    change: Callable[[Leaf], Leaf]
