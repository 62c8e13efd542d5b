"""NOOP and CHECK: nothing but the untagged updates that follow (RFC 9051, section 6.1.2).

Both look at the disk first, so that a client that polls sees what other programs did even
where there is no notification of it.
"""

from __future__ import annotations

from mailstore.imap.registry import Command, State, no_arguments
from mailstore.imap.session import Session


async def _look(session: Session, arguments: None) -> None:
    view = session.selected
    if view is not None:
        await view.mailbox.look()
        view.stale = True


NOOP = Command(b"NOOP", State.ANY, no_arguments, _look)

CHECK = Command(b"CHECK", State.SELECTED, no_arguments, _look)
"""RFC 3501, section 6.4.1. Everything is on disk before it is acknowledged anyway.

IMAP4rev2 has it no more (RFC 9051, appendix E).
"""

COMMANDS = (NOOP,)
