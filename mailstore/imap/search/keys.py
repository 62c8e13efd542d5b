"""The keys of SEARCH that RFC 3501, section 6.4.4, has; extensions add theirs.

Dates are compared by the day: the internal date's in UTC, as FETCH tells it, and that of
the Date field in the sender's own zone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

from mailstore.imap.grammar.dates import parse_date
from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.search.fuzzy import Wanted
from mailstore.imap.search.key import (
    ALL,
    Cost,
    Decode,
    Every,
    Key,
    Leaf,
    MessageKey,
    Moment,
    Node,
    RowKey,
    SearchKey,
    Test,
    join,
)
from mailstore.imap.search.set_key import set_key
from mailstore.imap.search.text import field_finder, field_score, field_test, read_header
from mailstore.imap.wire.cursor import Cursor
from mailstore.mime.date import parse_date as parse_date_field
from mailstore.mime.fields import KNOWN_FIELDS
from mailstore.mime.fold import contains_text, fold
from mailstore.mime.pack import unpack_parts
from mailstore.mime.texts import message_texts
from mailstore.model.flags import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailstore.store.ports import Column, StoredMessage

_DAY: Final = 86_400


def row_leaf(columns: tuple[Column, ...], test: Test, cost: Cost = Cost.ROW) -> Leaf:
    """A leaf whose test depends on the row alone."""
    return Leaf(RowKey(columns, lambda moment: test, cost))


def constant(name: bytes, node: Node) -> SearchKey:
    """A key without arguments."""
    return SearchKey(name, lambda cursor, decode: node)


def _flag(bit: int, *, negated: bool = False) -> Leaf:
    return Leaf(row_leaf((Column.FLAGS,), bit.__and__).key, negated)


def _prepare_recent(moment: Moment) -> Test:
    return moment.view.is_recent


_RECENT: Final = RowKey((Column.UID,), _prepare_recent)


# Keywords, sizes, sets


def _keyword(name: bytes, *, negated: bool) -> SearchKey:
    """``"KEYWORD" SP flag-keyword``."""

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        return Leaf(row_leaf((Column.KEYWORDS,), _has_keyword(cursor.atom())).key, negated)

    return SearchKey(name, parse)


def _has_keyword(keyword: bytes) -> Test:
    wanted = b" %b " % keyword.lower()

    @lru_cache(maxsize=1024)
    def test(keywords: bytes) -> bool:
        return wanted in b" %b " % keywords.lower()

    return test


def _size(name: bytes, compare: Callable[[int], Test]) -> SearchKey:
    """``("LARGER" / "SMALLER") SP number64``."""

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        return row_leaf((Column.SIZE,), compare(cursor.number64()))

    return SearchKey(name, parse)


def _parse_uid(cursor: Cursor, decode: Decode) -> Node:
    """``"UID" SP sequence-set``."""
    cursor.space()
    return Leaf(set_key(parse_sequence_set(cursor), by_uid=True))


# Dates


def _internal_date(name: bytes, days: Callable[[int], tuple[int, int]]) -> SearchKey:
    """``("BEFORE" / "ON" / "SINCE") SP date``.

    ``days`` gives the first day that matches and the one past the last.
    """

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        first, end = days(_day_number(parse_date(cursor)))
        low, high = first * _DAY, end * _DAY
        return row_leaf((Column.INTERNAL_DATE,), lambda moment: low <= moment < high)

    return SearchKey(name, parse)


def _sent(name: bytes, days: Callable[[int], tuple[int, int]]) -> SearchKey:
    """``("SENTBEFORE" / "SENTON" / "SENTSINCE") SP date``."""

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        first, end = days(_day_number(parse_date(cursor)))
        return row_leaf(
            (Column.FIELDS,), lambda fields: first <= _sent_day(fields) < end, Cost.FIELDS
        )

    return SearchKey(name, parse)


_NO_DAY: Final = -(10**9)
_FIRST_DAY: Final = -(10**8)
_PAST_ALL: Final = 10**9

_date_fields = field_finder(b"date")


def _sent_day(fields: bytes) -> int:
    """The day number of the Date field; one that no range has if there is none."""
    values = _date_fields(fields)
    sent = parse_date_field(values[0]) if values else None
    return _NO_DAY if sent is None else _day_number(sent.date())


def _day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _before(day: int) -> tuple[int, int]:
    return _FIRST_DAY, day


def _on(day: int) -> tuple[int, int]:
    return day, day + 1


def _since(day: int) -> tuple[int, int]:
    return day, _PAST_ALL


# Texts


def _field(name: bytes, field: bytes) -> SearchKey:
    """``("FROM" / "TO" / "CC" / "BCC" / "SUBJECT") SP astring``."""

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        return header_leaf(field, decode(cursor.astring()))

    return SearchKey(name, parse)


def _parse_header(cursor: Cursor, decode: Decode) -> Node:
    """``"HEADER" SP header-fld-name SP astring``."""
    cursor.space()
    name = cursor.astring()
    cursor.space()
    return header_leaf(name, decode(cursor.astring()))


def header_leaf(name: bytes, wanted: str) -> Leaf:
    """Fields that the index keeps are searched there, others in the message."""
    exact = _header_key(name, field_test(name, wanted))
    return Leaf(exact, fuzzy=_header_key(name, field_score(name, wanted), scores=True))


def _header_key(name: bytes, test: Test, *, scores: bool = False) -> Key:
    if name.lower() in KNOWN_FIELDS:
        return RowKey((Column.FIELDS,), lambda moment: test, Cost.FIELDS, scores=scores)

    def read_and_test(message: StoredMessage) -> Any:
        return test(read_header(message))

    return MessageKey((), read_and_test, Cost.HEADER, scores=scores)


def _text(name: bytes, *, header: bool) -> SearchKey:
    """``("BODY" / "TEXT") SP astring``."""

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        text = decode(cursor.astring())
        folded, wanted = fold(text), Wanted(text)

        def test(message: StoredMessage, parts: bytes) -> bool:
            texts = message_texts(message, unpack_parts(parts), header=header)
            return any(contains_text(text, folded) for text in texts)

        def score(message: StoredMessage, parts: bytes) -> int:
            return wanted.score(message_texts(message, unpack_parts(parts), header=header))

        columns = (Column.PARTS,)
        return Leaf(
            MessageKey(columns, test, Cost.BODY, (folded,)),
            fuzzy=MessageKey(columns, score, Cost.BODY, wanted.words, scores=True),
        )

    return SearchKey(name, parse)


SEARCH_KEYS: Final = (
    constant(b"ALL", ALL),
    constant(b"ANSWERED", _flag(ANSWERED)),
    constant(b"DELETED", _flag(DELETED)),
    constant(b"DRAFT", _flag(DRAFT)),
    constant(b"FLAGGED", _flag(FLAGGED)),
    constant(b"SEEN", _flag(SEEN)),
    constant(b"UNANSWERED", _flag(ANSWERED, negated=True)),
    constant(b"UNDELETED", _flag(DELETED, negated=True)),
    constant(b"UNDRAFT", _flag(DRAFT, negated=True)),
    constant(b"UNFLAGGED", _flag(FLAGGED, negated=True)),
    constant(b"UNSEEN", _flag(SEEN, negated=True)),
    constant(b"RECENT", Leaf(_RECENT)),
    constant(b"OLD", Leaf(_RECENT, negated=True)),
    constant(b"NEW", join(Every, (Leaf(_RECENT), _flag(SEEN, negated=True)))),
    _keyword(b"KEYWORD", negated=False),
    _keyword(b"UNKEYWORD", negated=True),
    _size(b"LARGER", lambda size: size.__lt__),
    _size(b"SMALLER", lambda size: size.__gt__),
    SearchKey(b"UID", _parse_uid),
    _internal_date(b"BEFORE", _before),
    _internal_date(b"ON", _on),
    _internal_date(b"SINCE", _since),
    _sent(b"SENTBEFORE", _before),
    _sent(b"SENTON", _on),
    _sent(b"SENTSINCE", _since),
    _field(b"BCC", b"bcc"),
    _field(b"CC", b"cc"),
    _field(b"FROM", b"from"),
    _field(b"SUBJECT", b"subject"),
    _field(b"TO", b"to"),
    SearchKey(b"HEADER", _parse_header),
    _text(b"BODY", header=False),
    _text(b"TEXT", header=True),
)


def _parse_mod_seq(cursor: Cursor, decode: Decode) -> Node:
    """``"MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer``.

    A message has one mod-sequence for all of its flags, so the entry makes no difference.
    """
    cursor.space()
    if cursor.peek() == b'"':
        cursor.string()
        cursor.space()
        if cursor.keyword() not in (b"PRIV", b"SHARED", b"ALL"):
            raise cursor.bad("expected PRIV, SHARED or ALL before this")
        cursor.space()
    return row_leaf((Column.MOD_SEQ,), cursor.number64().__le__)


MOD_SEQ: Final = SearchKey(
    b"MODSEQ", _parse_mod_seq, enables=lambda session: session.enable_condstore()
)
"""RFC 7162, section 3.1.5; CONDSTORE declares it."""
