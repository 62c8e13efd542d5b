"""``dovecot-keywords``: which keyword each letter of a file name means.

A line is ``<n> <keyword>``, n from 0; 0 to 25 are the letters ``a`` to ``z``. A letter
is never given to another keyword: files that carry it may be anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mailstore.store import durable
from mailstore.store.durable import AnyPath

NAME: Final = "dovecot-keywords"
LETTERS: Final = 26

_MAX_FILE = 1 << 20
_LINE = re.compile(rb"([0-9]{1,4}) ([^\n]*)")
# flag-keyword = atom (RFC 9051, section 9). What is in here goes to clients as it stands.
_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]{1,255}")


@dataclass(slots=True)
class Keywords:
    """The letters of one mailbox.

    Attributes:
        names: By number; None where a number has no keyword. May be longer than 26.
        damage: Lines that were skipped, in words.
    """

    names: list[bytes | None] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    def by_letter(self) -> dict[int, bytes]:
        """Octet of a letter (``ord("a")``) to keyword, as first spelt."""
        return {0x61 + n: name for n, name in enumerate(self.names[:LETTERS]) if name is not None}

    def letters(self) -> dict[bytes, bytes]:
        """Keyword in lower case to its letter; the first letter if it has two."""
        letters: dict[bytes, bytes] = {}
        for octet, name in self.by_letter().items():
            letters.setdefault(name.lower(), bytes((octet,)))
        return letters


def is_keyword(name: bytes) -> bool:
    """Whether a keyword may be kept: an atom of at most 255 octets."""
    return _ATOM.fullmatch(name) is not None


def parse(data: bytes) -> Keywords:
    """Read the file's octets; what is no ``<n> <keyword>`` is reported and skipped."""
    found: dict[int, bytes] = {}
    damage = []
    for number, line in enumerate(data[:_MAX_FILE].split(b"\n"), 1):
        if not line:
            continue
        match = _LINE.fullmatch(line.removesuffix(b"\r"))
        if match is None or not is_keyword(match[2]):
            damage.append(f"line {number} is not a keyword")
        elif found.setdefault(int(match[1]), match[2]) != match[2]:
            damage.append(f"line {number} gives a number a second time")
    names: list[bytes | None] = [None] * (max(found, default=-1) + 1)
    for place, name in found.items():
        names[place] = name
    return Keywords(names, damage[:20])


def read(path: AnyPath) -> Keywords:
    """Read the file; none is no keywords. Garbage never raises."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Keywords()
    with os.fdopen(descriptor, "rb") as file:
        return parse(file.read(_MAX_FILE))


def allocate(
    path: AnyPath, keywords: Keywords, wanted: Iterable[bytes], temporary_in: AnyPath
) -> Keywords:
    """Give letters to those ``wanted`` that have none, as long as there are any.

    Those that find no letter left are missing from ``letters()``; the index keeps them.
    The new file survives a crash on return; without anything new nothing is written. The
    caller holds the mailbox's lock and has just read ``keywords`` from the file.

    Raises ValueError for what is no keyword, OverQuota, ReadOnly, OSError.
    """
    names = list(keywords.names)
    known = {name.lower() for name in names[:LETTERS] if name is not None}
    new = False
    for name in wanted:
        if not is_keyword(name):
            raise ValueError("a keyword is an atom")
        place = _free_place(names)
        if name.lower() in known or place is None:
            continue
        names[place : place + 1] = [name]
        known.add(name.lower())
        new = True
    if not new:
        return keywords
    lines = (b"%d %b\n" % (n, name) for n, name in enumerate(names) if name is not None)
    durable.replace(path, b"".join(lines), temporary_in)
    return Keywords(names)


def _free_place(names: list[bytes | None]) -> int | None:
    """The number after the last one. Gaps are left: their letters may be in file names."""
    used = [n for n, name in enumerate(names[:LETTERS]) if name is not None]
    place = used[-1] + 1 if used else 0
    return place if place < LETTERS else None
