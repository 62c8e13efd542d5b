"""DELE, RSET and NOOP, RFC 1939, section 5: marks that mean something only at QUIT."""

from __future__ import annotations

from mailstore.pop3.registry import TRANSACTION, Command, CommandGroup
from mailstore.pop3.session import Session, no_argument


async def _dele(session: Session, argument: bytes) -> None:
    number, _ = session.message(argument)
    session.deleted.add(number)
    session.ok("Marked as deleted")


async def _rset(session: Session, argument: bytes) -> None:
    no_argument(argument)
    session.deleted.clear()
    session.ok("No message is marked as deleted")


async def _noop(session: Session, argument: bytes) -> None:
    no_argument(argument)
    session.ok()


GROUP = CommandGroup(
    rfc=1939,
    commands=(
        Command(b"DELE", TRANSACTION, _dele),
        Command(b"RSET", TRANSACTION, _rset),
        Command(b"NOOP", TRANSACTION, _noop),
    ),
)
