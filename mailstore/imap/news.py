"""News: what other sessions did to annotations, told unasked.

The client hears of it once it has shown that it knows METADATA (RFC 5464, section 4.4.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from mailstore.account.journal import Kind
from mailstore.imap.registry import State
from mailstore.imap.session import Session
from mailstore.imap.wire.encode import encode_astring, encode_mailbox
from mailstore.model.metadata import SERVER


async def send_news(session: Session) -> None:
    """Tell what the user's journal has got since the last time. Raises Disconnected."""
    if not session.state & State.LOGGED_IN:
        return
    account = session.account
    events = account.events_after(session.news_told)
    session.news_told = account.last_event
    for event in events or ():
        if event.kind is Kind.ANNOTATED and _knows_metadata(session, event.mailbox):
            session.output.untagged(encode_changed_entries(event.mailbox, event.entries))
            await session.output.drained()


def _knows_metadata(session: Session, mailbox: str) -> bool:
    return b"METADATA" in session.enabled or (
        mailbox == SERVER and b"METADATA-SERVER" in session.enabled
    )


def encode_changed_entries(mailbox: str, entries: Iterable[bytes]) -> bytes:
    """``metadata-resp`` with an ``entry-list``: names without values."""
    names = b" ".join(map(encode_astring, entries))
    return b"METADATA %s %s" % (encode_mailbox(mailbox), names)
