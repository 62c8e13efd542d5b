"""Answers on their way to the client.

Everything is collected until the engine has no more to do for now, so that answers to
pipelined commands leave in one write, or until a good deal has come together. A handler with a
long answer awaits ``drained`` between pieces: it goes on at once while the client keeps
up, and waits while the client does not read. So one connection holds about
``ImapLimits.output`` octets at most, plus one piece.
"""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import Final

from mailstore.account.ports import Peer
from mailstore.imap.responses import Disconnected

FLUSH: Final = 32 * 1024
"""Octets that are worth a write of their own."""

SLICE: Final = 128 * 1024
"""Octets written before the client is looked at again."""

TURN_S: Final = 0.005
"""How long a handler works before others have their turn, however little it writes."""


class Output:
    """Collects octets for one peer."""

    def __init__(self, peer: Peer, limit: int) -> None:
        self._peer = peer
        self._flush_at = min(FLUSH, limit)
        self._pieces: list[bytes] = []
        self._size = 0
        self._closed = False
        self._turn_ends = inf
        self.draining = False
        """A handler waits for the client to read."""

    def write(self, octets: bytes) -> None:
        """Add whole lines, CRLF included."""
        self._pieces.append(octets)
        self._size += len(octets)

    def untagged(self, line: bytes) -> None:
        """Add ``* `` and ``line``, which has no CRLF."""
        self.write(b"* %s\r\n" % line)

    def begin_turn(self) -> None:
        """A handler begins to work."""
        self._turn_ends = monotonic() + TURN_S

    async def drained(self) -> None:
        """Call between the pieces of long work, and of a long answer. Raises Disconnected."""
        if self._closed:
            raise Disconnected
        if self._size >= self._flush_at:
            await self.take_turns()
        elif monotonic() > self._turn_ends:
            await self._wait()

    async def send(self, octets: bytes) -> None:
        """Write whole lines that may be very long, as the client takes them."""
        for start in range(0, len(octets), SLICE):
            self.write(octets[start : start + SLICE])
            await self.drained()

    async def take_turns(self) -> None:
        """Let others have their turn, in work that writes little. Raises Disconnected."""
        self.flush()
        await self._wait()

    async def _wait(self) -> None:
        self.draining = True
        try:
            await self._peer.drained()
        finally:
            self.draining = False
        self.begin_turn()
        if self._closed:
            raise Disconnected

    def flush(self) -> None:
        """Hand over what was collected."""
        if self._pieces:
            pieces, self._pieces, self._size = self._pieces, [], 0
            if not self._closed:
                self._peer.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def close(self) -> None:
        """Nothing is sent any more; what comes is dropped."""
        self._closed = True
        self._pieces.clear()
        self._size = 0
