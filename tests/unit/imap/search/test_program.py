"""The grammar of programs, and the tree that comes of it."""

from __future__ import annotations

import pytest

from mailstore.imap.connection import REGISTRY
from mailstore.imap.responses import Refused
from mailstore.imap.search.key import ALL, Cost, Every, Leaf, MessageKey, Node, RowKey, Some
from mailstore.imap.search.program import Program, parse_program
from mailstore.imap.wire.cursor import BadSyntax, Cursor
from mailstore.imap.wire.frame import Frame
from mailstore.model.limits import ImapLimits
from mailstore.store.ports import Column


def parse(text: bytes, *literals: bytes, limits: ImapLimits | None = None) -> Program:
    cursor = Cursor(Frame(text, literals), limits, REGISTRY)
    program = parse_program(cursor)
    cursor.end()
    return program


def shape(node: Node) -> object:
    """Columns of the leaves within ``("and", ...)`` and ``("or", ...)``, ``-`` for NOT."""
    if isinstance(node, Leaf):
        column = node.key.columns[0].name if node.key.columns else "MESSAGE"
        return "-" + column if node.negated else column
    kind = "and" if isinstance(node, Every) else "or"
    return (kind, *map(shape, node.nodes))


def test_keys_are_joined_by_and() -> None:
    assert shape(parse(b"SEEN LARGER 5").root) == ("and", "FLAGS", "SIZE")
    assert shape(parse(b"SEEN").root) == "FLAGS"


def test_lists_of_lists_are_one_list() -> None:
    assert shape(parse(b"(SEEN (LARGER 5 (UID 3)))").root) == ("and", "FLAGS", "SIZE", "UID")


def test_a_chain_of_or_is_one_level() -> None:
    root = parse(b"OR SEEN OR LARGER 5 OR UID 3 KEYWORD x").root
    assert shape(root) == ("or", "FLAGS", "SIZE", "UID", "KEYWORDS")


def test_not_moves_to_the_leaves() -> None:
    root = parse(b"NOT (SEEN OR LARGER 5 NOT UID 3)").root
    assert shape(root) == ("or", "-FLAGS", ("and", "-SIZE", "UID"))
    assert shape(parse(b"NOT NOT NOT SEEN").root) == "-FLAGS"


def test_all_is_true_and_not_all_is_false() -> None:
    assert parse(b"ALL").root == ALL
    assert shape(parse(b"ALL SEEN ALL").root) == "FLAGS"
    assert shape(parse(b"NOT ALL").root) == ("or",)
    assert shape(parse(b"OR SEEN ALL").root) == ("or", "FLAGS", ("and",))


def test_cheap_keys_come_first() -> None:
    root = parse(b'BODY a HEADER X-Y b SUBJECT c SEEN OR DELETED TEXT "d"').root
    assert isinstance(root, Every)
    costs = [node.cost for node in root.nodes]
    assert costs == [Cost.ROW, Cost.FIELDS, Cost.HEADER, Cost.BODY, Cost.BODY]


def test_known_fields_are_searched_in_the_index() -> None:
    known, unknown = parse(b"HEADER List-Id x").root, parse(b"HEADER X-Y x").root
    assert isinstance(known, Leaf)
    assert isinstance(unknown, Leaf)
    assert isinstance(known.key, RowKey)
    assert known.key.columns == (Column.FIELDS,)
    assert isinstance(unknown.key, MessageKey)


def test_a_thousand_ors_are_no_recursion() -> None:
    limits = ImapLimits(search_keys=100_000, nesting=32)
    root = parse(b"OR SEEN " * 5000 + b"SEEN", limits=limits).root
    assert isinstance(root, Some)
    assert len(root.nodes) == 5001


def test_a_thousand_nots_are_no_recursion() -> None:
    limits = ImapLimits(search_keys=100_000)
    assert shape(parse(b"NOT " * 5001 + b"SEEN", limits=limits).root) == "-FLAGS"


def test_depth_is_bounded_without_parentheses_too() -> None:
    limits = ImapLimits(search_keys=100_000, nesting=10)
    with pytest.raises(BadSyntax, match="nested too deep"):
        parse(b"NOT OR SEEN " * 40 + b"SEEN", limits=limits)


def test_parentheses_are_bounded_before_anything_else() -> None:
    with pytest.raises(BadSyntax, match="levels of parentheses"):
        parse(b"(" * 1000)


def test_the_number_of_keys_is_bounded() -> None:
    limits = ImapLimits(search_keys=3)
    parse(b"SEEN SEEN SEEN", limits=limits)
    for text in (b"SEEN SEEN SEEN SEEN", b"NOT NOT NOT SEEN", b"(SEEN SEEN SEEN)"):
        with pytest.raises(BadSyntax, match="too many search keys"):
            parse(text, limits=limits)


@pytest.mark.parametrize(
    "charset", [b"utf-8", b"US-ASCII", b'"ISO-8859-1"', b"Windows-1252", b"iso-8859-15"]
)
def test_usual_charsets_are_taken(charset: bytes) -> None:
    parse(b"CHARSET " + charset + b" SUBJECT x")


@pytest.mark.parametrize("charset", [b"utf-7", b"rot13", b"hex", b"x", b'"../etc"', b"UTF-16"])
def test_other_charsets_are_refused(charset: bytes) -> None:
    with pytest.raises(Refused) as refused:
        parse(b"CHARSET " + charset + b" SUBJECT x")
    assert refused.value.code is not None
    assert refused.value.code.startswith(b"BADCHARSET (US-ASCII UTF-8")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"()",
        b"NOT",
        b"NOT ",
        b"OR SEEN",
        b"OR SEEN ",
        b"(SEEN",
        b"SEEN)",
        b"SEEN  SEEN",
        b"SEEN ",
        b" SEEN",
        b"SEENX",
        b"SUBJECT",
        b"HEADER x",
        b"LARGER x",
        b"BEFORE 32-Jan-2026",
        b"CHARSET UTF-8",
        b"UID",
        b"UID x",
        b"MODSEQ x",
        b'MODSEQ "/flags/x" any 5',
        b"KEYWORD \\Seen",
    ],
)
def test_malformed_programs_are_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse(text)


def test_using_mod_seq_enables_it() -> None:
    assert [key.name for key in parse(b"OR MODSEQ 5 MODSEQ 6").enabling] == [b"MODSEQ"]
    assert parse(b"SEEN").enabling == ()
