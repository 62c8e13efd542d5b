from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from twisted.internet.task import Clock

from mailstore.model.errors import Unavailable
from mailstore.model.task import Waiter
from mailstore.net.events import Events
from mailstore.net.lane import ThreadLane
from mailstore.net.spare import PAUSE, QUIET_S, SpareTime
from tests.unit.net.test_lane import ManualPool, ManualReactor

T = TypeVar("T")


class RecordingEvents(Events):
    def __init__(self) -> None:
        super().__init__("test")
        self.incidents: list[BaseException] = []

    def incident(self, error: BaseException, **fields: object) -> str:
        self.incidents.append(error)
        return "id"


class Lane:
    """Each call takes a tenth of a second, and waits for ``end``."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked_at = clock.seconds()
        self.running: list[Callable[[], None]] = []

    def quiet_since(self) -> float:
        return self.asked_at

    def run_unasked(self, call: Callable[[], T]) -> Awaitable[T]:
        waiter: Waiter[T] = Waiter()

        def end() -> None:
            try:
                waiter.succeed(call())
            except Unavailable as error:
                waiter.fail(error)

        self.running.append(end)
        return waiter

    def end(self) -> None:
        self.clock.advance(0.1)
        self.running.pop()()


class Times:
    def __init__(self) -> None:
        self.clock = Clock()
        self.events = RecordingEvents()
        self.spare = SpareTime(self.clock, self.events)
        self.done: list[str] = []

    def work(self, name: str, times: int = 1) -> Callable[[], bool]:
        left = [times]

        def piece() -> bool:
            self.done.append(name)
            left[0] -= 1
            return left[0] > 0

        return piece


@pytest.fixture
def times() -> Times:
    return Times()


def test_work_waits_until_its_user_is_quiet(times: Times) -> None:
    lane = Lane(times.clock)
    times.spare.add(lane, "a", times.work("a"))
    times.clock.advance(QUIET_S / 2)
    lane.asked_at = times.clock.seconds()
    times.clock.advance(QUIET_S / 2)
    assert lane.running == []
    times.clock.pump([0.1] * 40)
    lane.end()
    assert times.done == ["a"]


def test_a_quiet_user_does_not_wait_for_a_busy_one(times: Times) -> None:
    busy, quiet = Lane(times.clock), Lane(times.clock)
    times.spare.add(busy, "busy", times.work("busy"))
    times.spare.add(quiet, "quiet", times.work("quiet"))
    busy.asked_at = QUIET_S
    times.clock.advance(QUIET_S)
    quiet.end()
    assert times.done == ["quiet"]


def test_between_pieces_there_is_a_pause(times: Times) -> None:
    lane = Lane(times.clock)
    times.spare.add(lane, "a", times.work("a", 3))
    times.clock.advance(QUIET_S)
    lane.end()
    times.clock.advance(0.1 * PAUSE - 0.01)
    assert lane.running == []
    times.clock.advance(0.02)
    lane.end()
    assert times.done == ["a", "a"]


def test_works_take_turns_and_one_runs_at_a_time(times: Times) -> None:
    lane, other = Lane(times.clock), Lane(times.clock)
    times.spare.add(lane, "a", times.work("a", 2))
    times.spare.add(lane, "a", times.work("never"))
    times.spare.add(other, "a", times.work("b", 2))
    times.clock.advance(QUIET_S)
    for _ in range(4):
        assert len(lane.running) + len(other.running) == 1
        (lane if lane.running else other).end()
        times.clock.advance(PAUSE)
    assert times.done == ["a", "b", "a", "b"]
    assert lane.running == other.running == []


def test_an_error_ends_the_work_and_is_told(times: Times) -> None:
    lane, error = Lane(times.clock), Unavailable("disk")

    def fail() -> bool:
        raise error

    times.spare.add(lane, "broken", fail)
    times.spare.add(lane, "next", times.work("next"))
    times.clock.advance(QUIET_S)
    lane.end()
    times.clock.advance(PAUSE)
    lane.end()
    assert times.events.incidents == [error]
    assert times.done == ["next"]


def test_after_the_end_nothing_is_done(times: Times) -> None:
    lane = Lane(times.clock)
    times.spare.add(lane, "a", times.work("a", 2))
    times.clock.advance(QUIET_S)
    times.spare.close()
    lane.end()
    times.spare.add(lane, "b", times.work("b"))
    times.clock.advance(100)
    assert times.done == ["a"]
    assert times.clock.getDelayedCalls() == []


def test_a_lane_is_quiet_when_nothing_was_asked_for_and_spare_work_runs_in_it() -> None:
    reactor, pool = ManualReactor(), ManualPool()
    spare = SpareTime(reactor, RecordingEvents())
    lane = ThreadLane(reactor, pool, spare)  # type: ignore[arg-type]
    done: list[str] = []

    def work() -> bool:
        done.append("a")
        return False

    lane.run_spare("a", work)
    reactor.advance(1.0)
    lane.run(lambda: None)
    reactor.advance(1.0)
    assert pool.waiting == []
    reactor.advance(QUIET_S)
    pool.work()
    lane.run_long(lambda: done.append("b"))
    reactor.advance(0.0)
    pool.work()
    assert done == ["a", "b"]
