"""Mailboxes that a client watches without having them selected (NOTIFY, RFC 5465).

Of each, what the client was told last is three numbers. A notice from the hub says that it may
have changed; then its counts are asked for, and told by STATUS if they differ. So however
often a mailbox changes while a client does not read, that costs one name in a table.

The selected mailbox is left out, as its own updates tell more. When it is not selected
any more, its three numbers are those that the view had told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from mailstore.account.mailbox import OpenMailbox
from mailstore.imap.hierarchy import read_names
from mailstore.imap.interest import NOTHING, Events, Interest
from mailstore.imap.session import Session
from mailstore.imap.view import View
from mailstore.imap.wire.encode import encode_mailbox
from mailstore.model.errors import (
    LimitReached,
    MailboxGone,
    MailError,
)
from mailstore.model.mailbox import MailboxStatus


class _Point(NamedTuple):
    uid_next: int
    messages: int
    highest_mod_seq: int


_EMPTY = _Point(1, 0, 0)
"""What a client knows of a mailbox that was just made."""


_NEEDS_NAMES = Events.MESSAGES | Events.MAILBOX_NAME
"""What takes knowing of mailboxes that other programs make and remove."""


class _Watched:
    """One mailbox. ``made`` are messages that the session itself put there since ``told``."""

    __slots__ = ("events", "made", "mailbox", "told")

    def __init__(self, mailbox: OpenMailbox, events: Events, told: _Point) -> None:
        self.mailbox = mailbox
        self.events = events
        self.told = told
        self.made: set[int] = set()


class Watch:
    """The mailboxes that one session watches; ``limit`` is how many may be.

    ``woken`` is called when one of them may have changed; ``changed`` has their names then.
    """

    def __init__(self, limit: int, woken: Callable[[], None]) -> None:
        self.changed: dict[str, None] = {}
        self._limit = limit
        self._woken = woken
        self._watched: dict[str, _Watched] = {}
        self._end_names: Callable[[], None] | None = None

    async def follow(self, session: Session, interest: Interest, *, known: bool) -> None:
        """Watch what ``interest`` asks for, among the mailboxes that there are.

        If ``known``, the client knows how those stand that are watched from now on. Raises
        LimitReached, Disconnected.
        """
        if self._end_names is None and interest.anywhere & _NEEDS_NAMES:
            self._end_names = await session.account.watch_names()
        if not interest.anywhere & Events.MESSAGES:
            return
        names = await read_names(session.account, subscriptions=interest.subscriptions)
        wanted: dict[str, Events] = {}
        for listed in names:
            events = interest.of(listed.name, subscribed=listed.subscribed) & Events.MESSAGES
            if events and listed.selectable:
                wanted[listed.name] = events
        if len(wanted) > self._limit:
            raise LimitReached(f"no more than {self._limit} mailboxes can be watched")
        for name in self._watched.keys() - wanted.keys():
            self._forget(name)
        for name, events in wanted.items():
            await self._add(session, name, events, known=known)
            await session.output.drained()

    async def _add(self, session: Session, name: str, events: Events, *, known: bool) -> None:
        watched = self._watched.get(name)
        if watched is not None and await _exists(watched.mailbox):
            watched.events = events
            return
        self._forget(name)
        try:
            mailbox = await session.account.open(name)
        except MailError:
            # It went meanwhile, or cannot be read: the others are watched all the same.
            return
        try:
            status = await mailbox.status()
        except BaseException as error:
            mailbox.close()
            if isinstance(error, MailError):
                return
            raise
        # Of one that is new to the client nothing has to be said while it is empty.
        known = known or not status.messages
        self._watched[name] = _Watched(mailbox, events, _point(status) if known else _EMPTY)
        mailbox.subscribe(lambda: self._notice(name))
        if not known:
            self._notice(name)

    def _notice(self, name: str) -> None:
        self.changed[name] = None
        self._woken()

    def _forget(self, name: str) -> None:
        watched = self._watched.pop(name, None)
        self.changed.pop(name, None)
        if watched is not None:
            watched.mailbox.close()

    def made(self, name: str, uids: Iterable[int]) -> None:
        """The session itself put messages into a mailbox; the client knows of them."""
        watched = self._watched.get(name)
        if watched is not None:
            watched.made.update(uids)

    def left(self, view: View) -> None:
        """A mailbox is not selected any more; the client knows it as ``view`` has told."""
        watched = self._watched.get(view.mailbox.name)
        if watched is not None:
            watched.told = _Point(view.uid_next, view.exists - len(view.pending), view.mod_seq)
            watched.made.clear()
            self._notice(view.mailbox.name)

    async def describe(self, session: Session) -> None:
        """A STATUS of each, for ``NOTIFY SET STATUS`` (RFC 5465, section 3.1)."""
        for name, watched in list(self._watched.items()):
            if _is_selected(session, name):
                continue
            try:
                status = await watched.mailbox.status()
            except MailError:
                self._notice(name)
                continue
            watched.told = _point(status)
            items = [b"MESSAGES", b"UIDNEXT", b"UNSEEN", b"UIDVALIDITY"]
            if session.condstore or watched.events & Events.FLAG_CHANGE:
                items.append(b"HIGHESTMODSEQ")
            session.output.untagged(_encode(name, items, status))
            await session.output.drained()

    async def send_statuses(self, session: Session) -> None:
        """A STATUS of each that changed; of what cannot be read now, later. Raises Disconnected."""
        unread = []
        while self.changed:
            name = next(iter(self.changed))
            del self.changed[name]
            watched = self._watched.get(name)
            if watched is None or _is_selected(session, name):
                continue
            try:
                await self._send_status(session, name, watched)
            except MailboxGone:
                self._forget(name)
            except MailError:
                unread.append(name)
            await session.output.drained()
        self.changed.update(dict.fromkeys(unread))

    async def _send_status(self, session: Session, name: str, watched: _Watched) -> None:
        status = await watched.mailbox.status()
        told, now = watched.told, _point(status)
        if watched.made:
            made, watched.made = watched.made, set()
            if not await _others_changed(watched.mailbox, told, made):
                told = now
        watched.told = now
        items = _items(told, now, watched.events, condstore=session.condstore)
        if items:
            session.output.untagged(_encode(name, items, status))

    def close(self) -> None:
        """Watch nothing any more."""
        end_names, self._end_names = self._end_names, None
        if end_names is not None:
            end_names()
        for name in list(self._watched):
            self._forget(name)


def send_overflow(session: Session) -> None:
    """More is asked for than this server does: from now on it is as after ``NOTIFY NONE``.

    RFC 5465, section 5.8.
    """
    session.listen(NOTHING)
    session.news_told = session.account.last_event
    session.output.untagged(b"OK [NOTIFICATIONOVERFLOW] This is too much to watch")


async def _exists(mailbox: OpenMailbox) -> bool:
    try:
        await mailbox.state()
    except MailboxGone:
        return False
    return True


async def _others_changed(mailbox: OpenMailbox, told: _Point, made: set[int]) -> bool:
    """Whether anything happened but that messages ``made`` arrived."""
    changes = await mailbox.changes(told.highest_mod_seq)
    return bool(changes.expunged) or any(row.uid not in made for row in changes.changed)


def _is_selected(session: Session, name: str) -> bool:
    return session.selected is not None and session.selected.mailbox.name == name


def _point(status: MailboxStatus) -> _Point:
    return _Point(status.uid_next, status.messages, status.highest_mod_seq)


def _items(told: _Point, now: _Point, events: Events, *, condstore: bool) -> Sequence[bytes]:
    """What to tell (RFC 5465, sections 5.1 to 5.3), with UNSEEN, for which clients ask then."""
    flags = bool(events & Events.FLAG_CHANGE)
    mod_seq = [b"UIDVALIDITY", b"HIGHESTMODSEQ"] if flags or condstore else []
    if (told.uid_next, told.messages) != (now.uid_next, now.messages):
        return [b"MESSAGES", b"UIDNEXT", b"UNSEEN", *mod_seq]
    if flags and told.highest_mod_seq != now.highest_mod_seq:
        return [b"UNSEEN", *mod_seq]
    return []


_VALUES: dict[bytes, Callable[[MailboxStatus], int]] = {
    b"MESSAGES": lambda status: status.messages,
    b"UIDNEXT": lambda status: status.uid_next,
    b"UNSEEN": lambda status: status.unseen,
    b"UIDVALIDITY": lambda status: status.uid_validity,
    b"HIGHESTMODSEQ": lambda status: status.highest_mod_seq,
}


def _encode(name: str, items: Sequence[bytes], status: MailboxStatus) -> bytes:
    values = b" ".join(b"%b %d" % (item, _VALUES[item](status)) for item in items)
    return b"STATUS %b (%b)" % (encode_mailbox(name), values)
