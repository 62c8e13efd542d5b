"""Reading message files: for clients, and once for the index."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Final, NamedTuple

from mailstore.mime.content import Content, describe
from mailstore.model.errors import MessageGone
from mailstore.model.flags import DELETED
from mailstore.store.index import contents, messages
from mailstore.store.index.messages import FileRow
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.lines import StoredFile, open_message
from mailstore.store.maildir.writer import MailboxWriter

BATCH: Final = 100
"""Messages that are read between two writes to the index."""

AT_ONCE: Final = 4 << 20
"""Octets of content, besides, that make a write due."""


class Filled(NamedTuple):
    """What was read of a message; ``size`` is counted."""

    row: FileRow
    size: int
    content: Content


def open_row(folder: Folder, row: FileRow) -> StoredFile:
    """Open the file that the index has for a message.

    The index's size counts only if the message was read before: it may be what a name
    claimed. Raises FileNotFoundError, MessageGone.
    """
    size = None if row.content is None else row.size
    return open_message(folder.file(row.in_new, row.name), row.uid, size)


def read_contents(
    folder: Folder, rows: Sequence[FileRow], most: float = inf
) -> tuple[list[Filled], list[int]]:
    """Read messages; long. What was read, and UIDs of those whose file is not there.

    The last ``rows`` are left out once there are more than ``most`` octets of content.
    """
    filled, lost, octets = [], [], 0
    for row in rows:
        if octets > most:
            break
        try:
            message = open_row(folder, row)
        except (FileNotFoundError, MessageGone):
            lost.append(row.uid)
            continue
        try:
            text = message.read(0, message.size)
        except MessageGone:
            lost.append(row.uid)
            continue
        finally:
            message.close()
        content = describe(text)
        octets += content.octets
        filled.append(Filled(row, len(text), content))
    return filled, lost


def keep(writer: MailboxWriter, filled: Sequence[Filled]) -> None:
    """Write contents to the index, and sizes where it had others."""
    for row, size, _ in filled:
        if size != row.size:
            correct_size(writer, row.uid, size)
    contents.attach(writer.connection, writer.id, [(row.uid, c) for row, _, c in filled])


def correct_size(writer: MailboxWriter, uid: int, size: int) -> None:
    """The message has ``size`` octets; what the index has of its content is void."""
    for row in messages.files_of(writer.connection, writer.id, (uid,)):
        if row.size != size:
            messages.set_size(writer.connection, writer.id, uid, size)
            writer.row.size += size - row.size
            if row.flags & DELETED:
                writer.row.deleted_size += size - row.size
