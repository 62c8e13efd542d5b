"""Runs the store's calls of one user in order: short ones here, long ones in a thread.

Invariants:

* At most one call of a lane runs at a time, and they run in the order they were asked for.
* A short call runs at once, in the reactor's thread, when nothing runs or waits before it.
* Results are given in the reactor's thread.
* A call that was asked for runs, even when nobody waits for its result any more.
* Spare work runs when the user has not asked for anything in a while; see
  :mod:`mailstore.net.spare`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar

from twisted.python.threadpool import ThreadPool

from mailstore.model.task import Completed, Waiter
from mailstore.net.ports import Reactor
from mailstore.net.spare import SpareTime

T = TypeVar("T")

SLICE_S: Final = 0.005
"""How long short calls that had queued run before other users have their turn."""


class _Queued(NamedTuple):
    call: Callable[[], Any]
    waiter: Waiter[Any]
    long: bool


class ThreadLane:
    """One user's lane; ``pool`` is shared by all and bounds how many long calls run.

    Without ``spare`` no spare work is done.
    """

    def __init__(self, reactor: Reactor, pool: ThreadPool, spare: SpareTime | None = None) -> None:
        self._reactor = reactor
        self._pool = pool
        self._spare = spare
        self._asked_at = reactor.seconds()
        self._queue: deque[_Queued] = deque()
        self._busy = False

    @property
    def idle(self) -> bool:
        return not self._busy

    def run(self, call: Callable[[], T]) -> Awaitable[T]:
        self._asked_at = self._reactor.seconds()
        if not self._busy:
            return Completed(call())
        return self._enqueue(call, long=False)

    def run_long(self, call: Callable[[], T]) -> Awaitable[T]:
        self._asked_at = self._reactor.seconds()
        return self.run_unasked(call)

    def run_spare(self, name: str, work: Callable[[], bool]) -> None:
        if self._spare is not None:
            self._spare.add(self, name, work)

    def quiet_since(self) -> float:
        """When it was last asked for anything; spare work does not count."""
        return self._asked_at

    def run_unasked(self, call: Callable[[], T]) -> Awaitable[T]:
        """``run_long``, but the user counts as quiet all the same."""
        waiter = self._enqueue(call, long=True)
        if not self._busy:
            self._busy = True
            self._next()
        return waiter

    def _enqueue(self, call: Callable[[], T], *, long: bool) -> Waiter[T]:
        waiter: Waiter[T] = Waiter()
        self._queue.append(_Queued(call, waiter, long))
        return waiter

    def _next(self) -> None:
        """Run short calls here until a long one comes; that one goes to the pool."""
        began = monotonic()
        while self._queue:
            if self._queue[0].long:
                queued = self._queue.popleft()
                self._pool.callInThread(self._in_thread, queued)
                return
            if monotonic() - began > SLICE_S:
                self._reactor.callLater(0, self._next)
                return
            queued = self._queue.popleft()
            try:
                _give(queued.waiter, *_attempt(queued.call))
            except BaseException:
                # Who waited for the result failed; those behind it must not wait for ever.
                self._reactor.callLater(0, self._next)
                raise
        self._busy = False

    def _in_thread(self, queued: _Queued) -> None:
        value, error = _attempt(queued.call)
        self._reactor.callFromThread(self._done, queued.waiter, value, error)

    def _done(self, waiter: Waiter[Any], value: object, error: BaseException | None) -> None:
        try:
            _give(waiter, value, error)
        finally:
            self._next()


def _attempt(call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return call(), None
    except Exception as error:  # it is raised where the result is awaited
        return None, error


def _give(waiter: Waiter[Any], value: object, error: BaseException | None) -> None:
    if error is None:
        waiter.succeed(value)
    else:
        waiter.fail(error)
