"""QUIT, RFC 1939, sections 4 and 6: the only moment at which messages are removed."""

from __future__ import annotations

from mailstore.model.errors import MailError
from mailstore.pop3.registry import BOTH, Command, CommandGroup
from mailstore.pop3.replies import encode_error
from mailstore.pop3.session import Session, State, no_argument


async def _quit(session: Session, argument: bytes) -> None:
    no_argument(argument)
    session.wire.close()
    if session.state is State.TRANSACTION:
        await _update(session)
    else:
        session.ok("Bye")


async def _update(session: Session) -> None:
    """The UPDATE state: what is marked goes, what was only retrieved becomes seen.

    Removal is durable when the client hears +OK. On an error nothing is known to be
    removed, and the client will find what is left at its next sign-in.
    """
    messages = session.messages
    try:
        await session.maildrop.update(
            [messages[number - 1].uid for number in session.deleted],
            [messages[number - 1].uid for number in session.retrieved - session.deleted],
        )
    except MailError:
        session.write(encode_error("Some deleted messages were not removed", "SYS/TEMP"))
    else:
        removed = len(session.deleted)
        session.ok(f"Bye, {removed} messages removed" if removed else "Bye")
    finally:
        session.close()


GROUP = CommandGroup(rfc=1939, commands=(Command(b"QUIT", BOTH, _quit),))
