"""A private Dovecot with the messages in its INBOX."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.dovecot import Dovecot
from tests.oracle.client import Client

__all__ = ["FIRST_DATE", "serve"]

FIRST_DATE = 1_000_000_000
"""The internal date of the first message; each one after it is a second later."""

_USER, _PASSWORD = "oracle", "secret"


@contextmanager
def serve(messages: dict[str, bytes]) -> Iterator[Client]:
    """Yield a client that sees the messages as 1, 2, ... in the order of the mapping."""
    # /tmp and not pytest's folder: Dovecot reads mail as another user when root starts it.
    with tempfile.TemporaryDirectory(prefix="oracle-") as folder:
        base = Path(folder)
        base.chmod(0o755)
        dovecot = Dovecot(base, {_USER: _PASSWORD})
        cur = dovecot.maildir(_USER) / "cur"
        cur.mkdir(parents=True)
        for number, message in enumerate(messages.values()):
            file = cur / f"{FIRST_DATE + number}.M{number}.oracle:2,"
            file.write_bytes(message)
            os.utime(file, (FIRST_DATE + number, FIRST_DATE + number))
        with dovecot, Client(dovecot.imap_port, _USER, _PASSWORD) as client:
            yield client
