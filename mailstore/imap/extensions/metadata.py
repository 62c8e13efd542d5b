"""METADATA, RFC 5464: annotations of mailboxes and of the server; LIST-METADATA, RFC 9590.

All mail here is of one user, so ``/shared`` entries are seen by as many as ``/private`` ones, and
those of the server (mailbox ``""``) are each user's own. Both are kept, so NOPRIVATE is never
sent. ``/private/specialuse`` is the special use of the mailbox (RFC 6154, section 4).
``/shared/admin`` does not exist.

What other sessions change is told by :mod:`mailstore.imap.news`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from mailstore.imap.extensions.special_use import find_use
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.hierarchy import ListedName
from mailstore.imap.registry import Command, Extension, ListReturn, State
from mailstore.imap.responses import Ok, Refused
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.encode import encode_astring, encode_mailbox, encode_nstring
from mailstore.model.errors import LimitReached, NoSuchMailbox, NotSelectable
from mailstore.model.mailbox import INBOX
from mailstore.model.metadata import (
    MOST_ENTRIES,
    SERVER,
    SPECIAL_USE_ENTRY,
    entry_name,
    is_within,
    may_be_set,
)

_ADMIN: Final = b"/shared/admin"

_DEPTHS: Final = {b"0": 0, b"1": 1, b"INFINITY": None}


class Request(NamedTuple):
    """Entries, how many levels below them (None is all), and the largest value to send."""

    entries: list[bytes]
    depth: int | None = 0
    max_size: int | None = None


class _Get(NamedTuple):
    mailbox: str
    request: Request


class _Set(NamedTuple):
    mailbox: str
    changes: dict[bytes, bytes | None]


# Grammar


def _parse_get(cursor: Cursor) -> _Get:
    """``getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries``.

    The RFC's own examples have the options behind the mailbox (erratum 3868), so clients do.
    """
    cursor.space()
    request = Request([])
    if cursor.peek() == b"(":
        request = _parse_options(cursor)
        cursor.space()
    mailbox = parse_mailbox(cursor)
    cursor.space()
    if cursor.peek() == b"(" and cursor.peek(2)[1:].isalpha():
        request = _parse_options(cursor)
        cursor.space()
    return _Get(mailbox, request._replace(entries=_parse_entries(cursor)))


def _parse_options(cursor: Cursor) -> Request:
    """``"(" getmetadata-option *(SP getmetadata-option) ")"``.

    ``"MAXSIZE" SP number / "DEPTH" SP ("0" / "1" / "infinity")``.
    """
    request = Request([])
    cursor.enter()
    while True:
        if cursor.take(b"MAXSIZE "):
            request = request._replace(max_size=cursor.number())
        elif cursor.take(b"DEPTH "):
            start = cursor.position
            word = cursor.keyword()
            if word not in _DEPTHS:
                cursor.position = start
                raise cursor.bad("expected 0, 1 or infinity")
            request = request._replace(depth=_DEPTHS[word])
        else:
            raise cursor.bad("expected MAXSIZE or DEPTH")
        if cursor.peek() != b" ":
            break
        cursor.space()
    cursor.leave()
    return request


def _parse_entries(cursor: Cursor) -> list[bytes]:
    """``entries = entry / "(" entry *(SP entry) ")"``."""
    if cursor.peek() != b"(":
        return [_parse_entry(cursor)]
    entries = parse_list(cursor, _parse_entry)
    if len(entries) > MOST_ENTRIES:
        raise cursor.bad("too many entries before this")
    return entries


def _parse_entry(cursor: Cursor) -> bytes:
    """``entry = astring``, a path that begins with ``/private`` or ``/shared``."""
    start = cursor.position
    try:
        return entry_name(cursor.astring())
    except ValueError:
        cursor.position = start
        raise cursor.bad("expected the name of an entry") from None


def _parse_set(cursor: Cursor) -> _Set:
    """``setmetadata = "SETMETADATA" SP mailbox SP "(" entry-value *(SP entry-value) ")"``."""
    cursor.space()
    mailbox = parse_mailbox(cursor)
    cursor.space()
    return _Set(mailbox, dict(parse_list(cursor, _parse_entry_value)))


def _parse_entry_value(cursor: Cursor) -> tuple[bytes, bytes | None]:
    """``entry-value = entry SP (nstring / literal8)``."""
    entry = _parse_entry(cursor)
    cursor.space()
    value = cursor.literal8() if cursor.peek() == b"~" else cursor.nstring()
    return entry, value


def _parse_list_return(cursor: Cursor) -> Request:
    """``"METADATA" [SP getmetadata-options] SP entries`` (RFC 9590, section 5)."""
    cursor.space()
    request = Request([])
    if cursor.peek() == b"(" and cursor.peek(2)[1:].isalpha():
        request = _parse_options(cursor)
        cursor.space()
    return request._replace(entries=_parse_entries(cursor))


# Commands


async def _get(session: Session, arguments: _Get) -> Ok:
    longest = await _send_entries(session, *arguments)
    return Ok(code=_code(b"LONGENTRIES", longest) if longest else None)


async def _send_entries(session: Session, mailbox: str, request: Request) -> int:
    """``* METADATA mailbox (...)``; the size of the largest value left out for its size.

    An entry that is named and does not exist is NIL. Raises NoSuchMailbox, NotSelectable.
    """
    session.enabled.add(b"METADATA")
    entries = await session.account.metadata(mailbox)
    wanted = _select(entries, request)
    sizes = {name: len(value) for name, value in wanted.items() if value is not None}
    most = max(sizes.values(), default=0) if request.max_size is None else request.max_size
    shown = [
        b"%b %b" % (encode_astring(name), _encode_value(value))
        for name, value in wanted.items()
        if sizes.get(name, 0) <= most
    ]
    if shown:
        answer = b"* METADATA %b (%b)\r\n" % (encode_mailbox(mailbox), b" ".join(shown))
        await session.output.send(answer)
    return max((size for size in sizes.values() if size > most), default=0)


def _select(entries: Mapping[bytes, bytes], request: Request) -> dict[bytes, bytes | None]:
    if request.depth == 0:
        return {entry: entries.get(entry) for entry in request.entries}
    return {
        name: value
        for entry in request.entries
        for name, value in entries.items()
        if is_within(name, entry, request.depth)
    }


def _encode_value(value: bytes | None) -> bytes:
    """``value = nstring / literal8``; NUL can be in a ``literal8`` only."""
    if value is not None and b"\0" in value:
        return b"~{%d}\r\n%b" % (len(value), value)
    return encode_nstring(value)


async def _set(session: Session, arguments: _Set) -> None:
    session.enabled.add(b"METADATA")
    mailbox, changes = arguments
    for entry, value in changes.items():
        if not may_be_set(entry):
            raise Refused(b"No entry can have this name", b"CANNOT")
        if mailbox == SERVER and entry == _ADMIN:
            raise Refused(b"This entry cannot be changed", b"NOPERM")
        if value is not None and len(value) > session.limits.annotation:
            raise Refused(b"The value is too large", _code(b"MAXSIZE", session.limits.annotation))
    if SPECIAL_USE_ENTRY in changes:
        changes[SPECIAL_USE_ENTRY] = _special_use(mailbox, changes[SPECIAL_USE_ENTRY])
    try:
        await session.account.set_metadata(mailbox, changes)
    except LimitReached:
        raise Refused(b"There are too many entries", b"METADATA TOOMANY") from None


def _code(what: bytes, number: int) -> bytes:
    return b"METADATA %b %d" % (what, number)


def _special_use(mailbox: str, value: bytes | None) -> bytes | None:
    """The use that a mailbox is to have. Raises Refused (RFC 6154, section 4)."""
    names = (value or b"").split()
    use = find_use(names[0]) if len(names) == 1 else None
    if mailbox in (SERVER, INBOX) or (names and use is None):
        raise Refused(b"A mailbox cannot have this use", b"USEATTR")
    return use


async def _list_metadata(session: Session, listed: ListedName, request: Request) -> None:
    """Nothing for a name without messages, or one deleted meanwhile."""
    if listed.selectable:
        try:
            await _send_entries(session, listed.name, request)
        except (NoSuchMailbox, NotSelectable):
            return


EXTENSION = Extension(
    rfc=5464,
    title="IMAP METADATA extension",
    capabilities=(b"METADATA", b"METADATA-SERVER"),
    commands=(
        Command(b"GETMETADATA", State.LOGGED_IN, _parse_get, _get),
        Command(b"SETMETADATA", State.LOGGED_IN, _parse_set, _set),
    ),
    enables=(
        (b"METADATA", lambda session: session.enabled.add(b"METADATA")),
        (b"METADATA-SERVER", lambda session: session.enabled.add(b"METADATA-SERVER")),
    ),
)

LIST_METADATA = Extension(
    rfc=9590,
    title="LIST-METADATA",
    capabilities=(b"LIST-METADATA",),
    list_returns=(ListReturn(b"METADATA", parse=_parse_list_return, follow=_list_metadata),),
)
