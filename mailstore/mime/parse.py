"""Octets of a message -> tree of parts, in one pass and without recursion.

The text between boundaries is never looked at line by line: the next boundary line is
found by ``bytes.find`` for what all open boundaries begin with. Each octet is searched
at most once for the empty line that ends a header, and once for boundaries.
"""

import re
from bisect import bisect_left, insort
from typing import NamedTuple

from mailstore.mime.content_fields import ENVELOPE_FIELDS, MIME_FIELDS, make_opaque, set_content
from mailstore.mime.header import LINES, scan_fields
from mailstore.mime.limits import DEFAULT, MimeLimits
from mailstore.mime.part import Part

__all__ = ["parse_message"]

_MESSAGE_FIELDS = MIME_FIELDS | ENVELOPE_FIELDS | {b"references"}
_BLANK = re.compile(rb"\n\r?\n").search
_EMPTY_LINE = re.compile(rb"\r?\n").match


def parse_message(message: bytes, limits: MimeLimits = DEFAULT) -> Part:
    """Return the structure of a message. Never raises, whatever the octets are.

    Line feeds end lines, with or without a CR before them.
    """
    return _Parser(message, limits).parse()


class _Boundary(NamedTuple):
    """A multipart that is open."""

    text: bytes
    depth: int
    """Parts in the chain of open parts, the multipart included."""
    needle: bytes
    """``LF -- `` and what this boundary and all outer ones begin with."""
    shadowed: int
    """The level of an outer boundary with the same text, or -1."""


class _Hit(NamedTuple):
    """A boundary line."""

    level: int
    start: int
    """Of the line end that belongs to it."""
    end: int
    """The octet after the line."""
    last: bool
    """Whether no part follows: it is a close-delimiter, ``--text--``, or the end."""


