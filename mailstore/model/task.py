"""Coroutines without an event loop.

The engines' handlers are plain ``async def``. What they await is a :class:`Waiter`, which
somebody else fulfils: at once, or later from the reactor. :class:`Task` drives a
coroutine from waiter to waiter. If nothing has to be waited for, a handler runs from
start to end in the call that started it, with no trip through a reactor.

Everything here belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Waiter(Generic[T]):
    """A result that one coroutine may wait for. It is fulfilled once."""

    __slots__ = ("_done", "_error", "_resume", "_value")

    def __init__(self) -> None:
        self._done = False
        self._value: T | None = None
        self._error: BaseException | None = None
        self._resume: Callable[[], None] | None = None

    @property
    def done(self) -> bool:
        return self._done

    def succeed(self, value: T) -> None:
        """Give the result; the waiting coroutine goes on before this returns."""
        self._finish(value, None)

    def fail(self, error: BaseException) -> None:
        """Raise ``error`` in the waiting coroutine."""
        self._finish(None, error)

    def _finish(self, value: T | None, error: BaseException | None) -> None:
        if self._done:
            raise RuntimeError("a waiter was fulfilled twice")
        self._done, self._value, self._error = True, value, error
        resume, self._resume = self._resume, None
        if resume is not None:
            resume()

    def when_done(self, resume: Callable[[], None]) -> None:
        """Call ``resume`` once fulfilled; for :class:`Task`."""
        if self._resume is not None:
            raise RuntimeError("two coroutines wait for one waiter")
        self._resume = resume

    def forget(self) -> None:
        """Nobody waits any more; a later result is dropped."""
        self._resume = None

    def __await__(self) -> Generator[Waiter[Any], None, T]:
        if not self._done:
            yield self
        if self._error is not None:
            raise self._error
        return cast(T, self._value)


class Completed(Generic[T]):
    """An answer that is already there, for ports that answer at once."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def __await__(self) -> Generator[Waiter[Any], None, T]:
        yield from ()
        return self._value


class Task:
    """Runs one coroutine to its end.

    ``on_done`` hears of the end: None, or the exception that ended it. It is called
    before the constructor returns if nothing had to be waited for.
    """

    __slots__ = ("_coroutine", "_on_done", "_waiter", "done")

    def __init__(
        self,
        coroutine: Coroutine[Waiter[Any], None, None],
        on_done: Callable[[BaseException | None], None],
    ) -> None:
        self._coroutine = coroutine
        self._on_done = on_done
        self._waiter: Waiter[Any] | None = None
        self.done = False
        self._step()

    def _step(self) -> None:
        # A loop, not recursion: a coroutine may await a thousand fulfilled waiters.
        self._waiter = None
        try:
            waiter = self._coroutine.send(None)
            while waiter.done:
                waiter = self._coroutine.send(None)
        except StopIteration:
            self._end(None)
        except Exception as error:  # the owner decides what an error means
            self._end(error)
        else:
            self._waiter = waiter
            waiter.when_done(self._step)

    def _end(self, error: BaseException | None) -> None:
        self.done = True
        self._on_done(error)

    def cancel(self) -> None:
        """Stop the coroutine where it waits: its ``finally`` blocks run, ``on_done`` does not."""
        if self.done:
            return
        self.done = True
        if self._waiter is not None:
            self._waiter.forget()
        self._coroutine.close()
