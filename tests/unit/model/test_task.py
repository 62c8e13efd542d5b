from __future__ import annotations

import pytest

from mailstore.model.task import Completed, Task, Waiter


def run(coroutine: object) -> tuple[Task, list[BaseException | None]]:
    ended: list[BaseException | None] = []
    return Task(coroutine, ended.append), ended  # type: ignore[arg-type]


def test_a_task_that_waits_for_nothing_is_done_at_once() -> None:
    async def work() -> None:
        assert await Completed(3) == 3

    task, ended = run(work())
    assert task.done
    assert ended == [None]


def test_a_task_goes_on_when_its_waiter_is_fulfilled() -> None:
    waiter: Waiter[int] = Waiter()
    seen: list[int] = []

    async def work() -> None:
        seen.append(await waiter)

    task, ended = run(work())
    assert not task.done
    waiter.succeed(7)
    assert (seen, ended) == ([7], [None])


def test_a_failed_waiter_raises_where_it_is_awaited() -> None:
    waiter: Waiter[int] = Waiter()
    caught: list[str] = []

    async def work() -> None:
        try:
            await waiter
        except OSError as error:
            caught.append(str(error))

    run(work())
    waiter.fail(OSError("full"))
    assert caught == ["full"]


def test_the_owner_hears_of_an_error() -> None:
    async def work() -> None:
        raise LookupError("nothing there")

    _, ended = run(work())
    assert isinstance(ended[0], LookupError)


def test_a_cancelled_task_cleans_up_and_ignores_late_results() -> None:
    waiter: Waiter[int] = Waiter()
    steps: list[str] = []

    async def work() -> None:
        try:
            await waiter
            steps.append("went on")
        finally:
            steps.append("cleaned up")

    task, ended = run(work())
    task.cancel()
    waiter.succeed(1)
    assert (steps, ended, task.done) == (["cleaned up"], [], True)


def test_many_fulfilled_waiters_do_not_deepen_the_stack() -> None:
    async def work() -> None:
        for _ in range(5_000):
            waiter: Waiter[int] = Waiter()
            waiter.succeed(1)
            await waiter

    task, _ = run(work())
    assert task.done


def test_a_waiter_is_fulfilled_once() -> None:
    waiter: Waiter[int] = Waiter()
    waiter.succeed(1)
    with pytest.raises(RuntimeError, match="twice"):
        waiter.succeed(2)
