"""Items that are octets of a message: ``BODY[section]<partial>``, ``RFC822``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mailstore.imap.fetch.item import Octets
from mailstore.imap.grammar.section import Partial
from mailstore.imap.wire.encode import without_nul
from mailstore.mime.fields import select_fields
from mailstore.mime.limits import DEFAULT
from mailstore.mime.part import Part
from mailstore.mime.section import Section, SectionText, section_range
from mailstore.store.ports import StoredMessage

SLICE: Final = 128 * 1024
"""Octets read and sent in one step."""

_SEARCHED: Final = DEFAULT.header_octets

_SELECTING: Final = (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT)


@dataclass(frozen=True, slots=True)
class BodySection:
    """One section, or the part of it that ``partial`` names.

    A section that is one range of the message is read from its offsets, and only as much
    of it as is asked for. Fields are selected from a header that is read whole.

    Deviation: fields are selected from as much of a header as is searched for fields anywhere,
    a mebibyte. What such a header has beyond is in HEADER and MIME.

    Deviation: NULs are sent as 0x80. RFC 3501 has no NUL in any string (section 9, CHAR8),
    and there are clients that hang on one (Outlook). Sizes stay as they are.
    """

    label: bytes
    section: Section
    partial: Partial | None = None
    sets_seen: bool = False

    @property
    def needs_parts(self) -> bool:
        """All but the whole message is found by its structure."""
        return self.section != Section()

    @property
    def may_refuse(self) -> bool:
        """Octets as they are can always be sent."""
        return False

    def check(self, root: Part | None) -> None:
        """See ``may_refuse``."""

    def takes_long(self, root: Part | None) -> bool:
        return False

    def open(self, message: StoredMessage, root: Part | None) -> Octets | None:
        if root is None or not self.needs_parts:
            start, end = 0, message.size
        else:
            found = section_range(root, self.section)
            if found is None:
                return None
            start, end = found[0], min(found[1], message.size)
        if self.section.text in _SELECTING:
            return self._selected(message.read(start, min(end, start + _SEARCHED)))
        start, end = clip(start, end, self.partial)
        return Octets(b"{%d}\r\n" % (end - start), _slices(message, start, end))

    def _selected(self, header: bytes) -> Octets:
        fields = selected_fields(header, self.section)
        start, end = clip(0, len(fields), self.partial)
        fields = without_nul(fields[start:end])
        return Octets(b"{%d}\r\n" % len(fields), iter((fields,)))


def selected_fields(header: bytes, section: Section) -> bytes:
    """The fields of HEADER.FIELDS or HEADER.FIELDS.NOT, with the empty line after them."""
    names = frozenset(name.lower() for name in section.fields)
    invert = section.text is SectionText.HEADER_FIELDS_NOT
    return select_fields(header, names, invert=invert)


def clip(start: int, end: int, partial: Partial | None) -> tuple[int, int]:
    """The octets that a partial leaves; none past the end (RFC 9051, section 6.4.5)."""
    if partial is None:
        return start, max(start, end)
    first = max(start, min(start + partial[0], end))
    return first, max(first, min(first + partial[1], end))


def _slices(message: StoredMessage, start: int, end: int) -> Iterator[bytes]:
    for first in range(start, end, SLICE):
        yield without_nul(message.read(first, min(first + SLICE, end)))


@lru_cache(maxsize=256)
def field_selector(names: frozenset[bytes]) -> Callable[[bytes], bytes]:
    """A function from :func:`~mailstore.mime.fields.known_fields` to a literal with some.

    ``names`` are lower case and of ``KNOWN_FIELDS``. It selects what ``select_fields`` does, by
    one expression for all of the names: clients ask for the same few of every message.
    """
    alternatives = b"|".join(map(re.escape, sorted(names)))
    find = re.compile(
        rb"\n(?:%b)[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+" % alternatives, re.IGNORECASE
    ).findall

    def select(fields: bytes) -> bytes:
        selected = b"".join(find(b"\n" + fields))[1:]
        selected += b"\n\r\n" if selected else b"\r\n"
        return b"{%d}\r\n%b" % (len(selected), without_nul(selected))

    return select
