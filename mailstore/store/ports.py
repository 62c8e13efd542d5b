"""What a store offers, whatever it keeps mail in.

Two implementations are held to one contract (``tests/contract``): Maildir with an index,
and a fake in memory. Calls block; they come from one thread at a time for each user, not
always the same thread. Names are canonical Unicode with ``/`` between levels. A store
knows UIDs only, never message sequence numbers. Message octets have CRLF line ends here,
whatever is on disk.

Errors are those of :mod:`mailstore.model.errors`. When a call that changes something
returns, the change is durable and visible to every other reader; when it raises, nothing
has changed unless the docstring says otherwise.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from mailstore.model.flags import FlagChange
from mailstore.model.mailbox import MailboxInfo, MailboxState, MailboxStatus
from mailstore.model.sequence_set import Ranges


class Column(StrEnum):
    """What an index row can tell of a message, by the name of the column."""

    UID = "uid"
    MOD_SEQ = "mod_seq"
    FLAGS = "flags"  # int, bits of model.flags
    KEYWORDS = "keywords"  # bytes, see model.flags
    SIZE = "size"  # int, RFC822.SIZE: octets with CRLF line ends
    INTERNAL_DATE = "internal_date"  # int, seconds since the epoch, UTC
    SAVED_AT = "saved_at"  # int, seconds since the epoch: when it came into this mailbox
    UNIQUE_ID = "unique_id"  # bytes or None: the POP3 unique-id that another server gave
    # Columns made from the message's content; MailboxStore.fill provides them.
    ENVELOPE = "envelope"  # bytes, ready to send
    BODY = "body"  # bytes, ready to send
    BODY_STRUCTURE = "body_structure"  # bytes, ready to send
    FIELDS = "fields"  # bytes, see mime.fields.known_fields
    PARTS = "parts"  # bytes, see mime.pack


CONTENT_COLUMNS = frozenset(
    (Column.ENVELOPE, Column.BODY, Column.BODY_STRUCTURE, Column.FIELDS, Column.PARTS)
)


class FieldsOf(NamedTuple):
    """A content column: certain fields of the header, as ``mime.fields.select_fields`` has them.

    ``names`` are lower case and of ``mime.fields.KNOWN_FIELDS``. A store may keep what it
    selected, as clients ask for the same fields of every message.
    """

    names: frozenset[bytes]


AnyColumn = Column | FieldsOf


def is_content(column: AnyColumn) -> bool:
    """Whether a column is made from the message's content, and None before ``fill``."""
    return isinstance(column, FieldsOf) or column in CONTENT_COLUMNS


class FlagsRow(NamedTuple):
    """The flags of one message after a change."""

    uid: int
    flags: int
    keywords: bytes
    mod_seq: int


class Changes(NamedTuple):
    """What happened after a mod-sequence: how to get from there to ``state``.

    ``expunged`` and ``changed`` ascend by UID. ``changed`` holds every message whose flags
    changed or that arrived since, as long as it still exists.
    """

    state: MailboxState
    expunged: list[int]
    changed: list[FlagsRow]


class StoreResult(NamedTuple):
    """The outcome of a change of flags.

    ``rows`` are all messages that the change was applied to and that still exist, whether
    or not it altered them; ``modified`` are the UIDs left alone because of
    ``unchanged_since`` (RFC 7162, section 3.1.3).
    """

    rows: list[FlagsRow]
    modified: list[int]


class Appended(NamedTuple):
    uid_validity: int
    uids: list[int]


class Copied(NamedTuple):
    """Source UIDs and, in the same order, the UIDs of their copies."""

    uid_validity: int
    sources: list[int]
    uids: list[int]


class Spool(Protocol):
    """Octets of a message on their way in: in memory while few, else in a file.

    The file lies where the message can be linked from. ``discard`` may be called at any
    time and more than once; after an append it does nothing.
    """

    @property
    def size(self) -> int: ...

    def write(self, octets: bytes) -> None:
        """Raises OverQuota, ReadOnly, Unavailable; the spool is then discarded."""

    def discard(self) -> None: ...


class NewMessage(NamedTuple):
    """A message to append; ``internal_date`` None is now (seconds since the epoch)."""

    spool: Spool
    system: int = 0
    keywords: tuple[bytes, ...] = ()
    internal_date: int | None = None


class StoredMessage(Protocol):
    """The octets of one message, open for reading; close it."""

    @property
    def size(self) -> int:
        """Octets with CRLF line ends; equals ``Column.SIZE``."""

    def read(self, start: int, end: int) -> bytes:
        """Octets ``start`` up to but not including ``end``; short past the message's end.

        Raises MessageGone if the file cannot be read to its end any more.
        """

    def close(self) -> None: ...


