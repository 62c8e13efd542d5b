"""This package with the messages of the oracle in its INBOX."""

from __future__ import annotations

from mailstore.store.memory import MemoryStore
from mailstore.store.ports import NewMessage
from tests.engine import EngineClient, EngineServer
from tests.oracle.messages import with_crlf
from tests.oracle.server import FIRST_DATE

__all__ = ["mailstore_client"]


def mailstore_client(messages: dict[str, bytes]) -> EngineClient:
    """Return a client that sees the messages as the one of ``serve`` does."""
    store = MemoryStore()
    new = []
    for number, octets in enumerate(messages.values()):
        spool = store.spool()
        spool.write(with_crlf(octets))
        new.append(NewMessage(spool, internal_date=FIRST_DATE + number))
    store.open("INBOX").append(new)
    return EngineServer(store).connect().log_in().select()
