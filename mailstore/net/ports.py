"""The parts of Twisted's interfaces that are used here, as types that mypy can check.

A reactor is a ``Reactor``, and so is :class:`twisted.internet.task.Clock` a ``Clock``. Code
that gets them from Twisted casts once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Call(Protocol):
    """A call that is due later (``IDelayedCall``)."""

    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class Clock(Protocol):
    """``IReactorTime``."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, call: Callable[..., Any], /, *args: Any) -> Call:  # noqa: N802
        ...


class Reactor(Clock, Protocol):
    """``IReactorTime`` and ``IReactorFromThreads``."""

    def callFromThread(self, call: Callable[..., Any], /, *args: Any) -> None:  # noqa: N802
        ...


class Transport(Protocol):
    """``ITCPTransport``, and a consumer for a push producer."""

    def write(self, data: bytes) -> None: ...

    def loseConnection(self) -> None: ...  # noqa: N802

    def abortConnection(self) -> None: ...  # noqa: N802

    def getPeer(self) -> object: ...  # noqa: N802

    def registerProducer(self, producer: object, streaming: bool) -> None: ...  # noqa: N802

    def unregisterProducer(self) -> None: ...  # noqa: N802

    def pauseProducing(self) -> None: ...  # noqa: N802

    def resumeProducing(self) -> None: ...  # noqa: N802
