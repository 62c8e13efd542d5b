"""Messages of one command on their way in.

Their octets do not wait for the end of the command: room is found for each message when it is
announced, and what arrives goes there at once. Until the command has been carried out they
belong to nobody, so whoever gives the command up discards them.
"""

from __future__ import annotations

from mailstore.store.ports import Spool


class Upload:
    """The messages of one command, in order.

    Attributes:
        tag: The command's tag, to refuse it with.
        spools: One for each message that was begun; the last may be incomplete.
        parts: How many parts of the last message are in its spool, or on their way there.
    """

    def __init__(self, tag: bytes) -> None:
        self.tag = tag
        self.spools: list[Spool] = []
        self.parts = 0

    def begin(self, spool: Spool) -> None:
        """The message before is whole; another goes to ``spool``."""
        self.spools.append(spool)
        self.parts = 0

    def write(self, octets: bytes) -> None:
        """More of the last message. Raises OverQuota when the disk is full."""
        self.spools[-1].write(octets)

    def discard(self) -> None:
        """Keep nothing; messages that were stored in the meantime stay. Safe to call twice."""
        for spool in self.spools:
            spool.discard()
