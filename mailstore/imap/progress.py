"""How far a command is, told to the client that waits for it (INPROGRESS, RFC 9585).

A handler with long work says where it stands, between whole lines of its answer; that costs
next to nothing. If the client has heard nothing of the command for the interval, it is told.
While a handler waits for the store the connection's timer does the same, with the numbers that
were said last. So every command is covered, and those that never take long say nothing.
"""

from __future__ import annotations

from time import monotonic

from mailstore.imap.output import Output
from mailstore.imap.wire.encode import quoted


class Progress:
    """Of one connection. ``interval_s`` lies between two notices of one command."""

    def __init__(self, output: Output, interval_s: float) -> None:
        self._output = output
        self._interval_s = interval_s
        self.begin(b"*")

    def begin(self, tag: bytes) -> None:
        """The command with this tag begins."""
        self._tag = tag
        self._done: int | None = None
        self._goal: int | None = None
        self._told = monotonic()

    def at(self, done: int, goal: int | None) -> None:
        """So much is done, of so much if that is known; never less than before."""
        self._done = done if self._done is None else max(done, self._done)
        self._goal = goal
        if self.due_in_s() <= 0:
            self.tell()

    def due_in_s(self) -> float:
        return self._told + self._interval_s - monotonic()

    def tell(self) -> None:
        """Write the notice; the answer must be between two lines."""
        self._told = monotonic()
        details = b"%b %b" % (self._name(), self._state())
        self._output.untagged(b"OK [INPROGRESS (%b)] Still at work" % details)

    def _name(self) -> bytes:
        """``inprogress-tag = quoted / nil``; nil for a tag that would end the code."""
        return b"NIL" if b"]" in self._tag else quoted(self._tag)

    def _state(self) -> bytes:
        """``inprogress-state-unknown / -counting / -known-goal``: the goal is never reached."""
        if self._done is None:
            return b"NIL NIL"
        if self._goal is None:
            return b"%d NIL" % self._done
        return b"%d %d" % (self._done, self._goal) if self._done < self._goal else b"NIL NIL"
