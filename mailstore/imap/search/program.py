"""The grammar of search programs (RFC 9051, section 6.4.4), parsed without recursion.

``OR`` and ``NOT`` nest without parentheses, so one line of 64 kB could ask for a recursion of
ten thousand levels. Operators that wait for their operands stand on a list here, and what
comes out is bounded in size (``ImapLimits.search_keys``) and in depth (``nesting``), where
a chain of ORs, which clients do send, is one level.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final, NamedTuple, cast

from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.responses import Refused
from mailstore.imap.search.key import Decode, Every, Leaf, Node, SearchKey, Some, join
from mailstore.imap.search.set_key import set_key
from mailstore.imap.wire.cursor import Cursor
from mailstore.mime.charset import codec_of, decode_text

_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9.-]*+")

_CHARSETS: Final = (b"US-ASCII", b"UTF-8", b"ISO-8859-1", b"ISO-8859-15", b"WINDOWS-1252")


class Program(NamedTuple):
    """What to look for, and the keys by whose use something is switched on."""

    root: Node
    enabling: tuple[SearchKey, ...]


class _Operator(Enum):
    LIST = auto()
    """All that stand in parentheses, or in the whole program."""
    NOT = auto()
    OR = auto()


class _Waiting(NamedTuple):
    """An operator and those of its operands that have been read."""

    operator: _Operator
    operands: list[_Waiting | Node]


def parse_program(cursor: Cursor) -> Program:
    """``search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)``.

    Raises Refused for a charset that is not known (``[BADCHARSET]``).
    """
    return _Parser(cursor, _parse_charset_if_given(cursor)).parse()


def parse_criteria(cursor: Cursor) -> Program:
    """``search-criteria = charset 1*(SP search-key)``, of SORT and THREAD (RFC 5256, section 5).

    Raises Refused for a charset that is not known (``[BADCHARSET]``).
    """
    return _Parser(cursor, _parse_charset(cursor)).parse()


def _parse_charset_if_given(cursor: Cursor) -> Decode:
    """``["CHARSET" SP charset SP]``.

    Deviation: without one it is US-ASCII by the RFC; octets that cannot be are read as
    UTF-8 if they are that, else as windows-1252. Clients do send them.
    """
    return _parse_charset(cursor) if cursor.take(b"CHARSET ") else decode_text


def _parse_charset(cursor: Cursor) -> Decode:
    """``charset = atom / quoted``, and the space behind it."""
    name = cursor.astring()
    cursor.space()
    if name.upper() not in _CHARSETS or codec_of(name) is None:
        raise Refused(b"This charset is not supported", b"BADCHARSET (%s)" % b" ".join(_CHARSETS))
    return lambda octets: decode_text(octets, name)


class _Parser:
    """Keys from left to right; what waits for more of them is on ``waiting``."""

    def __init__(self, cursor: Cursor, decode: Decode) -> None:
        self.cursor = cursor
        self.decode = decode
        self.waiting = [_Waiting(_Operator.LIST, [])]
        self.enabling: dict[bytes, SearchKey] = {}
        self.count = 0

    def parse(self) -> Program:
        cursor = self.cursor
        while True:
            node = self._begin()
            if node is None:
                continue
            if self._complete(node):
                break
            cursor.space()
        root = _arrange(cursor, self.waiting[0])
        return Program(root, tuple(self.enabling.values()))

    def _begin(self) -> Node | None:
        """One key without operands, or None for what waits for the next."""
        cursor = self.cursor
        self.count += 1
        if self.count > cursor.limits.search_keys:
            raise cursor.bad("too many search keys before this")
        if cursor.peek() == b"(":
            cursor.enter()
            self.waiting.append(_Waiting(_Operator.LIST, []))
        elif cursor.take(b"NOT "):
            self.waiting.append(_Waiting(_Operator.NOT, []))
        elif cursor.take(b"OR "):
            self.waiting.append(_Waiting(_Operator.OR, []))
        else:
            return self._key()
        return None

    def _key(self) -> Node:
        cursor = self.cursor
        if cursor.peek() in (b"*", b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9"):
            return Leaf(set_key(parse_sequence_set(cursor), by_uid=False))
        start = cursor.position
        found = cursor.match(_NAME)
        declared = cursor.registry.search_keys.get(found[0].upper()) if found else None
        if declared is None:
            cursor.position = start
            raise cursor.bad("expected a search key")
        key = cast(SearchKey, declared)
        if key.enables is not None:
            self.enabling[key.name] = key
        return key.parse(cursor, self.decode)

    def _complete(self, node: Node) -> bool:
        """Give a node to what waits for it; True if that ended the whole program."""
        done: _Waiting | Node = node
        while True:
            operator, operands = self.waiting[-1]
            operands.append(done)
            if operator is _Operator.OR and len(operands) < 2:
                return False
            if operator is _Operator.LIST:
                if len(self.waiting) == 1:
                    return self.cursor.at_end()
                if self.cursor.peek() != b")":
                    return False
                self.cursor.leave()
            done = self.waiting.pop()


class _Group(NamedTuple):
    """Nodes that become one; groups within it are built before it."""

    kind: type[Every] | type[Some]
    nodes: list[Node]
    parent: _Group | None
    depth: int


def _arrange(cursor: Cursor, program: _Waiting) -> Node:
    """The program as a tree of AND and OR in turns, with NOT at the leaves (De Morgan).

    What is joined alike becomes one node, however it was nested. Linear in the program.
    """
    groups = [_Group(Every, [], None, 0)]
    waiting: list[tuple[_Waiting | Node, bool, _Group]] = [(program, False, groups[0])]
    while waiting:
        item, negated, group = waiting.pop()
        if isinstance(item, Leaf):
            group.nodes.append(Leaf(item.key, item.negated is not negated))
            continue
        if isinstance(item, _Waiting) and item.operator is _Operator.NOT:
            waiting.append((item.operands[0], not negated, group))
            continue
        kind = _kind(item, negated=negated)
        if kind is not group.kind:
            group = _Group(kind, [], group, group.depth + 1)
            groups.append(group)
            if group.depth > cursor.limits.nesting:
                raise cursor.bad("search keys nested too deep before this")
        operands = item.operands if isinstance(item, _Waiting) else item.nodes
        waiting.extend((each, negated, group) for each in reversed(operands))
    return _build(groups)


def _kind(item: _Waiting | Every | Some, *, negated: bool) -> type[Every] | type[Some]:
    if isinstance(item, _Waiting):
        joins_all = item.operator is _Operator.LIST
    else:
        joins_all = isinstance(item, Every)
    return Every if joins_all is not negated else Some


def _build(groups: list[_Group]) -> Node:
    """The outermost group; each stands before all that are within it."""
    while True:
        kind, nodes, parent, _ = groups.pop()
        node = join(kind, nodes)
        if parent is None:
            return node
        parent.nodes.append(node)
