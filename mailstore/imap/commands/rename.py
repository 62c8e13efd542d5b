"""RENAME (RFC 9051, section 6.3.6)."""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.registry import Command, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor


class _Arguments(NamedTuple):
    mailbox: str
    new_name: str


def _parse(cursor: Cursor) -> _Arguments:
    """``rename = "RENAME" SP mailbox SP mailbox``."""
    cursor.space()
    mailbox = parse_mailbox(cursor)
    cursor.space()
    return _Arguments(mailbox, parse_mailbox(cursor))


async def _rename(session: Session, arguments: _Arguments) -> None:
    await session.account.rename(arguments.mailbox, arguments.new_name)
    await session.close_if_gone()


RENAME = Command(b"RENAME", State.LOGGED_IN, _parse, _rename)

COMMANDS = (RENAME,)
