"""Time that nobody needs: long work that can wait, of all users.

Invariants:

* One piece of work runs at a time in the process, and then none for PAUSE times as long, or
  QUIET_S.
* It runs in its user's lane, as a long call, when that user has asked for nothing for a
  while. So it keeps a user waiting for one piece at most, and the interpreter a fifth of
  the time at most.
* Of one name each lane has one work. It goes on while it says that there is more, and ends
  with an error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from mailstore.model.task import Task
from mailstore.net.events import Events
from mailstore.net.ports import Call, Clock

T = TypeVar("T")

QUIET_S: Final = 2.0
"""How long a user has to have asked for nothing."""

PAUSE: Final = 4.0


class SpareLane(Protocol):
    """What is needed of a lane."""

    def quiet_since(self) -> float:
        """When it was last asked for anything, by the clock of the reactor."""

    def run_unasked(self, call: Callable[[], T]) -> Awaitable[T]:
        """Like ``run_long``, for what the user did not ask for."""


class SpareTime:
    """Work that waits, and the timer for its next piece."""

    def __init__(self, clock: Clock, events: Events, quiet_s: float = QUIET_S) -> None:
        self._clock = clock
        self._events = events
        self._quiet_s = quiet_s
        self._waiting: dict[tuple[SpareLane, str], Callable[[], bool]] = {}
        self._timer: Call | None = None
        self._working = False
        self._closed = False

    def add(self, lane: SpareLane, name: str, work: Callable[[], bool]) -> None:
        """Have ``work`` done, a piece by each call, until it returns False."""
        self._waiting.setdefault((lane, name), work)
        self._wait(self._quiet_s)

    def _wait(self, seconds: float) -> None:
        if self._waiting and self._timer is None and not self._working and not self._closed:
            self._timer = self._clock.callLater(seconds, self._turn)

    def _turn(self) -> None:
        self._timer = None
        quiet = self._clock.seconds() - self._quiet_s
        for lane, name in self._waiting:
            if lane.quiet_since() <= quiet:
                self._working = True
                work = self._waiting.pop((lane, name))
                Task(self._do(lane, name, work), self._done)
                return
        self._wait(max(self._quiet_s, 0.1))

    async def _do(self, lane: SpareLane, name: str, work: Callable[[], bool]) -> None:
        began = self._clock.seconds()
        more = False
        try:
            more = await lane.run_unasked(work)
        finally:
            self._working = False
            if more:
                # Behind all others.
                self._waiting.setdefault((lane, name), work)
            # It may have waited for its turn in the lane, which is no work.
            self._wait(min((self._clock.seconds() - began) * PAUSE, self._quiet_s))

    def _done(self, error: BaseException | None) -> None:
        if error is not None:
            self._events.incident(error)

    def close(self) -> None:
        """Nothing is done any more."""
        self._closed = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
