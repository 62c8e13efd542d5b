"""LOGOUT: BYE, then OK, then the connection closes (RFC 9051, section 6.1.3)."""

from __future__ import annotations

from mailstore.imap.registry import Command, State, no_arguments
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session


async def _logout(session: Session, arguments: None) -> Ok:
    session.unselect()
    session.output.untagged(b"BYE Logging out")
    return Ok(then=session.connection.hang_up)


LOGOUT = Command(b"LOGOUT", State.ANY, no_arguments, _logout)

COMMANDS = (LOGOUT,)
