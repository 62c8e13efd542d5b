"""A few threads for what takes long on the processor, and a bounded queue before them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar, cast

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")

WAITING: Final = 256
"""Calls that may wait. At fifty a second for each thread that is some seconds of waiting."""


class Busy(Exception):
    """The queue is full; nothing was done."""


class FromThread(Protocol):
    """``IReactorFromThreads``."""

    def callFromThread(self, call: Callable[..., Any], /, *args: Any) -> None:  # noqa: N802
        ...


class WorkPool:
    """Runs calls in as many threads as there are processors.

    A thousand clients that sign in at once must not make a thousand threads, nor wait for
    minutes behind one another: what the queue does not hold fails at once.
    """

    def __init__(
        self, reactor: FromThread, threads: int | None = None, waiting: int = WAITING
    ) -> None:
        processors = len(os.sched_getaffinity(0))
        self._reactor = reactor
        self._threads = threads or processors
        self._most = self._threads + waiting
        self._inside = 0
        self._stopping = False
        self._pool = ThreadPool(0, self._threads, name="auth")

    def start(self) -> None:
        self._pool.start()

    def stop(self) -> None:
        """Waits for the calls that run; those that wait fail with Busy."""
        self._stopping = True
        self._pool.stop()

    def run(self, call: Callable[[], T], /) -> Deferred[T]:
        """Fails with Busy, or with what ``call`` raises."""
        if self._inside >= self._most:
            return fail(Busy())
        self._inside += 1
        result: Deferred[T] = Deferred()

        def done(success: bool, value: object) -> None:
            self._reactor.callFromThread(self._finish, result, success, value)

        def unless_stopping() -> T:
            if self._stopping:
                raise Busy
            return call()

        self._pool.callInThreadWithCallback(done, unless_stopping)
        return result

    def _finish(self, result: Deferred[T], success: bool, value: object) -> None:
        self._inside -= 1
        if success:
            result.callback(cast(T, value))
        else:
            result.errback(cast(Failure, value))
