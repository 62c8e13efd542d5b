r"""Special uses of mailboxes (RFC 6154), in the user's Maildir so that they outlive the index.

``mailstore-special-use`` has a line for each: the use without its backslash, a space, the folder:
``Sent .Sent Messages``. A folder that has none there may have one by the standard names that the
server was set up with, unless another mailbox has that use.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from mailstore.model.mailbox import SPECIAL_USES
from mailstore.store import durable

NAME: Final = b"mailstore-special-use"

_MAX_FILE: Final = 1 << 20
_USES: Final = {use[1:].decode("ascii"): use for use in SPECIAL_USES}


def read(root: bytes) -> dict[str, bytes]:
    """Folder to use. What cannot be read is no use."""
    try:
        descriptor = os.open(
            os.path.join(root, NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return {}
    with os.fdopen(descriptor, "rb") as file:
        lines = os.fsdecode(file.read(_MAX_FILE)).split("\n")
    found = {}
    for line in lines:
        use, _, folder = line.partition(" ")
        if use in _USES and folder:
            found[folder] = _USES[use]
    return found


def write(root: bytes, uses: Mapping[str, bytes]) -> None:
    """Replace the file, durably."""
    lines = [b"%b %b\n" % (use[1:], os.fsencode(folder)) for folder, use in sorted(uses.items())]
    durable.replace(os.path.join(root, NAME), b"".join(lines), os.path.join(root, b"tmp"))


def effective(
    root: bytes, folders: Mapping[str, str], standard: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Mailbox name to use, of ``folders`` (name to folder) that exist."""
    recorded = read(root)
    uses = {name: recorded[folder] for name, folder in folders.items() if folder in recorded}
    taken = set(uses.values())
    for name, use in standard.items():
        if name in folders and name not in uses and use not in taken:
            uses[name] = use
    return uses
