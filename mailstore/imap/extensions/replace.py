"""REPLACE, RFC 8508: a new message in the place of an old one, as clients save drafts.

Both happen in one step (:meth:`mailstore.store.ports.MailboxStore.replace`). APPENDUID comes in
an untagged OK before the EXPUNGE, so that the client never knows of neither message
(section 3.2). The old message is looked for before the new one is sent.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from mailstore.imap.commands.append import (
    AppendMessage,
    appenduid,
    parse_append_message,
    receive_message,
    received,
)
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.session import Session
from mailstore.imap.upload import Upload
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import MessageGone, ReadOnly
from mailstore.model.sequence_set import SequenceSet

_ONE: Final = re.compile(rb"(?:[0-9]++|\*)(?= )")


class _Arguments(NamedTuple):
    message: SequenceSet
    mailbox: str
    new: AppendMessage


def _parse(cursor: Cursor) -> _Arguments:
    """``replace = "REPLACE" SP seq-number SP mailbox append-message``; one message only."""
    cursor.space()
    start = cursor.position
    if cursor.match(_ONE) is None:
        raise cursor.bad("expected one number")
    cursor.position = start
    message = parse_sequence_set(cursor)
    cursor.space()
    mailbox = parse_mailbox(cursor)
    return _Arguments(message, mailbox, parse_append_message(cursor))


def _uid(session: Session, message: SequenceSet, *, by_uid: bool) -> int:
    """The message to replace. Raises Unacceptable, ReadOnly, MessageGone."""
    view = session.view
    if view.read_only:
        raise ReadOnly("the mailbox is open for reading only")
    uids = view.uids_in(view.ranges(message, by_uid=by_uid))
    if not uids:
        raise MessageGone(0)
    return uids[0]


async def _receive(session: Session, cursor: Cursor, upload: Upload) -> None:
    by_uid = session.command is not None and session.command.by_uid
    arguments = _parse(cursor)
    cursor.end()
    _uid(session, arguments.message, by_uid=by_uid)
    if not upload.spools:
        await session.account.check_selectable(arguments.mailbox)
    await receive_message(session, [arguments.new], upload)


async def _replace(session: Session, arguments: _Arguments) -> None:
    await _answer(session, arguments, by_uid=False)


async def _uid_replace(session: Session, arguments: _Arguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: _Arguments, *, by_uid: bool) -> None:
    uid = _uid(session, arguments.message, by_uid=by_uid)
    [new] = await received(session, [arguments.new])
    replaced = await session.view.mailbox.replace(uid, arguments.mailbox, new)
    session.output.untagged(b"OK [%s] Replaced" % appenduid(replaced))


EXTENSION = Extension(
    rfc=8508,
    title="REPLACE",
    capabilities=(b"REPLACE",),
    commands=(
        Command(b"REPLACE", State.SELECTED, _parse, _replace, receive=_receive, try_create=True),
        Command(
            b"UID REPLACE", State.SELECTED, _parse, _uid_replace, receive=_receive, try_create=True
        ),
    ),
)
