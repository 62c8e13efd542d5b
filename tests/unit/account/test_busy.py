"""Short calls that another process keeps waiting go on in a thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from mailstore.account.mail import Mail
from mailstore.account.mailbox import OpenMailbox
from mailstore.model.errors import Busy
from mailstore.model.flags import SEEN, FlagChange, FlagMode
from mailstore.model.task import Completed, Task
from mailstore.store.opening import open_user
from tests.contract.mail import append_many

T = TypeVar("T")


class Lane:
    """Calls ``before_thread`` before the first call that would go to a thread."""

    def __init__(self, before_thread: Callable[[], object]) -> None:
        self._before_thread = before_thread
        self.long = 0

    def run(self, call: Callable[[], T]) -> Awaitable[T]:
        return Completed(call())

    def run_long(self, call: Callable[[], T]) -> Awaitable[T]:
        self.long += 1
        if self.long == 1:
            self._before_thread()
        return Completed(call())

    def run_spare(self, name: str, work: Callable[[], bool]) -> None:
        """There is no time to spare."""


@pytest.mark.parametrize("ends", [True, False])
def test_flags_are_stored_in_a_thread_while_another_process_writes(
    tmp_path: Path, ends: bool
) -> None:
    store = open_user(tmp_path / "mail")
    append_many(store, store.open("INBOX"), 2)
    store.home.database.connection.execute("PRAGMA busy_timeout = 20")
    errors: list[BaseException | None] = []
    with closing(sqlite3.connect(store.home.database.path, isolation_level=None)) as other:
        lane = Lane(lambda: other.execute("ROLLBACK") if ends else None)
        mailbox = OpenMailbox(Mail(store, lane, None), store.open("INBOX"))
        other.execute("BEGIN IMMEDIATE")

        async def run() -> None:
            result = await mailbox.store_flags([(1, 2)], FlagChange(FlagMode.ADD, SEEN, ()))
            assert [row.flags for row in result.rows] == [SEEN, SEEN]

        # PRAGMA busy_timeout is set anew by what did not wait.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("mailstore.store.index.database.BUSY_TIMEOUT_S", 0.02)
            Task(run(), errors.append)
    assert lane.long == 1
    assert [type(error) for error in errors] == [type(None) if ends else Busy]
    store.close()
