"""CLOSE: expunge without a word, then leave the mailbox (RFC 9051, section 6.4.1)."""

from __future__ import annotations

from mailstore.imap.registry import Command, State, no_arguments
from mailstore.imap.session import Session


async def _close(session: Session, arguments: None) -> None:
    """Nothing is expunged, and it is no error, if the mailbox is open for reading only.

    HIGHESTMODSEQ must not be told here (RFC 7162, section 3.2.8): what happened up to it was
    not either.
    """
    view = session.view
    if not view.read_only:
        await view.mailbox.expunge(view.all)
    session.unselect()


CLOSE = Command(b"CLOSE", State.SELECTED, no_arguments, _close)

COMMANDS = (CLOSE,)
