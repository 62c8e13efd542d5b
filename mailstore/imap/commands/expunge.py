"""EXPUNGE: remove what is flagged ``\\Deleted`` (RFC 9051, section 6.4.3).

The ``* n EXPUNGE`` answers are the usual untagged updates at the end of the command.
"""

from __future__ import annotations

from mailstore.imap.registry import Command, State, no_arguments
from mailstore.imap.session import Session
from mailstore.model.errors import ReadOnly


async def _expunge(session: Session, arguments: None) -> None:
    view = session.view
    if view.read_only:
        raise ReadOnly("the mailbox is open for reading only")
    await view.mailbox.expunge(view.all)


EXPUNGE = Command(b"EXPUNGE", State.SELECTED, no_arguments, _expunge, expunges=True)

COMMANDS = (EXPUNGE,)
