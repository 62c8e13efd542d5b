"""A delivery agent that files what a fetching program hands to it."""

from __future__ import annotations

from pathlib import Path

from tests.clients.maildir import with_crlf
from tests.clients.messages import number_of


class Agent:
    """A program at ``path`` that keeps each message in a file of its own."""

    def __init__(self, home: Path) -> None:
        self._filed = home / "filed"
        self._filed.mkdir()
        self.path = home / "agent"
        self.path.write_text(f'#!/bin/sh\nexec cat > "$(mktemp {self._filed}/XXXXXX)"\n')
        self.path.chmod(0o700)

    def messages(self) -> list[bytes]:
        """All that was filed, with CRLF line ends, by number."""
        filed = (with_crlf(path.read_bytes()) for path in self._filed.iterdir())
        return sorted(filed, key=number_of)

    def numbers(self) -> list[int]:
        """Ascending; a message that came twice is there twice."""
        return [number_of(message) for message in self.messages()]
