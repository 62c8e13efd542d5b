"""Strings and lists as they go over the wire in ENVELOPE and BODYSTRUCTURE."""

import re

__all__ = ["encode_nstring", "encode_string"]

_PLAIN = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]*+").fullmatch
_ESCAPED = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*+").fullmatch


def encode_string(value: bytes) -> bytes:
    r"""``string = quoted / literal`` of RFC 9051, section 9.

    8-bit octets, CR and LF make it a literal, which every client can read whatever it
    enabled. A string may hold no NUL (``CHAR8 = %x01-ff``): each becomes U+FFFD.
    """
    if _PLAIN(value):
        return b'"' + value + b'"'
    if b"\x00" in value:
        value = value.replace(b"\x00", b"\xef\xbf\xbd")
    if _ESCAPED(value):
        return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"{%d}\r\n%b" % (len(value), value)


def encode_nstring(value: bytes | None) -> bytes:
    """``nstring = string / nil``."""
    return b"NIL" if value is None else encode_string(value)
