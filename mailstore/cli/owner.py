"""Whose files the mail is, when root runs a command.

A server runs as a user of its own and could not read what root made. What a command makes
therefore belongs to the owner of the data directory, and is made with that owner's
rights alone: a trap laid in a Maildir leads root nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailstore.config.replace import Owner


def owner_of(directory: Path) -> Owner | None:
    """Who owns ``directory``, or what of its path exists; None if that is who runs this."""
    if os.geteuid() != 0:
        return None
    for path in (directory, *directory.parents):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        return Owner(status.st_uid, status.st_gid) if status.st_uid else None
    return None


@contextmanager
def acting_as(owner: Owner | None) -> Iterator[None]:
    """Make and remove files as ``owner``; None changes nothing. For a single thread only."""
    if owner is None:
        yield
        return
    uid, gid, groups = os.geteuid(), os.getegid(), os.getgroups()
    os.setgroups([owner.gid])
    os.setegid(owner.gid)
    os.seteuid(owner.uid)
    try:
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)
