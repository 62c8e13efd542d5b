"""EXPUNGE: remove what is flagged ``\\Deleted`` (RFC 9051, section 6.4.3).

The ``* n EXPUNGE`` answers are the usual untagged updates at the end of the command.
HIGHESTMODSEQ in the tagged OK is RFC 7162, section 3.2.7.
"""

from __future__ import annotations

from mailstore.imap.registry import Command, State, no_arguments
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.imap.updates import highest_mod_seq
from mailstore.model.errors import ReadOnly


async def _expunge(session: Session, arguments: None) -> Ok | None:
    view = session.view
    if view.read_only:
        raise ReadOnly("the mailbox is open for reading only")
    if not await view.mailbox.expunge(view.all):
        return None
    return Ok(code=await highest_mod_seq(session, view))


EXPUNGE = Command(b"EXPUNGE", State.SELECTED, no_arguments, _expunge)

COMMANDS = (EXPUNGE,)
