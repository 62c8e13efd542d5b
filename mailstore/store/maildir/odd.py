"""Messages whose files another program replaced by a link, a pipe or a directory.

A comparison looks at new names only, so it does not see them. Whoever is to read such a
file finds out, and then the message is expunged. The file itself is nobody's business.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from mailstore.store.index import messages
from mailstore.store.index.messages import FileRow
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.writer import MailboxWriter


def expunge(writer: MailboxWriter, uids: Sequence[int]) -> None:
    """Expunge those messages, of ``uids``, that are odd now. Call it after a comparison."""
    rows = messages.files_of(writer.connection, writer.id, sorted(uids))
    writer.remove([row for row in rows if is_odd(writer.folder, row)])


def is_odd(folder: Folder, row: FileRow) -> bool:
    """There is something of the message's name, and it is no file."""
    try:
        status = os.lstat(folder.file(row.in_new, row.name))
    except OSError:
        return False
    return not stat.S_ISREG(status.st_mode)
