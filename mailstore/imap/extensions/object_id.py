"""OBJECTID, RFC 8474: ids of mailboxes and messages that outlive their names and UIDs.

* MAILBOXID is the mailbox's id in ``dovecot-uidlist``, which stays when the mailbox is renamed.
  It is told by STATUS here, and in the answers to CREATE and SELECT there.
* EMAILID is a digest of the message. So copies have one, and so has a message that was
  appended twice; it can always be made again.
* THREADID is NIL: messages have no threads here (section 5.3), and none is ever found.
"""

from __future__ import annotations

import re
from typing import Final

from mailstore.imap.fetch.item import each_alone, index_item
from mailstore.imap.registry import Extension, StatusItem
from mailstore.imap.search.key import NONE, Decode, Node, SearchKey
from mailstore.imap.search.keys import row_leaf
from mailstore.imap.wire.cursor import Cursor
from mailstore.mime.content import DIGEST_OCTETS
from mailstore.store.ports import Column

_OBJECT_ID: Final = re.compile(rb"[A-Za-z0-9_-]{1,255}+(?![A-Za-z0-9_-])")
_EMAIL_ID: Final = re.compile(rb"M([0-9a-f]{%d})" % (2 * DIGEST_OCTETS))


def _encode_email_id(digest: bytes) -> bytes:
    """A letter and hexadecimal digits: the alphabet that section 7 advises."""
    return b"(M%s)" % digest.hex().encode("ascii")


def _parse_object_id(cursor: Cursor) -> bytes:
    """``objectid = 1*255(ALPHA / DIGIT / "_" / "-")``."""
    found = cursor.match(_OBJECT_ID)
    if found is None:
        raise cursor.bad("expected an object id")
    return found[0]


def _parse_email_id(cursor: Cursor, decode: Decode) -> Node:
    """``"EMAILID" SP objectid``."""
    cursor.space()
    found = _EMAIL_ID.fullmatch(_parse_object_id(cursor))
    if found is None:
        return NONE
    return row_leaf((Column.DIGEST,), bytes.fromhex(found[1].decode("ascii")).__eq__)


def _parse_thread_id(cursor: Cursor, decode: Decode) -> Node:
    """``"THREADID" SP objectid``."""
    cursor.space()
    _parse_object_id(cursor)
    return NONE


EXTENSION = Extension(
    rfc=8474,
    title="OBJECTID",
    capabilities=(b"OBJECTID",),
    fetch_items=(
        index_item(b"EMAILID", (Column.DIGEST,), encode=each_alone(_encode_email_id)),
        index_item(b"THREADID", (Column.UID,), encode=each_alone(lambda uid: b"NIL")),
    ),
    search_keys=(
        SearchKey(b"EMAILID", _parse_email_id),
        SearchKey(b"THREADID", _parse_thread_id),
    ),
    status_items=(StatusItem(b"MAILBOXID", lambda _, status: b"(%s)" % status.mailbox_id),),
)
