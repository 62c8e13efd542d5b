from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mailstore.auth.work_pool import Busy, WorkPool
from tests.unit.auth.fakes import result_of


class Inbox:
    """``callFromThread`` into the thread of the test."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], Any]] = queue.Queue()

    def callFromThread(self, call: Callable[..., Any], /, *args: Any) -> None:  # noqa: N802
        self.calls.put(lambda: call(*args))

    def handle_next(self) -> None:
        self.calls.get(timeout=30)()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def pool(inbox: Inbox) -> Iterator[WorkPool]:
    pool = WorkPool(inbox, threads=1, waiting=2)
    pool.start()
    yield pool
    pool.stop()


def test_a_call_runs_elsewhere_and_its_result_comes_here(pool: WorkPool, inbox: Inbox) -> None:
    result = pool.run(threading.get_ident)
    inbox.handle_next()
    assert result_of(result) != threading.get_ident()


def test_what_a_call_raises_comes_here_too(pool: WorkPool, inbox: Inbox) -> None:
    def wrong() -> None:
        raise ValueError("wrong")

    result = pool.run(wrong)
    inbox.handle_next()
    with pytest.raises(ValueError, match="wrong"):
        result_of(result)


def test_what_the_queue_does_not_hold_fails_at_once(pool: WorkPool, inbox: Inbox) -> None:
    gate = threading.Event()
    results = [pool.run(lambda: gate.wait(30)) for _ in range(3)]
    refused = pool.run(lambda: True)
    with pytest.raises(Busy):
        result_of(refused)
    gate.set()
    for _ in results:
        inbox.handle_next()
    assert all(result_of(result) for result in results)
    # There is room again.
    result = pool.run(lambda: 5)
    inbox.handle_next()
    assert result_of(result) == 5


def test_calls_that_wait_when_it_stops_do_not_run(inbox: Inbox) -> None:
    pool = WorkPool(inbox, threads=1, waiting=5)
    pool.start()
    begun, gate = threading.Event(), threading.Event()
    ran: list[int] = []

    def first() -> None:
        begun.set()
        gate.wait(30)
        ran.append(1)

    results = [pool.run(first), pool.run(lambda: ran.append(2))]
    assert begun.wait(30)
    # The second call waits behind the first; stop() itself waits for the first.
    pool._stopping = True
    gate.set()
    pool.stop()
    for _ in results:
        inbox.handle_next()
    assert ran == [1]
    assert result_of(results[0]) is None
    with pytest.raises(Busy):
        result_of(results[1])