class MailboxStore(Protocol):
    """One mailbox. Objects are shared by all sessions of a process that have it open.

    Every method but ``close`` raises MailboxGone once the mailbox was deleted, renamed, or
    made anew.
    """

    @property
    def name(self) -> str: ...

    @property
    def read_only(self) -> bool:
        """The mail cannot be written (a read-only file system)."""

    def sync(self) -> bool:
        """Take in what other programs did to the mailbox; cheap when they did nothing.

        True if the index changed by this call. May be long when it did (a cold index).
        """

    def sync_is_short(self) -> bool:
        """Whether ``sync`` would find the disk unchanged: a few system calls, no more."""

    def state(self) -> MailboxState:
        """As the index has it now, changes by other processes of the server included."""

    def status(self) -> MailboxStatus: ...

    def keywords(self) -> tuple[bytes, ...]:
        """Keywords in use or once used in the mailbox."""

    def uids(self) -> array[int]:
        """All UIDs, ascending (``array('I')``). Do not change it: it is shared."""

    def first_unseen(self) -> int | None:
        """The lowest UID without ``\\Seen``, if there is one."""

    def claim_recent(self) -> int:
        """First UID that no session was told of as recent yet; from now on, none is.

        Messages in ``new/`` move to ``cur/`` (RFC 3501, section 2.3.2, ``\\Recent``).
        """

    def changes(self, mod_seq: int) -> Changes:
        """What happened after ``mod_seq``."""

    def rows(
        self,
        columns: tuple[AnyColumn, ...],
        ranges: Ranges,
        *,
        changed_since: int = 0,
        limit: int = 1000,
    ) -> list[tuple[Any, ...]]:
        """Rows of existing messages in ``ranges`` with a later mod-sequence, by UID.

        At most ``limit`` rows, and fewer where they hold much content; none means that there
        are none. Go on after the last UID (so ask for UID too; FieldsOf needs it in any case).
        Content columns are None for a message that ``fill`` has not seen yet.
        """

    def fill(self, uids: Sequence[int]) -> None:
        """Read messages and index their content. Long: milliseconds for each message.

        A message whose file is gone is found again or expunged; never an error.
        """

    def store_flags(
        self, ranges: Ranges, change: FlagChange, unchanged_since: int | None = None
    ) -> StoreResult:
        """Change flags. All changed messages get one new mod-sequence.

        Flags are durable as the file system makes a rename durable: a power cut may undo
        the last seconds' changes, never half of one, and mod-sequences do not go back.

        Raises ReadOnly, LimitReached (too many keywords).
        """

    def append(self, messages: Sequence[NewMessage]) -> Appended:
        """Put messages into the mailbox, all or none.

        Raises OverQuota (quota or disk full), ReadOnly, LimitReached.
        """

    def copy(self, ranges: Ranges, destination: str) -> Copied:
        """Copy messages with flags and internal date, all or none (RFC 9051, 6.4.7).

        Messages that were expunged meanwhile are left out. Raises NoSuchMailbox for the
        destination, NotSelectable, OverQuota, ReadOnly.
        """

    def move(self, ranges: Ranges, destination: str) -> Copied:
        """Move messages: each is in one of the two mailboxes at every moment (RFC 6851)."""

    def expunge(self, ranges: Ranges, *, only_deleted: bool = True) -> list[int]:
        """Remove messages for good: those flagged ``\\Deleted``, or all. UIDs that went."""

    def read(self, uid: int) -> StoredMessage:
        """Raises MessageGone; the index then no longer has the message."""

    def at_once(self) -> AbstractContextManager[None]:
        """Within it no call waits for another process.

        What would have to raises Busy and has changed nothing; try it again in a thread.
        """

    def watch_paths(self) -> tuple[Path, ...]:
        """Directories whose changes mean that another program touched the mailbox.

        It may be called while another thread works on the mailbox.
        """

    def close(self) -> None:
        """One session less has it open."""


class UserStore(Protocol):
    """All mail of one user."""

    def mailboxes(self) -> list[MailboxInfo]:
        """Every name, ``INBOX`` first, then in order; parents that do not exist included."""

    def selectable(self) -> frozenset[str]:
        """Names of the mailboxes that hold messages; cheap if nobody made or removed one."""

    def watch_paths(self) -> tuple[Path, ...]:
        """Directories whose changes mean that mailboxes may have been made or removed.

        It may be called while another thread works on the store.
        """

    def subscriptions(self) -> list[str]:
        """Subscribed names, whether or not they exist (RFC 9051, section 6.3.7)."""

    def set_subscribed(self, name: str, subscribed: bool) -> None: ...

    def metadata(self, name: str) -> dict[bytes, bytes]:
        """All annotations of a mailbox, or of :data:`model.metadata.SERVER`; name to value.

        A mailbox's special use is among them. Raises NoSuchMailbox, NotSelectable.
        """

    def set_metadata(self, name: str, changes: Mapping[bytes, bytes | None]) -> None:
        """Set annotations, and remove those whose new value is None; all or none.

        A special use is one of ``SPECIAL_USES`` or None, and not INBOX's (ValueError). Raises
        NoSuchMailbox, NotSelectable, LimitReached (too many), ReadOnly, OverQuota.
        """

    def create(self, name: str, special_use: bytes | None = None) -> None:
        """Raises MailboxExists, InvalidMailboxName."""

    def delete(self, name: str) -> None:
        """Delete the mailbox with its annotations.

        A name with inferiors stays as a parent without messages.
        Raises NoSuchMailbox, MailboxHasChildren (a parent only), InvalidMailboxName (INBOX).
        """

    def rename(self, name: str, new_name: str) -> None:
        """Rename with all inferiors and annotations.

        INBOX keeps existing, with its annotations, and its messages move.
        RFC 9051, section 6.3.6. Raises NoSuchMailbox, MailboxExists, InvalidMailboxName.
        """

    def status(self, name: str) -> MailboxStatus:
        """Counts of a mailbox that need not be open, other programs' deliveries included.

        Raises NoSuchMailbox, NotSelectable.
        """

    def open(self, name: str) -> MailboxStore:
        """Raises NoSuchMailbox, NotSelectable."""

    def spool(self) -> Spool: ...

    def lock_maildrop(self) -> Callable[[], None]:
        """Take the exclusive lock of RFC 1939, section 4, across all processes.

        Returns what releases it; it also ends with the process. Raises InUse.
        """

    def close(self) -> None: ...
