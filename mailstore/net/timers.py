"""Timeouts that cost nothing while a client is busy."""

from __future__ import annotations

from collections.abc import Callable

from mailstore.net.ports import Call, Clock


class IdleTimer:
    """Calls once after so many seconds without ``touch``; each ``touch`` is one assignment."""

    def __init__(self, clock: Clock, expired: Callable[[], None]) -> None:
        self._clock = clock
        self._expired = expired
        self._seconds = 0.0
        self._touched = clock.seconds()
        self._call: Call | None = None

    @property
    def running(self) -> bool:
        return self._call is not None

    def touch(self) -> None:
        self._touched = self._clock.seconds()

    def start(self, seconds: float) -> None:
        """Begin anew with this timeout."""
        self.stop()
        self._seconds = seconds
        self.touch()
        self._call = self._clock.callLater(seconds, self._check)

    def stop(self) -> None:
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _check(self) -> None:
        left = self._touched + self._seconds - self._clock.seconds()
        if left > 0:
            self._call = self._clock.callLater(left, self._check)
        else:
            self._call = None
            self._expired()
