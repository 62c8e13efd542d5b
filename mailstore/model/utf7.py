"""Modified UTF-7, in which IMAP4rev1 and Maildir++ write mailbox names (RFC 3501, 5.1.3).

Printable US-ASCII stands for itself, ``&`` is written ``&-``, and all else is UTF-16BE in
base64 with ``,`` for ``/`` and without padding, between ``&`` and ``-``. Encoded names hold
printable US-ASCII only, whatever the name holds.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

_SHIFTED: Final = re.compile(r"[^\x20-\x7e]+|&")
_ENCODED: Final = re.compile(r"&([A-Za-z0-9+,]*)-")
_ASCII: Final = re.compile(rb"[\x20-\x7e]*+\Z")


def encode_utf7(name: str) -> bytes:
    """The name in modified UTF-7. Never fails: a lone surrogate becomes U+FFFD."""
    if name.isascii() and name.isprintable() and "&" not in name:
        return name.encode("ascii")
    return _SHIFTED.sub(_encode_run, name).encode("ascii")


def _encode_run(match: re.Match[str]) -> str:
    run = match[0]
    if run == "&":
        return "&-"
    octets = _without_surrogates(run).encode("utf-16-be")
    text = binascii.b2a_base64(octets, newline=False).rstrip(b"=")
    return "&" + text.replace(b"/", b",").decode("ascii") + "-"


def _without_surrogates(run: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", run)


def decode_utf7(octets: bytes) -> str:
    """The name that is written so. Raises ValueError for anything malformed.

    Only the one right spelling is taken (no base64 for what stands for itself, nothing
    left in the last bits), so that no two spellings name one mailbox.
    """
    if not _ASCII.match(octets):
        raise ValueError("modified UTF-7 is printable US-ASCII")
    text = octets.decode("ascii")
    if "&" not in text:
        return text
    name = _ENCODED.sub(_decode_run, text)
    if encode_utf7(name) != octets:
        raise ValueError("not modified UTF-7")
    return name


def _decode_run(match: re.Match[str]) -> str:
    run = match[1]
    if not run:
        return "&"
    padded = run.replace(",", "/") + "=" * (-len(run) % 4)
    try:
        return binascii.a2b_base64(padded).decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("not modified UTF-7") from None
