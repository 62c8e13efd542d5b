"""Annotations of mailboxes and of the server: METADATA, RFC 5464.

An entry has a name such as ``/private/comment`` and a value, which is any octets. Names are
compared without regard to case, so here they are always in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SERVER: Final = ""
"""Stands for a mailbox name where the entries are the server's (RFC 5464, section 4.2)."""

SPECIAL_USE_ENTRY: Final = b"/private/specialuse"
"""The special use of a mailbox as an entry (RFC 6154, section 4)."""

LONGEST_NAME: Final = 255
"""Octets in the name of an entry."""

DEEPEST_NAME: Final = 16
"""Components in the name of an entry; ``/private/comment`` has two."""

MOST_ENTRIES: Final = 250
"""Entries of one mailbox, or of the server."""

MOST_OCTETS: Final = 1 << 20
"""All names and values of one mailbox, or of the server, together."""

Entries = Mapping[bytes, bytes]
"""Name to value."""

_NAME: Final = re.compile(rb"/(?:private|shared)(?:/[^\x00-\x1f\x7f-\xff%*/]++)*+\Z")


def entry_name(octets: bytes) -> bytes:
    """The one spelling of a name. Raises ValueError for what cannot name an entry.

    It begins with ``/private`` or ``/shared``; no component is empty, and no octet is a control,
    a wildcard, or beyond ASCII (RFC 5464, sections 3.1 and 5).
    """
    name = octets.lower()
    if not _NAME.match(name):
        raise ValueError("not the name of an entry")
    return name


def may_be_set(name: bytes) -> bool:
    """Whether an entry of this name can have a value here: not too long, not too deep."""
    return len(name) <= LONGEST_NAME and 2 <= name.count(b"/") <= DEEPEST_NAME


def is_within(name: bytes, entry: bytes, depth: int | None) -> bool:
    """Whether ``name`` is ``entry``, or at most ``depth`` levels below it; None is any number."""
    if name == entry:
        return True
    below = entry + b"/"
    return name.startswith(below) and (depth is None or name.count(b"/", len(below)) < depth)


def within_limits(entries: Entries) -> bool:
    """Whether one mailbox may have all of these."""
    size = sum(len(name) + len(value) for name, value in entries.items())
    return len(entries) <= MOST_ENTRIES and size <= MOST_OCTETS


def changed(entries: Entries, changes: Mapping[bytes, bytes | None]) -> dict[bytes, bytes]:
    """``entries`` with some set, and those removed whose new value is None."""
    after = {**entries, **changes}
    return {name: value for name, value in sorted(after.items()) if value is not None}
