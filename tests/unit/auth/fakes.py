"""What sign-in needs from outside, in a form that tests can look into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from mailstore.model.user import UserEntry, name_key

T = TypeVar("T")


class FakeLog:
    """Keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, event: str, **fields: object) -> None:
        pairs = "".join(f" {key}={value}" for key, value in fields.items() if value is not None)
        self.lines.append(event + pairs)

    warn = info


class FakeSource:
    """A users file; ``fault`` makes it fail."""

    def __init__(self, *users: UserEntry) -> None:
        self.users = users
        self.fault: Exception | None = None
        self.written: list[Mapping[str, tuple[str, str]]] = []

    def load(self) -> Mapping[str, UserEntry]:
        if self.fault is not None:
            raise self.fault
        return {name_key(user.name): user for user in self.users}

    def replace_passwords(self, changes: Mapping[str, tuple[str, str]]) -> None:
        if self.fault is not None:
            raise self.fault
        self.written.append(dict(changes))


def at_once(call: Callable[[], T], /) -> Deferred[T]:
    """No thread: the call is done when this returns."""
    return maybeDeferred(call)


class Later:
    """A thread that runs when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], object], Deferred]] = []  # type: ignore[type-arg]

    def __call__(self, call: Callable[[], T], /) -> Deferred[T]:
        result: Deferred[T] = Deferred()
        self.waiting.append((call, result))
        return result

    def run_next(self) -> None:
        call, result = self.waiting.pop(0)
        try:
            value = call()
        except Exception:
            result.errback(Failure())
        else:
            result.callback(value)


def result_of(deferred: Deferred[T]) -> T:
    """What it came to, or raises; it must have come to something."""
    results: list[object] = []
    deferred.addBoth(results.append)
    assert results, "no result yet"
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]  # type: ignore[return-value]
