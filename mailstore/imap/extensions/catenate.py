"""CATENATE, RFC 4469: APPEND of a message whose parts are on the server already.

A client forwards an attachment without having fetched it. URLs are those of the same user's
messages, as a whole, by section, and by octets (URL-PARTIAL, RFC 5550, section 2.5). They are
looked up as the command goes on: the first that leads nowhere ends it with BADURL, before the
client sends what follows. URLAUTH is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from mailstore.account.mailbox import OpenMailbox
from mailstore.imap.fetch.content import SLICE, clip, selected_fields
from mailstore.imap.grammar.url import ImapUrl, parse_imap_url
from mailstore.imap.registry import AppendData, AppendPart, Extension
from mailstore.imap.responses import Refused
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.frame import Message
from mailstore.mime.limits import DEFAULT
from mailstore.mime.pack import unpack_parts
from mailstore.mime.section import Section, section_range
from mailstore.model.errors import (
    InvalidMailboxName,
    MailboxGone,
    MessageGone,
    NoSuchMailbox,
    NotSelectable,
    TooLarge,
)
from mailstore.store.ports import Column, Spool, StoredMessage

MOST_PARTS: Final = 1_000
"""Parts of one message, each of which may be a mailbox to open."""

_MAY_BE_TOLD: Final = re.compile(rb"[A-Za-z0-9/;=.:@%+,_~!$&'()*-]{1,1000}")
"""A URL that can stand in a reply and forge nothing there."""

_NOWHERE: Final = (NoSuchMailbox, NotSelectable, InvalidMailboxName, MailboxGone, MessageGone)


@dataclass(frozen=True, slots=True)
class UrlPart:
    """What a URL leads to."""

    url: bytes

    async def write(self, session: Session, spool: Spool) -> None:
        """Add it to the message. Raises Refused with BADURL, TooLarge."""
        url = parse_imap_url(self.url)
        if url is None or url.user not in (None, session.account.user):
            raise self._bad()
        name = url.mailbox
        if name is None:
            if session.selected is None:
                raise self._bad()
            name = session.selected.mailbox.name
        try:
            mailbox = await session.account.open(name)
            try:
                await _write(mailbox, url, spool, session.limits.append)
            finally:
                mailbox.close()
        except _NOWHERE:
            raise self._bad() from None

    def _bad(self) -> Refused:
        told = self.url if _MAY_BE_TOLD.fullmatch(self.url) else b""
        return Refused(b"This URL leads to nothing", b'BADURL "%s"' % told)


async def _write(mailbox: OpenMailbox, url: ImapUrl, spool: Spool, most: int) -> None:
    """Raises MessageGone if there is no such message or part."""
    if url.uid_validity not in (None, (await mailbox.state()).uid_validity):
        raise MessageGone(url.uid)
    packed = b""
    if url.section != Section():
        rows = mailbox.rows((Column.UID, Column.PARTS), [(url.uid, url.uid)])
        found = [row async for batch in rows for row in batch]
        if not found:
            raise MessageGone(url.uid)
        packed = found[0][1]
    with closing(await mailbox.read(url.uid)) as message:
        await mailbox.work(partial(_copy, message, url, packed, spool, most))


def _copy(message: StoredMessage, url: ImapUrl, packed: bytes, spool: Spool, most: int) -> None:
    start, end = 0, message.size
    read: Callable[[int, int], bytes] = message.read
    if packed:
        found = section_range(unpack_parts(packed), url.section)
        if found is None:
            raise MessageGone(url.uid)
        start, end = found[0], min(found[1], message.size)
    if url.section.fields:
        header = message.read(start, min(end, start + DEFAULT.header_octets))
        fields = selected_fields(header, url.section)
        start, end = 0, len(fields)
        read = partial(_slice, fields)
    if url.partial is not None:
        first, count = url.partial
        start, end = clip(start, end, (first, end - start if count is None else count))
    if spool.size + end - start > most:
        raise TooLarge(most)
    for octets in _pieces(read, start, end):
        spool.write(octets)


def _slice(octets: bytes, start: int, end: int) -> bytes:
    return octets[start:end]


def _pieces(read: Callable[[int, int], bytes], start: int, end: int) -> Iterator[bytes]:
    for first in range(start, end, SLICE):
        yield read(first, min(first + SLICE, end))


def _parse(cursor: Cursor) -> tuple[Message | AppendPart, ...]:
    """``"CATENATE" SP "(" cat-part *(SP cat-part) ")"``; the name was read.

    ``cat-part = "TEXT" SP literal / "URL" SP astring``.
    """
    cursor.space()
    cursor.enter()
    parts: list[Message | AppendPart] = []
    while True:
        if len(parts) >= MOST_PARTS:
            raise cursor.bad("too many parts before this")
        if cursor.take(b"TEXT "):
            parts.append(cursor.message())
            if cursor.announced and cursor.at_end():
                return tuple(parts)
        elif cursor.take(b"URL "):
            parts.append(UrlPart(cursor.astring()))
        else:
            raise cursor.bad("expected TEXT or URL")
        if cursor.peek() == b")":
            break
        cursor.space()
    cursor.leave()
    return tuple(parts)


CATENATE = Extension(
    rfc=4469,
    title="CATENATE",
    capabilities=(b"CATENATE",),
    append_data=(AppendData(b"CATENATE", _parse),),
)

URL_PARTIAL = Extension(rfc=5550, title="URL-PARTIAL", capabilities=(b"URL-PARTIAL",))
