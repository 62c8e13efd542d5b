"""Messages in the store in memory, and a client that has them selected."""

from __future__ import annotations

from collections.abc import Iterable

from mailstore.model.limits import ImapLimits
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import NewMessage, UserStore
from tests.engine import EngineClient, EngineServer


def put(
    store: UserStore,
    messages: Iterable[bytes],
    *,
    flags: int = 0,
    keywords: tuple[bytes, ...] = (),
    internal_date: int | None = None,
) -> None:
    """Append to INBOX; nothing is recent afterwards."""
    new = []
    for octets in messages:
        spool = store.spool()
        spool.write(octets)
        new.append(NewMessage(spool, flags, keywords, internal_date))
    mailbox = store.open("INBOX")
    mailbox.append(new)
    mailbox.claim_recent()
    mailbox.close()


def client_of(
    messages: Iterable[bytes], limits: ImapLimits | None = None, store: MemoryStore | None = None
) -> EngineClient:
    """A client that has selected INBOX with these messages."""
    store = store or MemoryStore()
    put(store, messages)
    return EngineServer(store, limits).connect().log_in().select()


def plain(number: int, body: bytes = b"Hello\r\n") -> bytes:
    return (
        b"From: ada@example.org\r\nTo: bob@example.org\r\nSubject: Message %d\r\n"
        b"Message-ID: <%d@example.org>\r\n\r\n%b" % (number, number, body)
    )
