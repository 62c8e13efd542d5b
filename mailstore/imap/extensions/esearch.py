"""ESEARCH, RFC 4731: SEARCH RETURN (MIN MAX ALL COUNT).

The options and their answer stand with :mod:`mailstore.imap.commands.search`.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension

EXTENSION = Extension(rfc=4731, title="ESEARCH extension", capabilities=(b"ESEARCH",))
