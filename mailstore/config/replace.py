"""Replacing a small file as a whole, safely against crashes and against other writers."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from mailstore.config.errors import ConfigurationError
from mailstore.store import durable

LOCK_WAIT_S: Final = 10.0
_LOCK_POLL_S: Final = 0.05


class Owner(NamedTuple):
    """Ids, as of the system."""

    uid: int
    gid: int


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other programs of ours from changing files in ``folder``.

    The lock is the kernel's, on the directory itself: it leaves no file behind and ends
    with the process. Raises ConfigurationError after ten seconds, and OSError.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + LOCK_WAIT_S
        while not _lock(descriptor):
            if time.monotonic() > deadline:
                raise ConfigurationError([f"{folder}: another program is changing a file here"])
            time.sleep(_LOCK_POLL_S)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def replace_text(path: Path, text: str, owner: Owner | None = None) -> None:
    """Put ``text`` in place of what ``path`` holds, or make the file, mode 0600.

    A file that is there keeps its owner, group, and mode, except that others than owner and
    group lose what they may do. Whoever reads sees the old text or the new one, also after
    a crash; the new one is durable on return.

    Raises OSError: the old text stays.
    """
    try:
        old: os.stat_result | None = path.stat()
    except FileNotFoundError:
        old = None
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = durable.create(temporary)
    try:
        try:
            _dress(descriptor, old, owner)
            durable.write(descriptor, text.encode("utf-8"))
        except BaseException:
            os.close(descriptor)
            raise
        durable.seal(descriptor)
        os.replace(temporary, path)
    except BaseException:
        durable.discard(temporary)
        raise
    durable.sync_directory(path.parent)


def _dress(descriptor: int, old: os.stat_result | None, owner: Owner | None) -> None:
    """Owner first: changing it may clear bits of the mode."""
    if old is not None:
        owner = Owner(old.st_uid, old.st_gid)
    now = os.fstat(descriptor)
    if owner is not None and owner != (now.st_uid, now.st_gid):
        os.fchown(descriptor, owner.uid, owner.gid)
    if old is not None:
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode) & 0o770 | stat.S_IRUSR | stat.S_IWUSR)
