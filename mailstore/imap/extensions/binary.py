"""BINARY, RFC 3516: parts of a message without their transfer encoding.

APPEND takes messages with NULs in them as it takes all others
(:mod:`mailstore.imap.commands.append`).
"""

from __future__ import annotations

from collections.abc import Callable

from mailstore.imap.fetch.binary import BinarySection
from mailstore.imap.fetch.item import FetchItem, Item
from mailstore.imap.grammar.section import encode_section, parse_part_numbers, parse_partial
from mailstore.imap.registry import Extension
from mailstore.imap.wire.cursor import Cursor
from mailstore.mime.section import Section


def _parse_section(cursor: Cursor) -> tuple[int, ...]:
    """``section-binary = "[" [section-part] "]"``."""
    cursor.expect(b"[")
    numbers = parse_part_numbers(cursor)
    cursor.expect(b"]")
    return numbers


def _binary(*, peek: bool) -> Callable[[Cursor], Item]:
    """``"BINARY" [".PEEK"] section-binary [partial]``."""

    def parse(cursor: Cursor) -> Item:
        numbers = _parse_section(cursor)
        partial = parse_partial(cursor)
        label = b"BINARY" + encode_section(Section(numbers))
        if partial is not None:
            label += b"<%d>" % partial[0]
        return BinarySection(label, numbers, partial, sets_seen=not peek)

    return parse


def _parse_size(cursor: Cursor) -> Item:
    """``"BINARY.SIZE" section-binary``."""
    numbers = _parse_section(cursor)
    return BinarySection(b"BINARY.SIZE" + encode_section(Section(numbers)), numbers, counts=True)


EXTENSION = Extension(
    rfc=3516,
    title="BINARY",
    capabilities=(b"BINARY",),
    fetch_items=(
        FetchItem(b"BINARY", _binary(peek=False)),
        FetchItem(b"BINARY.PEEK", _binary(peek=True)),
        FetchItem(b"BINARY.SIZE", _parse_size),
    ),
)
