"""What sign-in needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred

from mailstore.model.user import UserEntry

T = TypeVar("T")


class UserSource(Protocol):
    """Where users are kept. Calls block for a second or more; any thread may make them."""

    def load(self) -> Mapping[str, UserEntry]:
        """All users by :func:`mailstore.model.user.name_key`.

        Raises an exception whose text tells a person what is wrong.
        """

    def replace_passwords(self, changes: Mapping[str, tuple[str, str]]) -> None:
        """Give users, by their names, the second hash where they still have the first."""


class EventLog(Protocol):
    """One line for each event; a field that is None is left out."""

    def info(self, event: str, **fields: object) -> None: ...

    def warn(self, event: str, **fields: object) -> None: ...


class Call(Protocol):
    """A call that is due later (``IDelayedCall``)."""

    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class Clock(Protocol):
    """``IReactorTime``."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, call: Callable[..., Any], /, *args: Any) -> Call:  # noqa: N802
        ...


class InThread(Protocol):
    """Runs a blocking call in some thread (``deferToThread``)."""

    def __call__(self, call: Callable[[], T], /) -> Deferred[T]: ...
