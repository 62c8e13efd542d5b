"""DELETE (RFC 9051, section 6.3.5)."""

from __future__ import annotations

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.registry import Command, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor


def _parse(cursor: Cursor) -> str:
    """``delete = "DELETE" SP mailbox``."""
    cursor.space()
    return parse_mailbox(cursor)


async def _delete(session: Session, mailbox: str) -> None:
    """A mailbox with inferiors stays as a name without messages."""
    await session.account.delete(mailbox)
    await session.close_if_gone()


DELETE = Command(b"DELETE", State.LOGGED_IN, _parse, _delete)

COMMANDS = (DELETE,)
