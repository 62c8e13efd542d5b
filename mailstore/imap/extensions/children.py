"""CHILDREN, RFC 3348: ``\\HasChildren`` and ``\\HasNoChildren`` in every LIST answer.

See :meth:`mailstore.imap.hierarchy.ListedName.attributes`.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension

EXTENSION = Extension(rfc=3348, title="IMAP4 child mailbox extension", capabilities=(b"CHILDREN",))
