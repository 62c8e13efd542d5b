"""CAPABILITY: what the connection may use at this moment (RFC 9051, section 6.1.1)."""

from __future__ import annotations

from mailstore.imap.registry import Command, State, no_arguments
from mailstore.imap.session import Session


async def _capability(session: Session, arguments: None) -> None:
    session.output.untagged(session.capability_line())


CAPABILITY = Command(b"CAPABILITY", State.ANY, no_arguments, _capability)

COMMANDS = (CAPABILITY,)
