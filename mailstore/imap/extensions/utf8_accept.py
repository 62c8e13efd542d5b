"""UTF8=ACCEPT, RFC 9755 (before, 6855): mailbox names and quoted strings in UTF-8.

Enabling it changes how strings are read (:class:`mailstore.imap.wire.cursor.Cursor`), how
mailbox names are written (:meth:`mailstore.imap.session.Session.encode_mailbox`), and has
SEARCH refuse a charset, as there is only one then.

Deviation: a message with UTF-8 in its header is shown to every client as it was stored, in
literals, which may hold it; RFC 9755, section 8, would have a client that did not enable this
see a message of ASCII in its place. Such a surrogate has another size and other octets under
the same UID, and breaks signatures; every client in use reads the original.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension
from mailstore.imap.session import Session


def _enable(session: Session) -> None:
    session.enabled.add(b"UTF8=ACCEPT")


EXTENSION = Extension(
    rfc=9755,
    title="UTF8=ACCEPT",
    capabilities=(b"UTF8=ACCEPT",),
    enables=((b"UTF8=ACCEPT", _enable),),
)
