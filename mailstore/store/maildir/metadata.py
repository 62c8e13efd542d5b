r"""Annotations (RFC 5464), in the user's Maildir, as they are the user's and not to be found again.

``mailstore-metadata`` lies in the folder of its mailbox, so it is renamed and deleted with it;
in the Maildir itself it is INBOX's. ``mailstore-server-metadata`` there has the server's. Its first
line is ``mailstore-metadata 1``; each line after it is an entry: the name, a tab, the value::

    mailstore-metadata 1
    /private/comment	My first line\nand my second
    /shared/vendor/example/color	#b71c1c

In a value ``\n`` is LF, ``\r`` CR, ``\0`` NUL and ``\\`` a backslash; every other octet stands for
itself. Lines that are no entry are left out, and are gone after the next change. A file
that begins otherwise is of a later version: it has no entries here, and none can be set.
"""

from __future__ import annotations

import os
import re
from typing import Final

from mailstore.model.errors import Unavailable
from mailstore.model.metadata import Entries, entry_name
from mailstore.store import durable

NAME: Final = b"mailstore-metadata"
SERVER_NAME: Final = b"mailstore-server-metadata"

_HEADER: Final = b"mailstore-metadata 1\n"
_MAX_FILE: Final = 4 << 20
"""Each octet of the most that can be kept may have a backslash before it."""

_ESCAPES: Final = {b"\n": b"n", b"\r": b"r", b"\0": b"0", b"\\": b"\\"}
_UNESCAPES: Final = {letter: octet for octet, letter in _ESCAPES.items()}
_SPECIAL: Final = re.compile(rb"[\n\r\0\\]")
_ESCAPED: Final = re.compile(rb"\\(.?)", re.DOTALL)


def parse(data: bytes) -> dict[bytes, bytes]:
    """Read the file's octets; never raises."""
    if not data.startswith(_HEADER):
        return {}
    entries = {}
    for line in data[len(_HEADER) :].split(b"\n"):
        name, tab, value = line.partition(b"\t")
        if tab:
            try:
                entries[entry_name(name)] = _decode(value)
            except ValueError:
                continue
    return entries


def _decode(value: bytes) -> bytes:
    if b"\\" not in value:
        return value
    return _ESCAPED.sub(_unescape, value)


def _unescape(found: re.Match[bytes]) -> bytes:
    octet = _UNESCAPES.get(found[1])
    if octet is None:
        raise ValueError("a backslash before nothing that it belongs to")
    return octet


def encode(entries: Entries) -> bytes:
    """The file for ``entries``."""
    lines = [
        b"%b\t%b\n" % (name, _SPECIAL.sub(lambda found: b"\\" + _ESCAPES[found[0]], value))
        for name, value in sorted(entries.items())
    ]
    return _HEADER + b"".join(lines)


def read(path: bytes) -> dict[bytes, bytes]:
    """Read a file; none is no entries. Garbage never raises.

    OSError if there is something that cannot be read: what is there must not be replaced then.
    """
    return parse(_read(path))


def _read(path: bytes) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_MAX_FILE)


def write(path: bytes, entries: Entries, temporary_in: bytes) -> None:
    """Replace a file, atomically; it survives a crash on return.

    ``temporary_in`` is a ``tmp/`` of the same file system. Raises Unavailable for a file of a
    later version, OverQuota, ReadOnly, OSError.
    """
    found = _read(path)
    if found and not found.startswith(_HEADER):
        raise Unavailable("the annotations are of a version that is not known here")
    durable.replace(path, encode(entries), temporary_in)
