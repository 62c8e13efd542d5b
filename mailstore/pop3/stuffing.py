"""A message on its way into a multi-line reply (RFC 1939, section 3), slice by slice.

Slices may be cut anywhere, also between CR and LF or just before a dot. What comes out
does not depend on it.
"""

from __future__ import annotations


class Stuffer:
    """Doubles the dots that begin lines, and ends the last line.

    Deviation: NUL, which a message may not contain (RFC 5322, section 2.2), is sent as 0x80.
    Outlook hangs on NUL; Dovecot does the same.
    """

    def __init__(self) -> None:
        self._tail = b"\r\n"

    def feed(self, octets: bytes) -> bytes:
        """The octets to send for the next slice."""
        if not octets:
            return b""
        # After a lone LF too: some clients take it for a line end, and would take what
        # follows for the end of the reply.
        stuffed = octets.replace(b"\n.", b"\n..").replace(b"\0", b"\x80")
        if octets[0] == 0x2E and self._tail[-1:] == b"\n":
            stuffed = b"." + stuffed
        self._tail = (self._tail + octets[-2:])[-2:]
        return stuffed

    def end(self) -> bytes:
        """CRLF if the last line has none, then the dot that ends the reply."""
        return b".\r\n" if self._tail == b"\r\n" else b"\r\n.\r\n"


class TopCutter:
    """Cuts a message after its header, the empty line, and ``lines`` lines of body."""

    def __init__(self, lines: int) -> None:
        self.done = False
        self._left = lines
        self._in_header = True
        # A message that begins with an empty line has no header.
        self._tail = b"\r\n"

    def feed(self, octets: bytes) -> bytes:
        """What is to be sent of the next slice; ``done`` once nothing of the rest is."""
        body = 0
        if self._in_header:
            body = self._end_of_header(octets)
            if body < 0:
                return octets
            self._in_header = False
        ends = octets.count(b"\n", body)
        if ends < self._left:
            self._left -= ends
            return octets
        self.done = True
        for _ in range(self._left):
            body = octets.index(b"\n", body) + 1
        return octets[:body]

    def _end_of_header(self, octets: bytes) -> int:
        """Where the body begins in ``octets``, or -1 if later."""
        window = self._tail + octets[:3]
        found = window.find(b"\r\n\r\n")
        if found >= 0:
            return found + 4 - len(self._tail)
        found = octets.find(b"\r\n\r\n")
        if found >= 0:
            return found + 4
        self._tail = (self._tail + octets)[-3:]
        return -1
