"""What one POP3 session knows: its state, its maildrop, what it has marked as deleted."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from mailstore.account.account import Account
from mailstore.account.maildrop import Maildrop, MaildropMessage
from mailstore.account.ports import Peer, SignIn
from mailstore.model.limits import Pop3Limits
from mailstore.pop3.replies import BadSyntax, Refused, encode_ok

DIGITS = 10
"""Digits of a number at most; Python's ``int`` is slow on very long ones."""


class State(Enum):
    """RFC 1939, section 3. UPDATE is entered and left within QUIT."""

    AUTHORIZATION = "before sign-in"
    TRANSACTION = "after sign-in"


class Wire(Protocol):
    """What a handler may do with the connection besides writing."""

    async def line(self, limit: int) -> bytes:
        """The client's next line, which is not a command (RFC 5034, section 4)."""

    async def drained(self) -> None:
        """Wait for the client to take what was written."""

    def forget_input(self) -> None:
        """Throw away what arrived and was not used yet."""

    def close(self) -> None:
        """Close once this command is answered; what is pipelined after it is not run."""

    def abort(self) -> None:
        """Close at once, in the middle of an answer that cannot be finished."""


class Session:
    """Handlers get this. Message numbers count from 1 and never move (RFC 1939, section 5)."""

    def __init__(self, peer: Peer, sign_in: SignIn, limits: Pop3Limits, wire: Wire) -> None:
        self.peer = peer
        self.sign_in = sign_in
        self.limits = limits
        self.wire = wire
        self.state = State.AUTHORIZATION
        self.user: bytes | None = None
        self.deleted: set[int] = set()
        self.retrieved: set[int] = set()
        self._account: Account | None = None
        self._maildrop: Maildrop | None = None

    @property
    def write(self) -> Callable[[bytes], None]:
        return self.peer.write

    def ok(self, text: str = "") -> None:
        self.peer.write(encode_ok(text))

    @property
    def maildrop(self) -> Maildrop:
        """Only in the TRANSACTION state."""
        if self._maildrop is None:
            raise RuntimeError("no maildrop is open")
        return self._maildrop

    @property
    def messages(self) -> list[MaildropMessage]:
        return self.maildrop.messages

    def enter_transaction(self, account: Account, maildrop: Maildrop) -> None:
        self._account, self._maildrop = account, maildrop
        self.state = State.TRANSACTION
        self.user = None
        self.peer.set_timeout(self.limits.idle_timeout_s)

    def message(self, argument: bytes) -> tuple[int, MaildropMessage]:
        """Number and message for an argument; raises Refused unless it may be read."""
        number = parse_number(argument)
        if not 1 <= number <= len(self.messages):
            raise Refused("No such message")
        if number in self.deleted:
            raise Refused("This message is marked as deleted")
        return number, self.messages[number - 1]

    def totals(self) -> tuple[int, int]:
        """Messages not marked as deleted, and their octets."""
        messages = self.messages
        octets = sum(message.size for message in messages)
        octets -= sum(messages[number - 1].size for number in self.deleted)
        return len(messages) - len(self.deleted), octets

    def close(self) -> None:
        """Release the maildrop and the account. Safe to call twice."""
        maildrop, self._maildrop = self._maildrop, None
        account, self._account = self._account, None
        if maildrop is not None:
            maildrop.close()
        if account is not None:
            account.close()


def parse_number(argument: bytes) -> int:
    if not argument.isdigit() or len(argument) > DIGITS:
        raise BadSyntax("A number is needed here")
    return int(argument)


def no_argument(argument: bytes) -> None:
    if argument:
        raise BadSyntax("This command takes no argument")
