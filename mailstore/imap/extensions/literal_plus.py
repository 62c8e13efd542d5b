"""LITERAL+, RFC 7888: ``{5+}`` literals, sent without waiting for ``+``.

The framer reads them (:mod:`mailstore.imap.wire.framer`). Those of a command that was
refused are read and dropped; a large one before login ends the connection.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension

EXTENSION = Extension(rfc=7888, title="Non-synchronizing literals", capabilities=(b"LITERAL+",))
