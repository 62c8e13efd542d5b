"""STATUS=SIZE, RFC 8438: how many octets the messages of a mailbox have."""

from __future__ import annotations

from mailstore.imap.registry import Extension, StatusItem

EXTENSION = Extension(
    rfc=8438,
    title="STATUS=SIZE",
    capabilities=(b"STATUS=SIZE",),
    status_items=(StatusItem(b"SIZE", lambda _, status: b"%d" % status.size),),
)
