"""The maildrop of RFC 1939: INBOX as it stood when a POP3 session began."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from mailstore.account.mailbox import OpenMailbox
from mailstore.model.flags import SEEN, FlagChange, FlagMode
from mailstore.model.sequence_set import ranges_of
from mailstore.store.ports import Column, StoredMessage

_UNIQUE_ID: Final = re.compile(rb"[!-~]{1,70}")


class MaildropMessage(NamedTuple):
    """``size`` is what RETR sends, dot-stuffing not counted; ``unique_id`` is for UIDL."""

    uid: int
    size: int
    unique_id: bytes


class Maildrop:
    """Messages in the order of their numbers, locked until ``close``."""

    def __init__(
        self,
        mailbox: OpenMailbox,
        messages: list[MaildropMessage],
        unlock: Callable[[], None],
    ) -> None:
        self.messages = messages
        self._mailbox = mailbox
        self._unlock: Callable[[], None] | None = unlock

    @classmethod
    async def of(cls, mailbox: OpenMailbox, unlock: Callable[[], None]) -> Maildrop:
        """Unique-ids are those another server gave, else UID and UIDVALIDITY in hex.

        The latter is Dovecot's default (``%08Xu%08Xv``, in lower case), so that a Maildir may
        come and go without a POP3 client downloading anything again. Both outlive the index.
        """
        try:
            validity = (await mailbox.state()).uid_validity
            columns = (Column.UID, Column.SIZE, Column.UNIQUE_ID)
            messages = await mailbox.snapshot(columns, lambda rows: _messages(rows, validity))
        except BaseException:
            mailbox.close()
            unlock()
            raise
        return cls(mailbox, messages, unlock)

    async def read(self, uid: int) -> StoredMessage:
        """Raises MessageGone."""
        return await self._mailbox.read(uid)

    async def update(self, deleted: Iterable[int], retrieved: Iterable[int]) -> None:
        """The UPDATE state: remove ``deleted`` UIDs; those only retrieved become seen."""
        gone = ranges_of(sorted(deleted))
        if gone:
            await self._mailbox.expunge(gone, only_deleted=False)
        seen = ranges_of(sorted(retrieved))
        if seen and not self._mailbox.read_only:
            await self._mailbox.store_flags(seen, FlagChange(FlagMode.ADD, SEEN, ()))

    def close(self) -> None:
        """Release the lock. Safe to call twice."""
        unlock, self._unlock = self._unlock, None
        if unlock is not None:
            self._mailbox.close()
            unlock()


def _messages(rows: list[tuple[Any, ...]], validity: int) -> list[MaildropMessage]:
    """A unique-id that RFC 1939 does not allow (1 to 70 printable characters) is not taken."""
    usable = _UNIQUE_ID.fullmatch
    return [
        MaildropMessage(
            uid,
            size,
            unique_id if unique_id and usable(unique_id) else b"%08x%08x" % (uid, validity),
        )
        for uid, size, unique_id in rows
    ]
