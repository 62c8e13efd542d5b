"""DELETE (RFC 9051, section 6.3.5)."""

from __future__ import annotations

from mailstore.imap.grammar.mailbox import Supplied, parse_supplied
from mailstore.imap.old_name import tell_normalized
from mailstore.imap.registry import Command, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor


def _parse(cursor: Cursor) -> Supplied:
    """``delete = "DELETE" SP mailbox``."""
    cursor.space()
    return parse_supplied(cursor)


async def _delete(session: Session, mailbox: Supplied) -> None:
    """A mailbox with inferiors stays as a name without messages."""
    await session.account.delete(mailbox.name)
    await session.close_if_gone()
    await tell_normalized(session, mailbox)


DELETE = Command(b"DELETE", State.LOGGED_IN, _parse, _delete)

COMMANDS = (DELETE,)
