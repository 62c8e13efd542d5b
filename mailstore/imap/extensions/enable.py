"""ENABLE, RFC 5161: the client says which extensions it understands unasked.

Names that nothing here knows are ignored, as the RFC wants it; mutt sends UTF8=ACCEPT
whether or not it is announced.
"""

from __future__ import annotations

from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor


def _parse(cursor: Cursor) -> list[bytes]:
    """``enable = "ENABLE" 1*(SP capability)``."""
    names: list[bytes] = []
    while not names or not cursor.at_end():
        cursor.space()
        names.append(cursor.keyword())
    return names


async def _enable(session: Session, names: list[bytes]) -> None:
    """Answers with the names that this command switched on."""
    before = set(session.enabled)
    found = (session.registry.enable(session, name) for name in names)
    known = dict(each for each in found if each is not None)
    for enable in known.values():
        enable(session)
    enabled = [name for name in known if name in session.enabled - before]
    session.output.untagged(b" ".join([b"ENABLED", *enabled]))


ENABLE = Command(b"ENABLE", State.LOGGED_IN, _parse, _enable)

EXTENSION = Extension(
    rfc=5161, title="IMAP ENABLE extension", capabilities=(b"ENABLE",), commands=(ENABLE,)
)
