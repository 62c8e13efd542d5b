from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from mailstore.model.errors import Unavailable
from mailstore.model.task import Task
from mailstore.net.lane import ThreadLane


class ManualPool:
    """Threads that work when they are told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def callInThread(self, call: Callable[..., Any], *args: Any) -> None:  # noqa: N802
        self.waiting.append(lambda: call(*args))

    def work(self) -> None:
        self.waiting.pop(0)()


class ManualReactor(Clock):
    def callFromThread(self, call: Callable[..., Any], *args: Any) -> None:  # noqa: N802
        self.callLater(0, call, *args)


class Lanes:
    def __init__(self) -> None:
        self.reactor = ManualReactor()
        self.pool = ManualPool()
        self.lane = ThreadLane(self.reactor, self.pool)  # type: ignore[arg-type]
        self.ran: list[str] = []
        self.heard: list[object] = []

    def ask(self, name: str, *, long: bool = False, error: Exception | None = None) -> Task:
        def call() -> str:
            self.ran.append(name)
            if error is not None:
                raise error
            return name

        async def wait() -> None:
            run = self.lane.run_long if long else self.lane.run
            try:
                self.heard.append(await run(call))
            except Unavailable as caught:
                self.heard.append(caught)

        return Task(wait(), lambda error: None)

    def work(self) -> None:
        self.pool.work()
        self.reactor.advance(0)


def test_a_short_call_runs_at_once_when_nothing_else_does() -> None:
    lanes = Lanes()
    lanes.ask("short")
    assert lanes.heard == ["short"]


def test_a_long_call_runs_in_a_thread_and_its_result_comes_back() -> None:
    lanes = Lanes()
    lanes.ask("long", long=True)
    assert (lanes.ran, lanes.heard) == ([], [])
    lanes.pool.work()
    assert (lanes.ran, lanes.heard) == (["long"], [])
    lanes.reactor.advance(0)
    assert lanes.heard == ["long"]
    assert lanes.lane.idle


def test_calls_run_in_the_order_they_were_asked_for() -> None:
    lanes = Lanes()
    for name, long in (("1", True), ("2", False), ("3", True), ("4", False)):
        lanes.ask(name, long=long)
    assert len(lanes.pool.waiting) == 1
    lanes.work()
    assert lanes.heard == ["1", "2"]
    lanes.work()
    assert lanes.heard == lanes.ran == ["1", "2", "3", "4"]


def test_a_call_asked_for_by_a_result_waits_behind_those_before_it() -> None:
    lanes = Lanes()
    order: list[str] = []

    async def first() -> None:
        await lanes.lane.run_long(lambda: order.append("long"))
        await lanes.lane.run(lambda: order.append("after"))

    Task(first(), lambda error: None)
    lanes.ask("between")
    lanes.work()
    assert order == ["long", "after"]
    assert lanes.ran == ["between"]
    assert lanes.lane.idle


@pytest.mark.parametrize("long", [False, True])
def test_an_error_is_raised_where_the_result_is_awaited(long: bool) -> None:
    lanes, error = Lanes(), Unavailable("disk")
    lanes.ask("first", long=True)
    lanes.ask("second", long=long, error=error)
    while lanes.pool.waiting:
        lanes.work()
    assert lanes.heard == ["first", error]
    lanes.ask("third")
    assert lanes.heard[-1] == "third"


def test_a_call_runs_even_when_nobody_waits_for_it_any_more() -> None:
    lanes = Lanes()
    task = lanes.ask("abandoned", long=True)
    task.cancel()
    lanes.work()
    assert lanes.ran == ["abandoned"]
    assert lanes.lane.idle


def test_who_fails_on_a_result_does_not_hold_up_the_others() -> None:
    lanes = Lanes()

    async def fail() -> None:
        await lanes.lane.run_long(lambda: None)

    def broken(error: BaseException | None) -> None:
        raise ZeroDivisionError

    Task(fail(), broken)
    lanes.ask("next")
    lanes.pool.work()
    with pytest.raises(ZeroDivisionError):
        lanes.reactor.advance(0)
    lanes.reactor.advance(0)
    assert lanes.heard == ["next"]
    assert lanes.lane.idle
