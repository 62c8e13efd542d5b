"""An account: what one signed-in session may do with its user's mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mailstore.account.hub import HIERARCHY
from mailstore.account.journal import Event, Kind
from mailstore.account.mail import Mail
from mailstore.account.mailbox import OpenMailbox
from mailstore.account.maildrop import Maildrop
from mailstore.model.mailbox import INBOX, MailboxInfo, MailboxStatus, canonical_name
from mailstore.store.ports import Appended, NewMessage, Spool


class Account:
    """The avatar behind a login. Names are canonicalised here, once for every protocol."""

    def __init__(self, user: str, mail: Mail, release: Callable[[], None]) -> None:
        self.user = user
        self._mail = mail
        self._release: Callable[[], None] | None = release
        self._cancel: list[Callable[[], None]] = []

    async def mailboxes(self) -> list[MailboxInfo]:
        return await self._mail.lane.run(self._mail.store.mailboxes)

    async def subscriptions(self) -> list[str]:
        return await self._mail.lane.run(self._mail.store.subscriptions)

    async def set_subscribed(self, name: str, subscribed: bool) -> None:
        store, name = self._mail.store, canonical_name(name)
        await self._mail.lane.run_long(lambda: store.set_subscribed(name, subscribed))
        self._publish(Kind.SUBSCRIBED if subscribed else Kind.UNSUBSCRIBED, name)

    async def metadata(self, name: str) -> dict[bytes, bytes]:
        """All annotations of a mailbox, or of the server; see ``UserStore.metadata``."""
        store, name = self._mail.store, canonical_name(name)
        return await self._mail.lane.run(lambda: store.metadata(name))

    async def set_metadata(self, name: str, changes: Mapping[bytes, bytes | None]) -> None:
        """Change annotations, all or none; durable and told to other sessions on return."""
        store, name = self._mail.store, canonical_name(name)
        await self._mail.lane.run_long(lambda: store.set_metadata(name, changes))
        self._publish(Kind.ANNOTATED, name, entries=tuple(changes))

    async def create(self, name: str, special_use: bytes | None = None) -> None:
        store, name = self._mail.store, canonical_name(name)
        await self._mail.lane.run_long(lambda: store.create(name, special_use))
        self._publish(Kind.CREATED, name)

    async def delete(self, name: str) -> None:
        store, name = self._mail.store, canonical_name(name)
        await self._mail.lane.run_long(lambda: store.delete(name))
        self._mail.hub.publish(name)
        self._publish(Kind.DELETED, name)

    async def rename(self, name: str, new_name: str) -> None:
        store, name, new_name = self._mail.store, canonical_name(name), canonical_name(new_name)
        await self._mail.lane.run_long(lambda: store.rename(name, new_name))
        self._mail.hub.publish(name)
        self._publish(Kind.RENAMED, new_name, old_name=name)

    async def status(self, name: str) -> MailboxStatus:
        """Counts of a mailbox, deliveries by other programs included."""
        mail, name = self._mail, canonical_name(name)
        mailbox = await mail.lane.run(lambda: mail.store.open(name))
        try:
            await mail.look(mailbox)
            return await mail.lane.run(mailbox.status)
        finally:
            mailbox.close()

    async def check_selectable(self, name: str) -> None:
        """Raises NoSuchMailbox, NotSelectable."""
        store, name = self._mail.store, canonical_name(name)
        await self._mail.lane.run(lambda: store.open(name).close())

    async def open(self, name: str) -> OpenMailbox:
        """Open a mailbox with everything other programs did to it taken in."""
        store, name = self._mail.store, canonical_name(name)
        mailbox = OpenMailbox(self._mail, await self._mail.lane.run(lambda: store.open(name)))
        try:
            await mailbox.look()
        except BaseException:
            mailbox.close()
            raise
        return mailbox

    def spool(self) -> Spool:
        """Room for a message on its way in."""
        return self._mail.store.spool()

    async def append(self, name: str, messages: Sequence[NewMessage]) -> Appended:
        """Add messages, all or none; durable and seen by other sessions on return."""
        store, name = self._mail.store, canonical_name(name)

        def call() -> Appended:
            mailbox = store.open(name)
            try:
                return mailbox.append(messages)
            finally:
                mailbox.close()

        appended = await self._mail.lane.run_long(call)
        self._mail.hub.publish(name)
        return appended

    async def open_maildrop(self) -> Maildrop:
        """Lock INBOX for a POP3 session (RFC 1939, section 4). Raises InUse."""
        unlock = await self._mail.lane.run(self._mail.store.lock_maildrop)
        try:
            mailbox = await self.open(INBOX)
        except BaseException:
            unlock()
            raise
        return await Maildrop.of(mailbox, unlock)

    def subscribe(self, notice: Callable[[], None]) -> None:
        """Call ``notice`` after every event, until ``close``; see :mod:`hub`."""
        self._cancel.append(self._mail.hub.subscribe(HIERARCHY, notice))

    async def watch_names(self) -> Callable[[], None]:
        """Have events also of mailboxes that other programs make and remove, until released."""
        return await self._mail.watch_names()

    @property
    def last_event(self) -> int:
        """The number of the last event, see :mod:`journal`."""
        return self._mail.journal.last

    def events_after(self, number: int) -> list[Event] | None:
        """What was done to names, subscriptions and annotations after that event.

        None if some of it is not known any more. Events ``by`` this account are its own.
        """
        return self._mail.journal.after(number)

    def _publish(
        self, kind: Kind, mailbox: str, old_name: str = "", entries: tuple[bytes, ...] = ()
    ) -> None:
        self._mail.publish(Event(self, kind, mailbox, old_name, entries))

    def close(self) -> None:
        """The session ended. Safe to call twice."""
        cancel, self._cancel = self._cancel, []
        for stop in cancel:
            stop()
        release, self._release = self._release, None
        if release is not None:
            release()
