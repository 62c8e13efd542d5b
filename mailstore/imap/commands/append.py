"""APPEND (RFC 9051, section 6.3.12), of several messages at once too (RFC 3502).

A message does not wait in memory for the end of its command. When its literal is
announced, ``_receive`` finds room for it or refuses it: the mailbox must exist and the
size be allowed before the client sends it. What arrives goes into a spool, and the whole
command then puts all of its messages into the mailbox, or none.
"""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.grammar.dates import parse_date_time
from mailstore.imap.grammar.flags import Flags, parse_flag_list
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Ok, Refused
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.frame import Message
from mailstore.model.errors import LimitReached, TooLarge
from mailstore.model.sequence_set import encode_numbers
from mailstore.store.ports import NewMessage, Spool


class _Message(NamedTuple):
    flags: Flags
    internal_date: int | None
    literal: Message


class _Arguments(NamedTuple):
    mailbox: str
    messages: list[_Message]


def _parse(cursor: Cursor) -> _Arguments:
    """``append = "APPEND" SP mailbox 1*append-message`` (RFC 3502, section 6)."""
    cursor.space()
    mailbox = parse_mailbox(cursor)
    messages = [_parse_message(cursor)]
    while not cursor.at_end():
        messages.append(_parse_message(cursor))
    return _Arguments(mailbox, messages)


def _parse_message(cursor: Cursor) -> _Message:
    """``append-message = [SP flag-list] [SP date-time] SP literal``."""
    cursor.space()
    flags, date = Flags(0, ()), None
    if cursor.peek() == b"(":
        flags = parse_flag_list(cursor)
        cursor.space()
    if cursor.peek() == b'"':
        date = parse_date_time(cursor)
        cursor.space()
    return _Message(flags, date, cursor.message())


async def _receive(session: Session, cursor: Cursor) -> Spool:
    """Room for the last message announced so far; see the head of this file."""
    arguments = _parse(cursor)
    literal = arguments.messages[-1].literal
    if literal.binary:
        raise cursor.bad("expected a literal, as literal8 is not offered, before this")
    if not literal.size:
        # With MULTIAPPEND this is how a client calls the whole command off (RFC 3502, 3).
        raise Refused(b"A message has to have content")
    if literal.size > session.limits.append:
        raise TooLarge(session.limits.append)
    if len(arguments.messages) > session.limits.append_messages:
        raise LimitReached("too many messages in one command")
    if len(arguments.messages) == 1:
        await session.account.check_selectable(arguments.mailbox)
    return session.account.spool()


async def _append(session: Session, arguments: _Arguments) -> Ok:
    spools = [] if session.upload is None else session.upload.spools
    messages = [
        NewMessage(spool, message.flags.system, message.flags.keywords, message.internal_date)
        for message, spool in zip(arguments.messages, spools, strict=True)
    ]
    appended = await session.account.append(arguments.mailbox, messages)
    session.made(arguments.mailbox, appended.uids)
    uids = encode_numbers(appended.uids)
    return Ok(code=b"APPENDUID %d %s" % (appended.uid_validity, uids))


APPEND = Command(b"APPEND", State.LOGGED_IN, _parse, _append, receive=_receive, try_create=True)

COMMANDS = (APPEND,)
