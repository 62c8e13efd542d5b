"""Mailbox names and patterns, from the client's spelling to ours."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from mailstore.imap.wire.cursor import Cursor
from mailstore.model.mailbox import canonical_name, net_unicode
from mailstore.model.utf7 import decode_utf7

_LIST_ATOM: Final = re.compile(rb"[^\x00-\x20\x7f-\xff(){\"\\]++")


class Supplied(NamedTuple):
    """A mailbox name, canonical, and in Unicode as the client spelt it."""

    name: str
    as_supplied: str

    @property
    def denormalized(self) -> bool:
        """It was spelt in another form of Unicode (RFC 9051, section 5.1)."""
        return net_unicode(self.as_supplied) != self.as_supplied


def parse_mailbox(cursor: Cursor) -> str:
    """``mailbox = "INBOX" / astring``; the canonical name.

    Modified UTF-7, or UTF-8 once the client enabled that. Names with octets above 127 are
    UTF-8 in either case, as RFC 3501, section 5.1, asks servers to be ready for.
    """
    return parse_supplied(cursor).name


def parse_supplied(cursor: Cursor) -> Supplied:
    """``mailbox``, for commands that tell what became of the name."""
    start = cursor.position
    as_supplied = _decode(cursor, cursor.astring(), start)
    return Supplied(canonical_name(as_supplied), as_supplied)


def parse_list_mailbox(cursor: Cursor) -> str:
    """``list-mailbox = 1*list-char / string``; an astring that may hold ``%`` and ``*``.

    In NFC, as names are, but not canonical: it may be a pattern. The reference name of LIST
    is read so as well.
    """
    start = cursor.position
    found = cursor.match(_LIST_ATOM)
    return net_unicode(_decode(cursor, cursor.string() if found is None else found[0], start))


def parse_list_patterns(cursor: Cursor) -> tuple[str, ...]:
    """``mbox-or-pat = list-mailbox / patterns`` (RFC 5258, section 6).

    ``patterns = "(" list-mailbox *(SP list-mailbox) ")"``.
    """
    if cursor.peek() != b"(":
        return (parse_list_mailbox(cursor),)
    cursor.enter()
    patterns = [parse_list_mailbox(cursor)]
    while cursor.peek() == b" ":
        cursor.space()
        patterns.append(parse_list_mailbox(cursor))
    cursor.leave()
    return tuple(patterns)


def _decode(cursor: Cursor, octets: bytes, start: int) -> str:
    try:
        if cursor.utf8 or not octets.isascii():
            return octets.decode("utf-8")
        return decode_utf7(octets) if b"&" in octets else octets.decode("ascii")
    except ValueError:
        cursor.position = start
        what = "UTF-8" if cursor.utf8 else "modified UTF-7"
        raise cursor.bad(f"expected a mailbox name in {what}") from None
