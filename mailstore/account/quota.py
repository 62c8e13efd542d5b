"""The quota of one user: what there is, what there may be, and who keeps to it.

Every protocol adds mail by way of :class:`QuotaRoot`, so limits are kept in one place. Before
a message comes in ``check_room`` refuses it; when it is stored the limits are held against
all mail once more, in the store's own transaction, as others may have added some meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mailstore.account.ports import Lane
from mailstore.model.errors import LimitReached, OverQuota
from mailstore.model.quota import UNLIMITED, Quota, Usage
from mailstore.store.ports import UserStore

T = TypeVar("T")


class QuotaRoot:
    """All mail of one user under one set of limits (RFC 9208, section 3.2).

    ``allowed`` is asked anew each time, as it may change while the user is signed in.
    """

    def __init__(self, store: UserStore, lane: Lane, allowed: Callable[[], Quota]) -> None:
        self._store = store
        self._lane = lane
        self._allowed = allowed

    @property
    def settable(self) -> bool:
        """The user may set limits."""
        return self._allowed().settable

    async def limits(self) -> Quota:
        """What is allowed, or less if the user set less and still may."""
        allowed = self._allowed()
        if not allowed.settable:
            return allowed
        return allowed.within(await self._lane.run(self._store.own_quota))

    async def set_limits(self, limits: Quota) -> None:
        """Set the user's own limits; durable on return. Check ``settable`` before.

        Raises LimitReached for more than is allowed: it would not hold.
        """
        allowed = self._allowed()
        if not (
            _fits(limits.storage, allowed.storage) and _fits(limits.messages, allowed.messages)
        ):
            raise LimitReached("more than the administrator allows")
        await self._lane.run_long(lambda: self._store.set_own_quota(limits))

    async def usage(self) -> Usage:
        """All mail as it is now. Long when the index is new."""
        return await self._lane.run_long(self._store.usage)

    async def exceeded(self) -> bool:
        """There is more than there may be, as far as the index knows: it takes no time."""
        limits = await self.limits()
        return limits.limited and not limits.allows(await self._counted())

    async def check_room(self, messages: int, octets: int, *, look: bool = True) -> None:
        """Raises OverQuota if so much could not be added now.

        Without ``look``, which is for the second and later messages of a command, all is
        counted as the index has it.
        """
        limits = await self.limits()
        if not limits.limited:
            return
        usage = await (self.usage() if look else self._counted())
        if not limits.allows(usage, messages, octets):
            raise OverQuota("the quota is used up")

    async def _counted(self) -> Usage:
        return await self._lane.run(lambda: self._store.usage(look=False))

    async def adding(self, change: Callable[[Quota], T]) -> T:
        """Run a change that adds mail, in a thread, with the limits that it has to keep."""
        limits = await self.limits()

        def call() -> T:
            if limits.limited:
                # So that the change, which counts what the index has, counts all.
                self._store.usage()
            return change(limits)

        return await self._lane.run_long(call)


def _fits(limit: int, allowed: int) -> bool:
    return limit == UNLIMITED or limit <= allowed
