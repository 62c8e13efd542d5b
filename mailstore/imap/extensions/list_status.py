"""LIST-STATUS, RFC 5819: STATUS of every mailbox that LIST shows, in one command."""

from __future__ import annotations

from mailstore.imap.commands.status import parse_status_items, send_status
from mailstore.imap.hierarchy import ListedName
from mailstore.imap.registry import Extension, ListReturn, StatusItem
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import NoSuchMailbox, NotSelectable


def _parse(cursor: Cursor) -> list[StatusItem]:
    """``"STATUS" SP "(" status-att *(SP status-att) ")"``."""
    cursor.space()
    return parse_status_items(cursor)


async def _status(session: Session, listed: ListedName, items: list[StatusItem]) -> None:
    """Nothing for a name without messages, or one deleted meanwhile (section 2)."""
    if listed.selectable:
        try:
            await send_status(session, listed.name, items)
        except (NoSuchMailbox, NotSelectable):
            return


EXTENSION = Extension(
    rfc=5819,
    title="LIST-STATUS",
    capabilities=(b"LIST-STATUS",),
    list_returns=(ListReturn(b"STATUS", parse=_parse, follow=_status),),
)
