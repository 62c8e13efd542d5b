"""Flags and keywords of a message (RFC 9051, section 2.3.2).

The five system flags are bits of an ``int``; keywords are atoms in one ``bytes`` value,
separated by single spaces, in the order in which the mailbox learnt them. Both go into
index rows as they are, and the text of a FLAGS answer is cached per combination.
Keywords are compared without regard to case and shown as first spelt in the mailbox.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

SEEN: Final = 1
ANSWERED: Final = 2
FLAGGED: Final = 4
DELETED: Final = 8
DRAFT: Final = 16

SYSTEM_FLAGS: Final[tuple[tuple[int, bytes], ...]] = (
    (ANSWERED, b"\\Answered"),
    (FLAGGED, b"\\Flagged"),
    (DELETED, b"\\Deleted"),
    (SEEN, b"\\Seen"),
    (DRAFT, b"\\Draft"),
)
"""Bits and names, in the order in which they are shown."""

SYSTEM_FLAG_BITS: Final[dict[bytes, int]] = {name.lower(): bit for bit, name in SYSTEM_FLAGS}


class FlagMode(Enum):
    """What STORE does with the flags it names (RFC 9051, section 6.4.6)."""

    REPLACE = "FLAGS"
    ADD = "+FLAGS"
    REMOVE = "-FLAGS"


class FlagChange(NamedTuple):
    """One change to apply to many messages."""

    mode: FlagMode
    system: int
    keywords: tuple[bytes, ...]


@lru_cache(maxsize=4096)
def encode_flags(system: int, keywords: bytes, recent: bool = False) -> bytes:
    """The parenthesised flag list, as in ``FLAGS (\\Seen $label1)``."""
    names = [name for bit, name in SYSTEM_FLAGS if system & bit]
    if recent:
        names.append(b"\\Recent")
    if keywords:
        names.append(keywords)
    return b"(" + b" ".join(names) + b")"
