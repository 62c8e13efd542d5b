"""Tells of mailboxes that other programs make and remove.

What sessions do is told when they do it. This knows which mailboxes there are by that, and
compares whenever the directory that holds them has changed. A mailbox that another program
renames is one that is gone and one that is new.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mailstore.account.journal import Event, Kind
from mailstore.account.ports import Watcher
from mailstore.model.errors import MailError
from mailstore.model.mailbox import INBOX, SEPARATOR
from mailstore.model.task import Task

if TYPE_CHECKING:
    from mailstore.account.mail import Mail


class NamesWatch:
    """Compares for as long as anybody wants to hear of it."""

    def __init__(self, mail: Mail, watcher: Watcher) -> None:
        self._mail = mail
        self._watcher = watcher
        self._users = 0
        self._names: set[str] = set()
        self._stop: Callable[[], None] | None = None

    async def begin(self) -> Callable[[], None]:
        """Tell of changes from now on, until what is returned is called. Raises MailError."""
        mail = self._mail
        names = await mail.lane.run_long(mail.store.selectable)
        self._users += 1
        if self._stop is None:
            self._names = set(names)
            self._stop = self._watcher.watch(mail.store.watch_paths(), self._touched)
        return self._end

    def _end(self) -> None:
        self._users -= 1
        if not self._users:
            self.close()

    def close(self) -> None:
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()

    def note(self, event: Event) -> None:
        """A session did this: it is not to be told again."""
        if event.kind is Kind.CREATED:
            self._names.add(event.mailbox)
        elif event.kind is Kind.DELETED:
            self._names.discard(event.mailbox)
        elif event.kind is Kind.RENAMED and event.old_name == INBOX:
            self._names.add(event.mailbox)
        elif event.kind is Kind.RENAMED:
            self._names = {_renamed(name, event.old_name, event.mailbox) for name in self._names}

    def _touched(self) -> None:
        Task(self._compare(), lambda error: None)

    async def _compare(self) -> None:
        mail = self._mail
        try:
            names = await mail.lane.run_long(mail.store.selectable)
        except MailError:
            return
        if self._stop is None:
            return
        gone, new = self._names - names, names - self._names
        for name in sorted(gone):
            mail.publish(Event(None, Kind.DELETED, name))
        for name in sorted(new):
            mail.publish(Event(None, Kind.CREATED, name))


def _renamed(name: str, old: str, new: str) -> str:
    return new + name[len(old) :] if name == old or name.startswith(old + SEPARATOR) else name
