"""Sections and partials: ``BODY[1.HEADER.FIELDS (Date)]<0.100>``."""

from __future__ import annotations

import re
from typing import Final

from mailstore.imap.grammar.names import parse_list
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.encode import encode_astring
from mailstore.mime.section import Section, SectionText

_PART: Final = re.compile(rb"[1-9]\d{0,9}+(?:\.[1-9]\d{0,9}+)*+(?![0-9])")
_TEXT: Final = re.compile(rb"HEADER(?:\.FIELDS(?:\.NOT)?+)?+|TEXT|MIME", re.IGNORECASE)

Partial = tuple[int, int]
"""First octet, from 0, and how many octets at most."""


def parse_section(cursor: Cursor) -> Section:
    """``section = "[" [section-spec] "]"``.

    ``section-spec = section-msgtext / (section-part ["." section-text])``;
    ``section-text = section-msgtext / "MIME"``.
    """
    cursor.expect(b"[")
    numbers = parse_part_numbers(cursor)
    section = Section(numbers)
    if cursor.peek() != b"]":
        if numbers:
            cursor.expect(b".")
        section = _parse_text(cursor, numbers)
    cursor.expect(b"]")
    return section


def parse_part_numbers(cursor: Cursor) -> tuple[int, ...]:
    """``section-part = nz-number *("." nz-number)``, or nothing."""
    found = cursor.match(_PART)
    return tuple(map(int, found[0].split(b"."))) if found is not None else ()


def _parse_text(cursor: Cursor, numbers: tuple[int, ...]) -> Section:
    """``section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"``."""
    start = cursor.position
    found = cursor.match(_TEXT)
    if found is None:
        raise cursor.bad("expected HEADER, HEADER.FIELDS, TEXT or MIME")
    text = SectionText(found[0].decode("ascii").upper())
    if text is SectionText.MIME and not numbers:
        cursor.position = start
        raise cursor.bad("expected a part number before MIME")
    if text not in (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT):
        return Section(numbers, text)
    cursor.space()
    return Section(numbers, text, tuple(parse_list(cursor, Cursor.astring)))


def parse_partial(cursor: Cursor) -> Partial | None:
    """``partial = "<" number64 "." nz-number64 ">"``, or nothing."""
    if not cursor.take(b"<"):
        return None
    first = cursor.number64()
    cursor.expect(b".")
    count = cursor.number64()
    if not count:
        raise cursor.bad("expected a count above 0 before this")
    cursor.expect(b">")
    return first, count


def encode_section(section: Section) -> bytes:
    """A section as FETCH answers name it; field names in upper case, as is customary."""
    words = [b"%d" % number for number in section.numbers]
    if section.text is not None:
        words.append(section.text.encode("ascii"))
    text = b".".join(words)
    if section.fields:
        names = b" ".join(encode_astring(name.upper()) for name in section.fields)
        text += b" (%s)" % names
    return b"[%s]" % text
