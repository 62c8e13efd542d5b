"""Content-Transfer-Encoding undone piece by piece, for parts that are too large to hold.

What comes out is what :mod:`mailstore.mime.transfer` makes of the whole.
"""

from typing import Protocol

from mailstore.mime.transfer import (
    IDENTITY,
    decode_quoted_printable,
    decode_unpadded,
    only_base64,
)

__all__ = ["LONGEST_LINE", "Decoder", "decoder_of"]

LONGEST_LINE = 64 * 1024
"""A line of quoted-printable is decoded at once up to this length; RFC 2045 allows 76."""


class Decoder(Protocol):
    """The state between two pieces. ``copy.copy`` makes another that goes on from there."""

    def feed(self, octets: bytes) -> bytes:
        """What is known of the content after ``octets``."""

    def end(self) -> bytes:
        """What is left when nothing follows."""


def decoder_of(encoding: bytes) -> Decoder | None:
    """A decoder for one of the encodings of RFC 2045, in any case; ``None`` for others."""
    name = encoding.upper()
    if name in IDENTITY:
        return _Identity()
    if name == b"BASE64":
        return _Base64()
    return _QuotedPrintable() if name == b"QUOTED-PRINTABLE" else None


class _Identity:
    def feed(self, octets: bytes) -> bytes:
        return octets

    def end(self) -> bytes:
        return b""


class _Base64:
    """Four characters at a time; padding ends a text, and another may follow."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, octets: bytes) -> bytes:
        *ended, last = (self._left + only_base64(octets)).split(b"=")
        whole = len(last) // 4 * 4
        self._left = last[whole:]
        return b"".join(map(decode_unpadded, filter(None, [*ended, last[:whole]])))

    def end(self) -> bytes:
        return decode_unpadded(self._left)


class _QuotedPrintable:
    """Whole lines at a time: white space at the end of a line does not count.

    Of a line over LONGEST_LINE, what came of it is decoded as if it were all.
    """

    def __init__(self) -> None:
        self._left = b""

    def feed(self, octets: bytes) -> bytes:
        octets = self._left + octets
        end = octets.rfind(b"\n") + 1
        if len(octets) - end > LONGEST_LINE:
            end = _within_line(octets)
        self._left = octets[end:]
        return decode_quoted_printable(octets[:end])

    def end(self) -> bytes:
        return decode_quoted_printable(self._left)


def _within_line(octets: bytes) -> int:
    """Where a line can be cut: not within ``=20``, and not behind white space."""
    escape = octets.rfind(b"=", len(octets) - 2)
    end = escape if escape >= 0 else len(octets)
    return len(octets[:end].rstrip(b" \t")) or len(octets)
