"""RETR and TOP, RFC 1939: the octets of a message, in slices as the client takes them."""

from __future__ import annotations

from collections.abc import Iterable

from mailstore.model.errors import MailError
from mailstore.pop3.registry import TRANSACTION, Command, CommandGroup
from mailstore.pop3.replies import BadSyntax
from mailstore.pop3.session import Session, parse_number
from mailstore.pop3.stuffing import Stuffer, TopCutter
from mailstore.store.ports import StoredMessage

SLICE = 64 * 1024


async def _retr(session: Session, argument: bytes) -> None:
    number, message = session.message(argument)
    stored = await session.maildrop.read(message.uid)
    try:
        session.ok(f"{stored.size} octets")
        await _send(session, stored, None)
    finally:
        stored.close()
    session.retrieved.add(number)


async def _top(session: Session, argument: bytes) -> None:
    """``TOP n lines``. Does not mark a message as seen, even when all of it is sent.

    Quirk (fetchmail): downloads whole messages by ``TOP n 99999999``, for this reason.
    """
    number, separator, lines = argument.partition(b" ")
    if not separator:
        raise BadSyntax("TOP needs a message number and a number of lines")
    cutter = TopCutter(parse_number(lines))
    _, message = session.message(number)
    stored = await session.maildrop.read(message.uid)
    try:
        session.ok("Top of message follows")
        await _send(session, stored, cutter)
    finally:
        stored.close()


async def _send(session: Session, stored: StoredMessage, cutter: TopCutter | None) -> None:
    stuffer = Stuffer()
    for start in range(0, stored.size, SLICE):
        try:
            octets = stored.read(start, start + SLICE)
        except MailError:
            # +OK is sent already. Half a message must not look like a whole one, so the
            # connection breaks before the dot that would end it.
            session.wire.abort()
            raise
        if cutter is not None:
            octets = cutter.feed(octets)
        session.write(stuffer.feed(octets))
        if cutter is not None and cutter.done:
            break
        await session.wire.drained()
    session.write(stuffer.end())


def _capabilities(session: Session) -> Iterable[bytes]:
    return (b"TOP",)


GROUP = CommandGroup(
    rfc=1939,
    commands=(Command(b"RETR", TRANSACTION, _retr), Command(b"TOP", TRANSACTION, _top)),
    capabilities=_capabilities,
)
