"""A lane for where there is no reactor: tests, and commands that work on a stopped server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from mailstore.model.task import Completed

T = TypeVar("T")


class InPlaceLane:
    """Runs every call at once, in the caller's thread."""

    def run(self, call: Callable[[], T]) -> Awaitable[T]:
        return Completed(call())

    run_long = run

    def run_spare(self, name: str, work: Callable[[], bool]) -> None:
        while work():
            pass
