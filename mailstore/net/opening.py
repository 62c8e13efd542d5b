"""Opens users' mail without keeping the reactor waiting for a disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from twisted.internet.defer import Deferred

from mailstore.account.account import Account
from mailstore.account.accounts import Accounts
from mailstore.account.mail import Mail
from mailstore.account.ports import Lane, Watcher
from mailstore.model.errors import MailError, Unavailable
from mailstore.model.quota import NO_QUOTA, Quota
from mailstore.net.events import Events, quote
from mailstore.store.ports import UserStore


class MailOpener:
    """Gives accounts. A store is opened in a thread, once for all who ask meanwhile.

    ``open_store`` may be run in any thread; ``in_thread`` gives a Deferred of its result.
    ``quota`` is asked for a user's limits whenever they matter.
    """

    def __init__(
        self,
        open_store: Callable[[str], UserStore],
        in_thread: Callable[[Callable[[], UserStore]], Awaitable[UserStore]],
        make_lane: Callable[[], Lane],
        watcher: Watcher | None,
        per_user: int,
        events: Events,
        quota: Callable[[str], Quota] = lambda user: NO_QUOTA,
    ) -> None:
        self._open_store = open_store
        self._in_thread = in_thread
        self._make_lane = make_lane
        self._watcher = watcher
        self._events = events
        self._quota = quota
        self._accounts = Accounts(self._take_opened, per_user)
        self._opened: dict[str, UserStore] = {}
        self._waiting: dict[str, list[Deferred[None]]] = {}

    async def open(self, user: str) -> Account:
        """Raises TooManyConnections, Unavailable."""
        if self._accounts.has(user):
            return self._accounts.open(user)
        waiting = self._waiting.get(user)
        if waiting is not None:
            turn: Deferred[None] = Deferred()
            waiting.append(turn)
            await turn
            # It is open now, or whoever tried failed and this one tries.
            return await self.open(user)
        waiting = self._waiting[user] = []
        try:
            self._opened[user] = await self._open(user)
            return self._accounts.open(user)
        finally:
            del self._waiting[user]
            for turn in waiting:
                turn.callback(None)

    def _take_opened(self, user: str) -> Mail:
        store, allowed = self._opened.pop(user), partial(self._quota, user)
        return Mail(store, self._make_lane(), self._watcher, allowed)

    async def _open(self, user: str) -> UserStore:
        try:
            return await self._in_thread(lambda: self._open_store(user))
        except MailError:
            raise
        except Exception as error:  # the client is to hear of it, and so is the log
            incident = self._events.incident(error, user=quote(user))
            raise Unavailable(f"the mail cannot be opened, logged as {incident}") from None

    def close(self) -> None:
        """The server stops: close all mail."""
        self._accounts.close()
