"""Message-IDs as threads are made of them (RFC 5256, section 3; RFC 5322, section 3.6.4).

Two are the same if they are so once comments, white space and needless quotes are gone. What
is stored of one is a number of 63 bits, by BLAKE2: few enough octets that a mailbox's are
read at a time, and two that differ are not taken for one another.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice

from mailstore.mime.header import Fields
from mailstore.mime.lexer import Lexer, unquote

__all__ = ["MOST_REFERENCES", "message_id", "references", "unpack_ids"]

MOST_REFERENCES = 200
"""Of one message; those nearest to it count."""

_PLAIN = re.compile(rb"<([^<>\"()\\\s@]++@[^<>\"()\\\s@]++)>")
_ID = re.compile(rb'<((?:[^<>"()\\]++|"(?:[^"\\]++|\\.)*+"|\([^()<>\\]*+\))*+)>', re.DOTALL)
_NEEDLESS = re.compile(rb'"((?:[^"\\]++|\\.)*+)"|\([^()]*+\)|\s++', re.DOTALL)
_BETWEEN = re.compile(rb"[^<(]++")


def message_id(fields: Fields) -> int:
    """Return the number of a message's own Message-ID, 0 without a valid one."""
    for value in fields.get(b"message-id", ()):
        for number in _numbers(value):
            return number
    return 0


def references(fields: Fields) -> bytes:
    """Return the messages that this one refers to, its parent last; for ``unpack_ids``.

    In-Reply-To counts where References names none, and of it the first Message-ID.
    """
    found = [number for value in fields.get(b"references", ()) for number in _numbers(value)]
    if not found:
        answered = (n for value in fields.get(b"in-reply-to", ()) for n in _numbers(value))
        found = list(islice(answered, 1))
    found = found[-MOST_REFERENCES:]
    return struct.pack(f"<{len(found)}q", *found)


def unpack_ids(packed: bytes) -> tuple[int, ...]:
    """Return what ``references`` packed."""
    return struct.unpack(f"<{len(packed) // 8}q", packed)


def _numbers(value: bytes) -> Iterator[int]:
    return map(_number, _ids(value))


def _number(identifier: bytes) -> int:
    digest = blake2b(identifier, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


def _ids(value: bytes) -> Iterable[bytes]:
    """``1*msg-id``, whatever stands between; what is no ``msg-id`` is passed over."""
    plain: list[bytes] = _PLAIN.findall(value)
    if len(plain) == value.count(b"<") and b"(" not in value:
        return plain
    return _any_ids(value)


def _any_ids(value: bytes) -> Iterator[bytes]:
    lexer = Lexer(value)
    while True:
        lexer.skip()
        if lexer.at_end:
            return
        found = _ID.match(value, lexer.position)
        if found is None:
            lexer.position += 1
            lexer.match(_BETWEEN)
            continue
        lexer.position = found.end()
        left, _, right = _NEEDLESS.sub(_needed, found[1]).partition(b"@")
        if left and right:
            yield left + b"@" + right


def _needed(match: re.Match[bytes]) -> bytes:
    return b"" if match[1] is None else unquote(match[1])
