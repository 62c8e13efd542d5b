"""LITERAL+ or LITERAL-, RFC 7888: ``{5+}`` literals, sent without waiting for ``+``.

The framer reads them (:mod:`mailstore.imap.wire.framer`). Those of a command that was
refused are read and dropped; a large one before login ends the connection. With LITERAL-,
which a setting chooses, those above 4096 octets are refused.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension
from mailstore.imap.session import Session


def _capability(session: Session) -> bytes:
    return b"LITERAL-" if session.offers.literal_minus else b"LITERAL+"


EXTENSION = Extension(rfc=7888, title="Non-synchronizing literals", capabilities=(_capability,))
