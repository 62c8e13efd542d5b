"""Cuts the stream into lines.

Invariants:

* Each octet is searched for a line end once, however the stream is cut into packets.
* A line over the limit is dropped while it arrives; its octets are never stored.
* A line is what stands before CRLF. A lone LF ends a line too, so that the stream stays in
  step, but such a line is refused, as is one with a NUL or a lone CR in it.
"""

from __future__ import annotations


class BadLine(Exception):
    """A line that cannot be a command; the text says why and quotes nothing."""


class LineReader:
    """Octets go in by ``feed``, lines come out by ``next_line``."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._ends = 0
        self._skipping = False

    @property
    def waiting(self) -> int:
        """Line ends that have arrived and were not taken yet."""
        return self._ends

    @property
    def octets(self) -> int:
        """Octets that have arrived and were not taken yet."""
        return len(self._buffer)

    def feed(self, octets: bytes) -> None:
        self._ends += octets.count(b"\n")
        self._buffer += octets

    def clear(self) -> None:
        """Forget everything that arrived and was not taken."""
        self._buffer.clear()
        self._searched = self._ends = 0
        self._skipping = False

    def next_line(self, limit: int) -> bytes | None:
        """The next line without its CRLF, or None until one is complete.

        Raises BadLine for one that is longer than ``limit`` octets or malformed; the
        reader then stands at the line after it.
        """
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if self._skipping or len(self._buffer) > limit + 1:
                # Over the limit even if CR is the last octet so far.
                self._skipping = True
                self._buffer.clear()
                self._searched = 0
            return None
        line = bytes(memoryview(self._buffer)[:end]) if end <= limit + 1 else b""
        del self._buffer[: end + 1]
        self._searched = 0
        self._ends -= 1
        skipped, self._skipping = self._skipping, False
        if skipped or end > limit + 1 or len(line.rstrip(b"\r")) > limit:
            raise BadLine("Line too long")
        if not line.endswith(b"\r"):
            raise BadLine("Lines end with CRLF")
        line = line[:-1]
        if b"\0" in line or b"\r" in line:
            raise BadLine("NUL and CR are not allowed in a line")
        return line
