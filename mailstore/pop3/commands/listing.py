"""STAT, LIST and UIDL, RFC 1939: numbers, sizes and unique-ids of messages.

A size is what RETR sends, without the dots that are doubled on the way and, for a message
whose last line has no line end, without the one that RETR adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mailstore.account.maildrop import MaildropMessage
from mailstore.pop3.registry import TRANSACTION, Command, CommandGroup
from mailstore.pop3.replies import MULTI_LINE_END
from mailstore.pop3.session import Session, no_argument

BATCH = 2000
"""Lines written in one piece: about 50 kB."""

Line = Callable[[int, MaildropMessage], bytes]


def _size(number: int, message: MaildropMessage) -> bytes:
    return b"%d %d\r\n" % (number, message.size)


def _unique_id(number: int, message: MaildropMessage) -> bytes:
    return b"%d %b\r\n" % (number, message.unique_id)


async def _stat(session: Session, argument: bytes) -> None:
    no_argument(argument)
    messages, octets = session.totals()
    session.ok(f"{messages} {octets}")


async def _list(session: Session, argument: bytes) -> None:
    await _answer(session, argument, _size)


async def _uidl(session: Session, argument: bytes) -> None:
    await _answer(session, argument, _unique_id)


async def _answer(session: Session, argument: bytes, line: Line) -> None:
    """One message on the reply's own line, or all that are not marked as deleted."""
    if argument:
        session.write(b"+OK " + line(*session.message(argument)))
        return
    messages, octets = session.totals()
    session.ok(f"{messages} messages ({octets} octets)")
    deleted = session.deleted
    for start in range(0, len(session.messages), BATCH):
        batch = enumerate(session.messages[start : start + BATCH], start + 1)
        session.write(b"".join([line(*entry) for entry in batch if entry[0] not in deleted]))
        await session.wire.drained()
    session.write(MULTI_LINE_END)


def _capabilities(session: Session) -> Iterable[bytes]:
    return (b"UIDL",)


GROUP = CommandGroup(
    rfc=1939,
    commands=(
        Command(b"STAT", TRANSACTION, _stat),
        Command(b"LIST", TRANSACTION, _list),
        Command(b"UIDL", TRANSACTION, _uidl),
    ),
    capabilities=_capabilities,
)
