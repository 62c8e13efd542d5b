"""How many octets a message has with CRLF line ends, which is what clients are told.

A file may have bare LF, so its size on disk is not the answer. Counting means reading all of
it, too slow for a hundred thousand files at once. So what the name (``S=``, ``W=``) or the
``dovecot-uidlist`` (``S``, ``W``) claims is taken if it can be so. It is put right whenever the
message is read, see :func:`mailstore.store.maildir.reading.open_row`.
"""

from __future__ import annotations

from mailstore.model.errors import MessageGone
from mailstore.store.maildir import filename
from mailstore.store.maildir.lines import open_message


def measure(path: bytes, base: bytes, disk_size: int, fields: dict[bytes, bytes]) -> int:
    """Octets with CRLF of a file with ``disk_size`` octets, as claimed or else as counted."""
    parsed = filename.parse(base)
    size = _number(fields.get(b"S")) or parsed.size
    virtual = _number(fields.get(b"W")) or parsed.virtual_size
    # Each octet of the file may at most be an LF that becomes two.
    if virtual is not None and size in (None, disk_size) and disk_size <= virtual <= 2 * disk_size:
        return virtual
    return count(path, disk_size)


def count(path: bytes, disk_size: int) -> int:
    """Read the file and count; its size on disk if it cannot be read now."""
    try:
        message = open_message(path, 0)
    except (OSError, MessageGone):
        return disk_size
    try:
        return message.size
    finally:
        message.close()


def _number(digits: bytes | None) -> int | None:
    if digits is None or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits)
