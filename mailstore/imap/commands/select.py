"""SELECT and EXAMINE (RFC 9051, sections 6.3.2 and 6.3.3)."""

from __future__ import annotations

from typing import Any, NamedTuple

from mailstore.account.mailbox import OpenMailbox
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.registry import Command, SelectParameter, State
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.imap.updates import claim_recent, send_known_flags
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.mailbox import MailboxStatus


class _Arguments(NamedTuple):
    mailbox: str
    parameters: list[tuple[SelectParameter, Any]]


def _parse(cursor: Cursor) -> _Arguments:
    """``select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]``."""
    cursor.space()
    mailbox = parse_mailbox(cursor)
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
    if session.selected is not None:
        session.close_selected()
    for parameter, value in arguments.parameters:
        parameter.apply(session, value)
    mailbox = await session.account.open(arguments.mailbox)
    try:
        status = await mailbox.status()
        view = await _view(mailbox, status, read_only=read_only)
        await _describe(session, view, status)
        session.select(view)
    except BaseException:
        mailbox.close()
        raise
    access = b"READ-ONLY" if view.read_only else b"READ-WRITE"
    return Ok(code=access)


async def _view(mailbox: OpenMailbox, status: MailboxStatus, *, read_only: bool) -> View:
    view = View(mailbox, await mailbox.state(), await mailbox.uids(), read_only=read_only)
    if 0 < status.recent <= view.exists:
        # Where they are not claimed, they are known to be the last ones.
        await claim_recent(view, view.uids[-status.recent])
    return view


async def _describe(session: Session, view: View, status: MailboxStatus) -> None:
    output = session.output
    await send_known_flags(session, view)
    output.untagged(b"%d EXISTS" % view.exists)
    output.untagged(b"%d RECENT" % view.recent_count)
    unseen = await view.mailbox.first_unseen()
    if unseen is not None and view.knows(unseen):
        output.untagged(b"OK [UNSEEN %d] First unseen" % view.number(unseen))
    output.untagged(b"OK [UIDVALIDITY %d] UIDs valid" % view.uid_validity)
    output.untagged(b"OK [UIDNEXT %d] Predicted next UID" % view.uid_next)
    output.untagged(b"OK [HIGHESTMODSEQ %d] Highest" % view.mod_seq)
    output.untagged(b"OK [MAILBOXID (%s)] Id of the mailbox" % status.mailbox_id)


SELECT = Command(b"SELECT", State.LOGGED_IN, _parse, _select)
EXAMINE = Command(b"EXAMINE", State.LOGGED_IN, _parse, _examine)

COMMANDS = (SELECT, EXAMINE)
