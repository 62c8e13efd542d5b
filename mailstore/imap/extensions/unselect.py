"""UNSELECT, RFC 3691: leave the selected mailbox as CLOSE does, but expunge nothing."""

from __future__ import annotations

from mailstore.imap.registry import Command, Extension, State, no_arguments
from mailstore.imap.session import Session


async def _unselect(session: Session, arguments: None) -> None:
    session.unselect()


UNSELECT = Command(b"UNSELECT", State.SELECTED, no_arguments, _unselect)

EXTENSION = Extension(
    rfc=3691, title="IMAP UNSELECT command", capabilities=(b"UNSELECT",), commands=(UNSELECT,)
)
