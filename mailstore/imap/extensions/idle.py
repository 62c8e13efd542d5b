"""IDLE, RFC 2177: the client waits, and hears of changes as they happen.

It is allowed without a selected mailbox too, as RFC 9051 has it and Outlook does; there
is nothing to hear of then. The client ends it with ``DONE``, and may send its next
commands in the same packet (iOS does).
"""

from __future__ import annotations

from mailstore.imap.registry import Command, Extension, State, no_arguments
from mailstore.imap.responses import Bye, Unacceptable
from mailstore.imap.session import Session, Wake
from mailstore.imap.updates import update


async def _idle(session: Session, arguments: None) -> None:
    limits, peer = session.limits, session.peer
    interval_s = limits.idle_keep_alive_s or limits.idle_timeout_s
    session.output.write(b"+ idling\r\n")
    await _look(session)
    peer.set_timeout(interval_s)
    try:
        await _until_done(session, interval_s)
    finally:
        peer.set_timeout(limits.idle_timeout_s)


async def _look(session: Session) -> None:
    """From here on a notice tells of everything; what came before is found now."""
    view = session.selected
    if view is not None:
        await view.mailbox.look()
        view.stale = True


async def _until_done(session: Session, interval_s: float) -> None:
    waited_s = 0.0
    while True:
        await update(session, may_expunge=True)
        await session.output.take_turns()
        event = await session.connection.line_or_wake()
        if event is Wake.TIMEOUT:
            waited_s += interval_s
            if waited_s >= session.limits.idle_timeout_s:
                raise Bye(b"Idle for too long")
            session.output.untagged(b"OK Still here")
            session.peer.set_timeout(interval_s)
        elif event is not Wake.CHANGE:
            if event.upper() != b"DONE":
                raise Unacceptable(b"IDLE ends with DONE")
            return


IDLE = Command(b"IDLE", State.LOGGED_IN, no_arguments, _idle)

EXTENSION = Extension(
    rfc=2177, title="IMAP4 IDLE command", capabilities=(b"IDLE",), commands=(IDLE,)
)
