"""Text in header fields: encoded words (RFC 2047) and parameters (RFC 2231)."""

import binascii
import re
from itertools import groupby

from mailstore.mime.charset import decode_text
from mailstore.mime.parameters import Params, decode_extended
from mailstore.mime.transfer import decode_base64, decode_transfer

__all__ = ["decode_param", "decode_text", "decode_transfer", "decode_words"]

_WORD = re.compile(rb"=\?([!#-)+\-.0-9A-Z\\^-~]{1,60})(?:\*[^?\s]{0,60})?\?([BbQq])\?([^?\n]*+)\?=")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_SPACE = b" \t\r\n"


def decode_words(value: bytes) -> str:
    """Return the text of a field body or a part of one, such as a display name.

    White space between encoded words is dropped, and the octets of neighbours in one
    charset are joined before they are decoded: a character may be split between them.
    Text that is not encoded is read as UTF-8 if it is that. Never raises.
    """
    value = _unfold(value).strip(_SPACE)
    if b"=?" not in value:
        return decode_text(value)
    return "".join(
        decode_text(b"".join(octets for _, octets in run), charset or None)
        for charset, run in groupby(_runs(value), key=lambda run: run[0])
    )


def _unfold(value: bytes) -> bytes:
    """Join folded lines: line ends go, the white space after them stays."""
    if b"\n" not in value:
        return value
    if value.count(b"\n") == value.count(b"\r\n"):
        return value.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    return _FOLD.sub(b"", value)


def _runs(value: bytes) -> list[tuple[bytes, bytes]]:
    """Split into (charset, octets); the charset of text that is not encoded is empty."""
    runs: list[tuple[bytes, bytes]] = []
    end = 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        if between and not (end and between.isspace()):
            runs.append((b"", between))
        charset, encoding, text = match.groups()
        octets = decode_base64(text) if encoding in b"Bb" else binascii.a2b_qp(text, header=True)
        runs.append((charset.lower(), octets))
        end = match.end()
    if end < len(value):
        runs.append((b"", value[end:]))
    return runs


def decode_param(params: Params, name: bytes) -> str | None:
    """Return the text of a parameter of a parsed part, ``None`` if it is not there.

    ``name*`` (RFC 2231) is preferred to ``name``; encoded words, which should not be in
    a parameter but are, are decoded.
    """
    plain: bytes | None = None
    extended = name.lower() + b"*"
    for key, value in params:
        lower = key.lower()
        if lower == extended:
            charset, octets = decode_extended(value)
            return decode_text(octets, charset or None)
        if plain is None and lower == extended[:-1]:
            plain = value
    return None if plain is None else decode_words(plain)
