"""URLs of messages (RFC 5092), as commands name what is on the server already."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from mailstore.imap.grammar.section import parse_section
from mailstore.imap.wire.cursor import MAX_NUMBER, BadSyntax, Cursor
from mailstore.imap.wire.frame import Frame
from mailstore.mime.section import Section
from mailstore.model.mailbox import canonical_name

_SERVER: Final = re.compile(rb"(?:imap:)?//(?:([^/@]*)@)?[^/@]+(?=/)", re.IGNORECASE)
_NOT_IN_URL: Final = re.compile(rb"[^!-~]|%(?![0-9A-Fa-f]{2})|[\"<>\\^`{|}?#]")
_NUMBER: Final = re.compile(rb"[0-9]{1,10}")
_RANGE: Final = re.compile(rb"([0-9]{1,10})(?:\.([0-9]{1,10}))?")
_LINE_END: Final = re.compile(rb"[\r\n\0]")

_ORDER: Final = (b"UIDVALIDITY", b"UID", b"SECTION", b"PARTIAL")


class ImapUrl(NamedTuple):
    """One message, or a part of it.

    Attributes:
        user: Whose mailbox it is; None if the URL does not say.
        mailbox: The canonical name; None is the one that is selected.
        uid_validity: What it must be; None if the URL does not say.
        section: As in BODY[section].
        partial: The first octet, and how many; None is all that follow.
    """

    user: str | None
    mailbox: str | None
    uid_validity: int | None
    uid: int
    section: Section
    partial: tuple[int, int | None] | None


def parse_imap_url(url: bytes) -> ImapUrl | None:
    """``imessagepart``, absolute or relative to the server; None for all other URLs.

    ``["imap:" "//" [iuserinfo "@"] host [":" port]] "/" enc-mailbox [";UIDVALIDITY=" nz-number]
    "/;UID=" nz-number ["/;SECTION=" enc-section] ["/;PARTIAL=" number ["." nz-number]]``, or
    what is relative to the selected mailbox: ``";UID=" nz-number ...``.

    Deviation: the host is not compared, as a server does not know all of its names; the user is.
    """
    if _NOT_IN_URL.search(url) is not None:
        return None
    user = None
    server = _SERVER.match(url)
    if server is not None:
        if server[1]:
            user = _decode(server[1].partition(b";")[0]) or None
        url = url[server.end() :]
    elif url.startswith(b"//"):
        return None
    mailbox, *words = url.split(b";")
    parameters = _parameters(words)
    if parameters is None or (not mailbox and server is not None):
        return None
    name = None
    if mailbox:
        name = _decode(mailbox[1:].removesuffix(b"/")) if mailbox.startswith(b"/") else None
        if not name:
            return None
    return _url(user, name and canonical_name(name), parameters)


def _parameters(words: list[bytes]) -> dict[bytes, bytes] | None:
    """``KEY=value`` in their order, with a slash after each but the last."""
    found: dict[bytes, bytes] = {}
    for place, word in enumerate(words, 1):
        key, equals, value = word.partition(b"=")
        key = key.upper()
        if place < len(words):
            if not value.endswith(b"/"):
                return None
            value = value[:-1]
        if not equals or not value or key not in _ORDER or key in found:
            return None
        found[key] = value
    in_order = [key for key in _ORDER if key in found]
    return found if list(found) == in_order and b"UID" in found else None


def _url(user: str | None, mailbox: str | None, parameters: dict[bytes, bytes]) -> ImapUrl | None:
    uid = _number(parameters[b"UID"])
    validity = parameters.get(b"UIDVALIDITY")
    uid_validity = None if validity is None else _number(validity)
    section = _section(parameters.get(b"SECTION"))
    if not uid or uid_validity == 0 or section is None:
        return None
    partial = None
    if b"PARTIAL" in parameters:
        found = _RANGE.fullmatch(parameters[b"PARTIAL"])
        if found is None or (found[2] is not None and not int(found[2])):
            return None
        partial = int(found[1]), int(found[2]) if found[2] else None
    return ImapUrl(user, mailbox, uid_validity, uid, section, partial)


def _number(digits: bytes) -> int:
    """``nz-number``; 0 for all that is none."""
    number = int(digits) if _NUMBER.fullmatch(digits) else 0
    return number if number <= MAX_NUMBER else 0


def _section(encoded: bytes | None) -> Section | None:
    """``enc-section``: what stands in the brackets of BODY[...], encoded."""
    if encoded is None:
        return Section()
    text = unquote_to_bytes(encoded)
    if _LINE_END.search(text) is not None:
        return None
    cursor = Cursor(Frame(b"[%b]" % text))
    try:
        section = parse_section(cursor)
        cursor.end()
    except BadSyntax:
        return None
    return section


def _decode(encoded: bytes) -> str | None:
    """UTF-8 within percent encoding (RFC 5092, section 3)."""
    try:
        return unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return None
