"""One user's Maildir and index together: folders, rows, write transactions, recovery."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from mailstore.model.errors import (
    MailboxGone,
    MailError,
    NoSuchMailbox,
    NotSelectable,
    OverQuota,
    ReadOnly,
    Unavailable,
)
from mailstore.model.mailbox import INBOX, SEPARATOR
from mailstore.store.durable import DiskErrors
from mailstore.store.index import mailboxes, messages
from mailstore.store.index.database import Database, IndexLost, has_room, mail_error
from mailstore.store.index.mailboxes import MailboxRow
from mailstore.store.index.texts import TextIndex
from mailstore.store.maildir import ledger
from mailstore.store.maildir.folder import NEVER, Folder, has_parts
from mailstore.store.maildir.ledger import ValidityChanged
from mailstore.store.maildir.names import folder_of, names_of, normalize
from mailstore.store.maildir.reconcile import reconcile
from mailstore.store.maildir.undo import take_back
from mailstore.store.maildir.writer import MailboxWriter

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TEXTS_NAME: Final = "mailstore-text"
"""The text index's file, in the folder of the index."""

_ATTEMPTS: Final = 4
_REBOOT_STEP: Final = 3_600_000
"""Mod-sequences that a power cut may have taken back: those of the last hour, at most."""


class Home:
    """Where one user's mail lies.

    Attributes:
        root: The Maildir, which is INBOX.
        database: The index.
        texts: The text index, beside it.
    """

    def __init__(self, root: bytes, database: Database) -> None:
        self.root = root
        self.database = database
        self.texts = TextIndex(database.path.with_name(TEXTS_NAME))
        self.inbox = Folder(root, "")

    # Folders

    def names(self) -> dict[str, str]:
        """Mailboxes that exist, with the names of their folders; INBOX is not among them."""
        with os.scandir(self.root) as entries:
            folders = [os.fsdecode(entry.name) for entry in entries if _is_folder(entry)]
        found, rest = names_of(folders)
        for folder in rest:
            logger.warning("%r in %r is no mailbox name", folder, self.root)
        return found

    def find(self, name: str) -> Folder:
        """The folder of a mailbox. Raises NoSuchMailbox, NotSelectable."""
        name = normalize(name)
        if name == INBOX:
            return self.inbox
        with contextlib.suppress(MailError):
            # Nearly always it is where a new mailbox of this name would be.
            folder = Folder(self.root, folder_of(name))
            if folder.exists():
                return folder
        found = self.names()
        if name in found:
            return Folder(self.root, found[name])
        if any(other.startswith(name + SEPARATOR) for other in found):
            raise NotSelectable("the name is only the parent of others")
        raise NoSuchMailbox("no such mailbox")

    def list_writable(self, folder: Folder) -> bool:
        """Whether UIDs can be given: they must be recorded, in order, for all processes."""
        return not self.database.volatile and not folder.read_only()

    # Rows and transactions

    def has(self, folder: Folder) -> bool:
        """Whether :meth:`take_up` is one query."""
        row = mailboxes.by_folder(self.database.connection, folder.name)
        return row is not None and row.boot == self.database.boot

    def take_up(self, folder: Folder) -> MailboxRow:
        """The mailbox's row; made by reading the whole folder if the index has none.

        Raises NoSuchMailbox if the folder is gone.
        """
        row = mailboxes.by_folder(self.database.connection, folder.name)
        if row is not None and row.boot == self.database.boot:
            return row
        if not folder.exists():
            raise NoSuchMailbox("the mailbox is gone")
        if not folder.read_only():
            folder.complete()
        try:
            return self._take_up(folder)
        except (OverQuota, ReadOnly, sqlite3.Error) as error:
            meaning = mail_error(error) if isinstance(error, sqlite3.Error) else error
            if not isinstance(meaning, OverQuota | ReadOnly) or self.database.volatile:
                raise
            # What is on a full disk must still be in reach.
            self.database.use_memory(str(meaning))
            return self._take_up(folder)

    def _take_up(self, folder: Folder) -> MailboxRow:
        with self.database.transaction() as connection:
            if mailboxes.by_folder(connection, folder.name) is None:
                above, writable = mailboxes.last_validity(connection), self.list_writable(folder)
                row = ledger.first_row(folder, above=above, writable=writable)
                mailboxes.save(connection, row)
            writer = self.writer(connection, folder)
            self._after_reboot(writer)
            if writer.row.cur_mtime == NEVER:
                self.compare(writer)
            writer.save()
            return writer.row

    def _after_reboot(self, writer: MailboxWriter) -> None:
        """Raise all mod-sequences once the machine has started again.

        A power cut may have taken the last commits back, so that a message has a state older
        than clients were told, with a mod-sequence that they believe to know.
        """
        row, boot = writer.row, self.database.boot
        if row.boot == boot:
            return
        if row.boot:
            row.highest_mod_seq += _REBOOT_STEP
            messages.raise_mod_seqs(writer.connection, row.id, writer.next_mod_seq())
        row.boot = boot

    @contextlib.contextmanager
    def writing(self, folder: Folder, uid_validity: int = 0) -> Iterator[MailboxWriter]:
        """Hold the write lock and change one mailbox; commit at the end.

        Raises MailboxGone if the index does not have the mailbox, or one of another
        ``uid_validity`` than is given.
        """
        writer = None
        try:
            with self.database.transaction() as connection:
                writer = self.writer(connection, folder, uid_validity)
                yield writer
                writer.save()
        except BaseException:
            if writer is not None:
                take_back(writer.renamed)
            raise

    def writer(
        self, connection: sqlite3.Connection, folder: Folder, uid_validity: int = 0
    ) -> MailboxWriter:
        """Begin to change a mailbox in a transaction that the caller holds, and ends.

        Call ``save`` before the commit.
        """
        row = mailboxes.by_folder(connection, folder.name)
        if row is None or uid_validity not in (0, row.uid_validity):
            raise MailboxGone("the mailbox was deleted, renamed or made anew")
        return MailboxWriter(connection, folder, row, list_writable=self.list_writable(folder))

    def check_list_writable(self, folder: Folder) -> None:
        """Raises ReadOnly, OverQuota or Unavailable where no UIDs can be given."""
        if folder.read_only():
            raise ReadOnly("the mailbox is read-only")
        if self.database.volatile and not has_room(self.database.path.parent):
            raise OverQuota("the disk is full")
        if self.database.volatile:
            raise Unavailable("the index cannot be written")

    def catch_up(self, writer: MailboxWriter) -> None:
        """Before UIDs are given: take in those that others have given."""
        if ledger.catch_up(writer):
            reconcile(writer)

    def compare(self, writer: MailboxWriter) -> bool:
        """Take in whatever other programs did. True if anything but names differed."""
        ledger.catch_up(writer)
        return reconcile(writer)

    def forget(self, folder: Folder) -> None:
        """The mailbox has a new UIDVALIDITY, or is gone: begin anew with it."""
        with self.database.transaction() as connection:
            row = mailboxes.by_folder(connection, folder.name)
            if row is not None:
                mailboxes.remove(connection, row.id)

    def repair(self) -> None:
        """Something was not there: forget folders that are gone, make parts that are."""
        for name in mailboxes.folders(self.database.connection):
            folder = Folder(self.root, name)
            if name and not folder.exists():
                self.forget(folder)
            elif not folder.read_only():
                folder.complete()

    def close(self) -> None:
        self.texts.close()
        self.database.close()


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    """A folder of Maildir++; no symbolic link, which might lead to another user's mail."""
    return (
        entry.name.startswith(b".")
        and entry.is_dir(follow_symlinks=False)
        and has_parts(entry.path)
    )


class _HasHome(Protocol):
    @property
    def home(self) -> Home: ...


S = TypeVar("S", bound=_HasHome)


def guarded(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """A method that changes nothing when it fails: start again where that helps.

    A lost index is made anew, and the method called once more; so it is when another program
    wrote ``dovecot-uidlist`` at the same moment. Errors of SQLite and of the disk become
    those of :mod:`mailstore.model.errors`.
    """

    @wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_ATTEMPTS):
            try:
                with DiskErrors():
                    return method(self, *args, **kwargs)
            except (IndexLost, sqlite3.Error) as error:
                _recover(self.home, error)
            except BlockingIOError:
                continue
            except ValidityChanged as error:
                self.home.forget(error.folder)
            except FileNotFoundError:
                self.home.repair()
            except OSError as error:
                raise Unavailable(f"the mail cannot be reached ({error.strerror})") from error
        raise Unavailable("the mail is changed by others without end")

    return call


def _recover(home: Home, error: Exception) -> None:
    """Put a fresh index in place, or raise what the error means."""
    meaning = mail_error(error) if isinstance(error, sqlite3.Error) else error
    if meaning is None:
        raise error
    if not isinstance(meaning, IndexLost):
        raise meaning from error
    home.database.reopen(str(error))
