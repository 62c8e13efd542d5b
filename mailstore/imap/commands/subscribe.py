"""SUBSCRIBE and UNSUBSCRIBE (RFC 9051, sections 6.3.7 and 6.3.8)."""

from __future__ import annotations

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.registry import Command, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import NoSuchMailbox


def _parse(cursor: Cursor) -> str:
    """``subscribe = "SUBSCRIBE" SP mailbox``."""
    cursor.space()
    return parse_mailbox(cursor)


async def _subscribe(session: Session, mailbox: str) -> None:
    """Only what exists can be subscribed; it stays so when the mailbox is deleted."""
    if all(info.name != mailbox for info in await session.account.mailboxes()):
        raise NoSuchMailbox("no such mailbox")
    await session.account.set_subscribed(mailbox, True)


async def _unsubscribe(session: Session, mailbox: str) -> None:
    await session.account.set_subscribed(mailbox, False)


SUBSCRIBE = Command(b"SUBSCRIBE", State.LOGGED_IN, _parse, _subscribe)
UNSUBSCRIBE = Command(b"UNSUBSCRIBE", State.LOGGED_IN, _parse, _unsubscribe)

COMMANDS = (SUBSCRIBE, UNSUBSCRIBE)