class _Parser:
    """The state of one pass: the open parts and the open boundaries."""

    def __init__(self, message: bytes, limits: MimeLimits) -> None:
        self.message = message
        self.limits = limits
        self.chain: list[Part] = []
        self.boundaries: list[_Boundary] = []
        self.levels: dict[bytes, int] = {}
        self.lengths: list[int] = []
        self.count = 0
        self.header_octets_left = limits.all_headers
        self.blank = self.blank_end = -1

    def parse(self) -> Part:
        size = len(self.message)
        hit = self._begin(0)
        root = self.chain[0]
        while True:
            if hit is None:
                hit = self._find_boundary(self.chain[-1].body_start, size)
            while hit is not None:
                self._close(self.boundaries[hit.level].depth, hit.start)
                self._drop_boundaries(hit.level if hit.last else hit.level + 1)
                if not hit.last:
                    break
                hit = self._find_boundary(hit.end, size)
            if hit is None:
                self._close(0, size)
                return root
            hit = self._begin(hit.end)

    def _begin(self, start: int) -> _Hit | None:
        """Open the part at ``start``, and messages embedded where its body starts.

        Returns the boundary line that cuts the header short, if one does.
        """
        cut: _Hit | None = None
        while True:
            end = body = start
            if cut is None:
                end, body, cut = self._find_header_end(start)
            part = Part(start, body, body, body)
            parent = self.chain[-1] if self.chain else None
            self._read_header(part, parent, end)
            if parent is not None:
                parent.children.append(part)
            self.chain.append(part)
            self.count += 1
            if len(self.chain) >= self.limits.depth or self.count >= self.limits.parts:
                make_opaque(part)
            elif part.is_multipart:
                self._push_boundary(part.boundary)
            if not part.is_message:
                return cut
            start = body

    def _find_header_end(self, start: int) -> tuple[int, int, _Hit | None]:
        """Return the end of the fields, the start of the body, and a boundary between."""
        message = self.message
        empty = _EMPTY_LINE(message, start)
        if empty is not None:
            return start, empty.end(), None
        if self.blank < start:
            match = _BLANK(message, start)
            if match is None:
                self.blank = self.blank_end = len(message)
            else:
                self.blank, self.blank_end = match.start(), match.end()
        if self.boundaries:
            cut = self._find_boundary(start, self.blank)
            if cut is not None:
                return cut.start, max(cut.start, start), cut
        return self.blank + 1, self.blank_end, None

    def _read_header(self, part: Part, parent: Part | None, end: int) -> None:
        start = part.header_start
        embedded = parent is None or parent.is_message
        searched = max(0, min(end - start, self.limits.header_octets, self.header_octets_left))
        self.header_octets_left -= searched
        lines = LINES.findall(self.message, start, start + searched)
        part.fields = scan_fields(lines, _MESSAGE_FIELDS if embedded else MIME_FIELDS)
        set_content(part, parent, self.limits)

    def _close(self, depth: int, end: int) -> None:
        """Close the innermost parts until ``depth`` are open; their text ends at ``end``."""
        chain = self.chain
        count = self.message.count
        while len(chain) > depth:
            part = chain.pop()
            if end < part.body_start:
                # The empty line after the header is the start of a delimiter (RFC 2046,
                # section 5.1.1: the CRLF before it belongs to it).
                part.header_start = min(part.header_start, end)
                part.header_end = part.body_start = end
            part.body_end = end
            if part.is_multipart and not part.children:
                part.children.append(Part(end, end, end, end, fields={}))
            at = part.body_start
            for child in part.children:
                part.lines += count(b"\n", at, child.body_start) + child.lines
                at = child.body_end
            part.lines += count(b"\n", at, end)

    def _find_boundary(self, start: int, end: int) -> _Hit | None:
        """Return the first line in ``start:end`` that begins with an open boundary."""
        if not self.boundaries or self.count >= self.limits.parts:
            return None
        find = self.message.find
        needle = self.boundaries[-1].needle
        position = start - 1
        while True:
            position = find(needle, position, end)
            if position < 0:
                return None
            hit = self._match_boundary(position)
            if hit is not None:
                return hit
            position += 1

    def _match_boundary(self, feed: int) -> _Hit | None:
        """Match the line after the LF at ``feed``, which starts with ``--``.

        RFC 2046, section 5.1.1: it is enough that the boundary stands at the beginning
        of the line. Of several the longest wins, and of equal ones the innermost.
        """
        message = self.message
        start = feed + 3
        lengths = self.lengths
        end = message.find(b"\n", start, start + lengths[-1] + 4)
        length = lengths[-1] if end < 0 else end - start
        for at in range(bisect_left(lengths, length + 1) - 1, -1, -1):
            level = self.levels.get(message[start : start + lengths[at]])
            if level is None:
                continue
            length = lengths[at]
            if len(lengths) > 1 and end >= 0:
                line = message[start:end].rstrip(b"\r")
                # "--a--" closes an inner "a" before it opens an outer "a--".
                inner = self.levels.get(line[:-2], -1) if line.endswith(b"--") else -1
                if inner > level:
                    level, length = inner, len(line) - 2
            after = message.find(b"\n", start + length) + 1
            cut = feed - 1 if message[feed - 1 : feed] == b"\r" else feed
            # Without a line end nothing can follow: no part begins there.
            last = not after or message.startswith(b"--", start + length)
            return _Hit(level, cut, after or len(message), last)
        return None

    def _push_boundary(self, text: bytes) -> None:
        needle = b"\n--" + text
        if self.boundaries:
            needle = _common_start(self.boundaries[-1].needle, needle)
        shadowed = self.levels.get(text, -1)
        self.levels[text] = len(self.boundaries)
        insort(self.lengths, len(text))
        self.boundaries.append(_Boundary(text, len(self.chain), needle, shadowed))

    def _drop_boundaries(self, level: int) -> None:
        """Forget the boundaries at ``level`` and within."""
        while len(self.boundaries) > level:
            boundary = self.boundaries.pop()
            del self.lengths[bisect_left(self.lengths, len(boundary.text))]
            if boundary.shadowed < 0:
                del self.levels[boundary.text]
            else:
                self.levels[boundary.text] = boundary.shadowed


def _common_start(one: bytes, other: bytes) -> bytes:
    shorter = min(len(one), len(other))
    for at in range(shorter):
        if one[at] != other[at]:
            return one[:at]
    return one[:shorter]
