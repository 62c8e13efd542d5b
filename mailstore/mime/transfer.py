"""Content-Transfer-Encoding undone, RFC 2045, section 6. Lenient, linear, never raises."""

import binascii
import re

__all__ = [
    "IDENTITY",
    "decode_base64",
    "decode_quoted_printable",
    "decode_transfer",
    "decode_unpadded",
    "only_base64",
]

_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64)
_LINE_SPACE = re.compile(rb"(?<![ \t])[ \t]++(?=\r?(?:\n|\Z))")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
IDENTITY = frozenset((b"7BIT", b"8BIT", b"BINARY", b""))
"""Encodings that leave the content as it is."""


def decode_transfer(content: bytes, encoding: bytes) -> bytes | None:
    """Return the octets that ``content`` encodes, or ``None`` for an unknown encoding.

    ``encoding`` in any case. What is not of the encoding is passed over (base64) or
    stands for itself (quoted-printable).
    """
    name = encoding.upper()
    if name in IDENTITY:
        return content
    if name == b"BASE64":
        return decode_base64(content)
    if name == b"QUOTED-PRINTABLE":
        return decode_quoted_printable(content)
    if name in (b"X-UUENCODE", b"UUENCODE", b"X-UUE", b"UUE"):
        return _decode_uu(content)
    return None


def decode_base64(content: bytes) -> bytes:
    """Decode base64; padding may be missing, or stand between joined texts."""
    end = content.find(b"=")
    if end >= 0 and not content[end:].strip(b"= \t\r\n"):
        end = -1
    if end < 0:
        try:
            return binascii.a2b_base64(content)
        except binascii.Error:
            pass
    return b"".join(map(decode_unpadded, filter(None, only_base64(content).split(b"="))))


def only_base64(content: bytes) -> bytes:
    """What counts in base64: its alphabet and the padding."""
    return content.translate(None, _NOT_BASE64)


def decode_unpadded(text: bytes) -> bytes:
    """Decode base64 without its padding; one character too many is passed over."""
    if len(text) % 4 == 1:
        text = text[:-1]
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def decode_quoted_printable(content: bytes) -> bytes:
    """Decode quoted-printable; white space at the ends of lines is dropped (rule 3)."""
    if b" \r\n" in content or b"\t\r\n" in content or content[-1:] in (b" ", b"\t"):
        content = _LINE_SPACE.sub(b"", content)
    return binascii.a2b_qp(content)


def _decode_uu(content: bytes) -> bytes:
    begin = _UU_BEGIN.search(content)
    out: list[bytes] = []
    for line in content[begin.end() if begin else 0 :].split(b"\n"):
        line = line.rstrip(b"\r")
        if line == b"end":
            break
        if line:
            out.append(_decode_uu_line(line))
    return b"".join(out)


def _decode_uu_line(line: bytes) -> bytes:
    """Decode what the line holds: it may claim more octets, or have more after them."""
    counted = (((line[0] - 32) & 63) * 4 + 5) // 3
    for end in (len(line), counted):
        try:
            return binascii.a2b_uu(line[:end])[: (len(line) - 1) * 3 // 4]
        except binascii.Error:
            continue
    return b""
