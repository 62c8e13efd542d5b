"""Short ways to say what the contract tests do to a store."""

from __future__ import annotations

from collections.abc import Sequence

from mailstore.model.flags import FlagChange, FlagMode
from mailstore.model.mailbox import MailboxStatus
from mailstore.model.sequence_set import MAX_UID, Ranges, ranges_of
from mailstore.store.ports import Column, MailboxStore, NewMessage, StoreResult, UserStore

ALL = [(1, MAX_UID)]
FLAG_COLUMNS = (Column.UID, Column.FLAGS, Column.KEYWORDS)


def message(number: int = 1, body: bytes = b"Hello\r\n") -> bytes:
    return (
        b"From: ada@example.org\r\nSubject: message %d\r\n"
        b"Message-ID: <%d@example.org>\r\n\r\n" % (number, number) + body
    )


def new(
    store: UserStore,
    octets: bytes,
    *,
    flags: int = 0,
    keywords: tuple[bytes, ...] = (),
    internal_date: int | None = None,
) -> NewMessage:
    """A message in a spool of ``store``, ready to append."""
    spool = store.spool()
    spool.write(octets)
    return NewMessage(spool, flags, keywords, internal_date)


def append(
    store: UserStore,
    mailbox: MailboxStore,
    octets: bytes | None = None,
    *,
    flags: int = 0,
    keywords: tuple[bytes, ...] = (),
    internal_date: int | None = None,
) -> int:
    """Append one message; its UID."""
    text = message() if octets is None else octets
    made = new(store, text, flags=flags, keywords=keywords, internal_date=internal_date)
    return mailbox.append([made]).uids[0]


def append_many(store: UserStore, mailbox: MailboxStore, count: int) -> list[int]:
    return mailbox.append([new(store, message(n)) for n in range(count)]).uids


def only(*uids: int) -> list[tuple[int, int]]:
    return ranges_of(sorted(uids))


def numbers_in(ranges: Ranges) -> list[int]:
    """All numbers in ranges that are not large."""
    return [number for low, high in ranges for number in range(low, high + 1)]


def store_flags(
    mailbox: MailboxStore,
    uids: Sequence[int],
    mode: FlagMode,
    flags: int = 0,
    *keywords: bytes,
    unchanged_since: int | None = None,
) -> StoreResult:
    return mailbox.store_flags(only(*uids), FlagChange(mode, flags, keywords), unchanged_since)


def flags_of(mailbox: MailboxStore) -> dict[int, tuple[int, set[bytes]]]:
    """UID to (system flags, keywords)."""
    rows = mailbox.rows(FLAG_COLUMNS, ALL, limit=100_000)
    return {uid: (flags, set(keywords.split())) for uid, flags, keywords in rows}


def mod_seqs(mailbox: MailboxStore) -> dict[int, int]:
    return dict(mailbox.rows((Column.UID, Column.MOD_SEQ), ALL, limit=100_000))


def octets_of(mailbox: MailboxStore, uid: int) -> bytes:
    stored = mailbox.read(uid)
    try:
        return stored.read(0, stored.size)
    finally:
        stored.close()


def recount(mailbox: MailboxStore) -> tuple[int, int, int, int, int]:
    """Messages, unseen, deleted, size and that of deleted messages, from the rows."""
    rows = mailbox.rows((Column.UID, Column.FLAGS, Column.SIZE), ALL, limit=100_000)
    return (
        len(rows),
        sum(not flags & 1 for _, flags, _ in rows),
        sum(bool(flags & 8) for _, flags, _ in rows),
        sum(size for _, _, size in rows),
        sum(size for _, flags, size in rows if flags & 8),
    )


def counts(status: MailboxStatus) -> tuple[int, int, int, int, int]:
    return status.messages, status.unseen, status.deleted, status.size, status.deleted_size


def names(store: UserStore) -> list[str]:
    return [info.name for info in store.mailboxes()]
