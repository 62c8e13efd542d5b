"""STATUS: counts of a mailbox without selecting it (RFC 9051, section 6.3.11)."""

from __future__ import annotations

from typing import Final, NamedTuple

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.registry import Command, State, StatusItem
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor


class _Arguments(NamedTuple):
    mailbox: str
    items: list[StatusItem]


def _parse(cursor: Cursor) -> _Arguments:
    """``status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"``."""
    cursor.space()
    mailbox = parse_mailbox(cursor)
    cursor.space()
    return _Arguments(mailbox, parse_status_items(cursor))


def parse_status_items(cursor: Cursor) -> list[StatusItem]:
    """``"(" status-att *(SP status-att) ")"``; also an option of LIST (RFC 5819)."""
    return list(dict.fromkeys(parse_list(cursor, _parse_item)))


def _parse_item(cursor: Cursor) -> StatusItem:
    start = cursor.position
    item = cursor.registry.status_items.get(cursor.keyword())
    if item is None:
        cursor.position = start
        raise cursor.bad("expected the name of a status item")
    return item


async def _status(session: Session, arguments: _Arguments) -> None:
    """The selected mailbox may be asked for too; clients do it."""
    await send_status(session, arguments.mailbox, arguments.items)


async def send_status(session: Session, mailbox: str, items: list[StatusItem]) -> None:
    """``* STATUS mailbox (...)``. Raises NoSuchMailbox, NotSelectable."""
    for item in items:
        if item.enables is not None:
            item.enables(session)
    status = await session.account.status(mailbox)
    values = b" ".join(b"%s %s" % (item.name, item.encode(session, status)) for item in items)
    session.output.untagged(b"STATUS %s (%s)" % (session.encode_mailbox(mailbox), values))


STATUS = Command(b"STATUS", State.LOGGED_IN, _parse, _status)

COMMANDS = (STATUS,)

STATUS_ITEMS: Final = (
    StatusItem(b"MESSAGES", lambda _, status: b"%d" % status.messages),
    StatusItem(b"UIDNEXT", lambda _, status: b"%d" % status.uid_next),
    StatusItem(b"UIDVALIDITY", lambda _, status: b"%d" % status.uid_validity),
    StatusItem(b"UNSEEN", lambda _, status: b"%d" % status.unseen),
)
"""Those of RFC 3501; extensions add more."""

RECENT: Final = StatusItem(b"RECENT", lambda _, status: b"%d" % status.recent)
"""IMAP4rev2 has it no more (RFC 9051, appendix E)."""
