"""SELECT and EXAMINE (RFC 9051, sections 6.3.2 and 6.3.3)."""

from __future__ import annotations

from typing import Any, NamedTuple

from mailstore.account.mailbox import OpenMailbox
from mailstore.imap.grammar.mailbox import Supplied, parse_supplied
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.old_name import tell_name
from mailstore.imap.registry import Command, SelectParameter, State
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.imap.updates import claim_recent, send_known_flags
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor


class _Arguments(NamedTuple):
    mailbox: Supplied
    parameters: list[tuple[SelectParameter, Any]]


def _parse(cursor: Cursor) -> _Arguments:
    """``select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]``."""
    cursor.space()
    mailbox = parse_supplied(cursor)
    if cursor.at_end():
        return _Arguments(mailbox, [])
    cursor.space()
    return _Arguments(mailbox, parse_list(cursor, _parse_parameter))


def _parse_parameter(cursor: Cursor) -> tuple[SelectParameter, Any]:
    start = cursor.position
    parameter = cursor.registry.select_parameters.get(cursor.keyword())
    if parameter is None:
        cursor.position = start
        raise cursor.bad("expected the name of a parameter")
    return parameter, parameter.parse(cursor)


async def _select(session: Session, arguments: _Arguments) -> Ok:
    return await _open(session, arguments, read_only=False)


async def _examine(session: Session, arguments: _Arguments) -> Ok:
    return await _open(session, arguments, read_only=True)


async def _open(session: Session, arguments: _Arguments, *, read_only: bool) -> Ok:
    """Close what was selected, also if the new mailbox cannot be opened."""
    for parameter, value in arguments.parameters:
        if parameter.check is not None:
            parameter.check(session, value)
    if session.selected is not None:
        session.close_selected()
    for parameter, value in arguments.parameters:
        if parameter.apply is not None:
            parameter.apply(session, value)
    supplied = arguments.mailbox
    mailbox = await session.account.open(supplied.name)
    try:
        view = await _view(session, mailbox, read_only=read_only)
        view.uid_only = session.uid_only
        await _describe(session, view)
        await tell_name(
            session, supplied.name, supplied.as_supplied if supplied.denormalized else None
        )
        for parameter, value in arguments.parameters:
            if parameter.follow is not None:
                await parameter.follow(session, view, value)
        session.select(view)
    except BaseException:
        mailbox.close()
        raise
    for notice in session.registry.selected:
        await notice(session)
    access = b"READ-ONLY" if view.read_only else b"READ-WRITE"
    return Ok(code=access)


async def _view(session: Session, mailbox: OpenMailbox, *, read_only: bool) -> View:
    status = await mailbox.status()
    view = View(mailbox, await mailbox.state(), await mailbox.uids(), read_only=read_only)
    if 0 < status.recent <= view.exists:
        # Where they are not claimed, they are known to be the last ones.
        await claim_recent(session, view, view.uids[-status.recent])
    return view


async def _describe(session: Session, view: View) -> None:
    output = session.output
    await send_known_flags(session, view)
    output.untagged(b"%d EXISTS" % view.exists)
    if not session.rev2:
        output.untagged(b"%d RECENT" % view.recent_count)
        unseen = None if view.uid_only else await view.mailbox.first_unseen()
        if unseen is not None and view.knows(unseen):
            output.untagged(b"OK [UNSEEN %d] First unseen" % view.number(unseen))
    output.untagged(b"OK [UIDVALIDITY %d] UIDs valid" % view.uid_validity)
    output.untagged(b"OK [UIDNEXT %d] Predicted next UID" % view.uid_next)
    output.untagged(b"OK [HIGHESTMODSEQ %d] Highest" % view.mod_seq)


SELECT = Command(b"SELECT", State.LOGGED_IN, _parse, _select)
EXAMINE = Command(b"EXAMINE", State.LOGGED_IN, _parse, _examine)

COMMANDS = (SELECT, EXAMINE)
