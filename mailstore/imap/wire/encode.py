"""Values on their way out (RFC 9051, section 9). Encoding never fails.

What may hold anything leaves as a quoted string or a literal, so that no name, header or
address can end its line and forge another (RFC 9051, section 11).
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Final

from mailstore.model.utf7 import encode_utf7

LONGEST_QUOTED: Final = 1000
"""Octets in a quoted string; clients read lines of some thousand at least."""

NUL_SUBSTITUTE: Final = b"\x80"
"""Stands for NUL, which no string may hold (RFC 3501, section 9, CHAR8). Outlook hangs on one."""

_QUOTABLE: Final = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*+\Z")
_QUOTABLE_UTF8: Final = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\xff]*+\Z")
_SPECIAL: Final = re.compile(rb'(["\\])')
_PLAIN_NAME: Final = re.compile(rb"[A-Za-z0-9_./-]++\Z")

_MONTHS: Final = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_LAST_SECOND: Final = 253_402_300_799
"""The end of year 9999."""


def quoted(octets: bytes) -> bytes:
    """``quoted``; the caller knows that no CR, LF or NUL is in it."""
    if b'"' in octets or b"\\" in octets:
        octets = _SPECIAL.sub(rb"\\\1", octets)
    return b'"%s"' % octets


def literal(octets: bytes) -> bytes:
    """``literal``, with a substitute for each NUL."""
    return b"{%d}\r\n%s" % (len(octets), without_nul(octets))


def quoted_or_literal(octets: bytes, *, utf8: bool = False) -> bytes:
    """``string``: quoted where that is possible. ``utf8`` allows UTF-8 in quotes (RFC 9755)."""
    pattern = _QUOTABLE_UTF8 if utf8 else _QUOTABLE
    if len(octets) <= LONGEST_QUOTED and pattern.match(octets):
        return quoted(octets)
    return literal(octets)


def encode_string(octets: bytes) -> bytes:
    """``string = quoted / literal``."""
    return quoted_or_literal(octets)


def encode_nstring(octets: bytes | None) -> bytes:
    """``nstring = string / nil``."""
    return b"NIL" if octets is None else quoted_or_literal(octets)


def encode_astring(octets: bytes) -> bytes:
    """``astring``: an atom if it is a plain word, else a string."""
    if _PLAIN_NAME.match(octets) and octets.upper() != b"NIL":
        return octets
    return quoted_or_literal(octets)


def encode_mailbox(name: str, *, utf8: bool = False) -> bytes:
    """``mailbox = "INBOX" / astring``: in modified UTF-7, or UTF-8 if the client enabled it."""
    if not utf8:
        return encode_astring(encode_utf7(name))
    octets = name.encode("utf-8", "replace")
    if _PLAIN_NAME.match(octets) and octets.upper() != b"NIL":
        return octets
    return quoted_or_literal(octets, utf8=True)


def without_nul(octets: bytes) -> bytes:
    """The same number of octets, each NUL replaced."""
    return octets.replace(b"\0", NUL_SUBSTITUTE) if b"\0" in octets else octets


def encode_date_time(epoch: int) -> bytes:
    """``date-time``, always in UTC: ``"17-Jul-1996 02:44:25 +0000"``, with its quotes.

    A day of one digit has a zero before it, as Dovecot writes it; the grammar would take a
    space. Times before 1970 or after 9999 become the nearest that can be written.
    """
    day, second = divmod(min(max(epoch, 0), _LAST_SECOND), 86_400)
    minute, second = divmod(second, 60)
    return _encode_day(day) + _MINUTES[minute] + _SECONDS[second]


@lru_cache(maxsize=4096)
def _encode_day(day: int) -> bytes:
    date = time.gmtime(day * 86_400)
    return b'"%02d-%s-%04d ' % (date.tm_mday, _MONTHS[date.tm_mon - 1], date.tm_year)


_MINUTES: Final = [b"%02d:%02d:" % divmod(minute, 60) for minute in range(24 * 60)]
_SECONDS: Final = [b'%02d +0000"' % second for second in range(60)]
"""Every message has its own date, so its pieces are put together from ready ones."""
