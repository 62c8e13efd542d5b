"""One command as it was framed: its text, with the literals kept apart."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """Stands for the literal that is a message of APPEND; its octets went elsewhere.

    ``size`` is in octets; ``binary`` tells a literal8, ``~{n}`` (RFC 3516, section 4.4).
    """

    size: int
    binary: bool


class Frame(NamedTuple):
    """A whole command, or as much of it as comes before a message of APPEND.

    Attributes:
        text: Every line of the command, the CRLF of the last not included. A literal is
            present by its announcement only, ``{5}`` with its CRLF; no other CR or LF, and
            no NUL, is in the text.
        literals: What was announced, in the same order.
    """

    text: bytes
    literals: tuple[bytes | Message, ...] = ()
