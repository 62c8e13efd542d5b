"""INPROGRESS, RFC 9585: how far a long command is; see :mod:`mailstore.imap.progress`."""

from __future__ import annotations

from mailstore.imap.registry import Extension

EXTENSION = Extension(
    rfc=9585, title="IMAP response code for command progress", capabilities=(b"INPROGRESS",)
)
