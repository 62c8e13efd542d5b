"""Creating, deleting and renaming mailboxes on disk.

A new folder is made whole in ``tmp/`` and renamed into its place; a deleted one is renamed into
``tmp/`` and removed there. So a crash leaves a mailbox as it was or as it should be, and at
worst rubbish in ``tmp/``, which is cleared away later. Renaming a mailbox with inferiors is one
rename for each folder: a crash in between leaves each where it was or where it should be.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from typing import Final

from mailstore.model.errors import (
    InvalidMailboxName,
    MailboxExists,
    MailboxHasChildren,
    NoSuchMailbox,
    ReadOnly,
)
from mailstore.model.mailbox import INBOX, SEPARATOR
from mailstore.model.sequence_set import MAX_UID
from mailstore.store import durable
from mailstore.store.index import mailboxes
from mailstore.store.maildir import folder as folders
from mailstore.store.maildir import ledger, special_use, uid_validity, uidlist
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.home import Home
from mailstore.store.maildir.names import folder_of, normalize

logger = logging.getLogger(__name__)

ALL: Final = ((1, MAX_UID),)


def create(home: Home, name: str, use: bytes | None = None) -> bytes:
    """See ``UserStore.create``."""
    _check_writable(home)
    name = normalize(name)
    folder = Folder(home.root, folder_of(name)) if name != INBOX else home.inbox
    with home.database.transaction() as connection:
        if folder.exists() or name in home.names():
            raise MailboxExists("the mailbox is there already")
        value = uid_validity.allocate(home.root, mailboxes.last_validity(connection))
        header = ledger.new_header(value)
        made = folders.make(
            home.inbox.tmp,
            {folders.MARKER: b"", os.fsencode(uidlist.NAME): ledger.header_line(header)},
        )
        try:
            durable.rename_directory(made, folder.path)
        except BaseException as error:
            with contextlib.suppress(FileNotFoundError):
                durable.remove_tree(made)
            if isinstance(error, FileExistsError):
                raise MailboxExists("something of that name is there already") from error
            raise
        durable.sync_directory(home.root)
        row = mailboxes.by_folder(connection, folder.name)
        if row is not None:
            mailboxes.remove(connection, row.id)
        if use is not None:
            special_use.write(home.root, {**special_use.read(home.root), folder.name: use})
    return header.mailbox_id


def delete(home: Home, name: str) -> None:
    """See ``UserStore.delete``; INBOX is the caller's to refuse."""
    _check_writable(home)
    name = normalize(name)
    with home.database.transaction() as connection:
        names = home.names()
        if name not in names:
            if any(other.startswith(name + SEPARATOR) for other in names):
                raise MailboxHasChildren("the name is only the parent of others")
            raise NoSuchMailbox("no such mailbox")
        folder = Folder(home.root, names[name])
        rubbish = os.path.join(
            home.inbox.tmp, b"deleted.%d.%b" % (os.getpid(), secrets.token_hex(8).encode())
        )
        durable.rename_directory(folder.path, rubbish)
        durable.sync_directory(home.root)
        row = mailboxes.by_folder(connection, folder.name)
        if row is not None:
            mailboxes.remove(connection, row.id)
        _move_uses(home, {folder.name: None})
    try:
        durable.remove_tree(rubbish)
    except OSError as error:
        logger.warning("%r is left to be cleared away: %s", rubbish, error)


def rename(home: Home, name: str, new_name: str) -> None:
    """See ``UserStore.rename``, for all but INBOX."""
    _check_writable(home)
    name, new_name = normalize(name), normalize(new_name)
    done: list[tuple[Folder, Folder]] = []
    try:
        with home.database.transaction():
            moves = _plan(home, name, new_name)
            for source, target in moves:
                durable.rename_directory(source.path, target.path)
                done.append((source, target))
            durable.sync_directory(home.root)
            for source, target in moves:
                _rename_row(home, source, target)
            _move_uses(home, {source.name: target.name for source, target in moves})
    except BaseException as error:
        for source, target in reversed(done):
            with contextlib.suppress(OSError):
                durable.rename_directory(target.path, source.path)
        if isinstance(error, FileExistsError):
            raise MailboxExists("something of the new name is there already") from error
        raise


def _plan(home: Home, name: str, new_name: str) -> list[tuple[Folder, Folder]]:
    """Folders and what they become, parents first. Raises as ``UserStore.rename``."""
    names = home.names()
    inferior = name + SEPARATOR
    old_names = sorted(old for old in names if old == name or old.startswith(inferior))
    if not old_names:
        raise NoSuchMailbox("no such mailbox")
    new_names = [new_name + old[len(name) :] for old in old_names]
    if new_name == INBOX or not names.keys().isdisjoint([new_name, *new_names]):
        raise MailboxExists("the new name is in use")
    if new_name.startswith(inferior):
        raise InvalidMailboxName("a mailbox cannot become its own inferior")
    return [
        (Folder(home.root, names[old]), Folder(home.root, folder_of(new)))
        for old, new in zip(old_names, new_names, strict=True)
    ]


def _rename_row(home: Home, source: Folder, target: Folder) -> None:
    connection = home.database.connection
    stale = mailboxes.by_folder(connection, target.name)
    if stale is not None:
        mailboxes.remove(connection, stale.id)
    row = mailboxes.by_folder(connection, source.name)
    if row is not None:
        mailboxes.rename(connection, row.id, target.name)


def _move_uses(home: Home, moves: dict[str, str | None]) -> None:
    """Special uses go with their folders, or end (None)."""
    uses = special_use.read(home.root)
    if uses.keys().isdisjoint(moves):
        return
    after = {}
    for folder, use in uses.items():
        target = moves.get(folder, folder)
        if target is not None:
            after[target] = use
    special_use.write(home.root, after)


def _check_writable(home: Home) -> None:
    if not os.access(home.root, os.W_OK | os.X_OK):
        raise ReadOnly("the mail is read-only")
