"""Sections of a message, ``BODY[section]`` (RFC 9051, section 6.4.5.1)."""

from enum import StrEnum
from typing import NamedTuple

from mailstore.mime.fields import select_fields
from mailstore.mime.part import Part

__all__ = ["Section", "SectionText", "find_part", "section_octets", "section_range"]


class SectionText(StrEnum):
    """``section-text``, and ``MIME``, which needs part numbers."""

    HEADER = "HEADER"
    HEADER_FIELDS = "HEADER.FIELDS"
    HEADER_FIELDS_NOT = "HEADER.FIELDS.NOT"
    TEXT = "TEXT"
    MIME = "MIME"


class Section(NamedTuple):
    """``section-spec``; ``Section()`` is the whole message.

    ``fields`` are names in any case, for HEADER.FIELDS and HEADER.FIELDS.NOT only.
    """

    numbers: tuple[int, ...] = ()
    text: SectionText | None = None
    fields: tuple[bytes, ...] = ()


def find_part(part: Part, numbers: tuple[int, ...]) -> Part | None:
    """Return the part that the numbers name, counted from 1, or ``None``.

    A message that is no multipart has itself as its part 1, and so has an embedded one:
    numbers within an embedded message count the parts of what it holds.
    """
    whole = True
    for number in numbers:
        if part.is_message and not whole:
            part = part.children[0]
            whole = True
        if part.is_multipart:
            if not 1 <= number <= len(part.children):
                return None
            part = part.children[number - 1]
        elif not whole or number != 1:
            return None
        whole = False
    return part


def section_range(part: Part, section: Section) -> tuple[int, int] | None:
    """Return the octets (half open) of a section that is one range, or ``None``.

    ``None`` means NIL: no such part. For HEADER.FIELDS and HEADER.FIELDS.NOT it is the
    range of the header that they select from.
    """
    numbers, text, _ = section
    found = find_part(part, numbers)
    if found is None:
        return None
    if not numbers:
        if text is None:
            return found.header_start, found.body_end
        if text is SectionText.MIME:
            return None
    elif text is None:
        return found.body_start, found.body_end
    elif text is SectionText.MIME:
        return found.header_start, found.header_end
    elif found.is_message:
        found = found.children[0]
    else:
        return None
    if text is SectionText.TEXT:
        return found.body_start, found.body_end
    return found.header_start, found.header_end


def section_octets(message: bytes, part: Part, section: Section) -> bytes | None:
    """Return the octets of a section; ``None`` is NIL. Partials are the caller's slice."""
    octets = section_range(part, section)
    if octets is None:
        return None
    content = message[octets[0] : octets[1]]
    if section.text is SectionText.HEADER_FIELDS:
        return select_fields(content, _names(section))
    if section.text is SectionText.HEADER_FIELDS_NOT:
        return select_fields(content, _names(section), invert=True)
    return content


def _names(section: Section) -> frozenset[bytes]:
    return frozenset(name.lower() for name in section.fields)
