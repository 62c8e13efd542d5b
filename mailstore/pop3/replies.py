"""Replies, and which errors become which (RFC 1939, section 3; RFC 2449, section 8).

Reply texts are our own words: nothing that a client sent is ever repeated in one.
"""

from __future__ import annotations

from typing import Final

from mailstore.model import errors

MULTI_LINE_END: Final = b".\r\n"


class Refused(Exception):
    """The command is answered ``-ERR [code] text``; nothing has changed."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class BadSyntax(Refused):
    """The command is unknown, malformed, or not allowed in this state."""


def encode_ok(text: str = "") -> bytes:
    return b"+OK %b\r\n" % text.encode("ascii") if text else b"+OK\r\n"


def encode_error(text: str, code: str = "") -> bytes:
    prefix = f"[{code}] " if code else ""
    return f"-ERR {prefix}{text}\r\n".encode("ascii")


# The first match counts, so the more special stand first. Codes: RFC 2449, section 8.1
# (IN-USE), RFC 3206 (SYS/TEMP, SYS/PERM, AUTH).
_REPLIES: Final[tuple[tuple[type[errors.MailError], str, str], ...]] = (
    (errors.AuthenticationFailed, "Authentication failed", "AUTH"),
    (errors.AuthenticationUnavailable, "Sign-in is not possible now, try again later", "SYS/TEMP"),
    (errors.TooManyConnections, "Too many connections of this user", "IN-USE"),
    (errors.InUse, "Another session has the maildrop open", "IN-USE"),
    (errors.MessageGone, "Another program removed this message", ""),
    (errors.MailboxGone, "The maildrop was replaced; sign in again", "SYS/TEMP"),
    (errors.ReadOnly, "The maildrop cannot be changed", "SYS/PERM"),
    (errors.NoSuchMailbox, "There is no maildrop", "SYS/PERM"),
)


def reply_to(error: errors.MailError) -> bytes:
    """The reply for a refusal by the sign-in or the store."""
    for kind, text, code in _REPLIES:
        if isinstance(error, kind):
            return encode_error(text, code)
    return encode_error("The mail store is not available, try again later", "SYS/TEMP")
