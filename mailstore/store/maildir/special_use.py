r"""Special uses of mailboxes (RFC 6154), in the user's Maildir so that they outlive the index.

``mailstore-special-use`` has a line for each: the use without its backslash, a space, the folder:
``Sent .Sent Messages``. A folder that is not there may have a use by the standard names that the
server was set up with, unless another mailbox has that use. ``- .Sent`` is a folder whose use was
taken from it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

from mailstore.model.mailbox import SPECIAL_USES
from mailstore.store import durable

NAME: Final = b"mailstore-special-use"

_MAX_FILE: Final = 1 << 20
_USES: Final[dict[str, bytes | None]] = {
    "-": None,
    **{use[1:].decode("ascii"): use for use in SPECIAL_USES},
}


def read(root: bytes) -> dict[str, bytes | None]:
    """Folder to use; None is a folder that is to have none. What cannot be read is left out."""
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


def write(root: bytes, uses: Mapping[str, bytes | None]) -> None:
    """Replace the file, durably."""
    lines = [
        b"%b %b\n" % (use[1:] if use else b"-", os.fsencode(folder))
        for folder, use in sorted(uses.items())
    ]
    durable.replace(os.path.join(root, NAME), b"".join(lines), os.path.join(root, b"tmp"))


def effective(
    root: bytes, folders: Mapping[str, str], standard: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Mailbox name to use, of ``folders`` (name to folder) that exist."""
    recorded = read(root)
    known = {name: recorded[folder] for name, folder in folders.items() if folder in recorded}
    taken = set(known.values())
    for name, use in standard.items():
        if name in folders and name not in known and use not in taken:
            known[name] = use
    return {name: use for name, use in known.items() if use is not None}


def use_of(
    root: bytes,
    name: str,
    folder: str,
    standard: Mapping[str, bytes],
    exists: Callable[[str], bool],
) -> bytes | None:
    """The use of one mailbox, as :func:`effective` has it; ``exists`` tells of folders."""
    recorded = read(root)
    if folder in recorded:
        return recorded[folder]
    use = standard.get(name)
    taken = any(other == use and exists(its_folder) for its_folder, other in recorded.items())
    return None if taken else use
