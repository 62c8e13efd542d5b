"""What a scenario knows of the server that it runs against: one user's mail, four ports."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple, Protocol


class Target(NamedTuple):
    """One user of a running server. ``maildir`` is where that user's INBOX lies on disk."""

    host: str
    imap: int
    imaps: int
    pop3: int
    pop3s: int
    ca_file: Path
    user: str
    password: str
    maildir: Path

    def tls(self) -> ssl.SSLContext:
        """A context that trusts this server's CA and nothing else."""
        return ssl.create_default_context(cafile=str(self.ca_file))


class Backend(Protocol):
    """A server that can be started again on the same mail."""

    def start(self) -> None:
        """Returns once every port answers. Ports may differ from those of the last start."""

    def stop(self) -> None:
        """End it as an administrator would. Safe when it does not run."""

    def kill(self) -> None:
        """SIGKILL to every process of it."""

    def drop_index(self) -> None:
        """Delete what the server can make again from the Maildirs. It must not run."""

    def targets(self) -> list[Target]:
        """One for each user; valid until the next start."""
