"""The items of FETCH that RFC 3501, section 6.4.5, has; extensions add theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mailstore.imap.fetch.content import BodySection, encode_fields
from mailstore.imap.fetch.item import FetchItem, IndexItem, Item, each_alone, index_item
from mailstore.imap.grammar.section import encode_section, parse_partial, parse_section
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.encode import encode_date_time
from mailstore.mime.fields import KNOWN_FIELDS
from mailstore.mime.section import Section, SectionText
from mailstore.model.flags import encode_flags
from mailstore.store.ports import Column, FieldsOf


def _encode_flags(
    view: View, uids: Iterable[int], flags: Iterable[int], keywords: Iterable[bytes]
) -> Iterator[bytes]:
    if not view.recent:
        return map(encode_flags, flags, keywords)
    return map(encode_flags, flags, keywords, map(view.is_recent, uids))


def _as_rfc822(structure: bytes) -> bytes:
    """A structure for clients that know embedded messages of one type only.

    ``media-message = DQUOTE "MESSAGE" DQUOTE SP DQUOTE "RFC822" DQUOTE`` (RFC 3501, section
    9); ``GLOBAL`` came with RFC 9051. Both words are as long, so that within a literal, whose
    text may be anything, its size stays right.
    """
    return structure.replace(b'"MESSAGE" "GLOBAL"', b'"MESSAGE" "RFC822"')


def _structure(name: bytes, column: Column) -> Callable[[Cursor], Item]:
    item = IndexItem(name, (column,))
    item_before_utf8 = IndexItem(name, (column,), encode=each_alone(_as_rfc822))

    def parse(cursor: Cursor) -> Item:
        return item if cursor.utf8 else item_before_utf8

    return parse


_parse_bare_body: Final = _structure(b"BODY", Column.BODY)

UID_ITEM: Final = IndexItem(b"UID", (Column.UID,), b"%d")
"""In every answer to UID FETCH (RFC 9051, section 6.4.9)."""

FLAGS_ITEM: Final = IndexItem(
    b"FLAGS", (Column.UID, Column.FLAGS, Column.KEYWORDS), encode=_encode_flags
)

MOD_SEQ_ITEM: Final = IndexItem(b"MODSEQ", (Column.MOD_SEQ,), b"(%d)")

MOD_SEQ: Final = FetchItem(
    b"MODSEQ", lambda cursor: MOD_SEQ_ITEM, enables=lambda session: session.enable_condstore()
)
"""RFC 7162, section 3.1.5; CONDSTORE declares it."""


def _parse_body(cursor: Cursor) -> Item:
    """``"BODY" / "BODY" section ["<" number "." nz-number ">"]``."""
    if cursor.peek() == b"[":
        return _parse_body_section(cursor, peek=False)
    return _parse_bare_body(cursor)


def _parse_body_peek(cursor: Cursor) -> Item:
    """``"BODY.PEEK" section ["<" number "." nz-number ">"]``."""
    return _parse_body_section(cursor, peek=True)


def _parse_body_section(cursor: Cursor, *, peek: bool) -> Item:
    section = parse_section(cursor)
    partial = parse_partial(cursor)
    label = b"BODY" + encode_section(section)
    if partial is not None:
        label += b"<%d>" % partial[0]
    elif section.text is SectionText.HEADER_FIELDS and peek and not section.numbers:
        names = frozenset(name.lower() for name in section.fields)
        if names <= KNOWN_FIELDS:
            return IndexItem(label, (FieldsOf(names),), encode=each_alone(encode_fields))
    return BodySection(label, section, partial, sets_seen=not peek)


def _section(
    name: bytes, label: bytes, text: SectionText | None, *, sets_seen: bool = False
) -> FetchItem:
    item = BodySection(label, Section(text=text), sets_seen=sets_seen)

    def parse(cursor: Cursor) -> Item:
        return item

    return FetchItem(name, parse)


FETCH_ITEMS: Final = (
    index_item(b"UID", (Column.UID,), b"%d"),
    FetchItem(b"FLAGS", lambda cursor: FLAGS_ITEM),
    index_item(b"INTERNALDATE", (Column.INTERNAL_DATE,), encode=each_alone(encode_date_time)),
    index_item(b"RFC822.SIZE", (Column.SIZE,), b"%d"),
    index_item(b"ENVELOPE", (Column.ENVELOPE,)),
    FetchItem(b"BODYSTRUCTURE", _structure(b"BODYSTRUCTURE", Column.BODY_STRUCTURE)),
    FetchItem(b"BODY", _parse_body),
    FetchItem(b"BODY.PEEK", _parse_body_peek),
    _section(b"RFC822", b"RFC822", None, sets_seen=True),
    # Quirk (Outlook): RFC822.PEEK is in no RFC; what is meant is clear.
    _section(b"RFC822.PEEK", b"RFC822", None),
    _section(b"RFC822.HEADER", b"RFC822.HEADER", SectionText.HEADER),
    _section(b"RFC822.TEXT", b"RFC822.TEXT", SectionText.TEXT, sets_seen=True),
)

MACROS: Final[dict[bytes, tuple[bytes, ...]]] = {
    b"FAST": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"),
    b"ALL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"),
    b"FULL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"),
}
