"""What other programs do to a Maildir, for tests."""

from __future__ import annotations

import os
from pathlib import Path

from mailstore.model.sequence_set import MAX_UID
from mailstore.store.maildir import uidlist
from mailstore.store.ports import Column, MailboxStore

ALL = [(1, MAX_UID)]
OLD = 1_600_000_000


def deliver(
    folder: Path, name: str, text: bytes = b"Subject: x\r\n\r\nbody\r\n", *, place: str = "new"
) -> Path:
    """A message file, as a delivery agent leaves it."""
    path = folder / place / name
    path.write_bytes(text)
    os.utime(path, (OLD, OLD))
    return path


def names(folder: Path) -> list[str]:
    """Files in ``new/`` and ``cur/``, as ``new/x`` and ``cur/x``."""
    return sorted(
        f"{place}/{name}" for place in ("new", "cur") for name in os.listdir(folder / place)
    )


def bases(mailbox: MailboxStore, folder: Path) -> dict[int, bytes]:
    """UID to base name, as ``dovecot-uidlist`` has it, for messages that exist."""
    found = uidlist.read(folder / uidlist.NAME)
    listed = dict(zip(found.uids, found.names, strict=True))
    return {uid: listed[uid] for uid in mailbox.uids()}


def column(mailbox: MailboxStore, name: Column) -> list[object]:
    return [value for (value,) in mailbox.rows((name,), ALL, limit=100_000)]


def age(folder: Path) -> None:
    """Let the folder look as if nothing had happened for a while."""
    for place in ("new", "cur"):
        os.utime(folder / place, (OLD, OLD))


def forget_index(root: Path) -> None:
    for path in root.glob("mailstore-index*"):
        path.unlink()
