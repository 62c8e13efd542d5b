"""MULTIAPPEND, RFC 3502: one APPEND of several messages, all or none.

See :mod:`mailstore.imap.commands.append`, for which one message is just the usual number.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension

EXTENSION = Extension(rfc=3502, title="MULTIAPPEND extension", capabilities=(b"MULTIAPPEND",))
