"""The mail of one user, shared by all of the user's sessions in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mailstore.account.hub import Hub
from mailstore.account.ports import Lane, Watcher
from mailstore.model.errors import MailError
from mailstore.model.task import Task
from mailstore.store.ports import MailboxStore, UserStore

TEXTS_S: Final = 0.02
"""How long messages are read for the text index at a stretch."""


class Mail:
    """One user's store, its lane, its hub, and the watches on mailboxes that are open."""

    def __init__(self, store: UserStore, lane: Lane, watcher: Watcher | None) -> None:
        self.store = store
        self.lane = lane
        self.hub = Hub()
        self._watcher = watcher
        self._watches: dict[str, tuple[Callable[[], None], int]] = {}
        self._closed = False

    def read_texts(self, name: str) -> None:
        """Have the texts of a mailbox taken into the text index when there is time."""
        self.lane.run_spare(f"texts of {name}", lambda: self._read_texts(name))

    def _read_texts(self, name: str) -> bool:
        if self._closed:
            return False
        try:
            mailbox = self.store.open(name)
        except MailError:
            return False
        try:
            return mailbox.fill_texts(TEXTS_S)
        except MailError:
            return False
        finally:
            mailbox.close()

    def watch(self, mailbox: MailboxStore) -> Callable[[], None]:
        """Look at the disk whenever another program touches ``mailbox``, until released."""
        if self._watcher is None:
            return lambda: None
        name = mailbox.name
        stop, users = self._watches.get(name, (None, 0))
        if stop is None:
            stop = self._watcher.watch(mailbox.watch_paths(), lambda: self._touched(mailbox))
        self._watches[name] = (stop, users + 1)
        return lambda: self._unwatch(name)

    def _unwatch(self, name: str) -> None:
        stop, users = self._watches.pop(name)
        if users > 1:
            self._watches[name] = (stop, users - 1)
        else:
            stop()

    def _touched(self, mailbox: MailboxStore) -> None:
        Task(self.look(mailbox), lambda error: None)

    async def look(self, mailbox: MailboxStore) -> None:
        """Take in what other programs did, and tell the sessions if it was anything."""
        try:
            if await self.lane.run(mailbox.sync_is_short):
                return
            if await self.lane.run_long(mailbox.sync):
                self.hub.publish(mailbox.name)
        except MailError:
            # Gone or out of reach: each session finds out when it asks for something.
            self.hub.publish(mailbox.name)

    def close(self) -> None:
        self._closed = True
        for stop, _ in self._watches.values():
            stop()
        self._watches.clear()
        # Behind the calls that run or wait: a look at the disk may be one of them.
        self.lane.run_long(self.store.close)
