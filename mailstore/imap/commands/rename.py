"""RENAME (RFC 9051, section 6.3.6)."""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.grammar.mailbox import Supplied, parse_mailbox, parse_supplied
from mailstore.imap.old_name import tell_name
from mailstore.imap.registry import Command, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.mailbox import INBOX


class _Arguments(NamedTuple):
    mailbox: Supplied
    new_name: str


def _parse(cursor: Cursor) -> _Arguments:
    """``rename = "RENAME" SP mailbox SP mailbox``."""
    cursor.space()
    mailbox = parse_supplied(cursor)
    cursor.space()
    return _Arguments(mailbox, parse_mailbox(cursor))


async def _rename(session: Session, arguments: _Arguments) -> None:
    """INBOX stays where it was, so nothing is told of it (RFC 9051, section 6.3.6)."""
    mailbox, new_name = arguments
    await session.account.rename(mailbox.name, new_name)
    await session.close_if_gone()
    if mailbox.name != INBOX:
        await tell_name(session, new_name, mailbox.as_supplied)


RENAME = Command(b"RENAME", State.LOGGED_IN, _parse, _rename)

COMMANDS = (RENAME,)
