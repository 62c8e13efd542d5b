"""SPECIAL-USE and CREATE-SPECIAL-USE, RFC 6154: which mailbox is for sent mail, and so on.

The attributes are in every LIST and LSUB answer: several clients look only there, Outlook
among them.
"""

from __future__ import annotations

from typing import Final

from mailstore.imap.hierarchy import ListedName
from mailstore.imap.registry import CreateParameter, Extension, ListReturn, ListSelection
from mailstore.imap.responses import Refused
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.mailbox import SPECIAL_USES

_BY_NAME: Final = {use.upper(): use for use in SPECIAL_USES}


def find_use(attribute: bytes) -> bytes | None:
    """The use that a client's word such as ``\\sent`` stands for; None if there is none."""
    return _BY_NAME.get(attribute.upper())


def _parse_use(cursor: Cursor) -> bytes | None:
    """``"USE" SP "(" [use-attr *(SP use-attr)] ")"``.

    Raises Refused with USEATTR for what cannot be (RFC 6154, section 3): a use that
    there is not, or several of one mailbox.
    """
    cursor.space()
    cursor.enter()
    uses: list[bytes | None] = []
    while cursor.peek() != b")":
        if uses:
            cursor.space()
        cursor.expect(b"\\")
        uses.append(find_use(b"\\" + cursor.keyword()))
    cursor.leave()
    if None in uses or len(uses) > 1:
        raise Refused(b"A mailbox cannot have this use", b"USEATTR")
    return uses[0] if uses else None


def _selects(listed: ListedName) -> bool:
    return listed.special_use is not None


EXTENSION = Extension(
    rfc=6154,
    title="SPECIAL-USE",
    capabilities=(b"SPECIAL-USE", b"CREATE-SPECIAL-USE"),
    create_parameters=(CreateParameter(b"USE", _parse_use),),
    list_selections=(ListSelection(b"SPECIAL-USE", selects=_selects),),
    list_returns=(ListReturn(b"SPECIAL-USE"),),
)
