"""What crashes left in ``tmp/``: files and folders that nobody has touched for 36 hours.

qmail's maildir(5) gives a delivery so long. What counts is the change of the inode, not the time
of modification: a message on its way in may have an old date already.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from typing import Final

from mailstore.store import durable
from mailstore.store.maildir.folder import is_directory

logger = logging.getLogger(__name__)

AGE_S: Final = 36 * 3600


def clear(tmp: bytes) -> None:
    """Remove what is old; errors are logged and nobody's concern."""
    before = time.time() - AGE_S
    if not is_directory(tmp):
        # A link, perhaps to another user's mail, where all is old.
        return
    try:
        names = os.listdir(tmp)
    except OSError:
        return
    for name in names:
        path = os.path.join(tmp, name)
        try:
            status = os.lstat(path)
            if max(status.st_ctime, status.st_mtime) >= before:
                continue
            if stat.S_ISDIR(status.st_mode):
                durable.remove_tree(path)
            else:
                durable.unlink(path)
        except FileNotFoundError:
            continue
        except Exception as error:
            logger.warning("%r cannot be removed: %s", path, error)
