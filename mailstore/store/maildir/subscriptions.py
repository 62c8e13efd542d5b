"""The ``subscriptions`` file, as Dovecot keeps it in the user's Maildir.

Version 2, read and written: the line ``V<TAB>2``, an empty line, then a name a line. Levels are
spelt as on disk (modified UTF-7) and separated by tabs. Version 1, only read, has no
header, and dots (or slashes) between levels.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mailstore.model.mailbox import SEPARATOR
from mailstore.store import durable
from mailstore.store.durable import AnyPath
from mailstore.store.maildir.names import decode_level, encode_levels, normalize

NAME: Final = "subscriptions"

_HEADER = b"V\t2\n\n"
_MAX_FILE = 16 << 20
_SEPARATORS_1 = re.compile(r"[./]")
# Dovecot's way to write what separates: \001 and a letter.
_ESCAPES = {"\x01": "\x01", "t": "\t", "n": "\n", "r": "\r", "0": "\0"}
_ESCAPED = re.compile("\x01(.)", re.DOTALL)


@dataclass(slots=True)
class Subscriptions:
    """Names as they are subscribed to, in order, each once; what could not be read."""

    names: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


def parse(data: bytes) -> Subscriptions:
    """Read the file's octets; never raises. Lines that are no name are reported."""
    version_2 = data.startswith(b"V\t2\n")
    lines = data[len(_HEADER) :] if version_2 else data
    names: dict[str, None] = {}
    damage = []
    for number, line in enumerate(lines.split(b"\n"), 3 if version_2 else 1):
        if not line:
            continue
        try:
            names[_decode(line, version_2)] = None
        except ValueError:
            damage.append(f"line {number} is not a mailbox name")
    return Subscriptions(list(names), damage[:20])


def _decode(line: bytes, version_2: bool) -> str:
    text = line.removesuffix(b"\r").decode()
    if version_2:
        parts = [_ESCAPED.sub(lambda m: _ESCAPES.get(m[1], m[1]), p) for p in text.split("\t")]
    else:
        parts = _SEPARATORS_1.split(text)
    if "" in parts:
        raise ValueError("an empty level")
    return normalize(SEPARATOR.join(map(decode_level, parts)))


def encode(names: Iterable[str]) -> bytes:
    """The file for ``names``. Raises ValueError for what can be no line of it."""
    lines = []
    for name in names:
        levels = encode_levels(normalize(name))
        if "" in levels:
            raise ValueError("a level of the name is empty")
        lines.append("\t".join(levels).encode("ascii") + b"\n")
    return _HEADER + b"".join(lines)


def read(path: AnyPath) -> Subscriptions:
    """Read the file; none is no subscriptions. Garbage never raises."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Subscriptions()
    with os.fdopen(descriptor, "rb") as file:
        return parse(file.read(_MAX_FILE))


def write(path: AnyPath, names: Iterable[str], temporary_in: AnyPath) -> None:
    """Replace the file, atomically; it survives a crash on return.

    ``temporary_in`` is the user's ``tmp/``. Raises ValueError, OverQuota, ReadOnly, OSError.
    """
    durable.replace(path, encode(names), temporary_in)
