"""MESSAGELIMIT and SAVELIMIT, RFC 9738: how many messages one command may work on.

Both are off unless a setting says otherwise. FETCH, STORE, SEARCH, MOVE and UID EXPUNGE then work
on the newest messages and say where they stopped; COPY and APPEND, which are done whole or not
at all, are refused, and with SAVELIMIT nothing but them is limited. How commands ask is in
:mod:`mailstore.imap.message_limit`; here is what is announced, and the two search keys by
which a client goes on where an answer stopped.
"""

from __future__ import annotations

from collections.abc import Callable

from mailstore.imap.registry import Extension
from mailstore.imap.search.key import Decode, Leaf, Node, SearchKey
from mailstore.imap.search.set_key import set_key
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.sequence_set import MAX_UID, SequenceSet


def _uid_key(name: bytes, matching: Callable[[int], tuple[int, int]]) -> SearchKey:
    """``("UIDAFTER" / "UIDBEFORE") SP uniqueid``; ``matching`` gives the UIDs that match."""

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        low, high = matching(cursor.nz_number())
        ranges = ((low, high),) if low <= high else ()
        return Leaf(set_key(SequenceSet(ranges), by_uid=True))

    return SearchKey(name, parse)


MESSAGELIMIT = Extension(
    rfc=9738,
    title="MESSAGELIMIT",
    capabilities=(lambda session: b"MESSAGELIMIT=%d" % session.limits.message_limit,),
    offered=lambda session: bool(session.limits.message_limit),
    search_keys=(
        _uid_key(b"UIDAFTER", lambda uid: (uid + 1, MAX_UID)),
        _uid_key(b"UIDBEFORE", lambda uid: (1, uid - 1)),
    ),
)


def _limits_saving(session: Session) -> bool:
    return bool(session.limits.save_limit) and not session.limits.message_limit


SAVELIMIT = Extension(
    rfc=9738,
    title="SAVELIMIT",
    capabilities=(lambda session: b"SAVELIMIT=%d" % session.limits.save_limit,),
    offered=_limits_saving,
)
