"""MOVE, RFC 6851: COPY and expunge in one step, with no moment in which a message is lost.

COPYUID is an untagged OK that comes before the EXPUNGEs (section 4.3), which are the usual
untagged updates at the end of the command.
"""

from __future__ import annotations

from mailstore.imap.commands.copy import CopyArguments, copyuid, parse_copy
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.model.errors import ReadOnly


async def _move(session: Session, arguments: CopyArguments) -> Ok | None:
    return await _answer(session, arguments, by_uid=False)


async def _uid_move(session: Session, arguments: CopyArguments) -> Ok | None:
    return await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: CopyArguments, *, by_uid: bool) -> Ok | None:
    view = session.view
    if view.read_only:
        raise ReadOnly("the mailbox is open for reading only")
    ranges = view.ranges(arguments.messages, by_uid=by_uid)
    count = len(view.uids_in(ranges))
    if not count:
        return Ok(b"There are no such messages")
    session.progress.at(0, count)
    moved = await view.mailbox.move(ranges, arguments.destination)
    session.output.untagged(b"OK [%s] Moved" % copyuid(moved))
    return None


EXTENSION = Extension(
    rfc=6851,
    title="IMAP MOVE extension",
    capabilities=(b"MOVE",),
    commands=(
        Command(b"MOVE", State.SELECTED, parse_copy, _move, try_create=True),
        Command(b"UID MOVE", State.SELECTED, parse_copy, _uid_move, try_create=True),
    ),
)
