"""APPEND (RFC 9051, section 6.3.12), of several messages at once too (RFC 3502).

A message does not wait in memory for the end of its command. When its literal is
announced, :func:`receive_message` finds room for it or refuses it: the mailbox must exist and the
size be allowed before the client sends it. What arrives goes into a spool, and the whole
command then puts all of its messages into the mailbox, or none.

An extension may give a message in parts, some of which are found here (CATENATE). They go into
the same spool: those that stand before a literal when that is announced, the rest when the
command is whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from mailstore.imap.grammar.dates import parse_date_time
from mailstore.imap.grammar.flags import Flags, parse_flag_list
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.registry import AppendPart, Command, State
from mailstore.imap.responses import Ok, Refused
from mailstore.imap.session import Session
from mailstore.imap.upload import Upload
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.frame import Message
from mailstore.model.errors import LimitReached, TooLarge
from mailstore.model.sequence_set import encode_numbers
from mailstore.store.ports import Appended, NewMessage

_NAME: Final = re.compile(rb"[A-Za-z]++")


class AppendMessage(NamedTuple):
    """One message of a command; its content is ``parts``, one after another."""

    flags: Flags
    internal_date: int | None
    parts: tuple[Message | AppendPart, ...]


class _Arguments(NamedTuple):
    mailbox: str
    messages: list[AppendMessage]


def _parse(cursor: Cursor) -> _Arguments:
    """``append = "APPEND" SP mailbox 1*append-message`` (RFC 3502, section 6)."""
    cursor.space()
    mailbox = parse_mailbox(cursor)
    messages = [parse_append_message(cursor)]
    while not cursor.at_end():
        messages.append(parse_append_message(cursor))
    return _Arguments(mailbox, messages)


def parse_append_message(cursor: Cursor) -> AppendMessage:
    """``append-message = [SP flag-list] [SP date-time] SP append-data``.

    ``append-data = literal / literal8 / append-data-ext`` (RFC 4466, section 6). What comes as
    a literal8 may hold NULs (RFC 3516, section 4.4), and is stored like any other.
    """
    cursor.space()
    flags, date = Flags(0, ()), None
    if cursor.peek() == b"(":
        flags = parse_flag_list(cursor)
        cursor.space()
    if cursor.peek() == b'"':
        date = parse_date_time(cursor)
        cursor.space()
    start = cursor.position
    name = cursor.match(_NAME)
    if name is None:
        return AppendMessage(flags, date, (cursor.message(),))
    extension = cursor.registry.append_data.get(name[0].upper())
    if extension is None:
        cursor.position = start
        raise cursor.bad("expected a literal")
    return AppendMessage(flags, date, extension.parse(cursor))


async def _receive(session: Session, cursor: Cursor, upload: Upload) -> None:
    arguments = _parse(cursor)
    if not upload.spools:
        await session.account.check_selectable(arguments.mailbox)
    await receive_message(session, arguments.messages, upload)


async def receive_message(
    session: Session, messages: Sequence[AppendMessage], upload: Upload
) -> None:
    """Find room for the literal that ends the command so far; see the head of this file."""
    parts = messages[-1].parts
    literal = parts[-1]
    if not isinstance(literal, Message):
        raise RuntimeError("no message was announced")
    if not literal.size and len(parts) == 1:
        # With MULTIAPPEND this is how a client calls the whole command off (RFC 3502, 3).
        raise Refused(b"A message has to have content")
    if literal.size > session.limits.append:
        raise TooLarge(session.limits.append)
    if len(messages) > session.limits.append_messages:
        raise LimitReached("too many messages in one command")
    await _assemble(session, messages, upload, announced=True)
    if upload.spools[-1].size + literal.size > session.limits.append:
        raise TooLarge(session.limits.append)


async def _assemble(
    session: Session, messages: Sequence[AppendMessage], upload: Upload, *, announced: bool
) -> None:
    """Put into the spools what does not come by itself, as far as the command is known.

    With ``announced`` the last part of the last message is about to come.
    """
    for place in range(max(len(upload.spools) - 1, 0), len(messages)):
        if place == len(upload.spools):
            upload.begin(session.account.spool())
        for part in messages[place].parts[upload.parts :]:
            if not isinstance(part, Message):
                await part.write(session, upload.spools[-1])
            upload.parts += 1
    if announced:
        return
    if any(not spool.size for spool in upload.spools):
        raise Refused(b"A message has to have content")


async def received(session: Session, messages: Sequence[AppendMessage]) -> list[NewMessage]:
    """The messages of a whole command. Whatever is not stored of them is discarded."""
    upload = session.upload = session.upload or Upload(session.tag)
    await _assemble(session, messages, upload, announced=False)
    return [
        NewMessage(spool, message.flags.system, message.flags.keywords, message.internal_date)
        for message, spool in zip(messages, upload.spools, strict=True)
    ]


def appenduid(appended: Appended) -> bytes:
    """``resp-code-apnd = "APPENDUID" SP nz-number SP append-uid`` (RFC 4315)."""
    return b"APPENDUID %d %s" % (appended.uid_validity, encode_numbers(appended.uids))


async def _append(session: Session, arguments: _Arguments) -> Ok:
    messages = await received(session, arguments.messages)
    return Ok(code=appenduid(await session.account.append(arguments.mailbox, messages)))


APPEND = Command(b"APPEND", State.LOGGED_IN, _parse, _append, receive=_receive, try_create=True)

COMMANDS = (APPEND,)
