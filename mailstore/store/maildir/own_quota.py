"""Limits that a user set (RFC 9208, SETQUOTA), in the Maildir so that they outlive the index.

``mailstore-quota`` has a line for each: ``storage 1048576`` (octets), ``messages 1000``.
"""

from __future__ import annotations

import os
from typing import Final

from mailstore.model.quota import UNLIMITED, Quota
from mailstore.store import durable

NAME: Final = b"mailstore-quota"

_MAX_FILE: Final = 1 << 10
_DIGITS: Final = 19


def read(root: bytes) -> Quota:
    """What cannot be read is no limit."""
    try:
        descriptor = os.open(
            os.path.join(root, NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return Quota()
    with os.fdopen(descriptor, "rb") as file:
        lines = file.read(_MAX_FILE).split(b"\n")
    found = {name: number for name, _, number in (line.partition(b" ") for line in lines)}
    return Quota(_limit(found.get(b"storage", b"")), _limit(found.get(b"messages", b"")))


def _limit(digits: bytes) -> int:
    return min(int(digits), UNLIMITED) if digits.isdigit() and len(digits) <= _DIGITS else UNLIMITED


def write(root: bytes, quota: Quota) -> None:
    """Replace the file, durably."""
    limits = ((b"storage", quota.storage), (b"messages", quota.messages))
    lines = [b"%b %d\n" % (name, limit) for name, limit in limits if limit != UNLIMITED]
    durable.replace(os.path.join(root, NAME), b"".join(lines), os.path.join(root, b"tmp"))
