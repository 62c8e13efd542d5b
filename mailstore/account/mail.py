"""The mail of one user, shared by all of the user's sessions in this process."""

from __future__ import annotations

from collections.abc import Callable

from mailstore.account.hub import HIERARCHY, Hub
from mailstore.account.journal import Event, Journal
from mailstore.account.names import NamesWatch
from mailstore.account.ports import Lane, Watcher
from mailstore.model.errors import MailError
from mailstore.model.task import Task
from mailstore.store.ports import MailboxStore, UserStore


class Mail:
    """One user's store, its lane, its hub and journal, and the watches on open mailboxes."""

    def __init__(self, store: UserStore, lane: Lane, watcher: Watcher | None) -> None:
        self.store = store
        self.lane = lane
        self.hub = Hub()
        self.journal = Journal()
        self._watcher = watcher
        self._names = None if watcher is None else NamesWatch(self, watcher)
        self._watches: dict[str, tuple[Callable[[], None], int]] = {}

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

    async def watch_names(self) -> Callable[[], None]:
        """Tell of mailboxes that other programs make and remove, until released."""
        if self._names is None:
            return lambda: None
        return await self._names.begin()

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

    def publish(self, event: Event) -> None:
        """Tell the sessions of what was done to names, subscriptions or annotations."""
        if self._names is not None:
            self._names.note(event)
        self.journal.add(event)
        self.hub.publish(HIERARCHY)

    def close(self) -> None:
        for stop, _ in self._watches.values():
            stop()
        self._watches.clear()
        if self._names is not None:
            self._names.close()
        # Behind the calls that run or wait: a look at the disk may be one of them.
        self.lane.run_long(self.store.close)
