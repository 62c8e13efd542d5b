"""APPEND (RFC 9051, section 6.3.12), of several messages at once too (RFC 3502).

A message does not wait in memory for the end of its command. When its literal is
announced, ``_receive`` finds room for it or refuses it: the mailbox must exist and the
size be allowed before the client sends it. What arrives goes into a spool, and the whole
command then puts all of its messages into the mailbox, or none.

Deviation: a message with 8-bit octets in its header is taken from every client, although
RFC 9755, section 4, has it refused unless UTF8=ACCEPT is enabled. Delivered mail has such
headers, and a client that copies a mailbox from elsewhere must not lose some of it.
"""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.grammar.dates import parse_date_time
from mailstore.imap.grammar.flags import Flags, parse_flag_list
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.message_limit import message_limit
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
    """``append-message = [SP flag-list] [SP date-time] SP append-data``."""
    cursor.space()
    flags, date = Flags(0, ()), None
    if cursor.peek() == b"(":
        flags = parse_flag_list(cursor)
        cursor.space()
    if cursor.peek() == b'"':
        date = parse_date_time(cursor)
        cursor.space()
    return _Message(flags, date, _parse_data(cursor))


def _parse_data(cursor: Cursor) -> Message:
    """``append-data = literal / utf8-literal``.

    ``utf8-literal = "UTF8" SP "(" literal8 ")"`` (RFC 6855, section 4) is what RFC 9755 left
    out; clients that know the older one send it. Of a message that is only announced, what
    closes the parenthesis has not come yet.
    """
    if cursor.take(b"UTF8 "):
        cursor.enter()
        literal = cursor.message()
        if not cursor.at_end():
            cursor.leave()
        return literal
    literal = cursor.message()
    if literal.binary:
        raise cursor.bad("expected a literal, as literal8 is not offered, before this")
    return literal


async def _receive(session: Session, cursor: Cursor) -> Spool:
    """Room for the last message announced so far; see the head of this file."""
    arguments = _parse(cursor)
    literal = arguments.messages[-1].literal
    if not literal.size:
        # With MULTIAPPEND this is how a client calls the whole command off (RFC 3502, 3).
        raise Refused(b"A message has to have content")
    if literal.size > session.limits.append:
        raise TooLarge(session.limits.append)
    limit = session.limits.message_limit or session.limits.save_limit
    if limit and len(arguments.messages) > limit:
        raise Refused(b"Too many messages for one command", message_limit(limit))
    if len(arguments.messages) > session.limits.append_messages:
        raise LimitReached("too many messages in one command")
    first = len(arguments.messages) == 1
    if first:
        await session.account.check_selectable(arguments.mailbox)
    octets = sum(message.literal.size for message in arguments.messages)
    await session.account.quota.check_room(len(arguments.messages), octets, look=first)
    return session.account.spool()


async def _append(session: Session, arguments: _Arguments) -> Ok:
    spools = [] if session.upload is None else session.upload.spools
    messages = [
        NewMessage(spool, message.flags.system, message.flags.keywords, message.internal_date)
        for message, spool in zip(arguments.messages, spools, strict=True)
    ]
    appended = await session.account.append(arguments.mailbox, messages)
    uids = encode_numbers(appended.uids)
    return Ok(code=b"APPENDUID %d %s" % (appended.uid_validity, uids))


APPEND = Command(b"APPEND", State.LOGGED_IN, _parse, _append, receive=_receive, try_create=True)

COMMANDS = (APPEND,)
