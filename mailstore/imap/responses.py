"""How a command ends: what a handler returns, and what it raises instead.

Texts are fixed words of ours. Nothing that a client sent is ever put into one, so no
mailbox name or argument can forge a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Ok(NamedTuple):
    """The tagged OK.

    ``text`` None is ``<NAME> completed``. ``code`` has no brackets
    (``b"APPENDUID 38505 3955"``). ``then`` is called once the answer has been written.
    """

    text: bytes | None = None
    code: bytes | None = None
    then: Callable[[], None] | None = None


class Refused(Exception):
    """The tagged NO: the command was understood and is not done."""

    def __init__(self, text: bytes, code: bytes | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Unacceptable(Exception):
    """The tagged BAD for what the grammar alone cannot tell, such as a message number."""

    def __init__(self, text: bytes, code: bytes | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Bye(Exception):
    """The connection ends now, with an untagged BYE in place of any other answer."""

    def __init__(self, text: bytes, code: bytes | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Disconnected(Exception):
    """The client is gone or being told BYE; the command that hears of it just ends."""


def encode_reply(tag: bytes, condition: bytes, text: bytes, code: bytes | None = None) -> bytes:
    """``response-tagged`` and ``resp-cond-*``: ``a1 OK [code] text`` with its CRLF."""
    if code is None:
        return b"%s %s %s\r\n" % (tag, condition, text)
    return b"%s %s [%s] %s\r\n" % (tag, condition, code, text)


def encode_bye(bye: Bye) -> bytes:
    """``resp-cond-bye`` as an untagged line."""
    return encode_reply(b"*", b"BYE", bye.text, bye.code)
