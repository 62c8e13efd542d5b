"""Names of message files: ``<unique>,S=<octets>,W=<octets with CRLF>:2,<letters>``.

The base name, all before the first ``:``, stays with a message for ever; the letters
change. Names are ``bytes``, as other programs may write any octet.

Letters (qmail's maildir(5) and Dovecot): ``D`` draft, ``F`` flagged, ``P`` passed on,
``R`` answered, ``S`` seen, ``T`` deleted, ``a`` to ``z`` keywords of ``dovecot-keywords``. They
stand in ASCII order; those that mean nothing to us are kept.

Sizes in a name are a claim of whoever wrote it, not a fact. Compare ``S`` with the
file's size before use; where that fails, or for names that are not our own, count ``W`` afresh.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
import socket
import time
from functools import lru_cache
from typing import Final, NamedTuple

from mailstore.model.flags import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN

LETTER_BITS: Final = {b"D": DRAFT, b"F": FLAGGED, b"R": ANSWERED, b"S": SEEN, b"T": DELETED}

_LAST_SECOND: Final = 0xFFFFFFFF
_SECONDS = re.compile(rb"[1-9][0-9]{8,9}(?=[._])")
_SIZES = re.compile(rb",([SW])=([0-9]{1,18})(?=,|\Z)")
_BITS = {letter[0]: bit for letter, bit in LETTER_BITS.items()}
_UNSAFE_IN_HOST = re.compile(r"[^A-Za-z0-9_.-]")
_counter = itertools.count(1)


class FileName(NamedTuple):
    """One name, taken apart; ``build`` of its parts gives it back.

    ``size`` and ``virtual_size`` are None where the name does not claim any; ``rest`` is what
    followed the letters after a comma, which some programs add.
    """

    base: bytes
    size: int | None
    virtual_size: int | None
    letters: bytes
    rest: bytes


class Letters(NamedTuple):
    """What letters mean: bits of :mod:`mailstore.model.flags`, keyword letters, others."""

    system: int
    keywords: bytes
    others: bytes


@lru_cache(maxsize=1)
def _host() -> str:
    # qmail's maildir(5) writes / and : of a host name as octal escapes; what matters is
    # only that the name holds no octet with a meaning. Its length leaves room for flags.
    return _UNSAFE_IN_HOST.sub("_", socket.gethostname())[:64] or "localhost"


def unique() -> bytes:
    """A base name that no other delivery has, on this host or another.

    Time, microseconds, process, a counter and random bits: a clock that goes back, a
    process id that comes again, and two hosts of one name still give different names.
    """
    now = time.time_ns()
    return b"%d.M%06dP%dQ%dR%b.%b" % (
        now // 1_000_000_000,
        now // 1_000 % 1_000_000,
        os.getpid(),
        next(_counter),
        secrets.token_hex(4).encode(),
        _host().encode(),
    )


def made_at(name: bytes, otherwise: int) -> int:
    """When a name was made, in seconds since the epoch, until 2106.

    Whoever puts a message into a Maildir makes a name for it that begins with the time
    (qmail's maildir(5)); so it tells when the message came into its mailbox. ``otherwise`` is for
    names that do not. Fewer than nine digits, before 1973, are no time.
    """
    seconds = _SECONDS.match(name)
    return min(int(seconds[0]), _LAST_SECOND) if seconds else otherwise


def with_sizes(unique_name: bytes, size: int, virtual_size: int) -> bytes:
    """Base name with octets on disk and octets with CRLF line ends."""
    return b"%b,S=%d,W=%d" % (unique_name, size, virtual_size)


def split(name: bytes) -> tuple[bytes, bytes]:
    """Base name and letters, for the many; :func:`parse` gives everything."""
    base, _, info = name.partition(b":")
    if not info.startswith(b"2,"):
        return base, b""
    letters = info[2:]
    return base, letters.partition(b",")[0] if b"," in letters else letters


def parse(name: bytes) -> FileName:
    """Take any file name apart; never fails.

    Information of another kind than ``2,`` says nothing about flags and is dropped.
    """
    base, _, info = name.partition(b":")
    letters, comma, rest = info[2:].partition(b",") if info.startswith(b"2,") else (b"", b"", b"")
    sizes = dict(_SIZES.findall(base))
    size, virtual_size = sizes.get(b"S"), sizes.get(b"W")
    return FileName(
        base,
        None if size is None else int(size),
        None if virtual_size is None else int(virtual_size),
        letters,
        comma + rest,
    )


def build(base: bytes, letters: bytes, rest: bytes = b"") -> bytes:
    """The file name in ``cur/``; letters are sorted and each stands once."""
    return b"%b:2,%b%b" % (base, bytes(sorted(set(letters))), rest)


@lru_cache(maxsize=4096)
def parse_letters(letters: bytes) -> Letters:
    """What the letters of a name mean; keyword letters in ASCII order, each once."""
    system = 0
    keywords, others = set(), set()
    for letter in letters:
        if letter in _BITS:
            system |= _BITS[letter]
        elif 0x61 <= letter <= 0x7A:
            keywords.add(letter)
        else:
            others.add(letter)
    return Letters(system, bytes(sorted(keywords)), bytes(sorted(others)))


@lru_cache(maxsize=4096)
def encode_letters(system: int, keywords: bytes, others: bytes = b"") -> bytes:
    """The letters for a name, from the parts of :class:`Letters`."""
    flags = (octet for octet, bit in _BITS.items() if system & bit)
    return bytes(sorted({*flags, *keywords, *others}))
