"""Flags and keywords."""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.wire.cursor import Cursor
from mailstore.model.flags import SYSTEM_FLAG_BITS


class Flags(NamedTuple):
    """System flags as bits of :mod:`mailstore.model.flags`, and keywords as spelt."""

    system: int
    keywords: tuple[bytes, ...]


def parse_flag_list(cursor: Cursor) -> Flags:
    """``flag-list = "(" [flag *(SP flag)] ")"``."""
    cursor.enter()
    if cursor.peek() == b")":
        cursor.leave()
        return Flags(0, ())
    flags = parse_bare_flags(cursor)
    cursor.leave()
    return flags


def parse_bare_flags(cursor: Cursor) -> Flags:
    r"""``flag *(SP flag)``; ``flag = "\Answered" / ... / flag-keyword``.

    Keywords that differ in case only are one.

    Quirk (imapsync, scripts): ``\Recent`` is taken and left out. No client may set
    it (RFC 3501, section 2.3.2), but some give back all that a FETCH told them.
    """
    system, keywords = 0, dict[bytes, bytes]()
    while True:
        if cursor.take(b"\\"):
            system |= _system_flag(cursor)
        else:
            keyword = cursor.atom()
            keywords.setdefault(keyword.lower(), keyword)
        if cursor.peek() != b" ":
            return Flags(system, tuple(keywords.values()))
        cursor.space()


def _system_flag(cursor: Cursor) -> int:
    start = cursor.position
    name = cursor.atom().lower()
    bit = SYSTEM_FLAG_BITS.get(b"\\" + name)
    if bit is not None:
        return bit
    if name == b"recent":
        return 0
    cursor.position = start
    raise cursor.bad("expected the name of a system flag")
