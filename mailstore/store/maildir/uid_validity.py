"""New UIDVALIDITY values, which only grow for each user.

The last one is kept in the user's Maildir as Dovecot keeps it, apart from the mailboxes, so
that a mailbox which is deleted and made again never gets an old one, whatever the clock
says: ``dovecot-uidvalidity`` holds eight hexadecimal digits, and an empty file
``dovecot-uidvalidity.<digits>`` says the same by its name. The larger of the two counts.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import Final

from mailstore.model.errors import LimitReached
from mailstore.store import durable

NAME: Final = b"dovecot-uidvalidity"

_MARKER: Final = re.compile(rb"dovecot-uidvalidity\.([0-9a-f]{8})")
_DIGITS: Final = re.compile(rb"[0-9a-f]{8}")


def allocate(root: bytes, above: int = 0) -> int:
    """The next UIDVALIDITY of the user whose Maildir is ``root``; recorded durably.

    It is the time, or one more than the last or than ``above``, whichever is largest. The
    caller holds the index's write lock.

    Raises LimitReached when there are none left, OverQuota, ReadOnly, OSError.
    """
    markers = [match for match in map(_MARKER.fullmatch, os.listdir(root)) if match]
    last = max([above, _recorded(root), *(int(match[1], 16) for match in markers)])
    value = max(int(time.time()), last + 1)
    if value > 0xFFFFFFFF:
        raise LimitReached("the user has no UIDVALIDITY left")
    durable.replace(os.path.join(root, NAME), b"%08x" % value, os.path.join(root, b"tmp"))
    _move_marker(root, [match[0] for match in markers], value)
    return value


def _recorded(root: bytes) -> int:
    try:
        descriptor = os.open(
            os.path.join(root, NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return 0
    try:
        match = _DIGITS.match(os.read(descriptor, 8))
    except OSError:
        return 0
    finally:
        os.close(descriptor)
    return int(match[0], 16) if match else 0


def _move_marker(root: bytes, markers: list[bytes], value: int) -> None:
    """Only for Dovecot, which looks for the marker when the other file is gone."""
    marker = os.path.join(root, NAME + b".%08x" % value)
    with contextlib.suppress(FileNotFoundError, FileExistsError):
        if markers:
            durable.rename(os.path.join(root, max(markers)), marker)
        else:
            durable.write_new(marker, ())
